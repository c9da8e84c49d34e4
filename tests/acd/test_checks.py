"""Rules that nobody could live by are refused, with the field and the reason."""

import json
import math
import re
from datetime import timedelta
from pathlib import Path

import pytest

from otklik.acd import checks, commands
from otklik.acd.checks import (
    REASONS,
    problems_of_agent,
    problems_of_centre,
    problems_of_queue,
    problems_of_site,
)
from otklik.acd.model import (
    AgentProfile,
    Channel,
    OverflowRule,
    OverflowWhen,
    QueueRules,
    RelaxationStep,
    SiteRules,
    SkillRequirement,
)
from otklik.operations import texts
from otklik.vocabulary.refusals import Invalid
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

MINUS = timedelta(seconds=-1)
I18N = Path(__file__).parents[2] / "web" / "src" / "i18n"


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"skills": (SkillRequirement(skill_id=1, minimum=11),)}, "skills.0.minimum", "level_outside"),
        ({"skills": (SkillRequirement(skill_id=1, minimum=0),)}, "skills.0.minimum", "level_outside"),
        ({"ring_timeout": MINUS}, "ring_timeout", "negative"),
        ({"missed_rest": MINUS}, "missed_rest", "negative"),
        ({"weight": 0.0}, "weight", "not_positive"),
        ({"weight": -1.0}, "weight", "not_positive"),
        ({"weight": math.nan}, "weight", "not_a_number"),
        ({"ageing": -0.1}, "ageing", "negative"),
        ({"ageing": math.inf}, "ageing", "not_a_number"),
        ({"service_target": 0.0}, "service_target", "not_positive"),
        ({"service_target": 1.01}, "service_target", "too_large"),
        ({"priority": 10**9}, "priority", "too_large"),
        ({"maximum_waiting": 0}, "maximum_waiting", "not_positive"),
        ({"missed_limit": 0}, "missed_limit", "not_positive"),
        ({"strategy": "by_mood"}, "strategy", "unknown_choice"),
        ({"after_missed": "shot"}, "after_missed", "unknown_choice"),
        (
            {
                "relaxation": (
                    RelaxationStep(after=timedelta(seconds=5)),
                    RelaxationStep(after=timedelta(seconds=5)),
                )
            },
            "relaxation.1.after",
            "not_increasing",
        ),
        ({"relaxation": (RelaxationStep(after=timedelta()),)}, "relaxation.0.after", "not_increasing"),
        (
            {"relaxation": (RelaxationStep(after=timedelta(seconds=5), minimum=11),)},
            "relaxation.0.minimum",
            "level_outside",
        ),
    ],
)
def test_an_impossible_queue_is_refused(change: dict[str, object], field: str, reason: str) -> None:
    rules = QueueRules(**{"queue_id": 1, **change})

    assert [(one.field, one.reason) for one in problems_of_queue(rules)] == [(field, reason)]
    centre = Centre()
    with pytest.raises(Invalid) as refusal:
        centre.do(commands.ConfigureQueue(at=moment(0), queue=rules))
    assert (refusal.value.code, refusal.value.place) == ("invalid_rules", field)
    assert refusal.value.facts["reason"] == reason


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"skills": {7: 0}}, "skills.7", "level_outside"),
        ({"skills": {7: 11}}, "skills.7", "level_outside"),
        ({"preferences": {3: 0}}, "preferences.3", "level_outside"),
        ({"voice_capacity": -1}, "voice_capacity", "negative"),
        ({"ring_timeout": timedelta()}, "ring_timeout", "not_positive"),
    ],
)
def test_an_impossible_agent_is_refused(change: dict[str, object], field: str, reason: str) -> None:
    profile = AgentProfile(**{"agent_id": 11, **change})

    assert [(one.field, one.reason) for one in problems_of_agent(profile)] == [(field, reason)]
    with pytest.raises(Invalid):
        Centre().do(commands.ConfigureAgent(at=moment(0), agent=profile))


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"cool_down": MINUS}, "cool_down", "negative"),
        ({"guard_handled": -1}, "guard_handled", "negative"),
        ({"day_start": timedelta(minutes=7)}, "day_start", "not_a_quarter"),
        ({"day_start": timedelta(days=1)}, "day_start", "not_a_quarter"),
    ],
)
def test_an_impossible_site_is_refused(change: dict[str, object], field: str, reason: str) -> None:
    site = SiteRules(**change)

    assert [(one.field, one.reason) for one in problems_of_site(site)] == [(field, reason)]
    with pytest.raises(Invalid):
        Centre().do(commands.ConfigureSite(at=moment(0), site=site))


