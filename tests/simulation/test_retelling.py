"""The twin, told a journal, decides byte for byte what the live engine decided."""

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from otklik.acd.events import AcdEvent, OfferMade
from otklik.simulation.inputs import BY_ITSELF, COMMANDS
from otklik.simulation.moving import MOVES
from otklik.simulation.retelling import Retelling
from tests.properties.floor import Floor
from tests.properties.polite import PoliteWalk

pytestmark = pytest.mark.fast

RECORDED = Path(__file__).parents[1] / "fixtures" / "recorded"
ONCE_DIFFERENT = (36, 49, 57, 59, 68, 71, 90, 145)
"""A customer who waits twice in one millisecond; a letter that is taken up again when nobody calls; an agent
who is signed out and gives back his chats."""


def told(journal: list[AcdEvent]) -> Retelling:
    retelling = Retelling()
    difference = retelling.tell(journal)
    assert difference is None, difference
    return retelling


@pytest.mark.parametrize("seed", range(3))
def test_floor_is_retold(seed: int) -> None:
    floor = Floor(seed, full_every=100)
    floor.deaths = 0
    floor.run(500)

    retelling = told(floor.witness.journal)

    assert retelling.commands > 300
    assert retelling.decided > 10
    assert retelling.engine.snapshot() == floor.engine.snapshot()


def test_every_event_is_asked_for_or_comes_by_itself() -> None:
    """A new event of the engine has a row in `COMMANDS`, or a place in `MOVES` or in `BY_ITSELF`."""
    assert set(COMMANDS) | MOVES | BY_ITSELF == set(get_args(AcdEvent))
    assert not set(COMMANDS) & BY_ITSELF


@pytest.mark.parametrize("seed", [*range(8), *ONCE_DIFFERENT])
def test_walk_with_everything_is_retold(seed: int) -> None:
    walk = PoliteWalk(seed)
    walk.take()

    told(walk.witness.journal)


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*.jsonl")), ids=lambda file: file.stem)
def test_twin_decides_as_the_engine_did_with_real_telephones(file: Path) -> None:
    """Recorded by `tests/whole/test_numbers.py` with OTKLIK_TEST_RECORD. A rule of routing that is changed on
    purpose needs a new recording; nothing else may."""
    lines = file.read_text(encoding="utf-8").splitlines()
    journal = [msgspec.json.decode(line, type=AcdEvent) for line in lines]

    retelling = told(journal)

    assert retelling.commands > 100
    assert retelling.decided >= 4, "an offer and a wrap-up came to their end by themselves"


def test_there_is_a_recording() -> None:
    assert list(RECORDED.glob("*.jsonl"))


def test_another_decision_is_found() -> None:
    floor = Floor(5, full_every=100, faults=0)
    floor.run(300)
    journal = list(floor.witness.journal)
    index = max(place for place, event in enumerate(journal) if isinstance(event, OfferMade))
    journal[index] = msgspec.structs.replace(journal[index], agent_id=77)

    difference = Retelling().tell(journal)

    assert difference is not None
    assert difference.told == journal[difference.index]
    assert difference.index <= index
