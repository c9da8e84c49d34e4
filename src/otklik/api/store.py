"""The SQL of this room: keys of repeated requests, and what the live feed reads."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from otklik import database
from otklik.acd.model import EndReason, Phase
from otklik.api.live_seen import AgentNow, InteractionNow
from otklik.reports import codes
from otklik.reports.measures import STATE_FIELDS
from otklik.vocabulary.ids import (
    SELF_TEST_PROJECT,
    AgentId,
    InteractionId,
    PartyId,
    PersonId,
    QueueId,
    SecretId,
    SiteId,
)
from otklik.vocabulary.messages import Value
from otklik.vocabulary.time import to_ms

DATABASE_AWAY = database.AWAY
"""Also what the driver says of a connection that was cut under its hands."""

AROUND = 200
"""Events of one interaction that stand beside its phases: its first leg, its recording."""


_MADE = ", ".join(str(codes.OUTCOMES[one]) for one in (EndReason.ANSWERED, EndReason.CANCELLED))

MOST_UNMADE = 50


class KeptAnswer(Value):
    """What was answered to a request with a key. status 0: it is still under way."""

    request_sha256: bytes
    status: int
    answer: bytes
    made_at: datetime


async def claim_key(
    connection: Any, *, asked_by: str, key: str, request_sha256: bytes, at: datetime
) -> KeptAnswer | None:
    """Take a key for a request that begins now; what was kept under it if somebody had it before."""
    taken = await connection.fetchval(
        """
        insert into request_key (asked_by, key, request_sha256, status, answer, made_at)
        values ($1, $2, $3, 0, '', $4)
        on conflict do nothing
        returning 1
        """,
        asked_by,
        key,
        request_sha256,
        at,
    )
    if taken:
        return None
    row = await connection.fetchrow(
        "select request_sha256, status, answer, made_at from request_key where asked_by = $1 and key = $2",
        asked_by,
        key,
    )
    # Removed between the two: the caller asks again.
    return (
        KeptAnswer(**dict(row))
        if row
        else KeptAnswer(request_sha256=request_sha256, status=0, answer=b"", made_at=at)
    )


async def take_over_key(connection: Any, *, asked_by: str, key: str, left_at: datetime, at: datetime) -> bool:
    """Take a key from a request that died under way."""
    return bool(
        await connection.fetchval(
            """
            update request_key set made_at = $4
            where asked_by = $1 and key = $2 and status = 0 and made_at = $3
            returning 1
            """,
            asked_by,
            key,
            left_at,
            at,
        )
    )


async def keep_answer(connection: Any, *, asked_by: str, key: str, status: int, answer: bytes) -> None:
    """Keep what was answered."""
    await connection.execute(
        "update request_key set status = $3, answer = $4 where asked_by = $1 and key = $2",
        asked_by,
        key,
        status,
        answer,
    )


async def release_key(connection: Any, *, asked_by: str, key: str) -> None:
    """Nothing came of it: the request may be made again."""
    await connection.execute("delete from request_key where asked_by = $1 and key = $2", asked_by, key)


async def drop_old_keys(connection: Any, *, at: datetime, keep: timedelta) -> None:
    """Forget answers older than `keep`."""
    await connection.execute("delete from request_key where made_at < $1", at - keep)


async def is_writable(connection: Any) -> bool:
    """Whether the database takes writes: neither recovering nor read only."""
    return bool(
        await connection.fetchval(
            "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'"
        )
    )


async def lock_sign_in(connection: Any, sign_in_id: int) -> None:
    """One page at a time asks for the phone of a sign-in."""
    await connection.execute("select 1 from sign_in where sign_in_id = $1 for update", sign_in_id)


async def find_secret_of_sign_in(connection: Any, sign_in_id: int, kind: str) -> SecretId | None:
    """The secret that was made for this sign-in."""
    found = await connection.fetchval(
        "select secret_id from secret where sign_in_id = $1 and kind = $2", sign_in_id, kind
    )
    return None if found is None else SecretId(found)


# --- what the live feed reads


async def position(connection: Any, site_id: SiteId) -> tuple[int, int, int]:
    """The journal's sequence, its moment in ms, and the last change of the configuration."""
    row = await connection.fetchrow(
        """
        select
            coalesce((select seq from cursor where site_id = $1), 0) as seq,
            coalesce((select at_ms from cursor where site_id = $1), 0) as at_ms,
            coalesce((select max(change_id) from configuration_change where site_id = $1), 0) as change_id
        """,
        site_id,
    )
    return row["seq"], row["at_ms"], row["change_id"]


