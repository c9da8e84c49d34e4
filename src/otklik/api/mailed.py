"""The mail of a report: its file, and one look at its totals in the text. Used by the courier and by a trial.

The numbers come from the same services and the file from the same sheet as those of the reports page.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec

from otklik.access import store as people
from otklik.access.model import Role
from otklik.access.rights import Right, Sight
from otklik.api import attendance, sheet, summary, teams
from otklik.api.levels import level_lines
from otklik.api.paper.composing import SIZES, Letterhead, letterhead_of, paper_of
from otklik.api.paper.typesetting import PDF, pdf_of
from otklik.api.periods import zone_of
from otklik.api.sheet import Locale, Sheet
from otklik.deliveries.model import Enclosure, Letter
from otklik.organization import store as organization
from otklik.reports import measures
from otklik.reports import service as reports
from otklik.reports.foreign import store as foreign
from otklik.reports.mailing import MailedReport, days_before, days_of
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused

LOGO_ID = "logo@otklik"
OF_QUEUES = ("offered", "answered", "abandoned", "service_level", "average_wait_seconds", "aht_seconds")
HEADLINES: Mapping[str, Sequence[str]] = {
    "days": OF_QUEUES,
    "intervals": OF_QUEUES,
    "agents": ("handled", "missed_offers", "occupancy", "aht_seconds", "signed_in_seconds"),
    "timesheet": ("present_seconds", "worked_seconds", "unpaid_pause_seconds", "payable_seconds"),
    "teams": ("handled", "aht_seconds", "occupancy", "utilization", "missed_offers", "transfers"),
}
"""What the letter itself tells of each."""
OF_PEOPLE = frozenset({"agents", "timesheet", "teams"})
"""Numbers of everybody: only who sees everybody's work has them sent. The page tells of agents, too."""
QUEUE_COLUMNS = ("from", "to", "queue", *(measure.name for measure in measures.QUEUE_MEASURES))
AGENT_COLUMNS = ("day", "agent", *(measure.name for measure in measures.AGENT_MEASURES))


@dataclass(frozen=True, slots=True)
class Composed:
    """What goes out. enclosures: the file, and the logo that the letter shows."""

    letter: Letter
    enclosures: Sequence[Enclosure]


@dataclass(frozen=True, slots=True)
class _Found:
    """totals: what the letter tells of it."""

    sheet: Sheet
    totals: Mapping[str, Any]


async def compose(
    connection: Any, mailed: MailedReport, *, site_id: SiteId, due: datetime, now: datetime
) -> Composed:
    """Its letter and its file for the days that it is due for. Refuses as a paper does."""
    reported_site = SiteId(mailed.source) if mailed.source else site_id
    zone = await zone_of(connection, reported_site)
    first, end = days_of(mailed.every, due, zone)
    locale = cast(Locale, mailed.locale)
    letterhead = await letterhead_of(connection, site_id)
    if mailed.report == "page":
        return await _page(connection, mailed, site_id, letterhead, zone, first, now)
    before = days_before(first, end, mailed.every)
    found = await _figures(connection, mailed, reported_site, zone, (first, end), now)
    earlier = await _figures(connection, mailed, reported_site, zone, before, now)
    made = found.sheet
    if mailed.form in SIZES:
        body = await pdf_of(paper_of(made, letterhead, locale, SIZES[mailed.form]))
        enclosure = Enclosure(name=f"{made.name}.pdf", media_type=PDF, content=body)
    else:
        body, media_type = sheet.file_of(made, mailed.form, locale)
        enclosure = Enclosure(name=f"{made.name}.{mailed.form}", media_type=media_type, content=body)
    words = sheet.titles(locale)
    lines = [
        (
            words[name],
            _number(name, found.totals.get(name), locale),
            _number(name, earlier.totals.get(name), locale),
        )
        for name in HEADLINES[mailed.report]
    ]
    return _composed(_letter(mailed, lines, (), (first, end), str(zone)), enclosure, letterhead)


