"""`otklik staff`: a day's load from a file or from the centre's history, fewest agents per interval."""

import asyncio
import json
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
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
from otklik.simulation.reading import Plan, ScenarioRefused, read_text
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.wfm.correction import Corrected, Told, correct
from otklik.wfm.history import History, days_like, history
from otklik.wfm.model import Profile, Requirement, StaffingRules
from otklik.wfm.reading import read_profile, read_rules
from otklik.wfm.running import Progress
from otklik.wfm.staffing import requirements, totals
from otklik.wiring.calculator import REFUSED, refuse
from otklik.wiring.simulate import LOW_PRIORITY, tell_replication, tell_step
from otklik.wiring.simulate import refuse as refuse_scenario

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
OPTIONS: Final = frozenset(
    {"replications", "rounds", *(one.name for one in fields(StaffingRules) if one.name != "is_lagged")}
)
"""What is refused elsewhere stands in the file."""
DAYS_TO_TRY: Final = 20
ROUNDS: Final = 6
SHARES: Final = frozenset({"service_level", "occupancy", "abandonment_rate"})


def without_source(*, as_json: bool) -> int:
    """Nobody said what load is meant, or somebody said two things."""
    refuse(Invalid("one_source", "profile"), as_json=as_json)
    return REFUSED


def from_file(
    file: Path,
    given: Mapping[str, Any],
    *,
    as_json: bool,
    replications: int | None = None,
    rounds: int | None = None,
    shows_steps: bool = False,
) -> int:
    """Staffs the load of a file; - is the input. 2 when something is refused.

    A scenario of `otklik simulate` is corrected by the twin: rounds of adding and of taking away, each of so
    many replications of the day. shows_steps: lines of JSON on the error stream for each replication and
    each round that is done.
    """
    try:
        text = _text_of(file)
        if is_scenario(text):
            plan, rules = _scenario_of(text, given, replications)
            told = _tell_round if shows_steps else _round_teller(as_json=as_json)
            progress = _begin_steps() if shows_steps else None
            chosen = ROUNDS if rounds is None else rounds
            found = correct(plan, rules, rounds=chosen, told=told, progress=progress)
            return _tell_kinds(found, plan, rules, plan.scenario.name or file.stem, as_json=as_json)
        if replications is not None or rounds is not None:
            raise Invalid("only_with_scenario", "replications" if rounds is None else "rounds")
        rules = read_rules(given)
        profile = read_profile(text, name=file.name)
        return _tell(profile, rules, as_json=as_json)
    except ScenarioRefused as refused:
        problems = [(str(file), one) for one in refused.problems]
        refuse_scenario(problems, language=texts.language_of_person(), as_json=as_json)
        return REFUSED
    except Refused as refused:
        is_option = not isinstance(refused, Invalid) or refused.place in OPTIONS
        refuse(refused, as_json=as_json, file="" if is_option else str(file))
        return REFUSED


def is_scenario(text: str) -> bool:
    """True for the TOML of `otklik simulate`: it has queues."""
    try:
        return "queue" in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False


def _scenario_of(text: str, given: Mapping[str, Any], replications: int | None) -> tuple[Plan, StaffingRules]:
    for name in ("threshold", "short_abandon", "patience"):
        if given.get(name) is not None:
            raise Invalid("of_the_scenario", name)
    plan = read_text(text, days=1)
    plan = replace(plan, replications=replications or max(plan.replications, DAYS_TO_TRY))
    return plan, read_rules({**given, "formula": given.get("formula") or plan.scenario.formula})


def _round_teller(*, as_json: bool) -> Told:
    language = texts.language_of_person()

    def show(number: int, broken: int, hours: float) -> None:
        if sys.stderr.isatty() and not as_json:
            words = texts.say(language, "planning.round", number=number, broken=broken, hours=f"{hours:g}")
            sys.stderr.write(words + "\n")

    return show


def _begin_steps() -> Progress:
    os.nice(LOW_PRIORITY)  # somebody else started it and does other things meanwhile
    return tell_replication


def _tell_round(number: int, broken: int, hours: float) -> None:
    tell_step(round=number, broken_promises=broken, agent_hours=hours)


def _tell_kinds(found: Corrected, plan: Plan, rules: StaffingRules, name: str, *, as_json: bool) -> int:
    if as_json:
        told = {
            "name": name,
            "seed": plan.seed,
            "replications": plan.replications,
            "rules": _rules_row(rules, of_scenario=True),
            "is_kept": found.is_kept,
            "broken_on_other_days": found.broken_on_other_days,
            "promises": found.promises,
            "rounds": found.rounds,
            "intervals": found.intervals,
            "queues": found.queues,
            "groups": found.groups,
        }
        sys.stdout.write(json.dumps(told, indent=1, allow_nan=False) + "\n")
    else:
        sys.stdout.write(_table_of_kinds(found, texts.language_of_person()))
    return 0


def _table_of_kinds(found: Corrected, language: texts.Language) -> str:
    names = [str(group["name"]) for group in found.groups]
    heads = [texts.say(language, f"planning.columns.{name}") for name in COLUMNS]
    rows = []
    for place, row in enumerate(found.intervals):
        cells = [_shown(name, row[name]) for name in COLUMNS]
        of_groups = [str(group["intervals"][place]["agents"]) for group in found.groups]
        rows.append(cells[:6] + of_groups + cells[6:])
    lines = _aligned([*heads[:6], *names, *heads[6:]], rows)
    first, last = found.rounds[0]["agent_hours"], found.rounds[-1]["agent_hours"]
    lines += [
        "",
        texts.say(language, "planning.corrected", first=f"{first:g}", last=f"{last:g}"),
        texts.say(language, "planning.kept" if found.is_kept else "planning.not_kept"),
        texts.say(language, "planning.elsewhere", broken=found.broken_on_other_days, promises=found.promises),
    ]
    return "\n".join(lines) + "\n"


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
            "rules": _rules_row(rules),
            "totals": totals(found),
            "intervals": [one.row() for one in found],
        }
        if days is not None:
            told["days_of_history"] = days
        sys.stdout.write(json.dumps(told, indent=1, allow_nan=False) + "\n")
    else:
        sys.stdout.write(_table(found, rules, texts.language_of_person()))
    return 0


def _rules_row(rules: StaffingRules, *, of_scenario: bool = False) -> dict[str, float | str]:
    """The rules as programs read them; what each queue of a scenario has of its own is left out."""
    row: dict[str, float | str] = {
        "target": rules.target,
        "service_level_formula": rules.formula,
        "max_occupancy": rules.max_occupancy,
        "max_abandonment": rules.max_abandonment,
        "shrinkage": rules.shrinkage,
    }
    if not of_scenario:
        row |= {
            "threshold_seconds": rules.threshold,
            "short_abandon_seconds": rules.short_abandon,
            "patience_seconds": rules.patience,
        }
    return row


def _table(found: Sequence[Requirement], rules: StaffingRules, language: texts.Language) -> str:
    heads = [texts.say(language, f"planning.columns.{name}") for name in COLUMNS]
    rows = [[_shown(name, one.row()[name]) for name in COLUMNS] for one in found]
    lines = _aligned(heads, rows)
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


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cells[place]) for cells in (heads, *rows)) for place in range(len(heads))]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        for cells in (heads, ["-" * width for width in widths], *rows)
    ]


def _shown(name: str, value: float | int | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str | int):
        return str(value)
    if name in SHARES:
        return f"{100 * value:.1f} %"
    return f"{value:.0f}" if name == "aht_seconds" else f"{value:.1f}"
