"""A file that a spreadsheet opens and does not execute."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.api.sheet import MARK, SIGNS, cell, csv_text

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+79161234567", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|' /C calc'!A0", "=", "+"],
)
def test_what_could_be_a_formula_becomes_text(text: str) -> None:
    assert cell(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0, "0"), (-5, "-5"), (0.25, "0.25"), (True, "true"), ("Анна", "Анна")]
)
def test_what_is_no_text_stays_what_it_is(value: object, shown: str) -> None:
    assert cell(value) == shown


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=12)), max_size=5))
def test_no_cell_of_any_text_begins_a_formula_and_all_come_back(rows: list[dict[str, str]]) -> None:
    text = csv_text(("a", "b", "c"), rows)

    assert text.startswith(MARK)
    read = list(csv.reader(io.StringIO(text.removeprefix(MARK), newline="")))
    assert read[0] == ["a", "b", "c"]
    for found, row in zip(read[1:], rows, strict=True):
        for value, column in zip(found, ("a", "b", "c"), strict=True):
            assert not value.startswith(SIGNS)
            assert value.removeprefix("'") == row.get(column, "").removeprefix("'") or value == row.get(
                column
            )
