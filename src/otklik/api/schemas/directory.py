"""The directory: colleagues with their presence, people outside, speed dial."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Moment, Name, PhoneText, Schema

Seen = Literal["all", "teams", "own"]
DirectoryTarget = Literal["name", "company", "phone", "note"]


class EntryFields(Schema):
    """number: any pasted form. team_ids: who sees it, of `teams` only."""

    name: Name
    company: Line = ""
    number: PhoneText
    note: Annotated[Line, Field(max_length=500)] = ""
    seen_by: Seen = "all"
    team_ids: Annotated[list[Id], Field(max_length=100)] = Field(default_factory=list)


class EntryRow(Schema):
    """Somebody outside. may_change: the reader may."""

    id: int
    name: str
    company: str
    number: str
    note: str
    seen_by: Seen
    team_ids: list[int]
    may_change: bool
    changed_at: Moment | None


class ColleagueRow(Schema):
    """Somebody of the centre. state: of his phone, null who takes no calls. reason_id: why he is not ready.
    can_be_called: he is there and has nothing to do."""

    id: int
    name: str
    team_ids: list[int]
    state: str | None
    reason_id: int | None
    is_reachable: bool
    can_be_called: bool


class FavouriteKey(Schema):
    kind: Literal["entry", "person"]
    id: Id


class Favourites(Schema):
    """In the order of the keys."""

    keys: Annotated[list[FavouriteKey], Field(max_length=24)]


class Directory(Schema):
    """has_more: more people outside fit than are shown. favourites: the reader's speed dial."""

    colleagues: list[ColleagueRow]
    entries: list[EntryRow]
    has_more: bool
    favourites: list[FavouriteKey]
    teams: dict[int, str]


class SpeedDialKey(Schema):
    """A key of one's own speed dial, with what it stands for now. can_call: a call to him is allowed now;
    why: the refusal that it would meet, "" none."""

    kind: Literal["entry", "person"]
    id: int
    name: str
    company: str
    number: str
    state: str | None
    reason_id: int | None
    can_call: bool
    why: str


class DirectoryRead(Schema):
    """What a file holds. mapping: what its columns probably are, by their place. rows: the first ones."""

    columns: list[str]
    encoding: str
    delimiter: str
    count: int
    rows: list[list[str]]
    ragged: list[int]
    mapping: dict[int, DirectoryTarget]


class DirectoryLine(Schema):
    """What came of a line of the file; a refused one for a code, at a column (place)."""

    line: int
    outcome: Literal["made", "changed", "unchanged", "refused"]
    name: str
    code: str
    place: str


class DirectoryReport(Schema):
    """is_trial: nothing of it was kept. counts: by outcome. lines: the refused ones first, at most 500."""

    is_trial: bool
    counts: dict[str, int]
    lines: list[DirectoryLine]
