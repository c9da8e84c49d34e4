"""Rows of the configuration are the configuration: what is written comes back, whatever happened to it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from otklik.acd.model import SkillRequirement
from otklik.database import connect
from otklik.organization import store
from otklik.organization.apply import apply
from otklik.organization.commands import (
    ChangeTogether,
    RemoveNumber,
    RemoveQueue,
    SaveAgent,
    SaveDevice,
    SaveHours,
    SaveNumber,
    SaveProject,
    SaveQueue,
    SaveReason,
    SaveSite,
    SaveTeam,
    SaveTrunk,
)
from otklik.organization.decide import decide
from otklik.organization.model import (
    Agent,
    Configuration,
    Device,
    DeviceId,
    Disposition,
    DispositionKind,
    Hours,
    Number,
    Project,
    Queue,
    Reason,
    Site,
    Team,
    Trunk,
    TrunkKind,
)
from otklik.vocabulary.hours import DateHours, OpeningHours, Span, weekly
from otklik.vocabulary.ids import (
    AgentId,
    HoursId,
    NumberId,
    PersonId,
    ProjectId,
    QueueId,
    ReasonId,
    SecretId,
    SkillId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.phones import NumberFormat

pytestmark = pytest.mark.database

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BY = PersonId(7)

EVERYTHING = ChangeTogether(
    changes=(
        SaveSite(
            site=Site(
                name="Центр",
                zone="Europe/Moscow",
                fallback_number="8 495 123-45-67",
                allowed_countries=("RU", "KZ"),
            )
        ),
        SaveProject(project=Project(project_id=ProjectId(1), name="Books", color="#AABBCC")),
        SaveTeam(team=Team(team_id=TeamId(1), name="First", supervisor_ids=(PersonId(2),))),
        SaveTrunk(
            trunk=Trunk(
                trunk_id=TrunkId(1),
                name="City",
                kind=TrunkKind.REGISTRATION,
                host="sip.example.org",
                login="7495",
                secret_id=SecretId(3),
                number_format_out=NumberFormat.PREFIXED,
                addresses=("192.0.2.0/24",),
                daily_minutes=90,
                is_default=True,
            )
        ),
        SaveHours(
            hours=Hours(
                hours_id=HoursId(1),
                name="Office",
                opening=OpeningHours(
                    week=weekly(time(9), time(18)).week,
                    dates=(DateHours(day=AT.date(), spans=(Span(opens=time(10), closes=time(12)),)),),
                    time_zone="Asia/Almaty",
                ),
                notes={"2026-11-20": "short day"},
            )
        ),
        SaveQueue(
            queue=Queue(
                queue_id=QueueId(1),
                name="Sales",
                project_id=ProjectId(1),
                ageing=1.5,
                service_target=0.9,
                wrap_up=timedelta(seconds=12, milliseconds=345),
                trunk_id=TrunkId(1),
            )
        ),
        SaveNumber(
            number=Number(
                number_id=NumberId(1),
                number="+7 495 123 45 67",
                name="Main",
                hours_id=HoursId(1),
                queue_id=QueueId(1),
                parameters={"tune": "rain"},
            )
        ),
        SaveReason(
            reason=Reason(reason_id=ReasonId(1), name_ru="Обед", name_en="Lunch", maximum=timedelta(hours=1))
        ),
        SaveReason(reason=Reason(reason_id=ReasonId(2), name_ru="Встреча", name_en="Meeting")),
        SaveAgent(agent=Agent(agent_id=AgentId(5), team_ids=(TeamId(1),), skills={SkillId(1): 7})),
        SaveDevice(
            device=Device(
                device_id=DeviceId(1),
                agent_id=AgentId(5),
                login="desk5",
                secret_id=SecretId(9),
                codecs=("opus", "alaw"),
            )
        ),
    )
)


async def change(connection: Any, configuration: Configuration, command: Any, at: datetime = AT) -> None:
    events = decide(configuration, command, at=at, by=BY)
    for event in events:
        apply(configuration, event)
    async with connection.transaction():
        await store.write(connection, events)


async def test_rows_give_back_every_field_of_every_thing(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    configuration = Configuration()
    await change(connection, configuration, EVERYTHING)

    assert await store.load(connection) == configuration
    assert configuration.queues[QueueId(1)].skills == (SkillRequirement(skill_id=SkillId(1)),)
    assert store.decode_configuration(store.encode_configuration(configuration)) == configuration
    await connection.close()


async def test_removed_thing_keeps_its_name_and_its_id_is_never_given_again(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    configuration = Configuration()
    await change(connection, configuration, EVERYTHING)

    await change(connection, configuration, RemoveNumber(number_id=NumberId(1)))
    await change(connection, configuration, RemoveQueue(queue_id=QueueId(1)))
    loaded = await store.load(connection)
    await change(connection, loaded, SaveQueue(queue=Queue(name="Sales", project_id=ProjectId(1))))

    assert list(loaded.queues) == [2]
    assert await store.names_of(connection, "queue") == {1: "Sales", 2: "Sales"}
    assert await store.find_thing(connection, "queue", 1) is None
    assert (await store.find_thing(connection, "queue", 2)) == loaded.queues[QueueId(2)]
    await connection.close()


async def test_history_tells_who_changed_what_from_what(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    configuration = Configuration()
    await change(connection, configuration, EVERYTHING)

    team = Team(team_id=TeamId(1), name="Second")
    await change(connection, configuration, SaveTeam(team=team), AT + timedelta(hours=1))

    last, first = await store.list_changes(connection, entity="team")
    assert (last.by, last.at, last.entity_id) == (BY, AT + timedelta(hours=1), 1)
    assert last.before is not None
    assert last.after is not None
    assert (last.before["name"], last.after["name"]) == ("First", "Second")
    assert first.before is None
    assert [
        found.change_id for found in await store.list_changes(connection, before_change=first.change_id)
    ] == [
        2,
        1,
    ]
    await connection.close()


async def test_history_cannot_be_edited(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    await change(connection, Configuration(), EVERYTHING)

    for statement in ("update configuration_change set by_person_id = 1", "delete from configuration_change"):
        with pytest.raises(Exception, match="only grows"):
            await connection.execute(statement)
    await connection.close()


async def test_failed_batch_leaves_no_row(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    events = decide(Configuration(), EVERYTHING, at=AT, by=BY)

    async def write_and_fail() -> None:
        async with connection.transaction():
            await store.write(connection, events)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()

    assert await store.load(connection) == Configuration()
    assert await store.list_changes(connection) == []
    await connection.close()


async def test_supervisor_finds_his_teams(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    await change(connection, Configuration(), EVERYTHING)

    assert await store.supervised_team_ids(connection, PersonId(2)) == [1]
    assert await store.supervised_team_ids(connection, PersonId(22)) == []
    await connection.close()


async def test_disposition_is_saved_changed_and_removed(database_url: str) -> None:
    connection = await connect(database_url, name="test")
    sale = Disposition(
        name_ru="Продажа", name_en="Sale", kind=DispositionKind.MAIN_SALE, queue_ids=(QueueId(1),)
    )

    saved = await store.save_disposition(connection, sale)
    changed = Disposition(
        disposition_id=saved.disposition_id, name_ru="Сделка", name_en="Deal", kind=DispositionKind.LEAD
    )
    await store.save_disposition(connection, changed)

    assert await store.list_dispositions(connection) == [changed]
    assert await store.remove_disposition(connection, saved.disposition_id, at=AT)
    assert not await store.remove_disposition(connection, saved.disposition_id, at=AT)
    assert await store.list_dispositions(connection) == []
    await connection.close()
