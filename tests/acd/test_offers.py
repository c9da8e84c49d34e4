"""From the queue to the ear: who is offered, what ends an offer, and what follows."""

from datetime import timedelta

import pytest

from otklik.acd.model import SiteRules
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast


def test_call_is_offered_to_the_longest_idle_agent_in_the_same_step() -> None:
    Centre().play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        3    anna accepts        > accepted 1 anna
        3.5  1 connects          > connected 1 anna
        60   1 leaves            > ended 1 answered customer; wrap_up anna
        90   time                > wrap_up_ended anna system; ready anna wrap_up_ended
    """)


def test_offer_expires_and_agent_becomes_not_ready() -> None:
    Centre().play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        19.9 time                >
        20   time                > expired 1 anna; not_ready anna missed_offer; queued 1 sales #1 again;
                                   offer 1 boris
        40   time                > expired 1 boris; not_ready boris missed_offer; queued 1 sales #1 again
        50   1 leaves            > ended 1 abandoned customer
    """)


def test_late_timer_lengthens_nothing() -> None:
    centre = Centre()
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna")

    events = centre.witness.advance(moment(20.9))

    assert [event.at for event in events] == [moment(20)] * 4
    assert events[-1].expires_at == moment(40)


def test_nobody_misses_an_offer_while_the_engine_sleeps() -> None:
    """After a long sleep what fell due is told at its own moment, but offers are made in the present only."""
    centre = Centre()
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna")

    events = centre.witness.advance(moment(100))

    assert [type(event).__name__ for event in events] == [
        "OfferExpired",
        "AgentMadeNotReady",
        "InteractionQueued",
        "OfferMade",
    ]
    assert [event.at for event in events] == [moment(20)] * 3 + [moment(100)]
    assert events[-1].expires_at == moment(120)


def test_shell_that_catches_up_step_by_step_says_what_the_present_is() -> None:
    centre = Centre(queues={"sales": {"wrap_up": timedelta(seconds=5)}})
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    2 joins sales       > arrived 2; queued 2 sales #1; offer 2 boris
        2    3 joins sales       > arrived 3; queued 3 sales #1
        3    boris takes 2       > accepted 2 boris; connected 2 boris
        4    2 leaves            > ended 2 answered customer; wrap_up boris
    """)
    engine, found = centre.engine, []

    while (due := engine.next_deadline()) <= moment(60):
        found += engine.advance(due, now=moment(60))
    offers = engine.advance(moment(60))

    assert "OfferMade" not in {type(event).__name__ for event in found}
    assert [event.at for event in found] == [moment(9)] * 2 + [moment(20)] * 3
    assert [(type(event).__name__, event.interaction_id, event.at) for event in offers] == [
        ("OfferMade", 1, moment(60))
    ]


def test_offer_is_declined_and_goes_to_the_next() -> None:
    Centre().play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        2    anna declines       > declined 1 anna; not_ready anna declined_offer;
                                   queued 1 sales #1 again; offer 1 boris
        2    anna declines       > refused offer_ended
        3    anna ready          > ready anna chosen
        4    boris takes 1       > accepted 1 boris; connected 1 boris
    """)


def test_device_that_cannot_be_rung_makes_the_agent_not_ready() -> None:
    Centre().play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna device fails   > withdrawn 1 anna device_failed; not_ready anna device_lost;
                                   queued 1 sales #1 again; offer 1 boris
    """)


def test_customer_leaves_while_it_rings_and_agent_is_ready_again() -> None:
    Centre().play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        9    1 leaves            > withdrawn 1 anna customer_left; ready anna offer_withdrawn;
                                   ended 1 abandoned customer
        10   2 joins sales       > arrived 2; queued 2 sales #1; offer 2 boris
    """)


