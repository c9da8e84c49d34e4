"""A customer who waits for one agent alone: for a while, and never for one who is not there."""

from datetime import timedelta

import pytest

from otklik.acd import commands
from otklik.acd.events import PreferredAgentReleased
from otklik.acd.model import Boost, RelaxationStep
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

THREE = {"anna": {"sales": 5}, "boris": {"sales": 5}, "vera": {"support": 5}}


def centre_of(**rules: object) -> Centre:
    return Centre(queues={"sales": rules, "support": {}}, agents=THREE)


def join(
    centre: Centre, number: int, at: float, agent: str, seconds: float | None = 10, **what: object
) -> str:
    """A customer who wants this agent joins sales."""
    centre.do(commands.RegisterInteraction(at=moment(at), interaction_id=number))
    events = centre.do(
        commands.EnqueueInteraction(
            at=moment(at),
            interaction_id=number,
            queue_id=1,
            preferred_agent_id=centre.agents.get(agent, 99),
            preferred_for=None if seconds is None else timedelta(seconds=seconds),
            **what,
        )
    )
    return "; ".join(centre._say(event) for event in events)


def test_the_preferred_agent_gets_him_even_when_another_is_idle_longer() -> None:
    centre = centre_of()

    assert join(centre, 1, 0, "boris", preferred_cause="personal_agent") == "queued 1 sales #1; offer 1 boris"

    why = centre.witness.journal[-1].why
    assert why.rules == ("preferred_agent", "personal_agent", "eligible_by_skill")
    assert why.counts == {"eligible_by_skill": 1, "preferred_agent": 1}


def test_he_waits_for_a_busy_one_and_then_for_all_at_his_own_place() -> None:
    centre = centre_of()
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1        > accepted 1 anna; connected 1 anna
        2    boris not_ready lunch > not_ready boris chosen lunch
    """)
    assert join(centre, 2, 3, "anna") == "queued 2 sales #1"
    why = centre.engine.why_waiting(2, moment(5))
    assert (why.preferred_agent_id, why.preferred_until) == (centre.agents["anna"], moment(13))

    centre.play("""
        4    3 joins sales       > arrived 3; queued 3 sales #2
        5    boris ready         > ready boris chosen; offer 3 boris
        13   time                > released 2 anna timeout
        24   boris declines      > declined 3 boris; not_ready boris declined_offer; queued 3 sales #2 again
        25   boris ready         > ready boris chosen; offer 2 boris
    """)
    assert centre.engine.why_waiting(3, moment(26)).preferred_agent_id == 0


def test_the_agent_who_becomes_free_takes_first_who_waits_for_him_alone() -> None:
    centre = centre_of(wrap_up=timedelta())
    centre.play("""
        0    boris not_ready lunch > not_ready boris chosen lunch
        1    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        2    anna takes 1        > accepted 1 anna; connected 1 anna
        3    2 joins sales       > arrived 2; queued 2 sales #1
    """)
    join(centre, 3, 4, "anna", 60)

    centre.play("10 1 leaves > ended 1 answered customer; ready anna call_ended; offer 3 anna")


def test_the_why_of_an_own_offer_knows_the_step_and_the_boosts() -> None:
    centre = centre_of(wrap_up=timedelta(), relaxation=(RelaxationStep(after=timedelta(seconds=5)),))
    centre.play("""
        0    boris not_ready lunch > not_ready boris chosen lunch
        1    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        2    anna takes 1        > accepted 1 anna; connected 1 anna
    """)
    join(centre, 2, 3, "anna", 60, boosts=(Boost(cause="vip", amount=2),))
    centre.play("""
        8    time                > relaxed 2 1
        10   1 leaves            > ended 1 answered customer; ready anna call_ended; offer 2 anna
    """)

    why = centre.witness.journal[-1].why
    assert why.step == 1
    assert why.boosts == (Boost(cause="vip", amount=2),)


def test_a_release_names_the_queue_in_which_he_waits_on() -> None:
    centre = centre_of()
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1        > accepted 1 anna; connected 1 anna
        2    2 joins sales       > arrived 2; queued 2 sales #1; offer 2 boris
        3    boris takes 2       > accepted 2 boris; connected 2 boris
    """)
    join(centre, 3, 4, "anna")
    join(centre, 4, 5, "boris", 100)
    centre.play("""
        14   time                > released 3 anna timeout
        15   boris not_ready lunch > intent boris not_ready; released 4 boris not_ready
    """)
    join(centre, 5, 16, "boris")

    released = [one for one in centre.witness.journal if isinstance(one, PreferredAgentReleased)]
    assert [(one.interaction_id, one.queue_id) for one in released] == [(3, 1), (4, 1), (5, 1)]


def test_a_higher_priority_comes_before_who_waits_for_him_alone() -> None:
    centre = centre_of(wrap_up=timedelta())
    centre.play("""
        0    boris not_ready lunch > not_ready boris chosen lunch
        1    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        2    anna takes 1        > accepted 1 anna; connected 1 anna
        3    2 joins sales priority 5 > arrived 2; queued 2 sales #1
    """)
    join(centre, 3, 4, "anna", 60)

    centre.play("10 1 leaves > ended 1 answered customer; ready anna call_ended; offer 2 anna")


