"""Asking for a break: whether cover holds without this agent, and what follows by the site's rule. Pure.

Cover holds in a quarter of an hour when those who are left are still as many as the load needs (Erlang A on
the load of the last same weekdays), and the reserve beyond that. Whatever is not sure goes to a supervisor.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from otklik.vocabulary.ids import AgentId, PersonId, ReasonId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid
from otklik.vocabulary.time import slot_of, slot_start

LONGEST = timedelta(hours=4)
FARTHEST = timedelta(hours=16)
EARLIEST_BEGIN = timedelta(minutes=2)
LATEST_BEGIN = timedelta(minutes=30)
"""An approved break begins in this window around its time; after it the approval is spent."""


class BreakStatus(StrEnum):
    """Where a request stands. lapsed: nobody decided, or he did not go, until it was too late."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    BEGUN = "begun"
    LAPSED = "lapsed"


class Allowance(Value):
    """How much of a reason a day allows: minutes and times, None is unlimited."""

    reason_id: ReasonId
    minutes: int | None = None
    times: int | None = None


class BreakPolicy(Value):
    """The site's rule. is_automatic: requests that are sure are approved at once. reserve: agents that must
    be left beyond what the load needs. most_away: the largest share of those at work who may be away."""

    is_automatic: bool = True
    reserve: int = 0
    most_away: float = 0.3
    allowances: tuple[Allowance, ...] = ()

    def allowance(self, reason_id: ReasonId) -> Allowance:
        """Of a reason; without a line of its own it is unlimited."""
        return next(
            (one for one in self.allowances if one.reason_id == reason_id), Allowance(reason_id=reason_id)
        )


class Used(Value):
    """What a day holds already."""

    times: int = 0
    seconds: float = 0


class CoverSlot(Value):
    """A quarter of an hour. required: agents that the load needs, None when nothing is known of such days.
    present: at work by then, with the one who asks. away: of them, on breaks."""

    start: datetime
    required: int | None
    present: int
    away: int

    @property
    def left(self) -> int:
        """Without the one who asks, too."""
        return self.present - self.away - 1


class Judgement(Value):
    """is_sure: approved by the rule alone. rule: cover_holds, by_supervisor, allowance_used, cover_short,
    too_many_away, no_history. worst: the slot that decides."""

    is_sure: bool
    rule: str
    slots: tuple[CoverSlot, ...] = ()
    worst: CoverSlot | None = None


class BreakRequest(Value, kw_only=True):
    """An agent asks. rule, facts: why it was approved at once, or given to a supervisor; word: of whoever
    decided. decided_by: 0 is the rule. is_over: he is back from it, by his states in the journal."""

    request_id: int = 0
    agent_id: AgentId
    reason_id: ReasonId
    minutes: int
    starts_at: datetime
    note: str = ""
    asked_at: datetime
    status: BreakStatus = BreakStatus.ASKED
    rule: str = ""
    worst: CoverSlot | None = None
    decided_at: datetime | None = None
    decided_by: PersonId = PersonId(0)
    word: str = ""
    begun_at: datetime | None = None
    is_over: bool = False

    @property
    def ends_at(self) -> datetime:
        """By the plan, or from when it began."""
        return (self.begun_at or self.starts_at) + timedelta(minutes=self.minutes)


def slots_of(start: datetime, minutes: int) -> list[datetime]:
    """The quarters of an hour that a break touches."""
    last = slot_of(start + timedelta(minutes=minutes) - timedelta(milliseconds=1))
    return [slot_start(number) for number in range(slot_of(start), last + 1)]


def check_asked(starts_at: datetime, minutes: int, now: datetime) -> None:
    """Raises Invalid `break_too_long`, `break_in_the_past`, `break_too_far`."""
    if not 0 < minutes <= LONGEST / timedelta(minutes=1):
        raise Invalid("break_too_long", "minutes", limit=int(LONGEST / timedelta(minutes=1)))
    if starts_at < now - timedelta(minutes=5):
        raise Invalid("break_in_the_past", "starts_at")
    if starts_at > now + FARTHEST:
        raise Invalid("break_too_far", "starts_at", hours=int(FARTHEST / timedelta(hours=1)))


def judge(
    policy: BreakPolicy, allowance: Allowance, used: Used, minutes: int, slots: Sequence[CoverSlot]
) -> Judgement:
    """What the rule says; the first reason against it decides."""
    worst = min(slots, key=lambda one: one.left - (one.required or 0), default=None)
    told = tuple(slots)

    def no(rule: str, slot: CoverSlot | None = worst) -> Judgement:
        return Judgement(is_sure=False, rule=rule, slots=told, worst=slot)

    if allowance.times is not None and used.times + 1 > allowance.times:
        return no("allowance_used")
    if allowance.minutes is not None and used.seconds + minutes * 60 > allowance.minutes * 60:
        return no("allowance_used")
    for slot in slots:
        if slot.required is not None and slot.left < slot.required + policy.reserve:
            return no("cover_short", slot)
    for slot in slots:
        if slot.left < 1 or slot.away + 1 > policy.most_away * slot.present:
            return no("too_many_away", slot)
    if any(slot.required is None for slot in slots):
        return no("no_history")
    if not policy.is_automatic:
        return no("by_supervisor")
    return Judgement(is_sure=True, rule="cover_holds", slots=told, worst=worst)


def standing(request: BreakRequest, now: datetime) -> BreakRequest:
    """As it stands at a moment: what nobody used is over."""
    is_open = request.status in (BreakStatus.ASKED, BreakStatus.APPROVED)
    if is_open and now > request.starts_at + LATEST_BEGIN:
        return msgspec.structs.replace(request, status=BreakStatus.LAPSED)
    return request


def may_begin(request: BreakRequest, now: datetime) -> bool:
    """Approved, and its time has come."""
    return standing(request, now).status is BreakStatus.APPROVED and now >= request.starts_at - EARLIEST_BEGIN
