"""The list of planted flaws is whole, and none of them is out of date."""

from pathlib import Path

import pytest

from otklik import acd
from tests.properties.flaws import CAUSES, FLAWS, Flaw
from tests.properties.planted_bugs import planted

pytestmark = pytest.mark.fast

ROOM = Path(acd.__file__).parent


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.name.replace(" ", "_"))
def test_flaw_can_be_planted_in_the_engine_as_it_is(flaw: Flaw) -> None:
    text = (ROOM / flaw.file).read_text(encoding="utf-8")

    compile(planted(flaw, text), flaw.file, "exec")


def test_flaws_are_many_and_of_every_kind() -> None:
    assert len(FLAWS) >= 30
    assert len({flaw.incident.split()[0] for flaw in FLAWS}) >= 24
    assert {flaw.cause for flaw in FLAWS} == set(CAUSES)
    assert len({flaw.name for flaw in FLAWS}) == len(FLAWS)
