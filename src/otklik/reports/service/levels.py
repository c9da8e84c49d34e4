"""Definitions of the service level: what counts, since when, and setting a new one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.reports.calendar import day_of_moment
from otklik.reports.definitions import (
    SITE,
    Defined,
    LevelDefinition,
    LevelRules,
    LevelUsed,
    in_force,
    levels_used,
    usual_rules,
)
from otklik.reports.measures import SERVICE_LEVELS
from otklik.reports.store import counting
from otklik.reports.store import definitions as store
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid, NotFound

MOST_DEFINITIONS = 2000
_FIRST_YEAR, _LAST_YEAR = 2000, 9000


@dataclass(frozen=True, slots=True)
class Levels:
    """used: the rules behind the numbers of a report, with the name of their queue ("" of the site's); none
    where nobody defined anything. is_joined: different ones are joined in its sums."""

    used: Sequence[tuple[LevelUsed, str]] = ()
    is_joined: bool = False


UNDEFINED_LEVELS = Levels()


async def levels_of(
    connection: Any, site_id: SiteId, of: Defined, slots: tuple[int, int], queue_ids: Iterable[int] | None
) -> Levels:
    """Of these queues (None: of all that are there) in a range of slots."""
    if not of:
        return Levels()
    names = await counting.queue_names(connection, site_id)
    own = await own_rules(connection, site_id)
    wanted = own.keys() if queue_ids is None else own.keys() & set(queue_ids)
    used, is_joined = levels_used(of, {queue_id: own[queue_id] for queue_id in wanted}, slots)
    return Levels([(one, names.get(one.queue_id, "")) for one in used], is_joined)


async def own_rules(connection: Any, site_id: SiteId) -> dict[int, LevelRules]:
    """The settings that every queue has now for itself; those that are removed have none."""
    return {
        row["queue_id"]: usual_rules(
            timedelta(milliseconds=row["service_threshold_ms"]),
            row["service_target_ppm"] / 1_000_000,
            timedelta(milliseconds=row["short_abandon_ms"]),
        )
        for row in await counting.queue_rules(connection, site_id)
        if not row["removed"]
    }


@dataclass(frozen=True, slots=True)
class LevelNow:
    """What counts for a queue on a day. definition: None where its own settings do."""

    queue_id: int
    queue: str
    rules: LevelRules
    definition: LevelDefinition | None


@dataclass(frozen=True, slots=True)
class DefinedLevels:
    """definitions: all that were ever set, withdrawn ones too, the latest day first."""

    today: date
    definitions: Sequence[LevelDefinition]
    queues: Sequence[LevelNow]


async def defined_levels(
    connection: Any, *, site_id: SiteId, zone: ZoneInfo, as_of: datetime
) -> DefinedLevels:
    """Everything that was defined, and what counts today in the site's zone."""
    today = day_of_moment(as_of, zone)
    found = await store.list_definitions(connection, site_id, with_withdrawn=True)
    names = await counting.queue_names(connection, site_id)
    queues = []
    for queue_id, rules in (await own_rules(connection, site_id)).items():
        definition = in_force(found, queue_id, today)
        queues.append(
            LevelNow(
                queue_id,
                names.get(queue_id, str(queue_id)),
                rules if definition is None else definition.rules,
                definition,
            )
        )
    latest = sorted(found, key=lambda one: (one.since, one.definition_id), reverse=True)
    return DefinedLevels(today, latest, queues)


async def define_level(  # noqa: PLR0913, what is set and by whom
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    queue_id: int,
    since: date,
    rules: LevelRules,
    by: int,
    at: datetime,
    past_is_meant: bool = False,
) -> LevelDefinition:
    """A new definition of a queue, or of the site (SITE), from a day of the site's on.

    Refuses `unknown_queue`, `unknown_formula`, `date_out_of_range`, `too_many_definitions`, and
    `past_numbers_change` unless that is meant: a day that is over has been reported.
    """
    if rules.formula not in SERVICE_LEVELS:
        raise Invalid("unknown_formula", "formula", formula=rules.formula)
    if not _FIRST_YEAR <= since.year < _LAST_YEAR:
        raise Invalid("date_out_of_range", "since", since=since.isoformat())
    if queue_id != SITE and queue_id not in await own_rules(connection, site_id):
        raise NotFound("unknown_queue", queue_id=queue_id)
    _check_past(since, zone, at, past_is_meant)
    if len(await store.list_definitions(connection, site_id, with_withdrawn=True)) >= MOST_DEFINITIONS:
        raise Invalid("too_many_definitions", "since", most=MOST_DEFINITIONS)
    definition_id = await store.add_definition(connection, site_id, queue_id, since, rules, by, at)
    return LevelDefinition(definition_id, queue_id, since, rules, by, at)


async def withdraw_level(
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    definition_id: int,
    by: int,
    at: datetime,
    past_is_meant: bool = False,
) -> LevelDefinition:
    """What counted before it counts again from its day on. Refuses `unknown_definition`, and
    `past_numbers_change` as a new one does."""
    for one in await store.list_definitions(connection, site_id):
        if one.definition_id == definition_id:
            _check_past(one.since, zone, at, past_is_meant)
            await store.withdraw_definition(connection, site_id, definition_id, by, at)
            return one
    raise NotFound("unknown_definition", definition_id=definition_id)


def _check_past(since: date, zone: ZoneInfo, at: datetime, past_is_meant: bool) -> None:
    today = day_of_moment(at, zone)
    if since < today and not past_is_meant:
        raise Invalid("past_numbers_change", "since", since=since.isoformat(), today=today.isoformat())
