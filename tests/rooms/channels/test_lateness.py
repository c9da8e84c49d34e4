"""How late a message is, by the times that stand in messages, whatever the two clocks say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.channels.asterisk.lateness import LONGEST_SECONDS, WINDOW_SECONDS, Lateness

pytestmark = pytest.mark.fast


def test_a_message_that_waited_is_that_late() -> None:
    lateness = Lateness()
    lateness.note(1_000_000, 50.010)
    lateness.note(1_001_000, 51.002)
    assert lateness.of(1_002_000, 52.502) == pytest.approx(0.5)
    assert lateness.of(1_002_000, 52.002) == pytest.approx(0.0, abs=1e-6)


def test_nothing_is_said_of_a_message_without_a_time_or_before_any_other() -> None:
    lateness = Lateness()
    assert lateness.of(1_000, 5.0) == 0.0
    lateness.note(0, 5.0)
    assert lateness.of(1_000, 5.0) == 0.0
    lateness.note(1_000, 5.0)
    assert lateness.of(0, 9.0) == 0.0


def test_a_clock_that_was_set_back_is_no_wait_and_is_learnt_within_the_window() -> None:
    lateness = Lateness()
    lateness.note(1_000_000, 50.0)
    assert lateness.of(940_000, 51.0) == 0.0, "a minute is no wait"
    for second in range(int(WINDOW_SECONDS) + 2):
        lateness.note(940_000 + second * 1000, 51.0 + second)
    at = 51.0 + WINDOW_SECONDS + 3
    assert lateness.of(940_000 + (int(WINDOW_SECONDS) + 2) * 1000, at) == pytest.approx(1.0)


@given(
    offset=st.integers(-(10**9), 10**9),
    waits=st.lists(st.integers(0, 2000), min_size=1, max_size=80),
)
def test_it_is_never_more_than_the_message_waited(offset: int, waits: list[int]) -> None:
    """Whatever the clocks' difference: no file is made longer than it can be."""
    lateness = Lateness()
    for number, wait in enumerate(waits):
        sent_ms = 10**12 + number * 500
        at = (sent_ms + offset + wait) / 1000
        lateness.note(sent_ms, at)
        found = lateness.of(sent_ms, at)
        assert 0.0 <= found <= LONGEST_SECONDS
        assert found <= wait / 1000 + 0.001
        if 0 in waits[: number + 1]:
            assert found == pytest.approx(wait / 1000, abs=0.001)
