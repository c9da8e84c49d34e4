"""What the twin found, as text for a terminal."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from otklik.operations import texts

SHARES: Final = frozenset({"service_level", "abandonment_rate", "occupancy", "blocking"})
TOTALS: Final = (
    "offered",
    "answered",
    "abandoned",
    "blocked",
    "overflowed",
    "callbacks_promised",
    "service_level",
    "abandonment_rate",
    "average_wait_seconds",
    "average_speed_of_answer_seconds",
    "average_queue_length",
    "occupancy",
    "agents_at_work",
)
INTERVALS: Final = (
    "offered",
    "agents_at_work",
    "service_level",
    "abandonment_rate",
    "average_wait_seconds",
    "occupancy",
    "average_queue_length",
)
REPLAY_FACTS: Final = ("day", "calls", "replications", "seed")
REPLAY_INTERVALS: Final = ("service_level", "abandonment_rate", "average_wait_seconds")


def show_progress(done: int, whole: int) -> None:
    """A line that is written over."""
    width = 30
    bar = "█" * (width * done // whole)
    sys.stderr.write(
        f"\r{bar:<{width}} {done}/{whole}" + ("\r" + " " * (width + 20) + "\r" if done == whole else "")
    )
    sys.stderr.flush()


def of_result(found: Mapping[str, Any], language: texts.Language) -> str:
    """Totals with percentiles, then a table by interval: only those in which somebody called or worked."""
    totals = found["totals"]
    lines = [
        texts.say(
            language,
            "simulate.head",
            **{key: found[key] for key in ("name", "days", "replications", "seed", "calls")},
        ),
        "",
    ]
    rows = []
    for name in TOTALS:
        spread = totals.get("percentiles", {}).get(name)
        cells = [_name(name, language), _shown(name, totals.get(name))]
        cells += (
            ["", "", ""] if spread is None else [_shown(name, spread[key]) for key in ("p10", "p50", "p90")]
        )
        rows.append(cells)
    has_spread = "percentiles" in totals
    heads = ["", texts.say(language, "simulate.value"), *(("P10", "P50", "P90") if has_spread else ())]
    lines += aligned([heads, *(row[: len(heads)] for row in rows)])
    lines.append(texts.say(language, "simulate.formula", formula=found["service_level_formula"]))
    if len(found["queues"]) > 1:
        lines += ["", *_by_queue(found["queues"], language)]
    lines += ["", *_by_interval(found["intervals"], language)]
    return "\n".join(lines) + "\n"


def of_comparisons(comparisons: Sequence[Mapping[str, Any]], language: texts.Language) -> str:
    """A table for each pair: both values, the difference with its confidence."""
    lines: list[str] = []
    for one in comparisons:
        lines += [texts.say(language, "simulate.against", first=one["first"], second=one["second"]), ""]
        heads = [
            "",
            one["first"],
            one["second"],
            *(texts.say(language, f"simulate.{key}") for key in ("difference", "within", "certain")),
        ]
        rows = [heads]
        for name, values in one["measures"].items():
            width, certain = values.get("half_width_95"), values.get("is_certain")
            rows.append(
                [
                    _name(name, language),
                    _shown(name, values["first"]),
                    _shown(name, values["second"]),
                    _shown(name, values["difference"], signed=True),
                    "" if width is None else "± " + _shown(name, width),
                    ""
                    if certain is None
                    else texts.say(language, "simulate.yes" if certain else "simulate.no"),
                ]
            )
        lines += [*aligned(rows), ""]
    return "\n".join(lines)


def of_replay(found: Mapping[str, Any], language: texts.Language) -> str:
    """Real, replayed and error: in all, then by interval."""
    lines = [texts.say(language, "replay.head", **{key: found[key] for key in REPLAY_FACTS}), ""]
    sides = [texts.say(language, f"replay.{side}") for side in ("real", "replayed", "error")]
    rows = [["", *sides]]
    for name, value in found["real"].items():
        error = found["error"].get(name)
        rows.append(
            [
                _name(name, language),
                _shown(name, value),
                _shown(name, found["replayed"][name]),
                "" if error is None else _shown(name, error, signed=True),
            ]
        )
    lines += aligned(rows)
    lines.append(texts.say(language, "simulate.formula", formula=found["service_level_formula"]))
    lines.append(texts.say(language, "replay.imputed", **found["imputed"]))
    heads = [texts.say(language, "simulate.interval"), _name("offered", language)]
    for name in REPLAY_INTERVALS:
        heads += [_name(name, language), sides[1]]
    rows = [heads]
    for one in found["intervals"]:
        if not one["real"]["offered"] and not one["replayed"]["offered"]:
            continue
        row = [f"{one['from']}-{one['to']}", _shown("offered", one["real"]["offered"])]
        for name in REPLAY_INTERVALS:
            row += [_shown(name, one["real"][name]), _shown(name, one["replayed"][name])]
        rows.append(row)
    return "\n".join([*lines, "", *aligned(rows)]) + "\n"


def _by_queue(queues: Sequence[Mapping[str, Any]], language: texts.Language) -> list[str]:
    names = [name for name in TOTALS if name not in ("occupancy", "agents_at_work")]
    heads = [texts.say(language, "simulate.queue"), *(_name(name, language) for name in names)]
    return aligned(
        [
            heads,
            *([one["name"], *(_shown(name, one["totals"].get(name)) for name in names)] for one in queues),
        ]
    )


def _by_interval(intervals: Sequence[Mapping[str, Any]], language: texts.Language) -> list[str]:
    heads = [texts.say(language, "simulate.interval"), *(_name(name, language) for name in INTERVALS)]
    rows = [heads]
    is_long = intervals[-1]["day"] > 1 if intervals else False
    for one in intervals:
        if not one["calls"] and not one["agents_at_work"]:
            continue
        day = f"{one['day']} " if is_long else ""
        rows.append([f"{day}{one['from']}-{one['to']}", *(_shown(name, one.get(name)) for name in INTERVALS)])
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The first column to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _name(measure: str, language: texts.Language) -> str:
    return texts.say(language, f"simulate.measures.{measure}")


def _shown(name: str, value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    sign = "+" if signed else ""
    if name in SHARES:
        return f"{100 * value:{sign}.2f} %"
    if isinstance(value, int):
        return f"{value:{sign}d}"
    return f"{value:{sign}.2f}" if abs(value) < 1000 else f"{value:{sign}.0f}"
