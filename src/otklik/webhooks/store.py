"""Hooks, the position in the journal, deliveries and replays in PostgreSQL. The only SQL of this room."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from otklik.vocabulary.ids import InteractionId, PersonId, SiteId
from otklik.vocabulary.messages import Value
from otklik.webhooks.model import Hook, HookDelivery, Replay, State, Told

_hook = msgspec.json.Decoder(Hook)

# --- hooks


async def list_hooks(connection: Any, site_id: SiteId) -> list[Hook]:
    """Those that were not removed, by name."""
    rows = await connection.fetch(
        "select hook_id, body::text as body from webhook"
        " where site_id = $1 and removed_at is null order by lower(body ->> 'name'), hook_id",
        site_id,
    )
    return [msgspec.structs.replace(_hook.decode(row["body"]), hook_id=row["hook_id"]) for row in rows]


async def find_hook(connection: Any, site_id: SiteId, hook_id: int) -> Hook | None:
    """One that was not removed."""
    return next((one for one in await list_hooks(connection, site_id) if one.hook_id == hook_id), None)


async def save_hook(connection: Any, site_id: SiteId, hook: Hook, *, at: datetime, by: PersonId) -> int:
    """A new one (hook_id 0) or a changed one, which is tried at once; gives its id."""
    body = msgspec.json.encode(hook).decode()
    if not hook.hook_id:
        return int(
            await connection.fetchval(
                "insert into webhook (site_id, body, changed_at, changed_by) values ($1, $2, $3, $4)"
                " returning hook_id",
                site_id,
                body,
                at,
                by,
            )
        )
    await connection.execute(
        "update webhook set body = $3, changed_at = $4, changed_by = $5, failures = 0, retry_at = null"
        " where site_id = $1 and hook_id = $2",
        site_id,
        hook.hook_id,
        body,
        at,
        by,
    )
    return hook.hook_id


async def remove_hook(connection: Any, site_id: SiteId, hook_id: int, *, at: datetime, by: PersonId) -> None:
    """Nothing is told to it any more; what waited for it is forgotten."""
    await connection.execute(
        "update webhook set removed_at = $3, changed_at = $3, changed_by = $4"
        " where site_id = $1 and hook_id = $2",
        site_id,
        hook_id,
        at,
        by,
    )
    await connection.execute(
        "delete from webhook_delivery where site_id = $1 and hook_id = $2", site_id, hook_id
    )


async def note_health(
    connection: Any, site_id: SiteId, hook_id: int, *, failures: int, retry_at: datetime | None
) -> None:
    """How often in a row it did not answer, and until when it is left in peace."""
    await connection.execute(
        "update webhook set failures = $3, retry_at = $4 where site_id = $1 and hook_id = $2",
        site_id,
        hook_id,
        failures,
        retry_at,
    )


async def failures_of(connection: Any, site_id: SiteId, hook_id: int) -> int:
    """How often in a row it did not answer."""
    return int(
        await connection.fetchval(
            "select failures from webhook where site_id = $1 and hook_id = $2", site_id, hook_id
        )
        or 0
    )


async def counts(connection: Any, site_id: SiteId) -> dict[int, dict[str, int]]:
    """How many deliveries of each hook wait, were taken and failed."""
    rows = await connection.fetch(
        "select hook_id, state, count(*) as found from webhook_delivery where site_id = $1"
        " group by hook_id, state",
        site_id,
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["hook_id"], {})[row["state"]] = row["found"]
    return found


# --- the journal


async def lock_position(connection: Any, site_id: SiteId) -> tuple[int, int]:
    """How far the journal was read, and its last sequence; nobody else moves on until the transaction ends.
    At first that is the end of the journal: what was before is told only when it is asked for."""
    last = int(
        await connection.fetchval("select coalesce(max(seq), 0) from cursor where site_id = $1", site_id)
    )
    await connection.execute(
        "insert into webhook_position (site_id, seq) values ($1, $2) on conflict do nothing", site_id, last
    )
    seq = await connection.fetchval("select seq from webhook_position where site_id = $1 for update", site_id)
    # Beyond the end only after a restore from a backup: what comes next is new.
    return min(int(seq), last), last


async def is_at_the_end(connection: Any, site_id: SiteId) -> bool:
    """Whether there is nothing new in the journal; only looks, so an idle centre writes nothing."""
    return bool(
        await connection.fetchval(
            "select 1 from webhook_position as p join cursor as c using (site_id)"
            " where p.site_id = $1 and p.seq = c.seq",
            site_id,
        )
    )


async def move_position(connection: Any, site_id: SiteId, seq: int) -> None:
    """Everything up to here became deliveries."""
    await connection.execute("update webhook_position set seq = $2 where site_id = $1", site_id, seq)


class Lines(Value):
    """A piece of the journal. until_seq: how far it reaches."""

    rows: tuple[tuple[int, int, int, str], ...]
    until_seq: int


async def read_lines(
    connection: Any, site_id: SiteId, kinds: Sequence[int], *, after_seq: int, last_seq: int, limit: int
) -> Lines:
    """Lines of these kinds after a sequence: seq, kind, at_ms, body."""
    rows = await connection.fetch(
        "select seq, kind, at_ms, body::text as body from journal"
        " where site_id = $1 and seq > $2 and seq <= $3 and kind = any($4::int[]) order by seq limit $5",
        site_id,
        after_seq,
        last_seq,
        list(kinds),
        limit,
    )
    found = tuple((int(row["seq"]), int(row["kind"]), int(row["at_ms"]), str(row["body"])) for row in rows)
    return Lines(rows=found, until_seq=found[-1][0] if len(found) == limit else last_seq)


async def span_of(connection: Any, site_id: SiteId, since_ms: int, until_ms: int) -> tuple[int, int]:
    """Sequences (first - 1, last) of what was written in [since, until); (0, 0) if nothing was."""
    row = await connection.fetchrow(
        "select min(seq) as low, max(seq) as high from journal"
        " where site_id = $1 and at_ms >= $2 and at_ms < $3",
        site_id,
        since_ms,
        until_ms,
    )
    return (0, 0) if row["low"] is None else (int(row["low"]) - 1, int(row["high"]))


class Facts(Value, kw_only=True):
    """What is known of an interaction now. Codes are numbers of `reports.codes`; moments in ms, 0 none."""

    interaction_id: int
    direction: int
    project_id: int
    project: str
    party_id: int
    number: str
    number_called: str
    queue_id: int
    queue: str
    agent_id: int
    agent: str
    start_ms: int
    answer_ms: int
    end_ms: int
    outcome: int
    wait_ms: int
    talk_ms: int
    hold_ms: int
    segments: int
    customer_id: int
    customer: str


async def facts_of(connection: Any, site_id: SiteId, interaction_ids: Sequence[int]) -> dict[int, Facts]:
    """Of these interactions, with the names of now."""
    rows = await connection.fetch(
        """
        select i.interaction_id, i.direction, i.project_id, coalesce(p.name, '') as project,
            i.customer_id as party_id, coalesce(y.e164, '') as number,
            coalesce(n.number, '') as number_called, i.queue_id,
            coalesce(q.name, '') as queue, i.agent_id, coalesce(a.name, '') as agent, i.start_ms,
            i.answer_ms, i.end_ms, i.outcome, i.wait_ms, i.talk_ms, i.hold_ms, i.segments,
            coalesce(c.customer_id, 0) as customer_id, coalesce(c.name, '') as customer
        from interaction as i
        left join party as y on y.site_id = i.site_id and y.party_id = i.customer_id
        left join queue as q on q.site_id = i.site_id and q.queue_id = i.queue_id
        left join project as p on p.site_id = i.site_id and p.project_id = i.project_id
        left join number as n on n.site_id = i.site_id and n.number_id = i.number_id
        left join person as a on a.person_id = i.agent_id
        left join customer_party as cp on cp.site_id = i.site_id and cp.party_id = i.customer_id
        left join customer as c on c.customer_id = cp.customer_id
        where i.site_id = $1 and i.interaction_id = any($2::bigint[])
        """,
        site_id,
        list(interaction_ids),
    )
    return {row["interaction_id"]: Facts(**dict(row)) for row in rows}


async def names_of_people(connection: Any, person_ids: Sequence[int]) -> dict[int, str]:
    """What they are called."""
    rows = await connection.fetch(
        "select person_id, name from person where person_id = any($1::integer[])", list(person_ids)
    )
    return {row["person_id"]: row["name"] for row in rows}


async def names_of_queues(connection: Any, site_id: SiteId) -> dict[int, str]:
    """What they are called."""
    rows = await connection.fetch("select queue_id, name from queue where site_id = $1", site_id)
    return {row["queue_id"]: row["name"] for row in rows}


# --- deliveries

_COLUMNS = """
    delivery_id, hook_id, event_id, seq, told, interaction_id, body, state, made_at, due_at, tries, done_at,
    http_status, answer, replays
