"""One import of a log, from its first line to the figures of its end.

Batches are whole seconds of the log: their events, names, parties and the state after them are one
transaction, so an import that was killed goes on where it stood, and a file that is given again adds nothing.
"""

import gc
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Map
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from otklik.journal.store import JournalWriter
from otklik.reports.foreign import store
from otklik.reports.foreign.coverage import HOUR
from otklik.reports.foreign.forms import FORMS, QUEUE_LOG, Form
from otklik.reports.foreign.mapping import Said, rules_of, with_said
from otklik.reports.foreign.memory import Memory, Tally
from otklik.reports.foreign.now import SourceNow, now_of
from otklik.reports.foreign.preview import Preview, Previewed
from otklik.reports.foreign.reading import LogFile, Progress, in_order
from otklik.reports.foreign.rows import Row, Unread
from otklik.reports.foreign.translating import ARRIVALS, Translator
from otklik.vocabulary.ids import Minter, PartyId, SiteId
from otklik.vocabulary.messages import Event
from otklik.vocabulary.phones import NumberFormat, read_number
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import from_ms, to_ms

BATCH = 20_000
"""Rows that are stored together: the state is written once for them."""

LISTED = 10_000
"""Rows that could not be understood, told and kept of one import; beyond it they are counted."""

CONTEXTS = 20
"""So many contexts of calls that were left out are told."""

AHEAD = timedelta(days=1)
"""A row further in the future than this has a wrong clock; less is a wrong zone."""

_PARTY_LANE = 2

_COLLECTED_AFTER = 200_000
"""Objects made between two searches for those that only know each other; usually it is 700."""

Watch = Callable[[Progress], None]


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Batches are hundreds of thousands of objects that live until they are stored: searching them again and
    again for cycles, of which there are none, took a fifth of an import's time."""
    before = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Place(msgspec.Struct, frozen=True):
    """Where the other Asterisk stands. zone: whose wall clock a table's times are of; country: whose
    national numbers are meant."""

    site_id: SiteId
    zone: ZoneInfo
    country: str


class Listed(msgspec.Struct, frozen=True):
    """A row that could not be understood. text: the row as it was."""

    file: str
    line: int
    reason: str
    text: str


class ContextLeft(msgspec.Struct, frozen=True):
    """Calls of it were left out: they do not come from outside, or nothing says that they do."""

    context: str
    calls: int


class Imported(msgspec.Struct):
    """What an import did. Stays in queues are counted (answered, abandoned, timed_out, left_otherwise), but
    interactions are callers. unfinished: callers whose end the log has not told, those among them that
    Asterisk's start cut off. already_known: rows that were stored before. rejected: the first `LISTED` of
    `rejected_count`. left_out: the most frequent contexts of calls that were not counted. preview:
    when it was asked for."""

    lines: int = 0
    events: int = 0
    interactions: int = 0
    answered: int = 0
    abandoned: int = 0
    timed_out: int = 0
    left_otherwise: int = 0
    transferred: int = 0
    unfinished: int = 0
    ignored_lines: int = 0
    rejected: list[Listed] = msgspec.field(default_factory=list)
    rejected_count: int = 0
    already_known: int = 0
    left_out: list[ContextLeft] = msgspec.field(default_factory=list)
    preview: Previewed | None = None


