"""Interactions: the list, one with its time line, those behind a number."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from otklik.reports import codes
from otklik.reports.calendar import slots_at
from otklik.reports.definitions import SITE, UNDEFINED, Defined
from otklik.reports.measures import USUAL_LEVEL
from otklik.reports.service.shared import (
    LONGEST_RANGE,
    code_of,
    first_slot,
    lasting,
    limit_of,
    moment_or_none,
    next_place,
    one_moment,
    place_of,
)
from otklik.reports.store import listing, repeats
from otklik.reports.store.calls import CALLS
from otklik.reports.store.definitions import defined_in, judged_in_time
from otklik.reports.store.listing import DRILLS, Wanted
from otklik.vocabulary.ids import InteractionId, SiteId
from otklik.vocabulary.refusals import Invalid, NotFound
from otklik.vocabulary.time import duration_ms, from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Interaction:
    """A row of the list. Words, not codes; None where there is nothing.

    number: the customer's, E.164; whoever shows it asks what rights allow. wait: all stays together.
    """

    interaction_id: int
    project_id: int
    channel: str
    direction: str
    customer_id: int
    number: str | None
    number_id: int
    queue_id: int
    agent_id: int
    callback_of: int
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    ended_by: str | None
    is_estimated: bool
    segments: int
    wait: timedelta
    talk: timedelta
    hold: timedelta
    has_recording: bool


@dataclass(frozen=True, slots=True)
class Page:
    """next: the place to go on, None at the end."""

    rows: Sequence[Interaction]
    next: str | None


@dataclass(frozen=True, slots=True)
class InteractionFilter:
    """Conditions of the list, all of them; None is no condition.

    since, until: it began in [since, until). queue_ids, agent_ids: one and the same stay was there, with
    one of them. agents_sight: one of these agents had a stay, or nobody had one (whose work a supervisor
    may see). digits: part of the customer's number. outcomes, direction: words. minimum_wait: all stays
    together.
    """

    since: datetime | None = None
    until: datetime | None = None
    queue_ids: Sequence[int] | None = None
    agent_ids: Sequence[int] | None = None
    agents_sight: Sequence[int] | None = None
    customer_id: int | None = None
    number_ids: Sequence[int] | None = None
    digits: str | None = None
    outcomes: Sequence[str] | None = None
    direction: str | None = None
    minimum_wait: timedelta | None = None
    is_ended: bool | None = None


async def list_interactions(
    connection: Any,
    *,
    site_id: SiteId,
    filters: InteractionFilter,
    place: str | None = None,
    limit: int = 50,
) -> Page:
    """Interactions that fit, newest first; `place` is the `next` of the page before.

    Invalid `unknown_word` for a direction or outcome, `bad_place` for a place that no page gave.
    """
    outcomes, direction = filters.outcomes, filters.direction
    wanted = Wanted(
        from_ms=None if filters.since is None else to_ms(filters.since),
        until_ms=None if filters.until is None else to_ms(filters.until),
        queue_ids=filters.queue_ids,
        agent_ids=filters.agent_ids,
        agents_sight=filters.agents_sight,
        customer_id=filters.customer_id,
        number_ids=filters.number_ids,
        digits=filters.digits,
        outcomes=None
        if outcomes is None
        else [code_of(codes.OUTCOME_NAMES, one, "outcome") for one in outcomes],
        direction=None if direction is None else code_of(codes.DIRECTION_NAMES, direction, "direction"),
        minimum_wait_ms=None if filters.minimum_wait is None else duration_ms(filters.minimum_wait),
        is_ended=filters.is_ended,
        before=place_of(place),
        limit=limit_of(limit),
    )
    return _page(await listing.list_interactions(connection, site_id, wanted), wanted.limit)


FLAG_DRILLS = ("in_sl", "late", "short_ab", "aband_in_t")
"""Those that a definition of the service level decides."""
REPEAT_DRILLS = ("settled", "repeated")


@dataclass(frozen=True, slots=True)
class Repeats:
    """A contact is repeated when the customer comes again within this time after it, in the same queue if
    asked so. as_of: contacts whose time is not over by then are not settled."""

    within: timedelta
    as_of: datetime
    in_same_queue: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """The place of a number: the `drill` of its measure, start and stop of its row, its queue or agent.

    weekday (1 Monday), hour: of the wall clock of the zone. over, up_to: it waited longer than the one and
    not longer than the other. number_ids: what was called. repeats: what counts as a repeated contact.
    """

    drill: str
    start: datetime
    stop: datetime
    queue_ids: Sequence[int] | None = None
    agent_ids: Sequence[int] | None = None
    agents_sight: Sequence[int] | None = None
    number_ids: Sequence[int] | None = None
    weekday: int | None = None
    hour: int | None = None
    zone: ZoneInfo | None = None
    over: timedelta | None = None
    up_to: timedelta | None = None
    repeats: Repeats | None = None


async def interactions_behind(
    connection: Any,
    *,
    site_id: SiteId,
    number: Counted,
    place: str | None = None,
    limit: int = 50,
) -> Page:
    """The interactions that a number was counted of.

    A stay belongs to the slot in which it began, so the page holds exactly what the number counted (an
    interaction that was there twice is one row). Invalid `unknown_word` for an unknown drill.
    """
    if number.drill in REPEAT_DRILLS:
        return await _behind_repeats(connection, site_id, number, place, limit)
    if number.drill not in DRILLS and number.drill not in CALLS:
        raise Invalid("unknown_word", "drill", word=number.drill)
    slots = (first_slot(number.start), first_slot(number.stop))
    at_slots = None
    if number.zone is not None and (number.weekday, number.hour) != (None, None):
        if number.stop - number.start > LONGEST_RANGE + timedelta(days=1):
            raise Invalid("range_too_long", "stop", days=LONGEST_RANGE.days)
        at_slots = slots_at(slots, number.zone, weekday=number.weekday, hour=number.hour)
    judges = number.zone if number.drill in FLAG_DRILLS else None
    wanted = Wanted(
        drill=number.drill,
        slots=slots,
        defined=await defined_in(connection, site_id, slots, judges) if judges else UNDEFINED,
        at_slots=at_slots,
        over_ms=None if number.over is None else duration_ms(number.over),
        up_to_ms=None if number.up_to is None else duration_ms(number.up_to),
        number_ids=number.number_ids,
        queue_ids=number.queue_ids,
        agent_ids=number.agent_ids,
        agents_sight=number.agents_sight,
        before=place_of(place),
        limit=limit_of(limit),
    )
    return _page(await listing.list_interactions(connection, site_id, wanted), wanted.limit)


async def _behind_repeats(
    connection: Any, site_id: SiteId, number: Counted, place: str | None, limit: int
) -> Page:
    if number.repeats is None:
        raise Invalid("unknown_word", "drill", word=number.drill)
    found = await repeats.repeat_ids(
        connection,
        site_id,
        since_ms=to_ms(number.start),
        until_ms=to_ms(number.stop),
        window_ms=duration_ms(number.repeats.within),
        as_of_ms=to_ms(number.repeats.as_of),
        in_same_queue=number.repeats.in_same_queue,
        queue_ids=number.queue_ids,
        only_repeated=number.drill == "repeated",
    )
    wanted = Wanted(
        interaction_ids=found,
        agents_sight=number.agents_sight,
        before=place_of(place),
        limit=limit_of(limit),
    )
    return _page(await listing.list_interactions(connection, site_id, wanted), wanted.limit)


@dataclass(frozen=True, slots=True)
class MissedOffer:
    """An offer that an agent did not take: declined, expired, or his device failed."""

    offer_id: int
    interaction_id: int
    queue_id: int
    agent_id: int
    offered_at: datetime
    ended_at: datetime | None
    outcome: str


async def list_missed_offers(
    connection: Any,
    *,
    site_id: SiteId,
    start: datetime,
    stop: datetime,
    agent_ids: Sequence[int] | None = None,
    limit: int = 50,
) -> list[MissedOffer]:
    """What stands behind `missed_offers`, newest first."""
    slots = (first_slot(start), first_slot(stop))
    rows = await listing.list_offers_missed(connection, site_id, slots, agent_ids, limit_of(limit))
    return [
        MissedOffer(
            offer_id=row["offer_id"],
            interaction_id=row["interaction_id"],
            queue_id=row["queue_id"],
            agent_id=row["agent_id"],
            offered_at=from_ms(row["offered_ms"]),
            ended_at=moment_or_none(row["ended_ms"]),
            outcome=codes.OFFER_OUTCOMES[row["outcome"]],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class StayLevel:
    """What was in force for a stay: since a day, for the site or its queue only; since None: the queue's own
    settings of then, whose threshold may not be known (None)."""

    formula: str
    threshold: timedelta | None
    since: date | None = None
    is_of_site: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a queue or with one agent directly. Times of an open one are those so far known. in_sl: as
    `level` judges it; None of a stay that no service level counts."""

    segment_id: int
    queue_id: int
    agent_id: int
    entered_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    wait: timedelta
    ring: timedelta
    talk: timedelta
    hold: timedelta
    wrap_up: timedelta
    in_sl: bool
    level: StayLevel | None
    transferred: bool
    is_final: bool