"""


async def add_delivery(  # noqa: PLR0913 - one argument per column
    connection: Any,
    site_id: SiteId,
    hook_id: int,
    *,
    event_id: str,
    seq: int,
    told: Told,
    interaction_id: int,
    body: str,
    at: datetime,
    again: bool = False,
) -> int:
    """An event for a hook; gives its id, 0 if it was there already. again: what was told is told anew, under
    the same id and as it was."""
    known = (
        "do update set state = 'waiting', tries = 0, due_at = $8, made_at = $8, done_at = null,"
        " replays = webhook_delivery.replays + 1"
        if again
        else "do nothing"
    )
    return int(
        await connection.fetchval(
            f"""
            insert into webhook_delivery (
                site_id, hook_id, event_id, seq, told, interaction_id, body, state, made_at, due_at
            )
            values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $8)
            on conflict (site_id, hook_id, event_id) {known}
            returning delivery_id
            """,
            site_id,
            hook_id,
            event_id,
            seq,
            told.value,
            interaction_id,
            body,
            at,
        )
        or 0
    )


async def take_due(
    connection: Any, site_id: SiteId, *, at: datetime, lease: timedelta, limit: int
) -> list[HookDelivery]:
    """What may be sent now, taken for so long: of each interaction only the first that waits, nothing of a
    hook that is left in peace."""
    rows = await connection.fetch(
        f"""
        with heads as (
            select distinct on (d.hook_id, d.interaction_id) d.delivery_id, d.due_at
            from webhook_delivery as d
            join webhook as h on h.hook_id = d.hook_id and h.removed_at is null
                and (h.body ->> 'is_on')::boolean and (h.retry_at is null or h.retry_at <= $2)
            where d.site_id = $1 and d.state = 'waiting'
            order by d.hook_id, d.interaction_id, d.seq, d.event_id
        )
        update webhook_delivery set tries = tries + 1, due_at = $3, taken_at = $2
        where delivery_id in (
            select d.delivery_id from webhook_delivery as d join heads using (delivery_id)
            where heads.due_at <= $2 order by d.due_at, d.delivery_id limit $4 for update of d skip locked
        ) and state = 'waiting'
        returning {_COLUMNS}
        """,
        site_id,
        at,
        at + lease,
        limit,
    )
    return sorted((_of_delivery(row) for row in rows), key=lambda one: one.seq)


async def release_taken(connection: Any, site_id: SiteId, *, at: datetime) -> None:
    """What a process that is no more had in its hand is due at once."""
    await connection.execute(
        "update webhook_delivery set due_at = $2, taken_at = null"
        " where site_id = $1 and state = 'waiting' and taken_at is not null",
        site_id,
        at,
    )


async def settle(
    connection: Any, delivery_id: int, state: State, *, http_status: int, answer: str, at: datetime
) -> None:
    """It is over."""
    await connection.execute(
        "update webhook_delivery set state = $2, http_status = $3, answer = $4, done_at = $5,"
        " taken_at = null where delivery_id = $1",
        delivery_id,
        state.value,
        http_status,
        answer,
        at,
    )


async def put_off(connection: Any, delivery_id: int, *, http_status: int, answer: str, due: datetime) -> None:
    """To be tried again then."""
    await connection.execute(
        "update webhook_delivery set http_status = $2, answer = $3, due_at = $4, taken_at = null"
        " where delivery_id = $1",
        delivery_id,
        http_status,
        answer,
        due,
    )


async def give_up_old(connection: Any, site_id: SiteId, *, before: datetime, at: datetime) -> None:
    """What waits since before then has failed."""
    await connection.execute(
        "update webhook_delivery set state = 'failed', done_at = $3"
        " where site_id = $1 and state = 'waiting' and made_at < $2",
        site_id,
        before,
        at,
    )


async def drop_old(connection: Any, site_id: SiteId, *, before: datetime) -> None:
    """Forget what was over before then."""
    await connection.execute(
        "delete from webhook_delivery where site_id = $1 and state <> 'waiting' and done_at < $2",
        site_id,
        before,
    )
    await connection.execute(
        "delete from webhook_replay where site_id = $1 and done_at < $2", site_id, before
    )


async def list_deliveries(
    connection: Any,
    site_id: SiteId,
    hook_id: int,
    *,
    state: State | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[HookDelivery]:
    """Of one hook, newest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from webhook_delivery
        where site_id = $1 and hook_id = $2 and ($3::text is null or state = $3)
            and ($4::bigint is null or delivery_id < $4)
        order by delivery_id desc limit $5
        """,
        site_id,
        hook_id,
        state and state.value,
        before,
        limit,
    )
    return [_of_delivery(row) for row in rows]


async def find_delivery(connection: Any, site_id: SiteId, delivery_id: int) -> HookDelivery | None:
    """One of them."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from webhook_delivery where site_id = $1 and delivery_id = $2",
        site_id,
        delivery_id,
    )
    return None if row is None else _of_delivery(row)


