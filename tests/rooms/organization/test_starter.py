"""The centre that a fresh installation starts with is lawful, and works at any hour."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest

from otklik.flows.decide import problems
from otklik.flows.rehearsal import Rehearsal, rehearse
from otklik.flows.starter import starter_draft, starter_flow
from otklik.organization.apply import apply
from otklik.organization.decide import decide
from otklik.organization.dialing import choose_trunk
from otklik.organization.model import SELF_TEST, Configuration, DispositionKind
from otklik.organization.numbers import find_number, hours_of
from otklik.organization.starter import (
    LOCAL_TRUNK,
    ROBOTS,
    Phone,
    StarterPlan,
    starter_changes,
    starter_dispositions,
)
from otklik.vocabulary.hours import weekly
from otklik.vocabulary.ids import AgentId, FlowId, NumberId, PersonId, ProjectId, QueueId, SecretId, TrunkId
from otklik.wiring.seed import country_of_zone, zone_of_machine

pytestmark = pytest.mark.fast

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def plan(*, robots: int = 0, language: str = "ru") -> StarterPlan:
    return StarterPlan(
        zone="Europe/Moscow",
        language=language,
        supervisors=(PersonId(2),),
        agents=(AgentId(3), AgentId(4), AgentId(5)),
        robots=tuple(
            Phone(agent_id=AgentId(100 + index), login=f"robot{index}", secret_id=SecretId(10 + index))
            for index in range(robots)
        ),
        self_test=Phone(agent_id=AgentId(SELF_TEST), login="self-test", secret_id=SecretId(1)),
        robots_port=8761,
        self_test_port=8762,
    )


def made(given: StarterPlan) -> Configuration:
    configuration = Configuration()
    for event in decide(configuration, starter_changes(given), at=AT, by=PersonId(0)):
        apply(configuration, event)
    return configuration


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("robots", [0, ROBOTS])
def test_starter_centre_is_lawful_and_doing_it_again_changes_nothing(robots: int, language: str) -> None:
    given = plan(robots=robots, language=language)
    configuration = made(given)

    assert decide(configuration, starter_changes(given), at=AT, by=PersonId(0)) == []
    assert len(configuration.agents) == 1 + 3 + robots + 1, "a supervisor, agents, robots, the self-test"
    assert len(configuration.devices) == robots + 1
    assert len(configuration.queues) == 4


@pytest.mark.parametrize(("called", "language"), [("1000", "ru"), ("2000", "en")])
def test_first_call_is_answered_at_night_by_somebody(called: str, language: str) -> None:
    configuration = made(plan())

    number = find_number(configuration, called, LOCAL_TRUNK)
    assert number is not None
    hours = hours_of(configuration, number)
    assert number.language == language
    assert number.is_recorded
    assert hours is None or hours.is_open(AT, configuration.site.zone)
    needs = configuration.queues[number.queue_id].skills
    for agent_id in (3, 4, 5):
        agent = configuration.agents[AgentId(agent_id)]
        assert all(agent.skills[need.skill_id] >= need.minimum for need in needs)


def test_numbers_of_a_new_centre_have_its_first_flow_and_the_self_test_has_its_own() -> None:
    configuration = made(msgspec.structs.replace(plan(robots=ROBOTS), flow_id=FlowId(2)))

    flows = {number.number: number.flow_id for number in configuration.numbers.values()}
    assert flows == {"1000": 2, "2000": 2, "3000": 2, "9999": 0}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_first_flow_is_fit_and_does_what_the_built_in_one_does(language: str) -> None:
    draft = starter_draft(language)
    assert problems(draft, flows={}, queues=(), skills=(), teams=(), systems={}, agents=()) == ()
    for hours in (None, weekly(time(9), time(18))):
        asked = Rehearsal(at=AT, hours=hours, queue_id=QueueId(1))
        mine, built_in = rehearse(draft, asked), rehearse(starter_flow(), asked)
        assert [(step.outcome, step.said) for step in mine] == [
            (step.outcome, step.said) for step in built_in
        ]


def test_every_queue_of_a_demo_has_robots_and_a_number() -> None:
    configuration = made(plan(robots=ROBOTS))

    for queue_id in (1, 2, 3):
        queue = configuration.queues[QueueId(queue_id)]
        fitting = [
            agent
            for agent in configuration.agents.values()
            if agent.agent_id >= 100 and all(need.skill_id in agent.skills for need in queue.skills)
        ]
        assert len(fitting) >= ROBOTS // 3
        assert any(number.queue_id == queue_id for number in configuration.numbers.values())


def test_self_test_is_answered_by_its_own_agent_alone_and_never_used_to_dial() -> None:
    configuration = made(plan())
    queue = configuration.queues[QueueId(SELF_TEST)]

    fitting = [
        agent.agent_id
        for agent in configuration.agents.values()
        if all(need.skill_id in agent.skills for need in queue.skills)
    ]
    assert fitting == [SELF_TEST]
    assert queue.project_id == ProjectId(SELF_TEST)
    assert configuration.numbers[NumberId(SELF_TEST)].queue_id == SELF_TEST
    trunk = choose_trunk(configuration, QueueId(0))
    assert trunk is not None
    assert trunk.trunk_id == LOCAL_TRUNK
    assert configuration.last_ids["queue"] == 3


def test_demo_dials_out_to_the_robots() -> None:
    trunk = choose_trunk(made(plan(robots=ROBOTS)), QueueId(1))

    assert trunk is not None
    assert (trunk.trunk_id, trunk.port) == (TrunkId(2), 8761)


def test_dispositions_are_of_all_six_kinds_in_both_languages() -> None:
    dispositions = starter_dispositions()

    assert {disposition.kind for disposition in dispositions} == set(DispositionKind)
    for field in ("name_ru", "name_en"):
        assert len({getattr(disposition, field) for disposition in dispositions}) == len(dispositions)


def test_zone_of_the_machine_is_taken_when_it_names_a_place(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    (tmp_path / "timezone").write_text("Asia/Omsk\n")

    assert zone_of_machine("Europe/Berlin", nowhere) == "Europe/Berlin"
    assert zone_of_machine(":Asia/Almaty", nowhere) == "Asia/Almaty"
    assert zone_of_machine("UTC", tmp_path) == "Asia/Omsk"
    assert zone_of_machine("No/Such", nowhere) == "Europe/Moscow"
    (tmp_path / "timezone").write_bytes(b"\xff\xfe")
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Asia/Tomsk")
    assert zone_of_machine("", tmp_path) == "Asia/Tomsk"


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Europe/Moscow", "RU"), ("Asia/Almaty", "KZ"), ("Europe/Berlin", "DE"), ("UTC", "RU")],
)
def test_country_is_that_of_the_zone(zone: str, country: str) -> None:
    assert country_of_zone(zone) == country


def test_unused_time_limits_of_the_self_test_are_short() -> None:
    queue = made(plan()).queues[QueueId(SELF_TEST)]

    assert queue.ring_timeout <= timedelta(seconds=10)
    assert queue.wrap_up_limit <= timedelta(seconds=5)
