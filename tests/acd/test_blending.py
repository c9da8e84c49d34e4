"""Inbound and outbound work by the clock, by load and by a supervisor's word; no talk is touched."""

from datetime import time, timedelta

import pytest

from otklik.acd import commands
from otklik.acd.model import CallbackRules, LoadRule, Mode, ModePlan, ModeSpan, QueueKind
from otklik.vocabulary.hours import weekly
from otklik.vocabulary.refusals import Refused
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

TWO = {"anna": {"sales": 5}, "boris": {"sales": 5}}
HOUR = 3600


def span(mode: Mode, opens: int, closes: int) -> ModeSpan:
    return ModeSpan(mode=mode, hours=weekly(time(opens), time(closes), range(7)))


def plan(plan_id: int, *agents: int, **given: object) -> ModePlan:
    return ModePlan(plan_id=plan_id, name=f"plan {plan_id}", agent_ids=agents, **given)


def house(*plans: ModePlan, **queue: object) -> Centre:
    centre = Centre(queues={"sales": {"wrap_up": timedelta(0), **queue}}, agents=TWO)
    for one in plans:
        centre.do(commands.ConfigurePlan(at=moment(0), plan=one))
    return centre


def test_half_the_floor_answers_in_the_morning_and_the_other_half_calls_back() -> None:
    """The plan of a small centre: 9-12 and 12-16, the other half the reverse. It is 09:01."""
    morning = (span(Mode.INBOUND, 9, 12), span(Mode.OUTBOUND, 12, 16))
    evening = (span(Mode.OUTBOUND, 9, 12), span(Mode.INBOUND, 12, 16))
    centre = house(plan(1, 11, spans=morning), plan(2, 12, spans=evening))
    said = centre.do_line(f"{3 * HOUR - 60} time")

    assert "plan outbound; mode anna outbound plan; plan inbound; mode boris inbound plan" in said
    assert centre.engine.agent(11).mode is Mode.OUTBOUND
    assert centre.engine.agent(12).mode is Mode.INBOUND
    assert "mode anna blended plan" in centre.do_line(f"{7 * HOUR - 60} time")


def test_modes_decide_who_is_offered_what() -> None:
    house().play("""
        0    anna works outbound    > mode anna outbound chosen
        0    boris works inbound    > mode boris inbound chosen
        1    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 boris
        2    2 joins sales          > arrived 2; queued 2 sales #1
        3    3 scheduled sales 5    > promised 3 5
        5    time                   > queued 3 sales #2 due; offer 3 anna callback
        6    anna accepts           > accepted 3 anna; calls_back 3 anna 1
        7    3 fails invalid_number > not_reached 3 anna invalid_number over; ready anna call_ended;
                                      ended 3 invalid_number system
        8    anna works blended     > mode anna blended chosen; offer 2 anna
    """)


def test_why_names_the_mode() -> None:
    centre = house()
    centre.do_line("0 anna works outbound")
    centre.do_line("0 boris works outbound")
    centre.do_line("1 1 joins sales")

    assert centre.engine.why_waiting(1, moment(2)).counts == {"mode": 2}
    assert centre.engine.why_idle(11, moment(2)).rule == "mode"
    assert {one.rule for one in centre.engine.candidates(1, moment(2))} == {"mode"}


def test_live_customers_of_an_outbound_queue_are_for_everybody() -> None:
    house(kind=QueueKind.OUTBOUND).play("""
        0    anna works outbound    > mode anna outbound chosen
        1    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
    """)


