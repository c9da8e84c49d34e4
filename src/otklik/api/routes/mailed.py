"""Reports that go out by mail: one's own; an administrator sees to all."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.mailed import may_take_away, tell_by_mail
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.periods import zone_of
from otklik.api.reported import reported
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.mailed import MailedReportRow, MailedReportSave
from otklik.api.sign_in import Who, requires
from otklik.deliveries import service as deliveries
from otklik.reports.mailing import Every, MailedReport, next_due
from otklik.reports.store import mailing
from otklik.vocabulary.ids import PersonId, SiteId
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused

router = APIRouter(prefix="/api/v1/mailed-reports", tags=["reports"], route_class=Route)

OF_SOURCES = ("days", "intervals", "agents")
"""A log of another system tells of no pauses that are paid, of no teams and of no targets of ours."""
Sends = Annotated[Who, requires(Right.EXPORT_REPORTS)]


@router.get("")
async def list_mailed_reports(who: Sends, parts: Serves) -> list[MailedReportRow]:
    """One's own; all of them for who manages the site."""
    async with parts.reading() as connection:
        found = await mailing.list_mailed(connection, parts.site_id)
        names = await people.names_of(connection)
    return [_row(one, names) for one in found if _may_touch(who, one)]


@router.post("", status_code=201)
async def create_mailed_report(
    who: Sends, request: Request, parts: Serves, body: MailedReportSave
) -> MailedReportRow:
    """A new one of the one who asks; it goes out at its next hour."""
    return await _save(who, request, parts, body, None)


@router.put("/{mailed_id}")
async def change_mailed_report(
    who: Sends, request: Request, parts: Serves, mailed_id: Id, body: MailedReportSave
) -> MailedReportRow:
    """It stays its owner's."""
    async with parts.reading() as connection:
        known = await _find(connection, parts, who, mailed_id)
    return await _save(who, request, parts, body, known)


@router.delete("/{mailed_id}", status_code=204)
async def remove_mailed_report(who: Sends, request: Request, parts: Serves, mailed_id: Id) -> Response:
    """It goes out no more."""
    async with parts.writing() as connection:
        known = await _find(connection, parts, who, mailed_id)
        await mailing.remove_mailed(connection, parts.site_id, mailed_id)
        await _note(connection, parts, who, request, "report.not_mailed_any_more", known)
    return Response(status_code=204)


@router.post("/{mailed_id}/send", status_code=204)
async def send_mailed_report(who: Sends, request: Request, parts: Serves, mailed_id: Id) -> Response:
    """Now, of the days that it would be for today; its own hours stay. Refuses `no_mail_server`,
    `owner_gone`, `right_missing`."""
    now = parts.clock.now()
    async with parts.pool.acquire() as connection:
        known = await _find(connection, parts, who, mailed_id)
        told, composed = await tell_by_mail(connection, known, site_id=parts.site_id, due=now, now=now)
        if composed is None and told in ("owner_gone", "right_missing"):
            raise Forbidden(told, rights=[Right.EXPORT_REPORTS.value])
        if composed is None:
            raise Refused(told)
    async with parts.writing() as connection:
        await deliveries.mail(
            connection,
            parts.site_id,
            known.addresses,
            composed.letter,
            source="report",
            source_id=mailed_id,
            at=now,
            enclosures=composed.enclosures,
        )
        await _note(connection, parts, who, request, "report.mailed", known)
    return Response(status_code=204)


async def _save(
    who: Who, request: Request, parts: Parts, body: MailedReportSave, known: MailedReport | None
) -> MailedReportRow:
    deliveries.check_mailboxes(body.addresses, "addresses")
    if body.source is not None and body.report not in OF_SOURCES:
        raise Invalid("report_not_of_source", "report")
    async with parts.pool.acquire() as connection:
        if body.source is not None:
            await reported(connection, parts, who, body.source)
        zone = await zone_of(connection, SiteId(body.source) if body.source else parts.site_id)
        roles = await people.list_roles(connection)
        owner_id = known.owner_id if known is not None else PersonId(who.person_id)
        owner = await people.find_person(connection, owner_id)
    every = Every(body.every)
    mailed = MailedReport(
        mailed_id=known.mailed_id if known is not None else 0,
        owner_id=owner_id,
        name=body.name,
        report=body.report,
        every=every,
        at=body.at,
        addresses=body.addresses,
        weekdays=tuple(sorted(set(body.weekdays))),
        queue_ids=tuple(body.queue_ids),
        source=body.source or 0,
        form=body.form,
        locale=body.locale,
        is_on=body.is_on,
        due_at=next_due(every, body.at, tuple(body.weekdays), zone, parts.clock.now()),
    )
    owned = [role for role in roles if owner is not None and role.role_id in owner.role_ids]
    if not may_take_away(owned, mailed):
        raise Forbidden("right_missing", rights=[Right.EXPORT_REPORTS.value])
    async with parts.writing() as connection:
        mailed_id = await mailing.save_mailed(connection, parts.site_id, mailed)
        saved = await _find(connection, parts, who, mailed_id)
        await _note(connection, parts, who, request, "report.mail_planned", saved)
        names = await people.names_of(connection)
    return _row(saved, names)


async def _find(connection: Any, parts: Parts, who: Who, mailed_id: int) -> MailedReport:
    found = await mailing.find_mailed(connection, parts.site_id, mailed_id)
    if found is None or not _may_touch(who, found):
        raise NotFound("unknown_mailed_report", id=mailed_id)
    return found


def _may_touch(who: Who, mailed: MailedReport) -> bool:
    return mailed.owner_id == who.person_id or who.may(Right.MANAGE_SITE)


async def _note(
    connection: Any, parts: Parts, who: Who, request: Request, what: str, mailed: MailedReport
) -> None:
    """Numbers leave the house: it stands in the audit where to."""
    await note(
        connection,
        who,
        request,
        parts,
        what,
        entity="report",
        facts={"name": mailed.name, "report": mailed.report, "addresses": mailed.addresses},
    )


def _row(mailed: MailedReport, names: Any) -> MailedReportRow:
    plain = msgspec.to_builtins(mailed)
    return MailedReportRow(
        id=mailed.mailed_id,
        owner=names.get(mailed.owner_id, ""),
        name=plain["name"],
        report=plain["report"],
        every=plain["every"],
        at=plain["at"],
        weekdays=plain["weekdays"],
        addresses=plain["addresses"],
        queue_ids=plain["queue_ids"],
        source=mailed.source or None,
        form=plain["form"],
        locale=plain["locale"],
        is_on=mailed.is_on,
        due_at=mailed.due_at,
        sent_at=mailed.sent_at,
        told=mailed.told,
    )
