"""Calls that are kept with a flow and rehearsed before each publication. Pure: what differs is a problem."""

from collections.abc import Callable, Iterator
from datetime import datetime

from otklik.flows.decide import FlowProblem
from otklik.flows.model import Flow, FlowTest
from otklik.flows.nodes.hours import Hours
from otklik.flows.rehearsal import Rehearsal, Step, said_by_system

MAXIMUM_TESTS = 100

Stage = Callable[[FlowTest], Rehearsal]
"""Who calls where and when in a test: the number's hours, language and queue."""
Rehearse = Callable[[Rehearsal], list[Step]]


def asked_by(test: FlowTest, stage: Rehearsal) -> Rehearsal:
    """The rehearsal of a test on a stage that says when it is and what the number called is like."""
    return Rehearsal(
        at=stage.at,
        typed=test.typed,
        facts={"caller": test.caller, "number": test.number, **test.facts},
        answers={node: said_by_system(text) for node, text in test.answers.items()},
        locale=stage.locale,
        is_recorded=stage.is_recorded,
        hours=stage.hours,
        time_zone=stage.time_zone,
        queue_id=stage.queue_id,
    )


def moment_of(test: FlowTest) -> datetime | None:
    """Its local time without a zone; None is any time. ValueError for what is none."""
    return datetime.fromisoformat(test.at).replace(tzinfo=None) if test.at else None


def form_problems(flow: Flow) -> tuple[FlowProblem, ...]:
    """What is wrong with the tests themselves, without running them."""
    return tuple(_form_problems(flow))


def _form_problems(flow: Flow) -> Iterator[FlowProblem]:
    if len(flow.tests) > MAXIMUM_TESTS:
        yield FlowProblem(code="too_many_tests", place="tests", detail=str(len(flow.tests)))
    names = [test.name for test in flow.tests]
    for place, test in enumerate(flow.tests):
        if not test.name.strip():
            yield FlowProblem(code="test_nameless", place=f"tests.{place}.name")
        elif test.name in names[:place]:
            yield FlowProblem(code="test_twice", place=f"tests.{place}.name", detail=test.name)
        if not test.path and not test.end:
            yield FlowProblem(code="test_expects_nothing", place=f"tests.{place}", detail=test.name)
        try:
            moment_of(test)
        except ValueError:
            yield FlowProblem(code="test_time_unfit", place=f"tests.{place}.at", detail=test.at)


def failures(flow: Flow, stage: Stage, rehearse: Rehearse) -> tuple[FlowProblem, ...]:
    """Tests that lead elsewhere than expected: `test_end` and `test_path`, with what was found."""
    found: list[FlowProblem] = []
    for place, test in enumerate(flow.tests[:MAXIMUM_TESTS]):
        steps = rehearse(asked_by(test, stage(test)))
        path, end = path_of(steps), end_of(steps)
        if test.end and end != test.end:
            found.append(FlowProblem(code="test_end", place=f"tests.{place}.end", detail=end))
        if test.path and path != test.path:
            found.append(FlowProblem(code="test_path", place=f"tests.{place}.path", detail=" > ".join(path)))
    return tuple(found)


def path_of(steps: list[Step]) -> tuple[str, ...]:
    """The nodes that were gone through."""
    return tuple(step.node for step in steps)


def end_of(steps: list[Step]) -> str:
    """What came of the last node: `queue 3`, `ended closed`."""
    return steps[-1].outcome if steps else ""


def needs_centre(flow: Flow, test: FlowTest) -> bool:
    """Whether only a centre can tell how it ends: by the hours and the queue of the number called."""
    path = test.path or tuple(flow.nodes)
    passes = any(isinstance(flow.nodes.get(key.partition("/")[0]), Hours) for key in path)
    calls = any("/" in key for key in path)
    waits = test.end.startswith(("queue", "callback", "voicemail"))
    return calls or (bool(test.number) and (passes or waits))
