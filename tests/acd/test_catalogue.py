"""The catalogue of invariants says the truth about where each is checked."""

import re
from pathlib import Path

import pytest

from otklik import acd
from otklik.acd.invariants import CATALOGUE, Invariant, Where

pytestmark = pytest.mark.fast

TESTS = Path(__file__).parents[1]
SOURCES = {
    Where.LIVE: [Path(acd.__file__).parent / "invariants.py"],
    Where.SWEEP: [Path(acd.__file__).parent / "invariants.py"],
    Where.FOLD: [TESTS / "acd" / "witness.py"],
    Where.FLOOR: [TESTS / "properties" / "floor.py"],
}


def numbers_in(files: list[Path]) -> set[int]:
    """Numbers in brackets, as assertions name them."""
    found = re.findall(r"\[(I\d+(?:, I\d+)*)\]", "".join(file.read_text(encoding="utf-8") for file in files))
    return {int(number) for names in found for number in re.findall(r"\d+", names)}


@pytest.mark.parametrize("invariant", CATALOGUE, ids=lambda one: f"I{one.number}")
def test_invariant_is_asserted_where_the_catalogue_says(invariant: Invariant) -> None:
    assert invariant.where
    for place in invariant.where:
        assert invariant.number in numbers_in(SOURCES[place]), f"I{invariant.number} is not in {place}"


def test_every_number_in_an_assertion_is_in_the_catalogue() -> None:
    known = {one.number for one in CATALOGUE}
    for files in SOURCES.values():
        assert numbers_in(files) <= known


def test_numbers_are_given_once() -> None:
    numbers = [one.number for one in CATALOGUE]
    assert numbers == sorted(set(numbers))
