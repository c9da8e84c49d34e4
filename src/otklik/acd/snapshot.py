"""State <-> bytes: facts only, in one order, with a version. Indices are made anew.

A snapshot is a short cut, never the truth: when one cannot be read, the journal is replayed from an older
one.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from otklik.acd.apply import index_state
from otklik.acd.model import (
    AgentProfile,
    AssignmentPhase,
    Availability,
    Boost,
    Callback,
    Channel,
    Direction,
    GuardCause,
    LoadLevel,
    Mode,
    ModePlan,
    NotReadyCause,
    Phase,
    QueueRules,
    ReasonRules,
    Role,
    SiteRules,
    SkillRequirement,
    Stay,
    Target,
)
from otklik.acd.pace import Pace, Span
from otklik.acd.state import Agent, Assignment, Interaction, Plan, Queue, Reservation, State
from otklik.acd.ties import Participant, Ties, Transfer
from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    NumberId,
    OfferId,
    PartyId,
    ProjectId,
    QueueId,
    ReasonId,
    ReservationId,
    SegmentId,
)
from otklik.vocabulary.messages import Value

VERSION = 1


class AssignmentRow(Value):
    interaction_id: InteractionId
    segment_id: SegmentId
    queue_id: QueueId
    phase: AssignmentPhase
    since: datetime
    offer_id: OfferId
    deadline: datetime | None
    wrap_up_at: datetime | None
    connected_at: datetime | None = None
    role: Role = Role.OWNER
    channel: Channel = Channel.VOICE


class ReservationRow(Value):
    reservation_id: ReservationId
    queue_id: QueueId
    since: datetime
    until: datetime


class SeatRow(Value):
    """What of a seat does not follow from its agent."""

    channel: Channel
    idle_since: datetime
    handled: int
    turns: dict[QueueId, int]


class AgentRow(Value):
    profile: AgentProfile
    availability: Availability
    reason_id: ReasonId
    cause: NotReadyCause
    since: datetime
    idle_since: datetime
    intent: str
    intent_reason_id: ReasonId
    is_reachable: bool
    unreachable_since: datetime | None
    assignment: AssignmentRow | None
    handled: int = 0
    misses: int = 0
    resting_until: datetime | None = None
    rests_since: datetime | None = None
    streak: timedelta = timedelta()
    worked_at: datetime | None = None
    guard: GuardCause | None = None
    guard_at: int = 0
    turns: dict[QueueId, int] = msgspec.field(default_factory=dict)
    occupancy: float = 0.0
    mode: Mode = Mode.BLENDED
    mode_rule: str = "default"
    is_leaving: bool = False
    reservation: ReservationRow | None = None
    others: list[AssignmentRow] = msgspec.field(default_factory=list)
    seats: list[SeatRow] = msgspec.field(default_factory=list)


class TransferRow(Value):
    from_agent_id: AgentId
    target: Target
    is_recall: bool
    talk_limit: timedelta | None = None


class ParticipantRow(Value):
    participant_id: InteractionId
    role: Role
    agent_id: AgentId
    party_id: PartyId
    phase: AssignmentPhase


class TiesRow(Value):
    caller_id: AgentId
    target: Target | None
    consult_of: InteractionId
    consult_id: InteractionId
    deadline: datetime | None
    transfer: TransferRow | None
    participants: list[ParticipantRow]


class InteractionRow(Value):
    interaction_id: InteractionId
    channel: Channel
    direction: Direction
    party_id: PartyId
    number_id: NumberId
    project_id: ProjectId
    arrived_at: datetime
    phase: Phase
    since: datetime
    deadline: datetime | None
    queue_id: QueueId
    segment_id: SegmentId
    segment_at: datetime | None
    priority: int
    queued_at: datetime | None
    is_ahead: bool
    agent_id: AgentId
    offer_id: OfferId
    callback_of: InteractionId
    missed: dict[AgentId, datetime]
    requirements: tuple[SkillRequirement, ...] = ()
    step: int = 0
    boosts: tuple[Boost, ...] = ()
    preferred_agent_id: AgentId = AgentId(0)
    preferred_until: datetime | None = None
    preferred_cause: str = ""
    ties: TiesRow | None = None
    callback: Callback | None = None
    is_callback_offered: bool = False
    callback_queue_id: QueueId = QueueId(0)
    stays: tuple[Stay, ...] = ()
    note: str = ""
    waits_until: datetime | None = None


class QueueMark(Value):
    """What a queue knows besides its rules."""

    queue_id: QueueId
    is_closing: bool
    closing_to: QueueId
    deserted_since: datetime | None
    callback_credit: int


class PlanRow(Value):
    rules: ModePlan
    turns_at: datetime | None
    level: LoadLevel
    calm_at: datetime | None


class SpanRow(Value):
    served: int
    staffed: timedelta
    left: int
    waited: timedelta
    handled: int
    handling: timedelta


class PaceRow(Value):
    now: SpanRow
    before: SpanRow
    at: datetime | None


class SnapshotBody(Value):
    version: int
    site: SiteRules
    queues: list[QueueRules]
    agents: list[AgentRow]
    reasons: list[ReasonRules]
    interactions: list[InteractionRow]
    at: datetime | None
    next_slot: datetime | None
    last_minted: int
    turns: dict[QueueId, int] = msgspec.field(default_factory=dict)
    paces: dict[QueueId, PaceRow] = msgspec.field(default_factory=dict)
    marks: tuple[QueueMark, ...] = ()
    plans: tuple[PlanRow, ...] = ()


class _Version(msgspec.Struct):
    version: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SnapshotBody)
_version_decoder = msgspec.msgpack.Decoder(_Version)


def encode(state: State) -> bytes:
    """Equal facts that came about in the same order give equal bytes, live and replayed alike."""
    return _encoder.encode(
        SnapshotBody(
            version=VERSION,
            site=state.site,
            queues=[state.queues[key].rules for key in sorted(state.queues)],
            agents=[_agent_row(state.agents[key]) for key in sorted(state.agents)],
            reasons=[state.reasons[key] for key in sorted(state.reasons)],
            interactions=[_interaction_row(state.interactions[key]) for key in sorted(state.interactions)],
            at=state.at,
            next_slot=None if state.at is None else state.next_slot,
            last_minted=state.minter.last,
            paces={key: _pace_row(state.queues[key].pace) for key in sorted(state.queues)},
            turns={key: state.queues[key].turn for key in sorted(state.queues) if state.queues[key].turn},
            marks=tuple(_mark(state.queues[key]) for key in sorted(state.queues)),
            plans=tuple(PlanRow(**_fields(state.plans[key], PlanRow)) for key in sorted(state.plans)),
        )
    )


def decode(snapshot: bytes) -> State:
    """The state with its indices. ValueError when the version is another."""
    version = _version_decoder.decode(snapshot).version
    if version != VERSION:
        raise ValueError(f"snapshot version {version}, this engine reads {VERSION}")
    body = _decoder.decode(snapshot)
    state = State(site=body.site, at=body.at, next_slot=body.next_slot)
    if body.last_minted:
        state.minter.resume(body.last_minted)
    state.reasons = {reason.reason_id: reason for reason in body.reasons}
    state.queues = {
        rules.queue_id: Queue(rules=rules, turn=body.turns.get(rules.queue_id, 0)) for rules in body.queues
    }
    for mark in body.marks:
        queue = state.queues[mark.queue_id]
        queue.is_closing, queue.closing_to = mark.is_closing, mark.closing_to
        queue.deserted_since, queue.callback_credit = mark.deserted_since, mark.callback_credit
    state.plans = {row.rules.plan_id: Plan(**_fields(row, PlanRow)) for row in body.plans}
    state.agents = {row.profile.agent_id: _agent(row) for row in body.agents}
    state.interactions = {row.interaction_id: _interaction(row) for row in body.interactions}
    index_state(state)
    for queue_id, row in body.paces.items():
        state.queues[queue_id].pace = _pace(row)
    return state


def _pace_row(pace: Pace) -> PaceRow:
    now, before = (SpanRow(**_fields(span, SpanRow)) for span in (pace.now, pace.before))
    return PaceRow(now=now, before=before, at=pace.at)


def _pace(row: PaceRow) -> Pace:
    now, before = (Span(**_fields(span, SpanRow)) for span in (row.now, row.before))
    return Pace(now=now, before=before, at=row.at)


def _agent_row(agent: Agent) -> AgentRow:
    assignment = agent.assignment
    facts = _fields(agent, AgentRow)
    facts["assignment"] = None if assignment is None else AssignmentRow(**_fields(assignment, AssignmentRow))
    facts["turns"] = {queue_id: agent.turns[queue_id] for queue_id in sorted(agent.turns)}
    facts["reservation"] = (
        None if agent.reservation is None else ReservationRow(**_fields(agent.reservation, ReservationRow))
    )
    facts["others"] = [AssignmentRow(**_fields(other, AssignmentRow)) for other in agent.others.values()]
    facts["seats"] = [
        SeatRow(
            channel=channel,
            idle_since=seat.idle_since,
            handled=seat.handled,
            turns={queue_id: seat.turns[queue_id] for queue_id in sorted(seat.turns)},
        )
        for channel, seat in sorted(agent.seats.items())
    ]
    return AgentRow(**facts)


def _mark(queue: Queue) -> QueueMark:
    return QueueMark(
        queue_id=queue.rules.queue_id,
        is_closing=queue.is_closing,
        closing_to=queue.closing_to,
        deserted_since=queue.deserted_since,
        callback_credit=queue.callback_credit,
    )


def _agent(row: AgentRow) -> Agent:
    facts = _fields(row, AgentRow)
    facts["assignment"] = (
        None if row.assignment is None else Assignment(**_fields(row.assignment, AssignmentRow))
    )
    facts["turns"] = dict(row.turns)
    facts["reservation"] = (
        None if row.reservation is None else Reservation(**_fields(row.reservation, ReservationRow))
    )
    facts["others"] = {
        other.interaction_id: Assignment(**_fields(other, AssignmentRow)) for other in row.others
    }
    seats = facts.pop("seats")
    agent = Agent(**facts)
    for kept in seats:
        seat = Agent(profile=agent.profile, main=agent, channel=kept.channel, handled=kept.handled)
        seat.idle_since = kept.idle_since
        seat.turns = dict(kept.turns)
        agent.seats[kept.channel] = seat
    return agent


def _interaction_row(interaction: Interaction) -> InteractionRow:
    facts = _fields(interaction, InteractionRow)
    facts["ties"] = None if interaction.ties is None else _ties_row(interaction.ties)
    return InteractionRow(**facts)


def _ties_row(ties: Ties) -> TiesRow:
    facts = _fields(ties, TiesRow)
    if ties.transfer is not None:
        facts["transfer"] = TransferRow(**_fields(ties.transfer, TransferRow))
    facts["participants"] = [
        ParticipantRow(**_fields(one, ParticipantRow)) for one in ties.participants.values()
    ]
    return TiesRow(**facts)


def _interaction(row: InteractionRow) -> Interaction:
    facts = _fields(row, InteractionRow)
    facts["missed"] = dict(row.missed)
    facts["ties"] = None if row.ties is None else _ties(row.ties)
    return Interaction(**facts)


def _ties(row: TiesRow) -> Ties:
    facts = _fields(row, TiesRow)
    facts["transfer"] = None if row.transfer is None else Transfer(**_fields(row.transfer, TransferRow))
    facts["participants"] = {
        one.participant_id: Participant(**_fields(one, ParticipantRow)) for one in row.participants
    }
    return Ties(**facts)


def _fields(source: object, row: type[Value]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in row.__struct_fields__}
