"""Interactions as JSON and as cells: names added, numbers shown as far as rights go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError

from otklik.access import store as people
from otklik.api import store
from otklik.api.routes.feedback_forms import answers_about
from otklik.api.schemas.base import LARGEST_LONG
from otklik.api.schemas.interactions import (
    EventRow,
    InteractionDetail,
    InteractionRow,
    LegRow,
    OfferRow,
    PassedOverRow,
    PhaseRow,
    RecordingOf,
    SegmentLevel,
    SegmentRow,
    WhyOffer,
)
from otklik.api.schemas.links import LinkRow
from otklik.api.sights import shown_number
from otklik.api.sign_in import Who
from otklik.crm import service as crm
from otklik.organization import store as organization
from otklik.quality import links
from otklik.quality.e_model import cause_of, grade_of
from otklik.reports.foreign import store as foreign
from otklik.reports.service import Interaction, OfferOfLine, PhaseOfLine, Stay, StayLevel, TimeLine
from otklik.vocabulary.ids import InteractionId, PartyId, PersonId, SiteId
from otklik.vocabulary.time import from_ms, to_ms

MomentIn = Annotated[AwareDatetime, Query()]


def _place(given: str) -> str:
    start, _, interaction = given.partition("-")
    is_place = start.isdigit() and interaction.isdigit() and given.isascii()
    if not is_place or max(int(start), int(interaction)) > LARGEST_LONG:
        raise PydanticCustomError("bad_place", "the place of no page")
    return given


Place = Annotated[str, Field(max_length=40), AfterValidator(_place)]
"""Where a list goes on: the `next` of the page before."""

COLUMNS = (
    "interaction_id",
    "started_at",
    "direction",
    "number",
    "customer_name",
    "number_called",
    "queue_id",
    "agent_name",
    "wait_seconds",
    "talk_seconds",
    "outcome",
    "disposition_id",
    "has_recording",
)
SPOKEN_COLUMNS = (
    "started_at",
    "direction",
    "number",
    "customer_name",
    "number_called",
    "queue",
    "agent_name",
    "wait_seconds",
    "talk_seconds",
    "outcome",
    "has_recording",
    "interaction_id",
)
"""Of a file for people."""


async def numbers_called(connection: Any, site_id: SiteId) -> dict[int, str]:
    """What customers dial, by id."""
    numbers = await organization.list_things(connection, "number", site_id=site_id)
    return {number.number_id: number.number for number in numbers}


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids of one site stand for: agents, queues, and the numbers that customers dial."""

    agents: Mapping[int, str]
    queues: Mapping[int, str]
    numbers: Mapping[int, str]


async def names_at(connection: Any, site_id: SiteId, *, is_foreign: bool = False) -> Names:
    """The centre's own, or those of an imported source."""
    if is_foreign:
        return Names(
            agents=await foreign.names_of(connection, site_id, "agent"),
            queues=await foreign.names_of(connection, site_id, "queue"),
            numbers=await foreign.names_of(connection, site_id, "number"),
        )
    return Names(
        agents={int(person_id): name for person_id, name in (await people.names_of(connection)).items()},
        queues=await organization.names_of(connection, "queue", site_id=site_id),
        numbers=await numbers_called(connection, site_id),
    )


async def rows_of(
    connection: Any, site_id: SiteId, rows: Sequence[Interaction], who: Who, names: Names
) -> list[InteractionRow]:
    """Rows of a list."""
    parties = [PartyId(row.customer_id) for row in rows]
    customers = await crm.names_of(connection, site_id, parties)
    outcomes = await crm.outcomes_of(connection, site_id, [InteractionId(row.interaction_id) for row in rows])
    found = []
    for row in rows:
        outcome = outcomes.get(InteractionId(row.interaction_id))
        found.append(
            InteractionRow.model_validate(
                {
                    "interaction_id": row.interaction_id,
                    "started_at": row.started_at,
                    "direction": row.direction,
                    "number": shown_number(who, row.number),
                    "customer_name": customers.get(PartyId(row.customer_id), ""),
                    "number_called": names.numbers.get(row.number_id, ""),
                    "queue_id": row.queue_id or None,
                    "queue_name": names.queues.get(row.queue_id, ""),
                    "agent_id": row.agent_id or None,
                    "agent_name": names.agents.get(row.agent_id, ""),
                    "wait_seconds": _seconds(row.wait),
                    "talk_seconds": _seconds(row.talk),
                    "outcome": row.outcome or "",
                    "disposition_id": (outcome.disposition_id or None) if outcome else None,
                    "has_recording": row.has_recording,
                }
            )
        )
    return found


