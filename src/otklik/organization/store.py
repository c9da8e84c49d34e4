"""Rows of the configuration: written by the engine process in the writer's transaction, read by everybody.

A thing's columns are its fields: durations in milliseconds (`_ms`), lists and mappings as jsonb. Connections
are asyncpg's; json goes as text, so that it does not matter which codecs a connection has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from otklik.organization.events import (
    AgentRemoved,
    AgentSaved,
    DeviceRemoved,
    DeviceSaved,
    HoursRemoved,
    HoursSaved,
    NumberRemoved,
    NumberSaved,
    OrganizationEvent,
    PlanRemoved,
    PlanSaved,
    ProjectRemoved,
    ProjectSaved,
    QueueRemoved,
    QueueSaved,
    ReasonRemoved,
    ReasonSaved,
    SiteSaved,
    SkillRemoved,
    SkillSaved,
    SystemRemoved,
    SystemSaved,
    TeamRemoved,
    TeamSaved,
    TrunkRemoved,
    TrunkSaved,
)
from otklik.organization.model import (
    SELF_TEST,
    Agent,
    Configuration,
    Device,
    Disposition,
    Hours,
    Number,
    Plan,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    System,
    Team,
    Trunk,
)
from otklik.vocabulary.ids import DispositionId, PersonId, SiteId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.time import MILLISECOND

SITE = SiteId(1)
_SNAPSHOT = msgspec.msgpack.Decoder(Configuration)


# --- the snapshot


def encode_configuration(configuration: Configuration) -> bytes:
    """All of it, for the site's snapshot."""
    return msgspec.msgpack.encode(configuration)


def decode_configuration(snapshot: bytes) -> Configuration:
    """Back from a snapshot."""
    return _SNAPSHOT.decode(snapshot)


# --- rows


@dataclass(slots=True, frozen=True)
class _Column:
    """One field of a thing. form: plain, duration or json."""

    name: str
    field: str
    type: Any
    form: str

    def write(self, thing: object) -> object:
        value = getattr(thing, self.field)
        if self.form == "json":
            return msgspec.json.encode(value).decode()
        if self.form == "duration":
            return None if value is None else value // MILLISECOND
        return value

    def read(self, value: Any) -> Any:
        if self.form == "json":
            return msgspec.json.decode(value, type=self.type)
        if self.form == "duration":
            return None if value is None else timedelta(milliseconds=value)
        return msgspec.convert(value, self.type)

    @property
    def placeholder(self) -> str:
        return "::text::jsonb" if self.form == "json" else ""

    @property
    def selected(self) -> str:
        return f"{self.name}::text" if self.form == "json" else self.name


def _column(field: msgspec.structs.FieldInfo) -> _Column:
    types = get_args(field.type) if get_origin(field.type) in (Union, UnionType) else (field.type,)
    if timedelta in types:
        return _Column(name=f"{field.name}_ms", field=field.name, type=field.type, form="duration")
    is_json = get_origin(field.type) in (tuple, dict) or any(
        isinstance(one, type) and issubclass(one, msgspec.Struct) for one in types
    )
    return _Column(name=field.name, field=field.name, type=field.type, form="json" if is_json else "plain")


class _Table:
    """Where things of one kind stand. `entity` is the table's name, `entity_id` its key beside the site."""

    def __init__(self, entity: str, kind: type[Value]) -> None:
        self.entity = entity
        self.kind = kind
        self.key = f"{entity}_id"
        self.columns = [_column(field) for field in msgspec.structs.fields(kind) if field.name != "site_id"]
        names = ", ".join(column.name for column in self.columns)
        places = ", ".join(f"${index}{column.placeholder}" for index, column in enumerate(self.columns, 2))
        keys = "site_id" if entity == "site" else f"site_id, {self.key}"
        updates = ", ".join(
            f"{column.name} = excluded.{column.name}" for column in self.columns if column.name != self.key
        )
        back = "" if entity == "site" else ", removed_at = null"
        self.upsert = (
            f"insert into {entity} (site_id, {names}) values ($1, {places})"
            f" on conflict ({keys}) do update set {updates}{back}"
        )
        self.selected = ", ".join(column.selected for column in self.columns)

    def values(self, thing: Value) -> list[object]:
        return [column.write(thing) for column in self.columns]

    def thing(self, row: Any, **more: object) -> Any:
        fields = {column.field: column.read(row[column.name]) for column in self.columns}
        return self.kind(**fields, **more)


