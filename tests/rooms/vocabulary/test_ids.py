"""Ids are ordered by time, never repeat, and go on where they stopped."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.vocabulary.ids import Minter, minted_at

pytestmark = pytest.mark.fast

NOON = datetime(2026, 3, 2, 12, 0, 0, 5_000, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(st.lists(moments, min_size=2, max_size=30), st.integers(0, 3))
def test_ids_grow_whatever_the_clock_does(given: list[datetime], lane: int) -> None:
    minter = Minter(lane)

    ids = [minter.mint(at) for at in given]

    assert ids == sorted(set(ids))
    assert all(0 < one < 2**63 for one in ids)


def test_id_tells_when_it_was_minted() -> None:
    assert minted_at(Minter().mint(NOON)) == NOON


def test_lanes_never_meet() -> None:
    lanes = [Minter(lane) for lane in range(4)]

    ids = {minter.mint(NOON) for minter in lanes for _ in range(100)}

    assert len(ids) == 400


def test_one_millisecond_borrows_from_the_next_when_it_is_full() -> None:
    minter = Minter()
    minter.resume(minter.mint(NOON) | (1 << 18) - 1)

    following = minter.mint(NOON)

    assert minted_at(following) == NOON + timedelta(milliseconds=1)


def test_after_a_restart_ids_are_larger_than_all_before() -> None:
    before = Minter(1)
    last = [before.mint(NOON) for _ in range(5)][-1]

    after = Minter(1)
    after.start_after(NOON)

    assert after.mint(NOON - timedelta(hours=1)) > last


@given(st.lists(moments, min_size=1, max_size=10), moments, st.integers(0, 3))
def test_resumed_minter_mints_what_the_first_would_have(
    given: list[datetime], following: datetime, lane: int
) -> None:
    first = Minter(lane)
    for at in given:
        first.mint(at)
    second = Minter(lane)

    second.resume(first.last)

    assert second.last == first.last
    assert second.mint(following) == first.mint(following)


def test_new_minter_has_minted_nothing() -> None:
    assert Minter().last == 0