def test_change_of_mode_touches_no_talk_and_no_ringing() -> None:
    house().play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna works outbound    > mode anna outbound chosen
        2    anna takes 1           > accepted 1 anna; connected 1 anna
        3    anna works inbound     > mode anna inbound chosen
        4    anna works inbound     >
        5    1 leaves               > ended 1 answered customer; ready anna call_ended
    """)


def test_load_calls_the_group_in_and_lets_it_go_with_hysteresis() -> None:
    load = LoadRule(queue_ids=(1,), busy=2, calm=0, calm_for=timedelta(seconds=60))
    centre = house(plan(1, 11, otherwise=Mode.OUTBOUND, load=load))
    centre.play("""
        1    boris not_ready lunch  > not_ready boris chosen lunch
        2    1 joins sales          > arrived 1; queued 1 sales #1
        3    2 joins sales          > arrived 2; queued 2 sales #2; load busy 2; mode anna inbound load;
                                      offer 1 anna
        4    anna takes 1           > accepted 1 anna; connected 1 anna
        5    2 leaves               > ended 2 short_abandoned customer; load easing 0
        20   3 joins sales          > arrived 3; queued 3 sales #1; load busy 1
        21   3 leaves               > ended 3 short_abandoned customer; load easing 0
        80   time                   >
        81   time                   > load calm 0; mode anna outbound plan
        90   1 leaves               > ended 1 answered customer; ready anna call_ended
    """)


def test_some_of_the_group_are_never_called_in() -> None:
    load = LoadRule(queue_ids=(1,), busy=1, keeps=1)
    centre = house(plan(1, 11, 12, otherwise=Mode.OUTBOUND, load=load))

    assert centre.do_line("1 1 joins sales") == (
        "arrived 1; queued 1 sales #1; load busy 1; mode boris inbound load; offer 1 boris; load easing 0"
    )


def test_callbacks_are_no_load() -> None:
    load = LoadRule(queue_ids=(1,), busy=1)
    centre = house(plan(1, 11, 12, otherwise=Mode.INBOUND, load=load), callbacks=CallbackRules())

    assert centre.do_line("1 1 scheduled sales 1") == "promised 1 1"
    assert centre.do_line("2 time") == "queued 1 sales #1 due"


def test_word_of_a_supervisor_stands_above_the_plan_until_it_is_taken_back() -> None:
    centre = house(plan(1, 11, spans=(span(Mode.INBOUND, 9, 12),), otherwise=Mode.OUTBOUND))
    centre.do_line("1 anna works blended")

    assert centre.do_line(f"{3 * HOUR - 60} time").endswith("plan outbound")
    assert centre.engine.agent(11).mode is Mode.BLENDED
    assert centre.do_line(f"{3 * HOUR} anna works by_plan") == "mode anna outbound plan"


def test_agent_stands_in_one_plan() -> None:
    centre = house(plan(1, 11))

    with pytest.raises(Refused) as refusal:
        centre.do(commands.ConfigurePlan(at=moment(1), plan=plan(2, 12, 11)))

    assert refusal.value.code == "agent_in_two_plans"
    assert refusal.value.facts == {"agent_id": 11, "plan_id": 1}


def test_plan_that_goes_leaves_everybody_blended() -> None:
    centre = house(plan(1, 11, 12, otherwise=Mode.OUTBOUND))
    changed = centre.do(commands.ConfigurePlan(at=moment(1), plan=plan(1, 11, otherwise=Mode.OUTBOUND)))
    assert [type(event).__name__ for event in changed] == ["PlanConfigured", "AgentModeChanged"]
    assert centre.engine.agent(12).mode is Mode.BLENDED

    centre.do(commands.RemovePlan(at=moment(2), plan_id=1))

    assert centre.engine.agent(11).mode is Mode.BLENDED
    with pytest.raises(Refused) as refusal:
        centre.do(commands.RemovePlan(at=moment(3), plan_id=1))
    assert refusal.value.code == "unknown_plan"


def test_new_agent_works_by_the_plan_that_names_him_already() -> None:
    centre = house(plan(1, 99, otherwise=Mode.OUTBOUND))
    found = centre.do(commands.ConfigureAgent(at=moment(1), agent=centre.profile("anna", {})))
    assert [type(event).__name__ for event in found] == ["AgentConfigured"]
    centre.agents["zoe"] = 99

    centre.do(commands.ConfigureAgent(at=moment(2), agent=centre.profile("zoe", {"sales": 1})))

    assert (centre.engine.agent(99).mode, centre.engine.agent(99).mode_rule) == (Mode.OUTBOUND, "plan")


def test_plan_that_says_the_same_says_nothing() -> None:
    centre = house(plan(1, 11))

    assert centre.do(commands.ConfigurePlan(at=moment(1), plan=plan(1, 11))) == []
