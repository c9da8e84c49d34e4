"""Moving talks: where to, who can take them, and what a supervisor does."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Facts, Id, LongId, PhoneText, Schema


class MoveTarget(Schema):
    """Exactly one of the three. number: any pasted form."""

    agent_id: Id | None = None
    queue_id: Id | None = None
    number: PhoneText | None = None


class MoveRequest(Schema):
    interaction_id: LongId
    to: MoveTarget


class ParticipantRequest(Schema):
    interaction_id: LongId
    participant_id: LongId


class ColleagueRequest(Schema):
    agent_id: Id


class AssignRequest(Schema):
    agent_id: Id


class PriorityRequest(Schema):
    """priority: the customer's own, added to the queue's; larger is sooner."""

    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class PullRequest(Schema):
    """onto_me: to whoever asks; else back to the queue."""

    onto_me: bool = False


class SupervisionRequest(Schema):
    """monitor: nobody hears the supervisor; whisper: the agent does; barge: all do."""

    mode: Literal["monitor", "whisper", "barge"]


class AgentTarget(Schema):
    """A colleague. can_take: ready and free, a customer can be transferred to him; can_be_called: he can be
    asked (he may be not ready). reason_id: why he is not ready. is_reachable: his phone is there."""

    id: int
    name: str
    state: str
    reason_id: int | None
    is_reachable: bool
    can_take: bool
    can_be_called: bool


class QueueTarget(Schema):
    """free: agents who could take it now. expected_wait_seconds: None when nothing can be said. why: it
    cannot take anybody now (closed, full, nobody signed in), "" it can."""

    id: int
    name: str
    waiting: int
    free: int
    expected_wait_seconds: float | None
    why: Literal["", "closed", "full", "nobody"] = ""


class OutsideTarget(Schema):
    """Somebody of the directory. number: as it is dialled. why: the refusal that calling him would meet now,
    with its facts, "" none."""

    id: int
    name: str
    company: str
    number: str
    note: str
    is_favourite: bool
    why: str
    why_facts: Facts


class Targets(Schema):
    """next_tiers: by a queue's id, the queue to which its agents give what they cannot solve."""

    agents: list[AgentTarget]
    queues: list[QueueTarget]
    outside: list[OutsideTarget]
    may_dial: bool
    next_tiers: dict[int, int]
