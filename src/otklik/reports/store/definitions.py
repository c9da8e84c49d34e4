"""Definitions of the service level as rows, and stays and counters as they judge them.

A definition changes three flags of a stay (answered in time, abandoned in time, short) and the formula;
everything else of it is as it was written. Where no definition touches the range, the counters are read as
they stand.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from otklik.acd.model import EndReason
from otklik.reports import codes
from otklik.reports.definitions import Defined, LevelDefinition, LevelRules, defined, terms_of
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import duration_ms

_COLUMNS = (
    "definition_id, queue_id, since, formula, threshold_ms, target_ppm, short_abandon_ms, by_person, at,"
    " withdrawn_by, withdrawn_at"
)
_MILLION = 1_000_000


async def list_definitions(
    connection: Any, site_id: SiteId, *, with_withdrawn: bool = False
) -> list[LevelDefinition]:
    """In the order in which they were set."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from queue_definition where site_id = $1"
        " and ($2 or withdrawn_at is null) order by definition_id",
        site_id,
        with_withdrawn,
    )
    return [_definition(row) for row in rows]


async def add_definition(
    connection: Any, site_id: SiteId, queue_id: int, since: date, rules: LevelRules, by: int, at: datetime
) -> int:
    """A new one; gives its id."""
    found: int = await connection.fetchval(
        """
        insert into queue_definition
            (site_id, queue_id, since, formula, threshold_ms, target_ppm, short_abandon_ms, by_person, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning definition_id
        """,
        site_id,
        queue_id,
        since,
        rules.formula,
        duration_ms(rules.threshold),
        round(rules.target * _MILLION),
        duration_ms(rules.short_abandon),
        by,
        at,
    )
    return found


async def withdraw_definition(
    connection: Any, site_id: SiteId, definition_id: int, by: int, at: datetime
) -> None:
    """It counts nothing any more, and stays written down."""
    await connection.execute(
        "update queue_definition set withdrawn_by = $3, withdrawn_at = $4"
        " where site_id = $1 and definition_id = $2 and withdrawn_at is null",
        site_id,
        definition_id,
        by,
        at,
    )


def _definition(row: Any) -> LevelDefinition:
    return LevelDefinition(
        definition_id=row["definition_id"],
        queue_id=row["queue_id"],
        since=row["since"],
        rules=LevelRules(
            formula=row["formula"],
            threshold=timedelta(milliseconds=row["threshold_ms"]),
            target=row["target_ppm"] / _MILLION,
            short_abandon=timedelta(milliseconds=row["short_abandon_ms"]),
        ),
        by=row["by_person"],
        at=row["at"],
        withdrawn_by=row["withdrawn_by"],
        withdrawn_at=row["withdrawn_at"],
    )


async def defined_in(connection: Any, site_id: SiteId, slots: tuple[int, int], zone: ZoneInfo) -> Defined:
    """What was defined for every queue that ever was, in a half-open range of slots."""
    definitions = await list_definitions(connection, site_id)
    if not definitions:
        return Defined()
    rows = await connection.fetch("select distinct queue_id from queue_rule where site_id = $1", site_id)
    return defined(definitions, (row["queue_id"] for row in rows), slots, zone)


# --- stays as they were judged

FLAGS = ("in_sl", "short_ab", "aband_in_t")
_GAVE_UP = f"{codes.OUTCOMES[EndReason.ABANDONED]}, {codes.OUTCOMES[EndReason.SHORT_ABANDONED]}"
_TERMS = ("short_in_part", "in_time_in_part", "short_in_whole", "in_time_in_whole", "abandoned_in_whole")
_PIECE = ", ".join(
    (
        "queue_id smallint",
        "first_slot integer",
        "end_slot integer",
        "threshold_ms integer",
        "short_abandon_ms integer",
        *(f"{name} smallint" for name in _TERMS),
    )
)
_JUDGED = {
    "in_sl": "s.answered = 1 and s.wait_ms <= d.threshold_ms",
    "short_ab": f"s.abandoned = 1 and s.outcome in ({_GAVE_UP}) and s.wait_ms <= d.short_abandon_ms",
    "aband_in_t": f"s.abandoned = 1 and s.outcome in ({_GAVE_UP}) and s.wait_ms <= d.threshold_ms",
}


def pieces_json(of: Defined) -> str:
    """The pieces as the statements here want them."""
    rows = []
    for piece in of.pieces:
        rules = piece.definition.rules
        terms = terms_of(rules.formula)
        rows.append(
            {
                "queue_id": piece.queue_id,
                "first_slot": piece.first_slot,
                "end_slot": piece.end_slot,
                "threshold_ms": duration_ms(rules.threshold),
                "short_abandon_ms": duration_ms(rules.short_abandon),
                **{name: getattr(terms, name) for name in _TERMS},
            }
        )
    return msgspec.json.encode(rows).decode()


