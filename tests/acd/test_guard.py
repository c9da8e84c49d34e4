"""The load guard: who has had enough comes after the others, and somebody is told."""

from datetime import timedelta

import pytest

from otklik.acd import commands
from otklik.acd.model import GuardCause, SiteRules
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

TWO = {"anna": {"sales": 5}, "boris": {"sales": 5}}
RULES = {"sales": {"wrap_up": timedelta()}}


def site(**changes: object) -> SiteRules:
    return SiteRules(**{"guard_handled": 2, "guard_pause": timedelta(seconds=60), **changes})


def test_after_so_many_calls_a_day_an_agent_comes_after_the_others() -> None:
    centre = Centre(queues=RULES, agents=TWO, site=site())
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1        > accepted 1 anna; connected 1 anna
        2    1 leaves            > ended 1 answered customer; ready anna call_ended
        3    boris not_ready lunch > not_ready boris chosen lunch
        4    2 joins sales       > arrived 2; queued 2 sales #1; offer 2 anna
        5    anna takes 2        > accepted 2 anna; connected 2 anna; guarded anna handled
        6    2 leaves            > ended 2 answered customer; ready anna call_ended
        7    boris ready         > ready boris chosen
        8    3 joins sales       > arrived 3; queued 3 sales #1; offer 3 boris
        9    4 joins sales       > arrived 4; queued 4 sales #1; offer 4 anna
    """)
    offers = [event for event in centre.witness.journal if type(event).__name__ == "OfferMade"]

    assert [(one.agent_id, one.rule) for one in offers[-2].why.passed_over] == [(11, "load_guard")]
    assert "load_guard_waived" in offers[-1].why.rules
    why = centre.engine.why_idle(centre.agents["anna"], moment(9))
    assert (why.handled, why.guard) == (2, GuardCause.HANDLED.value)


def test_a_pause_ends_it_and_a_quarter_more_brings_it_back() -> None:
    centre = Centre(queues=RULES, agents={"anna": {"sales": 5}}, site=site(guard_handled=4))
    at = 0
    for number in range(1, 5):
        centre.do(commands.RegisterInteraction(at=moment(at), interaction_id=number))
        centre.do(commands.EnqueueInteraction(at=moment(at), interaction_id=number, queue_id=1))
        centre.play(
            f"{at} anna takes {number} > accepted {number} anna; connected {number} anna"
            + ("; guarded anna handled" if number == 4 else "")
        )
        centre.play(f"{at + 1} {number} leaves > ended {number} answered customer; ready anna call_ended")
        at += 2
    centre.play("""
        10   anna not_ready lunch > not_ready anna chosen lunch
        20   anna ready          > ready anna chosen
        30   anna not_ready lunch > not_ready anna chosen lunch
        90   anna ready          > unguarded anna rested; ready anna chosen
        91   8 joins sales       > arrived 8; queued 8 sales #1; offer 8 anna
        92   anna takes 8        > accepted 8 anna; connected 8 anna; guarded anna handled
    """)
    centre.witness.compare_replay()


def test_talk_without_a_pause_brings_it_too_and_a_long_idle_time_is_a_pause() -> None:
    rules = site(guard_handled=0, guard_streak=timedelta(seconds=100))
    centre = Centre(
        queues={"sales": {"wrap_up": timedelta(seconds=10)}}, agents={"anna": {"sales": 5}}, site=rules
    )
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        0    anna takes 1        > accepted 1 anna; connected 1 anna
        80   1 leaves            > ended 1 answered customer; wrap_up anna
        90   time                > wrap_up_ended anna system; ready anna wrap_up_ended
        150  2 joins sales       > arrived 2; queued 2 sales #1; offer 2 anna
        150  anna takes 2        > accepted 2 anna; connected 2 anna
        200  2 leaves            > ended 2 answered customer; wrap_up anna
        210  time                > wrap_up_ended anna system; ready anna wrap_up_ended
        220  3 joins sales       > arrived 3; queued 3 sales #1; offer 3 anna
        220  anna takes 3        > accepted 3 anna; connected 3 anna
        260  3 leaves            > ended 3 answered customer; wrap_up anna
        270  time                > wrap_up_ended anna system; ready anna wrap_up_ended;
                                   guarded anna streak
    """)
    guarded = centre.witness.journal[-1]

    assert (guarded.streak, guarded.handled) == (timedelta(seconds=110), 3)


def test_a_new_day_begins_with_everybody_fresh() -> None:
    rules = site(guard_handled=1, day_start=timedelta(hours=9, minutes=15))
    centre = Centre(queues=RULES, agents=TWO, site=rules)
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1        > accepted 1 anna; connected 1 anna; guarded anna handled
        2    1 leaves            > ended 1 answered customer; ready anna call_ended
        3    boris not_ready lunch > not_ready boris chosen lunch
        4    boris ready         > ready boris chosen
        840  time                > slot 09:15; day 09:15
        841  2 joins sales       > arrived 2; queued 2 sales #1; offer 2 anna
    """)
    centre.witness.compare_replay()


def test_rules_that_are_changed_are_looked_at_at_once() -> None:
    centre = Centre(queues=RULES, agents=TWO, site=site(guard_handled=1))
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1        > accepted 1 anna; connected 1 anna; guarded anna handled
    """)

    off = centre.do(commands.ConfigureSite(at=moment(2), site=site(guard_handled=0)))
    on = centre.do(commands.ConfigureSite(at=moment(3), site=site(guard_handled=1)))

    assert [type(event).__name__ for event in off] == ["SiteConfigured", "AgentGuardLifted"]
    assert [type(event).__name__ for event in on] == ["SiteConfigured", "AgentGuarded"]
