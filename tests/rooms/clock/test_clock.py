"""The clock keeps its own pace, whatever the machine's wall time does."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.clock import SystemClock
from otklik.vocabulary.time import from_ms

pytestmark = pytest.mark.fast

NOON_MS = 1_790_000_000_000


class Machine:
    """Wall and monotonic time that a test moves by hand."""

    def __init__(self) -> None:
        self.wall_ms = NOON_MS
        self.steady_ms = 5_000

    def pass_ms(self, milliseconds: float) -> None:
        self.wall_ms += milliseconds
        self.steady_ms += milliseconds

    def clock(self, not_before_ms: int | None = None) -> SystemClock:
        return SystemClock(
            from_ms(not_before_ms) if not_before_ms is not None else None,
            wall_ns=lambda: int(self.wall_ms * 1_000_000),
            monotonic_ns=lambda: int(self.steady_ms * 1_000_000),
        )


def test_moments_are_utc_and_of_whole_milliseconds():
    machine = Machine()
    clock = machine.clock()

    machine.pass_ms(1.75)

    assert clock.now() == from_ms(NOON_MS + 1)
    assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize("step_ms", [-86_400_000, -1, 1, 3_600_000])
def test_step_of_the_wall_moves_no_deadline(step_ms):
    machine = Machine()
    clock = machine.clock()

    machine.wall_ms += step_ms
    machine.pass_ms(20_000)

    assert clock.now_ms() == NOON_MS + 20_000
    assert clock.drift() == timedelta(milliseconds=step_ms)


def test_clock_does_not_go_below_the_journal_and_does_not_stand_still():
    machine = Machine()
    clock = machine.clock(not_before_ms=NOON_MS + 3_600_000)

    machine.pass_ms(15_000)

    assert clock.now_ms() == NOON_MS + 3_600_000 + 15_000


def test_anchoring_anew_takes_a_wall_that_is_ahead():
    machine = Machine()
    clock = machine.clock()
    machine.pass_ms(1_000)
    machine.wall_ms += 60_000

    moved = clock.anchor_anew()

    assert moved == timedelta(seconds=60)
    assert clock.now_ms() == NOON_MS + 61_000
    assert clock.drift() == timedelta(0)


def test_anchoring_anew_to_a_wall_behind_changes_nothing():
    machine = Machine()
    clock = machine.clock()
    machine.wall_ms -= 60_000

    moved = clock.anchor_anew()
    machine.pass_ms(10)

    assert moved == timedelta(0)
    assert clock.now_ms() == NOON_MS + 10


@given(st.lists(st.tuples(st.integers(-10_000, 10_000), st.integers(0, 5_000), st.booleans()), max_size=40))
def test_clock_never_goes_backwards(steps):
    machine = Machine()
    clock = machine.clock()
    last = clock.now_ms()

    for wall_step, passed, is_anchored in steps:
        machine.wall_ms += wall_step
        machine.pass_ms(passed)
        if is_anchored:
            clock.anchor_anew()
        now = clock.now_ms()
        assert now >= last + (0 if is_anchored else passed)
        last = now
