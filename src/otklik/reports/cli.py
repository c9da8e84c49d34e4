"""Reports as text: what `otklik report` prints. The door to settings and database is `wiring/report.py`."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from otklik.reports import service
from otklik.reports.catalogue import AGENTS, INTERVALS, REPORTS, Cell, Report, row_of, text_of
from otklik.reports.store import counting
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import NotFound, Refused

Format = Literal["table", "json", "csv"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: local days [first, end), a queue by name or id or none, the moment of asking."""

    kind: str
    first: date
    end: date
    as_of: datetime
    queue: str | None = None
    form: Format = "table"


async def report_text(
    connection: Any, asked: Asked, *, site_id: SiteId, zone: ZoneInfo, agent_names: Mapping[int, str]
) -> str:
    """The whole report as text that ends with a new line.

    Refuses `unknown_queue`, `queue_not_for_agents`; Invalid `empty_range`, `range_too_long`.
    """
    report = REPORTS[asked.kind]
    rows = await _rows(connection, report, asked, site_id=site_id, zone=zone, agent_names=agent_names)
    match asked.form:
        case "json":
            return _json(rows, zone)
        case "csv":
            return _csv(report, rows, zone)
        case "table":
            return _table(report, rows, zone)


async def _rows(
    connection: Any,
    report: Report,
    asked: Asked,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    agent_names: Mapping[int, str],
) -> list[dict[str, Cell]]:
    if report is AGENTS:
        if asked.queue is not None:
            raise Refused("queue_not_for_agents")
        by_agent = await service.agent_days(
            connection, site_id=site_id, zone=zone, first=asked.first, end=asked.end, as_of=asked.as_of
        )
        return [
            row_of(
                report,
                {"day": row.day, "agent": agent_names.get(row.agent_id, str(row.agent_id))},
                row.values,
            )
            for row in by_agent.rows
        ]
    ask = service.queue_intervals if report is INTERVALS else service.queue_days
    found = await ask(
        connection,
        site_id=site_id,
        zone=zone,
        first=asked.first,
        end=asked.end,
        queue_ids=await queue_ids_of(connection, site_id, asked.queue),
    )
    return [
        row_of(report, {"from": row.start, "to": row.stop, "queue": row.queue}, row.values)
        for row in found.rows
    ]


async def queue_ids_of(connection: Any, site_id: SiteId, wanted: str | None) -> Sequence[int] | None:
    """The queue that a person means by its name or number; None is all of them. Refuses `unknown_queue`."""
    if wanted is None:
        return None
    names = await counting.queue_names(connection, site_id)
    found = [queue_id for queue_id, name in names.items() if name.casefold() == wanted.casefold()]
    if not found and wanted.isdigit() and int(wanted) in names:
        found = [int(wanted)]
    if not found:
        raise NotFound("unknown_queue", queue=wanted)
    return found


def _json(rows: Sequence[Mapping[str, Cell]], zone: ZoneInfo) -> str:
    plain = [
        {
            name: text_of(cell, zone) if isinstance(cell, (date, datetime)) else cell
            for name, cell in row.items()
        }
        for row in rows
    ]
    return msgspec.json.format(msgspec.json.encode(plain), indent=1).decode() + "\n"


def _csv(report: Report, rows: Sequence[Mapping[str, Cell]], zone: ZoneInfo) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(report.columns)
    writer.writerows([text_of(cell, zone) for cell in row.values()] for row in rows)
    return sheet.getvalue()


def _table(report: Report, rows: Sequence[Mapping[str, Cell]], zone: ZoneInfo) -> str:
    """Columns with their names in two lines, so that a report fits a terminal; numbers stand to the right."""
    heads = [_head(name) for name in report.columns]
    cells = [[_shown(cell, zone) for cell in row.values()] for row in rows]
    count = len(report.dimensions)
    widths = [max(*map(len, head), *(len(line[place]) for line in cells)) for place, head in enumerate(heads)]

    def line(texts: Sequence[str]) -> str:
        return "  ".join(
            text.ljust(width) if place < count else text.rjust(width)
            for place, (text, width) in enumerate(zip(texts, widths, strict=True))
        ).rstrip()

    lines = [line([head[0] for head in heads]), line([head[1] for head in heads])]
    lines += ["  ".join("-" * width for width in widths)]
    lines += [line(texts) for texts in cells]
    return "\n".join(lines) + "\n"


def _head(name: str) -> tuple[str, str]:
    words = name.split("_")
    half = (len(words) + 1) // 2
    return "_".join(words[:half]), "_".join(words[half:])


def _shown(cell: Cell, zone: ZoneInfo) -> str:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return text_of(cell, zone)
