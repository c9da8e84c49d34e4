"""Writes what the folds say.

Every statement takes whole columns (`unnest`): a batch of any size costs the same few round trips.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from otklik.reports.live import LiveChanges, cause_of, wrap_deadline_ms
from otklik.reports.segments import QSLOT_SUMS, FactChanges, Segment
from otklik.reports.tracking import AgentTrack, InteractionTrack
from otklik.vocabulary.ids import SiteId


async def write_facts(connection: Any, site_id: SiteId, changes: FactChanges) -> None:
    """One batch's rows of facts."""
    if changes.final:
        await connection.execute(
            "delete from segment_open where site_id = $1 and segment_id = any($2::bigint[])",
            site_id,
            [segment.segment_id for segment in changes.final],
        )
        await connection.execute(
            _INSERT_SEGMENT, site_id, *_columns(map(_segment_row, changes.final), len(SEGMENT_COLUMNS))
        )
    if changes.open:
        rows = map(_segment_row, changes.open.values())
        await connection.execute(_UPSERT_OPEN, site_id, *_columns(rows, len(SEGMENT_COLUMNS)))
    if changes.qslot:
        await connection.execute(_UPSERT_QSLOT, site_id, changes.seq, *_qslot_columns(changes))
    if changes.agent_slot:
        times = [(*key, change.project_id, change.ms, change.n) for key, change in changes.agent_slot.items()]
        await connection.execute(_UPSERT_AGENT_SLOT, site_id, changes.seq, *_columns(times, 8))
    if changes.agent_state:
        states = [
            (
                state.agent_id,
                seq,
                state.state,
                state.reason,
                state.queue_id,
                state.project_id,
                state.interaction_id,
                state.start_ms,
                state.stop_ms,
            )
            for state, seq in changes.agent_state
        ]
        await connection.execute(_INSERT_AGENT_STATE, site_id, *_columns(states, 9))
    if changes.interactions:
        rows = map(_interaction_row, changes.interactions.values())
        await connection.execute(_UPSERT_INTERACTION, site_id, *_columns(rows, len(INTERACTION_COLUMNS)))
    if changes.offers:
        await connection.execute(_UPSERT_OFFER, site_id, *_columns(changes.offers.values(), 11))
    if changes.phases:
        await connection.execute(_INSERT_PHASE, site_id, *_columns(changes.phases, 7))
    if changes.queue_rules:
        await connection.execute(_INSERT_QUEUE_RULE, site_id, *_columns(changes.queue_rules, 9))


async def write_live(connection: Any, site_id: SiteId, changes: LiveChanges) -> None:
    """One batch's rows of now."""
    if changes.cut_ms:
        await connection.execute(
            "update agent_now set counted_ms = $2 where site_id = $1 and state <> 0 and counted_ms < $2",
            site_id,
            changes.cut_ms,
        )
    if changes.gone_agents:
        await connection.execute(
            "delete from agent_now where site_id = $1 and agent_id = any($2::integer[])",
            site_id,
            list(changes.gone_agents),
        )
    if changes.gone_interactions:
        await connection.execute(
            "delete from interaction_now where site_id = $1 and interaction_id = any($2::bigint[])",
            site_id,
            changes.gone_interactions,
        )
    if changes.agents:
        rows = [agent_now_row(agent, seq) for agent, seq in changes.agents.values()]
        await connection.execute(_UPSERT_AGENT_NOW, site_id, *_columns(rows, len(AGENT_NOW_COLUMNS)))
    if changes.interactions:
        rows = [interaction_now_row(interaction, seq) for interaction, seq in changes.interactions.values()]
        await connection.execute(
            _UPSERT_INTERACTION_NOW, site_id, *_columns(rows, len(INTERACTION_NOW_COLUMNS))
        )


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    assert len(columns) == width
    return columns


def _qslot_columns(changes: FactChanges) -> list[list[Any]]:
    rows = [
        (*key, change.project_id, *change.sums, change.max_wait_ms) for key, change in changes.qslot.items()
    ]
    return _columns(rows, 5 + len(QSLOT_SUMS))