_AGENT_NOW = ", ".join(AgentNow.__struct_fields__)
_INTERACTION_NOW = ", ".join(InteractionNow.__struct_fields__)


async def agents_now(connection: Any, site_id: SiteId, *, after_seq: int) -> list[AgentNow]:
    """Rows of agents that changed after a sequence."""
    rows = await connection.fetch(
        f"select {_AGENT_NOW} from agent_now where site_id = $1 and seq > $2", site_id, after_seq
    )
    return [AgentNow(*row) for row in rows]


async def interactions_now(connection: Any, site_id: SiteId, *, after_seq: int) -> list[InteractionNow]:
    """Rows of interactions that changed after a sequence; ended ones stay for a minute."""
    rows = await connection.fetch(
        f"select {_INTERACTION_NOW} from interaction_now where site_id = $1 and seq > $2", site_id, after_seq
    )
    return [InteractionNow(*row) for row in rows]


async def ended_interactions(
    connection: Any, site_id: SiteId, interaction_ids: Sequence[int]
) -> list[InteractionNow]:
    """Ended interactions that an agent still works on, when their row of now is gone."""
    rows = await connection.fetch(
        """
        select interaction_id, direction, project_id, customer_id, number_id, queue_id, agent_id, start_ms,
            answer_ms, end_ms, callback_of
        from interaction where site_id = $1 and interaction_id = any($2::bigint[])
        """,
        site_id,
        interaction_ids,
    )
    return [
        InteractionNow(
            interaction_id=row["interaction_id"],
            phase=codes.PHASES[Phase.ENDED],
            direction=row["direction"],
            project_id=row["project_id"],
            party_id=row["customer_id"],
            number_id=row["number_id"],
            queue_id=row["queue_id"],
            agent_id=row["agent_id"],
            started_ms=row["start_ms"],
            answered_ms=row["answer_ms"],
            since_ms=row["end_ms"],
            callback_of=row["callback_of"],
        )
        for row in rows
    ]


_OF_AGENTS = f"project_id <> {SELF_TEST_PROJECT} and ($4::integer[] is null or agent_id = any($4::integer[]))"


async def agent_facts(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None
) -> dict[int, dict[str, int]]:
    """Sums of the counters of agents over slots, as fields of `measures.AgentFacts`; None: of all of them."""
    found: dict[int, dict[str, int]] = {}
    arguments = (site_id, *slots, None if agent_ids is None else list(agent_ids))
    times = await connection.fetch(
        f"""
        select agent_id, state, sum(ms)::bigint as ms from agent_slot
        where site_id = $1 and slot >= $2 and slot < $3 and {_OF_AGENTS} group by agent_id, state
        """,
        *arguments,
    )
    for row in times:
        if row["state"] in STATE_FIELDS:
            found.setdefault(row["agent_id"], {})[STATE_FIELDS[row["state"]]] = row["ms"]
    stays = await connection.fetch(
        f"""
        select agent_id, count(*) as handled, sum(ring_ms)::bigint as ring_ms, sum(talk_ms)::bigint as
        talk_ms,
            sum(hold_ms)::bigint as hold_ms, sum(wrap_ms)::bigint as wrap_ms
        from segment
        where site_id = $1 and slot >= $2 and slot < $3 and handled = 1 and agent_id <> 0 and {_OF_AGENTS}
        group by agent_id
        """,
        *arguments,
    )
    for row in stays:
        found.setdefault(row["agent_id"], {}).update(
            {name: row[name] for name in ("handled", "ring_ms", "talk_ms", "hold_ms", "wrap_ms")}
        )
    missed = await connection.fetch(
        f"""
        select agent_id, count(*) as missed_offers from offer
        where site_id = $1 and slot >= $2 and slot < $3 and outcome = any($5::smallint[]) and {_OF_AGENTS}
        group by agent_id
        """,
        *arguments,
        list(codes.MISSED_OFFERS),
    )
    for row in missed:
        found.setdefault(row["agent_id"], {})["missed_offers"] = row["missed_offers"]
    return found


