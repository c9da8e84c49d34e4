"""Interactions: the list, one with its time line, those behind a number, those that nobody answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from otklik.reports import codes
from otklik.reports.definitions import UNDEFINED, Defined
from otklik.reports.measures import EXCLUDED_PROJECT
from otklik.reports.store.calls import CALLS
from otklik.reports.store.definitions import judged_stays
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shows; None means no condition. Ranges are half-open, moments in ms, numbers of codes.

    queue_ids, agent_ids: at least one stay there, or with one of them. outcome: of the interaction. drill:
    a key of DRILLS; with it, queue, agent and range are those of the stay that is meant (by the slot in
    which it began); or a key of CALLS, then the range is that in which the call itself began. at_slots: only
    these of the range. over_ms, up_to_ms: that stay waited longer than the one and not longer than the
    other. digits: part of the customer's number. agents_sight: only interactions in which one of
    these agents had a stay, or nobody had one. before: (start_ms, interaction_id) of the last row of the
    page before. defined: the definitions by which that stay is judged.
    """

    from_ms: int | None = None
    until_ms: int | None = None
    queue_ids: Sequence[int] | None = None
    agent_ids: Sequence[int] | None = None
    customer_id: int | None = None
    number_ids: Sequence[int] | None = None
    digits: str | None = None
    outcomes: Sequence[int] | None = None
    direction: int | None = None
    minimum_wait_ms: int | None = None
    agents_sight: Sequence[int] | None = None
    drill: str | None = None
    slots: tuple[int, int] | None = None
    at_slots: Sequence[int] | None = None
    interaction_ids: Sequence[int] | None = None
    over_ms: int | None = None
    up_to_ms: int | None = None
    is_ended: bool | None = None
    before: tuple[int, int] | None = None
    limit: int = 50
    defined: Defined = UNDEFINED


DRILLS = {
    "offered": "s.offered = 1",
    "answered": "s.answered = 1",
    "in_sl": "s.in_sl = 1",
    "abandoned": "s.abandoned = 1",
    "short_ab": "s.short_ab = 1",
    "aband_in_t": "s.aband_in_t = 1",
    "overflow": "s.overflow = 1",
    "transferred": "s.transferred = 1",
    "handled": "s.handled = 1 and s.offered = 1",
    "handled_by_agent": "s.handled = 1 and s.agent_id <> 0",
    "late": "s.answered = 1 and s.in_sl = 0",
}
"""Conditions on stays, by the name that a measure gives as its `drill`; the counter is the number of such
stays."""

_COLUMNS = """
    i.interaction_id, i.project_id, i.channel, i.direction, i.customer_id, i.number_id, i.queue_id,
    i.agent_id, i.callback_of, i.start_ms, i.answer_ms, i.end_ms, i.outcome, i.ended_by, i.is_estimated,
    i.segments, i.wait_ms, i.talk_ms, i.hold_ms, i.seq, p.e164
"""
_RECORDED = """
    exists (
        select 1 from recording r
        where r.site_id = i.site_id and r.interaction_id = i.interaction_id
          and r.path <> '' and r.deleted_ms = 0
    ) as has_recording
"""
_FROM = """
from interaction i
left join party p on p.site_id = i.site_id and p.party_id = i.customer_id
"""


async def list_interactions(connection: Any, site_id: SiteId, wanted: Wanted) -> list[Any]:
    """One page, newest first."""
    conditions = _Conditions(site_id)
    _say_interactions(wanted, conditions)
    _say_sight(wanted, conditions)
    _say_stays(wanted, conditions)
    if wanted.before is not None:
        conditions.say("(i.start_ms, i.interaction_id) < ({}, {})", *wanted.before)
    return list(
        await connection.fetch(
            f"select {_COLUMNS}, {_RECORDED} {_FROM} where {' and '.join(conditions.texts)}"
            f" order by i.start_ms desc, i.interaction_id desc limit {int(wanted.limit)}",
            *conditions.values,
        )
    )


class _Conditions:
    """Conditions with numbered places for their values; $1 is the site."""

    def __init__(self, site_id: SiteId) -> None:
        self.values: list[Any] = [site_id]
        self.texts = ["i.site_id = $1", f"i.project_id <> {EXCLUDED_PROJECT}"]

    def say(self, text: str, *values: Any) -> None:
        """A condition; `{}` is the place of a value."""
        places = []
        for value in values:
            self.values.append(list(value) if isinstance(value, (list, tuple)) else value)
            places.append(f"${len(self.values)}")
        self.texts.append(text.format(*places))


