"""Which numbers are certainly new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.switchboard.seen_numbers import SeenNumbers

pytestmark = pytest.mark.fast

NUMBERS = st.from_regex(r"\A\+[1-9][0-9]{0,14}\Z")


@given(st.sets(NUMBERS), st.sets(NUMBERS), st.lists(NUMBERS))
def test_a_stranger_was_neither_there_at_the_start_nor_since(
    before: set[str], since: set[str], asked: list[str]
) -> None:
    seen = SeenNumbers(int(number[1:]) for number in before)
    for number in since:
        seen.add(number)
    for number in [*asked, *before, *since]:
        assert seen.is_stranger(number) == (number not in before | since)


@pytest.mark.parametrize("number", ["", "101", "+", "+0123", "+7916x", "+" + "9" * 19, "+٧٩١٦", "anonymous"])
def test_of_what_is_no_number_nobody_can_say(number: str) -> None:
    seen = SeenNumbers()
    assert not seen.is_stranger(number)
    seen.add(number)
    assert not seen.is_stranger(number)
