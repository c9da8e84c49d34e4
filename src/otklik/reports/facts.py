"""What a fold hands out: rows in the making, and the changes of one batch. Pure."""

from dataclasses import dataclass, field
from typing import NamedTuple

from otklik.acd.model import Why
from otklik.reports.tracking import ClosedState


@dataclass(slots=True)
class Segment:
    """A row of `segment` in the making. From `threshold_ms` on it is memory, not columns.

    ring_since_ms, talk_since_ms, wrap_since_ms: begin of what runs now, 0 when it does not. is_held: what
    runs is a hold, not a talk.
    """

    slot: int
    segment_id: int
    interaction_id: int
    project_id: int
    queue_id: int
    agent_id: int
    customer_id: int
    number_id: int
    channel: int
    direction: int
    outcome: int = 0
    disposition: int = 0
    enter_ms: int = 0
    answer_ms: int = 0
    end_ms: int = 0
    wait_ms: int = 0
    ring_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_ab: int = 0
    aband_in_t: int = 0
    overflow: int = 0
    in_sl: int = 0
    transferred: int = 0
    handled: int = 0
    seq: int = 0
    threshold_ms: int = 0
    short_abandon_ms: int = 0
    ring_since_ms: int = 0
    talk_since_ms: int = 0
    is_held: bool = False
    wrap_since_ms: int = 0


@dataclass(slots=True)
class InteractionFact:
    """A row of `interaction`: the index of everything that happened, and what lists show."""

    interaction_id: int
    project_id: int
    channel: int
    direction: int
    customer_id: int
    number_id: int
    queue_id: int = 0
    agent_id: int = 0
    callback_of: int = 0
    start_ms: int = 0
    answer_ms: int = 0
    end_ms: int = 0
    outcome: int = 0
    ended_by: int = 0
    is_estimated: int = 0
    segments: int = 0
    wait_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    seq: int = 0


class OfferFact(NamedTuple):
    """A row of `offer`."""

    offer_id: int
    slot: int
    interaction_id: int
    segment_id: int
    queue_id: int
    agent_id: int
    project_id: int
    offered_ms: int
    ended_ms: int
    outcome: int
    why: Why


QSLOT_SUMS = (
    "offered",
    "answered",
    "abandoned",
    "short_ab",
    "aband_in_t",
    "overflow",
    "transferred",
    "in_sl",
    "handled",
    "wait_ms",
    "aband_ms",
    "ring_ms",
    "talk_ms",
    "hold_ms",
    "wrap_ms",
)


@dataclass(slots=True)
class QueueChange:
    """What is added to a row of `qslot`, in the order of QSLOT_SUMS; the longest wait is compared."""

    project_id: int
    sums: list[int] = field(default_factory=lambda: [0] * len(QSLOT_SUMS))
    max_wait_ms: int = 0


@dataclass(slots=True)
class AgentChange:
    """What is added to a row of `agent_slot`. n: state intervals that began."""

    ms: int = 0
    n: int = 0


@dataclass(slots=True)
class FactChanges:
    """Rows to write after a batch; those of `open` and `interactions` go on changing with the next fold.

    Keys: qslot (slot, queue, channel), agent_slot (slot, agent, queue, state, reason, project): who
    practises is ready outside of everything that is counted. open and final are segments; a final one
    leaves the open ones.
    """

    seq: int = 0
    qslot: dict[tuple[int, int, int], QueueChange] = field(default_factory=dict)
    agent_slot: dict[tuple[int, int, int, int, int, int], AgentChange] = field(default_factory=dict)
    agent_state: list[tuple[ClosedState, int]] = field(default_factory=list)
    open: dict[int, Segment] = field(default_factory=dict)
    final: list[Segment] = field(default_factory=list)
    interactions: dict[int, InteractionFact] = field(default_factory=dict)
    offers: dict[int, OfferFact] = field(default_factory=dict)
    phases: list[tuple[int, int, int, int, int, int, int]] = field(default_factory=list)
    queue_rules: list[tuple[int, int, int, int, str, int, int, int, int]] = field(default_factory=list)

    def is_empty(self) -> bool:
        return not (
            self.qslot
            or self.agent_slot
            or self.agent_state
            or self.open
            or self.final
            or self.interactions
            or self.offers
            or self.phases
            or self.queue_rules
        )