SEGMENT_COLUMNS = {
    "slot": "integer",
    "segment_id": "bigint",
    "interaction_id": "bigint",
    "project_id": "smallint",
    "queue_id": "smallint",
    "agent_id": "integer",
    "customer_id": "bigint",
    "number_id": "integer",
    "channel": "smallint",
    "direction": "smallint",
    "outcome": "smallint",
    "disposition": "integer",
    "enter_ms": "bigint",
    "answer_ms": "bigint",
    "end_ms": "bigint",
    "wait_ms": "integer",
    "ring_ms": "integer",
    "talk_ms": "integer",
    "hold_ms": "integer",
    "wrap_ms": "integer",
    "offered": "smallint",
    "answered": "smallint",
    "abandoned": "smallint",
    "short_ab": "smallint",
    "aband_in_t": "smallint",
    "overflow": "smallint",
    "in_sl": "smallint",
    "transferred": "smallint",
    "handled": "smallint",
    "seq": "bigint",
}

INTERACTION_COLUMNS = {
    "interaction_id": "bigint",
    "project_id": "smallint",
    "channel": "smallint",
    "direction": "smallint",
    "customer_id": "bigint",
    "number_id": "integer",
    "queue_id": "smallint",
    "agent_id": "integer",
    "callback_of": "bigint",
    "start_ms": "bigint",
    "answer_ms": "bigint",
    "end_ms": "bigint",
    "outcome": "smallint",
    "ended_by": "smallint",
    "is_estimated": "smallint",
    "segments": "smallint",
    "wait_ms": "integer",
    "talk_ms": "integer",
    "hold_ms": "integer",
    "seq": "bigint",
}

AGENT_NOW_COLUMNS = {
    "agent_id": "integer",
    "state": "smallint",
    "reason_id": "smallint",
    "cause": "text",
    "since_ms": "bigint",
    "counted_ms": "bigint",
    "signed_in_ms": "bigint",
    "interaction_id": "bigint",
    "segment_id": "bigint",
    "offer_id": "bigint",
    "queue_id": "smallint",
    "project_id": "smallint",
    "deadline_ms": "bigint",
    "wrap_deadline_ms": "bigint",
    "intent": "text",
    "intent_reason_id": "smallint",
    "device_reachable": "boolean",
    "seq": "bigint",
}

INTERACTION_NOW_COLUMNS = {
    "interaction_id": "bigint",
    "phase": "smallint",
    "channel": "smallint",
    "direction": "smallint",
    "project_id": "smallint",
    "party_id": "bigint",
    "number_id": "integer",
    "queue_id": "smallint",
    "segment_id": "bigint",
    "agent_id": "integer",
    "offer_id": "bigint",
    "offer_expires_ms": "bigint",
    "priority": "integer",
    "started_ms": "bigint",
    "entered_ms": "bigint",
    "queued_ms": "bigint",
    "answered_ms": "bigint",
    "since_ms": "bigint",
    "deadline_ms": "bigint",
    "callback_of": "bigint",
    "end_reason": "text",
    "ended_ms": "bigint",
    "seq": "bigint",
}


def _segment_row(segment: Segment) -> tuple[Any, ...]:
    return tuple(getattr(segment, name) for name in SEGMENT_COLUMNS)


def _interaction_row(fact: Any) -> tuple[Any, ...]:
    return tuple(getattr(fact, name) for name in INTERACTION_COLUMNS)


def agent_now_row(agent: AgentTrack, seq: int) -> tuple[Any, ...]:
    return (
        agent.agent_id,
        agent.state,
        max(agent.reason, 0),
        cause_of(agent),
        agent.since_ms,
        agent.counted_ms,
        agent.signed_in_ms,
        agent.interaction_id,
        agent.segment_id,
        agent.offer_id,
        agent.queue_id,
        agent.state_project_id,
        agent.deadline_ms,
        wrap_deadline_ms(agent),
        agent.intent,
        agent.intent_reason_id,
        agent.is_reachable,
        seq,
    )


def interaction_now_row(interaction: InteractionTrack, seq: int) -> tuple[Any, ...]:
    return (
        interaction.interaction_id,
        interaction.phase,
        interaction.channel,
        interaction.direction,
        interaction.project_id,
        interaction.party_id,
        interaction.number_id,
        interaction.queue_id,
        interaction.segment_id,
        interaction.agent_id,
        interaction.offer_id,
        interaction.offer_expires_ms,
        interaction.priority,
        interaction.started_ms,
        interaction.entered_ms,
        interaction.queued_ms,
        interaction.answered_ms,
        interaction.since_ms,
        interaction.deadline_ms,
        interaction.callback_of,
        interaction.end_reason,
        interaction.ended_ms,
        seq,
    )