async def _page(
    connection: Any,
    mailed: MailedReport,
    site_id: SiteId,
    letterhead: Letterhead,
    zone: ZoneInfo,
    first: date,
    now: datetime,
) -> Composed:
    """What stood out stands in the mail itself; the page goes with it as PDF, or its queues as a table."""
    locale = cast(Locale, mailed.locale)
    page = await reports.page_of(
        connection,
        site_id=site_id,
        zone=zone,
        of=(mailed.every, first),
        as_of=now,
        with_agents=not mailed.queue_ids,
        queue_ids=list(mailed.queue_ids) or None,
    )
    name = f"page-{page.days[0]}-{page.days[1]}"
    if mailed.form in SIZES:
        body = await pdf_of(summary.paper_of(page, letterhead, locale, SIZES[mailed.form]))
        enclosure = Enclosure(name=f"{name}.pdf", media_type=PDF, content=body)
    else:
        body, media_type = sheet.file_of(summary.sheet_of(page, name, locale), mailed.form, locale)
        enclosure = Enclosure(name=f"{name}.{mailed.form}", media_type=media_type, content=body)
    told = summary.texts_of(page, locale)
    letter = _letter(mailed, summary.lines_of(page, locale), told, page.days, str(zone))
    return _composed(letter, enclosure, letterhead)


def _composed(letter: Letter, enclosure: Enclosure, letterhead: Letterhead) -> Composed:
    """With the company's name and logo above it."""
    logo = letterhead.logo
    head = f'<p style="color:#666">{html.escape(letterhead.company)}</p>' if letterhead.company else ""
    if logo is not None:
        head = f'<p><img src="cid:{LOGO_ID}" alt="{html.escape(letterhead.company)}" height="40"></p>'
    shown = msgspec.structs.replace(letter, html=head + letter.html)
    if logo is None:
        return Composed(shown, [enclosure])
    picture = Enclosure(name="logo", media_type=logo.media_type, content=logo.content, content_id=LOGO_ID)
    return Composed(shown, [enclosure, picture])


async def _figures(
    connection: Any,
    mailed: MailedReport,
    site_id: SiteId,
    zone: ZoneInfo,
    days: tuple[date, date],
    now: datetime,
) -> _Found:
    match mailed.report:
        case "agents":
            return await _agents(connection, mailed, site_id, zone, days, now)
        case "timesheet":
            return await _timesheet(connection, mailed, site_id, zone, days, now)
        case "teams":
            return await _teams(connection, mailed, site_id, zone, days, now)
        case _:
            return await _queues(connection, mailed, site_id, zone, days)


async def _agents(
    connection: Any,
    mailed: MailedReport,
    site_id: SiteId,
    zone: ZoneInfo,
    days: tuple[date, date],
    now: datetime,
) -> _Found:
    names: Mapping[int, str] = (
        await foreign.names_of(connection, site_id, "agent") if mailed.source else await _people(connection)
    )
    found = await reports.agent_days(
        connection, site_id=site_id, zone=zone, first=days[0], end=days[1], as_of=now
    )
    rows = [{"day": row.day, "agent": names.get(row.agent_id, ""), **row.values} for row in found.rows]
    about = _about(measures.AGENT_MEASURES, zone)
    totals = found.total_values
    return _Found(Sheet(_name(mailed, days), AGENT_COLUMNS, rows, zone, about, totals=totals), totals)


async def _timesheet(
    connection: Any,
    mailed: MailedReport,
    site_id: SiteId,
    zone: ZoneInfo,
    days: tuple[date, date],
    now: datetime,
) -> _Found:
    found = await reports.timesheet(
        connection, site_id=site_id, zone=zone, first=days[0], end=days[1], as_of=now
    )
    reasons = await organization.list_reasons_ever(connection, site_id=site_id)
    attended = attendance.Attended(found, await _people(connection), reasons)
    made = attendance.sheet_of(attended, "day", _name(mailed, days), zone, cast(Locale, mailed.locale))
    return _Found(made, made.totals)


async def _teams(
    connection: Any,
    mailed: MailedReport,
    site_id: SiteId,
    zone: ZoneInfo,
    days: tuple[date, date],
    now: datetime,
) -> _Found:
    compared = await teams.compared(
        connection,
        site_id=site_id,
        zone=zone,
        days=days,
        as_of=now,
        agent_names=await _people(connection),
    )
    made = teams.sheet_of(compared, "team", _name(mailed, days), zone, cast(Locale, mailed.locale))
    return _Found(made, made.totals)


