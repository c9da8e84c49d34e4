"""`otklik staff`: a day's load from a file or from the centre's history, fewest agents per interval."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from otklik import database
from otklik.clock import wall_now
from otklik.operations import texts
from otklik.organization import store as organization
from otklik.reports.cli import queue_ids_of
from otklik.settings import Settings
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.wfm.history import History, days_like, history
from otklik.wfm.model import Profile, Requirement, StaffingRules
from otklik.wfm.reading import read_profile, read_rules
from otklik.wfm.staffing import requirements
from otklik.wiring.calculator import REFUSED, refuse

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""As the command line offers them."""

COLUMNS: Final = (
    "from",
    "to",
    "calls",
    "aht_seconds",
    "load_erlangs",
    "agents",
    "agents_gross",
    "service_level",
    "occupancy",
    "abandonment_rate",
)
SHARES: Final = frozenset({"service_level", "occupancy", "abandonment_rate"})


def without_source(*, as_json: bool) -> int:
    """Nobody said what load is meant, or somebody said two things."""
    refuse(Invalid("one_source", "profile"), as_json=as_json)
    return REFUSED


def from_file(file: Path, given: Mapping[str, Any], *, as_json: bool) -> int:
    """Staffs the load of a file; - is the input. 2 when something is refused."""
    try:
        rules = read_rules(given)
        return _tell(read_profile(_text_of(file), name=file.name), rules, as_json=as_json)
    except Refused as refused:
        refuse(refused, as_json=as_json)
        return REFUSED


def from_history(
    settings: Settings,
    given: Mapping[str, Any],
    *,
    queue: str | None,
    day: date | None,
    weekday: str | None,
    weeks: int,
    as_json: bool,
) -> int:
    """Staffs a day, or the mean of a weekday's last weeks, as it happened in the centre."""
    try:
        rules = read_rules(given)
        found = asyncio.run(_history(settings, queue=queue, day=day, weekday=weekday, weeks=weeks))
        if given.get("patience") is None and found.patience is not None:
            rules = read_rules({**given, "patience": found.patience})
        return _tell(found.profile, rules, as_json=as_json, days=found.days)
    except Refused as refused:
        refuse(refused, as_json=as_json)
        return REFUSED
    except database.AWAY as away:
        sys.stderr.write(texts.say(texts.language_of_person(), "report.database_away", facts=away) + "\n")
        return 1


async def _history(
    settings: Settings, *, queue: str | None, day: date | None, weekday: str | None, weeks: int
) -> History:
    site_id = SiteId(settings.site_id)
    connection = await database.connect(database.address_of(settings), name="otklik staff")
    try:
        site = await organization.find_site(connection, site_id=site_id)
        if site is None:
            raise Refused("not_set_up")
        zone = ZoneInfo(site.zone)
        today = wall_now().astimezone(zone).date()
        if day is not None:
            days = [day]
        else:
            place = WEEKDAYS.index(weekday) if weekday in WEEKDAYS else (today.weekday() + 1) % 7
            days = days_like(place, weeks=weeks, before=today)
        queue_ids = await queue_ids_of(connection, site_id, queue)
        return await history(connection, site_id=site_id, zone=zone, days=days, queue_ids=queue_ids)
    finally:
        await connection.close()


def _text_of(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("not_readable", "profile", reason=str(error)) from None


def _tell(profile: Profile, rules: StaffingRules, *, as_json: bool, days: int | None = None) -> int:
    found = requirements(profile, rules)
    if as_json:
        told: dict[str, Any] = {
            "rules": {
                "target": rules.target,
                "threshold_seconds": rules.threshold,
                "service_level_formula": rules.formula,
                "short_abandon_seconds": rules.short_abandon,
                "patience_seconds": rules.patience,
                "max_occupancy": rules.max_occupancy,
                "max_abandonment": rules.max_abandonment,
                "shrinkage": rules.shrinkage,
            },
            "totals": totals(found),
            "intervals": [one.row() for one in found],
        }
        if days is not None:
            told["days_of_history"] = days
        sys.stdout.write(json.dumps(told, indent=1, allow_nan=False) + "\n")
    else:
        sys.stdout.write(_table(found, rules, texts.language_of_person()))
    return 0


def totals(found: Sequence[Requirement]) -> dict[str, float | int]:
    """The day in sum: hours of work, and the most agents at once."""
    hours = [one.interval.seconds / 3600 for one in found]
    return {
        "calls": sum(one.interval.calls for one in found),
        "most_agents": max(one.agents for one in found),
        "agent_hours": sum(one.agents * each for one, each in zip(found, hours, strict=True)),
        "agent_hours_gross": sum(one.agents_gross * each for one, each in zip(found, hours, strict=True)),
    }


def _table(found: Sequence[Requirement], rules: StaffingRules, language: texts.Language) -> str:
    heads = [texts.say(language, f"planning.columns.{name}") for name in COLUMNS]
    rows = [[_shown(name, one.row()[name]) for name in COLUMNS] for one in found]
    widths = [max(len(cells[place]) for cells in (heads, *rows)) for place in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        for cells in (heads, ["-" * width for width in widths], *rows)
    ]
    whole = totals(found)
    lines += [
        "",
        texts.say(
            language,
            "planning.staffed",
            calls=f"{whole['calls']:g}",
            most=whole["most_agents"],
            hours=f"{whole['agent_hours']:.1f}",
            gross=f"{whole['agent_hours_gross']:.1f}",
        ),
        texts.say(
            language,
            "planning.rules",
            target=f"{100 * rules.target:g}",
            threshold=f"{rules.threshold:g}",
            formula=rules.formula,
            patience=f"{rules.patience:.0f}",
            occupancy=f"{100 * rules.max_occupancy:g}",
            abandonment=f"{100 * rules.max_abandonment:g}",
            shrinkage=f"{100 * rules.shrinkage:g}",
        ),
    ]
    return "\n".join(lines) + "\n"


def _shown(name: str, value: float | int | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str | int):
        return str(value)
    if name in SHARES:
        return f"{100 * value:.1f} %"
    return f"{value:.0f}" if name == "aht_seconds" else f"{value:.1f}"
