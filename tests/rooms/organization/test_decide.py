"""What may be set up: each command gives its events, or is refused and changes nothing."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.acd.model import Channel, LoadRule, OverflowRule, OverflowTo, OverflowWhen, SkillRequirement
from otklik.organization import commands as ask
from otklik.organization import events as said
from otklik.organization.apply import apply
from otklik.organization.decide import copied, decide
from otklik.organization.model import (
    SELF_TEST,
    Agent,
    Configuration,
    Device,
    DeviceId,
    DeviceKind,
    Hours,
    Number,
    Plan,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    Team,
    Trunk,
    TrunkKind,
    agent_profile,
    queue_rules,
)
from otklik.vocabulary.hours import DateHours, OpeningHours, Span
from otklik.vocabulary.ids import (
    AgentId,
    HoursId,
    NumberId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    SecretId,
    SiteId,
    SkillId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.refusals import Invalid, NotFound, Refused

pytestmark = pytest.mark.fast

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BY = PersonId(7)
SECOND = timedelta(seconds=1)

SITE = Site(name="Centre", zone="Europe/Moscow")
PROJECT = Project(project_id=ProjectId(1), name="Books")
QUEUE = Queue(queue_id=QueueId(1), name="Sales", project_id=ProjectId(1))
NUMBER = Number(number_id=NumberId(1), number="+74951234567", queue_id=QueueId(1))
TRUNK = Trunk(trunk_id=TrunkId(1), name="City", host="192.0.2.10", is_default=True)
AGENT = Agent(agent_id=AgentId(5), team_ids=(TeamId(1),), skills={SkillId(1): 5})
DEVICE = Device(device_id=DeviceId(1), agent_id=AgentId(5), login="desk5", secret_id=SecretId(4))
HOURS = Hours(hours_id=HoursId(1), name="Office")
REASON = Reason(reason_id=ReasonId(1), name_ru="Обед", name_en="Lunch")
TEAM = Team(team_id=TeamId(1), name="First")


def do(configuration: Configuration, *commands: Any) -> list[Any]:
    events = []
    for command in commands:
        made = decide(configuration, command, at=AT, by=BY)
        for event in made:
            apply(configuration, event)
        events += made
    return events


@pytest.fixture
def centre() -> Configuration:
    configuration = Configuration()
    together = ask.ChangeTogether(
        changes=(
            ask.SaveSite(site=SITE),
            ask.SaveProject(project=PROJECT),
            ask.SaveTeam(team=TEAM),
            ask.SaveQueue(queue=QUEUE),
            ask.SaveHours(hours=HOURS),
            ask.SaveTrunk(trunk=TRUNK),
            ask.SaveNumber(number=NUMBER),
            ask.SaveReason(reason=REASON),
            ask.SaveAgent(agent=AGENT),
            ask.SaveDevice(device=DEVICE),
        )
    )
    do(configuration, together)
    return configuration


def refused(configuration: Configuration, command: Any) -> Refused:
    before = copied(configuration)
    with pytest.raises(Refused) as caught:
        decide(configuration, command, at=AT, by=BY)
    assert configuration == before
    return caught.value


def with_(thing: Any, **changed: Any) -> Any:
    return msgspec.structs.replace(thing, **changed)


# --- ids


def test_new_thing_gets_the_next_id_and_events_say_who_and_when(centre: Configuration) -> None:
    events = do(centre, ask.SaveProject(project=Project(name="Shoes")))

    assert events == [said.ProjectSaved(at=AT, project=Project(project_id=ProjectId(2), name="Shoes"), by=BY)]


def test_id_of_a_removed_thing_is_never_given_again(centre: Configuration) -> None:
    do(centre, ask.SaveTeam(team=Team(name="Second")), ask.RemoveTeam(team_id=TeamId(2)))

    events = do(centre, ask.SaveTeam(team=Team(name="Third")))

    assert events[0].team.team_id == 3


def test_id_of_the_self_test_is_never_given(centre: Configuration) -> None:
    centre.last_ids["skill"] = SELF_TEST - 1

    events = do(centre, ask.SaveSkill(skill=Skill(name="Rare")))

    assert events[0].skill.skill_id == SELF_TEST + 1


def test_ids_end_where_facts_cannot_hold_them(centre: Configuration) -> None:
    centre.last_ids["queue"] = 32_767

    assert (
        refused(centre, ask.SaveQueue(queue=Queue(name="More", project_id=ProjectId(1)))).code
        == "no_more_ids"
    )


@pytest.mark.parametrize(
    "command",
    [
        ask.SaveProject(project=Project(project_id=ProjectId(77), name="x")),
        ask.SaveTeam(team=Team(team_id=TeamId(77), name="x")),
        ask.SaveSkill(skill=Skill(skill_id=SkillId(77), name="x")),
        ask.SaveQueue(queue=with_(QUEUE, queue_id=QueueId(77), name="x")),
        ask.SaveNumber(number=with_(NUMBER, number_id=NumberId(77), number="+74951234568")),
        ask.SaveTrunk(trunk=with_(TRUNK, trunk_id=TrunkId(77), name="x", host="192.0.2.11")),
        ask.SaveHours(hours=Hours(hours_id=HoursId(77), name="x")),
        ask.SaveReason(reason=Reason(reason_id=ReasonId(77), name_ru="x", name_en="x")),
        ask.SaveDevice(device=with_(DEVICE, device_id=DeviceId(77), login="x7")),
        ask.RemoveProject(project_id=ProjectId(77)),
        ask.RemoveTeam(team_id=TeamId(77)),
        ask.RemoveSkill(skill_id=SkillId(77)),
        ask.RemoveQueue(queue_id=QueueId(77)),
        ask.RemoveNumber(number_id=NumberId(77)),
        ask.RemoveTrunk(trunk_id=TrunkId(77)),
        ask.RemoveHours(hours_id=HoursId(77)),
        ask.RemoveReason(reason_id=ReasonId(77)),
        ask.RemoveAgent(agent_id=AgentId(77)),
        ask.RemoveDevice(device_id=DeviceId(77)),
        ask.RemoveQueue(queue_id=QueueId(-1)),
    ],
)
def test_what_is_not_there_is_not_found(centre: Configuration, command: Any) -> None:
    refusal = refused(centre, command)

    assert isinstance(refusal, NotFound)
    assert refusal.code.startswith("unknown_")


# --- saving what is there


def test_saving_again_what_is_there_changes_nothing(centre: Configuration) -> None:
    for entity, thing in (
        ("site", centre.site),
        ("project", PROJECT),
        ("team", TEAM),
        ("queue", centre.queues[QueueId(1)]),
        ("number", NUMBER),
        ("trunk", TRUNK),
        ("hours", HOURS),
        ("reason", REASON),
        ("agent", AGENT),
        ("device", DEVICE),
    ):
        command = getattr(ask, f"Save{entity.title()}")(**{entity: thing})
        assert decide(centre, command, at=AT, by=BY) == [], entity


@pytest.mark.parametrize(
    "command",
    [
        ask.SaveProject(project=Project(name=" books ")),
        ask.SaveTeam(team=Team(name="FIRST")),
        ask.SaveSkill(skill=Skill(name="sales")),
        ask.SaveQueue(queue=Queue(name="Sales", project_id=ProjectId(1))),
        ask.SaveHours(hours=Hours(name="office")),
        ask.SaveTrunk(trunk=with_(TRUNK, trunk_id=TrunkId(0), host="192.0.2.99")),
        ask.SaveReason(reason=Reason(name_ru="обед", name_en="Dinner")),
        ask.SaveReason(reason=Reason(name_ru="Ужин", name_en="LUNCH")),
    ],
)
def test_name_is_taken_whatever_its_case(centre: Configuration, command: Any) -> None:
    assert refused(centre, command).code == "name_taken"


# --- queues and skills


def test_new_queue_gets_a_skill_of_its_name(centre: Configuration) -> None:
    skill, queue = do(centre, ask.SaveQueue(queue=Queue(name="Billing", project_id=ProjectId(1))))

    assert skill == said.SkillSaved(at=AT, skill=Skill(skill_id=SkillId(2), name="Billing"), by=BY)
    assert queue.queue.skills == (SkillRequirement(skill_id=SkillId(2)),)


def test_new_queue_takes_the_skill_of_its_name_that_is_there(centre: Configuration) -> None:
    do(centre, ask.SaveSkill(skill=Skill(name="Billing")))

    events = do(centre, ask.SaveQueue(queue=Queue(name="billing", project_id=ProjectId(1))))

    assert len(events) == 1
    assert events[0].queue.skills == (SkillRequirement(skill_id=SkillId(2)),)


def test_skill_follows_the_name_of_the_only_queue_that_asks_for_it(centre: Configuration) -> None:
    queue = centre.queues[QueueId(1)]

    do(centre, ask.SaveQueue(queue=with_(queue, name="Selling")))
    assert centre.skills[SkillId(1)].name == "Selling"

    do(centre, ask.SaveQueue(queue=Queue(name="Other", project_id=ProjectId(1), skills=queue.skills)))
    do(centre, ask.SaveQueue(queue=with_(queue, name="Trading")))
    assert centre.skills[SkillId(1)].name == "Selling"


def test_saved_queue_may_ask_for_no_skill_at_all(centre: Configuration) -> None:
    do(centre, ask.SaveQueue(queue=with_(QUEUE, skills=())))

    assert centre.queues[QueueId(1)].skills == ()


# --- removing


@pytest.mark.parametrize(
    ("command", "code", "by"),
    [
        (ask.RemoveProject(project_id=ProjectId(1)), "project_in_use", ["Sales"]),
        (ask.RemoveSkill(skill_id=SkillId(1)), "skill_in_use", ["Sales"]),
        (ask.RemoveQueue(queue_id=QueueId(1)), "queue_in_use", ["+74951234567"]),
    ],
)
def test_what_is_named_elsewhere_stays(centre: Configuration, command: Any, code: str, by: list[str]) -> None:
    refusal = refused(centre, command)

    assert (refusal.code, refusal.facts["by"], refusal.facts["count"]) == (code, by, 1)


def test_hours_number_and_trunk_stay_while_they_are_named(centre: Configuration) -> None:
    do(
        centre,
        ask.SaveNumber(number=with_(NUMBER, hours_id=HoursId(1), trunk_id=TrunkId(1))),
        ask.SaveQueue(queue=with_(centre.queues[QueueId(1)], caller_number_id=NumberId(1))),
    )

    assert refused(centre, ask.RemoveHours(hours_id=HoursId(1))).code == "hours_in_use"
    assert refused(centre, ask.RemoveTrunk(trunk_id=TrunkId(1))).code == "trunk_in_use"
    assert refused(centre, ask.RemoveNumber(number_id=NumberId(1))).code == "number_in_use"


def test_removed_team_leaves_its_agents(centre: Configuration) -> None:
    agent, team = do(centre, ask.RemoveTeam(team_id=TeamId(1)))

    assert agent == said.AgentSaved(at=AT, agent=with_(AGENT, team_ids=()), by=BY)
    assert team == said.TeamRemoved(at=AT, team_id=TeamId(1), by=BY)


def test_removed_skill_leaves_its_agents(centre: Configuration) -> None:
    do(centre, ask.SaveQueue(queue=with_(QUEUE, skills=())))

    do(centre, ask.RemoveSkill(skill_id=SkillId(1)))

    assert centre.agents[AgentId(5)].skills == {}
    assert centre.skills == {}


def test_removed_agent_takes_his_devices_along(centre: Configuration) -> None:
    events = do(centre, ask.RemoveAgent(agent_id=AgentId(5)))

    assert [type(event) for event in events] == [said.DeviceRemoved, said.AgentRemoved]
    assert centre.devices == {}


def test_what_the_program_needs_itself_is_not_removed(centre: Configuration) -> None:
    do(
        centre,
        ask.ChangeTogether(
            changes=(ask.SaveProject(project=Project(project_id=ProjectId(SELF_TEST), name="t")),)
        ),
    )

    assert refused(centre, ask.RemoveProject(project_id=ProjectId(SELF_TEST))).code == "built_in"


# --- trunks


def test_new_default_trunk_takes_that_from_the_one_before(centre: Configuration) -> None:
    events = do(centre, ask.SaveTrunk(trunk=Trunk(name="Second", host="192.0.2.20", is_default=True)))

    assert [(event.trunk.name, event.trunk.is_default) for event in events] == [
        ("City", False),
        ("Second", True),
    ]


@pytest.mark.parametrize(
    ("other", "is_taken"),
    [
        (Trunk(name="b", host="192.0.2.10"), True),
        (Trunk(name="b", host="192.0.2.10", port=5070), False),
        (Trunk(name="b", host="192.0.2.11"), False),
        (
            Trunk(name="b", host="192.0.2.10", kind=TrunkKind.REGISTRATION, login="b", secret_id=SecretId(1)),
            False,
        ),
    ],
)
def test_two_trunks_can_be_told_apart(centre: Configuration, other: Trunk, is_taken: bool) -> None:
    if is_taken:
        assert refused(centre, ask.SaveTrunk(trunk=other)).code == "duplicate_trunk_address"
    else:
        assert do(centre, ask.SaveTrunk(trunk=other))


# --- malformed things

HOURS_OVERLAP = OpeningHours(
    week=((Span(opens=time(9), closes=time(13)), Span(opens=time(12), closes=time(18))), *[()] * 6)
)
HOURS_TWICE = OpeningHours(
    week=((),) * 7, dates=(DateHours(day=date(2026, 1, 7)), DateHours(day=date(2026, 1, 7)))
)


@pytest.mark.parametrize(
    ("command", "code", "place"),
    [
        (ask.SaveSite(site=with_(SITE, zone="Moscow")), "unknown_zone", "zone"),
        (ask.SaveSite(site=with_(SITE, zone="../../etc/passwd")), "unknown_zone", "zone"),
        (ask.SaveSite(site=with_(SITE, country="RUS")), "unknown_country", "country"),
        (
            ask.SaveSite(site=with_(SITE, allowed_countries=("RU", "XX"))),
            "unknown_country",
            "allowed_countries.1",
        ),
        (ask.SaveSite(site=with_(SITE, currency="rub")), "unknown_currency", "currency"),
        (ask.SaveSite(site=with_(SITE, language="fr")), "unknown_choice", "language"),
        (ask.SaveSite(site=with_(SITE, phone_codec="g729")), "unknown_choice", "phone_codec"),
        (ask.SaveSite(site=with_(SITE, rescue_timeout=timedelta(0))), "too_small", "rescue_timeout_seconds"),
        (ask.SaveSite(site=with_(SITE, daily_call_cap=-1)), "too_small", "daily_call_cap"),
        (ask.SaveSite(site=with_(SITE, fallback_number="call me")), "invalid_number", "fallback_number"),
        (ask.SaveSite(site=with_(SITE, site_id=SiteId(2))), "site_id_is_fixed", "site_id"),
        (ask.SaveProject(project=Project(name="x", color="red")), "invalid_color", "color"),
        (ask.SaveProject(project=Project(name="x", color="#12345g")), "invalid_color", "color"),
        (ask.SaveProject(project=Project(name=" \u200b ")), "text_empty", "name"),
        (ask.SaveProject(project=Project(name="a\nb")), "text_has_control_characters", "name"),
        (ask.SaveProject(project=Project(name="a\x00b")), "text_has_control_characters", "name"),
        (ask.SaveProject(project=Project(name="\ud800")), "text_has_control_characters", "name"),
        (ask.SaveProject(project=Project(name="x" * 101)), "text_too_long", "name"),
        (ask.SaveQueue(queue=Queue(name="x", project_id=ProjectId(9))), "unknown_project", "project_id"),
        (
            ask.SaveQueue(queue=with_(QUEUE, skills=(SkillRequirement(skill_id=SkillId(9)),))),
            "unknown_skill",
            "skills.0.skill_id",
        ),
        (
            ask.SaveQueue(queue=with_(QUEUE, skills=(SkillRequirement(skill_id=SkillId(1), minimum=11),))),
            "too_large",
            "skills.0.minimum",
        ),
        (
            ask.SaveQueue(queue=with_(QUEUE, skills=(SkillRequirement(skill_id=SkillId(1)),) * 2)),
            "twice",
            "skills.1.skill_id",
        ),
        (ask.SaveQueue(queue=with_(QUEUE, strategy="random")), "unknown_choice", "strategy"),
        (ask.SaveQueue(queue=with_(QUEUE, service_target=0.0)), "too_small", "service_target"),
        (ask.SaveQueue(queue=with_(QUEUE, service_target=80.0)), "too_large", "service_target"),
        (ask.SaveQueue(queue=with_(QUEUE, service_target=float("nan"))), "too_small", "service_target"),
        (ask.SaveQueue(queue=with_(QUEUE, ageing=float("inf"))), "too_large", "ageing"),
        (ask.SaveQueue(queue=with_(QUEUE, ring_timeout=SECOND)), "too_small", "ring_timeout_seconds"),
        (
            ask.SaveQueue(queue=with_(QUEUE, wrap_up=60 * SECOND, wrap_up_limit=30 * SECOND)),
            "wrap_up_limit_too_small",
            "wrap_up_limit_seconds",
        ),
        (ask.SaveQueue(queue=with_(QUEUE, maximum_waiting=0)), "too_small", "maximum_waiting"),
        (ask.SaveQueue(queue=with_(QUEUE, trunk_id=TrunkId(9))), "unknown_trunk", "trunk_id"),
        (
            ask.SaveQueue(queue=with_(QUEUE, caller_number_id=NumberId(9))),
            "unknown_number",
            "caller_number_id",
        ),
        (ask.SaveNumber(number=with_(NUMBER, number="")), "invalid_number", "number"),
        (ask.SaveNumber(number=with_(NUMBER, number="112")), "invalid_number", "number"),
        (ask.SaveNumber(number=with_(NUMBER, number="abc")), "invalid_number", "number"),
        (ask.SaveSite(site=with_(SITE, fallback_number="abc")), "invalid_number", "fallback_number"),
        (ask.SaveNumber(number=with_(NUMBER, number="${EXTEN}")), "invalid_number", "number"),
        (ask.SaveNumber(number=with_(NUMBER, number="1 0 0 x y z")), "invalid_number", "number"),
        (ask.SaveNumber(number=with_(NUMBER, queue_id=QueueId(9))), "unknown_queue", "queue_id"),
        (ask.SaveNumber(number=with_(NUMBER, hours_id=HoursId(9))), "unknown_hours", "hours_id"),
        (ask.SaveNumber(number=with_(NUMBER, language="de")), "unknown_choice", "language"),
        (ask.SaveNumber(number=with_(NUMBER, parameters={"A b": "x"})), "unknown_choice", "parameters.A b"),
        (ask.SaveTrunk(trunk=with_(TRUNK, host="")), "invalid_host", "host"),
        (ask.SaveTrunk(trunk=with_(TRUNK, host="192.0.2.300")), "invalid_host", "host"),
        (ask.SaveTrunk(trunk=with_(TRUNK, host="sip.example.org;transport=tls")), "invalid_host", "host"),
        (ask.SaveTrunk(trunk=with_(TRUNK, host="a b")), "invalid_host", "host"),
        (ask.SaveTrunk(trunk=with_(TRUNK, host="x" * 300)), "invalid_host", "host"),
        (ask.SaveTrunk(trunk=with_(TRUNK, port=65536)), "too_large", "port"),
        (ask.SaveTrunk(trunk=with_(TRUNK, addresses=("0.0.0.0/33",))), "invalid_network", "addresses.0"),
        (ask.SaveTrunk(trunk=with_(TRUNK, codecs=())), "text_empty", "codecs"),
        (ask.SaveTrunk(trunk=with_(TRUNK, codecs=("alaw", "g729"))), "unknown_choice", "codecs.1"),
        (ask.SaveTrunk(trunk=with_(TRUNK, codecs=("alaw", "alaw"))), "twice", "codecs.1"),
        (ask.SaveTrunk(trunk=with_(TRUNK, kind=TrunkKind.REGISTRATION)), "login_needed", "login"),
        (ask.SaveTrunk(trunk=with_(TRUNK, login="me")), "secret_needed", "secret"),
        (
            ask.SaveTrunk(trunk=with_(TRUNK, login="a b", secret_id=SecretId(1))),
            "invalid_login",
            "login",
        ),
        (ask.SaveTrunk(trunk=with_(TRUNK, maximum_calls=-1)), "too_small", "maximum_calls"),
        (ask.SaveHours(hours=with_(HOURS, opening=HOURS_OVERLAP)), "hours_span_overlap", "weekly.mon.1"),
        (ask.SaveHours(hours=with_(HOURS, opening=HOURS_TWICE)), "hours_date_twice", "exceptions.1"),
        (ask.SaveHours(hours=with_(HOURS, opening=OpeningHours(week=()))), "hours_week_length", "week"),
        (ask.SaveHours(hours=with_(HOURS, notes={"7 January": "x"})), "invalid_date", "notes.7 January"),
        (ask.SaveReason(reason=with_(REASON, name_en="")), "text_empty", "name_en"),
        (ask.SaveReason(reason=with_(REASON, maximum=timedelta(days=2))), "too_large", "max_seconds"),
        (ask.SaveAgent(agent=with_(AGENT, agent_id=AgentId(0))), "too_small", "agent_id"),
        (ask.SaveAgent(agent=with_(AGENT, team_ids=(TeamId(9),))), "unknown_team", "team_ids.0"),
        (ask.SaveAgent(agent=with_(AGENT, skills={SkillId(9): 5})), "unknown_skill", "skills.9"),
        (ask.SaveAgent(agent=with_(AGENT, skills={SkillId(1): 0})), "too_small", "skills.1"),
        (ask.SaveDevice(device=with_(DEVICE, login="desk 5")), "invalid_login", "login"),
        (ask.SaveDevice(device=with_(DEVICE, login="../x")), "invalid_login", "login"),
        (ask.SaveDevice(device=with_(DEVICE, login="trunk-1")), "invalid_login", "login"),
        (ask.SaveDevice(device=with_(DEVICE, secret_id=SecretId(0))), "secret_needed", "secret"),
        (ask.SaveDevice(device=with_(DEVICE, codecs=("mp3",))), "unknown_choice", "codecs.0"),
        (
            ask.SaveDevice(device=with_(DEVICE, device_id=DeviceId(0), login="x7", agent_id=AgentId(9))),
            "unknown_agent",
            "agent_id",
        ),
    ],
)
def test_malformed_thing_is_refused_with_its_place(
    centre: Configuration, command: Any, code: str, place: str
) -> None:
    refusal = refused(centre, command)

    assert isinstance(refusal, Invalid)
    assert (refusal.code, refusal.facts["place"]) == (code, place)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (ask.SaveNumber(number=Number(number="8 (495) 123-45-67", queue_id=QueueId(1))), "duplicate_number"),
        (ask.SaveNumber(number=Number(number="7 495 1234567", queue_id=QueueId(1))), "duplicate_number"),
        (
            ask.SaveDevice(device=Device(agent_id=AgentId(5), login="desk5", secret_id=SecretId(1))),
            "duplicate_login",
        ),
    ],
)
def test_number_and_login_stand_once(centre: Configuration, command: Any, code: str) -> None:
    assert refused(centre, command).code == code


def test_same_number_may_stand_on_another_trunk(centre: Configuration) -> None:
    number = Number(number="+74951234567", queue_id=QueueId(1), trunk_id=TrunkId(1))

    assert do(centre, ask.SaveNumber(number=number))


def test_device_stays_with_its_agent(centre: Configuration) -> None:
    do(centre, ask.SaveAgent(agent=Agent(agent_id=AgentId(6))))

    assert (
        refused(centre, ask.SaveDevice(device=with_(DEVICE, agent_id=AgentId(6)))).code == "device_has_owner"
    )


def test_browser_phone_of_the_simulator_needs_no_secret(centre: Configuration) -> None:
    phone = Device(agent_id=AgentId(5), kind=DeviceKind.BROWSER, login="b5")

    assert do(centre, ask.SaveDevice(device=phone))


def test_values_are_tidied(centre: Configuration) -> None:
    do(
        centre,
        ask.SaveProject(project=Project(name="  Cafe\u0301   de  nuit ", color="#ABCDEF")),
        ask.SaveTrunk(
            trunk=Trunk(name="Six", host="[2001:DB8::1]", addresses=("10.1.2.3/8", "10.0.0.0/8", "192.0.2.7"))
        ),
        ask.SaveNumber(number=Number(number=" 8-800-555-35-35 ", queue_id=QueueId(1))),
        ask.SaveSite(
            site=with_(SITE, allowed_countries=("RU", "KZ", "RU"), fallback_number="8 916 123 45 67")
        ),
    )

    assert centre.projects[ProjectId(2)] == Project(
        project_id=ProjectId(2), name="Café de nuit", color="#abcdef"
    )
    assert centre.trunks[TrunkId(2)].host == "2001:db8::1"
    assert centre.trunks[TrunkId(2)].addresses == ("10.0.0.0/8", "192.0.2.7")
    assert centre.numbers[NumberId(2)].number == "+78005553535"
    assert centre.site.allowed_countries == ("KZ", "RU")
    assert centre.site.fallback_number == "+79161234567"


# --- together


def test_batch_with_one_bad_change_changes_nothing_and_tells_which(centre: Configuration) -> None:
    batch = ask.ChangeTogether(
        changes=(
            ask.SaveProject(project=Project(project_id=ProjectId(50), name="New")),
            ask.SaveQueue(queue=Queue(name="Of it", project_id=ProjectId(50))),
            ask.SaveQueue(queue=Queue(name="Broken", project_id=ProjectId(50), service_target=7.0)),
        )
    )

    refusal = refused(centre, batch)

    assert isinstance(refusal, Invalid)
    assert (refusal.code, refusal.facts["place"]) == ("too_large", "changes.2.service_target")
    assert ProjectId(50) not in centre.projects


def test_refusal_in_a_batch_tells_its_index(centre: Configuration) -> None:
    refusal = refused(centre, ask.ChangeTogether(changes=(ask.RemoveQueue(queue_id=QueueId(1)),)))

    assert (refusal.code, refusal.facts["place"]) == ("queue_in_use", "changes.0")


def test_batch_may_remove_what_it_stops_using(centre: Configuration) -> None:
    do(
        centre,
        ask.ChangeTogether(
            changes=(ask.RemoveNumber(number_id=NumberId(1)), ask.RemoveQueue(queue_id=QueueId(1)))
        ),
    )

    assert centre.queues == {}


@pytest.mark.parametrize("identity", [-1, 32_768, 2**40])
def test_batch_cannot_name_an_id_that_facts_cannot_hold(centre: Configuration, identity: int) -> None:
    batch = ask.ChangeTogether(
        changes=(ask.SaveQueue(queue=with_(QUEUE, queue_id=QueueId(identity), name="Far")),)
    )

    assert refused(centre, batch).code == "id_out_of_range"


# --- any order of changes

NAMES = st.sampled_from(["Sales", "Support", "Billing", "sales", " "])
SMALL = st.integers(min_value=0, max_value=4)
COMMANDS = st.one_of(
    st.builds(lambda i, n: ask.SaveProject(project=Project(project_id=i, name=n)), SMALL, NAMES),
    st.builds(lambda i, n: ask.SaveSkill(skill=Skill(skill_id=i, name=n)), SMALL, NAMES),
    st.builds(lambda i, n: ask.SaveTeam(team=Team(team_id=i, name=n)), SMALL, NAMES),
    st.builds(
        lambda i, n, p, s: ask.SaveQueue(
            queue=Queue(
                queue_id=i,
                name=n,
                project_id=p,
                skills=tuple(SkillRequirement(skill_id=skill) for skill in s),
            )
        ),
        SMALL,
        NAMES,
        SMALL,
        st.lists(SMALL, max_size=2),
    ),
    st.builds(
        lambda i, n, q: ask.SaveNumber(number=Number(number_id=i, number=f"100{n}", queue_id=q)),
        SMALL,
        SMALL,
        SMALL,
    ),
    st.builds(
        lambda i, t, s: ask.SaveAgent(agent=Agent(agent_id=i, team_ids=tuple(t), skills=dict.fromkeys(s, 3))),
        SMALL,
        st.lists(SMALL, max_size=2),
        st.lists(SMALL, max_size=2),
    ),
    st.builds(
        lambda i, a, n: ask.SaveDevice(
            device=Device(device_id=i, agent_id=a, login=f"d{n}", secret_id=SecretId(1))
        ),
        SMALL,
        SMALL,
        SMALL,
    ),
    st.builds(lambda i: ask.RemoveProject(project_id=i), SMALL),
    st.builds(lambda i: ask.RemoveSkill(skill_id=i), SMALL),
    st.builds(lambda i: ask.RemoveTeam(team_id=i), SMALL),
    st.builds(lambda i: ask.RemoveQueue(queue_id=i), SMALL),
    st.builds(lambda i: ask.RemoveNumber(number_id=i), SMALL),
    st.builds(lambda i: ask.RemoveAgent(agent_id=i), SMALL),
    st.builds(lambda i: ask.RemoveDevice(device_id=i), SMALL),
)


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(COMMANDS, max_size=30), in_batches=st.booleans())
def test_whatever_is_asked_nothing_ever_names_what_is_not_there(changes: list[Any], in_batches: bool) -> None:
    configuration = Configuration()
    replayed = Configuration()

    for change in changes:
        command = ask.ChangeTogether(changes=(change,)) if in_batches else change
        before = copied(configuration)
        try:
            events = decide(configuration, command, at=AT, by=BY)
        except Refused:
            assert configuration == before
            continue
        assert configuration == before
        for event in events:
            apply(configuration, event)
            apply(replayed, msgspec.json.decode(msgspec.json.encode(event), type=type(event)))
        # A new queue without skills got one of its name; without skills again means: take it away.
        makes_skill = isinstance(change, ask.SaveQueue) and not change.queue.skills
        if _is_named_save(change) and not makes_skill:
            assert decide(configuration, command, at=AT, by=BY) == []
        _assert_whole(configuration)

    assert replayed == configuration


def _is_named_save(change: Any) -> bool:
    """Saving under an id, done twice, is done once."""
    if not type(change).__name__.startswith("Save"):
        return False
    thing = next(iter(msgspec.structs.asdict(change).values()))
    return next(iter(msgspec.structs.asdict(thing).values())) != 0


def _assert_whole(configuration: Configuration) -> None:
    for queue in configuration.queues.values():
        assert queue.project_id in configuration.projects
        assert all(need.skill_id in configuration.skills for need in queue.skills)
    for number in configuration.numbers.values():
        assert number.queue_id in configuration.queues
    for agent in configuration.agents.values():
        assert all(skill_id in configuration.skills for skill_id in agent.skills)
        assert all(team_id in configuration.teams for team_id in agent.team_ids)
    for device in configuration.devices.values():
        assert device.agent_id in configuration.agents
    for things in (configuration.queues, configuration.skills, configuration.projects, configuration.teams):
        names = [thing.name.casefold() for thing in things.values()]  # type: ignore[attr-defined]
        assert len(set(names)) == len(names)
    logins = [device.login for device in configuration.devices.values()]
    assert len(set(logins)) == len(logins)


def test_a_number_may_be_the_login_of_a_trunk_that_registers(centre: Configuration) -> None:
    """Its far end dials what we registered as."""
    provider = Trunk(
        name="provider",
        kind=TrunkKind.REGISTRATION,
        host="sip.example.org",
        login="line-of-ours",
        secret_id=SecretId(5),
    )
    do(centre, ask.SaveTrunk(trunk=provider))

    (saved,) = do(centre, ask.SaveNumber(number=with_(NUMBER, number="line-of-ours")))

    assert saved.number.number == "line-of-ours"


# --- ways out of a queue


def way(queue_id: int, **rest: Any) -> OverflowRule:
    return OverflowRule(name=f"to {queue_id}", after=30 * SECOND, queue_id=QueueId(queue_id), **rest)


def three_queues(centre: Configuration) -> tuple[Queue, Queue, Queue]:
    do(
        centre,
        ask.SaveQueue(queue=Queue(name="Second", project_id=PROJECT.project_id)),
        ask.SaveQueue(queue=Queue(name="Third", project_id=PROJECT.project_id)),
    )
    return centre.queues[QueueId(1)], centre.queues[QueueId(2)], centre.queues[QueueId(3)]


@pytest.mark.parametrize("last_when", [OverflowWhen.WAITED, OverflowWhen.NOBODY])
def test_overflow_in_a_circle_is_refused_whatever_sets_it_off(
    centre: Configuration, last_when: OverflowWhen
) -> None:
    first, second, third = three_queues(centre)
    do(
        centre,
        ask.SaveQueue(queue=with_(first, overflow=(way(2),))),
        ask.SaveQueue(queue=with_(second, overflow=(way(3),))),
    )

    refusal = refused(centre, ask.SaveQueue(queue=with_(third, overflow=(way(1, when=last_when),))))

    assert (refusal.code, refusal.facts["place"]) == ("circular_overflow", "overflow")
    assert refusal.facts["by"] == ["Third", "Sales", "Second", "Third"]


def test_a_queue_overflows_into_another_one_but_not_into_itself(centre: Configuration) -> None:
    first, _, _ = three_queues(centre)

    assert refused(centre, ask.SaveQueue(queue=with_(first, overflow=(way(1),)))).code == "leads_to_itself"
    assert (
        refused(centre, ask.SaveQueue(queue=with_(first, overflow=(way(0),)))).place == "overflow.0.queue_id"
    )
    assert refused(centre, ask.SaveQueue(queue=with_(first, overflow=(way(77),)))).code == "unknown_queue"
    to_callback = OverflowRule(name="call back", to=OverflowTo.CALLBACK, after=60 * SECOND)
    assert do(centre, ask.SaveQueue(queue=with_(first, overflow=(way(2), to_callback))))


def test_tiers_in_a_circle_are_refused(centre: Configuration) -> None:
    first, second, _ = three_queues(centre)
    do(centre, ask.SaveQueue(queue=with_(first, tier=1, next_tier=QueueId(2))))

    assert refused(centre, ask.SaveQueue(queue=with_(second, next_tier=QueueId(1)))).code == "circular_tiers"


def test_a_queue_that_others_lead_to_is_not_removed(centre: Configuration) -> None:
    first, second, _ = three_queues(centre)
    do(
        centre,
        ask.SaveQueue(queue=with_(first, overflow=(way(3),))),
        ask.SaveQueue(queue=with_(second, next_tier=QueueId(3))),
    )

    refusal = refused(centre, ask.RemoveQueue(queue_id=QueueId(3)))

    assert (refusal.code, refusal.facts["by"]) == ("queue_in_use", ["Sales", "Second"])


def test_a_removed_queue_says_where_those_go_who_wait(centre: Configuration) -> None:
    three_queues(centre)

    assert refused(centre, ask.RemoveQueue(queue_id=QueueId(2), to_queue_id=QueueId(2))).code == "wrong_queue"
    assert (
        refused(centre, ask.RemoveQueue(queue_id=QueueId(2), to_queue_id=QueueId(9))).code == "unknown_queue"
    )
    (event,) = do(centre, ask.RemoveQueue(queue_id=QueueId(2), to_queue_id=QueueId(3)))

    assert (event.queue_id, event.to_queue_id) == (2, 3)


# --- plans of modes


def test_an_agent_stands_in_one_plan(centre: Configuration) -> None:
    do(centre, ask.SavePlan(plan=Plan(name="Morning", agent_ids=(AGENT.agent_id,))))

    refusal = refused(centre, ask.SavePlan(plan=Plan(name="Evening", agent_ids=(AGENT.agent_id,))))

    assert (refusal.code, refusal.facts["place"]) == ("agent_in_two_plans", "agent_ids.0")
    assert refusal.facts["by"] == ["Morning"]


def test_plans_lose_whoever_and_whatever_is_removed(centre: Configuration) -> None:
    _, second, third = three_queues(centre)
    load = LoadRule(queue_ids=(second.queue_id, third.queue_id), busy=3)
    do(centre, ask.SavePlan(plan=Plan(name="Morning", agent_ids=(AGENT.agent_id,), load=load)))

    do(centre, ask.RemoveQueue(queue_id=second.queue_id), ask.RemoveAgent(agent_id=AGENT.agent_id))

    plan = centre.plans[PlanId(1)]
    assert plan.agent_ids == ()
    assert plan.load is not None
    assert plan.load.queue_ids == (third.queue_id,)
    do(centre, ask.RemoveQueue(queue_id=third.queue_id))
    assert centre.plans[PlanId(1)].load is None


def test_a_queue_keeps_its_channel_and_leads_to_queues_of_the_same(centre: Configuration) -> None:
    chats = Queue(queue_id=QueueId(0), name="chats", project_id=ProjectId(1), channel=Channel.CHAT)
    for event in decide(centre, ask.SaveQueue(queue=chats), at=AT, by=BY):
        apply(centre, event)
    made = next(queue for queue in centre.queues.values() if queue.name == "chats")
    assert queue_rules(made).channel is Channel.CHAT

    fixed = refused(centre, ask.SaveQueue(queue=with_(made, channel=Channel.VOICE)))
    assert (fixed.code, fixed.facts["place"]) == ("channel_fixed", "channel")
    calls = next(queue for queue in centre.queues.values() if queue.channel is Channel.VOICE)
    way = OverflowRule(name="away", after=timedelta(seconds=30), queue_id=made.queue_id)
    wrong = refused(centre, ask.SaveQueue(queue=with_(calls, overflow=(way,))))
    assert (wrong.code, wrong.facts["place"]) == ("wrong_channel", "overflow.0.queue_id")
    tier = refused(centre, ask.SaveQueue(queue=with_(calls, next_tier=made.queue_id)))
    assert (tier.code, tier.facts["place"]) == ("wrong_channel", "next_tier_id")


@pytest.mark.parametrize(
    ("capacities", "place"),
    [
        ({Channel.VOICE: 2}, "capacities.voice"),
        ({Channel.CHAT: 13}, "capacities.chat"),
        ({Channel.EMAIL: -1}, "capacities.email"),
    ],
)
def test_a_capacity_that_cannot_be_is_refused(
    centre: Configuration, capacities: dict[Channel, int], place: str
) -> None:
    agent = Agent(agent_id=AgentId(1), capacities=capacities)
    assert refused(centre, ask.SaveAgent(agent=agent)).facts["place"] == place


def test_the_engine_hears_of_capacities() -> None:
    agent = Agent(agent_id=AgentId(1), capacities={Channel.VOICE: 0, Channel.CHAT: 5})
    profile = agent_profile(agent)
    assert (profile.voice_capacity, profile.capacities) == (0, {Channel.CHAT: 5})
    assert agent_profile(Agent(agent_id=AgentId(1))).voice_capacity == 1
