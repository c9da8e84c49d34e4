"""Where the live hub reads: rows of now, counters of the day and names, at one sequence.

Rows of now that changed since the last look are read by their sequence. Counters are the very rows that the
reports read, summed by the database and turned into measures by the reports' own definitions: those of
queues at every look, those of an agent when he changed state, and all of them every ten seconds. Names are
read again when the configuration changed.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from otklik.access import store as people
from otklik.acd.model import Phase
from otklik.api import store
from otklik.api.live_seen import (
    AgentFigures,
    AgentNow,
    Directory,
    InteractionNow,
    Note,
    QueueFigures,
    Seen,
    ties_now,
)
from otklik.crm import service as crm
from otklik.journal.follow import Follower
from otklik.organization import store as organization
from otklik.organization.model import SELF_TEST
from otklik.quality import links
from otklik.quality import service as quality
from otklik.reports import measures
from otklik.reports import service as reports
from otklik.reports.calendar import day_of_moment, slots_of_days
from otklik.reports.definitions import Defined
from otklik.reports.measures import STATE_FIELDS, AgentFacts, QueueFacts
from otklik.reports.store import counting
from otklik.reports.store.definitions import defined_in
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, QueueId, SiteId
from otklik.vocabulary.time import SLOT_MS

if TYPE_CHECKING:
    from otklik.api.parts import Now

READ_ALL_EVERY_MS = 10_000
OCCUPANCY_DIGITS = 3
ONE_DAY = timedelta(days=1)
MISSED_DAYS = timedelta(days=7)
COUNT_MISSED_SECONDS = 2.0
QUEUE_FACTS = tuple(name for name in QueueFacts.__dataclass_fields__ if name != "p90_wait_ms")
"""What is summed for a tile; percentiles are for reports."""


@dataclass(slots=True)
class Touched:
    """What this process wrote and the next look must read again."""

    parties: set[PartyId] = field(default_factory=set)
    interactions: set[InteractionId] = field(default_factory=set)


class DatabaseSource:
    """Reads from PostgreSQL; keeps between two looks only what saves reading."""

    def __init__(self, pool: Any, follower: Follower, clock: "Now", site_id: SiteId) -> None:
        self._pool = pool
        self._follower = follower
        self._clock = clock
        self._site_id = site_id
        self._change_id = -1
        self._read_all_ms = 0
        self._slots = (0, 0)
        self._facts: dict[AgentId, dict[str, int]] = {}
        self._missed_is_old = False
        self._missed_at = 0.0
        self._touched = asyncio.Event()
        self._touched_now = Touched()

    def note_customer(self, party_id: PartyId) -> None:
        """The card of a customer was written: his name is read again at the next look."""
        self._touched_now.parties.add(party_id)
        self._touched.set()

    def note_outcome(self, interaction_id: InteractionId) -> None:
        """The outcome of an interaction was written."""
        self._touched_now.interactions.add(interaction_id)
        self._touched.set()

    async def wait_beyond(self, seq: int, patience: timedelta) -> None:
        """Until the journal has grown, something of ours was written, or patience is over."""
        if self._touched.is_set():
            return
        waits = {
            asyncio.create_task(self._grown(seq, patience), name="live journal"),
            asyncio.create_task(self._touched.wait(), name="live touched"),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _grown(self, seq: int, patience: timedelta) -> None:
        with suppress(TimeoutError):
            await self._follower.wait_beyond(seq, patience)

    def agent_facts(self, seen: Seen) -> dict[AgentId, AgentFacts]:
        """The counters behind the figures of agents in what was read last, up to its moment."""
        return {
            agent_id: counted(sums, seen.agents.get(agent_id), seen.at_ms)
            for agent_id, sums in self._facts.items()
        }

    async def read_once(self) -> Seen:
        """All of now, beside what the hub knows."""
        return await DatabaseSource(self._pool, self._follower, self._clock, self._site_id).read(None)

    async def read(self, before: Seen | None) -> Seen:
        """One look, in one snapshot of the database.

        What was touched is taken before the snapshot begins: a write that comes later is for the next look.
        """
        touched, self._touched_now = self._touched_now, Touched()
        self._touched.clear()
        try:
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                return await self._read(connection, before, touched)
        except BaseException:
            self._touched_now.parties |= touched.parties
            self._touched_now.interactions |= touched.interactions
            raise

    async def _read(self, connection: Any, before: Seen | None, touched: Touched) -> Seen:
        seq, _, change_id = await store.position(connection, self._site_id)
        at_ms = self._clock.now_ms()
        is_whole = (
            before is None
            or seq < before.seq
            or at_ms - self._read_all_ms >= READ_ALL_EVERY_MS
            or at_ms // SLOT_MS != self._read_all_ms // SLOT_MS
        )
        if before is None or is_whole:
            is_whole = True
            before = Seen(seq=0, at_ms=at_ms, directory=await self._directory(connection))
            self._change_id, self._read_all_ms = change_id, at_ms
            self._facts = {}
        elif change_id != self._change_id:
            before = replace(before, directory=await self._directory(connection))
            self._change_id = change_id
        self._slots = self._today(before.directory)
        zone = ZoneInfo(before.directory.site.zone)
        of = await defined_in(connection, self._site_id, self._slots, zone)
        after_seq = -1 if is_whole else before.seq
        fresh_agents = await store.agents_now(connection, self._site_id, after_seq=after_seq)
        fresh_interactions = await store.interactions_now(connection, self._site_id, after_seq=after_seq)
        agents = before.agents | {AgentId(row.agent_id): row for row in fresh_agents}
        interactions = before.interactions | {
            InteractionId(row.interaction_id): row for row in fresh_interactions
        }
        interactions = await self._kept(connection, interactions, agents)
        found = Seen(
            seq=seq,
            at_ms=at_ms,
            directory=before.directory,
            agents=agents,
            interactions=interactions,
            queue_figures=await self._queue_figures(connection, of),
            defined=of,
            agent_figures=await self._agent_figures(connection, before, agents, fresh_agents, is_whole),
            tiles=before.tiles,
            missed=await self._missed(
                connection, before, is_whole=is_whole, is_news=bool(fresh_interactions)
            ),
        )
        found.recorded = await quality.recorded_now(connection, self._site_id)
        found.links = await links.now(connection, self._site_id, at_ms)
        await self._name_customers(connection, found, before, touched.parties)
        await self._note_outcomes(connection, found, before, touched.interactions)
        return found

    # --- rows of now

    async def _kept(
        self,
        connection: Any,
        interactions: dict[InteractionId, InteractionNow],
        agents: dict[AgentId, AgentNow],
    ) -> dict[InteractionId, InteractionNow]:
        """Those that go on, and ended ones while an agent still works on them."""
        worked_on = {InteractionId(agent.interaction_id) for agent in agents.values() if agent.interaction_id}
        kept = {
            interaction_id: row
            for interaction_id, row in interactions.items()
            if row.stands is not Phase.ENDED or interaction_id in worked_on
        }
        absent = sorted(worked_on - kept.keys())
        if absent:
            for row in await store.ended_interactions(connection, self._site_id, absent):
                kept[InteractionId(row.interaction_id)] = row
        return kept

    # --- counters of the day

    def _today(self, directory: Directory) -> tuple[int, int]:
        zone = ZoneInfo(directory.site.zone)
        day = day_of_moment(self._clock.now(), zone)
        return slots_of_days(day, day + ONE_DAY, zone)

    async def _queue_figures(self, connection: Any, of: Defined) -> dict[QueueId, QueueFigures]:
        rows = await counting.queue_sums(connection, self._site_id, self._slots, None, of)
        return {
            QueueId(row["queue_id"]): queue_figures(QueueFacts(**{name: row[name] for name in QUEUE_FACTS}))
            for row in rows
        }

    async def _agent_figures(
        self,
        connection: Any,
        before: Seen,
        agents: dict[AgentId, AgentNow],
        changed: list[AgentNow],
        is_whole: bool,
    ) -> dict[AgentId, AgentFigures]:
        wanted = None if is_whole else sorted({row.agent_id for row in changed})
        if wanted != []:
            sums = await store.agent_facts(connection, self._site_id, self._slots, wanted)
            for agent_id in sums.keys() if wanted is None else wanted:
                self._facts[AgentId(agent_id)] = sums.get(agent_id, {})
        at_ms = self._clock.now_ms()
        fresh = agents.keys() | self._facts.keys() if wanted is None else map(AgentId, wanted)
        return before.agent_figures | {
            agent_id: agent_figures(self._facts.get(agent_id, {}), agents.get(agent_id), at_ms)
            for agent_id in fresh
        }

    async def _missed(self, connection: Any, before: Seen, *, is_whole: bool, is_news: bool) -> int:
        """Counted at most every two seconds: it looks through a week."""
        self._missed_is_old |= is_news
        now = asyncio.get_running_loop().time()
        if not is_whole and (not self._missed_is_old or now - self._missed_at < COUNT_MISSED_SECONDS):
            return before.missed
        self._missed_is_old, self._missed_at = False, now
        since = self._clock.now() - MISSED_DAYS
        return await reports.count_missed(connection, site_id=self._site_id, since=since)

    # --- names and notes

    async def _directory(self, connection: Any) -> Directory:
        found = await organization.load(connection, site_id=self._site_id)
        return Directory(
            site=found.site,
            people=await people.names_of(connection),
            agents=found.agents,
            teams=found.teams,
            queues=found.queues,
            projects=found.projects,
            numbers={int(number_id): number.number for number_id, number in found.numbers.items()},
        )

    async def _name_customers(self, connection: Any, seen: Seen, before: Seen, touched: set[PartyId]) -> None:
        parties = {PartyId(row.party_id) for row in seen.interactions.values() if row.party_id}
        tied = [ties_now(row) for row in seen.interactions.values() if row.ties]
        parties |= {PartyId(party) for ties in tied for party in ties.parties()}
        known = before.numbers.keys() - touched
        fresh = parties - known
        names = await crm.names_of(connection, self._site_id, fresh)
        numbers = await crm.numbers_of(connection, self._site_id, fresh)
        kept = parties & known
        seen.customer_names = {
            party: name for party, name in before.customer_names.items() if party in kept
        } | names
        seen.numbers = {party: number for party, number in before.numbers.items() if party in kept} | {
            party: numbers.get(party, "") for party in fresh
        }

    async def _note_outcomes(
        self, connection: Any, seen: Seen, before: Seen, touched: set[InteractionId]
    ) -> None:
        worked_on = {
            InteractionId(agent.interaction_id) for agent in seen.agents.values() if agent.interaction_id
        }
        known = before.notes.keys() - touched
        found = await crm.outcomes_of(connection, self._site_id, worked_on - known)
        seen.notes = {
            interaction_id: note for interaction_id, note in before.notes.items() if interaction_id in known
        }
        for interaction_id in worked_on - known:
            outcome = found.get(interaction_id)
            seen.notes[interaction_id] = (
                Note(disposition_id=outcome.disposition_id or None, note=outcome.note) if outcome else Note()
            )
        seen.notes = {key: note for key, note in seen.notes.items() if key in worked_on}


def queue_figures(facts: QueueFacts) -> QueueFigures:
    """What a tile shows of a queue's counters, by the reports' own definitions."""
    return QueueFigures(
        offered=facts.offered,
        answered=facts.answered,
        abandoned=facts.abandoned,
        short_abandons=facts.short_ab,
        overflows=facts.overflow,
        in_sl=facts.in_sl,
        wait_ms=facts.wait_ms,
        service_level=measures.SERVICE_LEVEL(facts),
        service_level_strict=measures.SERVICE_LEVEL_STRICT(facts),
        level_part=facts.level_part,
        level_whole=facts.level_whole,
    )


def agent_figures(sums: dict[str, int], now: AgentNow | None, at_ms: int) -> AgentFigures:
    """What a tile shows of an agent's counters; the state that goes on counts up to this moment."""
    facts = counted(sums, now, at_ms)
    aht = measures.AGENT_AHT(facts)
    occupancy = measures.OCCUPANCY(facts)
    return AgentFigures(
        handled=facts.handled,
        missed=facts.missed_offers,
        aht_ms=None if aht is None else round(aht * 1000),
        occupancy=None if occupancy is None else round(occupancy, OCCUPANCY_DIGITS),
    )


def counted(sums: dict[str, int], now: AgentNow | None, at_ms: int) -> AgentFacts:
    """An agent's counters with the state that goes on, up to this moment."""
    sums = dict(sums)
    if now is not None and now.state in STATE_FIELDS and now.project_id != SELF_TEST:
        name = STATE_FIELDS[now.state]
        sums[name] = sums.get(name, 0) + max(0, at_ms - now.counted_ms)
    return AgentFacts(**sums)
