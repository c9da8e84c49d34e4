"""Ids: who is who. Configuration and CRM rows have integers from the database; interactions, segments, legs
and offers have 63-bit time-ordered integers minted by the one writer of a site."""

from datetime import UTC, datetime, timedelta
from typing import Final, NewType

SiteId = NewType("SiteId", int)
ProjectId = NewType("ProjectId", int)
PersonId = NewType("PersonId", int)
AgentId = NewType("AgentId", int)
"""An agent is a person with the agent role: `agent_id = person_id`."""
TeamId = NewType("TeamId", int)
VoicemailId = NewType("VoicemailId", int)
TextId = NewType("TextId", int)
QueueId = NewType("QueueId", int)
SkillId = NewType("SkillId", int)
ReasonId = NewType("ReasonId", int)
NumberId = NewType("NumberId", int)
TrunkId = NewType("TrunkId", int)
FlowId = NewType("FlowId", int)
HoursId = NewType("HoursId", int)
DispositionId = NewType("DispositionId", int)
SecretId = NewType("SecretId", int)
SystemId = NewType("SystemId", int)
"""A system outside that flows may ask."""
PlanId = NewType("PlanId", int)
"""A plan of modes: who does inbound and who outbound work, and when."""
PartyId = NewType("PartyId", int)
"""One customer address (a phone number); the number itself stands in table `party` only."""

SELF_TEST_PROJECT = ProjectId(9999)
"""The project of the self-test's number, queue and agent: counters, reports and boards leave it out."""
SELF_TEST_QUEUE = QueueId(9999)
"""The only queue of that project."""

ReservationId = NewType("ReservationId", int)
"""A dialer's wish for agents: it chooses the number."""
InteractionId = NewType("InteractionId", int)
SegmentId = NewType("SegmentId", int)
LegId = NewType("LegId", int)
OfferId = NewType("OfferId", int)
Sequence = NewType("Sequence", int)
"""Place of an event in a site's journal; order is the sequence, never time."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_LANE_BITS: Final = 2
_COUNTER_BITS: Final = 18
_COUNTERS: Final = (1 << _COUNTER_BITS) - 1
_MOMENT_SHIFT: Final = _LANE_BITS + _COUNTER_BITS


class Minter:
    """Mints time-ordered 63-bit integers from moments that it is given and a counter.

    lane: 0 ... 3; two minters of one site with different lanes never mint the same id (the shell uses 0, the
    engine 1). The counter never repeats within a millisecond; after a restart call `start_after` with the
    journal's last moment. 2^18 ids fit in one millisecond; beyond that it borrows from the next.
    """

    __slots__ = ("_at", "_first", "_lane", "_last")

    def __init__(self, lane: int = 0) -> None:
        self._lane = lane << _COUNTER_BITS
        self._last = self._lane
        self._at: datetime | None = None
        self._first = 0

    @property
    def last(self) -> int:
        """The id that it minted last, 0 if none: give it to `resume` of another minter to go on."""
        return 0 if self._last == self._lane else self._last

    def start_after(self, at: datetime) -> None:
        """Make every later id larger than any id minted at or before `at`."""
        self._last = max(self._last, (_milliseconds(at) + 1) << _MOMENT_SHIFT | self._lane)

    def resume(self, identity: int) -> None:
        """Go on after an id that this minter's lane minted before: the next one is the one it would have
        been.
        """
        if identity > self._last:
            moment, count = identity >> _MOMENT_SHIFT, identity & _COUNTERS
            self._last = max(self._last, moment << _MOMENT_SHIFT | self._lane | count)

    def mint(self, at: datetime) -> int:
        """A new id, larger than all before of this minter."""
        if at is not self._at:  # a step mints several ids at the same moment
            self._at = at
            self._first = _milliseconds(at) << _MOMENT_SHIFT | self._lane
        last = self._last
        if last < self._first:
            self._last = self._first
        elif last & _COUNTERS == _COUNTERS:
            self._last = ((last >> _MOMENT_SHIFT) + 1) << _MOMENT_SHIFT | self._lane
        else:
            self._last = last + 1
        return self._last


def minted_at(identity: int) -> datetime:
    """The moment at which an id was minted (whole milliseconds)."""
    return _EPOCH + timedelta(milliseconds=identity >> _MOMENT_SHIFT)


def _milliseconds(at: datetime) -> int:
    since = at - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
