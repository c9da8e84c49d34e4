"""Numbers whose calls are turned away: which one holds, and which are worth a look. Pure.

The engine keeps the whole list in memory, so that no call waits for it.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

import msgspec

from otklik.vocabulary.ids import PersonId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Invalid

SHORTEST_PREFIX: Final = 4
"""Digits: +7 alone would be a country."""
LONGEST_REASON: Final = 250

_PREFIX = re.compile(r"\+?[0-9]{1,15}")


class BlockedNumber(Value, kw_only=True):
    """number: E.164, or its beginning (`is_prefix`). treatment: what such a call gets: declined, busy, or a
    prompt and the end. until: None for good. reason: for those who work here."""

    blocked_id: int = 0
    number: str
    is_prefix: bool = False
    treatment: Literal["decline", "busy", "prompt"] = "decline"
    prompt: str = ""
    reason: str = ""
    until: datetime | None = None
    changed_at: datetime | None = None
    changed_by: PersonId = PersonId(0)


class Suspect(Value):
    """A number that is worth a look. wrong: how often agents said that it was a wrong number or spam; short:
    how many of its calls were over within seconds."""

    number: str
    wrong: int
    short: int
    last_at: datetime


class Blocked:
    """The list as calls look at it: by whole number, then by the longest beginning."""

    def __init__(self, numbers: Iterable[BlockedNumber] = ()) -> None:
        self._whole: dict[str, BlockedNumber] = {}
        self._beginnings: dict[str, BlockedNumber] = {}
        for one in numbers:
            (self._beginnings if one.is_prefix else self._whole)[one.number] = one

    def find(self, number: str, at: datetime) -> BlockedNumber | None:
        """What holds for this number now; nothing for one that is not known."""
        found = self._whole.get(number)
        if found is not None and _holds(found, at):
            return found
        for length in range(len(number), 0, -1):
            found = self._beginnings.get(number[:length])
            if found is not None and _holds(found, at):
                return found
        return None


def checked(given: BlockedNumber, country: str, at: datetime, prompts: frozenset[str]) -> BlockedNumber:
    """Its tidy form. Raises Invalid invalid_number, prefix_too_short, unknown_prompt, too_small (until),
    text_too_long."""
    number = given.number.strip()
    if given.is_prefix:
        number = re.sub(r"[\s()-]", "", number)
        if not _PREFIX.fullmatch(number):
            raise Invalid("invalid_number", "number", why="prefix")
        number = number if number.startswith("+") else f"+{number}"
        if len(number) - 1 < SHORTEST_PREFIX:
            raise Invalid("prefix_too_short", "number", minimum=SHORTEST_PREFIX)
    else:
        try:
            number = parse_phone(number, country).e164
        except Invalid as error:
            raise Invalid(error.code, "number", why=error.facts.get("why", "")) from error
    if given.treatment == "prompt" and given.prompt not in prompts:
        raise Invalid("unknown_prompt", "prompt", prompt=given.prompt)
    if given.until is not None and given.until <= at:
        raise Invalid("too_small", "until")
    reason = given.reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid("text_too_long", "reason")
    prompt = given.prompt if given.treatment == "prompt" else ""
    return msgspec.structs.replace(given, number=number, prompt=prompt, reason=reason)


def _holds(one: BlockedNumber, at: datetime) -> bool:
    return one.until is None or at < one.until