@dataclass(frozen=True, slots=True)
class PhaseOfLine:
    """A slice of time with one owner: a queue while waiting, an agent from the offer on, 0 the house."""

    phase: str
    queue_id: int
    agent_id: int
    segment_id: int
    start: datetime
    stop: datetime | None


@dataclass(frozen=True, slots=True)
class OfferOfLine:
    """An offer with its stored why: rules, passed_over, counts."""

    offer_id: int
    segment_id: int
    queue_id: int
    agent_id: int
    offered_at: datetime
    ended_at: datetime | None
    outcome: str
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordingOfLine:
    """state: stored, missing or deleted."""

    segment_id: int
    state: str
    start: datetime | None
    duration: timedelta
    size_bytes: int
    sha256: str
    missing_cause: str


@dataclass(frozen=True, slots=True)
class TimeLine:
    """One interaction from its arrival to now."""

    interaction: Interaction
    stays: Sequence[Stay]
    phases: Sequence[PhaseOfLine]
    offers: Sequence[OfferOfLine]
    recordings: Sequence[RecordingOfLine]


async def interaction_time_line(
    connection: Any, *, site_id: SiteId, interaction_id: InteractionId | int, zone: ZoneInfo
) -> TimeLine:
    """One interaction with its stays, phases, offers and recordings. zone: of the site, in which the days of
    definitions begin. NotFound `unknown_interaction`."""
    async with one_moment(connection, site_id):
        row = await listing.find_interaction(connection, site_id, interaction_id)
        if row is None:
            raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
        stays = await _stays(connection, site_id, interaction_id, zone)
        phases = await listing.list_phases(connection, site_id, interaction_id)
        offers = await listing.list_offers(connection, site_id, interaction_id)
        recordings = await listing.list_recordings(connection, site_id, interaction_id)
    return TimeLine(
        interaction=_interaction(row),
        stays=stays,
        phases=[_phase(one) for one in phases],
        offers=[_offer(one) for one in offers],
        recordings=[_recording(one) for one in recordings],
    )


