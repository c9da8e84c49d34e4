"""Configuration that goes away strands nobody."""

from datetime import timedelta

import pytest

from otklik.acd import commands
from otklik.acd.model import OverflowRule
from otklik.vocabulary.refusals import Refused
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

TWO = {"anna": {"sales": 5}, "boris": {"second": 5}}
QUEUES = {"sales": {}, "second": {}}


def remove(centre: Centre, seconds: float, name: str, to: str = "") -> str:
    queue_id, to_queue_id = centre.queues[name], centre.queues.get(to, 0)
    command = commands.RemoveQueue(at=moment(seconds), queue_id=queue_id, to_queue_id=to_queue_id)
    return centre._say_all(centre.do(command))


def test_who_waits_goes_to_the_named_queue_with_his_wait() -> None:
    centre = Centre(queues=QUEUES, agents=TWO, ready=False)
    centre.play("""
        0    1 joins second         > arrived 1; queued 1 second #1
        1    2 joins sales          > arrived 2; queued 2 sales #1
        2    3 joins sales          > arrived 3; queued 3 sales #2
        3    4 joins second         > arrived 4; queued 4 second #2
    """)

    said = remove(centre, 5, "sales", "second")

    assert said == ("closing sales; queued 2 second #2 migrated; queued 3 second #3 migrated; QueueRemoved")
    centre.play("6 boris ready > ready boris chosen; offer 1 boris")


def test_without_a_named_queue_the_way_of_overflow_is_taken() -> None:
    way = OverflowRule(name="way", after=timedelta(hours=1), queue_id=2)
    centre = Centre(queues={"sales": {"overflow": (way,)}, "second": {}}, agents=TWO, ready=False)
    centre.do_line("0 1 joins sales")

    assert remove(centre, 1, "sales") == "closing sales; queued 1 second #1 migrated; QueueRemoved"


def test_without_any_way_customers_end_closed_one_by_one() -> None:
    centre = Centre(queues=QUEUES, agents=TWO, ready=False)
    centre.do_line("0 1 joins sales")
    centre.do_line("0 2 joins sales")

    assert remove(centre, 1, "sales") == (
        "closing sales; ended 1 closed system; ended 2 closed system; QueueRemoved"
    )


def test_talk_under_a_removed_queue_goes_on_and_the_queue_goes_with_it() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
    """)
    assert remove(centre, 2, "sales", "second") == "closing sales"
    assert remove(centre, 2, "sales", "second") == ""

    centre.play("""
        3    2 joins sales          > arrived 2; refused unknown_queue
        4    1 leaves               > ended 1 answered customer; wrap_up anna; QueueRemoved
        34   time                   > wrap_up_ended anna system; ready anna wrap_up_ended
    """)


def test_customer_who_rings_is_taken_back_and_goes_along() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.do_line("0 1 joins sales")

    assert remove(centre, 2, "sales", "second") == (
        "closing sales; withdrawn 1 anna superseded; ready anna offer_withdrawn;"
        " queued 1 second #1 migrated; QueueRemoved; offer 1 boris"
    )


def test_customer_whose_agent_is_lost_later_goes_the_same_way() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.do_line("0 1 joins sales")
    centre.do_line("1 anna takes 1")
    remove(centre, 2, "sales", "second")

    centre.play("""
        3    1 loses agent          > reconnecting 1 anna
        18   time                   > not_reconnected 1 anna; not_ready anna device_lost;
                                      queued 1 second #1 migrated ahead; offer 1 boris; QueueRemoved
    """)


def test_promised_call_goes_along_with_its_moment() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.do_line("0 1 scheduled sales 60")

    assert remove(centre, 2, "sales", "second") == "closing sales; rescheduled 1 60; QueueRemoved"
    centre.play("60 time > queued 1 second #1 due; offer 1 boris callback")


def test_promised_call_that_reaches_nobody_under_a_removed_queue_goes_along_too() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.play("""
        0    1 scheduled sales 5    > promised 1 5
        5    time                   > queued 1 sales #1 due; offer 1 anna callback
        6    anna accepts           > accepted 1 anna; calls_back 1 anna 1
    """)
    assert remove(centre, 7, "sales", "second") == "closing sales"

    centre.play("""
        8    1 fails busy           > not_reached 1 anna busy 908; ready anna call_ended;
                                      rescheduled 1 5; QueueRemoved
        908  time                   > slot 09:15; queued 1 second #1 due; offer 1 boris callback
    """)


def test_promised_call_that_reaches_nobody_ends_where_no_queue_takes_it() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.play("""
        0    1 scheduled sales 5    > promised 1 5
        5    time                   > queued 1 sales #1 due; offer 1 anna callback
        6    anna accepts           > accepted 1 anna; calls_back 1 anna 1
    """)
    remove(centre, 7, "sales")

    centre.play("""
        8    1 fails busy           > not_reached 1 anna busy over; ready anna call_ended;
                                      ended 1 closed system; QueueRemoved
    """)


@pytest.mark.parametrize(("to", "code"), [("sales", "wrong_queue"), ("third", "unknown_queue")])
def test_queue_to_go_to_must_be_another_one(to: str, code: str) -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.queues["third"] = 77

    with pytest.raises(Refused) as refusal:
        remove(centre, 0, "sales", to)

    assert refusal.value.code == code


def test_queue_that_is_set_up_again_while_it_closes_stays() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.do_line("0 1 joins sales")
    centre.do_line("1 anna takes 1")
    remove(centre, 2, "sales")

    centre.do(commands.ConfigureQueue(at=moment(3), queue=centre.queue_rules("sales")))

    centre.play("""
        4    2 joins sales          > arrived 2; queued 2 sales #1
        5    1 leaves               > ended 1 answered customer; wrap_up anna
    """)


def test_agent_who_is_removed_in_a_talk_finishes_it() -> None:
    Centre(queues=QUEUES, agents=TWO).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    anna removed           > leaving anna
        2    anna removed           >
        3    anna ready             > refused agent_leaving
        4    anna not_ready lunch   > refused agent_leaving
        5    1 leaves               > ended 1 answered customer; wrap_up anna
        35   time                   > wrap_up_ended anna system; signed_out anna forced; AgentRemoved
        36   anna signs in          > refused unknown_agent
    """)


def test_agent_who_is_removed_while_it_rings_leaves_at_once() -> None:
    agents = {"anna": {"sales": 5}, "boris": {"sales": 5}}
    Centre(queues=QUEUES, agents=agents).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        2    anna removed           > leaving anna; withdrawn 1 anna superseded; signed_out anna forced;
                                      queued 1 sales #1 again; AgentRemoved; offer 1 boris
    """)


def test_agent_who_is_set_up_again_while_he_finishes_is_not_removed() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.do_line("0 1 joins sales")
    centre.do_line("1 anna takes 1")
    centre.do_line("2 anna removed")

    centre.do(commands.ConfigureAgent(at=moment(3), agent=centre.profile("anna", {"sales": 5})))

    centre.play("""
        5    1 leaves               > ended 1 answered customer; wrap_up anna
        35   time                   > wrap_up_ended anna system; signed_out anna forced
        36   anna signs in          > signed_in anna
    """)


def test_agent_stays_not_ready_for_a_reason_that_is_gone() -> None:
    centre = Centre(queues=QUEUES, agents=TWO)
    centre.do_line("0 anna not_ready lunch")

    centre.do(commands.RemoveReason(at=moment(1), reason_id=1))

    assert centre.engine.agent(11).reason_id == 1
    centre.play("2 anna ready > ready anna chosen")
