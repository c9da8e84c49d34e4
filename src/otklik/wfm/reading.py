"""A profile of calls and handling times becomes a day's load: CSV, JSON or TOML, as planners have it.

    from,to,calls,aht_seconds            start = "09:00"
    09:00,09:15,31,240                   interval_minutes = 15
    09:15,09:30,44.5,240                 calls = [31, 44.5, 60]
                                         aht_seconds = 240          # or one for each interval

JSON holds what TOML holds, or {"intervals": [{"from": "09:00", "to": "09:15", "calls": 31, ...}, ...]}, so
the answer of a forecast or of staffing itself can be read again. In CSV `to` may be left out: then an
interval ends where the next begins, and the last is as long as the one before.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import isfinite
from typing import Any, Final, get_args

from otklik.simulation.erlang.calculator import SMALLEST, below_one, number_of
from otklik.vocabulary.refusals import Invalid
from otklik.wfm.model import MINUTES_OF_A_DAY, Formula, Interval, Profile, StaffingRules

MOST_INTERVALS: Final = 288
MOST_CALLS: Final = 1e7
MOST_AHT: Final = 86_400.0
LENGTHS: Final = (5, 10, 15, 20, 30, 60)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_COLUMNS: Final = ("from", "to", "calls", "aht_seconds")
_SERIES: Final = ("start", "interval_minutes", "calls", "aht_seconds")


def read_profile(text: str, *, name: str = "") -> Profile:
    """The load that a text tells of; `name` is that of its file and says what it is.

    Invalid with the row and column as its place: `not_readable`, `missing`, `unknown_field`, `not_a_number`,
    `negative`, `too_large`, `not_a_time`, `not_a_list`, `not_in_order`, `empty_interval`, `not_positive`,
    `nothing_to_staff`, `too_many_intervals`.
    """
    ending = name.rpartition(".")[2].casefold()
    if ending == "toml":
        try:
            rows = _rows_of_tree(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise Invalid("not_readable", "profile", reason=str(error)) from None
    elif ending == "json" or text.lstrip()[:1] in ("{", "["):
        try:
            rows = _rows_of_tree(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise Invalid("not_readable", "profile", reason=str(error)) from None
    else:
        rows = _rows_of_csv(text)
    return profile_of(rows)


def profile_of(rows: Sequence[Mapping[str, Any]]) -> Profile:
    """Rows with from, to, calls and aht_seconds, checked."""
    if not rows:
        raise Invalid("nothing_to_staff", "profile")
    if len(rows) > MOST_INTERVALS:
        raise Invalid("too_many_intervals", "profile", most=MOST_INTERVALS)
    found: list[Interval] = []
    for number, row in enumerate(rows, 1):
        place = f"row {number}"
        start, end = _minutes(row, "from", place), _minutes(row, "to", place)
        if end == 0:
            end = MINUTES_OF_A_DAY
        if end <= start:
            raise Invalid("empty_interval", f"{place}: to")
        if found and start < found[-1].end:
            raise Invalid("not_in_order", f"{place}: from")
        calls = _number(row, "calls", place, most=MOST_CALLS)
        aht = _number(row, "aht_seconds", place, most=MOST_AHT) if calls or "aht_seconds" in row else 0.0
        if calls > 0 and aht == 0:
            raise Invalid("not_positive", f"{place}: aht_seconds")
        found.append(Interval(start, end, calls, aht))
    return tuple(found)


def read_rules(given: Mapping[str, str | float | None]) -> StaffingRules:
    """Rules of staffing from words or numbers by the names of the options; None and "" leave the default.

    Invalid with the option as its place: `not_a_number`, `not_positive`, `negative`, `too_large`,
    `not_below_whole`, `above_whole`, `not_one_of`.
    """
    plain = StaffingRules()
    told: dict[str, str | float] = {
        one.name: getattr(plain, one.name) for one in fields(plain) if one.name != "is_lagged"
    }
    told |= {name: value for name, value in given.items() if value is not None and value != ""}
    formula = next((one for one in get_args(Formula) if one == told["formula"]), None)
    if formula is None:
        choices = ", ".join(get_args(Formula))
        raise Invalid("not_one_of", "formula", given=str(told["formula"])[:60], choices=choices)
    rules = StaffingRules(
        target=number_of(told, "target", least=SMALLEST),
        threshold=number_of(told, "threshold", least=0.0),
        formula=formula,
        short_abandon=number_of(told, "short_abandon", least=0.0),
        patience=number_of(told, "patience", least=SMALLEST),
        max_occupancy=number_of(told, "max_occupancy", least=SMALLEST),
        max_abandonment=number_of(told, "max_abandonment", least=SMALLEST),
        shrinkage=number_of(told, "shrinkage", least=0.0),
        is_lagged=bool(told.get("is_lagged", True)),
    )
    below_one("target", rules.target)
    below_one("shrinkage", rules.shrinkage)
    for name in ("max_occupancy", "max_abandonment"):
        if getattr(rules, name) > 1:
            raise Invalid("above_whole", name)
    return rules


def _rows_of_csv(text: str) -> list[dict[str, Any]]:
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise Invalid("nothing_to_staff", "profile")
    separator = ";" if lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(io.StringIO("\n".join(lines)), delimiter=separator, skipinitialspace=True)
    names = [name.strip().casefold() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    for name in ("from", "calls", "aht_seconds"):
        if name not in names:
            raise Invalid("missing", name)
    rows = [{key: value for key, value in row.items() if key in _COLUMNS and value} for row in reader]
    starts = [_minutes(row, "from", f"row {number}") for number, row in enumerate(rows, 1)]
    for place, row in enumerate(rows):
        for name in ("calls", "aht_seconds"):
            if separator == ";" and isinstance(row.get(name), str):
                row[name] = row[name].replace(",", ".")
        if "to" not in row:
            if len(rows) < 2:
                raise Invalid("missing", "row 1: to")
            length = starts[place + 1] - starts[place] if place + 1 < len(rows) else starts[-1] - starts[-2]
            row["to"] = _clock_of(starts[place] + max(length, 0))
    return rows


def _rows_of_tree(tree: Any) -> list[dict[str, Any]]:
    if isinstance(tree, list):
        tree = {"intervals": tree}
    if not isinstance(tree, dict):
        raise Invalid("not_a_list", "intervals")
    if "intervals" in tree:
        rows = tree["intervals"]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Invalid("not_a_list", "intervals")
        return rows
    for name in tree:
        if name not in _SERIES:
            raise Invalid("unknown_field", str(name)[:60])
    return _rows_of_series(tree)


def _rows_of_series(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    calls = tree.get("calls")
    if calls is None:
        raise Invalid("missing", "calls")
    if not isinstance(calls, list):
        raise Invalid("not_a_list", "calls")
    step = tree.get("interval_minutes", 15)
    if isinstance(step, bool) or step not in LENGTHS:
        raise Invalid(
            "not_one_of", "interval_minutes", given=str(step)[:20], choices=", ".join(map(str, LENGTHS))
        )
    start = _minutes({"from": tree.get("start", "00:00")}, "from", "start")
    if start + step * len(calls) > MINUTES_OF_A_DAY:
        raise Invalid("too_many_intervals", "calls", most=(MINUTES_OF_A_DAY - start) // step)
    aht = tree.get("aht_seconds")
    if aht is None:
        raise Invalid("missing", "aht_seconds")
    if isinstance(aht, list) and len(aht) != len(calls):
        raise Invalid("other_length", "aht_seconds", count=len(calls))
    return [
        {
            "from": _clock_of(start + step * place),
            "to": _clock_of(start + step * (place + 1)),
            "calls": one,
            "aht_seconds": aht[place] if isinstance(aht, list) else aht,
        }
        for place, one in enumerate(calls)
    ]


def _minutes(row: Mapping[str, Any], name: str, place: str) -> int:
    told = row.get(name)
    if told is None:
        raise Invalid("missing", f"{place}: {name}")
    found = _CLOCK.fullmatch(str(told).strip())
    if found is None or (minutes := int(found[1]) * 60 + int(found[2])) > MINUTES_OF_A_DAY:
        raise Invalid("not_a_time", f"{place}: {name}", given=str(told)[:40])
    return minutes


def _clock_of(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _number(row: Mapping[str, Any], name: str, place: str, *, most: float) -> float:
    where = f"{place}: {name}"
    told = row.get(name)
    if told is None:
        raise Invalid("missing", where)
    try:
        found = float(told) if not isinstance(told, bool) else float("nan")
    except (TypeError, ValueError):
        found = float("nan")
    if not isfinite(found):
        raise Invalid("not_a_number", where, given=str(told)[:40])
    if found < 0:
        raise Invalid("negative", where)
    if found > most:
        raise Invalid("too_large", where, most=f"{most:g}")
    return found