async def _stays(
    connection: Any, site_id: SiteId, interaction_id: InteractionId | int, zone: ZoneInfo
) -> list[Stay]:
    rows = await listing.list_stays(connection, site_id, interaction_id)
    if not rows:
        return []
    places = [row["slot"] for row in rows]
    of = await defined_in(connection, site_id, (min(places), max(places) + 1), zone)
    in_time = await judged_in_time(connection, site_id, interaction_id, of) if of else {}
    return [_stay(row, in_time.get(row["segment_id"], bool(row["in_sl"])), _level(row, of)) for row in rows]


def _level(row: Any, of: Defined) -> StayLevel | None:
    if not row["offered"]:
        return None
    definition = of.at(row["queue_id"], row["slot"])
    if definition is None:
        threshold_ms = row["threshold_ms"]
        return StayLevel(USUAL_LEVEL, None if threshold_ms is None else lasting(threshold_ms))
    rules = definition.rules
    return StayLevel(rules.formula, rules.threshold, definition.since, definition.queue_id == SITE)


def _page(rows: Sequence[Any], limit: int) -> Page:
    return Page(rows=[_interaction(row) for row in rows], next=next_place(rows, limit))


def _interaction(row: Any) -> Interaction:
    return Interaction(
        interaction_id=row["interaction_id"],
        project_id=row["project_id"],
        channel=codes.CHANNEL_NAMES[row["channel"]],
        direction=codes.DIRECTION_NAMES[row["direction"]],
        customer_id=row["customer_id"],
        number=row["e164"],
        number_id=row["number_id"],
        queue_id=row["queue_id"],
        agent_id=row["agent_id"],
        callback_of=row["callback_of"],
        started_at=from_ms(row["start_ms"]),
        answered_at=moment_or_none(row["answer_ms"]),
        ended_at=moment_or_none(row["end_ms"]),
        outcome=codes.OUTCOME_NAMES.get(row["outcome"]),
        ended_by=codes.ENDED_BY_NAMES.get(row["ended_by"]),
        is_estimated=bool(row["is_estimated"]),
        segments=row["segments"],
        wait=lasting(row["wait_ms"]),
        talk=lasting(row["talk_ms"]),
        hold=lasting(row["hold_ms"]),
        has_recording=row["has_recording"],
    )


