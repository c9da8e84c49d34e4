"""How a talk moves between people, and what compensates when somebody is lost in the middle of it."""

from datetime import timedelta

import pytest

from otklik.acd import commands, events
from otklik.acd.engine import Engine
from otklik.acd.model import AgentState, Phase, SiteRules
from otklik.acd.transfers import COMPENSATION, OWNER_OF_STEP, Loss, Remedy, Step, steps_of
from tests.acd.language import START, Centre

pytestmark = pytest.mark.fast

TAKEN = """
    0   1 joins sales   > arrived 1; queued 1 sales #1; offer 1 anna
    1   anna takes 1    > accepted 1 anna; connected 1 anna
"""
CONSULTS = """
    2   anna consults 1 2 to boris > held 1; consult 2 of 1 anna; offer 2 boris
"""
ANSWERED = (
    CONSULTS
    + """
    3   boris takes 2 > accepted 2 boris; connected 2 boris
"""
)
CONFERENCE = (
    ANSWERED
    + """
    4   anna confers 1 > joined 1 boris; ended 2 answered agent; resumed 1
"""
)
BLIND = """
    2   anna transfers 1 to boris > handed_over 1 anna; wrap_up anna; transfer 1 from anna; offer 1 boris
"""
DIALED = """
    2   anna transfers 1 to outside > handed_over 1 anna; wrap_up anna; transfer 1 from anna; dialing 1
"""
RECALLED = (
    BLIND
    + """
    3   boris declines > declined 1 boris; not_ready boris declined_offer; transfer_failed 1 declined;
          wrap_up_ended anna system; ready anna wrap_up_ended; offer 1 anna
"""
)
OUTSIDE = (
    DIALED
    + """
    3   1 connects > outside 1
"""
)


FORWARDED = """
    2   5 arrives            > arrived 5
    2   5 enters flow        > in_flow 5
    2   5 forwarded to outside 20 600 > transfer 5 from flow; dialing 5
"""


def centre() -> Centre:
    return Centre(queues={"sales": {}, "support": {}}, agents={"anna": {"sales": 5}, "boris": {"sales": 1}})


def played(table: str) -> Centre:
    made = centre()
    made.play(TAKEN + table)
    return made


# --- as it should go


def test_blind_transfer_to_an_agent() -> None:
    played(
        BLIND
        + """
        4   boris takes 1 > accepted 1 boris; connected 1 boris
        5   1 leaves      > ended 1 answered customer; wrap_up boris
    """
    )


def test_blind_transfer_to_a_queue_waits_at_its_end() -> None:
    played("""
        2   anna transfers 1 to support > handed_over 1 anna; wrap_up anna; queued 1 support #1 transferred
    """)


def test_blind_transfer_to_a_party_outside_goes_on_without_an_agent() -> None:
    played(
        OUTSIDE
        + """
        9   1 loses party > left 1 outside; ended 1 answered system
    """
    )


def test_attended_transfer_gives_the_customer_to_the_one_who_was_asked() -> None:
    one = played(
        ANSWERED
        + """
        4   anna completes 1 > handed_over 1 anna; wrap_up anna; transferred 1 boris; ended 2 answered agent
    """
    )
    segments = [
        event.segment_id
        for event in one.witness.journal
        if isinstance(event, events.InteractionConnected | events.TransferCompleted)
        and event.interaction_id == 1
    ]
    assert len(set(segments)) == 2

    one.play("5  1 leaves > ended 1 answered customer; wrap_up boris")


def test_agent_changes_over_between_customer_and_colleague() -> None:
    one = played(ANSWERED)
    anna, boris = one.agents["anna"], one.agents["boris"]
    assert (one.engine.agent_state(anna), one.engine.agent_state(boris)) == (
        AgentState.HELD,
        AgentState.CONNECTED,
    )
    one.play("""
        4   anna swaps 1   > held 2; resumed 1
        5   anna swaps 1   > held 1; resumed 2
        6   anna resumes 1 > held 2; resumed 1
        7   anna cancels 1 > ended 2 answered agent; ready boris call_ended
    """)


