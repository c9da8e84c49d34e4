"""What a new centre watches by itself."""

import pytest

from otklik.alerts.service import check_rule
from otklik.alerts.starter import starter_rules

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_first_rules_are_such_as_a_person_could_save(language: str) -> None:
    rules = starter_rules(language)

    for rule in rules:
        check_rule(rule)
    assert len({rule.name for rule in rules}) == len({rule.figure for rule in rules}) == len(rules)


def test_a_language_without_words_gets_the_english_ones() -> None:
    assert starter_rules("de") == starter_rules("en")
    assert starter_rules("ru") != starter_rules("en")
