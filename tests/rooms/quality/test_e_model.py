"""MOS by the E-model: the standard's own points, and what a person would expect of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.quality.e_model import (
    UNKNOWN,
    Grade,
    LinkFigures,
    cause_of,
    grade_of,
    mos_of,
    mos_of_rating,
    together,
)

pytestmark = pytest.mark.fast

FIGURES = st.builds(
    LinkFigures,
    packets=st.integers(1, 5000),
    lost=st.integers(0, 5000),
    jitter_ms=st.floats(0, 400),
    round_trip_ms=st.one_of(st.just(UNKNOWN), st.floats(0, 3000)),
)


@pytest.mark.parametrize(
    ("rating", "mos"),
    [(0, 1.0), (50, 2.58), (60, 3.10), (70, 3.60), (80, 4.03), (90, 4.34), (93.2, 4.41), (100, 4.5)],
)
def test_a_rating_gives_the_mos_of_the_standard(rating: float, mos: float) -> None:
    """ITU-T G.107, annex B, table B.1, which rounds to its own second digit."""
    assert mos_of_rating(rating) == pytest.approx(mos, abs=0.01)


@pytest.mark.parametrize(
    ("lost", "of", "mos"),
    [(0, 1000, 4.40), (10, 1000, 4.31), (50, 1000, 3.91), (100, 1000, 3.40), (200, 1000, 2.58)],
)
def test_loss_costs_what_g711_with_concealment_loses(lost: int, of: int, mos: float) -> None:
    """Worked by hand: Ie_eff = 95 Ppl / (Ppl + 25.1)."""
    assert mos_of(LinkFigures(packets=of - lost, lost=lost)) == pytest.approx(mos, abs=0.03)


def test_of_no_packet_nothing_is_said() -> None:
    """A link that carried nothing is neither bad nor good."""
    assert mos_of(LinkFigures(packets=0, lost=0)) is None


@given(figures=FIGURES)
def test_a_telephone_is_never_perfect_and_never_below_one(figures: LinkFigures) -> None:
    mos = mos_of(figures)
    assert mos is not None
    assert 1.0 <= mos <= 4.41
    assert cause_of(figures) in ("loss", "jitter", "delay")


@given(figures=FIGURES, more=st.integers(1, 500))
def test_more_loss_never_makes_it_better(figures: LinkFigures, more: int) -> None:
    worse = LinkFigures(
        packets=figures.packets,
        lost=figures.lost + more,
        jitter_ms=figures.jitter_ms,
        round_trip_ms=figures.round_trip_ms,
    )
    before, after = mos_of(figures), mos_of(worse)
    assert before is not None
    assert after is not None
    assert after <= before


@given(parts=st.lists(FIGURES, min_size=2, max_size=6))
def test_stretches_add_up(parts: list[LinkFigures]) -> None:
    whole = parts[0]
    for part in parts[1:]:
        whole = together(whole, part)
    assert whole.packets == sum(part.packets for part in parts)
    assert whole.lost == sum(part.lost for part in parts)
    jitters = [part.jitter_ms for part in parts]
    assert min(jitters) - 0.01 <= whole.jitter_ms <= max(jitters) + 0.01
    known = [part.round_trip_ms for part in parts if part.round_trip_ms >= 0]
    if known:
        assert min(known) - 0.01 <= whole.round_trip_ms <= max(known) + 0.01
    else:
        assert whole.round_trip_ms == UNKNOWN


def test_what_spoils_it_is_named() -> None:
    assert cause_of(LinkFigures(packets=900, lost=100, round_trip_ms=40)) == "loss"
    assert cause_of(LinkFigures(packets=1000, lost=0, round_trip_ms=900)) == "delay"
    assert cause_of(LinkFigures(packets=1000, lost=0, jitter_ms=120, round_trip_ms=40)) == "jitter"


def test_grades_have_the_borders_that_the_screens_tell() -> None:
    assert [grade_of(mos) for mos in (4.41, 4.0, 3.99, 3.6, 3.59, 1.0)] == [
        Grade.GOOD, Grade.GOOD, Grade.FAIR, Grade.FAIR, Grade.BAD, Grade.BAD,
    ]  # fmt: skip