def test_consultation_waits_in_a_queue_and_is_answered_there() -> None:
    one = Centre(queues={"sales": {}, "support": {}}, agents={"anna": {"sales": 5}, "boris": {"support": 5}})
    one.play(
        TAKEN
        + """
        2   anna consults 1 2 to support > held 1; consult 2 of 1 anna; queued 2 support #1; offer 2 boris
        3   boris takes 2    > accepted 2 boris; connected 2 boris
        4   anna completes 1 > handed_over 1 anna; wrap_up anna; transferred 1 boris; ended 2 answered agent
    """
    )
    interaction = one.engine.interaction(1)
    assert interaction is not None
    assert interaction.queue_id == one.queues["support"]


def test_completed_before_the_answer_it_is_a_blind_transfer() -> None:
    played(
        CONSULTS
        + """
        3   anna completes 1 > withdrawn 2 boris superseded; ready boris offer_withdrawn;
              ended 2 cancelled system; handed_over 1 anna; wrap_up anna; transfer 1 from anna; offer 1 boris
    """
    )


def test_conference_of_three_goes_on_when_its_owner_leaves() -> None:
    played(
        CONFERENCE
        + """
        5   anna leaves 1    > handed_over 1 anna; wrap_up anna; transferred 1 boris
        6   boris finishes 1 > ended 1 answered agent; wrap_up boris
    """
    )


def test_conferee_who_leaves_has_his_wrap_up() -> None:
    played(
        CONFERENCE
        + """
        5   boris leaves 1 > left 1 boris; wrap_up boris
        6   1 leaves       > ended 1 answered customer; wrap_up anna
    """
    )


def test_owner_takes_somebody_out_of_the_conference() -> None:
    played(
        CONFERENCE
        + """
        5   boris removes 2 from 1 > refused not_your_interaction
        6   anna removes 2 from 1  > left 1 boris; wrap_up boris
        7   anna leaves 1          > refused no_conference
    """
    )


def test_a_party_outside_who_was_asked_and_hangs_up_gives_the_customer_back() -> None:
    played("""
        2   anna consults 1 2 to outside > held 1; consult 2 of 1 anna; dialing 2
        3   2 connects     > connected 2 nobody
        4   2 loses party  > ended 2 answered system asked_left; resumed 1
    """)


def test_conference_with_a_party_outside() -> None:
    played("""
        2   anna consults 1 2 to outside > held 1; consult 2 of 1 anna; dialing 2
        3   2 connects     > connected 2 nobody
        4   anna confers 1 > joined 1 outside; ended 2 answered agent; resumed 1
        5   1 loses party  > left 1 outside
    """)


def test_conference_is_full() -> None:
    one = Centre(site=SiteRules(conference_limit=2))
    one.play(TAKEN + ANSWERED + "4  anna confers 1 > refused conference_full")


def test_call_between_colleagues_has_no_wrap_up() -> None:
    one = centre()
    one.play("0  anna calls boris 5 > calls 5 anna; offer 5 boris")
    assert one.engine.agent_state(one.agents["anna"]) is AgentState.CONNECTING
    one.play("""
        1   boris takes 5   > accepted 5 boris; connected 5 boris; moved 5 anna connected
        2   anna holds 5    > held 5; moved 5 anna held
        3   boris resumes 5 > resumed 5; moved 5 anna connected
        4   anna finishes 5 > left 5 anna; ready anna call_ended; ended 5 answered agent;
              ready boris call_ended
    """)


def test_colleague_who_says_no_stays_ready_for_customers() -> None:
    one = centre()
    one.play("""
        0   anna calls boris 5 > calls 5 anna; offer 5 boris
        1   boris declines > declined 5 boris; ready boris call_declined; left 5 anna; ready anna call_ended;
              ended 5 busy system
    """)