def cells_of(row: InteractionRow, zone: ZoneInfo) -> dict[str, object]:
    """A row for a program's sheet: moments by the wall clock of the site."""
    cells: dict[str, object] = {name: getattr(row, name) for name in COLUMNS}
    cells["interaction_id"] = str(row.interaction_id)
    cells["started_at"] = row.started_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return cells


def spoken_cells_of(row: InteractionRow) -> dict[str, object]:
    """A row for a person's sheet: names in place of numbers, and a moment."""
    cells: dict[str, object] = {name: getattr(row, name) for name in SPOKEN_COLUMNS if hasattr(row, name)}
    cells["interaction_id"] = str(row.interaction_id)
    cells["queue"] = row.queue_name
    return cells


def place_after(row: Interaction) -> str:
    """Where the list goes on after this row."""
    return f"{to_ms(row.started_at)}-{row.interaction_id}"


async def detail_of(
    connection: Any, site_id: SiteId, line: TimeLine, who: Who, names: Names
) -> InteractionDetail:
    """One interaction with everything that is known of it."""
    of = line.interaction
    # Those who wrote outcomes and notes are people of this centre, whoever took the call.
    authors = await people.names_of(connection)
    customers = await crm.names_of(connection, site_id, [PartyId(of.customer_id)])
    outcomes = await crm.outcomes_of(connection, site_id, [InteractionId(of.interaction_id)])
    outcome = outcomes.get(InteractionId(of.interaction_id))
    events = await store.events_of(connection, site_id, of.interaction_id)
    return InteractionDetail.model_validate(
        {
            "interaction_id": of.interaction_id,
            "started_at": of.started_at,
            "ended_at": of.ended_at,
            "direction": of.direction,
            "number": shown_number(who, of.number),
            "customer_name": customers.get(PartyId(of.customer_id), ""),
            "party_id": of.customer_id or None,
            "number_called": names.numbers.get(of.number_id, ""),
            "project_id": of.project_id or None,
            "outcome": of.outcome or "",
            "disposition_id": (outcome.disposition_id or None) if outcome else None,
            "note": outcome.note if outcome else "",
            "outcome_saved_at": outcome.saved_at if outcome else None,
            "outcome_by_name": authors.get(outcome.saved_by, "") if outcome else None,
            "callback_of": of.callback_of or None,
            "segments": [_segment(stay, names) for stay in line.stays],
            "phases": [_phase(phase, names) for phase in line.phases],
            "offers": [_offer(offer, names) for offer in line.offers],
            "recordings": [
                RecordingOf(
                    segment_id=recording.segment_id,
                    duration_seconds=recording.duration.total_seconds(),
                    size_bytes=recording.size_bytes,
                    sha256=recording.sha256,
                    state=recording.state,
                    missing_cause=recording.missing_cause or None,
                )
                for recording in line.recordings
            ],
            "answers": await answers_about(connection, site_id, of.interaction_id, authors),
            "legs": legs_of(events),
            "links": link_rows(
                await links.of_interaction(connection, site_id, InteractionId(of.interaction_id)), authors
            ),
            "events": [
                EventRow(seq=event.seq, at=from_ms(event.at_ms), type=event.type, facts=event.facts)
                for event in events
            ],
        }
    )


