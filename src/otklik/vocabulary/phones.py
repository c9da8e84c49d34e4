"""Telephone numbers: any pasted form of one number is one value, in E.164 with its plus.

Text comes from people, from trunks and from SIP headers; all of it is hostile. Parsing needs the country
whose national forms are meant (8 495 ... is Russian only in Russia). Short numbers (112, an office PBX's 105)
are no E.164 numbers; who accepts them says so.
"""

import re
import unicodedata
from enum import StrEnum

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
    shortnumberinfo,
    timezone,
)

from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

LONGEST_TEXT = 80
SHORT = re.compile(r"[0-9*#]{1,8}")
LABEL = re.compile(r"^(tel|sip|sips|callto):", re.IGNORECASE)
ADDRESS = re.compile(r"<([^<>]+)>")
DIGITS = re.compile(r"\d")
FIGURES = re.compile(r"[^0-9*#+]")
ANONYMOUS = {"", "anonymous", "unknown", "restricted", "private", "unavailable", "withheld", "asterisk"}

_SATELLITE_AND_NETWORKS = {870, 878, 881, 882, 883, 888}
_PREMIUM_WORLDWIDE = 979
_PREMIUM_TYPES = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.PERSONAL_NUMBER}
_SHARED_BY_RUSSIA = 7
_KEPT_DIGITS = 4


class NumberFormat(StrEnum):
    """How a trunk writes numbers: +74951234567, 74951234567, 84951234567, 4951234567, or in any of these
    ways.

    Prefixed and national are for numbers of the own country; a foreign one gets the international prefix.
    """

    PLUS = "plus"
    BARE = "bare"
    PREFIXED = "prefixed"
    NATIONAL = "national"
    ANY = "any"


class PhoneNumber(Value):
    """One telephone number. e164: with plus, at most 15 digits."""

    e164: str

    @property
    def country(self) -> str:
        """ISO country (two letters); "001" for numbers of no country; "" if only the country code is known
        and several countries share it."""
        return _country(phonenumbers.parse(self.e164, None))

    def zone(self, site_zone: str) -> str:
        """By which clock this telephone lives (IANA name): that of its area. A number that may be anywhere
        in a country (a mobile one) has the site's, if that is one of the country's."""
        zones = timezone.time_zones_for_number(phonenumbers.parse(self.e164, None))
        known = [zone for zone in zones if zone != timezone.UNKNOWN_TIMEZONE]
        return site_zone if not known or site_zone in known else known[0]

    @property
    def only_zone(self) -> str:
        """The one clock of this number's area (IANA name); "" where it may live by one of several."""
        zones = timezone.time_zones_for_number(phonenumbers.parse(self.e164, None))
        return zones[0] if len(zones) == 1 and zones[0] != timezone.UNKNOWN_TIMEZONE else ""

    @property
    def is_premium(self) -> bool:
        """Premium rate, or a personal number: what thieves of call credit dial."""
        parsed = phonenumbers.parse(self.e164, None)
        return parsed.country_code == _PREMIUM_WORLDWIDE or phonenumbers.number_type(parsed) in _PREMIUM_TYPES

    @property
    def is_satellite(self) -> bool:
        """Satellite telephones and international networks, whose prices have no upper bound."""
        return phonenumbers.parse(self.e164, None).country_code in _SATELLITE_AND_NETWORKS

    @property
    def masked(self) -> str:
        """For those who may not see it whole: +7 *** ***-12-34."""
        return mask(self.e164)

    def written(self, number_format: NumberFormat, country: str) -> str:
        """The number as a trunk in this country wants it."""
        parsed = phonenumbers.parse(self.e164, None)
        if number_format in (NumberFormat.PLUS, NumberFormat.ANY):
            return self.e164
        bare = self.e164.removeprefix("+")
        if number_format is NumberFormat.BARE:
            return bare
        if parsed.country_code != phonenumbers.country_code_for_region(country):
            return _international_prefix(country) + bare
        national = phonenumbers.national_significant_number(parsed)
        if number_format is NumberFormat.NATIONAL:
            return national
        return (phonenumbers.ndd_prefix_for_region(country, True) or "") + national


def parse_phone(text: str, country: str) -> PhoneNumber:
    """The number that a person pasted or typed: 8 (495) ..., +7-495-..., tel:+7495..., with an extension or
    not.

    Raises Invalid `invalid_number`, fact why: empty, too_long or malformed.
    """
    cleaned = _cleaned(text)
    if not cleaned:
        raise Invalid("invalid_number", why="empty")
    if len(cleaned) > LONGEST_TEXT:
        raise Invalid("invalid_number", why="too_long")
    # "00" is the international prefix of most countries; in Russia it is 810, and people paste both.
    abroad = _parsed("+" + cleaned[2:], country) if cleaned.startswith("00") else None
    found = abroad if abroad and _is_valid(abroad) else _parsed(cleaned, country)
    if found is None:
        raise Invalid("invalid_number", why="malformed")
    return found


