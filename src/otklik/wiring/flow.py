"""`otklik flow`: flows as files, looked at and tried without a phone."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO
from zoneinfo import ZoneInfo

import msgspec
import yaml

from otklik.clock import wall_now
from otklik.flows.decide import FlowProblem, problems
from otklik.flows.model import Flow, FlowFile, FlowTest, flow_of_file
from otklik.flows.prompts import grammars
from otklik.flows.rehearsal import Rehearsal, rehearse, said_by_system
from otklik.flows.trials import failures, form_problems, moment_of, needs_centre
from otklik.operations import texts
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.refusals import Invalid

UNFIT: Final = 1
REFUSED: Final = 2
MAXIMUM_BYTES: Final = 1_000_000


def check(file: Path, *, as_json: bool) -> int:
    """Prints what must be mended. 0: nothing; 1: something; 2: the file cannot be read as a flow.

    Left to the publication, and said to be, is what only a centre can decide: whether what the flow names is
    there, and tests that depend on its numbers, their hours and queues.
    """
    try:
        flow = flow_of_file(read(file))
    except Invalid as refused:
        return refuse(refused, as_json=as_json)
    found = problems(flow) + form_problems(flow)
    left = 0
    if not found:
        here = tuple(test for test in flow.tests if not needs_centre(flow, test))
        left = len(flow.tests) - len(here)
        found = _failures(flow, here)
    tell(found, as_json=as_json)
    for key, count in (("names_left", _named(flow)), ("tests_left", left)):
        if count and not as_json:
            sys.stdout.write(texts.say(texts.language_of_person(), f"flow.{key}", count=count) + "\n")
    return UNFIT if found else 0


def _named(flow: Flow) -> int:
    """In how many places the flow names what only a centre has or allows: what a centre without anything
    would refuse, and this look did not."""
    empty = problems(
        flow,
        prompts=(),
        queues=(),
        skills=(),
        teams=(),
        flows={},
        systems={},
        agents=(),
        judge=lambda _: "not_judged",
    )
    return len(empty) - len(problems(flow))


def _failures(flow: Flow, tests: Sequence[FlowTest]) -> tuple[FlowProblem, ...]:
    """Of these tests, with their places in the file."""
    words, now = grammars(), wall_now()

    def stage(test: FlowTest) -> Rehearsal:
        at = moment_of(test)
        return Rehearsal(at=now if at is None else at.replace(tzinfo=UTC))

    places = [place for place, test in enumerate(flow.tests) if test in tests]
    found = failures(
        msgspec.structs.replace(flow, tests=tuple(tests)), stage, lambda asked: rehearse(flow, asked, words)
    )
    return tuple(msgspec.structs.replace(one, place=_moved(one.place, places)) for one in found)


def _moved(place: str, places: Sequence[int]) -> str:
    """`tests.0.end` of those that ran as the place in the file."""
    tests, number, field = place.split(".")
    return f"{tests}.{places[int(number)]}.{field}"


def run(  # noqa: PLR0913 - the options of the command
    file: Path,
    *,
    at: datetime | None,
    zone: str,
    digits: str,
    facts: dict[str, str],
    answers: dict[str, Any],
    is_closed: bool,
    as_json: bool,
) -> int:
    """Prints the trace of one customer. 1: the flow is unfit; 2: it, or what was asked, cannot be read."""
    try:
        flow = flow_of_file(read(file))
    except Invalid as refused:
        return refuse(refused, as_json=as_json)
    found = problems(flow)
    if found:
        tell(found, as_json=as_json)
        return UNFIT
    moment = at.replace(tzinfo=ZoneInfo(zone)) if at else wall_now()
    hours = OpeningHours(week=((),) * 7) if is_closed else None
    asked = Rehearsal(
        at=moment, typed=typed(digits), facts=facts, answers=answers, time_zone=zone, hours=hours
    )
    steps = rehearse(flow, asked, grammars())
    if as_json:
        plain = msgspec.to_builtins(steps)
        told = [{name: value for name, value in step.items() if value is not None} for step in plain]
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        return 0
    width = max(len(step.node) for step in steps)
    for step in steps:
        wish = "" if step.wish is None else json.dumps(msgspec.to_builtins(step.wish))
        line = f"{step.node:<{width}}  {step.outcome}  {' '.join(step.said)}  {wish}"
        sys.stdout.write(line.rstrip() + "\n")
    return 0


def schema() -> int:
    """Prints the JSON schema of a flow file."""
    sys.stdout.write(json.dumps(msgspec.json.schema(FlowFile), indent=1) + "\n")
    return 0


def typed(digits: str) -> tuple[str, ...]:
    """What is pressed each time when he is asked: groups between commas."""
    return tuple(group.strip() for group in digits.split(",")) if digits else ()


def answers_of(given: Sequence[str]) -> dict[str, Any]:
    """`NODE=JSON` as an answer by node; what is no JSON is a text. ValueError with what lacks its `=`."""
    found: dict[str, Any] = {}
    for one in given:
        node, sign, text = one.partition("=")
        if not sign or not node.strip():
            raise ValueError(one)
        found[node.strip()] = said_by_system(text)
    return found


def read(file: Path) -> Any:
    """Plain mappings and lists of a JSON or YAML file. Invalid `flow_unreadable`."""
    try:
        if file.stat().st_size > MAXIMUM_BYTES:
            raise Invalid("flow_unreadable", place=str(file), detail=f"> {MAXIMUM_BYTES} bytes")
        return yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Invalid("flow_unreadable", place=str(file), detail=str(error)) from error


def tell(found: Sequence[FlowProblem], *, as_json: bool, to: TextIO | None = None) -> None:
    out = to or sys.stdout
    if as_json:
        out.write(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=1) + "\n")
        return
    language = texts.language_of_person()
    for problem in found:
        words = texts.say(language, f"flow.problems.{problem.code}", detail=problem.detail)
        out.write(f"{problem.place}: {words}\n" if problem.place else f"{words}\n")
    if not found:
        out.write(texts.say(language, "flow.fit") + "\n")


def refuse(refused: Invalid, *, as_json: bool) -> int:
    """Tells why a file is none: each misfit with its place in the file."""
    detail = str(refused.facts.get("detail", ""))
    whole = FlowProblem(code=refused.code, place=refused.place, detail=detail)
    misfits = refused.facts.get("misfits")
    found = msgspec.convert(misfits, list[FlowProblem]) if misfits else [whole]
    tell(found, as_json=as_json, to=sys.stdout if as_json else sys.stderr)
    return REFUSED
