"""The mail of a report: its file, and one look at its totals in the text. Used by the courier and by a trial.

The numbers come from the same services and the file from the same sheet as those of the reports page.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from otklik.access import store as people
from otklik.access.model import Role
from otklik.access.rights import Right, Sight
from otklik.api import sheet
from otklik.api.periods import zone_of
from otklik.api.sheet import Locale
from otklik.deliveries.model import Enclosure, Letter
from otklik.reports import measures
from otklik.reports import service as reports
from otklik.reports.foreign import store as foreign
from otklik.reports.mailing import MailedReport, days_before, days_of
from otklik.vocabulary.ids import SiteId

REPORTS = ("days", "intervals", "agents")
HEADLINES = (
    "offered",
    "answered",
    "abandoned",
    "service_level",
    "average_wait_seconds",
    "aht_seconds",
)
AGENT_HEADLINES = ("handled", "missed_offers", "occupancy", "aht_seconds", "signed_in_seconds")
QUEUE_COLUMNS = ("from", "to", "queue", *(measure.name for measure in measures.QUEUE_MEASURES))
AGENT_COLUMNS = ("day", "agent", *(measure.name for measure in measures.AGENT_MEASURES))


@dataclass(frozen=True, slots=True)
class Composed:
    """What goes out."""

    letter: Letter
    enclosure: Enclosure


@dataclass(frozen=True, slots=True)
class _Found:
    rows: Sequence[Mapping[str, object]]
    totals: Mapping[str, Any]


async def compose(
    connection: Any, mailed: MailedReport, *, site_id: SiteId, due: datetime, now: datetime
) -> Composed:
    """Its letter and its file for the days that it is due for."""
    reported_site = SiteId(mailed.source) if mailed.source else site_id
    zone = await zone_of(connection, reported_site)
    first, end = days_of(mailed.every, due, zone)
    before = days_before(first, end, mailed.every)
    found = await _figures(connection, mailed, reported_site, zone, first, end, now)
    earlier = await _figures(connection, mailed, reported_site, zone, *before, now)
    locale = cast(Locale, mailed.locale)
    columns = AGENT_COLUMNS if mailed.report == "agents" else QUEUE_COLUMNS
    known: Sequence[measures.Definition[Any]] = (
        measures.AGENT_MEASURES if mailed.report == "agents" else measures.QUEUE_MEASURES
    )
    about = [("zone", str(zone)), *((measure.name, measure.formula) for measure in known)]
    made = sheet.Sheet(f"{mailed.report}-{first}-{end}", columns, found.rows, zone, about)
    body, media_type = sheet.file_of(made, mailed.form, locale)
    enclosure = Enclosure(name=f"{made.name}.{mailed.form}", media_type=media_type, content=body)
    letter = _letter(mailed, found.totals, earlier.totals, first, end, str(zone), locale)
    return Composed(letter, enclosure)


async def _figures(
    connection: Any,
    mailed: MailedReport,
    site_id: SiteId,
    zone: ZoneInfo,
    first: date,
    end: date,
    now: datetime,
) -> _Found:
    if mailed.report == "agents":
        names: Mapping[int, str] = (
            await foreign.names_of(connection, site_id, "agent")
            if mailed.source
            else {int(one): name for one, name in (await people.names_of(connection)).items()}
        )
        of_agents = await reports.agent_days(
            connection, site_id=site_id, zone=zone, first=first, end=end, as_of=now
        )
        rows = [
            {"day": row.day, "agent": names.get(row.agent_id, ""), **row.values} for row in of_agents.rows
        ]
        return _Found(rows, of_agents.total_values)
    ask = reports.queue_intervals if mailed.report == "intervals" else reports.queue_days
    queues = await foreign.names_of(connection, site_id, "queue") if mailed.source else {}
    of_queues = await ask(
        connection,
        site_id=site_id,
        zone=zone,
        first=first,
        end=end,
        queue_ids=list(mailed.queue_ids) or None,
    )
    return _Found(
        [
            {
                "from": row.start,
                "to": row.stop,
                "queue": queues.get(row.queue_id, row.queue),
                **row.values,
            }
            for row in of_queues.rows
        ],
        of_queues.total_values,
    )


def _letter(
    mailed: MailedReport,
    totals: Mapping[str, Any],
    earlier: Mapping[str, Any],
    first: date,
    end: date,
    zone: str,
    locale: Locale,
) -> Letter:
    words = sheet.titles(locale)
    last = end - timedelta(days=1)
    shown = _day(first, locale) if first == last else f"{_day(first, locale)} – {_day(last, locale)}"
    names = AGENT_HEADLINES if mailed.report == "agents" else HEADLINES
    lines = [
        (words[name], _number(name, totals.get(name), locale), _number(name, earlier.get(name), locale))
        for name in names
    ]
    text = [f"{mailed.name}. {shown} ({zone})", ""]
    text += [f"{title}: {value}  ({words['mail_before']}: {before})" for title, value, before in lines]
    text += ["", words["mail_file"]]
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
        f'<table style="border-collapse:collapse"><tr><td></td><td></td>'
        f'<td style="color:#666;text-align:right">{html.escape(words["mail_before"])}</td></tr>'
        f"{cells}</table>"
        f'<p style="color:#666">{html.escape(words["mail_file"])}</p></div>'
    )
    return Letter(subject=f"{mailed.name}: {shown}", text="\n".join(text), html=page, topic="report")


def _day(day: date, locale: Locale) -> str:
    return day.strftime("%d.%m.%Y" if locale == "ru" else "%Y-%m-%d")


def _number(name: str, value: object, locale: Locale) -> str:
    """As a person reads it; a dash where there is no data."""
    if value is None:
        return "—"
    return sheet.spoken(value, sheet.kind_of(name, ()), None, locale)


def may_take_away(roles: Sequence[Role], mailed: MailedReport) -> bool:
    """Whether somebody with these roles may still have such numbers sent out."""
    rights = frozenset[Right]().union(*(role.rights for role in roles))
    sees_all = any(role.sees is Sight.ALL for role in roles)
    needs_all = mailed.report == "agents" or bool(mailed.source)
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
    return "", await compose(connection, mailed, site_id=site_id, due=due, now=now)
