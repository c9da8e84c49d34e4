"""Setting rates and tariffs, taking them back, and the report of costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from otklik.access import store as people
from otklik.billing import store
from otklik.billing.costs import AgentDay, Call, Handled, Spent
from otklik.billing.model import PayRate, Rates, Route, Tariff, Tariffs
from otklik.billing.pasted import Names
from otklik.journal.store import Behind, list_behind
from otklik.organization import store as organization
from otklik.organization.model import BUILT_IN
from otklik.reports import service as reports
from otklik.reports.calendar import day_of_number, day_of_slot
from otklik.reports.cost_measures import COST_MEASURES, CostFacts
from otklik.reports.measures import compute_all, present_ms
from otklik.reports.service.shared import ensure_calendar, one_moment, slots_of
from otklik.reports.store import attendance
from otklik.reports.store import sales as sold
from otklik.reports.tracking import pieces_by_slot
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid, NotFound
from otklik.vocabulary.time import to_ms

CostsBy = Literal["queue", "team", "day"]
LEGS = "trunk_legs"
"""The fold whose rows calls are counted from."""
MOST_LINES = 5000
"""Rates, and tariffs, that a site may have ever had."""
_FIRST_YEAR, _LAST_YEAR = 2000, 9000


# --- rates and tariffs


async def own_things(connection: Any, kind: str, site_id: SiteId) -> list[Any]:
    """Agents, trunks or numbers, without those of the self-test and the practice: nobody pays for these."""
    found = await organization.list_things(connection, kind, site_id=site_id)
    return [one for one in found if getattr(one, f"{kind}_id") not in BUILT_IN]


async def set_rates(connection: Any, site_id: SiteId, rates: Sequence[PayRate]) -> list[PayRate]:
    """All of them, or none: Invalid with the place of the first that does not fit. Refuses
    `unknown_agent`, `unknown_role`, `date_out_of_range`, `too_many_rates`."""
    agents = {int(one.agent_id) for one in await own_things(connection, "agent", site_id)}
    roles = {int(one.role_id) for one in await people.list_roles(connection)}
    known = await store.list_rates(connection, site_id, with_withdrawn=True)
    if len(known) + len(rates) > MOST_LINES:
        raise Invalid("too_many_rates", "", most=MOST_LINES)
    for one in rates:
        _check_day(one.since)
        if one.agent_id and one.agent_id not in agents:
            raise NotFound("unknown_agent", agent_id=one.agent_id)
        if one.role_id and one.role_id not in roles:
            raise NotFound("unknown_role", role_id=one.role_id)
        if bool(one.agent_id) is bool(one.role_id):
            raise Invalid("rate_of_whom", "agent_id")
    return [replace(one, rate_id=await store.add_rate(connection, site_id, one)) for one in rates]


async def set_tariffs(connection: Any, site_id: SiteId, tariffs: Sequence[Tariff]) -> list[Tariff]:
    """As rates. Refuses `unknown_trunk`, `unknown_number`, `number_of_outbound`, `date_out_of_range`,
    `too_many_tariffs`."""
    trunks = {int(one.trunk_id) for one in await own_things(connection, "trunk", site_id)}
    numbers = {int(one.number_id) for one in await own_things(connection, "number", site_id)}
    known = await store.list_tariffs(connection, site_id, with_withdrawn=True)
    if len(known) + len(tariffs) > MOST_LINES:
        raise Invalid("too_many_tariffs", "", most=MOST_LINES)
    for one in tariffs:
        _check_day(one.since)
        if one.route.trunk_id and one.route.trunk_id not in trunks:
            raise NotFound("unknown_trunk", trunk_id=one.route.trunk_id)
        if one.route.number_id and one.route.number_id not in numbers:
            raise NotFound("unknown_number", number_id=one.route.number_id)
        if one.route.number_id and not one.route.is_inbound:
            raise Invalid("number_of_outbound", "number_id")
    return [replace(one, tariff_id=await store.add_tariff(connection, site_id, one)) for one in tariffs]


async def withdraw_rate(connection: Any, site_id: SiteId, rate_id: int, *, by: int, at: datetime) -> PayRate:
    """What was valid before is valid again from its day on. Refuses `unknown_rate`."""
    for one in await store.list_rates(connection, site_id):
        if one.rate_id == rate_id and await store.withdraw(
            connection, site_id, "rate", rate_id, by=by, at=at
        ):
            return one
    raise NotFound("unknown_rate", rate_id=rate_id)


async def withdraw_tariff(
    connection: Any, site_id: SiteId, tariff_id: int, *, by: int, at: datetime
) -> Tariff:
    """As a rate. Refuses `unknown_tariff`."""
    for one in await store.list_tariffs(connection, site_id):
        if one.tariff_id == tariff_id and await store.withdraw(
            connection, site_id, "tariff", tariff_id, by=by, at=at
        ):
            return one
    raise NotFound("unknown_tariff", tariff_id=tariff_id)


def _check_day(since: date) -> None:
    if not _FIRST_YEAR <= since.year < _LAST_YEAR:
        raise Invalid("date_out_of_range", "since", since=since.isoformat())


async def currency_of(connection: Any, site_id: SiteId) -> str:
    """In which the site counts."""
    site = await organization.find_site(connection, site_id=site_id)
    return site.currency if site else "RUB"


async def names_of(connection: Any, site_id: SiteId) -> Names:
    """What people call agents, roles, trunks and numbers."""
    site = await organization.find_site(connection, site_id=site_id)
    agents = {int(one.agent_id) for one in await own_things(connection, "agent", site_id)}
    found: dict[str, dict[str, list[int]]] = {"agents": {}, "roles": {}, "trunks": {}, "numbers": {}}

    def call(kind: str, identity: int, *said: str) -> None:
        for name in {" ".join(one.split()).casefold() for one in said if one.strip()}:
            found[kind].setdefault(name, []).append(identity)

    for person in await people.list_people(connection):
        if int(person.person_id) in agents:
            call("agents", int(person.person_id), person.name, person.login)
    for role in await people.list_roles(connection):
        call("roles", int(role.role_id), role.name, role.name_ru, role.name_en)
    for trunk in await own_things(connection, "trunk", site_id):
        call("trunks", int(trunk.trunk_id), trunk.name)
    for number in await own_things(connection, "number", site_id):
        call("numbers", int(number.number_id), number.name, number.number)
    return Names(
        agents=found["agents"],
        roles=found["roles"],
        trunks=found["trunks"],
        numbers=found["numbers"],
        country=site.country if site else "RU",
    )


async def roles_of(connection: Any) -> dict[int, Sequence[int]]:
    """Ids of everybody's roles, as they are now."""
    return {
        int(one.person_id): [int(role_id) for role_id in one.role_ids]
        for one in await people.list_people(connection)
    }


