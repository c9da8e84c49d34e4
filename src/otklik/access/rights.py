"""The closed list of rights, and the three roles that a new centre starts with.

A right is `verb.thing`. A role is a set of rights and says whose work it sees; both are data and may be
edited. A person may do what any of his roles allows and sees as far as the widest of them.
"""

from enum import StrEnum

from otklik.vocabulary.messages import Value


class Right(StrEnum):
    """Everything that can be allowed. Each route and each live topic names one of them."""

    TAKE_CALLS = "take.calls"
    DIAL_NUMBERS = "dial.numbers"
    DIAL_FOR_AGENTS = "dial.for_agents"
    EDIT_OUTCOMES = "edit.outcomes"
    VIEW_CUSTOMERS = "view.customers"
    EDIT_CUSTOMERS = "edit.customers"
    IMPORT_CUSTOMERS = "import.customers"
    VIEW_MISSED = "view.missed"
    VIEW_NUMBERS = "view.numbers"
    MANAGE_DIRECTORY = "manage.directory"
    CHAT_COLLEAGUES = "chat.colleagues"
    WATCH_BOARD = "watch.board"
    WATCH_WALL = "watch.wall"
    ANNOUNCE_EMERGENCY = "announce.emergency"
    DIRECT_AGENTS = "direct.agents"
    MONITOR_TALKS = "monitor.talks"
    BARGE_TALKS = "barge.talks"
    VIEW_REPORTS = "view.reports"
    VIEW_INTERACTIONS = "view.interactions"
    LISTEN_RECORDINGS = "listen.recordings"
    DOWNLOAD_RECORDINGS = "download.recordings"
    MANAGE_RECORDINGS = "manage.recordings"
    EXPORT_REPORTS = "export.reports"
    VIEW_COSTS = "view.costs"
    PLAN_WORK = "plan.work"
    VIEW_HISTORY = "view.history"
    VIEW_AUDIT = "view.audit"
    VIEW_HEALTH = "view.health"
    MANAGE_PEOPLE = "manage.people"
    MANAGE_ROLES = "manage.roles"
    MANAGE_TEAMS = "manage.teams"
    MANAGE_PROJECTS = "manage.projects"
    MANAGE_SKILLS = "manage.skills"
    MANAGE_QUEUES = "manage.queues"
    MANAGE_NUMBERS = "manage.numbers"
    MANAGE_BLOCKED = "manage.blocked"
    MANAGE_FLOWS = "manage.flows"
    MANAGE_TRUNKS = "manage.trunks"
    MANAGE_SYSTEMS = "manage.systems"
    MANAGE_DEVICES = "manage.devices"
    MANAGE_REASONS = "manage.reasons"
    MANAGE_DISPOSITIONS = "manage.dispositions"
    MANAGE_HOURS = "manage.hours"
    MANAGE_RATES = "manage.rates"
    MANAGE_ALERTS = "manage.alerts"
    MANAGE_DELIVERIES = "manage.deliveries"
    MANAGE_WEBHOOKS = "manage.webhooks"
    MANAGE_SITE = "manage.site"
    MANAGE_TOKENS = "manage.tokens"


class RightName(Value):
    """A right in both languages, for the page of roles. area: the part of that page it stands in."""

    right: Right
    area: str
    name_ru: str
    name_en: str


def _named(right: Right, area: str, name_ru: str, name_en: str) -> RightName:
    return RightName(right=right, area=area, name_ru=name_ru, name_en=name_en)