_SITE = _Table("site", Site)
_TABLES: dict[str, _Table] = {
    entity: _Table(entity, kind)
    for entity, kind in (
        ("project", Project),
        ("team", Team),
        ("skill", Skill),
        ("queue", Queue),
        ("plan", Plan),
        ("number", Number),
        ("trunk", Trunk),
        ("system", System),
        ("hours", Hours),
        ("reason", Reason),
        ("agent", Agent),
        ("device", Device),
    )
}
_PLURALS = {
    "project": "projects",
    "team": "teams",
    "skill": "skills",
    "queue": "queues",
    "plan": "plans",
    "number": "numbers",
    "trunk": "trunks",
    "system": "systems",
    "hours": "hours",
    "reason": "reasons",
    "agent": "agents",
    "device": "devices",
}


async def write(connection: Any, events: Iterable[OrganizationEvent], *, site_id: SiteId = SITE) -> None:
    """The rows of these events, and their lines in the history; within the caller's transaction."""
    for event in events:
        entity, identity, thing = _said(event)
        if thing is None:
            await connection.execute(
                f"update {entity} set removed_at = $3 where site_id = $1 and {entity}_id = $2",
                site_id,
                identity,
                event.at,
            )
        else:
            table = _SITE if entity == "site" else _TABLES[entity]
            await connection.execute(table.upsert, site_id, *table.values(thing))
        await _note(connection, site_id, event.at, event.by, entity, identity, thing)


async def load(connection: Any, *, site_id: SiteId = SITE) -> Configuration:
    """The configuration as the rows say it."""
    configuration = Configuration()
    row = await connection.fetchrow(f"select {_SITE.selected} from site where site_id = $1", site_id)
    if row is not None:
        configuration.site = _SITE.thing(row, site_id=site_id)
        configuration.is_set_up = True
    for entity, table in _TABLES.items():
        things = getattr(configuration, _PLURALS[entity])
        for thing in await _list(connection, table, site_id):
            things[getattr(thing, table.key)] = thing
        last = await connection.fetchval(
            f"select max({table.key}) from {entity} where site_id = $1 and {table.key} <> $2",
            site_id,
            SELF_TEST,
        )
        if last is not None and entity != "agent":
            configuration.last_ids[entity] = last
    return configuration


async def list_things(connection: Any, entity: str, *, site_id: SiteId = SITE) -> list[Any]:
    """All things of one kind (`queue`, `number`, ...) in the order of their ids, without removed ones."""
    return await _list(connection, _TABLES[entity], site_id)


async def list_reasons_ever(connection: Any, *, site_id: SiteId = SITE) -> list[Reason]:
    """Reasons as they were last, removed ones too: the past was counted by them."""
    table = _TABLES["reason"]
    rows = await connection.fetch(
        f"select {table.selected} from reason where site_id = $1 order by {table.key}", site_id
    )
    return [table.thing(row) for row in rows]


async def find_thing(connection: Any, entity: str, identity: int, *, site_id: SiteId = SITE) -> Any | None:
    """One thing, or None if it is not there or was removed."""
    table = _TABLES[entity]
    row = await connection.fetchrow(
        f"select {table.selected} from {entity}"
        f" where site_id = $1 and {table.key} = $2 and removed_at is null",
        site_id,
        identity,
    )
    return None if row is None else table.thing(row)


