"""From the first word to the end of wrap-up: hold, lost phones, requeue, manual calls."""

from datetime import timedelta

import pytest

from otklik.acd import commands, events
from otklik.acd.model import EndReason
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

ONE = {"anna": {"sales": 5}}


def test_agent_hangs_up_and_has_wrap_up() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        30   anna finishes 1        > ended 1 answered agent; wrap_up anna
        40   anna finishes wrap_up  > wrap_up_ended anna agent; ready anna wrap_up_ended
    """)


def test_next_customer_waits_for_the_end_of_wrap_up() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    2 joins sales          > arrived 2; queued 2 sales #1
        30   1 leaves               > ended 1 answered customer; wrap_up anna
        60   time                   > wrap_up_ended anna system; ready anna wrap_up_ended; offer 2 anna
    """)


def test_wrap_up_is_extended_up_to_its_limit() -> None:
    Centre(agents=ONE, queues={"sales": {"wrap_up_limit": timedelta(seconds=60)}}).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        10   1 leaves               > ended 1 answered customer; wrap_up anna
        20   anna extends 20        > extended anna 60
        20   anna extends 0         > refused invalid_extension
        50   anna extends 20        > extended anna 70
        55   anna extends 20        > refused wrap_up_limit
        70   time                   > wrap_up_ended anna system; ready anna wrap_up_ended
        71   anna extends 20        > refused not_in_wrap_up
    """)


def test_queue_without_wrap_up_sets_the_agent_free_at_once() -> None:
    Centre(agents=ONE, queues={"sales": {"wrap_up": timedelta()}}).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    2 joins sales          > arrived 2; queued 2 sales #1
        10   1 leaves               > ended 1 answered customer; ready anna call_ended; offer 2 anna
    """)


def test_lost_phone_comes_back_and_the_talk_goes_on() -> None:
    Centre().play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        5    anna holds 1           > held 1
        9    1 loses agent          > reconnecting 1 anna
        9    1 loses agent          >
        12   1 regains agent        > reconnected 1 anna
        12   1 regains agent        >
        20   1 leaves               > ended 1 answered customer; wrap_up anna
    """)


def test_lost_phone_does_not_come_back_and_the_customer_stands_at_the_head() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales            > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1             > accepted 1 anna; connected 1 anna
        2    2 joins sales            > arrived 2; queued 2 sales #1
        3    3 joins sales priority 1 > arrived 3; queued 3 sales #1
        10   1 loses agent            > reconnecting 1 anna
        25   time                     > not_reconnected 1 anna; not_ready anna device_lost;
                                        queued 1 sales #2 recovered ahead
        26   1 regains agent          > refused wrong_phase
        30   anna ready               > ready anna chosen; offer 3 anna
        31   anna declines            > declined 3 anna; not_ready anna declined_offer;
                                        queued 3 sales #1 again
        32   3 leaves                 > ended 3 abandoned customer
        33   anna ready               > ready anna chosen; offer 1 anna
    """)


def test_customer_who_leaves_while_the_phone_is_lost_was_answered() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        10   1 loses agent          > reconnecting 1 anna
        15   1 leaves               > ended 1 answered customer; wrap_up anna
    """)


def test_phone_lost_before_both_heard_each_other() -> None:
    Centre().play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna accepts           > accepted 1 anna
        2    1 loses agent          > not_connected 1 anna; not_ready anna device_lost;
                                      queued 1 sales #1 again; offer 1 boris
        3    1 loses agent          > refused wrong_phase
        4    boris accepts          > accepted 1 boris
        5    boris finishes 1       > not_connected 1 boris; not_ready boris declined_offer;
                                      queued 1 sales #1 again
    """)


