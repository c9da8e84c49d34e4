"""Lines and timetables against plain sorted lists, long enough for every branch."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.acd.state import Line, Place
from otklik.acd.timetable import Deadline, Kind, Timetable
from otklik.vocabulary.ids import InteractionId
from tests.acd.language import moment

pytestmark = pytest.mark.fast


def place(priority: int, number: int) -> Place:
    return (-float(priority), True, moment(number), number, InteractionId(number))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("from_the_front", [0.3, 0.6, 0.95])
def test_line_is_a_sorted_list(seed: int, from_the_front: float) -> None:
    draw = random.Random(seed)
    line, plain = Line(), []
    for number in range(3_000):
        is_filling = number < 1_000 or draw.random() < 0.4
        if is_filling or not plain:
            new = place(draw.choice([0, 0, 0, 1, 5]), number)
            assert line.rank(new) == sum(one < new for one in plain) + 1
            line.add(new)
            plain = sorted([*plain, new])
        else:
            gone = plain[0] if draw.random() < from_the_front else draw.choice(plain)
            line.remove(gone)
            plain.remove(gone)
        if number % 100 == 0 and plain:
            assert list(line) == plain
        assert len(line) == len(plain)
        if plain:
            assert line.first() == plain[0]
            assert line.second() == (plain[1] if len(plain) > 1 else None)


def test_line_gives_back_its_memory() -> None:
    line = Line()
    for number in range(10_000):
        line.add(place(0, number))
        if number >= 10:
            line.remove(line.first())

    assert len(line) == 10
    assert len(line._places) < 600


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(list(Kind)), st.integers(1, 5)), max_size=60))
def test_timetable_gives_the_earliest_that_counts(given: list[tuple[int, Kind, int]]) -> None:
    timetable = Timetable()
    entries = [(moment(seconds), kind, owner) for seconds, kind, owner in given]
    for at, kind, owner in entries:
        timetable.set(at, kind, owner)

    def counts(deadline: Deadline) -> bool:
        return deadline[2] % 2 == 1

    assert len(timetable) == len(entries)
    timetable.purge(counts)
    kept = sorted(entry for entry in entries if counts(entry))
    assert sorted(timetable) == kept
    assert timetable.next(counts) == (kept[0] if kept else None)
    assert timetable.next(lambda _: False) is None
    assert len(timetable) == 0


def test_of_two_in_one_millisecond_agents_are_freed_first() -> None:
    timetable = Timetable()
    for kind in (Kind.INTERACTION, Kind.DEVICE, Kind.WRAP_UP):
        timetable.set(moment(1), kind, 7)
    timetable.set(moment(1) - timedelta(milliseconds=1), Kind.INTERACTION, 9)

    order = []
    while (entry := timetable.next(lambda deadline: deadline not in order)) is not None:
        order.append(entry)

    assert [(one[1], one[2]) for one in order] == [
        (Kind.INTERACTION, 9),
        (Kind.WRAP_UP, 7),
        (Kind.DEVICE, 7),
        (Kind.INTERACTION, 7),
    ]
