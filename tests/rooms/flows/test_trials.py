"""Calls that are kept with a flow: rehearsed before each publication."""

from datetime import UTC, datetime

import pytest
import yaml

from otklik.flows.decide import FlowProblem
from otklik.flows.files import text_of
from otklik.flows.inlining import inlined
from otklik.flows.model import Flow, flow_of, flow_of_file, plain_of
from otklik.flows.rehearsal import Rehearsal, rehearse
from otklik.flows.trials import failures, form_problems, needs_centre
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

TEXT = """
name: Shop
start: hours
nodes:
  hours: {node: hours, open: menu, closed: bye}
  menu: {node: menu, prompts: [please_wait], choices: {"1": queue, "2": bye}, otherwise: queue}
  queue: {node: queue, queue_id: 3}
  bye: {node: end, reason: closed}
tests:
  - {name: Sales, number: "1000", at: 2026-11-23 10:00:00, typed: ["1"], path: [hours, menu, queue],
     end: queue 3}
  - {name: Night, number: "1000", at: "2026-11-23 03:00", end: ended closed}
"""
AT_NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def flow(**changed: object) -> Flow:
    return flow_of_file({**yaml.safe_load(TEXT), **changed})


def found(one: Flow) -> tuple[FlowProblem, ...]:
    def stage(test):
        at = datetime.fromisoformat(test.at).replace(tzinfo=UTC)
        return Rehearsal(at=at, hours=OpeningHours(week=((),) * 7) if at == AT_NIGHT else None)

    return failures(one, stage, lambda asked: rehearse(one, asked))


def test_tests_come_back_from_the_text_and_from_the_journal():
    one = flow()
    assert [test.at for test in one.tests] == ["2026-11-23 10:00", "2026-11-23 03:00"]
    assert flow_of_file(yaml.safe_load(text_of(one))) == one
    assert flow_of(plain_of(one)) == one


def test_tests_that_lead_where_they_should_are_no_problem():
    assert form_problems(flow()) == ()
    assert found(flow()) == ()


def test_what_leads_elsewhere_is_told_with_the_way_that_was_found():
    nodes = yaml.safe_load(TEXT)["nodes"]
    nodes["menu"]["choices"]["1"] = "bye"
    nodes["bye"]["reason"] = "self_served"
    assert [(one.code, one.place, one.detail) for one in found(flow(nodes=nodes))] == [
        ("test_end", "tests.0.end", "ended self_served"),
        ("test_path", "tests.0.path", "hours > menu > bye"),
        ("test_end", "tests.1.end", "ended self_served"),
    ]


def test_a_test_has_a_name_of_its_own_a_time_and_an_expectation():
    tests = [
        {"name": "", "end": "queue 3"},
        {"name": "A", "end": "queue 3", "at": "tomorrow"},
        {"name": "A", "path": ["menu"]},
        {"name": "B"},
    ]
    assert [(one.code, one.place) for one in form_problems(flow(tests=tests))] == [
        ("test_nameless", "tests.0.name"),
        ("test_time_unfit", "tests.1.at"),
        ("test_twice", "tests.2.name"),
        ("test_expects_nothing", "tests.3"),
    ]


def test_a_slip_of_the_pen_in_a_test_is_told():
    with pytest.raises(Invalid) as refused:
        flow(tests=[{"name": "A", "ends": "queue 3"}])
    assert (refused.value.place, refused.value.facts["problem"]) == ("tests.0.ends", "field_unknown")


def test_a_call_does_not_carry_the_tests_of_its_flow():
    assert inlined(flow(), {}).tests == ()


def test_only_a_centre_knows_the_hours_of_a_number():
    one = flow()
    assert [needs_centre(one, test) for test in one.tests] == [True, True]
    here = flow(tests=[{"name": "A", "typed": ["2"], "path": ["hours", "menu", "bye"]}])
    assert not needs_centre(here, here.tests[0])
