"""Walks of other seeds each day, retold."""

import pytest

from otklik.simulation.retelling import Retelling
from tests.properties.many import first_of_today
from tests.properties.polite import PoliteWalk

pytestmark = pytest.mark.long

WALKS = 60


@pytest.mark.timeout(1200)
def test_walks_of_the_day_are_retold(soak: int) -> None:
    first = first_of_today()
    for seed in range(first, first + WALKS * soak):
        walk = PoliteWalk(seed)
        walk.take()

        difference = Retelling().tell(walk.witness.journal)

        assert difference is None, f"seed {seed}: {difference}"
