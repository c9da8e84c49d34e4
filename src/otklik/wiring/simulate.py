"""`otklik simulate`: reads scenarios, runs them on all cores, says what came of it."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from otklik import database
from otklik.clock import wall_now
from otklik.operations import texts
from otklik.settings import Settings
from otklik.simulation.comparison import compare
from otklik.simulation.reading import Plan, Problem, ScenarioRefused, read_text
from otklik.simulation.results import summarize
from otklik.simulation.writing import write_text
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused
from otklik.wfm.centre import centre_tree
from otklik.wfm.history import days_like
from otklik.wfm.running import Progress, Runs, run_plans
from otklik.wiring import tables
from otklik.wiring.engine import codec
from otklik.wiring.replay import refuse_replay

REFUSED = 2
LOW_PRIORITY = 10


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario's text and the name of where it comes from."""

    name: str
    text: str


def main(
    files: Sequence[Path],
    *,
    as_json: bool,
    centre: Source | None = None,
    shows_steps: bool = False,
    **overrides: Any,
) -> int:
    """Prints what came of one scenario, or of two compared. 2 when a scenario is refused: nothing has run.

    centre: the real one as a scenario, before the files. shows_steps: a line of JSON on the error stream for
    each replication that is done.
    """
    language = texts.language_of_person()
    plans: list[Plan] = []
    names: list[str] = []
    problems: list[tuple[str, Problem]] = []
    sources: list[Source | Path] = [*([centre] if centre is not None else []), *files]
    for source in sources:
        name = source.name if isinstance(source, Source) else source.stem
        try:
            text = source.text if isinstance(source, Source) else _text_of(source)
            plans.append(read_text(text, **overrides))
            names.append(name)
        except ScenarioRefused as refused:
            place = source.name if isinstance(source, Source) else str(source)
            problems += [(place, problem) for problem in refused.problems]
    if len({plan.replications for plan in plans}) > 1:
        facts = {"value": " / ".join(str(plan.replications) for plan in plans)}
        problems.append((names[-1], Problem("replications_differ", "replications", facts)))
    if problems:
        refuse(problems, language=language, as_json=as_json)
        return REFUSED
    if shows_steps:
        os.nice(LOW_PRIORITY)  # somebody else started it and does other things meanwhile
    progress: Progress | None = None if as_json or not sys.stderr.isatty() else tables.show_progress
    if shows_steps:
        progress = tell_replication
    runs = run_plans(plans, progress=progress)
    told = [_told(name, plan, each) for name, plan, each in zip(names, plans, runs, strict=True)]
    if len(plans) == 1:
        sys.stdout.write(_json(told[0]) if as_json else tables.of_result(told[0], language))
        return 0
    differences = [
        compare((plans[0].scenario, runs[0].results), (plan.scenario, each.results))
        for plan, each in zip(plans[1:], runs[1:], strict=True)
    ]
    if as_json:
        sys.stdout.write(_json({"scenarios": told, "comparisons": _named(told, differences)}))
    else:
        sys.stdout.write(tables.of_comparisons(_named(told, differences), language))
    return 0


def tell_replication(done: int, of: int) -> None:
    """One more is done."""
    tell_step(done=done, of=of)


def tell_step(**step: float) -> None:
    """How far it is, in a line of JSON on the error stream."""
    sys.stderr.write(msgspec.json.encode(step).decode() + "\n")
    sys.stderr.flush()


def _told(name: str, plan: Plan, runs: Runs) -> dict[str, Any]:
    found = summarize(plan.scenario, runs.results, cpu_seconds=runs.cpu_seconds)
    return {**found, "name": found["name"] or name, "days": plan.days}


def days_of(days: Sequence[date], *, weekday: int | None, weeks: int) -> list[date]:
    """The days that a person means: these, the last ones of a weekday, or yesterday."""
    today = wall_now().date()
    if weekday is not None:
        return days_like(weekday, weeks=weeks, before=today)
    return sorted(days) or [today - timedelta(days=1)]


def scenario_of_centre(settings: Settings, days: Sequence[date]) -> Source:
    """The real centre on these days, as TOML. Refuses as `centre_tree`."""
    return asyncio.run(_scenario_of_centre(settings, days))


async def _scenario_of_centre(settings: Settings, days: Sequence[date]) -> Source:
    connection = await database.connect(
        database.address_of(settings), name="otklik simulate", command_timeout=None
    )
    try:
        tree = await centre_tree(
            connection, codec(), site_id=SiteId(settings.site_id), days=days, now=wall_now()
        )
    finally:
        await connection.close()
    told = ", ".join(day.isoformat() for day in days)
    return Source("centre", write_text(tree, comment=f"The centre on {told}."))


def from_centre(
    settings: Settings,
    files: Sequence[Path],
    *,
    on: Sequence[date],
    write: Path | None,
    as_json: bool,
    **overrides: Any,
) -> int:
    """The real centre: written to a file, run, or compared with edited copies of it."""
    language = texts.language_of_person()
    try:
        centre = scenario_of_centre(settings, on)
    except Refused as refused:
        refuse_replay(refused, language, as_json)
        return REFUSED
    except database.AWAY as away:
        sys.stderr.write(texts.say(language, "report.database_away", facts=away) + "\n")
        return 1
    if write is not None:
        if str(write) == "-":
            sys.stdout.write(centre.text)
        else:
            write.write_text(centre.text, "utf-8")
        return 0
    return main(files, as_json=as_json, centre=centre, **overrides)


def _named(
    told: Sequence[Mapping[str, Any]], differences: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {"first": told[0]["name"], "second": other["name"], "measures": found}
        for other, found in zip(told[1:], differences, strict=True)
    ]


def _text_of(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioRefused([Problem("not_readable", "", {"reason": str(error)})]) from None


def refuse(problems: Sequence[tuple[str, Problem]], *, language: texts.Language, as_json: bool) -> None:
    """Says what is wrong: as lines on the error stream, or as JSON with the reasons in both languages."""
    if as_json:
        told = [
            {
                "file": file,
                "field": problem.place,
                "code": problem.code,
                "facts": dict(problem.facts),
                "reason": {each: reason_of(problem, each) for each in ("en", "ru")},
            }
            for file, problem in problems
        ]
        sys.stdout.write(_json({"error": {"code": "scenario_refused", "problems": told}}))
        return
    lines = [texts.say(language, "scenario.refused")]
    for file, problem in problems:
        place = f"{file}: {problem.place}" if problem.place else file
        lines.append(
            texts.say(language, "scenario.problem", place=place, reason=reason_of(problem, language))
        )
    sys.stderr.write("\n".join(lines) + "\n")


def reason_of(problem: Problem, language: texts.Language) -> str:
    """What is wrong, in words."""
    return texts.say(language, f"scenario.problems.{problem.code}", **problem.facts)


def _json(found: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
