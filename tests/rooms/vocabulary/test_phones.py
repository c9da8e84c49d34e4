"""Any pasted form of one number is one number; what is no number is never taken for one."""

import random
import time

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.vocabulary.phones import (
    NumberFormat,
    PhoneNumber,
    emergency_number,
    is_country,
    mask,
    parse_phone,
    read_number,
)
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

RUSSIAN = st.tuples(
    st.sampled_from(["495", "499", "812", "343", "383", "843", "916", "903", "926", "985", "800"]),
    st.integers(min_value=2_000_000, max_value=9_999_999),
).map(lambda parts: f"{parts[0]}{parts[1]}")


@given(national=RUSSIAN, chance=st.randoms(use_true_random=False))
def test_every_pasted_form_of_a_russian_number_is_one_number(national: str, chance: random.Random) -> None:
    code, rest = national[:3], national[3:]
    middle = [
        rest,
        f"{rest[:3]}-{rest[3:5]}-{rest[5:]}",
        f"{rest[:3]} {rest[3:5]} {rest[5:]}",
        f"{rest[:3]}.{rest[3:]}",
    ]
    heads = [
        f"8{code}",
        f"7{code}",
        f"+7{code}",
        f"8 ({code}) ",
        f"+7 ({code}) ",
        f"7-{code}-",
        f"+7\u00a0{code}\u00a0",
    ]
    heads += [f"tel:+7-{code}-", f"8\u2011{code}\u2011", f"\u202a+7 {code} ", f"(8{code}) ", code]
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    forms = [head + tail for head in heads for tail in middle]
    forms += [f"  {forms[0]}\n", forms[3].translate(wide), f"{forms[8]} доб. 12", f"{forms[9]} ext. 4"]

    form = chance.choice(forms)

    assert parse_phone(form, "RU") == PhoneNumber(e164=f"+7{national}"), form


@given(national=RUSSIAN, form=st.sampled_from(NumberFormat))
def test_number_written_for_a_trunk_is_read_back_from_it(national: str, form: NumberFormat) -> None:
    number = PhoneNumber(e164=f"+7{national}")

    assert read_number(number.written(form, "RU"), form, "RU") == number.e164


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_own_and_foreign_numbers_of_every_country_survive_every_format(country: str) -> None:
    for region in (country, "US", "RU"):
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.FIXED_LINE)
        if example is None:
            continue
        number = PhoneNumber(e164=phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))
        assert parse_phone(number.written(NumberFormat.PREFIXED, country), country) == number
        assert parse_phone(number.written(NumberFormat.PLUS, country), country) == number
        assert (
            read_number(number.written(NumberFormat.BARE, country), NumberFormat.BARE, country) == number.e164
        )


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (NumberFormat.PLUS, "+74951234567"),
        (NumberFormat.BARE, "74951234567"),
        (NumberFormat.PREFIXED, "84951234567"),
        (NumberFormat.NATIONAL, "4951234567"),
    ],
)
def test_trunk_gets_the_form_it_wants(form: NumberFormat, written: str) -> None:
    assert parse_phone("8 495 123 45 67", "RU").written(form, "RU") == written


def test_foreign_number_gets_the_international_prefix() -> None:
    london = parse_phone("+44 20 7946 0958", "RU")

    assert london.written(NumberFormat.PREFIXED, "RU") == "810442079460958"
    assert london.written(NumberFormat.NATIONAL, "US") == "011442079460958"
    assert parse_phone("0044 20 7946 0958", "RU") == london
    assert parse_phone("8 10 44 20 7946 0958", "RU") == london


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \t\u200b", "empty"),
        ("12", "malformed"),
        ("1234567", "malformed"),
        ("hello", "malformed"),
        ("+", "malformed"),
        ("+7 495 123 45", "malformed"),
        ("+7 495 123 45 67 89", "malformed"),
        ("+999 123 456 789", "malformed"),
        ("8" * 79, "malformed"),
        ("8" * 81, "too_long"),
        ("'; drop table party; --", "malformed"),
        ("<script>alert(1)</script>", "malformed"),
        ("${EXTEN}", "malformed"),
        ("PJSIP/100@trunk", "malformed"),
    ],
)
def test_what_is_no_number_is_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_phone(text, "RU")
    assert (caught.value.code, caught.value.facts["why"]) == ("invalid_number", why)