def test_customer_who_leaves_soon_is_a_short_abandon() -> None:
    Centre(ready=False).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1
        5    1 leaves            > ended 1 short_abandoned customer
        10   2 joins sales       > arrived 2; queued 2 sales #1
        15.1 2 leaves            > ended 2 abandoned customer
    """)


def test_customer_who_leaves_a_flow_never_was_in_a_queue() -> None:
    Centre().play("""
        0    1 arrives           > arrived 1
        1    1 enters flow       > in_flow 1
        2    1 leaves            > ended 1 cancelled customer
        3    2 arrives           > arrived 2
        4    2 leaves            > ended 2 cancelled customer
        5    2 leaves            > refused unknown_interaction
    """)


def test_agent_who_becomes_ready_gets_the_longest_waiting() -> None:
    Centre(ready=False).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1
        1    2 joins sales       > arrived 2; queued 2 sales #2
        2    3 joins sales       > arrived 3; queued 3 sales #3
        3    1 leaves            > ended 1 short_abandoned customer
        4    anna ready          > ready anna chosen; offer 2 anna
        5    boris ready         > ready boris chosen; offer 3 boris
    """)


def test_higher_priority_stands_before_and_equal_priority_keeps_the_order() -> None:
    Centre(ready=False).play("""
        0    1 joins sales             > arrived 1; queued 1 sales #1
        1    2 joins sales priority 5  > arrived 2; queued 2 sales #1
        2    3 joins sales priority 5  > arrived 3; queued 3 sales #2
        3    4 joins sales             > arrived 4; queued 4 sales #4
        4    anna ready                > ready anna chosen; offer 2 anna
        5    boris ready               > ready boris chosen; offer 3 boris
    """)


def test_ageing_lets_the_one_who_waits_longer_overtake() -> None:
    Centre(queues={"sales": {"ageing": 2.0}}, agents={"anna": {"sales": 5}}, ready=False).play("""
        0    1 joins sales             > arrived 1; queued 1 sales #1
        60   2 joins sales priority 3  > arrived 2; queued 2 sales #1
        120  3 joins sales priority 3  > arrived 3; queued 3 sales #3
        130  anna ready                > ready anna chosen; offer 2 anna
    """)


def test_queue_with_higher_priority_comes_first_for_an_agent_of_both() -> None:
    queues = {"sales": {}, "vip": {"priority": 10}}
    Centre(queues=queues, agents={"anna": {"sales": 5, "vip": 5}}, ready=False).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1
        9    2 joins vip         > arrived 2; queued 2 vip #1
        10   anna ready          > ready anna chosen; offer 2 anna
    """)


def test_ageing_compares_between_queues_at_the_moment_of_the_decision() -> None:
    queues = {"sales": {"ageing": 1.0}, "vip": {"priority": 10}}
    agents = {"anna": {"sales": 5, "vip": 5}, "boris": {"sales": 5, "vip": 5}}
    Centre(queues=queues, agents=agents, ready=False).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1
        1    2 joins sales       > arrived 2; queued 2 sales #2
        590  3 joins vip         > arrived 3; queued 3 vip #1
        600.5 anna ready         > ready anna chosen; offer 1 anna
        600.5 boris ready         > ready boris chosen; offer 3 boris
    """)


def test_only_agents_with_every_skill_at_its_level_are_offered() -> None:
    agents = {"anna": {"sales": 4}, "boris": {}, "vera": {"sales": 5}}
    Centre(queues={"sales": {"minimum": 5}}, agents=agents).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 vera
        1    2 joins sales       > arrived 2; queued 2 sales #1
    """)


def test_most_skilled_comes_before_longest_idle_where_the_queue_says_so() -> None:
    agents = {"anna": {"sales": 3}, "boris": {"sales": 9}, "vera": {"sales": 9}}
    Centre(queues={"sales": {"strategy": "most_skilled"}}, agents=agents).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 boris
        1    2 joins sales       > arrived 2; queued 2 sales #1; offer 2 vera
        2    3 joins sales       > arrived 3; queued 3 sales #1; offer 3 anna
    """)


