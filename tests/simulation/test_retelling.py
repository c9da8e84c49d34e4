"""The twin, told a journal, decides byte for byte what the live engine decided."""

from pathlib import Path

import msgspec
import pytest

from otklik.acd.events import AcdEvent, OfferMade
from otklik.simulation.retelling import Retelling
from tests.properties.floor import Floor

pytestmark = pytest.mark.fast

RECORDED = Path(__file__).parents[1] / "fixtures" / "recorded"


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


def test_another_decision_is_found() -> None:
    floor = Floor(4, full_every=100, faults=0)
    floor.run(300)
    journal = list(floor.witness.journal)
    index = max(place for place, event in enumerate(journal) if isinstance(event, OfferMade))
    journal[index] = msgspec.structs.replace(journal[index], agent_id=77)

    difference = Retelling().tell(journal)

    assert difference is not None
    assert difference.told == journal[difference.index]
    assert difference.index <= index
