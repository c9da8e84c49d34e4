"""Practice for newcomers: a queue with a robot customer, outside of everything that is counted. Pure.

Who practises is lent to the practice queue and to no other until his time is over; the queue belongs to the
self-test's project, which counters, reports and boards leave out, and whose agents' time is nobody's working
time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from otklik.acd.model import SkillRequirement
from otklik.organization.commands import (
    ChangeTogether,
    LendAgent,
    SaveNumber,
    SaveQueue,
    SaveSkill,
    SaveTrunk,
)
from otklik.organization.model import PRACTICE, SELF_TEST, Agent, Loan, Number, Queue, Skill, Trunk
from otklik.vocabulary.ids import AgentId, NumberId, ProjectId, QueueId, SkillId, TrunkId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.time import next_slot_start

NAME = "practice"
HOST = "127.0.0.5"
"""Where the robot customers' Asterisk is."""
QUEUE = QueueId(PRACTICE)
WRAP_UP = timedelta(seconds=60)


class Practice(Value, kw_only=True):
    """One stretch in which somebody practises. ended_at: None while it goes on."""

    practice_id: int = 0
    agent_id: AgentId
    started_at: datetime
    until: datetime
    ended_at: datetime | None = None


class PracticeCall(Value, kw_only=True):
    """What an agent did with one robot customer. disposition_id: 0 none."""

    interaction_id: int
    at: datetime
    answer: timedelta
    talk: timedelta
    hold: timedelta
    wrap_up: timedelta
    is_transferred: bool
    disposition_id: int
    note: str


def set_up(number: str, sip_port: int, language: str) -> ChangeTogether:
    """Everything that practice needs; what is there already changes nothing."""
    skill_id = SkillId(PRACTICE)
    project_id = ProjectId(SELF_TEST)
    return ChangeTogether(
        changes=(
            SaveTrunk(
                trunk=Trunk(trunk_id=TrunkId(PRACTICE), name=NAME, host=HOST, port=sip_port, maximum_calls=20)
            ),
            SaveSkill(skill=Skill(skill_id=skill_id, name=NAME)),
            SaveQueue(
                queue=Queue(
                    queue_id=QUEUE,
                    name=NAME,
                    project_id=project_id,
                    skills=(SkillRequirement(skill_id=skill_id),),
                    wrap_up=WRAP_UP,
                )
            ),
            SaveNumber(
                number=Number(
                    number_id=NumberId(PRACTICE),
                    number=number,
                    name=NAME,
                    language=language,
                    is_recorded=False,
                    queue_id=QUEUE,
                    trunk_id=TrunkId(PRACTICE),
                )
            ),
        )
    )


def lent(agent_id: AgentId, now: datetime, minutes: int) -> LendAgent:
    """To the practice queue and no other, until a quarter of an hour."""
    until = next_slot_start(now + timedelta(minutes=minutes) - timedelta(milliseconds=1))
    return LendAgent(agent_id=agent_id, loan=Loan(queue_ids=(QUEUE,), until=until, is_only=True))


def practises(agent: Agent, now: datetime) -> bool:
    """Whether he is lent to the practice queue alone."""
    loan = agent.loan
    return loan.queue_ids == (QUEUE,) and loan.is_only and loan.until is not None and now < loan.until


def callers_wanted(ready: Iterable[AgentId], calling: int) -> int:
    """How many more robots should call: one for each who is ready, less those who wait already."""
    return max(0, len(set(ready)) - calling)
