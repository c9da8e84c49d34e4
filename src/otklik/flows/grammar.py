"""How a language says numbers, money, dates, times and phone numbers: rules in a file, words as prompts.

A language is a folder of prompts: `grammar.toml` with the rules, `words/NAME.alaw` with the words. Nothing of
a language stands in the code. The rules follow the idea of the Unicode project's rule-based number formats
(UTS 35, RBNF), written as words:

    5            the word `5` is said
    =            the word named like the number itself; `=_day` puts `_day` behind it
    <set         what stands before the base (2 of 2,300 for the base 1000), by the rules of `set`
    >set         what is left (300 of 2,300), unless nothing is left
    #word        the plural form that what stands before the base asks for: `word_few`

The base is the highest power of ten in the key of the rule; of several rules the one with the highest key not
above the number holds.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from otklik.vocabulary.messages import Value

LARGEST = 10**12
FOLDER: Final = "otklik/words/"
"""Where the words are, as prompts are named."""

_DIGITS = re.compile(r"\d{1,64}")
_PHONE = re.compile(r"\+?\d{3,15}")


class PluralForm(Value):
    """A form and the numbers that ask for it: those in `exactly`, or whose last digit is in `ends` unless the
    last two are in `but`. A form with neither takes what is left."""

    form: str
    exactly: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    but: tuple[int, ...] = ()

    def takes(self, number: int) -> bool:
        """Whether this many things are named so."""
        if not self.exactly and not self.ends:
            return True
        return number in self.exactly or (number % 10 in self.ends and number % 100 not in self.but)


class Decimals(Value):
    """How fractions are said. whole: the word behind the whole part, in its plural form, "" none; point: the
    word between; units: plural words by the number of digits; without one the digits are said one by one."""

    rules: str
    whole: str = ""
    point: str = ""
    units: tuple[str, ...] = ()


class Currency(Value):
    """Words of a currency and the rule sets that count them."""

    major: str
    major_rules: str
    minor: str
    minor_rules: str


class Phone(Value):
    """How a phone number is grouped, from its end: (3, 3, 2, 2). rules: of the groups; "" digit by digit."""

    groups: tuple[int, ...]
    rules: str = ""


class Grammar(Value):
    """One language. rules: by set, then by base as text; the templates hold words and `field:set`,
    `field#word`, `word_{field}`; words: what is spoken in each word's file. wait: so many minutes, "" when
    the language does not tell waits."""

    plurals: tuple[PluralForm, ...]
    rules: dict[str, dict[str, str]]
    number: str
    minus: str
    plus: str
    press: str
    decimals: Decimals
    between: str
    currencies: dict[str, Currency]
    date: str
    day: str
    time: str
    whole_hour: str
    phone: Phone
    words: dict[str, str]
    wait: str = ""

    def number_words(self, number: int, rules: str) -> Iterator[str]:
        """Words of a number from 0 up to a million millions."""
        base, says = self._rule(number, rules)
        power = 10 ** (len(str(base)) - 1) if base else 1
        before, left = (number // power, number % power) if base >= 10 else (number, 0)
        for token in says.split():
            match token[0]:
                case "=":
                    yield f"{number}{token[1:]}"
                case "<":
                    yield from self.number_words(before, token[1:])
                case ">":
                    if left:
                        yield from self.number_words(left, token[1:])
                case "#":
                    yield self.plural(token[1:], before)
                case _:
                    yield token

    def plural(self, word: str, number: int) -> str:
        """The form of a word for so many."""
        return f"{word}_{next(one.form for one in self.plurals if one.takes(number))}"

    def _rule(self, number: int, rules: str) -> tuple[int, str]:
        found = max(base for base in map(int, self.rules[rules]) if base <= number)
        return found, self.rules[rules][str(found)]

    # --- what a flow may say

    def say_number(self, value: Decimal) -> Iterator[str]:
        """A number with at most as many decimals as the language has units for, or digit by digit."""
        whole, fraction = _split(value)
        if value < 0:
            yield self.minus
        if not fraction:
            yield from self.number_words(whole, self.number)
            return
        how = self.decimals
        yield from self.number_words(whole, how.rules)
        if how.whole:
            yield self.plural(how.whole, whole)
        if how.point:
            yield how.point
        if len(fraction) <= len(how.units):
            yield from self.number_words(int(fraction), how.rules)
            yield self.plural(how.units[len(fraction) - 1], int(fraction))
        else:
            yield from fraction

    def say_money(self, value: Decimal, currency: str) -> Iterator[str]:
        """An amount with its hundredths, which are left out when there are none."""
        words = self.currencies[currency]
        cents = int((abs(value) * 100).to_integral_value())
        major, minor = divmod(cents, 100)
        if value < 0:
            yield self.minus
        if major or not minor:
            yield from self.number_words(major, words.major_rules)
            yield self.plural(words.major, major)
        if minor:
            if major and self.between:
                yield self.between
            yield from self.number_words(minor, words.minor_rules)
            yield self.plural(words.minor, minor)

    def say_press(self, key: str) -> Iterator[str]:
        """What comes behind a choice of a menu."""
        yield self.press
        yield key

    def say_digits(self, value: str) -> Iterator[str]:
        """Each digit for itself."""
        yield from value

    def say_phone(self, value: str) -> Iterator[str]:
        """The country as a number behind a plus, the rest in the language's groups."""
        digits = value.removeprefix("+")
        national = sum(self.phone.groups)
        country, rest = digits[:-national], digits[-national:]
        if value.startswith("+") and country:
            yield self.plus
        if len(rest) < national:
            yield from digits
            return
        yield from self.say_digits(country) if not self.phone.rules else self._group(country)
        for size in self.phone.groups:
            group, rest = rest[:size], rest[size:]
            yield from self._group(group) if self.phone.rules else group

    def _group(self, digits: str) -> Iterator[str]:
        """A group as a number, its leading zeros one by one."""
        number = digits.lstrip("0")
        yield from "0" * (len(digits) - len(number))
        if number:
            yield from self.number_words(int(number), self.phone.rules)

    def say_date(self, value: datetime.date) -> Iterator[str]:
        """A day with its year."""
        yield from self._filled(self.date, {"day": value.day, "month": value.month, "year": value.year})

    def say_day(self, value: datetime.date) -> Iterator[str]:
        """A day of the year that everybody knows."""
        yield from self._filled(self.day, {"day": value.day, "month": value.month})

    def say_time(self, value: datetime.time) -> Iterator[str]:
        """Hour and minute."""
        facts = {
            "hour": value.hour,
            "hour12": (value.hour - 1) % 12 + 1,
            "half": value.hour // 12,
            "minute": value.minute,
        }
        yield from self._filled(self.time if value.minute else self.whole_hour, facts)

    def wait_words(self, minutes: int) -> tuple[str, ...]:
        """Prompts of so many minutes, behind the sentence that begins with them."""
        return tuple(FOLDER + word for word in self._filled(self.wait, {"minute": minutes}))

    def _filled(self, template: str, facts: Mapping[str, int]) -> Iterator[str]:
        for token in template.split():
            field, sign, word = token.partition(":")
            if sign:
                yield from self.number_words(facts[field], word)
                continue
            field, sign, word = token.partition("#")
            yield self.plural(word, facts[field]) if sign else token.format_map(facts)


