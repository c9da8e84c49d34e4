"""Measures of cost: people's time by their rates, calls by the tariffs of their trunks. Pure.

Amounts are exact fractions of minor units while they are added, and are rounded (half to even) where they are
shown; so a sum may differ from the sum of what is shown by less than a minor unit for each row.
"""

from dataclasses import dataclass
from fractions import Fraction

from otklik.reports.measures import Definition, Unit


@dataclass(frozen=True, slots=True)
class CostFacts:
    """What was spent and what it brought.

    pay, trunk: in minor units; None where the rate or the tariff of one of its parts is missing. sales: None
    where no outcome counts as a sale.
    """

    signed_in_ms: int = 0
    payable_ms: int = 0
    pay: Fraction | None = Fraction(0)
    trunk: Fraction | None = Fraction(0)
    handled: int = 0
    sales: int | None = None

    @property
    def total(self) -> Fraction | None:
        """Both; None where one is not known."""
        return None if self.pay is None or self.trunk is None else self.pay + self.trunk


def _shown(amount: Fraction | None) -> int | None:
    return None if amount is None else round(amount)


def _per(amount: Fraction | None, count: int | None) -> int | None:
    return _shown(amount / count) if amount is not None and count else None


_PAY = "sum of payable hours * hourly rate of the day; of a queue: days by handling time for each queue"

COST_MEASURES: tuple[Definition[CostFacts], ...] = (
    Definition(
        name="signed_in_seconds",
        unit=Unit.SECONDS,
        formula="sum of all states",
        compute=lambda f: f.signed_in_ms / 1000,
    ),
    Definition(
        name="payable_seconds",
        unit=Unit.SECONDS,
        formula="present - unpaid_pause",
        compute=lambda f: f.payable_ms / 1000,
    ),
    Definition("pay_cost", Unit.MONEY, _PAY, lambda f: _shown(f.pay)),
    Definition(
        name="trunk_cost",
        unit=Unit.MONEY,
        formula="sum of (connection fee + price of a minute * billed seconds / 60) of calls on trunks",
        compute=lambda f: _shown(f.trunk),
    ),
    Definition("total_cost", Unit.MONEY, "pay_cost + trunk_cost", lambda f: _shown(f.total)),
    Definition("handled", Unit.COUNT, "stays with a talk whose wrap-up is over", lambda f: f.handled),
    Definition(
        name="cost_per_contact",
        unit=Unit.MONEY,
        formula="total_cost / handled",
        compute=lambda f: _per(f.total, f.handled),
        source="others divide by offered or by calls",
    ),
    Definition("sales", Unit.COUNT, "main_sales + add_on_sales", lambda f: f.sales),
    Definition("cost_per_sale", Unit.MONEY, "total_cost / sales", lambda f: _per(f.total, f.sales)),
)