async def tell_again(connection: Any, site_id: SiteId, delivery_id: int, *, at: datetime) -> None:
    """Under the same event id, as it was."""
    await connection.execute(
        "update webhook_delivery set state = 'waiting', tries = 0, due_at = $3, made_at = $3, done_at = null,"
        " replays = replays + 1 where site_id = $1 and delivery_id = $2",
        site_id,
        delivery_id,
        at,
    )


# --- replays


async def ask_replay(
    connection: Any,
    site_id: SiteId,
    hook_id: int,
    *,
    since: datetime,
    until: datetime,
    by: PersonId,
    at: datetime,
) -> int:
    """A span to be told again; gives its id."""
    return int(
        await connection.fetchval(
            "insert into webhook_replay (site_id, hook_id, since, until, asked_at, asked_by)"
            " values ($1, $2, $3, $4, $5, $6) returning replay_id",
            site_id,
            hook_id,
            since,
            until,
            at,
            by,
        )
    )


async def list_replays(connection: Any, site_id: SiteId, hook_id: int | None = None) -> list[Replay]:
    """Newest first; of all hooks only those that are not done, the oldest first."""
    columns = "replay_id, hook_id, since, until, asked_at, done_at, found"
    if hook_id is None:
        rows = await connection.fetch(
            f"select {columns} from webhook_replay where site_id = $1 and done_at is null order by replay_id",
            site_id,
        )
    else:
        rows = await connection.fetch(
            f"select {columns} from webhook_replay where site_id = $1 and hook_id = $2"
            " order by replay_id desc limit 20",
            site_id,
            hook_id,
        )
    return [Replay(**dict(row)) for row in rows]


async def end_replay(connection: Any, replay_id: int, *, found: int, at: datetime) -> None:
    """Its events became deliveries."""
    await connection.execute(
        "update webhook_replay set done_at = $2, found = $3 where replay_id = $1", replay_id, at, found
    )


def _of_delivery(row: Any) -> HookDelivery:
    found = dict(row)
    return HookDelivery(
        **found
        | {
            "told": Told(found["told"]),
            "state": State(found["state"]),
            "interaction_id": InteractionId(found["interaction_id"]),
        }
    )