# --- the report


@dataclass(frozen=True, slots=True)
class CostRow:
    """owner: a queue or a team, 0 none; day: of a row by day."""

    owner: int
    day: date | None
    values: Mapping[str, float | int | None]


@dataclass(frozen=True, slots=True)
class CostReport:
    """unpaid: agents without a rate and since which of the days asked for; unpriced: the same of routes
    without a tariff. is_folded: calls on trunks are all read; else what they cost is not known yet."""

    as_of: datetime
    behind: Sequence[Behind]
    rows: Sequence[CostRow]
    total: Mapping[str, float | int | None]
    unpaid: Mapping[int, date]
    unpriced: Mapping[Route, date]
    is_folded: bool


async def costs_of(  # noqa: PLR0913, the filters of a report
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    currency: str,
    first: date,
    end: date,
    as_of: datetime,
    by: CostsBy = "queue",
    queue_ids: Sequence[int] | None = None,
    agent_ids: Sequence[int] | None = None,
) -> CostReport:
    """What the local days first ... end (end left out) cost, and what a contact and a sale did."""
    slots = slots_of(first, end, zone)
    tz = await ensure_calendar(connection, zone, first, end)
    async with one_moment(connection, site_id) as moment:
        rates = Rates(await store.list_rates(connection, site_id), await roles_of(connection), currency)
        tariffs = Tariffs(await store.list_tariffs(connection, site_id), currency)
        spent = Spent(currency)
        for day in await _agent_days(connection, site_id, zone, (first, end), as_of, slots, tz, agent_ids):
            spent.add_day(day, rates, queue_ids)
        for row in await store.handled_by_place(connection, site_id, slots, queue_ids, agent_ids, tz):
            spent.add_handled(
                Handled(day_of_number(row["period"]), row["agent_id"], row["queue_id"], row["handled"])
            )
        for row in await store.calls_by_place(connection, site_id, slots, queue_ids, agent_ids, tz, by):
            route = Route(row["is_inbound"], row["trunk_id"], row["number_id"])
            lasted = timedelta(seconds=row["seconds"])
            day_of_call = day_of_number(row["period"])
            call = Call(day_of_call, row["agent_id"], row["queue_id"], route, lasted, row["calls"])
            spent.add_call(call, tariffs)
        behind = {one.name for one in await list_behind(connection, site_id)}
        teams = await _teams(connection, site_id)
        sales = await _sales(connection, site_id, slots, queue_ids, agent_ids, tz, by, teams)
    is_folded = LEGS not in behind
    rows: dict[Any, CostFacts]
    match by:
        case "queue":
            rows = dict(spent.by_queue())
        case "team":
            rows = dict(spent.by_team(teams))
        case _:
            rows = dict(spent.by_day())

    def values(facts: CostFacts, sold_here: int | None) -> Mapping[str, float | int | None]:
        trunk = facts.trunk if is_folded else None
        return compute_all(COST_MEASURES, replace(facts, trunk=trunk, sales=sold_here))

    return CostReport(
        as_of=as_of,
        behind=moment.behind,
        rows=[
            CostRow(
                owner=0 if by == "day" else owner,
                day=owner if by == "day" else None,
                values=values(facts, None if sales is None else sales.rows.get(owner, 0)),
            )
            for owner, facts in sorted(rows.items())
        ],
        total=values(spent.total(), None if sales is None else sales.total),
        unpaid=spent.unpaid,
        unpriced=spent.unpriced,
        is_folded=is_folded,
    )


