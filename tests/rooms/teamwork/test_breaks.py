"""Whether a break is approved by the rule alone, and when it may begin."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from otklik.teamwork import breaks
from otklik.teamwork.breaks import (
    Allowance,
    BreakPolicy,
    BreakRequest,
    BreakStatus,
    CoverSlot,
    Used,
)
from otklik.vocabulary.ids import AgentId, ReasonId
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
POLICY = BreakPolicy()
UNLIMITED = Allowance(reason_id=ReasonId(1))


def slot(required: int | None, present: int, away: int = 0, at: datetime = NOON) -> CoverSlot:
    return CoverSlot(start=at, required=required, present=present, away=away)


@pytest.mark.parametrize(
    ("slots", "policy", "rule"),
    [
        ([slot(4, 10)], POLICY, "cover_holds"),
        ([slot(9, 10)], POLICY, "cover_holds"),
        ([slot(10, 10)], POLICY, "cover_short"),
        ([slot(4, 10), slot(10, 10)], POLICY, "cover_short"),
        ([slot(9, 10)], BreakPolicy(reserve=1), "cover_short"),
        ([slot(8, 10)], BreakPolicy(reserve=1), "cover_holds"),
        ([slot(0, 10, away=3)], POLICY, "too_many_away"),
        ([slot(0, 10, away=2)], POLICY, "cover_holds"),
        ([slot(0, 1)], BreakPolicy(most_away=1.0), "too_many_away"),
        ([slot(None, 10)], POLICY, "no_history"),
        ([slot(4, 10), slot(None, 10)], POLICY, "no_history"),
        ([slot(4, 10)], BreakPolicy(is_automatic=False), "by_supervisor"),
    ],
)
def test_the_first_reason_against_it_gives_it_to_a_supervisor(slots, policy, rule):
    found = breaks.judge(policy, UNLIMITED, Used(), 15, slots)

    assert (found.rule, found.is_sure) == (rule, rule == "cover_holds")


def test_the_slot_that_decides_is_named():
    late = slot(9, 10, away=1, at=NOON + timedelta(minutes=15))

    assert breaks.judge(POLICY, UNLIMITED, Used(), 30, [slot(2, 10), late]).worst == late


@pytest.mark.parametrize(
    ("allowance", "used", "is_sure"),
    [
        (Allowance(reason_id=ReasonId(1), minutes=30), Used(times=1, seconds=900), True),
        (Allowance(reason_id=ReasonId(1), minutes=30), Used(times=1, seconds=901), False),
        (Allowance(reason_id=ReasonId(1), times=2), Used(times=1, seconds=9000), True),
        (Allowance(reason_id=ReasonId(1), times=2), Used(times=2, seconds=1), False),
    ],
)
def test_what_a_day_allows_is_counted_with_what_it_holds(allowance, used, is_sure):
    found = breaks.judge(POLICY, allowance, used, 15, [slot(2, 10)])

    assert found.is_sure is is_sure
    assert found.rule == ("cover_holds" if is_sure else "allowance_used")


def test_a_break_touches_the_quarters_it_lies_in():
    at = NOON + timedelta(minutes=10)

    assert breaks.slots_of(at, 5) == [NOON]
    assert breaks.slots_of(at, 6) == [NOON, NOON + timedelta(minutes=15)]
    assert len(breaks.slots_of(NOON, 60)) == 4


def asked(status: BreakStatus) -> BreakRequest:
    return BreakRequest(
        agent_id=AgentId(1),
        reason_id=ReasonId(1),
        minutes=15,
        starts_at=NOON,
        asked_at=NOON - timedelta(hours=1),
        status=status,
    )


def test_an_approved_break_begins_in_its_window_only():
    approved = asked(BreakStatus.APPROVED)

    assert not breaks.may_begin(approved, NOON - timedelta(minutes=3))
    assert breaks.may_begin(approved, NOON - timedelta(minutes=2))
    assert breaks.may_begin(approved, NOON + timedelta(minutes=30))
    assert not breaks.may_begin(approved, NOON + timedelta(minutes=31))
    assert not breaks.may_begin(asked(BreakStatus.ASKED), NOON)


def test_what_nobody_used_lapses_and_what_was_decided_stays():
    late = NOON + timedelta(hours=1)

    assert breaks.standing(asked(BreakStatus.ASKED), late).status is BreakStatus.LAPSED
    assert breaks.standing(asked(BreakStatus.APPROVED), late).status is BreakStatus.LAPSED
    for status in (BreakStatus.DECLINED, BreakStatus.WITHDRAWN, BreakStatus.BEGUN):
        assert breaks.standing(asked(status), late).status is status


def test_a_break_that_began_late_ends_late():
    begun = msgspec.structs.replace(asked(BreakStatus.BEGUN), begun_at=NOON + timedelta(minutes=7))

    assert begun.ends_at == NOON + timedelta(minutes=22)


@pytest.mark.parametrize(
    ("start", "minutes", "code"),
    [
        (timedelta(), 241, "break_too_long"),
        (timedelta(), 0, "break_too_long"),
        (timedelta(minutes=-6), 15, "break_in_the_past"),
        (timedelta(hours=17), 15, "break_too_far"),
    ],
)
def test_nonsense_is_refused(start, minutes, code):
    with pytest.raises(Invalid) as refusal:
        breaks.check_asked(NOON + start, minutes, NOON)

    assert refusal.value.code == code
