"""When a customer is to be called: by whose clock he lives, and which moments are offered first. Pure."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from otklik.crm.model import Details
from otklik.vocabulary.hours import OpeningHours, is_zone, weekly
from otklik.vocabulary.messages import Value
from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Invalid

ZoneSource = Literal["card", "number", "country", "site"]
"""card: a field of his card says so. number: its area has one clock. country: its country has several, one of
them is taken. site: nothing tells, so it is ours."""

FIELDS: Final = frozenset({"time_zone", "timezone", "time zone", "zone", "tz", "часовой пояс", "зона"})
"""Free fields of a card in which a zone is looked for, however their letters are."""

OFFICE: Final = weekly(time(9), time(18))
"""Working days of a queue without hours of its own."""

MORNING: Final = time(10)
EARLIEST: Final = time(9)
"""Nobody is offered to be called before that, by his own clock."""

_OFFSET = re.compile(r"(?:(utc|gmt|msk|мск)\s*)?([+-])\s*(\d{1,2})(?::?00)?", re.IGNORECASE)
_MOSCOW: Final = 3


class CustomerZone(Value):
    """By which clock a customer lives (IANA name), and how that is known."""

    zone: str
    source: ZoneSource


class Choice(Value):
    """A moment offered by one click."""

    kind: Literal["in_hour", "tomorrow", "working_day"]
    due_at: datetime


def customer_zone(details: Details | None, number: str, site_zone: str, country: str) -> CustomerZone:
    """His card wins over his number, and that over the site. number: any form, "" for none."""
    written = zone_on_card(details) if details is not None else ""
    if written:
        return CustomerZone(zone=written, source="card")
    try:
        phone = parse_phone(number, country)
    except Invalid:
        return CustomerZone(zone=site_zone, source="site")
    if phone.only_zone:
        return CustomerZone(zone=phone.only_zone, source="number")
    zone = phone.zone(site_zone)
    return CustomerZone(zone=zone, source="site" if zone == site_zone else "country")


def zone_on_card(details: Details) -> str:
    """What a free field says, as an IANA name: `Asia/Omsk`, `UTC+6`, `MSK+3`; "" when none says anything that
    is understood."""
    for name, value in details.fields.items():
        if name.strip().casefold() not in FIELDS:
            continue
        text = value.strip()
        if text and is_zone(text):
            return text
        found = _OFFSET.fullmatch(text)
        if found is None:
            continue
        base = _MOSCOW if (found[1] or "").casefold() in ("msk", "мск") else 0
        hours = base + int(found[2] + found[3])
        # The signs of these names are turned round: Etc/GMT-6 is six hours ahead of Greenwich.
        named = f"Etc/GMT{-hours:+d}" if hours else "UTC"
        if is_zone(named):
            return named
    return ""


def choices(at: datetime, zone: str, hours: OpeningHours | None, site_zone: str) -> list[Choice]:
    """In an hour, tomorrow morning by the customer's clock, and when his queue next opens on another day."""
    local = ZoneInfo(zone)
    opening = hours or OFFICE
    tomorrow = datetime.combine(at.astimezone(local).date() + timedelta(days=1), MORNING, local)
    found = [
        Choice(kind="in_hour", due_at=_minute(at + timedelta(hours=1))),
        Choice(kind="tomorrow", due_at=tomorrow.astimezone(UTC)),
    ]
    ours = ZoneInfo(opening.time_zone or site_zone)
    next_day = datetime.combine(at.astimezone(ours).date() + timedelta(days=1), time(0), ours)
    opens = opening.next_opening(next_day.astimezone(UTC), site_zone)
    if opens is not None:
        early = datetime.combine(opens.astimezone(local).date(), EARLIEST, local).astimezone(UTC)
        later = max(opens, early)
        due_at = later if opening.is_open(later, site_zone) else opens
        found.append(Choice(kind="working_day", due_at=due_at.astimezone(UTC)))
    return found


def _minute(at: datetime) -> datetime:
    """Whole five minutes, rounded up: what a person would say."""
    late = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at - late + timedelta(minutes=5) if late else at