def _insert(table: str, columns: dict[str, str], *, first: int = 2) -> str:
    arrays = ", ".join(f"${first + place}::{kind}[]" for place, kind in enumerate(columns.values()))
    return (
        f"insert into {table} (site_id, {', '.join(columns)}) "
        f"select $1, * from unnest({arrays}) as t({', '.join(columns)})"
    )


def _upsert(table: str, columns: dict[str, str], key: Sequence[str]) -> str:
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return f"{_insert(table, columns)} on conflict (site_id, {', '.join(key)}) do update set {changed}"


_INSERT_SEGMENT = _insert("segment", SEGMENT_COLUMNS)
_UPSERT_OPEN = _upsert("segment_open", SEGMENT_COLUMNS, ("segment_id",))
_UPSERT_INTERACTION = _upsert("interaction", INTERACTION_COLUMNS, ("interaction_id",))
_UPSERT_AGENT_NOW = _upsert("agent_now", AGENT_NOW_COLUMNS, ("agent_id",))
_UPSERT_INTERACTION_NOW = _upsert("interaction_now", INTERACTION_NOW_COLUMNS, ("interaction_id",))

_UPSERT_OFFER = _upsert(
    "offer",
    {
        "offer_id": "bigint",
        "slot": "integer",
        "interaction_id": "bigint",
        "segment_id": "bigint",
        "queue_id": "smallint",
        "agent_id": "integer",
        "project_id": "smallint",
        "offered_ms": "bigint",
        "ended_ms": "bigint",
        "outcome": "smallint",
        "why": "jsonb",
    },
    ("offer_id",),
)

_INSERT_AGENT_STATE = _insert(
    "agent_state",
    {
        "agent_id": "integer",
        "seq": "bigint",
        "state": "smallint",
        "reason": "smallint",
        "queue_id": "smallint",
        "project_id": "smallint",
        "interaction_id": "bigint",
        "start_ms": "bigint",
        "stop_ms": "bigint",
    },
)

_INSERT_PHASE = _insert(
    "phase",
    {
        "interaction_id": "bigint",
        "seq": "bigint",
        "phase": "smallint",
        "owner": "integer",
        "segment_id": "bigint",
        "start_ms": "bigint",
        "stop_ms": "bigint",
    },
)

_INSERT_QUEUE_RULE = _insert(
    "queue_rule",
    {
        "queue_id": "smallint",
        "seq": "bigint",
        "from_ms": "bigint",
        "project_id": "smallint",
        "name": "text",
        "service_threshold_ms": "integer",
        "service_target_ppm": "integer",
        "short_abandon_ms": "integer",
        "removed": "smallint",
    },
)

_QSLOT_COLUMNS = {
    "slot": "integer",
    "queue_id": "smallint",
    "channel": "smallint",
    "project_id": "smallint",
    **{name: "bigint" for name in QSLOT_SUMS},
    "max_wait_ms": "integer",
}
_QSLOT_ARRAYS = ", ".join(f"${3 + place}::{kind}[]" for place, kind in enumerate(_QSLOT_COLUMNS.values()))
_UPSERT_QSLOT = (
    f"insert into qslot as q (site_id, seq, {', '.join(_QSLOT_COLUMNS)}) "
    f"select $1, $2, * from unnest({_QSLOT_ARRAYS}) as t({', '.join(_QSLOT_COLUMNS)}) "
    "on conflict (site_id, slot, queue_id, channel) do update set "
    + ", ".join(f"{name} = q.{name} + excluded.{name}" for name in QSLOT_SUMS)
    + ", max_wait_ms = greatest(q.max_wait_ms, excluded.max_wait_ms), seq = excluded.seq"
)

_UPSERT_AGENT_SLOT = """
insert into agent_slot as a (site_id, seq, slot, agent_id, queue_id, state, reason, project_id, ms, n)
select $1, $2, * from unnest(
    $3::integer[], $4::integer[], $5::smallint[], $6::smallint[], $7::smallint[], $8::smallint[],
    $9::integer[], $10::integer[]
) as t(slot, agent_id, queue_id, state, reason, project_id, ms, n)
on conflict (site_id, slot, agent_id, queue_id, state, reason) do update set
    ms = a.ms + excluded.ms, n = a.n + excluded.n, seq = excluded.seq
"""
