"""A day of 300 events, and a crash after each of them: what comes back is what had happened till then.

That the journal itself loses nothing that was acknowledged is shown with a real database and a killed process
(`tests/rooms/journal/test_kill.py`); here is what is made of any journal that may be left.
"""

import itertools

import msgspec
import pytest

from otklik.acd.apply import apply
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.invariants import check
from otklik.acd.snapshot import encode
from otklik.acd.state import State
from tests.properties.walker import Walk

pytestmark = pytest.mark.fast

EVENTS = 300
SNAPSHOT_EVERY = 23


class Day:
    """journal: its events. acknowledged: what the engine knew when the journal had so many of them."""

    def __init__(self) -> None:
        walk = Walk(11, faults=0.3, full_every=50)
        self.acknowledged: dict[int, bytes] = {}
        while len(walk.witness.journal) < EVENTS:
            walk.step()
            self.acknowledged[len(walk.witness.journal)] = walk.witness.engine.snapshot()
        self.journal = walk.witness.journal
        state = State()
        self.prefixes = [encode(state)]
        """What is known after each event, one by one."""
        for event in self.journal:
            apply(state, event)
            self.prefixes.append(encode(state))


@pytest.fixture(scope="module")
def day() -> Day:
    return Day()


def test_replay_of_every_prefix_is_the_state_at_that_moment(day: Day) -> None:
    for count, expected in enumerate(day.prefixes):
        engine = Engine()
        engine.restore(day.journal[:count])
        assert engine.snapshot() == expected, f"after {count} events"


def test_snapshot_and_rest_are_the_state_at_every_moment(day: Day) -> None:
    # Inside a batch none is taken: it is written whole or not at all.
    whole = sorted(day.acknowledged)
    snapshots = [0, *(next(one for one in whole if one >= at) for at in range(0, whole[-1], SNAPSHOT_EVERY))]
    for start, count in itertools.product(snapshots, range(len(day.prefixes))):
        if start <= count <= start + 2 * SNAPSHOT_EVERY:
            engine = Engine.from_snapshot(day.prefixes[start])
            engine.restore(day.journal[start:count])
            assert engine.snapshot() == day.prefixes[count], f"snapshot at {start}, events to {count}"


def test_nothing_acknowledged_is_lost_and_the_engine_goes_on(day: Day) -> None:
    assert len(day.acknowledged) > 50
    for count, known in day.acknowledged.items():
        engine = Engine()
        engine.restore(day.journal[:count])
        assert engine.snapshot() == known
        due = engine.next_deadline()
        assert due is not None
        engine.advance(due)
        check(engine.state)


def test_record_that_was_cut_is_never_taken_for_one(day: Day) -> None:
    decoder = msgspec.json.Decoder(AcdEvent)
    points = 0
    for event in day.journal:
        line = msgspec.json.encode(event)
        assert decoder.decode(line) == event
        for length in range(len(line)):
            with pytest.raises(msgspec.DecodeError):
                decoder.decode(line[:length])
            points += 1
    assert points > 5_000
