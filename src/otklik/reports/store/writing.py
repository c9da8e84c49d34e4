"""Writes what the folds say, in one round trip for each batch and projection.

The rows of all tables go as one JSON document; the statement has a part for each table that the batch
touches and for no other. There are few combinations in practice, so the connection keeps them all prepared.

A batch of thousands (an import, a rebuild) goes by COPY instead, but for the counters, which are added up:
reading so long a document is most of what it costs otherwise.
"""

from collections.abc import Collection, Iterator
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

from otklik.journal.projection import NOTHING_TO_WRITE, Acts
from otklik.reports.facts import QSLOT_SUMS, FactChanges
from otklik.reports.live import LiveChanges, cause_of, wrap_deadline_ms
from otklik.reports.tracking import AgentTrack, InteractionTrack
from otklik.vocabulary.ids import SiteId

_encode = msgspec.json.Encoder().encode

COPY_FROM = 1000
"""Batches with more rows of facts than these go by COPY."""


def fact_acts(site_id: SiteId, changes: FactChanges) -> Acts:
    """One batch's rows of facts."""
    return _acts({name: rows for name, rows in _fact_rows(changes) if rows}, site_id, changes.seq)


def live_acts(site_id: SiteId, changes: LiveChanges) -> Acts | None:
    """One batch's rows of now; None at a slot's boundary, where rows are changed twice."""
    if changes.cut_ms:
        return None
    return _acts({name: rows for name, rows in _live_rows(changes) if rows}, site_id, 0)


async def write_facts(connection: Any, site_id: SiteId, changes: FactChanges) -> None:
    """One batch's rows of facts."""
    if len(changes.phases) + len(changes.agent_state) + len(changes.final) > COPY_FROM:
        await _copy_facts(connection, site_id, changes)
        return
    rows = {name: rows for name, rows in _fact_rows(changes) if rows}
    await connection.execute(_statement(tuple(rows)), site_id, changes.seq, _encode(rows).decode())


async def write_live(connection: Any, site_id: SiteId, changes: LiveChanges) -> None:
    """One batch's rows of now."""
    if changes.cut_ms:
        await connection.execute(
            "update agent_now set counted_ms = $2 where site_id = $1 and state <> 0 and counted_ms < $2",
            site_id,
            changes.cut_ms,
        )
    rows = {name: rows for name, rows in _live_rows(changes) if rows}
    if rows:
        await connection.execute(_statement(tuple(rows)), site_id, 0, _encode(rows).decode())


async def _copy_facts(connection: Any, site_id: SiteId, changes: FactChanges) -> None:
    await _delete_from(
        connection, site_id, "segment_open", "segment_id", [one.segment_id for one in changes.final]
    )
    await _copy(
        connection, "segment", SEGMENT_COLUMNS, [(site_id, *_segment_row(one)) for one in changes.final]
    )
    interactions, offers = changes.interactions, changes.offers
    # What an earlier batch wrote of them is replaced as a whole.
    await _delete_from(connection, site_id, "interaction", "interaction_id", interactions)
    await _copy(
        connection,
        "interaction",
        INTERACTION_COLUMNS,
        [(site_id, *_interaction_row(one)) for one in interactions.values()],
    )
    await _delete_from(connection, site_id, "offer", "offer_id", offers)
    await _copy(
        connection,
        "offer",
        OFFER_COLUMNS,
        [(site_id, *one[:-1], _encode(one.why).decode()) for one in offers.values()],
    )
    await _copy(
        connection,
        "agent_state",
        AGENT_STATE_COLUMNS,
        [(site_id, state[0], seq, *state[1:8]) for state, seq in changes.agent_state],
    )
    await _copy(connection, "phase", PHASE_COLUMNS, [(site_id, *phase) for phase in changes.phases])
    rows = {name: rows for name, rows in _summed_rows(changes) if rows}
    if rows:
        await connection.execute(_statement(tuple(rows)), site_id, changes.seq, _encode(rows).decode())


