"""L1 -> L2 -> another department: the matter goes on, with its history and its wait."""

from datetime import timedelta

import pytest

from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

QUEUES = {
    "first": {"next_tier": 2, "wrap_up": timedelta(seconds=5)},
    "second": {"tier": 2, "next_tier": 3},
    "lawyers": {"tier": 3},
}
AGENTS = {"anna": {"first": 5}, "boris": {"second": 5}, "clara": {"lawyers": 5}}


def house() -> Centre:
    return Centre(queues=QUEUES, agents=AGENTS)


def test_agent_escalates_and_the_next_tier_takes_it_at_once() -> None:
    house().play("""
        0    1 joins first          > arrived 1; queued 1 first #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        9    anna escalates 1       > handed_over 1 anna; wrap_up anna; escalated 1 second;
                                      queued 1 second #1 escalated; offer 1 boris
        10   boris takes 1          > accepted 1 boris; connected 1 boris
        12   boris escalates 1      > handed_over 1 boris; wrap_up boris; escalated 1 lawyers;
                                      queued 1 lawyers #1 escalated; offer 1 clara
        13   clara takes 1          > accepted 1 clara; connected 1 clara
        13.5 clara escalates 1      > refused no_next_tier
    """)


def test_history_and_wait_go_along() -> None:
    centre = house()
    centre.play("""
        0    1 joins first          > arrived 1; queued 1 first #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        9    anna escalates 1       > handed_over 1 anna; wrap_up anna; escalated 1 second;
                                      queued 1 second #1 escalated; offer 1 boris
    """)

    context = centre.engine.context(1)

    assert (context.tier, context.queue_id, context.queued_at) == (2, 2, moment(0))
    (stay,) = context.stays
    assert (stay.queue_id, stay.tier, stay.agent_id, stay.since, stay.until) == (
        1, 1, centre.agents["anna"], moment(0), moment(9)
    )  # fmt: skip


def test_escalated_customer_stands_before_who_came_later() -> None:
    house().play("""
        0    1 joins first          > arrived 1; queued 1 first #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    boris not_ready lunch  > not_ready boris chosen lunch
        3    2 joins second         > arrived 2; queued 2 second #1
        9    anna escalates 1       > handed_over 1 anna; wrap_up anna; escalated 1 second;
                                      queued 1 second #1 escalated
        11   boris ready            > ready boris chosen; offer 1 boris
    """)


def test_waiting_customer_is_escalated_without_an_agent() -> None:
    house().play("""
        0    anna not_ready lunch   > not_ready anna chosen lunch
        0    1 joins first          > arrived 1; queued 1 first #1
        5    1 escalates lawyers    > escalated 1 lawyers; queued 1 lawyers #1 escalated; offer 1 clara
    """)


def test_only_who_has_it_may_escalate() -> None:
    house().play("""
        0    1 joins first          > arrived 1; queued 1 first #1; offer 1 anna
        1    boris escalates 1      > refused not_your_interaction
        2    1 escalates            > refused wrong_phase
        3    anna takes 1           > accepted 1 anna; connected 1 anna
        4    anna escalates 1 first > refused no_next_tier
        5    anna escalates 1 zero  > refused unknown_queue
    """)


def test_full_tier_refuses_and_the_talk_goes_on() -> None:
    queues = {**QUEUES, "second": {"tier": 2, "maximum_waiting": 1}}
    Centre(queues=queues, agents=AGENTS).play("""
        0    boris not_ready lunch  > not_ready boris chosen lunch
        0    2 joins second         > arrived 2; queued 2 second #1
        0    1 joins first          > arrived 1; queued 1 first #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    anna escalates 1       > refused queue_full
        3    1 leaves               > ended 1 answered customer; wrap_up anna
    """)
