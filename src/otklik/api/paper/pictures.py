"""Charts as SVG: bars that stand on each other, by day, hour, agent or team. Pure.

Text in a picture is text of the PDF: it can be searched and copied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from xml.sax.saxutils import escape

from otklik.api.sheet import Locale, Sheet, titles

WIDTH, HEIGHT = 760, 210
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 26, 34
MOST_BARS = 62
LONGEST_LABEL = 14
INK, LINE = "#565f70", "#e5e8ed"


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a bar; `column` of the sheet."""

    column: str
    color: str


QUEUES = (
    Series("answered", "#4f46e5"),
    Series("overflows", "#7e22ce"),
    Series("abandoned", "#b91c1c"),
)
AGENTS = (
    Series("connected_seconds", "#1d4ed8"),
    Series("held_seconds", "#7e22ce"),
    Series("wrap_up_seconds", "#0e7490"),
    Series("ready_seconds", "#86c79a"),
    Series("not_ready_seconds", "#a8a29e"),
)
TIMESHEET = (
    Series("handling_seconds", "#1d4ed8"),
    Series("ready_seconds", "#86c79a"),
    Series("rule_seconds", "#a8a29e"),
    Series("paid_pause_seconds", "#d6a35c"),
    Series("unpaid_pause_seconds", "#b91c1c"),
)
TEAMS = (Series("handled", "#4f46e5"),)
HOUR = 3600.0


def picture_of(sheet: Sheet, locale: Locale) -> str:
    """The chart of a sheet by what its columns are; "" for one that has none or too many bars."""
    columns = set(sheet.columns)
    for dimension, series in (("from", QUEUES), ("agent", TIMESHEET), ("agent", AGENTS), ("team", TEAMS)):
        if dimension in columns and {one.column for one in series} <= columns:
            by = "day" if "day" in columns and len({row.get("day") for row in sheet.rows}) > 1 else dimension
            return _stacked(sheet, series, by, locale)
    return ""


def _stacked(sheet: Sheet, series: Sequence[Series], by: str, locale: Locale) -> str:
    sums: dict[str, list[float]] = {}
    labels = _labels(sheet, by)
    in_hours = series[0].column.endswith("_seconds")
    for label, row in zip(labels, sheet.rows, strict=True):
        bar = sums.setdefault(label, [0.0] * len(series))
        for place, one in enumerate(series):
            value = row.get(one.column)
            if isinstance(value, int | float):
                bar[place] += value / HOUR if in_hours else value
    if not 0 < len(sums) <= MOST_BARS:
        return ""
    words = titles(locale)
    legend = [(sheet.title(one.column, locale), one.color) for one in series]
    return bars(sums, legend, words.get("hours", "") if in_hours else "")


def _labels(sheet: Sheet, by: str) -> list[str]:
    found = []
    moments = [row.get(by) for row in sheet.rows]
    days = {moment.astimezone(_zone(sheet)).date() for moment in moments if isinstance(moment, datetime)}
    is_within_a_day = len(days) == 1
    for moment in moments:
        match moment:
            case datetime():
                local = moment.astimezone(_zone(sheet))
                found.append(local.strftime("%H:00" if is_within_a_day else "%d.%m"))
            case date():
                found.append(moment.strftime("%d.%m"))
            case _:
                found.append(str(moment or ""))
    return found


def _zone(sheet: Sheet) -> tzinfo | None:
    return sheet.zone


def bars(sums: Mapping[str, Sequence[float]], legend: Sequence[tuple[str, str]], unit: str = "") -> str:
    """sums: the parts of each bar by its label, in the order of the legend (title, colour)."""
    most = max((sum(parts) for parts in sums.values()), default=0.0)
    step = nice_step(most)
    top = max(step, step * -(-most // step)) if step else 1.0
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Inter"'
        ' font-size="10">'
    ]
    line = 0.0
    while step and line <= top + step / 2:
        y = TOP + height * (1 - line / top)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{LINE}"/>')
        out.append(_text(LEFT - 5, y + 3.5, f"{line:g}", "end"))
        line += step
    if unit:
        out.append(_text(0, 10, unit, "start"))
    each = width / max(len(sums), 1)
    every = -(-len(sums) // 16)
    for number, (label, parts) in enumerate(sums.items()):
        x, y = LEFT + each * (number + 0.15), TOP + float(height)
        for part, (_, color) in zip(parts, legend, strict=True):
            tall = height * part / top
            y -= tall
            if tall > 0:
                out.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{min(each * 0.7, 60):.1f}"'
                    f' height="{tall:.1f}" fill="{color}"/>'
                )
        if number % every == 0:
            shown = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
            out.append(_text(x + min(each * 0.7, 60) / 2, TOP + height + 13, shown, "middle"))
    x = LEFT + (50.0 if unit else 0.0)
    for title, color in legend:
        out.append(f'<rect x="{x:.1f}" y="3" width="9" height="9" rx="2" fill="{color}"/>')
        out.append(_text(x + 13, 11, title, "start"))
        x += 30 + 6.2 * len(title)
    return "".join([*out, "</svg>"])


def nice_step(most: float) -> float:
    """So that four lines or so reach the highest bar: 1, 2 or 5 times a power of ten; 0 for nothing."""
    if most <= 0:
        return 0.0
    size = 10.0
    while size > most:
        size /= 10
    while size * 10 <= most:
        size *= 10
    return next(size * part for part in (0.2, 0.5, 1, 2, 5) if most / (size * part) <= 5)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}" text-anchor="{anchor}">{escape(text)}</text>'