async def _copy(connection: Any, table: str, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    if rows:
        await connection.copy_records_to_table(table, records=rows, columns=("site_id", *columns))


async def _delete_from(connection: Any, site_id: SiteId, table: str, key: str, ids: Collection[int]) -> None:
    if ids:
        await connection.execute(
            f"delete from {table} where site_id = $1 and {key} = any($2::bigint[])", site_id, list(ids)
        )


def _fact_rows(changes: FactChanges) -> Iterator[tuple[str, list[Any]]]:
    yield "final", changes.final
    yield from _summed_rows(changes)
    yield "agent_state", [{**state._asdict(), "seq": seq} for state, seq in changes.agent_state]
    yield "interaction", list(changes.interactions.values())
    yield "offer", [offer._asdict() for offer in changes.offers.values()]
    yield "phase", [dict(zip(PHASE_COLUMNS, phase, strict=True)) for phase in changes.phases]


def _summed_rows(changes: FactChanges) -> Iterator[tuple[str, list[Any]]]:
    """Those that are few in a long batch, too."""
    yield "open", list(changes.open.values())
    yield (
        "qslot",
        [
            dict(zip(QSLOT_COLUMNS, (*key, change.project_id, *change.sums, change.max_wait_ms), strict=True))
            for key, change in changes.qslot.items()
        ],
    )
    yield (
        "agent_slot",
        [
            dict(zip(AGENT_SLOT_COLUMNS, (*key, change.ms, change.n), strict=True))
            for key, change in changes.agent_slot.items()
        ],
    )
    yield "queue_rule", [dict(zip(QUEUE_RULE_COLUMNS, rule, strict=True)) for rule in changes.queue_rules]


def _live_rows(changes: LiveChanges) -> Iterator[tuple[str, list[Any]]]:
    yield "gone_agents", [{"agent_id": agent_id} for agent_id in changes.gone_agents]
    yield "gone_interactions", [{"interaction_id": one} for one in changes.gone_interactions]
    yield (
        "agent_now",
        [
            dict(zip(AGENT_NOW_COLUMNS, agent_now_row(agent, seq), strict=True))
            for agent, seq in changes.agents.values()
        ],
    )
    yield (
        "interaction_now",
        [
            dict(zip(INTERACTION_NOW_COLUMNS, interaction_now_row(interaction, seq), strict=True))
            for interaction, seq in changes.interactions.values()
        ],
    )


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

_segment_row = attrgetter(*SEGMENT_COLUMNS)
_interaction_row = attrgetter(*INTERACTION_COLUMNS)

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
    "mode": "text",
    "mode_rule": "text",
    "reserved_until_ms": "bigint",
    "guard": "text",
    "guard_handled": "integer",
    "guard_streak_ms": "bigint",
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
    "ties": "text",
    "is_callback": "boolean",
    "seq": "bigint",
}


QSLOT_COLUMNS = {
    "slot": "integer",
    "queue_id": "smallint",
    "channel": "smallint",
    "project_id": "smallint",
    **{name: "bigint" for name in QSLOT_SUMS},
    "max_wait_ms": "integer",
}

AGENT_SLOT_COLUMNS = {
    "slot": "integer",
    "agent_id": "integer",
    "queue_id": "smallint",
    "state": "smallint",
    "reason": "smallint",
    "project_id": "smallint",
    "ms": "integer",
    "n": "integer",
}

AGENT_STATE_COLUMNS = {
    "agent_id": "integer",
    "seq": "bigint",
    "state": "smallint",
    "reason": "smallint",
    "queue_id": "smallint",
    "project_id": "smallint",
    "interaction_id": "bigint",
    "start_ms": "bigint",
    "stop_ms": "bigint",
}

OFFER_COLUMNS = {
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
}

PHASE_COLUMNS = {
    "interaction_id": "bigint",
    "seq": "bigint",
    "phase": "smallint",
    "owner": "integer",
    "segment_id": "bigint",
    "start_ms": "bigint",
    "stop_ms": "bigint",
}

QUEUE_RULE_COLUMNS = {
    "queue_id": "smallint",
    "seq": "bigint",
    "from_ms": "bigint",
    "project_id": "smallint",
    "name": "text",
    "service_threshold_ms": "integer",
    "service_target_ppm": "integer",
    "short_abandon_ms": "integer",
    "removed": "smallint",
}


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
        agent.mode,
        agent.mode_rule,
        agent.reserved_until_ms,
        agent.guard,
        agent.guard_handled,
        agent.guard_streak_ms,
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
        ties_of(interaction),
        interaction.is_callback,
        seq,
    )


def ties_of(interaction: InteractionTrack) -> str:
    """What ties it to colleagues, as JSON; "" for most: caller, consult_of, consult, agent, queue, party
    (who is asked), from (who transferred it), others (participant, agent, party), failed (a consultation that
    came to nothing: caller, agent, queue, party, reason, at) and watchers (supervisor, mode, since), ids as
    integers."""
    failed = interaction.failed_consult
    found = {
        "caller": interaction.caller_id,
        "consult_of": interaction.consult_of,
        "consult": interaction.consult_id,
        "agent": interaction.asked_agent_id,
        "queue": interaction.asked_queue_id,
        "party": interaction.asked_party_id,
        "from": interaction.from_agent_id,
        "others": interaction.others,
        "failed": failed
        and {
            "caller": failed.caller_id,
            "agent": failed.agent_id,
            "queue": failed.queue_id,
            "party": failed.party_id,
            "reason": failed.reason,
            "at": failed.at_ms,
        },
        "watchers": interaction.watchers,
    }
    told = {name: value for name, value in found.items() if value}
    return msgspec.json.encode(told).decode() if told else ""


