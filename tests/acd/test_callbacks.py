"""Promised calls: they wait with their own time, are dialled by whoever took them, and starve nobody."""

from datetime import timedelta

import pytest

from otklik.acd.events import OfferMade
from otklik.acd.model import CallbackRules, Phase
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

ONE = {"anna": {"sales": 5}}
MINUTE = timedelta(minutes=1)


def house(agents: dict[str, dict[str, int]] | None = None, **callbacks: object) -> Centre:
    rules = {"delay": timedelta(seconds=15), **callbacks}
    queue = {"callbacks": CallbackRules(**rules), "wrap_up": timedelta(0)}
    return Centre(queues={"sales": queue}, agents=agents or ONE)


AWAY = "0 anna not_ready lunch > not_ready anna chosen lunch\n"


def test_promise_keeps_the_place_and_the_customer_may_hang_up() -> None:
    house().play(
        AWAY
        + """
        0    1 joins sales          > arrived 1; queued 1 sales #1
        10   1 promised             > promised 1 25
        11   1 leaves               >
        12   2 joins sales          > arrived 2; queued 2 sales #1
        25   time                   > queued 1 sales #1 due
    """
    )


def test_agent_takes_it_dials_and_reaches_the_customer() -> None:
    house().play(
        AWAY
        + """
        0    1 joins sales          > arrived 1; queued 1 sales #1
        10   1 promised             > promised 1 25
        30   anna ready             > queued 1 sales #1 due; ready anna chosen; offer 1 anna callback
        32   anna accepts           > accepted 1 anna; calls_back 1 anna 1
        40   1 connects             > connected 1 anna
        50   1 leaves               > ended 1 answered customer; ready anna call_ended
    """
    )


def test_who_is_not_reached_is_tried_again_later() -> None:
    house(attempts=2, retry_after=5 * MINUTE).play(
        AWAY
        + """
        0    1 joins sales          > arrived 1; queued 1 sales #1
        10   1 promised             > promised 1 25
        30   anna ready             > queued 1 sales #1 due; ready anna chosen; offer 1 anna callback
        32   anna accepts           > accepted 1 anna; calls_back 1 anna 1
        40   1 fails busy           > not_reached 1 anna busy 340; ready anna call_ended
        340  time                   > queued 1 sales #1 due; offer 1 anna callback
        341  anna accepts           > accepted 1 anna; calls_back 1 anna 2
        401  time                   > not_reached 1 anna no_answer over; ready anna call_ended;
                                      ended 1 no_answer system
    """
    )


def test_wrong_number_is_not_dialled_again() -> None:
    house().play("""
        0    1 scheduled sales 5    > promised 1 5
        5    time                   > queued 1 sales #1 due; offer 1 anna callback
        6    anna accepts           > accepted 1 anna; calls_back 1 anna 1
        7    1 fails invalid_number > not_reached 1 anna invalid_number over; ready anna call_ended;
                                      ended 1 invalid_number system
    """)


def test_attempt_that_broke_on_our_side_does_not_count() -> None:
    agents = {"anna": {"sales": 5}, "boris": {"sales": 5}}
    house(agents, attempts=1).play("""
        0    1 scheduled sales 5    > promised 1 5
        5    time                   > queued 1 sales #1 due; offer 1 anna callback
        6    anna accepts           > accepted 1 anna; calls_back 1 anna 1
        7    1 loses agent          > not_reached 1 anna agent_failed 7; not_ready anna device_lost
        7    time                   > queued 1 sales #1 due; offer 1 boris callback
        8    boris accepts          > accepted 1 boris; calls_back 1 boris 1
    """)


def test_agent_who_hangs_up_while_it_rings_puts_it_off() -> None:
    house(retry_after=MINUTE).play("""
        0    1 scheduled sales 5    > promised 1 5
        5    time                   > queued 1 sales #1 due; offer 1 anna callback
        6    anna accepts           > accepted 1 anna; calls_back 1 anna 1
        7    anna finishes 1        > not_reached 1 anna cancelled 67; ready anna call_ended
    """)


def test_missed_offer_puts_it_back_into_its_place() -> None:
    house().play("""
        0    1 scheduled sales 5    > promised 1 5
        5    time                   > queued 1 sales #1 due; offer 1 anna callback
        25   time                   > expired 1 anna; not_ready anna missed_offer; queued 1 sales #1 again
        26   anna ready             > ready anna chosen; offer 1 anna callback
        27   anna declines          > declined 1 anna; not_ready anna declined_offer; queued 1 sales #1 again
    """)


def test_promise_that_nobody_kept_expires() -> None:
    house(expires_after=10 * MINUTE).play(
        AWAY
        + """
        0    1 joins sales          > arrived 1; queued 1 sales #1
        10   1 promised             > promised 1 25
        25   time                   > queued 1 sales #1 due
        625  time                   > too_late 1; ended 1 callback_promised system
    """
    )


def test_time_that_runs_out_while_it_rings_counts_afterwards() -> None:
    house(expires_after=MINUTE, retry_after=MINUTE).play("""
        0    1 scheduled sales 5    > promised 1 5
        5    time                   > queued 1 sales #1 due; offer 1 anna callback
        6    anna accepts           > accepted 1 anna; calls_back 1 anna 1
        66   time                   > not_reached 1 anna no_answer over; ready anna call_ended;
                                      ended 1 no_answer system
    """)


