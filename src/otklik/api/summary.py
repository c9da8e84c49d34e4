"""The page of a period as an answer, as a sheet, on paper and in a mail."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from otklik.api import sheet
from otklik.api.paper.composing import Letterhead, day_text, paper_words, table_of
from otklik.api.paper.model import (
    Block,
    Figure,
    Figures,
    Paper,
    Picture,
    Sentence,
    Sentences,
    Size,
)
from otklik.api.paper.pictures import bars
from otklik.api.schemas.base import moment_text
from otklik.api.schemas.summary import PageNumber, PagePart, PageQueue, PageSentence, SummaryPage
from otklik.api.sheet import Locale, Sheet
from otklik.reports import measures
from otklik.reports import service as reports
from otklik.reports.mailing import Every
from otklik.reports.summary import Number, Told

COLUMNS = (
    "queue",
    "offered",
    "answered",
    "abandoned",
    "service_level",
    "target",
    "average_wait_seconds",
    "aht_seconds",
)


def answer_of(page: reports.SummaryPage) -> SummaryPage:
    """As JSON."""
    return SummaryPage(
        every=page.every.value,
        zone=page.zone,
        as_of=page.as_of,
        behind_since=min((one.since for one in page.behind), default=None),
        first=page.days[0],
        last=page.days[1] - timedelta(days=1),
        before_first=page.before[0],
        before_last=page.before[1] - timedelta(days=1),
        is_over=page.is_over,
        numbers=[
            PageNumber(
                name=one.name, value=one.value, before=one.before, tone=one.tone.value, target=one.target
            )
            for one in page.numbers
        ],
        told=[
            PageSentence(
                code=one.code,
                tone=one.tone.value,
                facts={
                    name: moment_text(fact) if isinstance(fact, datetime) else fact
                    for name, fact in one.facts.items()
                },
            )
            for one in page.told
        ],
        parts=[
            PagePart(
                start=one.start,
                offered=one.facts.offered,
                answered=one.facts.answered,
                abandoned=one.facts.abandoned,
                overflows=one.facts.overflow,
                service_level=_share(measures.SERVICE_LEVEL(one.facts)),
            )
            for one in page.parts
        ],
        queues=[PageQueue.model_validate({"queue_id": row["queue_id"], **row}) for row in _queue_rows(page)],
    )


def _share(value: float | int | None) -> float | None:
    return None if value is None else float(value)


def _queue_rows(page: reports.SummaryPage) -> list[dict[str, object]]:
    return [
        {
            "queue_id": one.queue_id,
            "queue": one.queue,
            "offered": one.facts.offered,
            "answered": one.facts.answered,
            "abandoned": one.facts.abandoned,
            "service_level": measures.SERVICE_LEVEL(one.facts),
            "target": one.target,
            "average_wait_seconds": measures.AVERAGE_WAIT(one.facts),
            "aht_seconds": measures.AHT(one.facts),
        }
        for one in page.queues
    ]


def sheet_of(page: reports.SummaryPage, name: str, locale: Locale | None) -> Sheet:
    """Its queues. What stood out stands on the second page of a workbook."""
    zone = ZoneInfo(page.zone)
    about = [
        ("zone", page.zone),
        ("as_of", page.as_of.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")),
    ]
    if locale:
        about += [("told", text) for text in texts_of(page, locale)]
    return Sheet(name, COLUMNS, _queue_rows(page), zone, about)


def paper_of(page: reports.SummaryPage, letterhead: Letterhead, locale: Locale, size: Size) -> Paper:
    """One page of paper, or two where there are many queues."""
    words = sheet.titles(locale)
    zone = ZoneInfo(page.zone)
    blocks: list[Block] = [
        Figures([_figure(one, locale) for one in page.numbers]),
        Sentences(
            [
                Sentence(text, told.tone.value)
                for told, text in zip(page.told, texts_of(page, locale), strict=True)
            ],
            words["told"],
        ),
    ]
    sums = {
        when_text(one.start, page.every, zone): (
            float(one.facts.answered),
            float(one.facts.overflow),
            float(one.facts.abandoned),
        )
        for one in page.parts
    }
    if any(sum(parts) for parts in sums.values()):
        legend = [
            (words["answered"], "#4f46e5"),
            (words["overflows"], "#7e22ce"),
            (words["abandoned"], "#b91c1c"),
        ]
        title = words["by_hour" if page.every is Every.DAY else "by_day"]
        blocks.append(Picture(bars(sums, legend), title))
    if page.queues:
        made = sheet_of(page, "page", locale)
        blocks.append(table_of(made, locale))
    return Paper(
        title=words[f"page_{page.every.value}"],
        subtitle=f"{period_text(page.days, locale)} · {words['mail_before']}:"
        f" {period_text(page.before, locale)} · {page.zone}",
        foot=f"{words['as_of']} {page.as_of.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        locale=locale,
        blocks=blocks,
        company=letterhead.company,
        logo=letterhead.logo,
        size=size,
        words=paper_words(locale),
    )


def _figure(number: Number, locale: Locale) -> Figure:
    words = sheet.titles(locale)
    note = f"{words['mail_before']} {number_text(number.name, number.before, locale)}"
    if number.target is not None:
        note += f" · {words['target'].lower()} {number_text(number.name, number.target, locale)}"
    return Figure(
        label=words[number.name],
        value=number_text(number.name, number.value, locale),
        note=note,
        tone=number.tone.value,
    )


def number_text(name: str, value: object, locale: Locale) -> str:
    """As a person reads it; a dash where there is no data."""
    return "—" if value is None else sheet.spoken(value, sheet.kind_of(name, ()), None, locale)


def period_text(days: tuple[date, date], locale: Locale) -> str:
    first, last = days[0], days[1] - timedelta(days=1)
    shown = day_text(first, locale)
    return shown if first == last else f"{shown} – {day_text(last, locale)}"


def when_text(at: datetime, every: Every, zone: ZoneInfo) -> str:
    """An hour of a day by the clock, else the day."""
    local = at.astimezone(zone)
    return local.strftime("%H:%M") if every is Every.DAY else local.strftime("%d.%m")


def texts_of(page: reports.SummaryPage, locale: Locale) -> list[str]:
    """What stood out, in words."""
    return [_text(one, page, locale) for one in page.told]


def _text(told: Told, page: reports.SummaryPage, locale: Locale) -> str:
    template = sheet.titles(locale)[f"told_{told.code}"]
    return template.format_map(_spoken(told.facts, page, locale))


def _spoken(facts: Mapping[str, object], page: reports.SummaryPage, locale: Locale) -> dict[str, str]:
    spoken = {}
    for name, fact in facts.items():
        match fact:
            case datetime():
                spoken[name] = when_text(fact, page.every, ZoneInfo(page.zone))
            case float() if name.endswith("_share"):
                text = f"{fact * 100:.0f} %" if locale == "ru" else f"{fact * 100:.0f}%"
                spoken[name] = text
            case float() if name.endswith("_seconds"):
                spoken[name] = sheet.spoken(fact, sheet.Kind.SECONDS, None, locale)
            case _:
                spoken[name] = str(fact)
    return spoken


def lines_of(page: reports.SummaryPage, locale: Locale) -> Sequence[tuple[str, str, str]]:
    """Title, number, number before: for a mail."""
    words = sheet.titles(locale)
    return [
        (
            words[one.name],
            number_text(one.name, one.value, locale),
            number_text(one.name, one.before, locale),
        )
        for one in page.numbers
    ]