def _given(part: str, columns: dict[str, str]) -> str:
    """The rows of a part of the document, as a table."""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"jsonb_to_recordset($3::jsonb -> '{part}') as t({typed})"


def _insert(table: str, part: str, columns: dict[str, str]) -> str:
    named = ", ".join(columns)
    return f"insert into {table} (site_id, {named}) select $1, {named} from {_given(part, columns)}"


def _upsert(table: str, columns: dict[str, str], *key: str) -> str:
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return f"{_insert(table, table, columns)} on conflict (site_id, {', '.join(key)}) do update set {changed}"


def _delete(table: str, part: str, key: str, kind: str) -> str:
    given = _given(part, {key: kind})
    return f"delete from {table} as d using {given} where d.site_id = $1 and d.{key} = t.{key}"


def _sums(table: str, columns: dict[str, str], key: tuple[str, ...], sums: tuple[str, ...], more: str) -> str:
    named = ", ".join(columns)
    added = ", ".join(f"{name} = c.{name} + excluded.{name}" for name in sums)
    return (
        f"insert into {table} as c (site_id, seq, {named}) select $1, $2, {named}"
        f" from {_given(table, columns)}"
        f" on conflict (site_id, {', '.join(key)}) do update set {added}{more}, seq = excluded.seq"
    )


_OPEN = _insert("segment_open", "open", SEGMENT_COLUMNS)
_CHANGED = ", ".join(f"{name} = excluded.{name}" for name in SEGMENT_COLUMNS if name != "segment_id")
_PARTS = {
    "final": (
        _delete("segment_open", "final", "segment_id", "bigint"),
        _insert("segment", "final", SEGMENT_COLUMNS),
    ),
    "open": (f"{_OPEN} on conflict (site_id, segment_id) do update set {_CHANGED}",),
    "qslot": (
        _sums(
            "qslot",
            QSLOT_COLUMNS,
            ("slot", "queue_id", "channel"),
            QSLOT_SUMS,
            ", max_wait_ms = greatest(c.max_wait_ms, excluded.max_wait_ms)",
        ),
    ),
    "agent_slot": (
        _sums(
            "agent_slot",
            AGENT_SLOT_COLUMNS,
            ("slot", "agent_id", "queue_id", "state", "reason", "project_id"),
            ("ms", "n"),
            "",
        ),
    ),
    "agent_state": (_insert("agent_state", "agent_state", AGENT_STATE_COLUMNS),),
    "interaction": (_upsert("interaction", INTERACTION_COLUMNS, "interaction_id"),),
    "offer": (_upsert("offer", OFFER_COLUMNS, "offer_id"),),
    "phase": (_insert("phase", "phase", PHASE_COLUMNS),),
    "queue_rule": (_insert("queue_rule", "queue_rule", QUEUE_RULE_COLUMNS),),
    "gone_agents": (_delete("agent_now", "gone_agents", "agent_id", "integer"),),
    "gone_interactions": (_delete("interaction_now", "gone_interactions", "interaction_id", "bigint"),),
    "agent_now": (_upsert("agent_now", AGENT_NOW_COLUMNS, "agent_id"),),
    "interaction_now": (_upsert("interaction_now", INTERACTION_NOW_COLUMNS, "interaction_id"),),
}


def _acts(rows: dict[str, list[Any]], site_id: SiteId, seq: int) -> Acts:
    if not rows:
        return NOTHING_TO_WRITE
    return Acts(_texts(tuple(rows)), (site_id, seq, _encode(rows).decode()))


@cache
def _texts(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The acts of these parts; the last one only gives each value its type."""
    acts = [act for part in parts for act in _PARTS[part]]
    return (*acts, "select $1::smallint, $2::bigint, $3::jsonb")


@cache
def _statement(parts: tuple[str, ...]) -> str:
    """One statement that writes these parts of the document $3 for site $1 at sequence $2."""
    acts = [act for part in parts for act in _PARTS[part]]
    named = ", ".join(f"act_{number} as ({act})" for number, act in enumerate(acts))
    return f"with {named} select $2::bigint"
