"""Who waits for what kind of agent: wishes of a customer, and what suffices when the wait is long."""

from datetime import timedelta

import pytest

from otklik.acd import commands
from otklik.acd.apply import SPARE_LANES_KEPT
from otklik.acd.model import QueueRules, RelaxationStep, SkillRequirement
from otklik.acd.requirements import LEVEL_OF_GRADE, effective, merged, steps_after
from otklik.vocabulary.refusals import Refused
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

ENGLISH, LICENCE = 71, 72


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


STEPS = (
    RelaxationStep(after=seconds(20), minimum=5),
    RelaxationStep(after=seconds(60), minimum=0),
)


def test_less_suffices_after_a_while_and_the_step_is_told() -> None:
    centre = Centre(
        queues={"sales": {"minimum": 8, "relaxation": STEPS}},
        agents={"anna": {"sales": 5}, "boris": {"sales": 8}, "vera": {}},
    )
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 boris
        1    2 joins sales       > arrived 2; queued 2 sales #1
        2    3 joins sales       > arrived 3; queued 3 sales #2
        20.9 time                > expired 1 boris; not_ready boris missed_offer; queued 1 sales #1 again 1;
                                   offer 1 anna
        61   time                > relaxed 2 1; relaxed 3 1; expired 1 anna; not_ready anna missed_offer;
                                   queued 1 sales #1 again 1; relaxed 1 2; offer 1 vera; relaxed 2 2
    """)

    offers = [event for event in centre.witness.journal if type(event).__name__ == "OfferMade"]

    assert [offer.why.step for offer in offers] == [0, 1, 2]
    assert "requirements_relaxed" not in offers[0].why.rules
    assert "requirements_relaxed" in offers[2].why.rules
    why = centre.engine.why_waiting(3, moment(61))
    assert (why.step, why.relaxes_at, why.position) == (1, moment(62), 2)
    assert why.requirements == (SkillRequirement(skill_id=1, minimum=5),)
    assert (why.fitting, why.counts["eligible_by_skill"]) == (2, 1)


def test_who_asks_for_more_waits_for_an_agent_who_has_it_and_others_overtake() -> None:
    centre = Centre(agents={"anna": {"sales": 5}, "boris": {"sales": 5}}, ready=False)
    wish = (SkillRequirement(skill_id=ENGLISH, minimum=3),)
    for number, wishes in ((1, wish), (2, ())):
        at = moment(number)
        centre.do(commands.RegisterInteraction(at=at, interaction_id=number))
        centre.do(commands.EnqueueInteraction(at=at, interaction_id=number, queue_id=1, requirements=wishes))
    learned = centre.profile("boris", {"sales": 5})
    learned = type(learned)(agent_id=learned.agent_id, skills={**learned.skills, ENGLISH: 3})
    centre.do(commands.ConfigureAgent(at=moment(3), agent=learned))

    assert centre.engine.waiting(1) == [1, 2]
    centre.play("4 anna ready > ready anna chosen; offer 2 anna")
    assert centre.engine.position(1) == 1
    centre.play("5 boris ready > ready boris chosen; offer 1 boris")


def test_a_firm_requirement_is_never_relaxed() -> None:
    rules = QueueRules(
        queue_id=1,
        skills=(
            SkillRequirement(skill_id=1, minimum=8),
            SkillRequirement(skill_id=LICENCE, minimum=1, is_firm=True),
        ),
        relaxation=STEPS,
    )

    assert [one.minimum for one in effective(rules, (), 1)] == [5, 1]
    assert effective(rules, (), 2) == (SkillRequirement(skill_id=LICENCE, minimum=1, is_firm=True),)


def test_a_step_may_be_for_some_skills_only_and_what_was_allowed_stays_allowed() -> None:
    rules = QueueRules(
        queue_id=1,
        skills=(SkillRequirement(skill_id=1, minimum=8), SkillRequirement(skill_id=2, minimum=6)),
        relaxation=(
            RelaxationStep(after=seconds(5), minimum=3, skills=(1,)),
            RelaxationStep(after=seconds(9), minimum=5),
        ),
    )

    assert [one.minimum for one in effective(rules, (), 1)] == [3, 6]
    assert [one.minimum for one in effective(rules, (), 2)] == [3, 5]
    assert [steps_after(rules, seconds(wait)) for wait in (0, 5, 8.9, 9)] == [0, 1, 1, 2]


def test_the_same_skill_asked_twice_counts_once_with_the_higher_level() -> None:
    asked = (
        SkillRequirement(skill_id=2, minimum=4, is_firm=True),
        SkillRequirement(skill_id=1, minimum=1),
        SkillRequirement(skill_id=2, minimum=7),
    )

    assert merged(asked) == (
        SkillRequirement(skill_id=1, minimum=1),
        SkillRequirement(skill_id=2, minimum=7, is_firm=True),
    )


@pytest.mark.parametrize("minimum", [0, 11, -1])
def test_an_impossible_wish_is_refused(minimum: int) -> None:
    centre = Centre()
    centre.do(commands.RegisterInteraction(at=moment(0), interaction_id=1))

    with pytest.raises(Refused) as refusal:
        centre.do(
            commands.EnqueueInteraction(
                at=moment(0),
                interaction_id=1,
                queue_id=1,
                requirements=(SkillRequirement(skill_id=ENGLISH, minimum=minimum),),
            )
        )

    assert refusal.value.code == "invalid_requirement"
    assert refusal.value.facts == {"skill_id": ENGLISH, "minimum": minimum}


def test_complexity_of_products_is_a_skill_with_the_level_of_a_grade() -> None:
    """Simple and complex goods, trainees, novices and experienced ones: a queue of complex goods takes the
    experienced, after a while a novice, never a trainee."""
    grades = {"trainee": "anna", "novice": "boris", "experienced": "vera"}
    agents = {name: {"complex": LEVEL_OF_GRADE[grade]} for grade, name in grades.items()}
    steps = (RelaxationStep(after=seconds(10), minimum=LEVEL_OF_GRADE["novice"]),)
    queues = {"complex": {"minimum": LEVEL_OF_GRADE["experienced"], "relaxation": steps}}

    Centre(queues=queues, agents=agents).play("""
        0    1 joins complex     > arrived 1; queued 1 complex #1; offer 1 vera
        1    2 joins complex     > arrived 2; queued 2 complex #1
        2    3 joins complex     > arrived 3; queued 3 complex #2
        11   time                > relaxed 2 1; offer 2 boris
        19   time                > relaxed 3 1
    """)


def test_who_returns_to_a_queue_keeps_the_step_that_he_had() -> None:
    centre = Centre(
        queues={"sales": {"minimum": 8, "relaxation": STEPS, "ring_timeout": seconds(5)}},
        agents={"anna": {"sales": 5}},
    )
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1
        20   time                > relaxed 1 1; offer 1 anna
        25   time                > expired 1 anna; not_ready anna missed_offer; queued 1 sales #1 again 1
        60   time                > relaxed 1 2
    """)