@pytest.mark.parametrize(
    ("agent", "cause"),
    [("vera", "eligible_by_skill"), ("nobody", "unknown_agent")],
)
def test_nobody_waits_for_one_who_could_not_take_him(agent: str, cause: str) -> None:
    centre = centre_of()

    said = join(centre, 1, 0, agent)

    assert said == f"queued 1 sales #1; released 1 {agent} {cause}; offer 1 anna"


def test_nobody_waits_for_one_who_is_signed_out() -> None:
    centre = centre_of()
    centre.play("""
        0    boris signs out     > signed_out boris
    """)

    assert join(centre, 1, 1, "boris") == "queued 1 sales #1; released 1 boris signed_out; offer 1 anna"


def test_who_waits_is_released_at_once_when_the_agent_goes() -> None:
    centre = centre_of()
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1        > accepted 1 anna; connected 1 anna
        2    2 joins sales       > arrived 2; queued 2 sales #1; offer 2 boris
    """)
    join(centre, 3, 3, "anna", 100)
    join(centre, 4, 4, "boris", 100)

    centre.play("""
        5    anna not_ready lunch > intent anna not_ready; released 3 anna not_ready
        22   time                > expired 2 boris; not_ready boris missed_offer; queued 2 sales #1 again;
                                   released 4 boris not_ready
        26   boris signs out     > signed_out boris
    """)


def test_a_queue_may_wait_for_an_agent_in_his_pause() -> None:
    centre = centre_of(preferred_waits_for_pause=True, preferred_wait=timedelta(seconds=40))
    centre.play("0 anna not_ready lunch > not_ready anna chosen lunch")

    assert join(centre, 1, 1, "anna", None) == "queued 1 sales #1"
    centre.play("""
        30   anna ready          > ready anna chosen; offer 1 anna
    """)


def test_an_offer_that_he_lets_pass_ends_the_preference() -> None:
    centre = centre_of()
    join(centre, 1, 0, "boris", 300)

    centre.play("""
        5    boris declines      > declined 1 boris; not_ready boris declined_offer;
                                   queued 1 sales #1 again; offer 1 anna
    """)


def test_an_agent_who_is_removed_or_loses_the_skill_releases_them() -> None:
    centre = centre_of(wrap_up=timedelta())
    centre.play("""
        0    boris unreachable   > unreachable boris
        0    anna unreachable    > unreachable anna
    """)
    join(centre, 1, 1, "anna", 300)
    join(centre, 2, 1, "boris", 300)

    gone = centre.do(commands.RemoveAgent(at=moment(2), agent_id=centre.agents["anna"]))
    unskilled = centre.profile("boris", {"support": 1})
    lost = centre.do(commands.ConfigureAgent(at=moment(2), agent=unskilled))

    assert [type(event).__name__ for event in gone] == [
        "AgentSignedOut",
        "PreferredAgentReleased",
        "AgentRemoved",
    ]
    assert [type(event).__name__ for event in lost] == ["AgentConfigured", "PreferredAgentReleased"]
    assert centre.engine.waiting(1) == [1, 2]
    centre.witness.compare_replay()


def test_rules_that_change_while_he_waits_are_looked_at_at_once() -> None:
    centre = centre_of()
    centre.play("0 anna unreachable > unreachable anna")
    join(centre, 1, 1, "anna", 300)

    harder = centre.queue_rules("sales", minimum=9)
    events = centre.do(commands.ConfigureQueue(at=moment(2), queue=harder))

    assert [type(event).__name__ for event in events] == ["QueueConfigured", "PreferredAgentReleased"]
    centre.witness.compare_replay()


def test_what_is_asked_relaxes_while_he_waits_for_one_alone() -> None:
    steps = (RelaxationStep(after=timedelta(seconds=2), minimum=0),)
    centre = centre_of(relaxation=steps)
    centre.play("0 anna unreachable > unreachable anna")
    join(centre, 1, 0, "anna", 2.5)

    centre.play("""
        2    time                > relaxed 1 1
        2.5  time                > released 1 anna timeout; offer 1 boris
    """)


def test_of_two_who_wait_for_him_in_queues_that_age_differently_the_more_urgent_is_first() -> None:
    slow, quick = {"ageing": 0.0, "priority": 3}, {"ageing": 6.0}
    agents = {"anna": {"slow": 5, "quick": 5}}
    centre = Centre(queues={"slow": slow, "quick": quick}, agents=agents)
    centre.play("""
        0    1 joins slow           > arrived 1; queued 1 slow #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
    """)
    for number, queue in ((2, "quick"), (3, "slow")):
        centre.do(commands.RegisterInteraction(at=moment(2), interaction_id=number))
        centre.do(
            commands.EnqueueInteraction(
                at=moment(2),
                interaction_id=number,
                queue_id=centre.queues[queue],
                preferred_agent_id=centre.agents["anna"],
                preferred_for=timedelta(minutes=10),
            )
        )

    # After a minute the second queue's customer has six points against three.
    centre.play("""
        62   1 leaves               > ended 1 answered customer; wrap_up anna
        63   anna finishes wrap_up  > wrap_up_ended anna agent; ready anna wrap_up_ended;
                                      offer 2 anna
    """)
