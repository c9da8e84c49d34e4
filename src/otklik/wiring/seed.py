"""Fills an empty centre: people with random passwords, then the starter configuration through the engine's
door.

Run by the supervisor at every start; a centre that is set up is left alone. People and their secrets are one
transaction, the configuration is one command: a start that was killed in between goes on where it stopped,
with the same passwords, which wait in HOME/keys until they have been told.
"""

import asyncio
import contextlib
import os
import time
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from otklik import database
from otklik.access import service as access
from otklik.access.model import Person
from otklik.access.passwords import Passwords, random_password
from otklik.access.secrets import SecretKey, new_secret, write_secret
from otklik.alerts import store as alerts
from otklik.alerts.starter import starter_rules
from otklik.clock import SystemClock
from otklik.dashboards import store as dashboards
from otklik.dashboards.starter import starter_dashboards
from otklik.flows.service import published
from otklik.flows.starter import starter_draft
from otklik.operations import texts
from otklik.operations.credentials import write_secret as write_file
from otklik.organization import service as organization
from otklik.organization import store as configuration
from otklik.organization.model import BUILT_IN, SELF_TEST
from otklik.organization.starter import (
    NUMBER_BILLING,
    NUMBER_EN,
    NUMBER_RU,
    ROBOTS,
    Phone,
    StarterPlan,
    starter_changes,
    starter_dispositions,
)
from otklik.settings import Settings
from otklik.switchboard.client import EngineAway, EngineClient
from otklik.switchboard.requests import ChangeConfiguration, Done, DoorRequest, PublishFlow
from otklik.vocabulary.hours import is_zone
from otklik.vocabulary.ids import AgentId, FlowId, PersonId, SecretId, SiteId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.phones import is_country