class Keeper:
    """Where an import writes: the source's journal and what stands beside it. None is written in a trial."""

    def __init__(self, connection: Any, site_id: SiteId, writer: JournalWriter | None) -> None:
        self._connection = connection
        self._site_id = site_id
        self._writer = writer

    @property
    def is_trial(self) -> bool:
        """Nothing is stored."""
        return self._writer is None

    async def load_state(self) -> store.State:
        """Where the last import ended."""
        return await store.load_state(self._connection, self._site_id)

    async def load_hours(self, hours: Iterable[int]) -> dict[int, Any]:
        """What is stored of these hours."""
        return await store.load_hours(self._connection, self._site_id, hours)

    async def rows_after(self, number: int) -> tuple[int, str, list[Row]] | None:
        """The next rows that were kept."""
        return await store.rows_after(self._connection, self._site_id, number, BATCH)

    async def find_parties(self, numbers: Iterable[str]) -> dict[str, PartyId]:
        """Those who were seen before."""
        return await store.find_parties(self._connection, self._site_id, numbers)

    async def write(self, events: Sequence[Event], rows: Callable[[Any], Awaitable[None]]) -> None:
        """All of it in one transaction."""
        if self._writer is None:
            return
        if events:
            await self._writer.append(events, rows=[rows])
            return
        async with self._connection.transaction():
            await rows(self._connection)


async def import_logs(  # noqa: PLR0913, each is said by whoever imports
    keeper: Keeper,
    paths: Sequence[Path],
    *,
    place: Place,
    now: datetime,
    kind: str = QUEUE_LOG,
    said: Said | None = None,
    watch: Watch | None = None,
    preview: Preview | None = None,
) -> Imported:
    """Take all files, the oldest first.

    kind: of `FORMS`. said: it stays in the source's mapping. preview: hears every event, and is told in the
    answer. Refuses `file_unreadable`, and `agent_known` when rows of an agent said to be another are stored
    already; nothing is stored then.
    """
    latest_ms = to_ms(now + AHEAD)
    form = FORMS[kind]
    sources = in_order(paths, zone=place.zone, latest_ms=latest_ms, read=form.read)
    state = await keeper.load_state()
    said = said or Said()
    state.mapping = with_said(state.mapping, said)
    taking = _Taking(keeper, state, place=place, now=now, form=form)
    taking.preview = preview
    taking.say_who_is_who(said.same)
    with seldom_collected():
        await taking.tell_kept()
        await taking.begin()
        for source in sources:
            log = LogFile(source.path)
            try:
                rows = form.rows(log, place.zone, latest_ms)
                for batch in _batches(rows, taking.imported):
                    await taking.take(batch, source.path.name)
                    if watch is not None:
                        watch(log.progress)
            finally:
                log.close()
        await taking.finish()
    return taking.imported


async def tell_kept_rows(
    keeper: Keeper,
    *,
    place: Place,
    now: datetime,
    kind: str = QUEUE_LOG,
    watch: Callable[[int, int], None] | None = None,
) -> Imported:
    """Tell all rows that are kept and not told yet, by the mapping of the source's state. watch: hears how
    many batches are done, and of how many. Killed, it goes on where it stood."""
    taking = _Taking(keeper, await keeper.load_state(), place=place, now=now, form=FORMS[kind])
    with seldom_collected():
        await taking.tell_kept(watch)
        await taking.finish()
    return taking.imported


class Following:
    """A log that is taken as it is written. What is stored is the same as of an import of it, only sooner."""

    def __init__(self, keeper: Keeper, state: store.State, *, place: Place, now: datetime) -> None:
        self._taking = _Taking(keeper, state, place=place, now=now)

    async def begin(self) -> None:
        """Tell what an earlier process kept and did not tell."""
        await self._taking.tell_kept()
        await self._taking.begin()

    async def take(self, rows: Sequence[Row | Unread], file: str, now_ms: int) -> int:
        """The next rows, in whole seconds, and what has settled by now; how many rows were new."""
        taking = self._taking
        if rows:
            before = taking.imported.already_known
            await taking.take(rows, file)
            new = sum(isinstance(row, Row) for row in rows) - (taking.imported.already_known - before)
        else:
            new = 0
        await taking.settle(now_ms)
        return new

    def now(self, at_ms: int) -> SourceNow:
        """Where its queues and agents stand."""
        return now_of(self._taking.memory, at_ms)


