"""A sheet as a paper: its title and days, what adds up, a chart, the table, the definitions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from otklik.api import sheet
from otklik.api.paper.model import (
    Block,
    Column,
    Definitions,
    Paper,
    Picture,
    Size,
    Table,
)
from otklik.api.paper.pictures import picture_of
from otklik.api.sheet import Kind, Locale, Sheet
from otklik.organization import store as organization
from otklik.organization.logo import Logo
from otklik.organization.logo_store import find_logo
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused

MOST_ROWS = 3000
"""About a hundred pages: nobody reads more on paper, and a workbook has them all."""
WIDE_FROM, DENSE_FROM = 8, 12
SIZES: dict[str, Size] = {"pdf": "a4", "pdf_letter": "us-letter"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose paper it is. language: of who did not say one."""

    company: str
    logo: Logo | None
    language: Locale


async def letterhead_of(connection: Any, site_id: SiteId) -> Letterhead:
    """As the site is set up now."""
    site = await organization.find_site(connection, site_id=site_id)
    if site is None:
        return Letterhead("", None, "ru")
    logo = await find_logo(connection, site_id)
    return Letterhead(site.name, logo, "en" if site.language == "en" else "ru")


def paper_of(made: Sheet, letterhead: Letterhead, locale: Locale, size: Size) -> Paper:
    """Refuses `too_long_for_pdf`."""
    if len(made.rows) > MOST_ROWS:
        raise Refused("too_long_for_pdf", rows=len(made.rows), most=MOST_ROWS)
    words = sheet.titles(locale)
    blocks: list[Block] = []
    picture = picture_of(made, locale)
    if picture:
        blocks.append(Picture(picture))
    blocks.append(table_of(made, locale))
    known = [(name, text) for name, text in made.about if name not in ("zone", "as_of")]
    if known:
        items = [(made.title(name, locale), text) for name, text in known]
        blocks.append(Definitions(items, words["about"]))
    said = dict(made.about)
    as_of = said.get("as_of", "")
    return Paper(
        title=title_of(made.name, locale),
        subtitle=" · ".join(one for one in (days_of(made.name, locale), said.get("zone", "")) if one),
        foot=f"{words['as_of']} {as_of}" if as_of else letterhead.company,
        locale=locale,
        blocks=blocks,
        company=letterhead.company,
        logo=letterhead.logo,
        size=size,
        is_wide=len(made.columns) >= WIDE_FROM,
        is_dense=len(made.columns) >= DENSE_FROM,
        words=paper_words(locale),
    )


def paper_words(locale: Locale) -> dict[str, str]:
    """What every page says."""
    words = sheet.titles(locale)
    return {"page": words["page"], "of": words["of"]}


def table_of(made: Sheet, locale: Locale) -> Table:
    """All of its rows as they are read; what adds up stands below the head."""
    kinds = [sheet.kind_of(column, made.rows) for column in made.columns]
    total: Sequence[str] = ()
    if made.totals:
        words = sheet.titles(locale)
        total = [
            sheet.spoken(made.totals.get(column), kind, made.zone, locale)
            for column, kind in zip(made.columns, kinds, strict=True)
        ]
        total = [words["total"] if not total[0] else total[0], *total[1:]]
    return Table(
        columns=[
            Column(made.title(column, locale), kind in (Kind.COUNT, Kind.SHARE, Kind.SECONDS, Kind.MONEY))
            for column, kind in zip(made.columns, kinds, strict=True)
        ],
        rows=[
            [
                _read(row.get(column), kind, made, locale)
                for column, kind in zip(made.columns, kinds, strict=True)
            ]
            for row in made.rows
        ],
        total=total,
    )


def _read(value: object, kind: Kind, made: Sheet, locale: Locale) -> str:
    """Text stays as it is: a paper has no formulas."""
    return value if isinstance(value, str) else sheet.spoken(value, kind, made.zone, locale)


def title_of(name: str, locale: Locale) -> str:
    """Of a file's name without its days."""
    kind = _DAY.sub("", name).strip("-0123456789")
    return sheet.titles(locale).get(f"report_{kind.replace('-', '_')}", kind)


def days_of(name: str, locale: Locale) -> str:
    """The days in a file's name: the second is the day after the last."""
    found = [date.fromisoformat(one) for one in _DAY.findall(name)]
    if not found:
        return ""
    first = found[0]
    last = found[1] - timedelta(days=1) if len(found) > 1 else first
    return (
        day_text(first, locale) if first == last else f"{day_text(first, locale)} – {day_text(last, locale)}"
    )


def day_text(day: date, locale: Locale) -> str:
    return day.strftime("%d.%m.%Y" if locale == "ru" else "%Y-%m-%d")