def test_customer_who_leaves_between_acceptance_and_media_was_abandoned() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna accepts           > accepted 1 anna
        2    1 leaves               > ended 1 abandoned customer; ready anna call_ended
    """)


def test_requeued_customer_gets_another_agent_while_the_first_wraps_up() -> None:
    Centre(
        queues={"sales": {}, "support": {}}, agents={"anna": {"sales": 5}, "boris": {"support": 5}}
    ).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        9    1 goes to nowhere      > refused unknown_queue
        10   1 goes to support      > handed_over 1 anna; wrap_up anna; queued 1 support #1 transferred;
                                      offer 1 boris
        11   boris takes 1          > accepted 1 boris; connected 1 boris
        20   anna finishes wrap_up  > wrap_up_ended anna agent; ready anna wrap_up_ended
        21   anna finishes 1        > refused not_your_interaction
        30   1 leaves               > ended 1 answered customer; wrap_up boris
    """)


def test_requeued_customer_keeps_his_credit_only_when_sent_ahead() -> None:
    queues = {"sales": {}, "support": {}}
    agents = {"anna": {"sales": 5}, "boris": {"sales": 5}}
    Centre(queues=queues, agents=agents).play("""
        0    1 joins sales             > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1              > accepted 1 anna; connected 1 anna
        2    2 joins sales             > arrived 2; queued 2 sales #1; offer 2 boris
        3    boris takes 2             > accepted 2 boris; connected 2 boris
        4    3 joins support           > arrived 3; queued 3 support #1
        5    1 goes to support         > handed_over 1 anna; wrap_up anna; queued 1 support #2 transferred
        6    2 goes to support ahead   > handed_over 2 boris; wrap_up boris;
                                         queued 2 support #1 transferred ahead
        7    2 goes to sales           > queued 2 sales #1 migrated ahead
    """)


def test_technical_end_in_every_phase() -> None:
    Centre(agents={"anna": {"sales": 5}, "boris": {"sales": 5}, "vera": {"sales": 5}}).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    1 ends media_failed    > withdrawn 1 anna superseded; ready anna offer_withdrawn;
                                      ended 1 media_failed system
        2    2 joins sales          > arrived 2; queued 2 sales #1; offer 2 boris
        3    boris accepts          > accepted 2 boris
        4    2 ends media_failed    > ended 2 media_failed system; ready boris call_ended
        5    3 joins sales          > arrived 3; queued 3 sales #1; offer 3 vera
        6    vera takes 3           > accepted 3 vera; connected 3 vera
        7    vera holds 3           > held 3
        8    3 ends media_failed    > ended 3 media_failed system; wrap_up vera
        9    4 arrives              > arrived 4
        10   4 ends closed          > ended 4 closed system
        11   4 ends closed          > refused unknown_interaction
    """)


def test_manual_call_is_dialled_answered_and_wrapped_up() -> None:
    Centre().play("""
        0    anna dials 1           > dials 1 anna
        0    anna dials 2           > refused agent_busy
        1    2 joins sales          > arrived 2; queued 2 sales #1; offer 2 boris
        5    boris takes 2          > accepted 2 boris; connected 2 boris
        6    1 connects             > connected 1 anna
        7    anna holds 1           > held 1
        60   1 leaves               > ended 1 answered customer; wrap_up anna
        90   time                   > wrap_up_ended anna system; ready anna wrap_up_ended
    """)


@pytest.mark.parametrize("reason", ["busy", "no_answer", "invalid_number", "congested", "cancelled"])
def test_party_that_is_not_reached_ends_the_manual_call_without_wrap_up(reason: str) -> None:
    Centre(agents=ONE).play(f"""
        0    anna dials 1           > dials 1 anna
        5    1 fails {reason}       > ended 1 {reason} system; ready anna call_ended
    """)


def test_manual_call_that_rings_too_long_or_is_given_up() -> None:
    Centre(agents=ONE).play("""
        0    anna dials 1           > dials 1 anna
        60   time                   > ended 1 no_answer system; ready anna call_ended
        61   anna dials 2           > dials 2 anna
        62   2 fails answered       > refused invalid_end_reason
        63   anna finishes 2        > ended 2 cancelled agent; ready anna call_ended
        64   anna dials 3           > dials 3 anna
        65   3 leaves               > ended 3 no_answer customer; ready anna call_ended
        66   anna dials 4           > dials 4 anna
        67   4 loses agent          > ended 4 agent_failed system; not_ready anna device_lost
        68   4 fails busy           > refused unknown_interaction
    """)


def test_manual_call_from_a_pause_gives_the_pause_back() -> None:
    Centre(agents=ONE).play("""
        0    anna not_ready lunch   > not_ready anna chosen lunch
        1    anna dials 1           > dials 1 anna
        2    1 fails busy           > ended 1 busy system; not_ready anna after_call lunch
        3    anna not_ready lunch   >
        4    anna dials 2           > dials 2 anna
        5    2 connects             > connected 2 anna
        6    2 leaves               > ended 2 answered customer; wrap_up anna
        7    anna ready             > intent anna ready
        36   time                   > wrap_up_ended anna system; ready anna intent
    """)


def test_manual_call_ends_the_wrap_up_before_it() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna dials 2           > refused agent_busy
        2    anna takes 1           > accepted 1 anna; connected 1 anna
        3    1 leaves               > ended 1 answered customer; wrap_up anna
        4    3 joins sales          > arrived 3; queued 3 sales #1
        5    anna dials 2 sales     > wrap_up_ended anna agent; ready anna wrap_up_ended; dials 2 anna
        6    2 connects             > connected 2 anna
        7    2 loses agent          > reconnecting 2 anna
        22   time                   > not_reconnected 2 anna; not_ready anna device_lost;
                                      queued 2 sales #1 recovered ahead
    """)


