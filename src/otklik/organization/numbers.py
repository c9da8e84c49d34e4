"""Which number of ours was called, and what goes with it."""

import re

from otklik.organization.model import Configuration, Number, Trunk
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import TrunkId
from otklik.vocabulary.phones import NumberFormat, read_number

LONGEST_CALLED = 80
_NOT_DIALED = re.compile(r"[^\w+*#.-]")


def find_number(configuration: Configuration, number_called: str, trunk_id: TrunkId) -> Number | None:
    """Our number that was called, or None. number_called: as the trunk wrote it, untrusted text.

    Exactly as written wins over the same number in another form; a number of this trunk alone wins over one
    of any trunk. trunk_id 0: the trunk is not known, only numbers of any trunk are looked at.
    """
    written = number_called.strip()[:LONGEST_CALLED]
    reachable = [number for number in configuration.numbers.values() if number.trunk_id in (0, trunk_id)]
    reachable.sort(key=lambda number: (number.trunk_id == 0, number.number_id))
    for number in reachable:
        if number.number == written:
            return number
    trunk = configuration.trunks.get(trunk_id)
    read = read_called(configuration, written, trunk)
    return next((number for number in reachable if number.number == read), None) if read else None


def read_called(configuration: Configuration, written: str, trunk: Trunk | None) -> str:
    """A called or calling number as this trunk writes it, made E.164 where it is one; "" if it is none."""
    number_format = trunk.number_format_in if trunk else NumberFormat.ANY
    return read_number(written, number_format, configuration.site.country)


def read_calling(configuration: Configuration, calling: str, trunk_id: TrunkId) -> str:
    """The customer's number as his call brought it: E.164, a short number of an office PBX, or ""
    (anonymous)."""
    return read_called(configuration, calling, configuration.trunks.get(trunk_id))


def plain_number(text: str) -> str:
    """A short or unusual number exactly as it is dialled, without what cannot be dialled."""
    return _NOT_DIALED.sub("", text.strip())[:LONGEST_CALLED]


def hours_of(configuration: Configuration, number: Number) -> OpeningHours | None:
    """When people answer this number; None is always."""
    hours = configuration.hours.get(number.hours_id)
    return hours.opening if hours else None
