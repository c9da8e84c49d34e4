"""Customers by the number they call from."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Line, LongId, Moment, Note, Schema
from otklik.api.schemas.feedback import NpsOf

CustomerClass = Annotated[str, Field(max_length=40)]
"""What call flows look at (`vip`, `debtor`); "" none."""


class CustomerCall(Schema):
    interaction_id: LongId
    started_at: Moment
    direction: Literal["inbound", "outbound", "internal"]
    queue_id: int | None
    agent_name: str
    talk_seconds: float
    disposition_ru: str
    disposition_en: str
    disposition_id: int | None
    outcome: str
    note: str


class Customer(Schema):
    """customer_id is null until something is saved. nps: his last answer to whether he would recommend us.
    is_identified: he was known by what he typed, and may call from anybody's telephone."""

    customer_id: int | None
    name: str
    note: str
    company: str
    customer_class: CustomerClass
    numbers: list[str]
    nps: NpsOf | None
    interactions: list[CustomerCall]
    is_identified: bool = False
    code: str = ""
    email: str = ""
    fields: dict[str, str] = Field(default_factory=dict)
    consents: dict[str, bool] = Field(default_factory=dict)
    personal_agent_name: str = ""


class CustomerSave(Schema):
    """customer_class: null leaves what stands there."""

    name: Line
    note: Note = ""
    company: Line = ""
    customer_class: CustomerClass | None = None


class CustomerChange(Schema):
    """One save of the card: who, when, and what it held after it."""

    at: Moment
    by_name: str
    name: str
    company: str
    note: str
    customer_class: CustomerClass
