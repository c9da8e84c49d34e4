"""Text that people type: names and notes on one line, tidy, without what cannot be seen."""

import unicodedata

from otklik.vocabulary.refusals import Invalid

LONGEST_NAME = 100

_FORBIDDEN = ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff\u00ad "
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def name_of(given: str, place: str = "name") -> str:
    """A name that people read: trimmed, on one line, not empty."""
    return one_line(given, place, longest=LONGEST_NAME)


def one_line(given: str, place: str, *, longest: int, may_be_empty: bool = False) -> str:
    """Trimmed, spaces made single, marks that turn the direction of writing taken out.

    Raises Invalid `text_empty`, `text_too_long` (limit), `text_has_control_characters`.
    """
    plain = given.replace("\t", " ").translate(_DIRECTION)
    if any(unicodedata.category(character) in _FORBIDDEN for character in plain):
        raise Invalid("text_has_control_characters", place=place)
    tidy = " ".join(unicodedata.normalize("NFC", plain).split()).strip(_INVISIBLE)
    if not tidy and not may_be_empty:
        raise Invalid("text_empty", place=place)
    if len(tidy) > longest:
        raise Invalid("text_too_long", place=place, limit=longest)
    return tidy
