"""Customers by the number they call from."""

from typing import Literal

from otklik.api.schemas.base import Line, LongId, Moment, Note, Schema


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
    """customer_id is null until something is saved."""

    customer_id: int | None
    name: str
    note: str
    company: str
    numbers: list[str]
    interactions: list[CustomerCall]


class CustomerSave(Schema):
    name: Line
    note: Note = ""
    company: Line = ""


class CustomerChange(Schema):
    """One save of the card: who, when, and what it held after it."""

    at: Moment
    by_name: str
    name: str
    company: str
    note: str