def test_supervisor_assigns_a_waiting_customer_to_one_without_the_skill() -> None:
    one = Centre(queues={"sales": {}, "support": {}}, agents={"anna": {"sales": 5}})
    one.play("""
        0   1 joins support > arrived 1; queued 1 support #1
        1   anna gets 1     > offer 1 anna
        2   anna declines   > declined 1 anna; not_ready anna declined_offer; queued 1 support #1 again
    """)


def test_supervisor_who_hears_a_talk_takes_it_over_at_once() -> None:
    """It does not ring: his phone is in the talk already. A ready one is ready no more."""
    played("""
        2   boris takes over 1 > handed_over 1 anna; wrap_up anna; transferred 1 boris
        3   anna takes over 1  > handed_over 1 boris; wrap_up boris; wrap_up_ended anna system;
              ready anna wrap_up_ended; transferred 1 anna
        4   1 leaves           > ended 1 answered customer; wrap_up anna
    """)


def test_a_talk_is_taken_over_from_its_agent_only() -> None:
    played("""
        2   anna takes over 1  > refused target_invalid
        2   boris takes over 7 > refused unknown_interaction
    """)
    played(CONSULTS + "3 boris takes over 1 > refused consult_running")
    played(CONFERENCE + "5 boris takes over 1 > refused target_invalid")


def test_supervisor_pulls_a_talk_onto_himself_and_back_to_the_queue() -> None:
    played("""
        2   boris pulls 1  > handed_over 1 anna; wrap_up anna; transfer 1 from anna; offer 1 boris
        3   boris takes 1  > accepted 1 boris; connected 1 boris
        4   1 pulled back  > handed_over 1 boris; wrap_up boris; queued 1 sales #1 transferred ahead
    """)


# --- what compensates