def _say_interactions(wanted: Wanted, conditions: _Conditions) -> None:
    is_range_of_interactions = wanted.drill is None
    for text, value in (
        ("i.start_ms >= {}", wanted.from_ms if is_range_of_interactions else None),
        ("i.start_ms < {}", wanted.until_ms if is_range_of_interactions else None),
        ("i.interaction_id = any({}::bigint[])", wanted.interaction_ids),
        ("i.customer_id = {}", wanted.customer_id),
        ("i.number_id = any({}::integer[])", wanted.number_ids),
        ("p.e164 like '%' || {}::text || '%'", wanted.digits),
        ("i.outcome = any({}::smallint[])", wanted.outcomes),
        ("i.direction = {}", wanted.direction),
        ("i.wait_ms >= {}", wanted.minimum_wait_ms),
        ("(i.end_ms <> 0) = {}", wanted.is_ended),
    ):
        if value is not None:
            conditions.say(text, value)
    if wanted.drill in CALLS:
        conditions.say(f"i.direction = {codes.INBOUND} and {CALLS[wanted.drill]}")
        if wanted.slots is not None:
            first, end = wanted.slots
            conditions.say("i.start_ms >= {} and i.start_ms < {}", first * SLOT_MS, end * SLOT_MS)
        if wanted.at_slots is not None:
            conditions.say(f"i.start_ms / {SLOT_MS} = any({{}}::bigint[])", list(wanted.at_slots))


def _say_sight(wanted: Wanted, conditions: _Conditions) -> None:
    if wanted.agents_sight is not None:
        conditions.say(
            "(i.agent_id = any({0}::integer[]) or not exists (select 1 from segment_all s where"
            " s.site_id = i.site_id and s.interaction_id = i.interaction_id and s.agent_id <> 0)"
            " or exists (select 1 from segment_all s where s.site_id = i.site_id"
            " and s.interaction_id = i.interaction_id and s.agent_id = any({0}::integer[])))",
            list(wanted.agents_sight),
        )


def _say_stays(wanted: Wanted, conditions: _Conditions) -> None:
    """Conditions on one and the same stay."""
    texts: list[str] = []
    values: list[Any] = []
    if wanted.drill in DRILLS:
        texts.append(DRILLS[wanted.drill])
        if wanted.slots is not None:
            texts.append("s.slot >= {} and s.slot < {}")
            values += wanted.slots
        for text, value in (
            ("s.slot = any({}::integer[])", wanted.at_slots),
            ("s.wait_ms > {}", wanted.over_ms),
            ("s.wait_ms <= {}", wanted.up_to_ms),
        ):
            if value is not None:
                texts.append(text)
                values.append(value)
    if wanted.queue_ids is not None:
        texts.append("s.queue_id = any({}::smallint[])")
        values.append(list(wanted.queue_ids))
    if wanted.agent_ids is not None:
        texts.append("s.agent_id = any({}::integer[])")
        values.append(list(wanted.agent_ids))
    if texts:
        stays = " and ".join(texts)
        # As the definitions of the service level judge them: the list holds what was counted.
        relation, more = judged_stays(wanted.defined, len(conditions.values) + 1)
        conditions.values += more
        conditions.say(
            f"i.interaction_id in (select s.interaction_id from {relation} s where s.site_id = $1 and "
            f"{stays})",
            *values,
        )


async def find_interaction(connection: Any, site_id: SiteId, interaction_id: int) -> Any | None:
    """One row of the list."""
    return await connection.fetchrow(
        f"select {_COLUMNS}, {_RECORDED} {_FROM} where i.site_id = $1 and i.interaction_id = $2",
        site_id,
        interaction_id,
    )


