"""Moments, durations and slots."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.vocabulary.time import (
    EPOCH,
    SLOT,
    duration_ms,
    from_ms,
    next_slot_start,
    slot_of,
    slot_start,
    to_ms,
)

pytestmark = pytest.mark.fast

milliseconds = st.integers(0, 4_000_000_000_000)


@given(milliseconds)
def test_milliseconds_and_moments_are_the_same_thing(count: int) -> None:
    assert to_ms(from_ms(count)) == count


def test_known_moments() -> None:
    assert to_ms(EPOCH) == 0
    assert from_ms(1_000) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert to_ms(datetime(2026, 3, 2, 9, 0, 0, 999_999, tzinfo=UTC)) % 1000 == 999


@given(milliseconds)
def test_every_moment_lies_in_its_slot(count: int) -> None:
    at = from_ms(count)
    slot = slot_of(at)

    assert slot_start(slot) <= at < slot_start(slot + 1) == next_slot_start(at)
    assert next_slot_start(at) - slot_start(slot) == SLOT


def test_boundary_belongs_to_the_slot_that_begins() -> None:
    boundary = slot_start(2_000_000)

    assert slot_of(boundary) == 2_000_000
    assert slot_of(boundary - timedelta(milliseconds=1)) == 1_999_999
    assert next_slot_start(boundary) == slot_start(2_000_001)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(seconds=1.5), 1_500),
        (timedelta(microseconds=1_999), 1),
        (timedelta(), 0),
        (timedelta(days=2), 172_800_000),
    ],
)
def test_durations_are_rounded_down_to_milliseconds(duration: timedelta, expected: int) -> None:
    assert duration_ms(duration) == expected