STORIES: dict[tuple[Step, Loss], tuple[str, str]] = {
    (Step.TARGET_OFFERED, Loss.TARGET): (
        BLIND,
        """
        22  time > expired 1 boris; not_ready boris missed_offer; transfer_failed 1 no_answer;
              wrap_up_ended anna system; ready anna wrap_up_ended; offer 1 anna
        """,
    ),
    (Step.TARGET_OFFERED, Loss.FIRST_AGENT): (BLIND, "3  anna unreachable > unreachable anna"),
    (Step.TARGET_OFFERED, Loss.CUSTOMER): (
        BLIND,
        "3  1 leaves > withdrawn 1 boris customer_left; ready boris offer_withdrawn;"
        " ended 1 short_abandoned customer",
    ),
    (Step.OUTSIDE_DIALED, Loss.TARGET): (
        DIALED,
        """
        3   1 fails busy > transfer_failed 1 unreached; wrap_up_ended anna system;
              ready anna wrap_up_ended; offer 1 anna
        """,
    ),
    (Step.OUTSIDE_DIALED, Loss.FIRST_AGENT): (DIALED, "3  anna unreachable > unreachable anna"),
    (Step.OUTSIDE_DIALED, Loss.CUSTOMER): (DIALED, "3  1 leaves > ended 1 abandoned customer"),
    (Step.RECALLED, Loss.TARGET): (
        RECALLED,
        """
        4   anna declines > declined 1 anna; not_ready anna declined_offer; transfer_failed 1 declined;
              queued 1 sales #1 recovered ahead
        """,
    ),
    (Step.RECALLED, Loss.FIRST_AGENT): (
        RECALLED,
        """
        4   anna device fails > withdrawn 1 anna device_failed; not_ready anna device_lost;
              transfer_failed 1 device_failed; queued 1 sales #1 recovered ahead
        """,
    ),
    (Step.RECALLED, Loss.CUSTOMER): (
        RECALLED,
        "4  1 leaves > withdrawn 1 anna customer_left; ready anna offer_withdrawn;"
        " ended 1 short_abandoned customer",
    ),
    (Step.CONSULT_SEEKING, Loss.TARGET): (
        CONSULTS,
        "22 time > expired 2 boris; not_ready boris missed_offer; ended 2 no_answer system; resumed 1",
    ),
    (Step.CONSULT_SEEKING, Loss.FIRST_AGENT): (
        CONSULTS,
        """
        3   anna loses leg of 1 > withdrawn 2 boris superseded; ready boris offer_withdrawn;
              ended 2 cancelled system; reconnecting 1 anna
        18  time > not_reconnected 1 anna; not_ready anna device_lost; queued 1 sales #1 recovered ahead;
              offer 1 boris
        """,
    ),
    (Step.CONSULT_SEEKING, Loss.CUSTOMER): (
        CONSULTS,
        """
        3   1 leaves > withdrawn 2 boris superseded; ready boris offer_withdrawn; ended 2 cancelled system;
              ended 1 answered customer; wrap_up anna
        """,
    ),
    (Step.CONSULT_TALKING, Loss.TARGET): (
        ANSWERED,
        "4  boris finishes 2 > ended 2 answered agent asked_left; ready boris call_ended; resumed 1",
    ),
    (Step.CONSULT_TALKING, Loss.FIRST_AGENT): (
        ANSWERED,
        """
        4   anna loses leg of 1 > held 2; reconnecting 1 anna
        19  time > not_reconnected 1 anna; not_ready anna device_lost; transferred 1 boris;
              ended 2 answered agent
        """,
    ),
    (Step.CONSULT_TALKING, Loss.CUSTOMER): (
        ANSWERED,
        """
        4   1 leaves > ended 2 answered system; ready boris call_ended; ended 1 answered customer;
              wrap_up anna
        """,
    ),
    (Step.CONFERENCE, Loss.TARGET): (
        CONFERENCE,
        "5  boris loses leg of 1 > left 1 boris; not_ready boris device_lost",
    ),
    (Step.CONFERENCE, Loss.FIRST_AGENT): (
        CONFERENCE,
        """
        5   anna loses leg of 1 > reconnecting 1 anna
        20  time > not_reconnected 1 anna; not_ready anna device_lost; transferred 1 boris
        """,
    ),
    (Step.CONFERENCE, Loss.CUSTOMER): (
        CONFERENCE,
        "5  1 leaves > left 1 boris; wrap_up boris; ended 1 answered customer; wrap_up anna",
    ),
    (Step.FLOW_SENT, Loss.TARGET): (FORWARDED, "3  5 fails busy > flow_resumed 5 busy"),
    (Step.FLOW_SENT, Loss.FIRST_AGENT): (FORWARDED, "3  anna unreachable > unreachable anna"),
    (Step.FLOW_SENT, Loss.CUSTOMER): (FORWARDED, "3  5 leaves > ended 5 cancelled customer"),
    (Step.OUTSIDE, Loss.TARGET): (OUTSIDE, "4  1 loses party > left 1 outside; ended 1 answered system"),
    (Step.OUTSIDE, Loss.FIRST_AGENT): (OUTSIDE, "4  anna unreachable > unreachable anna"),
    (Step.OUTSIDE, Loss.CUSTOMER): (OUTSIDE, "4  1 leaves > left 1 outside; ended 1 answered customer"),
}
"""How each step is reached, and what happens in it when somebody is lost."""


def remedy_seen(one: Centre, number: int) -> Remedy:
    """What became of the customer, for one who looks at the engine only."""
    interaction = one.engine.interaction(number)
    if interaction is None:
        return Remedy.END
    if interaction.phase is Phase.IN_FLOW:
        return Remedy.TO_FLOW
    steps = steps_of(one.engine.state, interaction)
    if Step.RECALLED in steps:
        return Remedy.RECALL
    boris = one.agents["boris"]
    if interaction.is_ahead:
        return Remedy.TO_QUEUE
    if interaction.phase is Phase.CONNECTED and interaction.agent_id == boris:
        return Remedy.TO_TARGET
    if steps or interaction.ties is not None:
        return Remedy.GO_ON
    return Remedy.TO_CUSTOMER