RIGHT_NAMES: tuple[RightName, ...] = (
    _named(
        Right.TAKE_CALLS,
        "desk",
        "Работать оператором: рабочее место и телефон",
        "Be an agent: desk and phone",
    ),
    _named(Right.DIAL_NUMBERS, "desk", "Звонить клиентам со своего места", "Call customers from the desk"),
    _named(
        Right.DIAL_FOR_AGENTS,
        "desk",
        "Набирать номер за оператора (для программ: звонок из CRM)",
        "Dial for an agent (for programs: a click in a CRM)",
    ),
    _named(Right.EDIT_OUTCOMES, "desk", "Менять результат обращения позже", "Change an outcome afterwards"),
    _named(Right.VIEW_CUSTOMERS, "desk", "Видеть карточки клиентов", "See customers"),
    _named(Right.EDIT_CUSTOMERS, "desk", "Менять карточки клиентов", "Change customers"),
    _named(Right.IMPORT_CUSTOMERS, "desk", "Загружать клиентов из таблиц", "Bring in customers from tables"),
    _named(Right.VIEW_MISSED, "desk", "Видеть пропущенные звонки", "See missed calls"),
    _named(Right.VIEW_NUMBERS, "desk", "Видеть номера телефонов целиком", "See whole phone numbers"),
    _named(
        Right.MANAGE_DIRECTORY,
        "desk",
        "Вести общий справочник людей вне центра",
        "Keep the shared directory of people outside",
    ),
    _named(Right.CHAT_COLLEAGUES, "desk", "Писать коллегам в чат", "Chat with colleagues"),
    _named(Right.WATCH_BOARD, "supervision", "Видеть живую доску", "Watch the live board"),
    _named(Right.WATCH_WALL, "supervision", "Открывать настенное табло", "Open the wallboard"),
    _named(
        Right.ANNOUNCE_EMERGENCY,
        "supervision",
        "Включать экстренное объявление",
        "Switch the emergency announcement on",
    ),
    _named(
        Right.DIRECT_AGENTS,
        "supervision",
        "Менять состояние операторов и разрешать перерывы",
        "Change agents' states and permit breaks",
    ),
    _named(Right.MONITOR_TALKS, "supervision", "Слушать идущие разговоры", "Listen to talks that go on"),
    _named(
        Right.BARGE_TALKS,
        "supervision",
        "Вмешиваться в разговоры: подсказывать, входить, забирать себе",
        "Step into talks: whisper, barge in, take over",
    ),
    _named(Right.VIEW_REPORTS, "reports", "Видеть отчёты", "See reports"),
    _named(Right.VIEW_INTERACTIONS, "reports", "Видеть список обращений", "See the list of interactions"),
    _named(Right.LISTEN_RECORDINGS, "reports", "Слушать записи", "Listen to recordings"),
    _named(Right.DOWNLOAD_RECORDINGS, "reports", "Скачивать записи", "Download recordings"),
    _named(
        Right.MANAGE_RECORDINGS,
        "control",
        "Управлять сроком хранения записей и запретами на удаление",
        "Manage how long recordings are kept and what may not be deleted",
    ),
    _named(Right.EXPORT_REPORTS, "reports", "Выгружать отчёты", "Export reports"),
    _named(
        Right.VIEW_COSTS,
        "reports",
        "Видеть, сколько стоит обращение: оплата труда и связи",
        "See what a contact costs: pay and calls",
    ),
    _named(Right.PLAN_WORK, "reports", "Планировать нагрузку и штат", "Plan load and staffing"),
    _named(Right.VIEW_HISTORY, "control", "Видеть историю настроек", "See the history of settings"),
    _named(Right.VIEW_AUDIT, "control", "Видеть журнал действий", "See who did what"),
    _named(Right.VIEW_HEALTH, "control", "Видеть состояние системы", "See the health of the system"),
    _named(Right.MANAGE_PEOPLE, "administration", "Управлять людьми", "Manage people"),
    _named(Right.MANAGE_ROLES, "administration", "Управлять ролями", "Manage roles"),
    _named(Right.MANAGE_TEAMS, "administration", "Управлять группами", "Manage teams"),
    _named(Right.MANAGE_PROJECTS, "administration", "Управлять проектами", "Manage projects"),
    _named(Right.MANAGE_SKILLS, "administration", "Управлять навыками", "Manage skills"),
    _named(Right.MANAGE_QUEUES, "administration", "Управлять очередями", "Manage queues"),
    _named(Right.MANAGE_NUMBERS, "administration", "Управлять номерами", "Manage numbers"),
    _named(Right.MANAGE_BLOCKED, "administration", "Блокировать номера", "Block numbers"),
    _named(Right.MANAGE_FLOWS, "administration", "Управлять сценариями звонков", "Manage call flows"),
    _named(Right.MANAGE_TRUNKS, "administration", "Управлять линиями", "Manage trunks"),
    _named(Right.MANAGE_SYSTEMS, "administration", "Управлять внешними системами", "Manage external systems"),
    _named(Right.MANAGE_DEVICES, "administration", "Управлять телефонами людей", "Manage people's phones"),
    _named(
        Right.MANAGE_REASONS,
        "administration",
        "Управлять причинами перерывов",
        "Manage reasons for not ready",
    ),
    _named(Right.MANAGE_DISPOSITIONS, "administration", "Управлять результатами", "Manage dispositions"),
    _named(Right.MANAGE_HOURS, "administration", "Управлять часами работы", "Manage opening hours"),
    _named(
        Right.MANAGE_RATES,
        "administration",
        "Видеть и задавать ставки людей и тарифы связи",
        "See and set people's pay rates and tariffs of calls",
    ),
    _named(Right.MANAGE_ALERTS, "administration", "Управлять оповещениями", "Manage alerts"),
    _named(
        Right.MANAGE_DELIVERIES,
        "administration",
        "Управлять почтой и мессенджерами для оповещений",
        "Manage mail and messengers for alerts",
    ),
    _named(
        Right.MANAGE_WEBHOOKS,
        "administration",
        "Управлять вебхуками для других систем",
        "Manage webhooks for other systems",
    ),
    _named(Right.MANAGE_SITE, "administration", "Управлять площадкой", "Manage the site"),
    _named(Right.MANAGE_TOKENS, "administration", "Управлять ключами программ", "Manage programs' tokens"),
)


