"""Numbers, money, dates, times and phone numbers as they are said in Russian and English."""

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import otklik
from otklik.flows.grammar import FOLDER, number_in, words_for
from otklik.flows.nodes.say import CURRENCIES
from otklik.flows.nodes.waiting import STEPS
from otklik.flows.prompts import grammars

pytestmark = pytest.mark.fast

PROMPTS = Path(otklik.__file__).parent / "prompts"


def said(language: str, kind: str, value: str, currency: str = "RUB") -> str:
    grammar = grammars()[language]
    words = words_for(grammar, kind, value, currency)
    return " ".join(grammar.words[word.removeprefix(FOLDER)] for word in words)


@pytest.mark.parametrize(
    ("kind", "value", "russian", "english"),
    [
        ("number", "0", "ноль", "zero"),
        ("number", "21", "двадцать один", "twenty one"),
        ("number", "112", "сто двенадцать", "one hundred twelve"),
        ("number", "1000", "одна тысяча", "one thousand"),
        ("number", "2 002", "две тысячи два", "two thousand two"),
        ("number", "11 000", "одиннадцать тысяч", "eleven thousand"),
        (
            "number",
            "342 501",
            "триста сорок две тысячи пятьсот один",
            "three hundred forty two thousand five hundred one",
        ),
        ("number", "1000000", "один миллион", "one million"),
        (
            "number",
            "5000000003",
            "пять миллиардов три",
            "five billion three",
        ),
        ("number", "-7", "минус семь", "minus seven"),
        ("number", "1,5", "одна целая пять десятых", "one point five"),
        ("number", "2.05", "две целых пять сотых", "two point zero five"),
        (
            "number",
            "21.121",
            "двадцать одна целая сто двадцать одна тысячная",
            "twenty one point one two one",
        ),
        ("number", "3.10", "три целых одна десятая", "three point one"),
        ("digits", "40 17", "четыре ноль один семь", "four zero one seven"),
        (
            "phone",
            "+7 916 023-40-07",
            "плюс семь девятьсот шестнадцать ноль двадцать три сорок ноль семь",
            "plus seven nine one six zero two three four zero zero seven",
        ),
        ("phone", "112", "один один два", "one one two"),
        (
            "date",
            "2026-11-23",
            "двадцать третье ноября две тысячи двадцать шестого года",
            "November twenty third twenty twenty six",
        ),
        ("date", "2000-03-03", "третье марта двухтысячного года", "March third two thousand"),
        (
            "date",
            "2030-01-30",
            "тридцатое января две тысячи тридцатого года",
            "January thirtieth twenty thirty",
        ),
        (
            "date",
            "1999-05-31",
            "тридцать первое мая тысяча девятьсот девяносто девятого года",
            "May thirty first nineteen ninety nine",
        ),
        (
            "date",
            "1905-12-20",
            "двадцатое декабря тысяча девятьсот пятого года",
            "December twentieth nineteen oh five",
        ),
        ("day", "2026-02-01T10:00", "первое февраля", "February first"),
        ("time", "21:01", "двадцать один час одна минута", "nine oh one p.m."),
        ("time", "2026-11-23T12:45", "двенадцать часов сорок пять минут", "twelve forty five p.m."),
        ("time", "00:00", "ноль часов", "twelve a.m."),
        ("time", "03:22", "три часа двадцать две минуты", "three twenty two a.m."),
    ],
)
def test_a_value_is_said_as_people_say_it(kind: str, value: str, russian: str, english: str) -> None:
    assert said("ru", kind, value) == russian
    assert said("en", kind, value) == english


@pytest.mark.parametrize(
    ("value", "currency", "russian", "english"),
    [
        ("1", "RUB", "один рубль", "one ruble"),
        (
            "2031.22",
            "RUB",
            "две тысячи тридцать один рубль двадцать две копейки",
            "two thousand thirty one rubles and twenty two kopecks",
        ),
        ("0,5", "RUB", "пятьдесят копеек", "fifty kopecks"),
        ("0", "RUB", "ноль рублей", "zero rubles"),
        ("-102.01", "USD", "минус сто два доллара один цент", "minus one hundred two dollars and one cent"),
        ("11", "EUR", "одиннадцать евро", "eleven euros"),
        ("12.999", "RUB", "тринадцать рублей", "thirteen rubles"),
    ],
)
def test_money_counts_its_own_words(value: str, currency: str, russian: str, english: str) -> None:
    assert said("ru", "money", value, currency) == russian
    assert said("en", "money", value, currency) == english


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", ""),
        ("number", "many"),
        ("number", "NaN"),
        ("number", "1e300"),
        ("money", "inf"),
        ("digits", "12a"),
        ("phone", "+"),
        ("phone", "8" * 16),
        ("date", "2026-02-30"),
        ("date", "0001-01-01"),
        ("time", "25:00"),
        ("time", ""),
    ],
)
def test_what_is_not_of_its_kind_is_not_said(kind: str, value: str) -> None:
    for grammar in grammars().values():
        assert words_for(grammar, kind, value, "RUB") == ()


def test_an_unknown_currency_is_not_said() -> None:
    for grammar in grammars().values():
        assert words_for(grammar, "money", "5", "CHF") == ()
        assert set(grammar.currencies) >= CURRENCIES


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_word_that_a_language_may_ask_for_is_a_file(language: str) -> None:
    """Every number up to 2,000, every day of four years and every minute; larger numbers by the seed."""
    draw = random.Random(20261122)
    grammar = grammars()[language]
    words: set[str] = set()
    for number in [*range(2_001), *(draw.randrange(10**12) for _ in range(500))]:
        words |= set(words_for(grammar, "number", str(number), ""))
        hundredths = str(Decimal(number) / 100)
        words |= {word for one in CURRENCIES for word in words_for(grammar, "money", hundredths, one)}
        words |= set(words_for(grammar, "number", str(Decimal(number) / 1000), ""))
    for days in range(0, 73_000, 17):
        words |= set(words_for(grammar, "date", (date(1900, 1, 1) + timedelta(days=days)).isoformat(), ""))
    for minute in range(24 * 60):
        words |= set(words_for(grammar, "time", f"{minute // 60:02}:{minute % 60:02}", ""))
    words |= set(words_for(grammar, "phone", "+79160000000", "")) | set(
        words_for(grammar, "number", "-1", "")
    )

    words |= {FOLDER + word for word in grammar.say_press("1")}
    words |= {word for step in STEPS for word in grammar.wait_words(step)}

    files = {FOLDER + file.stem for file in (PROMPTS / language / "words").glob("*.alaw")}
    assert words == files == {FOLDER + word for word in grammar.words}, (words - files, files - words)


def test_numbers_are_read_in_the_ways_they_are_written() -> None:
    assert number_in("1 234,50") == number_in("1234.5") == Decimal("1234.5")
    assert number_in("1\u00a0000") == 1000
    assert number_in("1,234,5") is None
