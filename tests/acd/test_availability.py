"""Ready, not ready, signed out; wishes during an assignment; devices that come and go."""

import pytest

from otklik.acd import commands
from otklik.vocabulary.refusals import Forbidden, NotFound
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

ONE = {"anna": {"sales": 5}}


def test_agent_signs_in_becomes_ready_pauses_and_signs_out() -> None:
    Centre(agents=ONE, ready=False).play("""
        0    anna signs in          >
        1    anna ready             > ready anna chosen
        1    anna ready             >
        2    anna not_ready lunch   > not_ready anna chosen lunch
        2    anna not_ready lunch   >
        3    anna not_ready meeting > not_ready anna chosen meeting
        4    anna ready             > ready anna chosen
        5    anna signs out         > signed_out anna
        5    anna signs out         >
        6    anna ready             > refused agent_signed_out
        7    anna not_ready lunch   > refused agent_signed_out
        8    anna signs in          > signed_in anna
    """)


def test_ready_needs_a_device() -> None:
    Centre(agents=ONE, ready=False).play("""
        0    anna unreachable       > unreachable anna
        0    anna unreachable       >
        1    anna ready             > refused device_unreachable
        2    anna reachable         > reachable anna
        3    anna ready             > ready anna chosen
    """)


def test_unknown_reasons_and_those_that_need_permission_are_refused() -> None:
    centre = Centre(agents=ONE)
    centre.play("""
        0    anna not_ready nap               > refused unknown_reason
        1    anna not_ready training          > refused permission_needed
        2    anna not_ready training permitted > not_ready anna chosen training
    """)

    anna = centre.agents["anna"]
    with pytest.raises(NotFound):
        centre.do(commands.MakeAgentNotReady(at=moment(3), agent_id=anna, reason_id=99))
    with pytest.raises(Forbidden):
        centre.do(commands.MakeAgentNotReady(at=moment(3), agent_id=anna, reason_id=2))
    with pytest.raises(NotFound):
        centre.do(commands.SignInAgent(at=moment(3), agent_id=77))


def test_pause_asked_for_during_a_talk_wins_at_its_end() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    anna not_ready lunch   > intent anna not_ready
        2    anna not_ready lunch   >
        3    1 leaves               > ended 1 answered customer; wrap_up anna
        33   time                   > wrap_up_ended anna system; not_ready anna chosen lunch
    """)


def test_later_wish_replaces_the_earlier_and_ready_revokes_it() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    anna not_ready lunch   > intent anna not_ready
        3    anna not_ready meeting > intent anna not_ready
        4    anna ready             > intent anna none
        4    anna ready             >
        5    1 leaves               > ended 1 answered customer; wrap_up anna
        35   time                   > wrap_up_ended anna system; ready anna wrap_up_ended
    """)


def test_pause_asked_for_while_it_rings_wins_over_the_missed_offer() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna not_ready lunch   > intent anna not_ready
        20   time                   > expired 1 anna; not_ready anna chosen lunch; queued 1 sales #1 again
    """)


def test_wish_for_ready_does_not_undo_a_missed_offer() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna ready             >
        20   time                   > expired 1 anna; not_ready anna missed_offer; queued 1 sales #1 again
        21   anna ready             > ready anna chosen; offer 1 anna
    """)


def test_pause_asked_for_during_a_manual_call_from_a_pause() -> None:
    Centre(agents=ONE).play("""
        0    anna not_ready lunch   > not_ready anna chosen lunch
        1    anna dials 1           > dials 1 anna
        2    anna ready             > intent anna ready
        3    anna not_ready lunch   > intent anna none
        4    anna not_ready meeting > intent anna not_ready
        5    1 fails busy           > ended 1 busy system; not_ready anna chosen meeting
    """)


def test_busy_agent_signs_out_only_by_force_and_then_after_the_talk() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna signs out         > refused agent_busy
        2    anna takes 1           > accepted 1 anna; connected 1 anna
        3    anna signs out forced  > intent anna signed_out
        4    1 leaves               > ended 1 answered customer; wrap_up anna
        5    anna dials 2           > refused agent_busy
        34   time                   > wrap_up_ended anna system; signed_out anna forced
        35   anna removed           > AgentRemoved
        36   anna signs in          > refused unknown_agent
    """)


def test_agent_who_is_removed_signs_out_first() -> None:
    Centre().play("""
        0    anna removed           > signed_out anna forced; AgentRemoved
        1    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 boris
    """)


def test_lost_device_is_forgiven_for_a_moment() -> None:
    Centre().play("""
        0    anna unreachable       > unreachable anna
        1    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 boris
        2    2 joins sales          > arrived 2; queued 2 sales #1
        2.5  anna reachable         > reachable anna; offer 2 anna
    """)


def test_device_that_stays_away_makes_a_ready_agent_not_ready() -> None:
    Centre(agents=ONE).play("""
        0    anna unreachable       > unreachable anna
        2.9  time                   >
        3    time                   > not_ready anna device_lost
        4    anna reachable         > reachable anna
        5    anna ready             > ready anna chosen
    """)


def test_flapping_device_starts_the_grace_anew() -> None:
    Centre(agents=ONE).play("""
        0    anna unreachable       > unreachable anna
        2    anna reachable         > reachable anna
        2.5  anna unreachable       > unreachable anna
        5    time                   >
        5.5  time                   > not_ready anna device_lost
    """)


def test_device_lost_during_wrap_up_matters_at_its_end() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    1 leaves               > ended 1 answered customer; wrap_up anna
        3    anna unreachable       > unreachable anna
        10   2 joins sales          > arrived 2; queued 2 sales #1
        32   time                   > wrap_up_ended anna system; not_ready anna device_lost
    """)


def test_device_lost_just_before_the_end_of_wrap_up_is_forgiven() -> None:
    Centre(agents=ONE).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    1 leaves               > ended 1 answered customer; wrap_up anna
        31   anna unreachable       > unreachable anna
        32   2 joins sales          > wrap_up_ended anna system; ready anna wrap_up_ended; arrived 2;
                                      queued 2 sales #1
        33   anna reachable         > reachable anna; offer 2 anna
    """)


def test_agent_without_voice_capacity_gets_nothing() -> None:
    centre = Centre(agents=ONE)
    profile = centre.profile("anna", {"sales": 5}, voice_capacity=0)
    centre.do(commands.ConfigureAgent(at=moment(0), agent=profile))
    centre.play("1 1 joins sales > arrived 1; queued 1 sales #1")

    profile = centre.profile("anna", {"sales": 5}, voice_capacity=1)
    events = centre.do(commands.ConfigureAgent(at=moment(2), agent=profile))

    assert [type(event).__name__ for event in events] == ["AgentConfigured", "OfferMade"]