SELF_TEST_LOGIN = "self-test"
PATIENCE_SECONDS = 30.0
ZONE_IF_UNKNOWN = "Europe/Moscow"
COUNTRY_IF_UNKNOWN = "RU"
_EURO = frozenset("AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split())  # noqa: SIM905, one line
_CURRENCIES = {"RU": "RUB", "BY": "BYN", "KZ": "KZT", "UZ": "UZS", "GB": "GBP", "PL": "PLN", "TR": "TRY"}
_VISITOR = {"ru": ("visitor", "Гость", "agent"), "en": ("visitor", "Visitor", "agent")}
_PEOPLE = {
    "ru": (
        ("admin", "Администратор", "administrator"),
        ("supervisor", "Супервизор", "supervisor"),
        ("agent1", "Анна Лебедева", "agent"),
        ("agent2", "Борис Орлов", "agent"),
        ("agent3", "Вера Соколова", "agent"),
    ),
    "en": (
        ("admin", "Administrator", "administrator"),
        ("supervisor", "Supervisor", "supervisor"),
        ("agent1", "Anna Swan", "agent"),
        ("agent2", "Boris Eagle", "agent"),
        ("agent3", "Vera Falcon", "agent"),
    ),
}
_ROBOTS = {
    "ru": (
        "Алиса Алексей Арина Богдан Варвара Виктор Галина Глеб Дарья Денис Ева Егор Жанна Захар Зоя "
        "Иван Инна Кирилл Ксения Лев Лидия Максим Мария Никита Нина Олег Ольга Павел Полина Роман"
    ),
    "en": (
        "Alice Adam Bella Brian Clara Colin Diana David Emma Edward Fiona Frank Grace Gavin Holly Henry "
        "Iris Ian Jane Jack Kate Keith Laura Leo Mia Mark Nora Neil Olive Oscar"
    ),
}


class Made(Value):
    """Who was made, and the passwords that nobody has been told yet."""

    sign_ins: tuple[dict[str, str], ...]
    supervisors: tuple[PersonId, ...]
    agents: tuple[AgentId, ...]
    robots: tuple[Phone, ...]
    self_test: Phone


def main(settings: Settings) -> dict[str, Any]:
    """What a person must be told: `sign_ins` (only once) and `numbers`."""
    return asyncio.run(_seed(settings))


async def _seed(settings: Settings) -> dict[str, Any]:
    connection = await database.connect(database.address_of(settings), name="otklik seed")
    waiting = settings.keys / "first_sign_ins.json"
    try:
        sign_ins: tuple[dict[str, str], ...] = ()
        if await configuration.find_site(connection, site_id=SiteId(settings.site_id)) is None:
            made = await _people(connection, settings, waiting)
            await _configure(connection, settings, made)
            await _dispositions(connection)
            await _alerts(connection, SiteId(settings.site_id))
            await _dashboards(connection, SiteId(settings.site_id))
            sign_ins = made.sign_ins
        numbers = [
            {"number": number.number, "name": number.name}
            for number in await configuration.list_things(connection, "number")
            if number.number_id not in BUILT_IN
        ]
    finally:
        await connection.close()
    _forget(waiting)
    return {"sign_ins": list(sign_ins), "numbers": sorted(numbers, key=_first_numbers_first)}


def _first_numbers_first(number: dict[str, str]) -> tuple[bool, str]:
    return number["number"] not in (NUMBER_RU, NUMBER_EN, NUMBER_BILLING), number["number"]


async def _people(connection: Any, settings: Settings, waiting: Path) -> Made:
    kept = _recall(waiting)
    if kept is not None:
        return kept
    language = texts.language_of_person()
    at = SystemClock().now()
    passwords = Passwords()
    key = SecretKey(settings.keys)
    sign_ins: list[dict[str, str]] = []
    by_role: dict[str, list[PersonId]] = {"administrator": [], "supervisor": [], "agent": []}
    try:
        async with connection.transaction():
            roles = await access.seed_roles(connection)
            people = _PEOPLE[language] + ((_VISITOR[language],) if settings.demo else ())
            for login, name, role in people:
                password = random_password()
                person = await access.create_person(
                    connection,
                    # Nobody comes back to a demo: a password to change would only stand in the visitor's way.
                    Person(
                        login=login,
                        name=name,
                        role_ids=(roles[role],),
                        must_change_password=not settings.demo,
                    ),
                    by=access.THE_PROGRAM,
                    at=at,
                    password_hash=await passwords.hash(password),
                )
                by_role[role].append(person.person_id)
                sign_ins.append({"login": login, "password": password, "name": name})
            robots = []
            names = _ROBOTS[language].split()[:ROBOTS] if settings.demo else []
            for number, name in enumerate(names, 1):
                robots.append(
                    await _robot(connection, key, f"robot-{number:02d}", name, roles["agent"], at=at)
                )
            tester = await _robot(
                connection,
                key,
                SELF_TEST_LOGIN,
                "Self-test",
                roles["agent"],
                at=at,
                person_id=SELF_TEST,
            )
            made = Made(
                sign_ins=tuple(sign_ins),
                supervisors=tuple(by_role["supervisor"]),
                agents=tuple(AgentId(int(person_id)) for person_id in by_role["agent"]),
                robots=tuple(robots),
                self_test=tester,
            )
            write_file(waiting, msgspec.json.encode(made).decode())
    except BaseException:
        _forget(waiting)
        raise
    finally:
        passwords.close()
    return made


def _recall(waiting: Path) -> Made | None:
    return msgspec.json.decode(waiting.read_bytes(), type=Made) if waiting.exists() else None


def _forget(waiting: Path) -> None:
    waiting.unlink(missing_ok=True)


async def _robot(
    connection: Any,
    key: SecretKey,
    login: str,
    name: str,
    role_id: Any,
    *,
    at: Any,
    person_id: int = 0,
) -> Phone:
    """Somebody without a password: he cannot sign in, only his phone can. person_id: 0 is the next one."""
    person = await access.create_person(
        connection,
        Person(
            person_id=PersonId(person_id),
            login=login,
            name=name,
            role_ids=(role_id,),
            is_robot=True,
            must_change_password=False,
        ),
        by=access.THE_PROGRAM,
        at=at,
    )
    secret_id: SecretId = await write_secret(connection, key, "device", new_secret(), at=at)
    return Phone(agent_id=AgentId(int(person.person_id)), login=login, secret_id=secret_id)


async def _configure(connection: Any, settings: Settings, made: Made) -> None:
    zone = zone_of_machine()
    country = country_of_zone(zone)
    plan = StarterPlan(
        site_id=SiteId(settings.site_id),
        zone=zone,
        country=country,
        currency="EUR" if country in _EURO else _CURRENCIES.get(country, "USD"),
        language=texts.language_of_person(),
        rescue_timeout=settings.rescue_timeout,
        supervisors=made.supervisors,
        agents=made.agents,
        robots=made.robots,
        self_test=made.self_test,
        robots_port=settings.robots_sip_port,
        self_test_port=settings.selftest_sip_port,
    )
    client = EngineClient(settings.door_socket)
    try:
        flow_id = min(await published(connection, site_id=plan.site_id), default=FlowId(0))
        if not flow_id:
            publication = PublishFlow(draft=starter_draft(plan.language), by=PersonId(0))
            flow_id = FlowId((await _patiently(client, publication)).facts["flow_id"])
        plan = msgspec.structs.replace(plan, flow_id=flow_id)
        await _patiently(client, ChangeConfiguration(change=starter_changes(plan), by=PersonId(0)))
    finally:
        await client.close()


async def _patiently(client: EngineClient, request: DoorRequest) -> Done:
    """Asks until the engine is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            done = await client.ask(request)
        except EngineAway:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            assert isinstance(done, Done), "a command is answered by a sequence"
            return done


async def _dispositions(connection: Any) -> None:
    at = SystemClock().now()
    for disposition in starter_dispositions():
        async with connection.transaction():
            await organization.save_disposition(connection, disposition, by=PersonId(0), at=at)


async def _alerts(connection: Any, site_id: SiteId) -> None:
    at = SystemClock().now()
    async with connection.transaction():
        if not await alerts.list_rules(connection, site_id):
            for rule in starter_rules(texts.language_of_person()):
                await alerts.save_rule(connection, site_id, rule, at=at, by=PersonId(0))


async def _dashboards(connection: Any, site_id: SiteId) -> None:
    at = SystemClock().now()
    async with connection.transaction():
        if not await dashboards.list_all(connection, site_id):
            for dashboard in starter_dashboards(texts.language_of_person()):
                await dashboards.insert(connection, site_id, dashboard, at=at)


def zone_of_machine(environment: str | None = None, folder: Path = Path("/etc")) -> str:
    """The time zone of this machine as an IANA name; Moscow's if it names no place but UTC."""
    candidates = [(os.environ.get("TZ", "") if environment is None else environment).removeprefix(":")]
    with contextlib.suppress(OSError, ValueError):
        candidates.append((folder / "timezone").read_text("utf-8").strip())
    with contextlib.suppress(OSError):
        candidates.append((folder / "localtime").resolve().as_posix().partition("/zoneinfo/")[2])
    for candidate in candidates:
        # Names of places have a slash; UTC, GMT and their kin name none.
        if "/" in candidate and not candidate.startswith(("/", "Etc/")) and is_zone(candidate):
            return candidate
    return ZONE_IF_UNKNOWN


def country_of_zone(zone: str) -> str:
    """The country that a time zone lies in: it tells more than the language of a terminal."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in table.splitlines():
        words = line.split("\t")
        if not line.startswith("#") and len(words) > 2 and words[2] == zone and is_country(words[0]):
            return words[0]
    return COUNTRY_IF_UNKNOWN