async def find_site(connection: Any, *, site_id: SiteId = SITE) -> Site | None:
    """The site, or None before it was set up."""
    row = await connection.fetchrow(f"select {_SITE.selected} from site where site_id = $1", site_id)
    return None if row is None else _SITE.thing(row, site_id=site_id)


async def names_of(connection: Any, entity: str, *, site_id: SiteId = SITE) -> dict[int, str]:
    """Names by id of projects, teams, skills, queues, numbers, trunks or hours, removed ones too."""
    table = _TABLES[entity]
    rows = await connection.fetch(f"select {table.key} as id, name from {entity} where site_id = $1", site_id)
    return {row["id"]: row["name"] for row in rows}


async def supervised_team_ids(connection: Any, person_id: PersonId, *, site_id: SiteId = SITE) -> list[int]:
    """Teams that this person supervises."""
    rows = await connection.fetch(
        """
        select team_id from team
        where site_id = $1 and removed_at is null and supervisor_ids @> to_jsonb($2::integer)
        order by team_id
        """,
        site_id,
        person_id,
    )
    return [row["team_id"] for row in rows]


async def _list(connection: Any, table: _Table, site_id: SiteId) -> list[Any]:
    rows = await connection.fetch(
        f"select {table.selected} from {table.entity} where site_id = $1 and removed_at is null"
        f" order by {table.key}",
        site_id,
    )
    return [table.thing(row) for row in rows]


# --- history


class Change(Value):
    """One change of the configuration. entity: site, queue, ...; before and after as plain JSON values."""

    change_id: int
    at: datetime
    by: PersonId
    entity: str
    entity_id: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def list_changes(
    connection: Any,
    *,
    entity: str = "",
    entity_id: int = 0,
    before_change: int = 0,
    limit: int = 100,
    site_id: SiteId = SITE,
) -> list[Change]:
    """The newest changes first. entity "" and entity_id 0: all. before_change: only older ones than that.

    Only what somebody decided: things of the self-test, and phones that browsers bring along at each sign-in,
    are left out.
    """
    rows = await connection.fetch(
        """
        select change_id, at, by_person_id, entity, entity_id, before::text as before, after::text as after
        from configuration_change
        where site_id = $1 and ($2 = '' or entity = $2) and ($3 = 0 or entity_id = $3)
            and ($4 = 0 or change_id < $4) and entity_id <> $6
            and (entity <> 'device' or coalesce(after, before) ->> 'kind' = 'sip')
            and (entity <> 'agent' or coalesce(after, before) #> array['skills', $6::integer::text] is null)
        order by change_id desc limit $5
        """,
        site_id,
        entity,
        entity_id,
        before_change,
        limit,
        SELF_TEST,
    )
    return [_change(row) for row in rows]


async def find_change(connection: Any, change_id: int, *, site_id: SiteId = SITE) -> Change | None:
    """One line of the history."""
    row = await connection.fetchrow(
        """
        select change_id, at, by_person_id, entity, entity_id, before::text as before, after::text as after
        from configuration_change where site_id = $1 and change_id = $2
        """,
        site_id,
        change_id,
    )
    return None if row is None else _change(row)


def _change(row: Any) -> Change:
    return Change(
        change_id=row["change_id"],
        at=row["at"],
        by=PersonId(row["by_person_id"]),
        entity=row["entity"],
        entity_id=row["entity_id"],
        before=None if row["before"] is None else msgspec.json.decode(row["before"]),
        after=None if row["after"] is None else msgspec.json.decode(row["after"]),
    )


# --- dispositions, which the engine does not read

_DISPOSITION = _Table("disposition", Disposition)


async def list_dispositions(connection: Any, *, site_id: SiteId = SITE) -> list[Disposition]:
    """All that were not removed, in the order of their ids."""
    return await _list(connection, _DISPOSITION, site_id)


