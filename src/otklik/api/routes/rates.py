"""Setting what people are paid and what calls cost: only for those who may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.periods import zone_of
from otklik.api.route import Route
from otklik.api.schemas import rates as schemas
from otklik.api.schemas.base import Id
from otklik.api.sign_in import Who, requires
from otklik.billing import model as billing
from otklik.billing import pasted, service, store
from otklik.organization import store as organization
from otklik.reports.calendar import day_of_moment
from otklik.vocabulary.ids import PersonId

router = APIRouter(prefix="/api/v1", tags=["rates"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_RATES)]
State = Literal["now", "later", "before", "withdrawn"]
SECOND = timedelta(seconds=1)


@router.get("/rates")
async def list_rates(who: Manages, parts: Serves) -> schemas.PayRates:
    """Every pay rate there was, and who has none today."""
    async with parts.reading() as connection:
        today, zone, currency = await _where(connection, parts)
        found = await store.list_rates(connection, parts.site_id, with_withdrawn=True)
        names = await people.names_of(connection)
        roles = {int(one.role_id): one for one in await people.list_roles(connection)}
        agents = await service.own_things(connection, "agent", parts.site_id)
        known = billing.Rates(found, await service.roles_of(connection), currency)
    now = {one.rate_id for one in _valid(found, today)}
    choices = sorted(
        (
            _same(int(one.agent_id), names.get(PersonId(int(one.agent_id)), ""))
            for one in agents
            if one.is_active
        ),
        key=lambda one: one.name_ru.casefold(),
    )
    return schemas.PayRates(
        today=today,
        currency=currency,
        rates=[
            _rate_row(one, names, roles, zone, _state(one, one.rate_id in now, today))
            for one in _latest(found)
        ],
        agents=choices,
        roles=[
            schemas.NamedInBoth(id=role_id, name_ru=one.name_ru, name_en=one.name_en)
            for role_id, one in roles.items()
        ],
        missing=[one for one in choices if known.on(one.id, today) is None],
    )


@router.post("/rates", status_code=204, response_class=Response)
async def set_rate(who: Manages, request: Request, parts: Serves, body: schemas.RateSave) -> None:
    """A rate from a day on; older days keep theirs. Refuses `rate_of_whom`, `unknown_agent`, `unknown_role`,
    `date_out_of_range`, `too_many_rates`."""
    async with parts.writing() as connection:
        _, _, currency = await _where(connection, parts)
        rate = billing.PayRate(0, body.agent_id or 0, body.role_id or 0, body.since, body.per_hour, currency)
        await _set_rates(connection, who, request, parts, [rate])


@router.delete("/rates/{rate_id}", status_code=204, response_class=Response)
async def withdraw_rate(who: Manages, request: Request, parts: Serves, rate_id: Id) -> None:
    """From its day on the one before it counts again; it stays written down. Refuses `unknown_rate`."""
    async with parts.writing() as connection:
        one = await service.withdraw_rate(
            connection, parts.site_id, rate_id, by=int(who.person_id), at=parts.clock.now()
        )
        await _note_rate(connection, who, request, parts, "rate.withdrawn", one)


@router.post("/rates/paste")
async def paste_rates(
    who: Manages, request: Request, parts: Serves, body: schemas.Paste
) -> schemas.PasteAnswer:
    """Lines of who, since and for an hour: all of them are set, or none."""
    async with parts.writing() as connection:
        _, _, currency = await _where(connection, parts)
        names = await service.names_of(connection, parts.site_id)
        lines = pasted.read_rates(body.text, names, currency)
        rates = [one.thing for one in lines if one.thing is not None]
        is_set = not body.is_trial and len(rates) == len(lines)
        if is_set:
            await _set_rates(connection, who, request, parts, rates)
    return _answer(lines, len(rates) if is_set else 0)


@router.get("/tariffs")
async def list_tariffs(who: Manages, parts: Serves) -> schemas.TariffRows:
    """Every tariff there was."""
    async with parts.reading() as connection:
        today, zone, currency = await _where(connection, parts)
        found = await store.list_tariffs(connection, parts.site_id, with_withdrawn=True)
        names = await people.names_of(connection)
        trunks = await organization.names_of(connection, "trunk", site_id=parts.site_id)
        numbers = await organization.names_of(connection, "number", site_id=parts.site_id)
        things = {
            kind: await service.own_things(connection, kind, parts.site_id) for kind in ("trunk", "number")
        }
    now = {one.tariff_id for one in _valid(found, today)}
    return schemas.TariffRows(
        today=today,
        currency=currency,
        tariffs=[
            _tariff_row(one, names, (trunks, numbers), zone, _state(one, one.tariff_id in now, today))
            for one in _latest(found)
        ],
        trunks=[_same(int(one.trunk_id), one.name) for one in things["trunk"]],
        numbers=[_same(int(one.number_id), f"{one.name} {one.number}".strip()) for one in things["number"]],
    )


@router.post("/tariffs", status_code=204, response_class=Response)
async def set_tariff(who: Manages, request: Request, parts: Serves, body: schemas.TariffSave) -> None:
    """A tariff from a day on; older days keep theirs. Refuses `unknown_trunk`, `unknown_number`,
    `number_of_outbound`, `date_out_of_range`, `too_many_tariffs`."""
    terms = billing.Terms(
        is_ours=body.is_ours,
        per_minute=body.per_minute,
        connection_fee=body.connection_fee,
        free=timedelta(seconds=body.free_seconds),
        first=timedelta(seconds=body.first_seconds),
        step=timedelta(seconds=body.step_seconds),
    )
    route = billing.Route(body.is_inbound, body.trunk_id or 0, body.number_id or 0)
    async with parts.writing() as connection:
        _, _, currency = await _where(connection, parts)
        tariff = billing.Tariff(0, route, body.since, terms, currency)
        await _set_tariffs(connection, who, request, parts, [tariff])


@router.delete("/tariffs/{tariff_id}", status_code=204, response_class=Response)
async def withdraw_tariff(who: Manages, request: Request, parts: Serves, tariff_id: Id) -> None:
    """As a rate. Refuses `unknown_tariff`."""
    async with parts.writing() as connection:
        one = await service.withdraw_tariff(
            connection, parts.site_id, tariff_id, by=int(who.person_id), at=parts.clock.now()
        )
        await _note_tariff(connection, who, request, parts, "tariff.withdrawn", one)


@router.post("/tariffs/paste")
async def paste_tariffs(
    who: Manages, request: Request, parts: Serves, body: schemas.Paste
) -> schemas.PasteAnswer:
    """Lines of where, in or out, since, for a minute, connection fee, increment and free seconds: all of them
    are set, or none."""
    async with parts.writing() as connection:
        _, _, currency = await _where(connection, parts)
        names = await service.names_of(connection, parts.site_id)
        lines = pasted.read_tariffs(body.text, names, currency)
        tariffs = [one.thing for one in lines if one.thing is not None]
        is_set = not body.is_trial and len(tariffs) == len(lines)
        if is_set:
            await _set_tariffs(connection, who, request, parts, tariffs)
    return _answer(lines, len(tariffs) if is_set else 0)


async def _where(connection: Any, parts: Parts) -> tuple[date, ZoneInfo, str]:
    """The site's day, zone and currency."""
    zone = await zone_of(connection, parts.site_id)
    currency = await service.currency_of(connection, parts.site_id)
    return day_of_moment(parts.clock.now(), zone), zone, currency


