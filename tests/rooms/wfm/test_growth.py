"""Whole weeks, who fits a queue, and what one more agent brings."""

from datetime import date, timedelta

import pytest

from otklik.acd.model import SkillRequirement
from otklik.organization.model import Agent, Queue
from otklik.reports.measures import QueueFacts
from otklik.vocabulary.ids import AgentId, ProjectId, QueueId, SkillId
from otklik.wfm.growth import brought, fits, whole_weeks

pytestmark = pytest.mark.fast

MONDAY = date(2026, 11, 16)
SPOKEN, LICENCE = SkillId(1), SkillId(2)
QUEUE = Queue(
    queue_id=QueueId(1),
    name="loans",
    project_id=ProjectId(1),
    skills=(SkillRequirement(skill_id=SPOKEN), SkillRequirement(skill_id=LICENCE, minimum=5)),
    service_threshold=timedelta(seconds=20),
)


def test_a_week_that_goes_on_and_one_in_which_the_centre_began_are_no_whole_weeks() -> None:
    for end in (MONDAY, MONDAY + timedelta(days=6)):
        assert whole_weeks(end, weeks=2, since=date(2026, 1, 1)) == [
            MONDAY - timedelta(weeks=2),
            MONDAY - timedelta(weeks=1),
        ]
    assert whole_weeks(MONDAY, weeks=4, since=date(2026, 11, 3)) == [MONDAY - timedelta(weeks=1)]
    assert whole_weeks(MONDAY, weeks=4, since=None) == []


@pytest.mark.parametrize(
    ("skills", "is_active", "expected"),
    [
        ({SPOKEN: 1, LICENCE: 5}, True, True),
        ({SPOKEN: 1, LICENCE: 4}, True, False),
        ({SPOKEN: 10}, True, False),
        ({SPOKEN: 1, LICENCE: 9}, False, False),
    ],
)
def test_an_agent_fits_who_is_active_with_every_skill_at_its_level(
    skills: dict[SkillId, int], is_active: bool, expected: bool
) -> None:
    assert fits(Agent(agent_id=AgentId(7), skills=skills, is_active=is_active), QUEUE) is expected


def test_one_more_of_thirteen_agents_brings_what_erlang_says() -> None:
    # 100 calls in 30 minutes of 180 s: 13 agents answer 79.6 % within 20 s, 14 answer 88.8 %.
    facts = QueueFacts(offered=100, answered=100, handled=10, talk_ms=1_500_000, wrap_ms=300_000)

    found = brought(100, 13, facts, QUEUE)

    assert found is not None
    assert [round(one.service_level, 3) for one in found] == [0.796, 0.888]
    assert brought(100, 13, QueueFacts(offered=100), QUEUE) is None