def test_promise_from_a_flow_needs_a_queue() -> None:
    house().play("""
        0    1 arrives              > arrived 1
        1    1 promised             > refused unknown_queue
        2    1 promised in sales    > promised 1 17
        3    1 promised in sales    >
        4    1 leaves               >
        17   time                   > queued 1 sales #1 due; offer 1 anna callback
    """)


def test_nobody_is_promised_a_call_in_a_talk_or_for_next_year() -> None:
    house().play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    1 promised             > refused wrong_phase
        2    anna takes 1           > accepted 1 anna; connected 1 anna
        3    1 promised             > refused wrong_phase
        4    2 scheduled sales 9999999 > refused invalid_due
        5    1 moved to 60          > refused no_callback
    """)


def test_certain_moment_counts_from_then() -> None:
    centre = house()
    centre.play(
        AWAY
        + """
        0    1 joins sales          > arrived 1; queued 1 sales #1
        10   1 promised at 100      > promised 1 100
        50   1 moved to 200         > rescheduled 1 200
        150  2 joins sales          > arrived 2; queued 2 sales #1
        200  time                   > queued 1 sales #2 due
    """
    )
    assert centre.engine.interaction(1).queued_at == moment(200)


def test_personal_callback_waits_for_its_agent_then_for_anybody() -> None:
    agents = {"anna": {"sales": 5}, "boris": {"sales": 5}}
    house(agents, personal_for=10 * MINUTE).play("""
        0    anna not_ready lunch   > not_ready anna chosen lunch
        0    1 scheduled sales 5 for anna > promised 1 5
        0    2 scheduled sales 6 for anna > promised 2 6
        5    time                   > queued 1 sales #1 due
        7    anna ready             > queued 2 sales #2 due; ready anna chosen; offer 1 anna callback
        8    anna accepts           > accepted 1 anna; calls_back 1 anna 1
        9    1 connects             > connected 1 anna
        606  time                   > released 2 anna timeout; offer 2 boris callback
    """)


def test_personal_callback_of_one_who_is_gone_is_everybodys() -> None:
    agents = {"anna": {"sales": 5}, "boris": {"sales": 5}}
    house(agents).play("""
        0    1 scheduled sales 5 for anna > promised 1 5
        1    anna removed           > signed_out anna forced; AgentRemoved
        5    time                   > queued 1 sales #1 due; released 1 anna unknown_agent;
                                      offer 1 boris callback
    """)


@pytest.mark.parametrize(
    ("share", "wanted"), [(0.25, "LLLCLLLCLLLC"), (0.5, "LCLCLCLCLCLC"), (0.1, "LLLLLLLLLCLL")]
)
def test_live_customers_and_callbacks_share_the_agent(share: float, wanted: str) -> None:
    """Neither side starves, though all callbacks have waited longer."""
    centre = house(share=share)
    centre.do_line("0 anna not_ready lunch")
    for number in range(1, 21):
        centre.do_line(f"0 {number} scheduled sales 5")
        centre.do_line(f"10 {100 + number} joins sales")
    centre.do_line("20 anna ready")

    for second in range(21, 33):
        centre.do_line(f"{second} anna declines")
        centre.do_line(f"{second}.5 anna ready")

    offers = [event.kind.value for event in centre.witness.journal if isinstance(event, OfferMade)]
    assert "".join("C" if kind == "callback" else "L" for kind in offers)[:12] == wanted


def test_never_more_are_dialled_than_agents_took_them() -> None:
    agents = {"anna": {"sales": 5}, "boris": {"sales": 5}}
    centre = house(agents)
    for number in range(1, 10):
        centre.do_line(f"0 {number} scheduled sales 5")
    centre.do_line("5 time")
    centre.do_line("6 anna accepts")
    centre.do_line("6 boris accepts")

    phases = [one.phase for one in centre.engine.state.interactions.values()]
    assert phases.count(Phase.DIALING) == 2
    assert phases.count(Phase.WAITING) == 7


def test_promised_calls_take_no_place_in_a_full_queue() -> None:
    queue = {"callbacks": CallbackRules(), "maximum_waiting": 1}
    Centre(queues={"sales": queue}, agents=ONE).play(
        AWAY
        + """
        0    1 scheduled sales 5    > promised 1 5
        6    2 joins sales          > queued 1 sales #1 due; arrived 2; queued 2 sales #2
        7    3 joins sales          > arrived 3; refused queue_full
    """
    )


def test_priority_of_callbacks_counts_between_queues() -> None:
    queues = {"sales": {"callbacks": CallbackRules(priority=5)}, "second": {"priority": 3}}
    Centre(queues=queues, agents={"anna": {"sales": 5, "second": 5}}).play(
        AWAY
        + """
        0    1 joins second         > arrived 1; queued 1 second #1
        0    2 scheduled sales 5    > promised 2 5
        6    anna ready             > queued 2 sales #1 due; ready anna chosen; offer 2 anna callback
    """
    )


def test_customer_who_hangs_up_while_he_is_called_back_ended_it_himself() -> None:
    house(attempts=1).play("""
        0    1 scheduled sales 5    > promised 1 5
        5    time                   > queued 1 sales #1 due; offer 1 anna callback
        6    anna accepts           > accepted 1 anna; calls_back 1 anna 1
        7    1 leaves               > not_reached 1 anna no_answer over; ready anna call_ended;
                                      ended 1 no_answer customer
    """)