def words_for(grammar: Grammar, kind: str, value: str, currency: str) -> tuple[str, ...]:
    """The prompts that say a value; nothing when it is not of its kind. See `nodes/say.py` for the kinds."""
    text = value.strip()
    said: Iterator[str]
    match kind:
        case "number" if (number := number_in(text)) is not None:
            said = grammar.say_number(number)
        case "money" if (number := number_in(text)) is not None and currency in grammar.currencies:
            said = grammar.say_money(number, currency)
        case "digits" if _DIGITS.fullmatch(bare := text.replace(" ", "").replace("-", "")):
            said = grammar.say_digits(bare)
        case "phone" if _PHONE.fullmatch(bare := re.sub(r"[\s()-]", "", text)):
            said = grammar.say_phone(bare)
        case "date" | "day" if (day := _date_in(text)) is not None:
            said = grammar.say_date(day) if kind == "date" else grammar.say_day(day)
        case "time" if (moment := _time_in(text)) is not None:
            said = grammar.say_time(moment)
        case _:
            return ()
    return tuple(FOLDER + word for word in said)


def number_in(text: str) -> Decimal | None:
    """A number as people and programs write it: `1 234,50`, `1234.5`, `-3`."""
    bare = re.sub("[\\s\u00a0\u202f_]", "", text).replace(",", ".")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < LARGEST else None


def _split(value: Decimal) -> tuple[int, str]:
    """The whole part and the digits behind the point, without the zeros at the end."""
    whole, _, fraction = f"{abs(value):f}".partition(".")
    return int(whole), fraction.rstrip("0")


def _date_in(text: str) -> datetime.date | None:
    """`2026-11-23`, with or without a time behind it; years that have a name in every language."""
    try:
        found = datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if 1900 <= found.year < 2100 else None


def _time_in(text: str) -> datetime.time | None:
    """`14:05`, alone or behind a date; seconds are not said."""
    behind = text[11:] if len(text) > 10 and text[10] in "T " else text
    try:
        return datetime.time.fromisoformat(behind[:5])
    except ValueError:
        return None
