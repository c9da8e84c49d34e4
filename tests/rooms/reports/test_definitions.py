"""Definitions of the service level that are valid from a day on, by hand."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from otklik.reports import measures
from otklik.reports.calendar import slots_of_days
from otklik.reports.definitions import (
    SITE,
    UNDEFINED,
    LevelDefinition,
    LevelRules,
    LevelUsed,
    defined,
    in_force,
    levels_used,
    terms_of,
    usual_rules,
)
from otklik.reports.measures import QueueFacts
from otklik.reports.summary import add

pytestmark = pytest.mark.fast

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
OWN = usual_rules(timedelta(seconds=20), 0.8, timedelta(seconds=5))


def definition(
    number: int, queue_id: int, since: date, formula: str = "F3", threshold_seconds: int = 20
) -> LevelDefinition:
    rules = LevelRules(formula, timedelta(seconds=threshold_seconds), 0.9, timedelta(seconds=5))
    return LevelDefinition(number, queue_id, since, rules, 20, datetime(2026, 11, 1, tzinfo=UTC))


def by_formula(facts: QueueFacts, formula: str) -> QueueFacts:
    """Facts of a day on which this formula counts, as the store adds them up."""
    terms = terms_of(formula)
    return add([facts, QueueFacts(level_part=terms.part(facts), level_whole=terms.whole(facts))])


@pytest.mark.parametrize(
    ("formula", "part", "whole"),
    [
        ("F1", 860 + 20, 1000 + 60),
        ("F2", 860, 1000),
        ("F3", 860, 1000 + 60),
        ("F4", 860, 1000 + 60 - 20),
        ("F5", 860 + 10, 1000 + 60),
        ("F6", 860, 1000 + 60 - 10),
    ],
)
def test_each_formula_has_the_part_and_the_whole_of_the_literature(
    formula: str, part: int, whole: int
) -> None:
    facts = by_formula(measures.ACCEPTANCE, formula)

    assert measures.level_counts(facts) == (part, whole)
    assert measures.SERVICE_LEVEL(facts) == measures.SERVICE_LEVELS[formula](measures.ACCEPTANCE)
    assert measures.SERVICE_LEVEL_STRICT(facts) == measures.SERVICE_LEVELS["F3"](measures.ACCEPTANCE)


def test_parts_over_wholes_are_the_formulas_themselves_of_any_numbers() -> None:
    dice = random.Random(25)
    for _ in range(300):
        answered, abandoned = dice.randrange(50), dice.randrange(20)
        aband_in_t = dice.randint(0, abandoned)
        facts = QueueFacts(
            offered=answered + abandoned,
            answered=answered,
            abandoned=abandoned,
            in_sl=dice.randint(0, answered),
            aband_in_t=aband_in_t,
            short_ab=dice.randint(0, abandoned),
        )
        for name, formula in measures.SERVICE_LEVELS.items():
            assert measures.SERVICE_LEVEL(by_formula(facts, name)) == formula(facts), name


def test_a_sum_over_a_change_is_parts_over_wholes_and_no_mean_of_levels() -> None:
    before = by_formula(QueueFacts(offered=110, answered=100, abandoned=10, short_ab=10, in_sl=50), "F6")
    after = by_formula(QueueFacts(offered=10, answered=9, abandoned=1, short_ab=1, in_sl=9), "F3")

    assert measures.SERVICE_LEVEL(before) == 50 / 100
    assert measures.SERVICE_LEVEL(after) == 9 / 10
    assert measures.SERVICE_LEVEL(add([before, after])) == (50 + 9) / (100 + 10)


def test_old_days_keep_theirs_and_the_queue_wins_over_the_site() -> None:
    known = [
        definition(1, SITE, date(2026, 11, 10), "F4"),
        definition(2, 7, date(2026, 11, 15), "F1"),
        definition(3, SITE, date(2026, 11, 20), "F2"),
    ]

    def formula(queue_id: int, day: int) -> str | None:
        found = in_force(known, queue_id, date(2026, 11, day))
        return None if found is None else found.rules.formula

    assert [formula(7, day) for day in (9, 10, 14, 15, 25)] == [None, "F4", "F4", "F1", "F1"]
    assert [formula(8, day) for day in (9, 10, 19, 20)] == [None, "F4", "F4", "F2"]


def test_of_two_of_one_day_the_later_one_counts_and_a_withdrawn_one_does_not() -> None:
    day = date(2026, 11, 10)
    first, second = definition(1, 7, day, "F1"), definition(2, 7, day, "F2")
    gone = LevelDefinition(
        3, 7, day, definition(3, 7, day, "F5").rules, 20, second.at, 21, datetime(2026, 11, 11, tzinfo=UTC)
    )

    assert in_force([first, second, gone], 7, day) is second
    assert in_force([gone], 7, day) is None
    assert not defined([gone], [7], slots_of_days(day, day + timedelta(days=1), MOSCOW), MOSCOW)


def test_a_change_in_the_middle_of_a_month_begins_at_midnight_of_the_site() -> None:
    month = slots_of_days(date(2026, 11, 1), date(2026, 12, 1), MOSCOW)
    change = slots_of_days(date(2026, 11, 16), date(2026, 11, 17), MOSCOW)[0]
    found = defined([definition(1, 7, date(2026, 11, 16))], [7, 8], month, MOSCOW)

    assert [(one.queue_id, one.first_slot, one.end_slot) for one in found.pieces] == [(7, change, month[1])]
    assert found.at(7, change - 1) is None
    assert found.at(7, change) is not None
    assert found.at(8, change) is None
    # Moscow is three hours ahead: its day begins when it is 21:00 in Greenwich.
    assert change * 900 == datetime(2026, 11, 15, 21, tzinfo=UTC).timestamp()


def test_days_of_a_changed_clock_belong_whole_to_one_definition() -> None:
    for day, slots in ((date(2026, 3, 29), 92), (date(2026, 10, 25), 100)):
        after = day + timedelta(days=1)
        known = [definition(1, 7, day, "F1"), definition(2, 7, after, "F2")]
        around = slots_of_days(day - timedelta(days=1), after + timedelta(days=1), BERLIN)
        first, second = defined(known, [7], around, BERLIN).pieces

        assert first.end_slot - first.first_slot == slots
        assert (first.definition.rules.formula, second.definition.rules.formula) == ("F1", "F2")
        assert second.first_slot == first.end_slot


def test_one_definition_that_goes_on_is_one_piece_also_under_a_new_one_of_the_site() -> None:
    days = (date(2026, 11, 1), date(2026, 12, 1))
    known = [definition(1, 7, date(2026, 10, 1)), definition(2, SITE, date(2026, 11, 9), "F1")]
    found = defined(known, [7], slots_of_days(*days, MOSCOW), MOSCOW)

    assert [(one.first_slot, one.end_slot) for one in found.pieces] == [slots_of_days(*days, MOSCOW)]


def test_a_report_names_what_it_joins_and_is_silent_where_nothing_is_defined() -> None:
    slots = slots_of_days(date(2026, 11, 1), date(2026, 12, 1), MOSCOW)
    changed = defined([definition(1, 7, date(2026, 11, 16))], [7, 8], slots, MOSCOW)
    whole = defined([definition(1, SITE, date(2026, 10, 1))], [7, 8], slots, MOSCOW)

    used, is_joined = levels_used(changed, {7: OWN}, slots)
    assert [(one.queue_id, one.since, one.rules.formula) for one in used] == [
        (7, None, "F6"),
        (7, date(2026, 11, 16), "F3"),
    ]
    assert is_joined
    assert levels_used(whole, {7: OWN, 8: OWN}, slots) == (
        [LevelUsed(SITE, whole.pieces[0].definition.rules, date(2026, 10, 1))],
        False,
    )
    assert levels_used(UNDEFINED, {7: OWN}, slots) == ((), False)
