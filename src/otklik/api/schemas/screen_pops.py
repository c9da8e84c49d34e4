"""Pages of other systems that open for agents."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Line, LongId, Name, PhoneText, Schema, SmallId

MomentWord = Literal["ring", "answer"]


class ScreenPopSave(Schema):
    """template: an address with variables in braces, `https://crm.example.com/?phone={caller}`."""

    name: Name
    template: Annotated[str, Field(min_length=9, max_length=1000)]
    moment: MomentWord = "ring"
    queue_ids: Annotated[list[SmallId], Field(max_length=500)] = Field(default_factory=list)
    project_ids: Annotated[list[SmallId], Field(max_length=500)] = Field(default_factory=list)
    reuses_tab: bool = True
    is_on: bool = True


class ScreenPopRow(Schema):
    id: int
    name: str
    template: str
    moment: MomentWord
    queue_ids: list[int]
    project_ids: list[int]
    reuses_tab: bool
    is_on: bool


class ScreenPopHosts(Schema):
    """Hosts that pages may be opened of; no other is ever opened."""

    hosts: Annotated[list[Line], Field(max_length=100)]


class ScreenPopNow(Schema):
    """A page to open."""

    name: str
    url: str
    moment: MomentWord
    reuses_tab: bool


class ScreenPopsNow(Schema):
    """Of the interaction that the agent is offered or handles now; null and none when there is none."""

    interaction_id: LongId | None
    pops: list[ScreenPopNow]


class DialForAgent(Schema):
    """number: any pasted form."""

    number: PhoneText
    queue_id: SmallId | None = None