def read_number(text: str, number_format: NumberFormat, country: str) -> str:
    """A number as a trunk wrote it: E.164 with plus if it is one, else its digits as they are ("105"), ""
    without.

    Never fails: what stands in a SIP header is anybody's, and a call is taken whatever it says. Anonymous:
    "".
    """
    cleaned = _cleaned(text)[:LONGEST_TEXT]
    if cleaned.lower() in ANONYMOUS:
        return ""
    figures = FIGURES.sub("", cleaned)
    digits = figures.replace("+", "")
    if not DIGITS.search(digits) or re.search(r"[^\W\d_]{3}", cleaned):
        return ""
    if SHORT.fullmatch(digits) and not figures.startswith("+") and len(digits) < 6:
        return digits
    if figures.startswith("+"):
        forms = ["+" + digits]
    elif number_format is NumberFormat.BARE:
        forms = ["+" + digits, digits]
    else:
        forms = [digits, "+" + digits]
    first: PhoneNumber | None = None
    for form in forms:
        found = _parsed(form, country)
        if found is None:
            continue
        # A number that cannot be (`1234567`) counts only where no other way of reading it gives a real one.
        if len(forms) == 1 or _is_valid(found):
            return found.e164
        first = first or found
    return first.e164 if first else digits[:20]


def emergency_number(text: str, country: str) -> str | None:
    """The digits to dial if this is an emergency number of the country (112 is one everywhere), else None."""
    digits = re.sub(r"[\s().-]", "", _cleaned(text))
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        return None
    if digits == "112" or shortnumberinfo.is_emergency_number(digits, country):
        return digits
    return None


def is_country(code: str) -> bool:
    """Whether this is a country (two capital letters) that telephone numbers know."""
    return code in phonenumbers.SUPPORTED_REGIONS


def country_of(number: str) -> str:
    """ISO country of a number in E.164 ("001" of no country); "" for a short or unreadable one, and where
    several countries share the code."""
    try:
        return PhoneNumber(e164=number).country
    except NumberParseException:
        return ""


def mask(number: str) -> str:
    """All digits hidden but the country code and the last four; numbers of up to four digits stay."""
    if sum(character.isdigit() for character in number) <= _KEPT_DIGITS:
        return number
    shown, kept_first = number, 0
    if number.startswith("+"):
        try:
            parsed = phonenumbers.parse(number, None)
            shown = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
            kept_first = len(str(parsed.country_code))
        except NumberParseException:
            kept_first = 1
    total = sum(character.isdigit() for character in shown)
    kept, place = [], 0
    for character in shown:
        if not character.isdigit():
            kept.append(character)
            continue
        kept.append(character if place < kept_first or place >= total - _KEPT_DIGITS else "*")
        place += 1
    return "".join(kept)


def _cleaned(text: str) -> str:
    """Without labels (tel:, sip:...@host), marks of writing direction and control characters; digits made
    ASCII."""
    plain = unicodedata.normalize("NFKC", text[: LONGEST_TEXT * 4])
    plain = "".join(" " if character.isspace() else character for character in plain)
    plain = "".join(character for character in plain if unicodedata.category(character)[0] != "C").strip()
    if address := ADDRESS.search(plain):
        plain = address[1]
    if label := LABEL.match(plain):
        plain = plain[label.end() :].split(";")[0].split("@")[0].split("?")[0]
    return plain.strip("<>\"' ")


def _parsed(text: str, country: str) -> PhoneNumber | None:
    try:
        found = phonenumbers.parse(text, country if is_country(country) else None)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(found) != ValidationResult.IS_POSSIBLE:
        return None
    return PhoneNumber(e164=phonenumbers.format_number(found, PhoneNumberFormat.E164))


def _is_valid(number: PhoneNumber) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(number.e164, None))


def _country(parsed: phonenumbers.PhoneNumber) -> str:
    exact = phonenumbers.region_code_for_number(parsed)
    if exact:
        return exact
    # Not (yet) in the tables of numbering plans: the code decides if one country has it alone.
    countries = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    if len(countries) == 1:
        return countries[0]
    if parsed.country_code == _SHARED_BY_RUSSIA:
        first = phonenumbers.national_significant_number(parsed)[:1]
        return "KZ" if first in ("6", "7") else "RU"
    return ""


def _international_prefix(country: str) -> str:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country, None)
    if metadata is None:
        return "00"
    # Some plans write the prefix as a pattern (8~10); the preferred one is plain.
    prefix = metadata.preferred_international_prefix or metadata.international_prefix or "00"
    plain = prefix.replace("~", "")
    return plain if plain.isdigit() else "00"