async def _set_rates(
    connection: Any, who: Who, request: Request, parts: Parts, rates: Sequence[billing.PayRate]
) -> None:
    made = [replace(one, by=int(who.person_id), at=parts.clock.now()) for one in rates]
    for one in await service.set_rates(connection, parts.site_id, made):
        await _note_rate(connection, who, request, parts, "rate.set", one)


async def _set_tariffs(
    connection: Any, who: Who, request: Request, parts: Parts, tariffs: Sequence[billing.Tariff]
) -> None:
    made = [replace(one, by=int(who.person_id), at=parts.clock.now()) for one in tariffs]
    for one in await service.set_tariffs(connection, parts.site_id, made):
        await _note_tariff(connection, who, request, parts, "tariff.set", one)


async def _note_rate(
    connection: Any, who: Who, request: Request, parts: Parts, action: str, one: billing.PayRate
) -> None:
    """Without the amount: who reads the audit may not see what people are paid."""
    names = await people.names_of(connection)
    roles = {int(role.role_id): role.name for role in await people.list_roles(connection)}
    name = names.get(PersonId(one.agent_id), "") if one.agent_id else roles.get(one.role_id, "")
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity="agent" if one.agent_id else "role",
        entity_id=one.agent_id or one.role_id,
        facts={"name": name, "since": one.since.isoformat()},
    )