def _stay(row: Any, in_sl: bool, level: StayLevel | None) -> Stay:
    is_final = bool(row["end_ms"]) and (not row["answer_ms"] or bool(row["handled"]))
    return Stay(
        segment_id=row["segment_id"],
        queue_id=row["queue_id"],
        agent_id=row["agent_id"],
        entered_at=from_ms(row["enter_ms"]),
        answered_at=moment_or_none(row["answer_ms"]),
        ended_at=moment_or_none(row["end_ms"]),
        outcome=codes.OUTCOME_NAMES.get(row["outcome"]),
        wait=lasting(row["wait_ms"]),
        ring=lasting(row["ring_ms"]),
        talk=lasting(row["talk_ms"]),
        hold=lasting(row["hold_ms"]),
        wrap_up=lasting(row["wrap_ms"]),
        in_sl=in_sl,
        level=level,
        transferred=bool(row["transferred"]),
        is_final=is_final,
    )


def _phase(row: Any) -> PhaseOfLine:
    name = codes.PHASE_NAMES[row["phase"]]
    is_waiting = name == "waiting"
    return PhaseOfLine(
        phase=name,
        queue_id=row["owner"] if is_waiting else 0,
        agent_id=0 if is_waiting else row["owner"],
        segment_id=row["segment_id"],
        start=from_ms(row["start_ms"]),
        stop=moment_or_none(row["stop_ms"]),
    )


def _offer(row: Any) -> OfferOfLine:
    return OfferOfLine(
        offer_id=row["offer_id"],
        segment_id=row["segment_id"],
        queue_id=row["queue_id"],
        agent_id=row["agent_id"],
        offered_at=from_ms(row["offered_ms"]),
        ended_at=moment_or_none(row["ended_ms"]),
        outcome=codes.OFFER_OUTCOMES[row["outcome"]],
        why=json.loads(row["why"]),
    )


def _recording(row: Any) -> RecordingOfLine:
    state = "deleted" if row["deleted_ms"] else "missing" if not row["path"] else "stored"
    return RecordingOfLine(
        segment_id=row["segment_id"],
        state=state,
        start=moment_or_none(row["start_ms"]),
        duration=lasting(row["duration_ms"]),
        size_bytes=row["bytes"],
        sha256=row["sha256"].hex() if row["sha256"] else "",
        missing_cause=row["missing_cause"],
    )