@pytest.mark.parametrize(("step", "loss"), COMPENSATION, ids=lambda value: value.value)
def test_whoever_is_lost_in_a_step_is_compensated_as_the_table_says(step: Step, loss: Loss) -> None:
    before, then = STORIES[step, loss]
    one = played(before)
    number = 5 if step is Step.FLOW_SENT else 1
    interaction = one.engine.interaction(number)
    assert interaction is not None
    assert step in steps_of(one.engine.state, interaction)

    one.play(then)

    expected = COMPENSATION[step, loss]
    if (step, loss) == (Step.CONFERENCE, Loss.TARGET):
        expected = Remedy.TO_CUSTOMER  # two are left of three: a usual talk
    assert remedy_seen(one, number) is expected


def test_every_step_has_a_story_for_every_loss_and_someone_who_must_act() -> None:
    assert set(COMPENSATION) == {(step, loss) for step in Step for loss in Loss} == set(STORIES)
    assert set(OWNER_OF_STEP) == set(Step)
    for _, timeout in OWNER_OF_STEP.values():
        assert not timeout or hasattr(SiteRules(), timeout)


def test_a_flow_sends_its_customer_outside_and_the_talk_has_its_own_limit() -> None:
    played(
        FORWARDED
        + """
        7    5 connects  > outside 5
        606  time        >
        607  time        > left 5 outside; ended 5 answered system
    """
    )


def test_who_does_not_come_for_a_flow_leaves_the_customer_to_it() -> None:
    one = played(
        FORWARDED
        + """
        22  time                 > flow_resumed 5 no_answer
        23  5 forwarded to outside 20 600 > transfer 5 from flow; dialing 5
        24  5 loses party        > flow_resumed 5 no_answer
        25  5 joins sales        > queued 5 sales #1; offer 5 boris
    """
    )
    interaction = one.engine.interaction(5)
    assert interaction is not None
    assert interaction.ties is None


def test_only_a_flow_can_send_its_customer_outside() -> None:
    played("2  1 forwarded to outside 20 600 > refused wrong_phase")
    played("2  7 forwarded to outside 20 600 > refused unknown_interaction")
    played("""
        2  5 arrives                           > arrived 5
        2  5 enters flow                       > in_flow 5
        2  5 forwarded to support 20 600       > refused target_invalid
    """)
    played(FORWARDED + "3  5 forwarded to outside 20 600 > refused wrong_phase")


def test_a_flow_rings_one_agent_and_has_the_customer_again_when_he_does_not_take_him() -> None:
    """Who talks, is not ready or is away is not rung; who lets it ring is treated as after every offer."""
    one = played("""
        2   5 arrives                      > arrived 5
        2   5 enters flow                  > in_flow 5
        2   5 forwarded to anna 20 600     > refused target_not_free
        2   5 forwarded to boris 15 600    > transfer 5 from flow; offer 5 boris
        17  time                 > expired 5 boris; not_ready boris missed_offer; flow_resumed 5 no_answer
        18  5 forwarded to boris 15 600    > refused target_not_free
        19  boris ready                    > ready boris chosen
        20  5 forwarded to boris 15 600    > transfer 5 from flow; offer 5 boris
        21  boris declines       > declined 5 boris; not_ready boris declined_offer; flow_resumed 5 busy
        22  boris ready                    > ready boris chosen
        23  5 forwarded to boris 15 600    > transfer 5 from flow; offer 5 boris
        24  boris takes 5                  > accepted 5 boris; connected 5 boris
    """)
    interaction = one.engine.interaction(5)
    assert interaction is not None
    assert interaction.ties is None


def test_a_forwarded_customer_survives_a_snapshot() -> None:
    one = played(FORWARDED)
    again = Engine.from_snapshot(one.engine.snapshot())
    assert again.snapshot() == one.engine.snapshot()
    made = again.handle(commands.ConfirmConnection(at=START + timedelta(seconds=5), interaction_id=5))
    (forwarded,) = made
    assert isinstance(forwarded, events.InteractionForwarded)
    assert forwarded.deadline == START + timedelta(seconds=605)