async def _note_tariff(
    connection: Any, who: Who, request: Request, parts: Parts, action: str, one: billing.Tariff
) -> None:
    number_id, trunk_id = one.route.number_id, one.route.trunk_id
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity="number" if number_id else "trunk",
        entity_id=number_id or trunk_id,
        facts={
            "since": one.since.isoformat(),
            "is_inbound": one.route.is_inbound,
            "per_minute": service.decimal_text(one.terms.per_minute),
            "currency": one.currency,
        },
    )


Dated = billing.PayRate | billing.Tariff
Thing = TypeVar("Thing", billing.PayRate, billing.Tariff)


def _key(one: Dated) -> object:
    return (one.agent_id, one.role_id) if isinstance(one, billing.PayRate) else one.route


def _identity(one: Dated) -> int:
    return one.rate_id if isinstance(one, billing.PayRate) else one.tariff_id


def _latest(found: Sequence[Thing]) -> list[Thing]:
    return sorted(found, key=lambda one: (one.since, _identity(one)), reverse=True)


def _valid(found: Sequence[Thing], today: date) -> list[Thing]:
    """The last of each agent, role or route that is valid today."""
    last: dict[object, Thing] = {}
    for one in reversed(_latest(found)):
        if one.withdrawn_at is None and one.since <= today:
            last[_key(one)] = one
    return list(last.values())


def _state(one: Dated, is_now: bool, today: date) -> State:
    if one.withdrawn_at is not None:
        return "withdrawn"
    if one.since > today:
        return "later"
    return "now" if is_now else "before"


def _dated(one: Dated, names: Mapping[PersonId, str], zone: ZoneInfo, state: State) -> dict[str, Any]:
    assert one.at is not None
    return {
        "id": _identity(one),
        "since": one.since,
        "state": state,
        "currency": one.currency,
        "by": names.get(PersonId(one.by), ""),
        "at": one.at,
        "is_of_past": one.since < day_of_moment(one.at, zone),
        "withdrawn_by": names.get(PersonId(one.withdrawn_by), "") if one.withdrawn_at else None,
        "withdrawn_at": one.withdrawn_at,
    }


def _rate_row(
    one: billing.PayRate,
    names: Mapping[PersonId, str],
    roles: Mapping[int, Any],
    zone: ZoneInfo,
    state: State,
) -> schemas.RateRow:
    role = roles.get(one.role_id)
    agent = names.get(PersonId(one.agent_id), "")
    return schemas.RateRow.model_validate(
        {
            **_dated(one, names, zone, state),
            "agent_id": one.agent_id or None,
            "role_id": one.role_id or None,
            "name_ru": role.name_ru if role else agent,
            "name_en": role.name_en if role else agent,
            "per_hour": service.decimal_text(one.per_hour),
        }
    )


def _tariff_row(
    one: billing.Tariff,
    names: Mapping[PersonId, str],
    places: tuple[Mapping[int, str], Mapping[int, str]],
    zone: ZoneInfo,
    state: State,
) -> schemas.TariffRow:
    trunks, numbers = places
    route, terms = one.route, one.terms
    return schemas.TariffRow.model_validate(
        {
            **_dated(one, names, zone, state),
            "is_inbound": route.is_inbound,
            "trunk_id": route.trunk_id or None,
            "trunk": trunks.get(route.trunk_id, ""),
            "number_id": route.number_id or None,
            "number": numbers.get(route.number_id, ""),
            "is_ours": terms.is_ours,
            "per_minute": service.decimal_text(terms.per_minute),
            "connection_fee": service.decimal_text(terms.connection_fee),
            "free_seconds": terms.free // SECOND,
            "first_seconds": terms.first // SECOND,
            "step_seconds": terms.step // SECOND,
        }
    )


def _same(identity: int, name: str) -> schemas.NamedInBoth:
    return schemas.NamedInBoth(id=identity, name_ru=name, name_en=name)


def _answer(lines: Sequence[pasted.Line[Any]], saved: int) -> schemas.PasteAnswer:
    return schemas.PasteAnswer(
        lines=[
            schemas.PastedLine(number=one.number, text=one.text[:200], refusal=one.refusal) for one in lines
        ],
        saved=saved,
    )