def test_what_everybody_starts_with_is_possible() -> None:
    assert not [*problems_of_queue(QueueRules(queue_id=1)), *problems_of_site(SiteRules())]
    assert not list(problems_of_agent(AgentProfile(agent_id=1)))


def test_a_queue_that_nobody_can_ever_serve_is_found() -> None:
    hard = SkillRequirement(skill_id=1, minimum=9)
    steps = (RelaxationStep(after=timedelta(seconds=5), minimum=4),)
    queues = [
        QueueRules(queue_id=1, skills=(hard,)),
        QueueRules(queue_id=2, skills=(hard,), relaxation=steps),
        QueueRules(queue_id=3),
    ]
    agents = [
        AgentProfile(agent_id=1, skills={1: 5}),
        AgentProfile(
            agent_id=2,
            skills={1: 9},
            voice_capacity=0,
            capacities={Channel.CHAT: 0, Channel.EMAIL: 0},
        ),
    ]

    found = [(one.field, one.reason) for one in problems_of_centre(queues, agents)]

    assert found == [("agents.2", "no_capacity"), ("queues.1", "no_agent_fits")]


def test_a_way_out_to_a_queue_that_nobody_serves_is_told() -> None:
    german = QueueRules(queue_id=2, name="German", skills=(SkillRequirement(skill_id=9, minimum=1),))
    way = OverflowRule(name="w", when=OverflowWhen.WAITED, after=timedelta(seconds=30), queue_id=2)
    sales = QueueRules(queue_id=1, name="Sales", overflow=(way,))
    agent = AgentProfile(agent_id=1)

    found = [(one.field, one.reason, one.facts) for one in problems_of_centre([sales, german], [agent])]
    assert found == [
        ("queues.2", "no_agent_fits", {"name": "German"}),
        ("queues.1.overflow.0", "overflow_unserved", {"name": "Sales", "target": "German"}),
    ]


def test_a_queue_of_letters_needs_somebody_who_may_have_letters() -> None:
    letters = QueueRules(queue_id=3, name="Letters", channel=Channel.EMAIL)
    calls_only = AgentProfile(agent_id=1, capacities={Channel.EMAIL: 0, Channel.CHAT: 0})
    nothing = AgentProfile(agent_id=2, voice_capacity=0, capacities={Channel.EMAIL: 0, Channel.CHAT: 0})

    found = [(one.field, one.reason) for one in problems_of_centre([letters], [calls_only, nothing])]
    assert found == [("agents.2", "no_capacity"), ("queues.3", "no_agent_fits")]
    assert not list(problems_of_centre([letters], [AgentProfile(agent_id=1)]))
    nobody = SiteRules(email_capacity=0)
    assert [one.reason for one in problems_of_centre([letters], [AgentProfile(agent_id=1)], nobody)] == [
        "no_agent_fits"
    ]


@pytest.mark.parametrize("capacity", [-1, 13])
def test_a_capacity_that_cannot_be_shared_out_is_refused(capacity: int) -> None:
    reason = "negative" if capacity < 0 else "too_large"
    profile = AgentProfile(agent_id=1, capacities={Channel.CHAT: capacity})
    assert [(one.field, one.reason) for one in problems_of_agent(profile)] == [("capacities.chat", reason)]
    assert [(one.field, one.reason) for one in problems_of_site(SiteRules(chat_capacity=capacity))] == [
        ("chat_capacity", reason)
    ]


def test_every_reason_has_words_in_both_languages_on_both_sides() -> None:
    for language in texts.LANGUAGES:
        browser = json.loads((I18N / language / "refusals.json").read_text("utf-8"))
        for reason in REASONS:
            assert texts.has(language, f"settings_problems.{reason}"), (language, reason)
            assert reason in browser, (language, reason)


def test_only_known_reasons_are_told() -> None:
    source = Path(checks.__file__).read_text("utf-8")
    told = set(re.findall(r'reason="([a-z_]+)"', source))
    assert told <= REASONS
    assert len(told) > 8