# --- the events of one interaction


LEFT_OUT = ("at", "interaction_id", "path", "peaks", "flow")
"""Told beside the facts already; places on the server's disk; what is not read by people (the flow's id and
version name it)."""


class EventLine(Value):
    """A line of the journal as facts; its type is the event's name."""

    seq: int
    at_ms: int
    type: str
    facts: dict[str, Any]


async def events_of(connection: Any, site_id: SiteId, interaction_id: int) -> list[EventLine]:
    """Everything that the journal says of an interaction, in order.

    Its phases tell between which sequences to look, because the journal itself is read by sequence only.
    """
    rows = await connection.fetch(
        """
        with bounds as (
            select min(seq) as low, max(seq) as high from (
                select seq from phase where site_id = $1 and interaction_id = $2
                union all
                select seq from interaction where site_id = $1 and interaction_id = $2
                union all
                select seq from interaction_now where site_id = $1 and interaction_id = $2
            ) as known
        )
        select seq, at_ms, body::text as body from journal, bounds
        where site_id = $1 and seq between bounds.low - $3 and bounds.high + $3 and interaction_id = $2
        order by seq
        """,
        site_id,
        interaction_id,
        AROUND,
    )
    found = []
    for row in rows:
        facts = msgspec.json.decode(row["body"])
        kind = str(facts.pop("type", ""))
        for name in LEFT_OUT:
            facts.pop(name, None)
        found.append(EventLine(seq=row["seq"], at_ms=row["at_ms"], type=kind, facts=facts))
    return found


async def agents_of_interaction(
    connection: Any, site_id: SiteId, interaction_id: int
) -> frozenset[AgentId] | None:
    """Who took part in an interaction; None when there is no such one."""
    rows = await connection.fetch(
        """
        select 0 as agent_id from interaction where site_id = $1 and interaction_id = $2
        union
        select agent_id from interaction_now where site_id = $1 and interaction_id = $2
        union
        select agent_id from segment_all where site_id = $1 and interaction_id = $2
        """,
        site_id,
        interaction_id,
    )
    if not rows:
        return None
    return frozenset(AgentId(row["agent_id"]) for row in rows if row["agent_id"])


async def whose_interaction(
    connection: Any, site_id: SiteId, interaction_id: int
) -> tuple[PartyId, QueueId] | None:
    """The address of the customer of an interaction and its queue, 0 where there is none; None when there is
    no such one."""
    row = await connection.fetchrow(
        """
        select party_id, queue_id from interaction_now where site_id = $1 and interaction_id = $2
        union all
        select customer_id, queue_id from interaction where site_id = $1 and interaction_id = $2
        limit 1
        """,
        site_id,
        interaction_id,
    )
    return None if row is None else (PartyId(row["party_id"]), QueueId(row["queue_id"]))


async def unmade_callbacks(connection: Any, site_id: SiteId, by: PersonId, *, since: datetime) -> list[Any]:
    """Calls that this person arranged and that ended without a talk since then, the latest first. What was
    taken back was meant so."""
    return list(
        await connection.fetch(
            f"""
            select a.interaction_id, a.arranged_at, i.customer_id as party_id, i.queue_id, i.end_ms, i.outcome
            from arranged_call as a
            join interaction as i using (site_id, interaction_id)
            where a.site_id = $1 and a.person_id = $2 and i.end_ms >= $3 and i.outcome not in ({_MADE})
            order by i.end_ms desc, a.interaction_id
            limit {MOST_UNMADE}
            """,
            site_id,
            by,
            to_ms(since),
        )
    )


async def interactions_of(
    connection: Any, site_id: SiteId, interaction_ids: Iterable[int]
) -> dict[InteractionId, InteractionNow]:
    """Who called and in which direction, of many interactions."""
    found = await ended_interactions(connection, site_id, sorted(set(interaction_ids)))
    return {InteractionId(row.interaction_id): row for row in found}