async def list_stays(connection: Any, site_id: SiteId, interaction_id: int) -> list[Any]:
    """The stays of an interaction in order, open ones too. threshold_ms: of the queue's own settings when the
    stay began, None where they are not known."""
    return list(
        await connection.fetch(
            "select segment_id, queue_id, agent_id, direction, outcome, enter_ms, answer_ms, end_ms, wait_ms,"
            " ring_ms, talk_ms, hold_ms, wrap_ms, offered, answered, abandoned, short_ab, overflow, in_sl,"
            " transferred, handled, slot, (select r.service_threshold_ms from queue_rule r"
            " where r.site_id = s.site_id and r.queue_id = s.queue_id and r.from_ms <= s.enter_ms"
            " order by r.seq desc limit 1) as threshold_ms"
            " from segment_all s where site_id = $1 and interaction_id = $2 order by enter_ms, segment_id",
            site_id,
            interaction_id,
        )
    )


async def list_phases(connection: Any, site_id: SiteId, interaction_id: int) -> list[Any]:
    """Closed phases in order, then those that go on (stop_ms 0)."""
    return list(
        await connection.fetch(
            f"""
            select phase, owner, segment_id, start_ms, stop_ms from phase
            where site_id = $1 and interaction_id = $2
            union all
            select phase, case when phase = {_WAITING} then queue_id else agent_id end, segment_id,
                   since_ms, 0
            from interaction_now where site_id = $1 and interaction_id = $2 and ended_ms = 0
            union all
            select {codes.PHASE_WRAP_UP}, agent_id, segment_id, since_ms, 0
            from agent_now where site_id = $1 and interaction_id = $2 and state = {codes.WRAP_UP}
            order by start_ms, stop_ms
            """,
            site_id,
            interaction_id,
        )
    )


async def list_offers(connection: Any, site_id: SiteId, interaction_id: int) -> list[Any]:
    """The offers of an interaction in order; why is JSON."""
    return list(
        await connection.fetch(
            "select offer_id, segment_id, queue_id, agent_id, offered_ms, ended_ms, outcome, why from offer"
            " where site_id = $1 and interaction_id = $2 order by offered_ms, offer_id",
            site_id,
            interaction_id,
        )
    )


async def list_recordings(connection: Any, site_id: SiteId, interaction_id: int) -> list[Any]:
    """What is kept of the talks, without peaks."""
    return list(
        await connection.fetch(
            "select segment_id, path, start_ms, duration_ms, bytes, sha256, deleted_ms, missing_cause"
            " from recording where site_id = $1 and interaction_id = $2 order by start_ms, segment_id",
            site_id,
            interaction_id,
        )
    )


async def list_offers_missed(
    connection: Any, site_id: SiteId, slots: tuple[int, int], agent_ids: Sequence[int] | None, limit: int
) -> list[Any]:
    """Offers that agents missed, newest first: what stands behind `missed_offers`."""
    outcomes = ", ".join(str(outcome) for outcome in codes.MISSED_OFFERS)
    return list(
        await connection.fetch(
            f"""
            select offer_id, interaction_id, queue_id, agent_id, offered_ms, ended_ms, outcome from offer
            where site_id = $1 and slot >= $2 and slot < $3 and outcome in ({outcomes})
              and project_id <> {EXCLUDED_PROJECT}
              and ($4::integer[] is null or agent_id = any($4::integer[]))
            order by offered_ms desc, offer_id desc limit $5
            """,
            site_id,
            *slots,
            None if agent_ids is None else list(agent_ids),
            limit,
        )
    )


_WAITING = 3
assert codes.PHASE_NAMES[_WAITING] == "waiting"

_MISSED = ", ".join(str(codes.OUTCOMES[reason]) for reason in sorted(codes.MISSED))

_LONGEST_CALL_MS = 86_400_000
"""A talk that began before he was missed (he called twice at once) is looked for this far back."""

