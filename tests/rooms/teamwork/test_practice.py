"""Practice is a loan to a queue that nothing counts, until a quarter of an hour; robots call who is ready."""

from datetime import UTC, datetime, timedelta

import pytest

from otklik.organization.model import (
    BUILT_IN,
    NO_LOAN,
    PRACTICE,
    SELF_TEST,
    Agent,
    Loan,
    skills_now,
)
from otklik.teamwork import practice
from otklik.vocabulary.ids import AgentId, QueueId, SkillId

pytestmark = pytest.mark.fast

NOW = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)
ANNA = AgentId(1)


def agent(loan: Loan = NO_LOAN) -> Agent:
    return Agent(agent_id=ANNA, skills={SkillId(3): 5}, loan=loan)


def test_practice_lasts_until_the_quarter_that_ends_it():
    assert practice.lent(ANNA, NOW, 60).loan.until == datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
    exact = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
    assert practice.lent(ANNA, exact, 60).loan.until == exact + timedelta(hours=1)


def test_who_is_lent_to_practice_alone_practises():
    loan = practice.lent(ANNA, NOW, 60).loan
    other = Loan(queue_ids=(QueueId(1),), until=loan.until, is_only=True)
    beside = Loan(queue_ids=loan.queue_ids, until=loan.until)

    assert practice.practises(agent(loan), NOW)
    assert not practice.practises(agent(loan), NOW + timedelta(hours=2))
    assert not any(practice.practises(agent(one), NOW) for one in (NO_LOAN, other, beside))


def test_what_practice_needs_is_made_once_and_belongs_to_nobodys_project():
    changes = practice.set_up("9998", 8763, "ru").changes

    queue = next(one.queue for one in changes if hasattr(one, "queue"))
    number = next(one.number for one in changes if hasattr(one, "number"))
    assert (queue.project_id, queue.queue_id) == (SELF_TEST, PRACTICE)
    assert not number.is_recorded
    assert number.trunk_id == PRACTICE, "nobody outside can dial it"
    assert {PRACTICE, SELF_TEST} == BUILT_IN


def test_who_practises_has_the_skill_of_practice_and_no_other():
    loan = Loan(
        queue_ids=(practice.QUEUE,),
        until=NOW + timedelta(hours=1),
        is_only=True,
        skills={SkillId(PRACTICE): 1},
    )

    assert skills_now(agent(loan)) == {SkillId(PRACTICE): 1}


@pytest.mark.parametrize(("ready", "calling", "more"), [(0, 0, 0), (2, 0, 2), (2, 1, 1), (1, 3, 0)])
def test_a_robot_calls_for_each_who_is_ready(ready, calling, more):
    assert practice.callers_wanted([AgentId(one) for one in range(ready)], calling) == more