@settings(max_examples=400)
@given(text=st.text(max_size=120), form=st.sampled_from(NumberFormat))
def test_reading_a_header_never_fails_and_gives_nothing_but_a_number(text: str, form: NumberFormat) -> None:
    found = read_number(text, form, "RU")

    assert found == "" or found.removeprefix("+").translate(str.maketrans("", "", "0123456789*#")) == ""
    assert len(found) <= 21


@settings(max_examples=400)
@given(text=st.text(max_size=200))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = parse_phone(text, "RU")
    except Invalid:
        return
    assert number.e164.startswith("+")
    assert 5 <= len(number.e164) <= 16
    assert number.e164[1:].isascii()
    assert number.e164[1:].isdigit()
    assert parse_phone(number.e164, "US") == number


def test_long_hostile_text_costs_nothing() -> None:
    began = time.perf_counter()
    for hostile in ("8" * 10**6, "(" * 10**6, "+7" * 10**6, " " * 10**6, "8-" * 10**6, "\u202a" * 10**6):
        read_number(hostile, NumberFormat.ANY, "RU")
        with pytest.raises(Invalid):
            parse_phone(hostile, "RU")

    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("anonymous", ""),
        ("Anonymous", ""),
        ("unknown", ""),
        ("", ""),
        ("105", "105"),
        ("+74951234567", "+74951234567"),
        ("sip:+74951234567@10.0.0.1;user=phone", "+74951234567"),
        ('"Ivan" <84951234567>', "+74951234567"),
        ("ivan.petrov", ""),
        ("<script>alert(1)</script>", ""),
        ("84951234567", "+74951234567"),
        ("442079460958", "+442079460958"),
    ],
)
def test_calling_number_is_read_as_trunks_write_it(text: str, read: str) -> None:
    assert read_number(text, NumberFormat.ANY, "RU") == read


@pytest.mark.parametrize(
    ("text", "country", "digits"),
    [
        ("112", "RU", "112"),
        (" 1-1-2 ", "DE", "112"),
        ("103", "RU", "103"),
        ("01", "RU", "01"),
        ("911", "US", "911"),
        ("999", "GB", "999"),
        ("911", "RU", None),
        ("1120", "RU", None),
        ("+112", "RU", None),
        ("", "RU", None),
        ("१०२", "RU", None),
        ("1000", "RU", None),
    ],
)
def test_emergency_numbers_are_known_by_country(text: str, country: str, digits: str | None) -> None:
    assert emergency_number(text, country) == digits


@pytest.mark.parametrize(
    ("number", "country", "is_premium", "is_satellite"),
    [
        ("+74951234567", "RU", False, False),
        ("+77012345678", "KZ", False, False),
        ("+74950000001", "RU", False, False),
        ("+18765551234", "JM", False, False),
        ("+12025550123", "US", False, False),
        ("+78091234567", "RU", True, False),
        ("+19005551234", "US", True, False),
        ("+447012345678", "GB", True, False),
        ("+979123456789", "001", True, False),
        ("+881612345678", "001", False, True),
        ("+870773111111", "001", False, True),
        ("+88213123456", "001", False, True),
    ],
)
def test_country_and_dear_numbers_are_told(
    number: str, country: str, is_premium: bool, is_satellite: bool
) -> None:
    phone = PhoneNumber(e164=number)

    assert (phone.country, phone.is_premium, phone.is_satellite) == (country, is_premium, is_satellite)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+74951234567", "+7 *** ***-45-67"),
        ("+442079460958", "+44 ** **** 0958"),
        ("105", "105"),
        ("1000", "1000"),
        ("84951234567", "*******4567"),
        ("", ""),
        ("+1", "+1"),
    ],
)
def test_mask_keeps_the_country_and_four_digits(number: str, masked: str) -> None:
    assert mask(number) == masked


@given(national=RUSSIAN)
def test_mask_shows_at_most_five_digits(national: str) -> None:
    masked = PhoneNumber(e164=f"+7{national}").masked

    assert sum(character.isdigit() for character in masked) == 5
    assert masked.replace("-", "").endswith(national[-4:])


def test_countries_are_those_with_a_numbering_plan() -> None:
    assert is_country("RU")
    assert not is_country("ru")
    assert not is_country("XX")
    assert not is_country("")


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+74951234567", "Europe/Moscow"),
        ("+74232123456", "Asia/Vladivostok"),
        ("+79161234567", "Europe/Moscow"),
        ("+442079460958", "Europe/London"),
        ("+881612345678", "Europe/Moscow"),
    ],
)
def test_a_telephone_lives_by_the_clock_of_its_town_else_by_the_sites(number: str, zone: str) -> None:
    assert parse_phone(number, "RU").zone("Europe/Moscow") == zone