_LIST_MISSED = f"""
with missed as (
    select i.*,
           row_number() over (
               partition by i.customer_id order by i.start_ms desc, i.interaction_id desc
           ) as place,
           count(*) over (partition by i.customer_id) as calls,
           min(i.start_ms) over (partition by i.customer_id) as first_ms
    from interaction i
    where i.site_id = $1 and i.direction = {codes.INBOUND} and i.outcome in ({_MISSED})
      and i.end_ms <> 0
      and i.project_id <> {EXCLUDED_PROJECT} and i.start_ms >= $2
      and ($3::smallint[] is null or i.queue_id = any($3::smallint[]))
)
select m.interaction_id, m.project_id, m.customer_id, m.number_id, m.queue_id, m.start_ms, m.end_ms,
       m.outcome, m.wait_ms, m.seq, p.e164, case when m.customer_id = 0 then 1 else m.calls end as calls,
       case when m.customer_id = 0 then m.start_ms else m.first_ms end as first_ms,
       t.interaction_id as handled_by, t.agent_id as handled_by_agent, t.answer_ms as handled_ms,
       t.direction as handled_direction,
       a.interaction_id as attempt_id, a.agent_id as attempt_agent, a.start_ms as attempt_ms,
       a.end_ms as attempt_end_ms, a.outcome as attempt_outcome
from missed m
left join party p on p.site_id = m.site_id and p.party_id = m.customer_id
left join lateral (
    -- The first talk with this customer after he was missed, whoever began it. Each arm has its own index.
    select * from (
        select i.interaction_id, i.agent_id, i.answer_ms, i.direction from interaction i
        where i.site_id = m.site_id and i.customer_id = m.customer_id and m.customer_id <> 0
          and i.customer_id <> 0 and i.start_ms > m.start_ms - {_LONGEST_CALL_MS} and i.answer_ms > m.end_ms
        union all
        select i.interaction_id, i.agent_id, i.answer_ms, i.direction from interaction i
        where i.site_id = m.site_id and i.callback_of = m.interaction_id and i.callback_of <> 0
          and i.answer_ms > m.end_ms
    ) talks
    order by answer_ms limit 1
) t on true
left join lateral (
    -- The last try to call back, reached or not.
    select * from (
        select i.interaction_id, i.agent_id, i.start_ms, i.end_ms, i.outcome from interaction i
        where i.site_id = m.site_id and i.customer_id = m.customer_id and m.customer_id <> 0
          and i.customer_id <> 0 and i.start_ms > m.start_ms and i.direction = {codes.OUTBOUND}
        union all
        select i.interaction_id, i.agent_id, i.start_ms, i.end_ms, i.outcome from interaction i
        where i.site_id = m.site_id and i.callback_of = m.interaction_id and i.callback_of <> 0
    ) tries
    order by start_ms desc, interaction_id desc limit 1
) a on true
where (m.place = 1 or m.customer_id = 0) and ($4 or t.interaction_id is null)
  and ($5::bigint is null or (m.start_ms, m.interaction_id) < ($5, $6))
order by m.start_ms desc, m.interaction_id desc
limit $7
"""


async def list_missed(
    connection: Any,
    site_id: SiteId,
    *,
    since_ms: int,
    queue_ids: Sequence[int] | None,
    with_handled: bool,
    before: tuple[int, int] | None,
    limit: int,
) -> list[Any]:
    """Customers whom nobody answered since a moment, one row each (unknown numbers: one for each call)."""
    return list(
        await connection.fetch(
            _LIST_MISSED,
            site_id,
            since_ms,
            None if queue_ids is None else list(queue_ids),
            with_handled,
            *(before or (None, None)),
            limit,
        )
    )


_COUNT_MISSED = f"""
select count(distinct case when m.customer_id <> 0 then m.customer_id else -m.interaction_id end)
from (
    select i.site_id, i.customer_id, i.interaction_id, i.start_ms, i.end_ms,
           max(i.end_ms) over (partition by i.customer_id) as last_ms
    from interaction i
    where i.site_id = $1 and i.direction = {codes.INBOUND} and i.outcome in ({_MISSED})
      and i.end_ms <> 0
      and i.project_id <> {EXCLUDED_PROJECT} and i.start_ms >= $2
      and ($3::smallint[] is null or i.queue_id = any($3::smallint[]))
) m
where (m.customer_id = 0 or m.end_ms = m.last_ms)
  and not exists (
    select 1 from interaction i
    where i.site_id = m.site_id and i.customer_id = m.customer_id and i.customer_id <> 0
      and i.start_ms > m.start_ms - {_LONGEST_CALL_MS} and i.answer_ms > m.end_ms
  )
  and not exists (
    select 1 from interaction i
    where i.site_id = m.site_id and i.callback_of = m.interaction_id and i.callback_of <> 0
      and i.answer_ms > m.end_ms
  )
"""


async def count_missed(
    connection: Any, site_id: SiteId, *, since_ms: int, queue_ids: Sequence[int] | None
) -> int:
    """How many customers wait for a call back."""
    found = await connection.fetchval(
        _COUNT_MISSED, site_id, since_ms, None if queue_ids is None else list(queue_ids)
    )
    return int(found)
