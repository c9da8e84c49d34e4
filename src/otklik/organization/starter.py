"""The centre that a fresh installation starts with: one batch of changes, and the dispositions. Pure.

Everything in it can be changed or removed by an administrator, but the things of the self-test.
"""

from datetime import time, timedelta

from otklik.acd.model import SkillRequirement
from otklik.organization.commands import (
    ChangeTogether,
    SaveAgent,
    SaveDevice,
    SaveHours,
    SaveNumber,
    SaveProject,
    SaveQueue,
    SaveReason,
    SaveSite,
    SaveSkill,
    SaveTeam,
    SaveTrunk,
    SingleChange,
)
from otklik.organization.model import (
    SELF_TEST,
    Agent,
    Device,
    DeviceId,
    DeviceKind,
    Disposition,
    DispositionKind,
    Hours,
    Number,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    Team,
    Trunk,
)
from otklik.vocabulary.hours import ALWAYS_OPEN, weekly
from otklik.vocabulary.ids import (
    AgentId,
    FlowId,
    HoursId,
    NumberId,
    PersonId,
    ProjectId,
    QueueId,
    ReasonId,
    SecretId,
    SiteId,
    SkillId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.messages import Value

LOCAL_TRUNK = TrunkId(1)
ROBOTS_TRUNK = TrunkId(2)
NUMBER_RU, NUMBER_EN, NUMBER_BILLING = "1000", "2000", "3000"
NUMBER_SELF_TEST = "9999"
ROBOTS_HOST, SELF_TEST_HOST = "127.0.0.2", "127.0.0.3"
"""Loopback addresses of their own: the local trunk takes calls from any port of 127.0.0.1."""
ROBOTS = 30
LOCAL_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Any telephone of the house may call in. It cannot call out: a trunk's calls reach our numbers only."""

_SALES, _SUPPORT, _BILLING = QueueId(1), QueueId(2), QueueId(3)
_NAMES = {
    "ru": ("Отклик", "Основной проект", "Продажи", "Поддержка", "Оплата", "Первая группа", "Роботы"),
    "en": ("Otklik", "Main project", "Sales", "Support", "Billing", "First team", "Robots"),
}
_HOURS = {"ru": ("Круглосуточно", "Рабочие часы"), "en": ("Around the clock", "Office hours")}
_TRUNKS = {"ru": ("Местная сеть", "Роботы"), "en": ("Local network", "Robots")}
_REASONS = (
    ("Обед", "Lunch", 60, False, False),
    ("Перерыв", "Break", 15, True, False),
    ("Обучение", "Training", 120, True, True),
    ("Совещание", "Meeting", 120, True, False),
    ("Технические неполадки", "Technical trouble", None, True, False),
    ("Работа с документами", "Paperwork", 30, True, False),
)
_DISPOSITIONS = (
    ("Продажа", "Sale", DispositionKind.MAIN_SALE),
    ("Допродажа", "Add-on sale", DispositionKind.ADD_ON_SALE),
    ("Заявка", "Lead", DispositionKind.LEAD),
    ("Вопрос решён", "Question answered", DispositionKind.SERVICE),
    ("Вопрос передан", "Question passed on", DispositionKind.SERVICE),
    ("Ошиблись номером", "Wrong number", DispositionKind.WRONG_NUMBER),
    ("Спам", "Spam", DispositionKind.SPAM),
)


class Phone(Value):
    """A SIP phone to be made: whose, under which login, with which secret."""

    agent_id: AgentId
    login: str
    secret_id: SecretId


class StarterPlan(Value, kw_only=True):
    """What the starter centre is made from.

    agents: people with the right to take calls, the first of them in teams with the supervisors. robots: the
    demo's, each with his phone. self_test: the self-test's agent with its phone. Hosts and ports: SIP
    addresses on loopback from which the robots' and the self-test's private Asterisk call. language: of
    names, ru or en. flow_id: what runs for its numbers, published before.
    """

    site_id: SiteId = SiteId(1)
    zone: str
    country: str = "RU"
    currency: str = "RUB"
    language: str = "ru"
    rescue_timeout: timedelta = timedelta(seconds=15)
    flow_id: FlowId = FlowId(0)
    supervisors: tuple[PersonId, ...] = ()
    agents: tuple[AgentId, ...] = ()
    robots: tuple[Phone, ...] = ()
    self_test: Phone
    robots_host: str = ROBOTS_HOST
    robots_port: int
    self_test_host: str = SELF_TEST_HOST
    self_test_port: int


def starter_changes(plan: StarterPlan) -> ChangeTogether:
    """All of the starter centre, all or nothing. Done twice it changes nothing."""
    language = plan.language if plan.language in _NAMES else "en"
    return ChangeTogether(
        changes=(
            *_house(plan, language),
            *_trunks(plan, language),
            *_queues(plan, language),
            *_reasons(),
            *_people(plan),
            *_self_test(plan),
        )
    )


def starter_dispositions() -> tuple[Disposition, ...]:
    """Outcomes to choose from, of all six kinds."""
    return tuple(
        Disposition(name_ru=name_ru, name_en=name_en, kind=kind) for name_ru, name_en, kind in _DISPOSITIONS
    )


def _house(plan: StarterPlan, language: str) -> list[SingleChange]:
    site, project, *_, team, robots = _NAMES[language]
    always, office = _HOURS[language]
    changes: list[SingleChange] = [
        SaveSite(
            site=Site(
                site_id=plan.site_id,
                name=site,
                zone=plan.zone,
                country=plan.country,
                language=language,
                currency=plan.currency,
                rescue_timeout=plan.rescue_timeout,
            )
        ),
        SaveProject(project=Project(project_id=ProjectId(1), name=project, color="#2f6fde")),
        SaveTeam(team=Team(team_id=TeamId(1), name=team, supervisor_ids=plan.supervisors)),
        # The first call works at any hour; office hours stand beside to be chosen.
        SaveHours(hours=Hours(hours_id=HoursId(1), name=always, opening=ALWAYS_OPEN)),
        SaveHours(hours=Hours(hours_id=HoursId(2), name=office, opening=weekly(time(9), time(18)))),
    ]
    if plan.robots:
        changes += [
            SaveTeam(team=Team(team_id=TeamId(2), name=robots, supervisor_ids=plan.supervisors)),
            SaveProject(project=Project(project_id=ProjectId(2), name=robots, color="#2a9d6f")),
        ]
    return changes


def _trunks(plan: StarterPlan, language: str) -> list[SingleChange]:
    local, robots = _TRUNKS[language]
    changes: list[SingleChange] = [
        SaveTrunk(
            trunk=Trunk(
                trunk_id=LOCAL_TRUNK,
                name=local,
                host="127.0.0.1",
                port=0,
                addresses=LOCAL_NETWORKS,
                is_default=not plan.robots,
            )
        )
    ]
    if plan.robots:
        # What agents dial in a demo is answered by robots, so this one is the way out.
        changes.append(
            SaveTrunk(
                trunk=Trunk(
                    trunk_id=ROBOTS_TRUNK,
                    name=robots,
                    host=plan.robots_host,
                    port=plan.robots_port,
                    is_default=True,
                )
            )
        )
    return changes


def _queues(plan: StarterPlan, language: str) -> list[SingleChange]:
    _, _, sales, support, billing, *_ = _NAMES[language]
    names = {_SALES: sales, _SUPPORT: support, _BILLING: billing}
    changes: list[SingleChange] = []
    for queue_id, name in names.items():
        skill_id = SkillId(queue_id)
        project_id = ProjectId(2) if plan.robots and queue_id == _BILLING else ProjectId(1)
        changes += [
            SaveSkill(skill=Skill(skill_id=skill_id, name=name)),
            SaveQueue(
                queue=Queue(
                    queue_id=queue_id,
                    name=name,
                    project_id=project_id,
                    skills=(SkillRequirement(skill_id=skill_id),),
                    # A visitor who sits down among thirty robots gets the next call, not the thirtieth.
                    strategy="most_skilled" if plan.robots else "longest_idle",
                )
            ),
        ]
    called = [(NUMBER_RU, "ru", _SALES), (NUMBER_EN, "en", _SUPPORT)]
    if plan.robots:
        called.append((NUMBER_BILLING, "ru", _BILLING))
    for index, (number, spoken, queue_id) in enumerate(called, 1):
        changes.append(
            SaveNumber(
                number=Number(
                    number_id=NumberId(index),
                    number=number,
                    name=f"{names[queue_id]} ({spoken})",
                    language=spoken,
                    hours_id=HoursId(1),
                    queue_id=queue_id,
                    flow_id=plan.flow_id,
                )
            )
        )
    return changes


def _reasons() -> list[SingleChange]:
    return [
        SaveReason(
            reason=Reason(
                reason_id=ReasonId(index),
                name_ru=name_ru,
                name_en=name_en,
                maximum=timedelta(minutes=minutes) if minutes else None,
                is_paid=is_paid,
                needs_permission=needs_permission,
            )
        )
        for index, (name_ru, name_en, minutes, is_paid, needs_permission) in enumerate(_REASONS, 1)
    ]


def _people(plan: StarterPlan) -> list[SingleChange]:
    """Agents answer every queue, at different levels; of three robots one knows two queues. Supervisors may
    take calls, too."""
    changes: list[SingleChange] = [
        SaveAgent(
            agent=Agent(
                agent_id=AgentId(int(person_id)),
                team_ids=(TeamId(1),),
                skills={SkillId(number): 5 for number in (1, 2, 3)},
            )
        )
        for person_id in plan.supervisors
    ]
    changes += [
        SaveAgent(
            agent=Agent(
                agent_id=agent_id,
                team_ids=(TeamId(1),),
                skills={SkillId(number): 10 - 2 * ((index + number) % 3) for number in (1, 2, 3)},
            )
        )
        for index, agent_id in enumerate(plan.agents)
    ]
    for index, robot in enumerate(plan.robots):
        skills = {SkillId(index % 3 + 1): 4}
        if index % 3 == 0:
            skills[SkillId((index + 1) % 3 + 1)] = 3
        changes += [
            SaveAgent(agent=Agent(agent_id=robot.agent_id, team_ids=(TeamId(2),), skills=skills)),
            SaveDevice(
                device=Device(
                    device_id=DeviceId(index + 1),
                    agent_id=robot.agent_id,
                    kind=DeviceKind.SIP,
                    login=robot.login,
                    secret_id=robot.secret_id,
                    codecs=("alaw",),
                )
            ),
        ]
    return changes


def _self_test(plan: StarterPlan) -> list[SingleChange]:
    """A call of its own way: nobody else's agent can answer it, and no report counts it."""
    name = "self_test"
    skill_id = SkillId(SELF_TEST)
    return [
        SaveProject(project=Project(project_id=ProjectId(SELF_TEST), name=name)),
        SaveTrunk(
            trunk=Trunk(
                trunk_id=TrunkId(SELF_TEST),
                name=name,
                host=SELF_TEST_HOST,
                port=plan.self_test_port,
                maximum_calls=4,
            )
        ),
        SaveSkill(skill=Skill(skill_id=skill_id, name=name)),
        SaveQueue(
            queue=Queue(
                queue_id=QueueId(SELF_TEST),
                name=name,
                project_id=ProjectId(SELF_TEST),
                skills=(SkillRequirement(skill_id=skill_id),),
                ring_timeout=timedelta(seconds=10),
                wrap_up=timedelta(seconds=5),
                wrap_up_limit=timedelta(seconds=5),
            )
        ),
        SaveNumber(
            number=Number(
                number_id=NumberId(SELF_TEST),
                number=NUMBER_SELF_TEST,
                name=name,
                language="en",
                queue_id=QueueId(SELF_TEST),
            )
        ),
        SaveAgent(agent=Agent(agent_id=plan.self_test.agent_id, skills={skill_id: 10})),
        SaveDevice(
            device=Device(
                device_id=DeviceId(SELF_TEST),
                agent_id=plan.self_test.agent_id,
                kind=DeviceKind.SIP,
                login=plan.self_test.login,
                secret_id=plan.self_test.secret_id,
                codecs=("alaw",),
            )
        ),
    ]
