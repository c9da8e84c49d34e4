"""A pay rate and a tariff, which of them is valid on a day, and what a call costs by one. Pure.

Both are valid from a day of the site's on, until the next one of the same agent, role or route. Amounts that
people set are decimals of whole units (roubles); what is computed of them is an exact fraction of minor
units, rounded only where it is shown. One in another currency than the site's counts as missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from otklik.vocabulary.money import decimals_of

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class PayRate:
    """Of an agent, or of everybody with a role who has none of his own; the other id is 0. per_hour: in whole
    units of the currency. by: who set it, at a moment; withdrawn_at: when it was taken back."""

    rate_id: int
    agent_id: int
    role_id: int
    since: date
    per_hour: Decimal
    currency: str
    by: int = 0
    at: datetime | None = None
    withdrawn_by: int = 0
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call costs. is_ours: we pay for it; else its caller does. per_minute, connection_fee: whole
    units.

    A call up to `free` long costs nothing. Of every other `first` is paid at least, then whole `step`s: 60/60
    is by the minute, 1/1 by the second.
    """

    is_ours: bool = True
    per_minute: Decimal = Decimal(0)
    connection_fee: Decimal = Decimal(0)
    free: timedelta = timedelta(0)
    first: timedelta = timedelta(seconds=60)
    step: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Route:
    """Which calls a tariff is of. trunk_id, number_id: 0 for all of them. number_id: the number that was
    called; calls that we make have none."""

    is_inbound: bool
    trunk_id: int = 0
    number_id: int = 0

    def holds(self, other: "Route") -> bool:
        """Whether a call on the other route is of this one too."""
        return (
            self.is_inbound == other.is_inbound
            and self.trunk_id in (0, other.trunk_id)
            and self.number_id in (0, other.number_id)
        )


@dataclass(frozen=True, slots=True)
class Tariff:
    """by, at, withdrawn_at: as of a rate."""

    tariff_id: int
    route: Route
    since: date
    terms: Terms
    currency: str
    by: int = 0
    at: datetime | None = None
    withdrawn_by: int = 0
    withdrawn_at: datetime | None = None


class Rates:
    """Rates that count in one currency. roles: ids of each agent's roles, as they are now."""

    def __init__(self, rates: Iterable[PayRate], roles: Mapping[int, Sequence[int]], currency: str) -> None:
        self._roles = roles
        self._own: dict[int, list[PayRate]] = {}
        self._of_role: dict[int, list[PayRate]] = {}
        for one in rates:
            if one.withdrawn_at is None and one.currency == currency:
                known = self._own if one.agent_id else self._of_role
                known.setdefault(one.agent_id or one.role_id, []).append(one)

    def on(self, agent_id: int, day: date) -> PayRate | None:
        """His own, else the highest of his roles'; None is missing, which is not 0."""
        own = _last(self._own.get(agent_id, ()), day)
        if own is not None:
            return own
        found = [_last(self._of_role.get(role_id, ()), day) for role_id in self._roles.get(agent_id, ())]
        known = [one for one in found if one is not None]
        return max(known, key=lambda one: one.per_hour, default=None)


def _last(rates: Iterable[PayRate], day: date) -> PayRate | None:
    """The latest that is valid on a day; of two of the same day the one that was set later."""
    valid = [one for one in rates if one.since <= day]
    return max(valid, key=lambda one: (one.since, one.rate_id), default=None)


class Tariffs:
    """Tariffs that count in one currency."""

    def __init__(self, tariffs: Iterable[Tariff], currency: str) -> None:
        self._tariffs = [one for one in tariffs if one.withdrawn_at is None and one.currency == currency]
        self._found: dict[tuple[Route, date], Tariff | None] = {}

    def on(self, route: Route, day: date) -> Tariff | None:
        """That of the number wins over the trunk's, and that over the one for all; then the latest."""
        key = (route, day)
        if key not in self._found:
            valid = [one for one in self._tariffs if one.since <= day and one.route.holds(route)]
            self._found[key] = max(valid, key=_rank, default=None)
        return self._found[key]


def _rank(one: Tariff) -> tuple[bool, bool, date, int]:
    return bool(one.route.number_id), bool(one.route.trunk_id), one.since, one.tariff_id


def minor_of(amount: Decimal, currency: str) -> Fraction:
    """Whole units as minor ones, exactly."""
    return Fraction(amount) * int(10 ** decimals_of(currency))


def pay_of(ms: Fraction | int, per_hour: Decimal, currency: str) -> Fraction:
    """Time by a rate, in minor units."""
    return minor_of(per_hour, currency) * Fraction(ms) / HOUR_MS


def billed(lasted: timedelta, terms: Terms) -> timedelta:
    """How much of a call is paid for. A second that has begun is a second; an answered call has one at
    least."""
    second = timedelta(seconds=1)
    whole = max(second, -(-lasted // second) * second)
    if not terms.is_ours or whole <= terms.free:
        return timedelta(0)
    more = max(whole - terms.first, timedelta(0))
    return terms.first + -(-more // terms.step) * terms.step


def price_of(lasted: timedelta, terms: Terms, currency: str) -> Fraction:
    """What an answered call of this length costs us, in minor units."""
    paid = billed(lasted, terms)
    if not paid:
        return Fraction(0)
    minutes = Fraction(paid // timedelta(seconds=1), 60)
    return minor_of(terms.connection_fee, currency) + minor_of(terms.per_minute, currency) * minutes