class _Taking:
    """The import under way. A batch is kept and told in one transaction, unless it is being told anew."""

    def __init__(
        self,
        keeper: Keeper,
        state: store.State,
        *,
        place: Place,
        now: datetime,
        form: Form = FORMS[QUEUE_LOG],
    ) -> None:
        self.imported = Imported()
        self.preview: Preview | None = None
        self._before = state
        self._kept, self._told = state.kept, state.told
        self._keeper = keeper
        self._place = place
        self._now = now
        is_whole = form.gatherer is not None
        self._translator = Translator(state.memory, rules=rules_of(state.mapping), is_whole=is_whole)
        self._translator.go_on(state.held)
        self._gatherer = form.gatherer(state.gathered, state.mapping) if form.gatherer is not None else None
        self._coverage = form.coverage(state.edge)
        self._parties = Minter(_PARTY_LANE)
        self._parties.resume(state.last_party_id)
        self._known: dict[str, PartyId] = {}
        self._found: Map[str, PartyId] = {}

    def say_who_is_who(self, same: Map[str, str]) -> None:
        memory = self._translator.memory
        known = memory.names.get("agent", {})
        for written, name in same.items():
            if memory.same.get(written) == name or written == name:
                continue
            if written in memory.agents or (written in known and memory.given_ms):
                raise Refused("agent_known", agent=written)
            memory.same[written] = name

    async def tell_kept(self, watch: Callable[[int, int], None] | None = None) -> None:
        """Rows that are stored and not told: a new mapping took out what they had come to."""
        while self._told < self._kept:
            found = await self._keeper.rows_after(self._told)
            if found is None:
                return
            self._told, file, rows = found
            self.imported.lines += len(rows)
            events, new_parties, refused = await self._tell(rows, file)
            await self._store(events, new_parties, file, refused)
            if watch is not None:
                watch(self._told, self._kept)

    async def begin(self) -> None:
        """The hour that the last row stored stands in is not complete."""
        hour = self._coverage.edge.second // HOUR
        self._coverage.hours = await self._keeper.load_hours([hour])

    async def take(self, batch: Sequence[Row | Unread], file: str) -> None:
        rows = [row for row in batch if isinstance(row, Row)]
        unread = [row for row in batch if isinstance(row, Unread)]
        needed = self._coverage.needed(rows)
        if needed:
            self._coverage.hours.update(await self._keeper.load_hours(needed))
        new, known, late = self._coverage.sift(rows)
        self.imported.already_known += known
        events, new_parties, refused = await self._tell(new, file)
        # A copy of a file tells the same again of what could not be read; only what is new in it is kept.
        await self._store(events, new_parties, file, sorted([*unread, *late, *refused]), new)

    async def _tell(
        self, rows: Sequence[Row], file: str
    ) -> tuple[list[Event], list[tuple[PartyId, str]], list[Unread]]:
        """Rows as they are stored -> events, parties who are new, rows that fit nothing."""
        late: list[Unread] = []
        if self._gatherer is not None:
            rows, late = self._gatherer.feed(rows, file)
        parties, new_parties = await self._find_parties(rows)
        events, refused = self._translator.feed(rows, parties)
        return events, new_parties, late + refused

    @property
    def memory(self) -> Memory:
        """What stands open."""
        return self._translator.memory

    async def settle(self, now_ms: int) -> None:
        events = self._translator.settle(now_ms)
        if events:
            await self._store(events, [], "", [])

    async def finish(self) -> None:
        """What is certain by now is told; the rest goes on with the next file."""
        if self._gatherer is not None:
            rows, late = self._gatherer.flush(to_ms(self._now))
            parties, new_parties = await self._find_parties(rows)
            events, refused = self._translator.feed(rows, parties)
            await self._store(events, new_parties, "", late + refused)
        await self._store(self._translator.flush(), [], "", [])
        imported, tally = self.imported, self._translator.tally
        for name in Tally.__struct_fields__:
            if hasattr(imported, name):
                setattr(imported, name, getattr(tally, name) + getattr(imported, name))
        imported.unfinished = self._translator.unfinished + tally.lost
        if self._gatherer is not None:
            imported.unfinished += self._gatherer.unfinished
            imported.ignored_lines += self._gatherer.ignored
            found = self._gatherer.left_out.most_common(CONTEXTS)
            imported.left_out = [ContextLeft(context, calls) for context, calls in found if context]
        if self.preview is not None:
            imported.preview = self.preview.told(self._translator.memory.names)

    async def _store(
        self,
        events: Sequence[Event],
        parties: Sequence[tuple[PartyId, str]],
        file: str,
        unread: Sequence[Unread],
        new: Sequence[Row] = (),
    ) -> None:
        imported, translator, coverage = self.imported, self._translator, self._coverage
        imported.events += len(events)
        imported.rejected_count += len(unread)
        listed = unread[: max(0, LISTED - len(imported.rejected))]
        imported.rejected += [Listed(row.file or file, row.line, row.reason, row.text) for row in listed]
        names, translator.new_names = translator.new_names, []
        if self.preview is not None:
            self.preview.hear(events, self._found, names)
        if new:
            self._kept = self._told = self._kept + 1
        number = self._kept
        state = store.State(
            translator.memory,
            translator.held_back(),
            coverage.edge,
            last_party_id=self._parties.last,
            kept=self._kept,
            told=self._told,
            is_whole=self._before.is_whole,
            mapping=self._before.mapping,
            mapping_version=self._before.mapping_version,
            gathered=self._before.gathered,
        )
        changed = {hour: coverage.hours[hour] for hour in coverage.changed}
        coverage.changed = set()
        edge_hour = coverage.edge.second // HOUR
        coverage.hours = {edge_hour: coverage.hours[edge_hour]} if edge_hour in coverage.hours else {}

        async def write(connection: Any) -> None:
            site_id = self._place.site_id
            await store.save(connection, site_id, state, changed)
            if names:
                await store.add_names(connection, site_id, names)
            if parties:
                await store.add_parties(connection, site_id, parties)
            if new:
                await store.keep_rows(connection, site_id, number, file, new)
            if listed:
                await store.add_unread(connection, site_id, file, listed, self._now)

        await self._keeper.write(events, write)

    async def _find_parties(
        self, rows: Sequence[Row]
    ) -> tuple[dict[str, PartyId], list[tuple[PartyId, str]]]:
        """The party of every caller, by the number as it is written; and those who are new."""
        written: dict[str, tuple[str, datetime]] = {}
        for row in rows:
            if row.event in ARRIVALS and len(row.facts) > 1 and row.facts[1] not in written:
                written[row.facts[1]] = (normal(row.facts[1], self._place.country), from_ms(row.at_ms))
        numbers = {number for number, _ in written.values() if number}
        if len(self._known) > LISTED * 10:
            self._known.clear()
        missing = [number for number in numbers if number not in self._known]
        if missing:
            self._known.update(await self._keeper.find_parties(missing))
        new: list[tuple[PartyId, str]] = []
        found: dict[str, PartyId] = {}
        for text, (number, at) in written.items():
            if not number:
                continue
            party_id = self._known.get(number)
            if party_id is None:
                party_id = self._known[number] = PartyId(self._parties.mint(at))
                new.append((party_id, number))
            found[text] = party_id
        self._found = found
        return found, new


def _batches(rows: Iterator[Row | Unread | None], imported: Imported) -> Iterator[list[Row | Unread]]:
    """Rows in lists that end with a whole second; empty lines are only counted."""
    batch: list[Row | Unread] = []
    second = 0
    for row in rows:
        imported.lines += 1
        if row is None:
            imported.ignored_lines += 1
            continue
        if isinstance(row, Row):
            now = row.at_ms // 1000
            if now != second and len(batch) >= BATCH:
                yield batch
                batch = []
            second = now
        batch.append(row)
    if batch:
        yield batch


@lru_cache(maxsize=50_000)
def normal(text: str, country: str) -> str:
    """One value for all ways of writing one number; "" for a hidden one."""
    return read_number(text, NumberFormat.ANY, country)