def test_manual_call_without_a_queue_ends_when_the_phone_does_not_come_back() -> None:
    Centre(agents=ONE).play("""
        0    anna dials 1           > dials 1 anna
        1    1 connects             > connected 1 anna
        2    1 loses agent          > reconnecting 1 anna
        17   time                   > not_reconnected 1 anna; not_ready anna device_lost;
                                      ended 1 agent_failed system
    """)


def test_manual_call_needs_a_signed_in_agent_a_device_and_a_known_queue() -> None:
    Centre(agents=ONE).play("""
        0    anna dials 1 nowhere   > refused unknown_queue
        1    anna unreachable       > unreachable anna
        2    anna dials 1           > refused device_unreachable
        3    anna signs out         > signed_out anna
        4    anna dials 1           > refused agent_signed_out
    """)


@pytest.mark.parametrize("is_estimated", [True, False])
def test_end_that_nobody_saw_is_marked_as_estimated(is_estimated: bool) -> None:
    centre = Centre()
    centre.play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    2 joins sales          > arrived 2; queued 2 sales #1; offer 2 boris
    """)

    left = centre.do(commands.NoteCustomerLeft(at=moment(2), interaction_id=1, is_estimated=is_estimated))
    lost = centre.do(
        commands.EndInteraction(
            at=moment(2), interaction_id=2, reason=EndReason.ADOPTED_LOST, is_estimated=is_estimated
        )
    )

    ends = [event for event in left + lost if isinstance(event, events.InteractionEnded)]
    assert [event.is_estimated for event in ends] == [is_estimated, is_estimated]


def test_call_that_answers_a_missed_one_says_so() -> None:
    centre = Centre(agents=ONE)

    dialed = centre.do(
        commands.StartManualInteraction(
            at=moment(1),
            agent_id=centre.agents["anna"],
            interaction_id=5,
            party_id=9,
            queue_id=1,
            project_id=3,
            callback_of=4,
        )
    )[-1]

    assert (dialed.interaction_id, dialed.party_id, dialed.queue_id) == (5, 9, 1)
    assert (dialed.project_id, dialed.callback_of) == (3, 4)