async def _agent_days(  # noqa: PLR0913, where and when
    connection: Any,
    site_id: SiteId,
    zone: ZoneInfo,
    days: tuple[date, date],
    as_of: datetime,
    slots: tuple[int, int],
    tz: int,
    agent_ids: Sequence[int] | None,
) -> Iterable[AgentDay]:
    """As the timesheet has them, so that pay and timesheet tell the same hours."""
    is_paid = {
        int(one.reason_id): one.is_paid
        for one in await organization.list_reasons_ever(connection, site_id=site_id)
    }
    busy: dict[tuple[int, date], dict[int, int]] = {}

    def add(agent_id: int, day: date, queue_id: int, ms: int) -> None:
        known = busy.setdefault((agent_id, day), {})
        known[queue_id] = known.get(queue_id, 0) + ms

    for row in await store.busy_by_queue(connection, site_id, slots, agent_ids, tz):
        add(row["agent_id"], day_of_number(row["period"]), row["queue_id"], row["ms"])
    for row in await attendance.open_states(connection, site_id, agent_ids):
        if row["state"] in store.BUSY and not row["is_practice"]:
            for slot, ms in pieces_by_slot(row["counted_ms"], to_ms(as_of)):
                if slots[0] <= slot < slots[1]:
                    add(row["agent_id"], day_of_slot(slot, zone), row["queue_id"], ms)
    sheet = await reports.timesheet(
        connection,
        site_id=site_id,
        zone=zone,
        first=days[0],
        end=days[1],
        as_of=as_of,
        agent_ids=agent_ids,
    )
    found = []
    for line in sheet.rows:
        facts = line.sums.facts(is_paid)
        present = present_ms(facts)
        found.append(
            AgentDay(
                day=line.day,
                agent_id=line.agent_id,
                signed_in_ms=present,
                payable_ms=present - facts.unpaid_pause_ms,
                busy=busy.get((line.agent_id, line.day), {}),
            )
        )
    return found


async def _teams(connection: Any, site_id: SiteId) -> dict[int, Sequence[int]]:
    """Of each agent, those that are there now."""
    there = {one.team_id for one in await organization.list_things(connection, "team", site_id=site_id)}
    return {
        int(one.agent_id): [int(team_id) for team_id in one.team_ids if team_id in there]
        for one in await organization.list_things(connection, "agent", site_id=site_id)
    }


@dataclass(frozen=True, slots=True)
class _Sold:
    """By the owner of a row."""

    rows: Mapping[Any, int]
    total: int


async def _sales(  # noqa: PLR0913, where and when
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    agent_ids: Sequence[int] | None,
    tz: int,
    by: CostsBy,
    teams: Mapping[int, Sequence[int]],
) -> _Sold | None:
    """As the report of sales counts them; None where no outcome counts as one."""
    if not any((await sold.sale_dispositions(connection, site_id)).values()):
        return None
    of = "agent" if by == "team" else by
    found: dict[Any, int] = {}
    total = 0
    for row in await sold.sales_by(connection, site_id, slots, queue_ids, agent_ids, tz, of):
        count = row["main_sales"] + row["add_on_sales"]
        total += count
        owners: Sequence[Any] = [row["owner"]]
        if by == "team":
            owners = teams.get(row["owner"]) or (0,)
        elif by == "day":
            owners = [day_of_number(row["owner"])]
        for owner in owners:
            found[owner] = found.get(owner, 0) + count
    return _Sold(found, total)


def decimal_text(amount: Decimal) -> str:
    """As people write it: without zeros that say nothing, `350`, `1.5`."""
    return format(amount.normalize(), "f")