class Sight(StrEnum):
    """Whose work a role sees: all, the teams that the person supervises, or only his own. From wide to
    narrow."""

    ALL = "all"
    TEAMS = "teams"
    SELF = "self"


class StarterRole(Value):
    """A role that a new centre starts with."""

    name: str
    name_ru: str
    name_en: str
    sees: Sight
    rights: frozenset[Right]


AGENT_RIGHTS = frozenset(
    {
        Right.TAKE_CALLS,
        Right.DIAL_NUMBERS,
        Right.VIEW_CUSTOMERS,
        Right.EDIT_CUSTOMERS,
        Right.VIEW_MISSED,
        Right.VIEW_NUMBERS,
        Right.CHAT_COLLEAGUES,
    }
)
SUPERVISOR_RIGHTS = AGENT_RIGHTS | {
    Right.MANAGE_DIRECTORY,
    Right.EDIT_OUTCOMES,
    Right.WATCH_BOARD,
    Right.WATCH_WALL,
    Right.DIRECT_AGENTS,
    Right.ANNOUNCE_EMERGENCY,
    Right.MONITOR_TALKS,
    Right.BARGE_TALKS,
    Right.VIEW_REPORTS,
    Right.VIEW_INTERACTIONS,
    Right.LISTEN_RECORDINGS,
    Right.EXPORT_REPORTS,
    Right.PLAN_WORK,
}

# An administrator sets up and looks; to sit in the queue he needs the role of an agent too.
ADMINISTRATOR_RIGHTS = frozenset(Right) - {Right.TAKE_CALLS, Right.DIAL_NUMBERS}

STARTER_ROLES: tuple[StarterRole, ...] = (
    StarterRole(
        name="administrator",
        name_ru="Администратор",
        name_en="Administrator",
        sees=Sight.ALL,
        rights=ADMINISTRATOR_RIGHTS,
    ),
    StarterRole(
        name="supervisor",
        name_ru="Супервизор",
        name_en="Supervisor",
        sees=Sight.TEAMS,
        rights=SUPERVISOR_RIGHTS,
    ),
    StarterRole(
        name="agent",
        name_ru="Оператор",
        name_en="Agent",
        sees=Sight.SELF,
        rights=AGENT_RIGHTS,
    ),
)


def known_rights(words: object) -> frozenset[Right]:
    """The rights among these words; those of another release are left out."""
    known = {right.value for right in Right}
    return (
        frozenset(Right(word) for word in words if word in known)
        if isinstance(words, list | tuple)
        else frozenset()
    )


def widest(sights: list[Sight]) -> Sight:
    """How far a person sees who has roles with these sights."""
    return min(sights, key=list(Sight).index, default=Sight.SELF)