def test_lanes_of_special_wishes_are_forgotten_when_they_have_been_empty_for_long() -> None:
    centre = Centre(agents={"anna": {"sales": 5}}, ready=False)
    for number in range(1, 40):
        at = moment(number)
        centre.do(commands.RegisterInteraction(at=at, interaction_id=number))
        wish = SkillRequirement(skill_id=100 + number, minimum=1)
        centre.do(commands.EnqueueInteraction(at=at, interaction_id=number, queue_id=1, requirements=(wish,)))
    queue = centre.engine.state.queues[1]
    assert len(queue.lanes) == 40
    for number in range(1, 40):
        centre.do(commands.NoteCustomerLeft(at=moment(50), interaction_id=number))

    assert len(queue.lanes) == 1 + SPARE_LANES_KEPT
    assert queue.base.line is queue.line, "nobody waits: one line is enough again"
    centre.witness.compare_replay()


def test_rules_that_come_while_people_wait_take_their_steps_with_them() -> None:
    centre = Centre(queues={"sales": {"minimum": 8, "relaxation": STEPS}}, agents={"anna": {"sales": 4}})
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1
        30   time                > relaxed 1 1
    """)
    shorter = (RelaxationStep(after=seconds(31), minimum=4),)

    rules = centre.queue_rules("sales", minimum=8, relaxation=shorter)
    centre.do(commands.ConfigureQueue(at=moment(31), queue=rules))

    assert centre.engine.interaction(1).offer_id, "the first step of the new rules is taken already"
    centre.witness.compare_replay()
