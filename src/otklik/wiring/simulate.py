"""`otklik simulate`: reads scenarios, runs them on all cores, says what came of it."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from otklik.operations import texts
from otklik.simulation.comparison import compare
from otklik.simulation.reading import Plan, Problem, ScenarioRefused, read_text
from otklik.simulation.results import summarize
from otklik.wfm.running import Runs, run_plans
from otklik.wiring import tables

REFUSED = 2


def main(files: Sequence[Path], *, as_json: bool, quiet: bool = False, **overrides: Any) -> int:
    """Prints what came of one scenario, or of two compared. 2 when a scenario is refused: nothing has run."""
    language = texts.language_of_person()
    plans: list[Plan] = []
    problems: list[tuple[str, Problem]] = []
    for file in files:
        try:
            plans.append(read_text(_text_of(file), **overrides))
        except ScenarioRefused as refused:
            problems += [(str(file), problem) for problem in refused.problems]
    if len({plan.replications for plan in plans}) > 1:
        facts = {"value": " / ".join(str(plan.replications) for plan in plans)}
        problems.append((str(files[-1]), Problem("replications_differ", "replications", facts)))
    if problems:
        refuse(problems, language=language, as_json=as_json)
        return REFUSED
    progress = None if quiet or as_json or not sys.stderr.isatty() else tables.show_progress
    runs = run_plans(plans, progress=progress)
    told = [_told(file, plan, each) for file, plan, each in zip(files, plans, runs, strict=True)]
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


def _told(file: Path, plan: Plan, runs: Runs) -> dict[str, Any]:
    found = summarize(plan.scenario, runs.results, cpu_seconds=runs.cpu_seconds)
    return {**found, "name": found["name"] or file.stem, "days": plan.days}


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
