"""NPS, CSAT and FCR of answers whose measures are known."""

import pytest

from otklik.quality import satisfaction

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("answer", "band"),
    [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter"), (10, "promoter")],
)
def test_bands_begin_where_they_begin(answer: int, band: str) -> None:
    assert satisfaction.band(answer) == band


def test_nps_is_promoters_minus_detractors_with_its_margin() -> None:
    """50 promoters, 20 passives, 30 detractors: 20 points. With 3/4 more on either side of 103:
    p = 50.75/103, d = 30.75/103, variance 0.7913 - 0.0377 by hand."""
    found = satisfaction.nps({10: 30, 9: 20, 8: 20, 3: 30})
    assert found is not None
    assert (found.promoters, found.passives, found.detractors) == (50, 20, 30)
    assert found.score == pytest.approx(20)
    assert found.margin == pytest.approx(100 * 1.96 * (0.7536 / 103) ** 0.5, rel=1e-3)


def test_few_answers_that_agree_are_no_certainty() -> None:
    one, many = satisfaction.nps({10: 1}), satisfaction.nps({10: 1000})
    assert one is not None
    assert many is not None
    assert one.score == many.score == 100
    assert one.margin > 50
    assert many.margin < 1
    assert satisfaction.nps({}) is None


def test_csat_counts_the_two_best_and_tells_the_mean() -> None:
    found = satisfaction.csat({5: 6, 4: 2, 1: 2})
    assert found is not None
    assert (found.share, found.mean) == (pytest.approx(0.8), pytest.approx(4.0))
    assert (found.interval.low, found.interval.high) == (
        pytest.approx(0.490, abs=1e-3),
        pytest.approx(0.943, abs=1e-3),
    )


def test_fcr_is_the_share_of_the_solved() -> None:
    """280 of 400: SQM's own example."""
    found = satisfaction.fcr({1: 280, 0: 120})
    assert found is not None
    assert found.share == pytest.approx(0.7)
    assert found.interval.low < 0.7 < found.interval.high
    none = satisfaction.fcr({0: 5})
    assert none is not None
    assert (none.share, none.interval.low) == (0, 0)