def test_same_call_is_not_offered_again_while_another_fits() -> None:
    Centre().play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna declines       > declined 1 anna; not_ready anna declined_offer;
                                   queued 1 sales #1 again; offer 1 boris
        2    anna ready          > ready anna chosen
        3    boris declines      > declined 1 boris; not_ready boris declined_offer;
                                   queued 1 sales #1 again; offer 1 anna
        4    boris ready         > ready boris chosen
    """)


def test_cool_down_passes_over_and_says_so() -> None:
    centre = Centre(agents={"anna": {"sales": 5}, "boris": {"sales": 5}, "vera": {"sales": 5}})
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna declines       > declined 1 anna; not_ready anna declined_offer;
                                   queued 1 sales #1 again; offer 1 boris
        2    anna ready          > ready anna chosen
        3    vera not_ready lunch > not_ready vera chosen lunch
        4    vera ready          > ready vera chosen
        5    boris declines      > declined 1 boris; not_ready boris declined_offer;
                                   queued 1 sales #1 again; offer 1 vera
    """)

    why = centre.witness.journal[-1].why

    assert why.counts == {"ready": 1, "cool_down": 1}
    assert [(one.agent_id, one.rule) for one in why.passed_over] == [(centre.agents["anna"], "cool_down")]
    assert why.rules == ("only_waiting", "ready", "cool_down", "only_ready")


def test_cool_down_ends() -> None:
    Centre(queues={"sales": {"ring_timeout": moment(40) - moment(0)}}).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna declines       > declined 1 anna; not_ready anna declined_offer;
                                   queued 1 sales #1 again; offer 1 boris
        2    anna ready          > ready anna chosen
        31   boris declines      > declined 1 boris; not_ready boris declined_offer;
                                   queued 1 sales #1 again; offer 1 anna
    """)


def test_accepted_offer_without_media_returns_the_customer_to_his_place() -> None:
    Centre(agents={"anna": {"sales": 5}}).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    2 joins sales       > arrived 2; queued 2 sales #1
        2    anna accepts        > accepted 1 anna
        12   time                > not_connected 1 anna; not_ready anna device_lost;
                                   queued 1 sales #1 again
        13   anna ready          > ready anna chosen; offer 1 anna
    """)


def test_doubled_and_late_commands_change_nothing() -> None:
    Centre().play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        0    1 arrives           > refused interaction_exists
        0    1 joins sales       > refused wrong_phase
        1    anna accepts        > accepted 1 anna
        1    anna accepts        >
        2    anna declines       > refused offer_ended
        2    1 connects          > connected 1 anna
        2    1 connects          >
        3    anna holds 1        > held 1
        3    anna holds 1        >
        4    anna resumes 1      > resumed 1
        4    anna resumes 1      >
        5    1 leaves            > ended 1 answered customer; wrap_up anna
        5    1 leaves            > refused unknown_interaction
        5    anna finishes 1     > refused unknown_interaction
        6    anna finishes wrap_up > wrap_up_ended anna agent; ready anna wrap_up_ended
        6    anna finishes wrap_up > refused not_in_wrap_up
    """)


def test_interaction_that_nobody_takes_care_of_ends() -> None:
    Centre(site=SiteRules(arriving_timeout=moment(5) - moment(0))).play("""
        0    1 arrives           > arrived 1
        5    time                > ended 1 cancelled system
        6    2 arrives           > arrived 2
        7    2 enters flow       > in_flow 2
        800  time                >
        3608 time                > slot 09:15; slot 09:30; slot 09:45; slot 10:00;
                                   ended 2 cancelled system
    """)


def test_full_queue_refuses_but_never_those_who_come_back() -> None:
    Centre(queues={"sales": {"maximum_waiting": 1}}, agents={"anna": {"sales": 5}}).play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    2 joins sales       > arrived 2; queued 2 sales #1
        2    3 arrives           > arrived 3
        2    3 joins sales       > refused queue_full
        3    anna declines       > declined 1 anna; not_ready anna declined_offer; queued 1 sales #1 again
        4    3 joins sales       > refused queue_full
        5    3 joins nowhere     > refused unknown_queue
    """)