async def _queues(
    connection: Any, mailed: MailedReport, site_id: SiteId, zone: ZoneInfo, days: tuple[date, date]
) -> _Found:
    ask = reports.queue_intervals if mailed.report == "intervals" else reports.queue_days
    queues = await foreign.names_of(connection, site_id, "queue") if mailed.source else {}
    found = await ask(
        connection,
        site_id=site_id,
        zone=zone,
        first=days[0],
        end=days[1],
        queue_ids=list(mailed.queue_ids) or None,
    )
    rows = [
        {"from": row.start, "to": row.stop, "queue": queues.get(row.queue_id, row.queue), **row.values}
        for row in found.rows
    ]
    about = [*_about(measures.QUEUE_MEASURES, zone), *level_lines(found.levels, queues)]
    totals = found.total_values
    return _Found(Sheet(_name(mailed, days), QUEUE_COLUMNS, rows, zone, about, totals=totals), totals)


async def _people(connection: Any) -> dict[int, str]:
    return {int(one): name for one, name in (await people.names_of(connection)).items()}


def _name(mailed: MailedReport, days: tuple[date, date]) -> str:
    return f"{mailed.report}-{days[0]}-{days[1]}"


def _about(known: Sequence[measures.Definition[Any]], zone: ZoneInfo) -> list[tuple[str, str]]:
    return [("zone", str(zone)), *((measure.name, measure.formula) for measure in known)]


def _letter(
    mailed: MailedReport,
    lines: Sequence[tuple[str, str, str]],
    told: Sequence[str],
    days: tuple[date, date],
    zone: str,
) -> Letter:
    """lines: title, number, number before. told: sentences above them."""
    locale = cast(Locale, mailed.locale)
    words = sheet.titles(locale)
    shown = summary.period_text(days, locale)
    text = [f"{mailed.name}. {shown} ({zone})", "", *told, *([""] if told else [])]
    text += [f"{title}: {value}  ({words['mail_before']}: {before})" for title, value, before in lines]
    text += ["", words["mail_file"]]
    sentences = "".join(f'<li style="padding:2px 0">{html.escape(one)}</li>' for one in told)
    cells = "".join(
        "<tr>"
        f'<td style="padding:4px 18px 4px 0">{html.escape(title)}</td>'
        f'<td style="padding:4px 18px 4px 0;text-align:right"><b>{html.escape(value)}</b></td>'
        f'<td style="padding:4px 0;text-align:right;color:#666">{html.escape(before)}</td>'
        "</tr>"
        for title, value, before in lines
    )
    page = (
        f'<div style="font-family:sans-serif;font-size:15px"><p><b>{html.escape(mailed.name)}</b><br>'
        f"{html.escape(shown)} ({html.escape(zone)})</p>"
        + (f"<ul>{sentences}</ul>" if told else "")
        + f'<table style="border-collapse:collapse"><tr><td></td><td></td>'
        f'<td style="color:#666;text-align:right">{html.escape(words["mail_before"])}</td></tr>'
        f"{cells}</table>"
        f'<p style="color:#666">{html.escape(words["mail_file"])}</p></div>'
    )
    return Letter(subject=f"{mailed.name}: {shown}", text="\n".join(text), html=page, topic="report")


def _number(name: str, value: object, locale: Locale) -> str:
    """As a person reads it; a dash where there is no data."""
    if value is None:
        return "—"
    return sheet.spoken(value, sheet.kind_of(name, ()), None, locale)


def may_take_away(roles: Sequence[Role], mailed: MailedReport) -> bool:
    """Whether somebody with these roles may still have such numbers sent out."""
    rights = frozenset[Right]().union(*(role.rights for role in roles))
    sees_all = any(role.sees is Sight.ALL for role in roles)
    needs_all = mailed.report in OF_PEOPLE | {"page"} or bool(mailed.source)
    return {Right.VIEW_REPORTS, Right.EXPORT_REPORTS} <= rights and (sees_all or not needs_all)


async def tell_by_mail(
    connection: Any, mailed: MailedReport, *, site_id: SiteId, due: datetime, now: datetime
) -> tuple[str, Composed | None]:
    """What came of composing it: "" and the mail, or a code. Its owner's rights are those of now."""
    owner = await people.find_person(connection, mailed.owner_id)
    if owner is None or owner.is_blocked:
        return "owner_gone", None
    roles = [role for role in await people.list_roles(connection) if role.role_id in owner.role_ids]
    if not may_take_away(roles, mailed):
        return "right_missing", None
    try:
        return "", await compose(connection, mailed, site_id=site_id, due=due, now=now)
    except Refused as refused:
        # No paper could be made: it stands there as the reason.
        return refused.code, None
