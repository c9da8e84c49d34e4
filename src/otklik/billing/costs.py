"""Days of agents, stays, calls and sales become rows of cost: by queue, by team, by day. Pure.

An agent is paid for his day, not for a queue. His day is shared out among the queues by the time he was busy
for each on that day, from the offer to the end of wrap-up; a day without any stands at no queue. So rows of
queues add up to what was paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple, TypeVar

from otklik.billing.model import Rates, Route, Tariffs, pay_of, price_of
from otklik.reports.cost_measures import CostFacts

Key = TypeVar("Key")

NONE = 0
"""In place of a queue, an agent or a team."""


class AgentDay(NamedTuple):
    """An agent on a local day. busy: his handling time by queue, in milliseconds."""

    day: date
    agent_id: int
    signed_in_ms: int
    payable_ms: int
    busy: Mapping[int, int]


class Handled(NamedTuple):
    """Stays with a talk whose wrap-up is over, of the day on which they began."""

    day: date
    agent_id: int
    queue_id: int
    contacts: int


class Call(NamedTuple):
    """Alike legs on a trunk that were answered and are over, of the day on which they were answered; agent
    and queue are the last of their interaction."""

    day: date
    agent_id: int
    queue_id: int
    route: Route
    lasted: timedelta
    calls: int = 1


class Place(NamedTuple):
    """What costs are first added up by; every row of the report is a sum of these."""

    day: date
    agent_id: int
    queue_id: int


@dataclass(slots=True)
class _Sums:
    signed_in_ms: int = 0
    payable_ms: int = 0
    pay: Fraction | None = Fraction(0)
    trunk: Fraction | None = Fraction(0)
    handled: int = 0


@dataclass(slots=True)
class Spent:
    """unpaid: since which day the rate of an agent is missing; unpriced: the same of the tariff of a route.
    Each is a day of those asked for."""

    currency: str
    places: dict[Place, _Sums] = field(default_factory=dict)
    unpaid: dict[int, date] = field(default_factory=dict)
    unpriced: dict[Route, date] = field(default_factory=dict)
    _prices: dict[tuple[int, timedelta], Fraction] = field(default_factory=dict, repr=False)

    def add_day(self, one: AgentDay, rates: Rates, queue_ids: Sequence[int] | None = None) -> None:
        """Shared out among his queues; of these only, None of all."""
        payable = shared(one.payable_ms, one.busy)
        for queue_id, ms in shared(one.signed_in_ms, one.busy).items():
            if queue_ids is not None and queue_id not in queue_ids:
                continue
            sums = self._at(Place(one.day, one.agent_id, queue_id))
            sums.signed_in_ms += ms
            sums.payable_ms += payable[queue_id]
            if not one.payable_ms:
                continue
            rate = rates.on(one.agent_id, one.day)
            if rate is None:
                sums.pay = None
                self.unpaid[one.agent_id] = min(one.day, self.unpaid.get(one.agent_id, one.day))
            elif sums.pay is not None:
                sums.pay += pay_of(payable[queue_id], rate.per_hour, self.currency)

    def add_handled(self, one: Handled) -> None:
        """Contacts."""
        self._at(Place(one.day, one.agent_id, one.queue_id)).handled += one.contacts

    def add_call(self, one: Call, tariffs: Tariffs) -> None:
        """What it cost on its trunk."""
        sums = self._at(Place(one.day, one.agent_id, one.queue_id))
        tariff = tariffs.on(one.route, one.day)
        if tariff is None:
            sums.trunk = None
            self.unpriced[one.route] = min(one.day, self.unpriced.get(one.route, one.day))
        elif sums.trunk is not None:
            key = (tariff.tariff_id, one.lasted)
            if key not in self._prices:
                self._prices[key] = price_of(one.lasted, tariff.terms, self.currency)
            sums.trunk += one.calls * self._prices[key]

    def by_queue(self) -> dict[int, CostFacts]:
        """Without sales."""
        return self._rows((place.queue_id, sums) for place, sums in self.places.items())

    def by_day(self) -> dict[date, CostFacts]:
        """Without sales."""
        return self._rows((place.day, sums) for place, sums in self.places.items())

    def by_team(self, teams: Mapping[int, Sequence[int]]) -> dict[int, CostFacts]:
        """teams: of each agent. Who is in two stands in both, who is in none at NONE."""
        return self._rows(
            (team_id, sums)
            for place, sums in self.places.items()
            for team_id in teams.get(place.agent_id) or (NONE,)
        )

    def total(self) -> CostFacts:
        """Of everything, each agent once."""
        return self._rows((NONE, sums) for sums in self.places.values()).get(NONE, CostFacts())

    def _at(self, place: Place) -> _Sums:
        return self.places.setdefault(place, _Sums())

    @staticmethod
    def _rows(parts: Iterable[tuple[Key, _Sums]]) -> dict[Key, CostFacts]:
        found: dict[Key, CostFacts] = {}
        for key, one in parts:
            before = found.get(key, CostFacts())
            found[key] = CostFacts(
                signed_in_ms=before.signed_in_ms + one.signed_in_ms,
                payable_ms=before.payable_ms + one.payable_ms,
                pay=_sum(before.pay, one.pay),
                trunk=_sum(before.trunk, one.trunk),
                handled=before.handled + one.handled,
            )
        return found


def shared(ms: int, busy: Mapping[int, int]) -> dict[int, int]:
    """Whole milliseconds of a day for each queue, together all of them: what is left after rounding down goes
    to those that lost most by it. Whole, because sums of shares of many days would have endless fractions."""
    whole = sum(busy.values())
    if not whole:
        return {NONE: ms}
    served = {queue_id: part for queue_id, part in busy.items() if part}
    found = {queue_id: ms * part // whole for queue_id, part in served.items()}
    left = ms - sum(found.values())
    for queue_id in sorted(served, key=lambda one: (-(ms * served[one] % whole), one))[:left]:
        found[queue_id] += 1
    return found


def _sum(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other
