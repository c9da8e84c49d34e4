"""Measures of waits, repeats, calls and outcomes, and the slots of an hour of the wall clock."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.reports import catalogue
from otklik.reports.alert_measures import ALERT_MEASURES, AlertFacts
from otklik.reports.calendar import slots_at, slots_of_days
from otklik.reports.contact_measures import (
    CALL_MEASURES,
    OUTCOME_MEASURES,
    REPEAT_MEASURES,
    WAIT_MEASURES,
    CallFacts,
    OutcomeFacts,
    RepeatFacts,
    WaitFacts,
)
from otklik.reports.growth_measures import (
    COVER_MEASURES,
    GROWTH_MEASURES,
    PEAK_MEASURES,
    CoverFacts,
    GrowthFacts,
    PeakFacts,
    trend_of,
)
from otklik.reports.measures import HEAT_MEASURES, Definition, QueueFacts, Unit, compute_all
from otklik.reports.sale_measures import SALE_MEASURES, SaleFacts
from otklik.reports.store.calls import CALLS
from otklik.reports.store.listing import DRILLS
from otklik.vocabulary.time import slot_start

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("known", "nothing"),
    [
        (HEAT_MEASURES, QueueFacts()),
        (WAIT_MEASURES, WaitFacts()),
        (REPEAT_MEASURES, RepeatFacts()),
        (CALL_MEASURES, CallFacts()),
        (OUTCOME_MEASURES, OutcomeFacts()),
        (ALERT_MEASURES, AlertFacts()),
        (SALE_MEASURES, SaleFacts(sells=True)),
        (COVER_MEASURES, CoverFacts()),
    ],
)
def test_without_data_there_are_counts_of_nothing_and_no_share_and_no_time(
    known: Sequence[Definition[Any]], nothing: Any
) -> None:
    for measure in known:
        assert measure(nothing) == (0 if measure.unit is Unit.COUNT else None), measure.name


def test_patience_counts_the_waits_of_those_who_were_answered() -> None:
    facts = WaitFacts(answered=9, abandoned=3, wait_ms=90_000, aband_ms=60_000)

    assert compute_all(WAIT_MEASURES, facts)["patience_seconds"] == 50.0


def test_a_contact_whose_days_are_not_over_says_nothing_of_fcr() -> None:
    found = compute_all(REPEAT_MEASURES, RepeatFacts(contacts=500, settled=400, repeated=120, unknown=7))

    assert found["first_contact_resolution"] == 0.7
    assert found["settled_contacts"] == 400


def test_a_share_of_outcomes_and_aht_by_hand() -> None:
    facts = OutcomeFacts(chosen=25, all=200, handled=20, talk_ms=1_800_000, hold_ms=200_000, wrap_ms=400_000)

    assert compute_all(OUTCOME_MEASURES, facts) == {"chosen": 25, "chosen_share": 0.125, "aht_seconds": 120.0}


def test_what_a_number_leads_to_is_a_condition_that_is_there() -> None:
    for report, known in catalogue.MEASURES.items():
        for measure in known:
            assert measure.drill in {"", "missed_offers", "settled", "repeated", *DRILLS, *CALLS}, (
                report,
                measure.name,
            )


def test_a_name_stands_for_one_unit_and_one_formula_in_all_reports() -> None:
    units: dict[str, Unit] = {}
    for known in catalogue.MEASURES.values():
        for measure in known:
            assert units.setdefault(measure.name, measure.unit) is measure.unit


BERLIN = ZoneInfo("Europe/Berlin")


def test_an_hour_that_comes_twice_has_eight_slots_and_one_left_out_has_none() -> None:
    long = slots_of_days(date(2026, 10, 25), date(2026, 10, 26), BERLIN)
    short = slots_of_days(date(2026, 3, 29), date(2026, 3, 30), BERLIN)

    assert len(slots_at(long, BERLIN, hour=2)) == 8
    assert slots_at(short, BERLIN, hour=2) == []
    assert len(slots_at(long, BERLIN)) == 100
    assert sum(len(slots_at(short, BERLIN, hour=hour)) for hour in range(24)) == 92


def test_slots_of_a_weekday_lie_on_it_by_the_wall_clock() -> None:
    month = slots_of_days(date(2026, 10, 1), date(2026, 11, 1), BERLIN)

    sundays = slots_at(month, BERLIN, weekday=7, hour=2)

    assert [slot_start(slot).astimezone(BERLIN).day for slot in sundays] == (
        [4] * 4 + [11] * 4 + [18] * 4 + [25] * 8
    )


def test_alerts_that_go_on_have_no_length_and_those_nobody_took_no_time_until_taken() -> None:
    facts = AlertFacts(
        fired=4, going_on=1, taken=2, median_ms=90_000, longest_ms=600_000, take_median_ms=10_000
    )

    assert compute_all(ALERT_MEASURES, facts) == {
        "alerts_fired": 4,
        "alerts_going_on": 1,
        "alert_median_seconds": 90.0,
        "alert_longest_seconds": 600.0,
        "alert_taken_share": 0.5,
        "alert_take_median_seconds": 10.0,
    }


def test_sales_are_shares_of_talks_and_unknown_where_no_outcome_is_one() -> None:
    facts = SaleFacts(talks=50, main_sales=6, add_on_sales=4, unchosen=5, work_ms=5_000_000, sells=True)

    assert compute_all(SALE_MEASURES, facts) == {
        "talks": 50,
        "sales": 10,
        "main_sales": 6,
        "add_on_sales": 4,
        "sale_share": 0.2,
        "add_on_share": 0.08,
        "work_per_sale_seconds": 500.0,
        "unchosen_share": 0.1,
    }
    nothing_to_sell = compute_all(SALE_MEASURES, SaleFacts(talks=50, unchosen=50))
    assert [name for name, value in nothing_to_sell.items() if value is not None] == [
        "talks",
        "unchosen_share",
    ]


def test_a_trend_is_the_line_of_least_squares_with_the_bounds_of_students_t() -> None:
    # Sxx = 10, Sxy = 24: slope 2.4; residuals -1.2, 2.4, 0, -2.4, 1.2, squares 14.4;
    # 3.182 * sqrt(14.4 / 3 / 10) = 2.2046.
    trend = trend_of([98, 104, 104, 104, 110])
    assert trend.slope == pytest.approx(2.4)
    assert trend.low == pytest.approx(2.4 - 2.2046, abs=1e-3)
    assert trend.high == pytest.approx(2.4 + 2.2046, abs=1e-3)
    assert (trend.mean, trend.verdict) == (104, "grows")

    steady = trend_of([100, 110, 120, 130])
    assert (steady.slope, steady.low, steady.high, steady.verdict) == (10, 10, 10, "grows")
    chance = trend_of([100, 130, 90, 120, 110])
    assert chance.low is not None
    assert chance.low < 0 < (chance.high or 0)
    assert chance.verdict == "unclear"
    assert trend_of([120, 110, 100, 90]).verdict == "falls"
    few = trend_of([100, 200, 300])
    assert (few.mean, few.slope, few.verdict) == (200, None, "too_short")
    nothing = compute_all(GROWTH_MEASURES, GrowthFacts())
    assert set(nothing.values()) == {None}
    assert set(compute_all(PEAK_MEASURES, PeakFacts()).values()) == {0.0, None}