async def lock_dispositions(connection: Any, *, site_id: SiteId = SITE) -> None:
    """One change at a time until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('otklik dispositions'), $1)", site_id)


async def save_disposition(
    connection: Any, disposition: Disposition, *, site_id: SiteId = SITE
) -> Disposition:
    """Writes it; id 0 gets a new one."""
    if not disposition.disposition_id:
        given = await connection.fetchval(
            "select nextval(pg_get_serial_sequence('disposition', 'disposition_id'))"
        )
        disposition = msgspec.structs.replace(disposition, disposition_id=DispositionId(given))
    await connection.execute(_DISPOSITION.upsert, site_id, *_DISPOSITION.values(disposition))
    return disposition


async def remove_disposition(
    connection: Any, disposition_id: DispositionId, *, at: datetime, site_id: SiteId = SITE
) -> bool:
    """Whether there was one to remove."""
    found = await connection.fetchval(
        """
        update disposition set removed_at = $3
        where site_id = $1 and disposition_id = $2 and removed_at is null returning disposition_id
        """,
        site_id,
        disposition_id,
        at,
    )
    return found is not None


async def note_disposition_change(
    connection: Any,
    *,
    at: datetime,
    by: PersonId,
    disposition_id: DispositionId,
    after: Disposition | None,
    site_id: SiteId = SITE,
) -> None:
    """A line in the same history as everything else that is set up."""
    await _note(connection, site_id, at, by, "disposition", disposition_id, after)


async def _note(
    connection: Any,
    site_id: SiteId,
    at: datetime,
    by: PersonId,
    entity: str,
    identity: int,
    after: Value | None,
) -> None:
    """One line of the history; what was before is what the last line about the same thing left."""
    await connection.execute(
        """
        insert into configuration_change (site_id, at, by_person_id, entity, entity_id, before, after)
        values (
            $1, $2, $3, $4, $5,
            (
                select after from configuration_change
                where site_id = $1 and entity = $4 and entity_id = $5
                order by change_id desc limit 1
            ),
            $6::text::jsonb
        )
        """,
        site_id,
        at,
        by,
        entity,
        identity,
        None if after is None else msgspec.json.encode(after).decode(),
    )


def _said(event: OrganizationEvent) -> tuple[str, int, Value | None]:  # noqa: C901, one arm per event
    """Which thing an event is about: its kind, its id, and its value (None: removed)."""
    match event:
        case SiteSaved():
            return "site", event.site.site_id, event.site
        case ProjectSaved():
            return "project", event.project.project_id, event.project
        case ProjectRemoved():
            return "project", event.project_id, None
        case TeamSaved():
            return "team", event.team.team_id, event.team
        case TeamRemoved():
            return "team", event.team_id, None
        case SkillSaved():
            return "skill", event.skill.skill_id, event.skill
        case SkillRemoved():
            return "skill", event.skill_id, None
        case QueueSaved():
            return "queue", event.queue.queue_id, event.queue
        case QueueRemoved():
            return "queue", event.queue_id, None
        case PlanSaved():
            return "plan", event.plan.plan_id, event.plan
        case PlanRemoved():
            return "plan", event.plan_id, None
        case NumberSaved():
            return "number", event.number.number_id, event.number
        case NumberRemoved():
            return "number", event.number_id, None
        case TrunkSaved():
            return "trunk", event.trunk.trunk_id, event.trunk
        case TrunkRemoved():
            return "trunk", event.trunk_id, None
        case SystemSaved():
            return "system", event.system.system_id, event.system
        case SystemRemoved():
            return "system", event.system_id, None
        case HoursSaved():
            return "hours", event.hours.hours_id, event.hours
        case HoursRemoved():
            return "hours", event.hours_id, None
        case ReasonSaved():
            return "reason", event.reason.reason_id, event.reason
        case ReasonRemoved():
            return "reason", event.reason_id, None
        case AgentSaved():
            return "agent", event.agent.agent_id, event.agent
        case AgentRemoved():
            return "agent", event.agent_id, None
        case DeviceSaved():
            return "device", event.device.device_id, event.device
        case DeviceRemoved():
            return "device", event.device_id, None