def legs_of(events: Sequence[store.EventLine]) -> list[LegRow]:
    """The legs that an interaction's events tell of."""
    found: dict[int, dict[str, Any]] = {}
    for event in events:
        at = from_ms(event.at_ms)
        leg_id = event.facts.get("leg_id")
        if leg_id is None:
            continue
        match event.type:
            case "LegStarted":
                found[leg_id] = {
                    "leg_id": leg_id,
                    "role": event.facts.get("role", ""),
                    "agent_id": event.facts.get("agent_id") or None,
                    "started_at": at,
                    "up_at": None,
                    "over_at": None,
                    "reason": None,
                    "cause": None,
                }
            case "LegUp" if leg_id in found:
                found[leg_id]["up_at"] = at
            case "LegOver" if leg_id in found:
                found[leg_id] |= {
                    "over_at": at,
                    "reason": event.facts.get("reason"),
                    "cause": event.facts.get("cause") or None,
                }
    return [LegRow.model_validate(leg) for leg in found.values()]


def _segment(stay: Stay, names: Names) -> SegmentRow:
    return SegmentRow(
        segment_id=stay.segment_id,
        queue_id=stay.queue_id or None,
        queue_name=names.queues.get(stay.queue_id, ""),
        agent_id=stay.agent_id or None,
        agent_name=names.agents.get(stay.agent_id, ""),
        entered_at=stay.entered_at,
        answered_at=stay.answered_at,
        ended_at=stay.ended_at,
        wait_seconds=_seconds(stay.wait),
        ring_seconds=_seconds(stay.ring),
        talk_seconds=_seconds(stay.talk),
        hold_seconds=_seconds(stay.hold),
        wrap_up_seconds=_seconds(stay.wrap_up),
        outcome=stay.outcome or "",
        in_sl=stay.in_sl,
        level=None if stay.level is None else _level(stay.level),
    )


def _level(level: StayLevel) -> SegmentLevel:
    return SegmentLevel(
        formula=level.formula,
        threshold_seconds=None if level.threshold is None else _seconds(level.threshold),
        since=level.since,
        is_of_site=level.is_of_site,
    )


def link_rows(found: list[links.Link], agents: Mapping[PersonId, str]) -> list[LinkRow]:
    """As an interaction's page shows them."""
    return [
        LinkRow(
            leg_id=one.leg_id,
            segment_id=one.segment_id or None,
            side="agent" if one.role == "agent" else "customer",
            role=one.role,
            agent_id=one.agent_id or None,
            agent_name=agents.get(PersonId(one.agent_id), ""),
            source=one.source,
            way=one.way,
            since=one.since,
            until=one.until,
            mos=one.mos,
            worst_mos=one.worst_mos if one.mos is not None else None,
            grade=grade_of(one.mos).value if one.mos is not None else None,
            cause=cause_of(one.all) if one.mos is not None else None,
            packets=one.all.packets,
            lost=one.all.lost,
            loss_percent=round(one.all.loss_percent, 2),
            jitter_ms=round(one.all.jitter_ms, 1),
            round_trip_ms=round(one.all.round_trip_ms, 1) if one.all.round_trip_ms >= 0 else None,
        )
        for one in found
    ]


def _phase(phase: PhaseOfLine, names: Names) -> PhaseRow:
    owner = names.agents.get(phase.agent_id, "") if phase.agent_id else names.queues.get(phase.queue_id, "")
    return PhaseRow(
        phase=phase.phase,
        owner_id=phase.agent_id or phase.queue_id or None,
        owner_name=owner,
        start=phase.start,
        stop=phase.stop,
    )


def _offer(offer: OfferOfLine, names: Names) -> OfferRow:
    why = offer.why
    return OfferRow(
        offer_id=offer.offer_id,
        agent_id=offer.agent_id,
        agent_name=names.agents.get(offer.agent_id, ""),
        offered_at=offer.offered_at,
        ended_at=offer.ended_at,
        outcome=offer.outcome,
        why=WhyOffer(
            rules=list(why.get("rules", ())),
            passed_over=[
                PassedOverRow(
                    agent_id=passed["agent_id"],
                    agent_name=names.agents.get(passed["agent_id"], ""),
                    rule=passed["rule"],
                )
                for passed in why.get("passed_over", ())
            ],
            counts=dict(why.get("counts", {})),
        ),
    )


def _seconds(duration: timedelta) -> float:
    return duration.total_seconds()
