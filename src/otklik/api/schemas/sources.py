"""Logs of another Asterisk that were imported."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import LARGEST_INT, Facts, Line, Moment, Name, Schema, SmallId

NameKind = Literal["queue", "agent", "number", "reason"]


class SourceName(Schema):
    """name: as the log writes it. title: as it is called here, null for the same. own_id: the own queue or
    agent that it stands for. team_id: an agent's team. shown: what it is called in the end."""

    kind: NameKind
    id: int
    name: str
    title: str | None
    own_id: int | None
    team_id: int | None
    shown: str


class SourceRow(Schema):
    """A source, whose figures stand in reports by its id. first, last: of its calls."""

    id: int
    name: str
    kind: str
    zone: str
    created_at: Moment
    first: Moment | None
    last: Moment | None
    interactions: int
    unread: int


class UnreadRow(Schema):
    """A row of its log that could not be understood, as it is. reason: a code."""

    file: str
    line: int
    reason: str
    text: str
    read_at: Moment


class SourceDetail(SourceRow):
    """unread_rows: the first 500 of the last import."""

    names: list[SourceName]
    unread_rows: list[UnreadRow]


class NameSave(Schema):
    """title: "" goes back to the name of the log."""

    title: Annotated[Line, Field(max_length=80)] = ""
    own_id: SmallId | None = None
    team_id: SmallId | None = None


LogName = Annotated[str, Field(min_length=1, max_length=200)]
"""As the log writes it."""


class MeasuredFields(Schema):
    """Against what a queue is measured; null is as for all queues of the source."""

    service_threshold_seconds: Annotated[float, Field(ge=1, le=3600)] | None = None
    short_abandon_seconds: Annotated[float, Field(ge=0, le=600)] | None = None
    service_target: Annotated[float, Field(gt=0, le=1)] | None = None


class MappingFields(Schema):
    """same_agents, same_queues: by name of the log, as which other one it counts. measured: for all queues;
    queues: by name of the log. outcomes: what an event counts as, where it is not the usual. inbound,
    internal: patterns of contexts, numbers and channels of call records: which come from outside."""

    same_agents: Annotated[dict[LogName, LogName], Field(max_length=5000)] = Field(default_factory=dict)
    same_queues: Annotated[dict[LogName, LogName], Field(max_length=2000)] = Field(default_factory=dict)
    measured: MeasuredFields = MeasuredFields()
    queues: Annotated[dict[LogName, MeasuredFields], Field(max_length=2000)] = Field(default_factory=dict)
    outcomes: Annotated[
        dict[
            Literal["EXITWITHTIMEOUT", "EXITWITHKEY", "EXITEMPTY", "TRANSFER"],
            Literal["overflow", "abandoned", "transferred", "completed"],
        ],
        Field(max_length=10),
    ] = Field(default_factory=dict)
    inbound: Annotated[list[LogName], Field(max_length=200)] = Field(default_factory=list)
    internal: Annotated[list[LogName], Field(max_length=200)] = Field(default_factory=list)


class MappingSave(Schema):
    """version: the one that was changed, so that nobody undoes what somebody else saved meanwhile."""

    version: Annotated[int, Field(ge=0, le=LARGEST_INT)]
    mapping: MappingFields


class MappingVersion(Schema):
    """One saved state."""

    version: int
    saved_at: Moment
    saved_by_name: str
    mapping: MappingFields


class SourceMapping(Schema):
    """version: the newest, 0 before any was saved. applied_version: the one of the figures. is_told: all rows
    are counted by it; false while they are counted anew, and when that was broken off. can_apply: the rows
    are kept, so they can be counted anew."""

    version: int
    applied_version: int
    is_told: bool
    can_apply: bool
    mapping: MappingFields
    versions: list[MappingVersion]


class SentFileRow(Schema):
    """A file that waits for its import. key: by which it is meant."""

    key: str
    name: str
    size: int


class ImportAsked(Schema):
    """files: keys of what was sent. source: the name of the source, a new one or one that goes on. zone: null
    for the site's own. replaces: what was imported of it before goes first. kind: what the files are.
    inbound, internal: as in the mapping, of call records."""

    files: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=50)]
    source: Name
    zone: Annotated[str, Field(min_length=1, max_length=64, pattern="^[A-Za-z]")] | None = None
    measured: MeasuredFields = MeasuredFields()
    same_agents: Annotated[dict[LogName, LogName], Field(max_length=500)] = Field(default_factory=dict)
    replaces: bool = False
    kind: Literal["queue_log", "cdr", "cel"] = "queue_log"
    inbound: Annotated[list[LogName], Field(max_length=200)] = Field(default_factory=list)
    internal: Annotated[list[LogName], Field(max_length=200)] = Field(default_factory=list)


class RefusalTold(Schema):
    """Why nothing was done."""

    code: str
    facts: Facts


class RejectedRow(Schema):
    """A row that could not be understood."""

    file: str
    line: int
    reason: str
    text: str


class QueuePreviewRow(Schema):
    """What came to a queue."""

    queue: str
    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    overflow: int
    transferred: int
    service_level: float | None
    average_wait_seconds: float | None
    average_talk_seconds: float | None


class AgentPreviewRow(Schema):
    """is_new: the log names him for the first time."""

    agent: str
    answered: int
    missed: int
    is_new: bool


class InteractionPreviewRow(Schema):
    """One of the first."""

    started_at: Moment
    number: str
    number_called: str
    queues: list[str]
    agents: list[str]
    outcome: str
    wait_seconds: float
    talk_seconds: float


class ContextLeftRow(Schema):
    """A context of call records whose calls were not counted: they are not known to come from outside."""

    context: str
    calls: int


class ImportResult(Schema):
    """What an import did, or would do. rejected: the first 200 of rejected_count. left_out: the 20 most
    frequent contexts of calls that were not counted. queues, agents, interactions: of a preview."""

    lines: int
    events: int
    interactions: int
    answered: int
    abandoned: int
    timed_out: int
    left_otherwise: int
    transferred: int
    unfinished: int
    ignored_lines: int
    already_known: int
    rejected_count: int
    rejected: list[RejectedRow]
    left_out: list[ContextLeftRow]
    first: Moment | None
    last: Moment | None
    queues: list[QueuePreviewRow]
    agents: list[AgentPreviewRow]
    interactions_first: list[InteractionPreviewRow]


class ImportRunRow(Schema):
    """done, of: how far it is. result: when it is done; refusal: when it was refused."""

    run_id: int
    kind: Literal["preview", "import", "apply"]
    source: str
    state: Literal["running", "done", "refused", "failed", "cancelled"]
    done: int
    of: int
    result: ImportResult | None
    refusal: RefusalTold | None


class QueueNowRow(Schema):
    """Customers in a queue of a source now."""

    queue: str
    waiting: int
    talking: int
    oldest: Moment | None


class AgentNowRow(Schema):
    """An agent of a source who is there."""

    agent: str
    state: Literal["ready", "not_ready", "talking"]
    reason: str
    queue: str
    since: Moment | None


class SourceNowBoard(Schema):
    """Where a source stands that is followed as its log is written. at: when it was looked at, null of one
    that never was. log: its last row."""

    at: Moment | None
    log: Moment | None
    queues: list[QueueNowRow]
    agents: list[AgentNowRow]