def _pieces(place: int) -> str:
    return f"jsonb_to_recordset(${place}::text::jsonb) as d({_PIECE})"


def _flag(name: str) -> str:
    return f"case when d.queue_id is null or s.offered = 0 then s.{name} else ({_JUDGED[name]})::int end"


def judged_stays(of: Defined, place: int) -> tuple[str, tuple[str, ...]]:
    """`segment_all` with its flags as the definitions judge them, to stand after `from` with an alias, and
    the values of the parameters from `place` on: none where nothing is defined."""
    if not of:
        return "segment_all", ()
    kept = "s.site_id, s.slot, s.segment_id, s.interaction_id, s.project_id, s.queue_id, s.agent_id"
    more = "s.outcome, s.wait_ms, s.offered, s.answered, s.abandoned, s.overflow, s.transferred, s.handled"
    flags = ", ".join(f"({_flag(name)})::smallint as {name}" for name in FLAGS)
    relation = (
        f"(select {kept}, {more}, {flags} from segment_all s left join {_pieces(place)}"
        " on d.queue_id = s.queue_id and s.slot >= d.first_slot and s.slot < d.end_slot)"
    )
    return relation, (pieces_json(of),)


async def judged_in_time(
    connection: Any, site_id: SiteId, interaction_id: int, of: Defined
) -> dict[int, bool]:
    """Stays of an interaction, by id: whether each was answered in time, as the definitions judge it."""
    stays, values = judged_stays(of, 3)
    rows = await connection.fetch(
        f"select segment_id, in_sl from {stays} s where s.site_id = $1 and s.interaction_id = $2",
        site_id,
        interaction_id,
        *values,
    )
    return {row["segment_id"]: bool(row["in_sl"]) for row in rows}


_NEW = {name: f"sum(({judged})::int)" for name, judged in _JUDGED.items()}
_DIFFERENCES = ", ".join(
    (
        *(f"({new} - sum(s.{name}))::bigint as {name}" for name, new in _NEW.items()),
        "sum(d.short_in_part * ({short_ab})::int + d.in_time_in_part * ({aband_in_t})::int)::bigint"
        " as level_part".format(**_JUDGED),
        "sum(d.short_in_whole * ({short_ab})::int + d.in_time_in_whole * ({aband_in_t})::int"
        " + d.abandoned_in_whole * s.abandoned)::bigint as level_whole".format(**_JUDGED),
    )
)
DIFFERENCES = (*FLAGS, "level_part", "level_whole")


async def differences(  # noqa: PLR0913, the question and how it is grouped
    connection: Any,
    site_id: SiteId,
    slots: tuple[int, int],
    queue_ids: Sequence[int] | None,
    of: Defined,
    key: Mapping[str, str],
    *,
    tz: int | None = None,
    condition: str = "true",
) -> dict[tuple[Any, ...], Any]:
    """What to add to sums of stays, by key. key: columns by name, of stays `s` and (with `tz`) the calendar
    `c`; it may be empty. condition: one more, on `s`."""
    if not of:
        return {}
    join = "join cal c on c.tz = $6 and c.slot = s.slot" if tz is not None else ""
    named = "".join(f"{column} as {name}, " for name, column in key.items())
    group = f"group by {', '.join(key.values())}" if key else ""
    rows = await connection.fetch(
        f"""
        select {named}{_DIFFERENCES}
        from {_pieces(5)}
        join segment_all s on s.site_id = $1 and s.queue_id = d.queue_id
            and s.slot >= d.first_slot and s.slot < d.end_slot
        {join}
        where s.slot >= $2 and s.slot < $3 and s.offered = 1 and (s.answered = 1 or s.abandoned = 1)
          and ($4::smallint[] is null or s.queue_id = any($4::smallint[]))
          and s.project_id <> {EXCLUDED_PROJECT} and {condition}
        {group}
        """,
        site_id,
        *slots,
        None if queue_ids is None else [int(one) for one in queue_ids],
        pieces_json(of),
        *(() if tz is None else (tz,)),
    )
    return {tuple(row[name] for name in key): row for row in rows}


def judged(
    rows: Sequence[Any], more: Mapping[tuple[Any, ...], Any], key: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows of sums with what definitions change in them."""
    found = []
    for row in rows:
        one = {"level_part": 0, "level_whole": 0, **row}
        added = more.get(tuple(row[name] for name in key))
        if added is not None:
            for name in DIFFERENCES:
                one[name] += added[name] or 0
        found.append(one)
    return found
