"""The report of costs. Money is whole minor units of `currency`, which has `digits` of them behind the point;
null where the rate or the tariff of a part is missing, which is not 0."""

from datetime import date

from otklik.api.schemas.base import Schema
from otklik.api.schemas.contact_reports import Told


class CostFigures(Schema):
    """sales, cost_per_sale: null where no outcome counts as a sale."""

    signed_in_seconds: float
    payable_seconds: float
    pay_cost: int | None
    trunk_cost: int | None
    total_cost: int | None
    handled: int
    cost_per_contact: int | None
    sales: int | None
    cost_per_sale: int | None


class CostRow(CostFigures):
    """owner: a queue or a team, null for none; day: of a row by day."""

    owner_id: int | None
    owner: str
    day: date | None


class Unpaid(Schema):
    """An agent without a rate, and since which of these days."""

    agent_id: int
    agent: str
    since: date


class Unpriced(Schema):
    """Calls without a tariff, and since which of these days. number: "" of calls that we made, and of those
    to a number that we do not know."""

    is_inbound: bool
    trunk_id: int
    trunk: str
    number_id: int | None
    number: str
    since: date


class CostReport(Told):
    """unpaid, unpriced: what is missing, so that the numbers it is part of are no data. is_folded: false
    while calls of the past are still being read."""

    currency: str
    digits: int
    rows: list[CostRow]
    totals: CostFigures
    unpaid: list[Unpaid]
    unpriced: list[Unpriced]
    is_folded: bool