@pytest.mark.parametrize(
    "story", [CONSULTS, ANSWERED, BLIND, OUTSIDE], ids=["seek", "talk", "ring", "outside"]
)
def test_time_alone_ends_every_step(story: str) -> None:
    """Nobody does anything any more: no step outlives its deadline."""
    one = played(story)

    one.do_line("20000 time")

    interaction = one.engine.interaction(1)
    assert interaction is None or not steps_of(one.engine.state, interaction)


def test_hang_up_while_the_colleague_rings_leaves_the_customer_with_him() -> None:
    played(
        CONSULTS
        + """
        3   anna finishes 1 > withdrawn 2 boris superseded; ready boris offer_withdrawn;
              ended 2 cancelled system; handed_over 1 anna; wrap_up anna; transfer 1 from anna; offer 1 boris
    """
    )


def test_transfer_of_a_call_without_queue_that_nobody_takes_ends() -> None:
    one = centre()
    one.play("""
        0   anna dials 1   > dials 1 anna
        1   1 connects     > connected 1 anna
        2   anna transfers 1 to boris > handed_over 1 anna; wrap_up anna; transfer 1 from anna; offer 1 boris
        3   anna signs out forced > intent anna signed_out
        4   boris declines > declined 1 boris; not_ready boris declined_offer; transfer_failed 1 declined;
              ended 1 agent_failed system
    """)


def test_what_cannot_be_is_refused() -> None:
    played("""
        2   anna transfers 1 to anna  > refused target_not_free
        3   anna transfers 1 to nowhere > refused unknown_queue
        4   boris transfers 1 to anna > refused not_your_interaction
        5   anna consults 1 2 to anna > refused agent_busy
        6   anna completes 1 > refused no_consult
        7   boris not_ready lunch > not_ready boris chosen lunch
        8   anna transfers 1 to boris > refused target_not_free
        9   anna consults 1 2 to boris > held 1; consult 2 of 1 anna; offer 2 boris
        10  anna consults 1 3 to boris > refused consult_running
        11  anna swaps 1 > refused consult_unanswered
        12  anna confers 1 > refused consult_unanswered
        13  boris declines > declined 2 boris; not_ready boris after_call lunch; ended 2 busy system;
              resumed 1
    """)


def test_call_between_colleagues_has_no_customer_to_move() -> None:
    one = centre()
    one.play("""
        0   anna calls boris 5  > calls 5 anna; offer 5 boris
        1   boris takes 5       > accepted 5 boris; connected 5 boris; moved 5 anna connected
        2   boris transfers 5 to anna > refused internal_call
        3   5 pulled back       > refused internal_call
        4   5 goes to sales     > refused internal_call
        5   boris loses leg of 5 > left 5 anna; ready anna call_ended; ended 5 agent_failed system;
              not_ready boris device_lost
    """)


def test_party_outside_joins_where_a_colleague_is_there_when_the_owner_is_lost() -> None:
    played(
        CONFERENCE
        + """
        5   anna consults 1 3 to outside > held 1; consult 3 of 1 anna; dialing 3
        6   3 connects                   > connected 3 nobody
        7   1 loses agent                > held 3; reconnecting 1 anna
        22  time                         > not_reconnected 1 anna; not_ready anna device_lost;
                                           transferred 1 boris; joined 1 outside;
                                           ended 3 answered agent
        23  1 loses party                > left 1 outside
        24  1 leaves                     > ended 1 answered customer; wrap_up boris
    """
    )


def test_lost_leg_of_nobody_is_refused_where_only_parties_outside_talk() -> None:
    played(OUTSIDE + "4  1 loses agent  > refused wrong_phase")


def test_consultation_with_the_id_of_one_who_came_in_by_it_is_refused() -> None:
    played(CONFERENCE + "5  anna consults 1 2 to outside  > refused interaction_exists")
