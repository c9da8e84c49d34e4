"""The live feed: one hub for each process, many watchers.

The hub reads rows at sequence S in one transaction, follows the journal's doorbell and reads again what
changed; what it read becomes the bodies of topics (`live_rows.py`, pure). Watchers with the same topic and
scope share one chain of messages, encoded once, at most twenty a second. Each message names the sequence it
holds and the one before it; whoever misses one asks for a snapshot. A watcher who reads too slowly gets a
snapshot instead of a backlog.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from otklik.access.rights import Right, Sight
from otklik.api import live_rows
from otklik.api.dashboard_source import DashboardSource
from otklik.api.dashboard_tiles import DashboardChange, DashboardNow, changes_of
from otklik.api.dashboard_values import Beside, Moment, dashboard_now
from otklik.api.live_rows import Scope
from otklik.api.live_seen import Seen
from otklik.api.live_tiles import Board, BoardChange, Desk
from otklik.api.parts import Now
from otklik.api.schemas.base import with_ids_as_text
from otklik.api.sign_in import Who
from otklik.api.store import DATABASE_AWAY
from otklik.dashboards.model import Dashboard, DashboardId
from otklik.database import raise_bug
from otklik.logs import logger
from otklik.reports.measures import AgentFacts
from otklik.vocabulary.ids import AgentId, PersonId
from otklik.vocabulary.messages import Value

log = logger()

BETWEEN_MESSAGES = timedelta(milliseconds=50)
REST_PER_LOOK = 2.0
LOOK_AGAIN = timedelta(seconds=1)
SILENCE = timedelta(seconds=5)
BACKLOG_MESSAGES = 64
BACKLOG_BYTES = 1024 * 1024

DESK = "desk"
BOARD = "board"
DASHBOARD = "dashboard."
"""Before the id of one."""
DASHBOARD_EVERY_SECONDS = 0.5
LONGEST_ID = 9

Body = Board | Desk | DashboardNow


class Source(Protocol):
    """Where the hub reads."""

    async def read(self, before: Seen | None) -> Seen:
        """All of now; with `before`, only what changed since is read again."""
        ...

    async def wait_beyond(self, seq: int, patience: timedelta) -> None:
        """Returns when the journal has grown beyond `seq`, or when patience is over."""
        ...

    def agent_facts(self, seen: Seen) -> dict[AgentId, AgentFacts]:
        """The counters behind the figures of agents in what was read last."""
        ...


class Topic(Value):
    """What a chain of messages is about. rights: only those that change what is seen. dashboard: as it was
    when the chain began."""

    name: str
    scope: Scope = Scope()
    agent_id: AgentId = AgentId(0)
    rights: frozenset[Right] = frozenset()
    dashboard: Dashboard | None = None


@dataclass(slots=True)
class Chain:
    """Messages of one topic, and who watches them. seq: of the last message. looked_at: when the body was
    made, by the loop's clock."""

    topic: Topic
    body: Body
    seq: int
    looked_at: float = 0.0
    watchers: "set[Watcher]" = field(default_factory=set)


class Watcher:
    """One connection of the feed: what it watches, and what waits to be sent to it."""

    def __init__(self, who: Who, *, is_wall: bool = False) -> None:
        self.who = who
        self.is_wall = is_wall
        self.topics: dict[str, Topic] = {}
        self.dashboards: dict[DashboardId, Dashboard] = {}
        self.choosing = asyncio.Lock()
        self.needs_snapshot: set[str] = set()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._rung = asyncio.Event()

    def put(self, message: bytes, *, topic: str = "") -> None:
        """Queue a message; a backlog becomes the need of a snapshot."""
        if topic and topic in self.needs_snapshot:
            return
        if len(self._waiting) >= BACKLOG_MESSAGES or self._waiting_bytes + len(message) > BACKLOG_BYTES:
            self._waiting.clear()
            self._waiting_bytes = 0
            self.needs_snapshot |= set(self.topics)
        else:
            self._waiting.append(message)
            self._waiting_bytes += len(message)
        self._rung.set()

    def ask_snapshot(self, topics: Iterable[str]) -> None:
        """The next thing sent is a snapshot of these topics, as new as it is then."""
        self.needs_snapshot |= set(topics) & set(self.topics)
        self._rung.set()

    async def take(self, hub: "Hub") -> bytes | None:
        """The next message; None after five seconds of silence."""
        while True:
            if self._waiting:
                message = self._waiting.popleft()
                self._waiting_bytes -= len(message)
                return message
            if self.needs_snapshot:
                return hub.snapshot(self, self.needs_snapshot.pop())
            self._rung.clear()
            try:
                async with asyncio.timeout(SILENCE.total_seconds()):
                    await self._rung.wait()
            except TimeoutError:
                return None


class Hub:
    """Reads once, tells all."""

    def __init__(
        self,
        source: Source,
        clock: Now,
        *,
        build: str,
        limit: int,
        dashboards: DashboardSource | None = None,
    ) -> None:
        self._source = source
        self._dashboards = dashboards
        self._beside = Beside()
        self._clock = clock
        self._build = build
        self._limit = limit
        self._seen: Seen | None = None
        self._chains: dict[Topic, Chain] = {}
        self._watchers: set[Watcher] = set()
        self._wanted = asyncio.Event()
        self._banner: tuple[dict[str, Any], ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether no more feeds may be opened."""
        return len(self._watchers) >= self._limit

    @property
    def watchers(self) -> int:
        """How many feeds are open."""
        return len(self._watchers)

    # --- watching

    def enter(self, watcher: Watcher) -> None:
        """A feed was opened."""
        self._watchers.add(watcher)
        self._wanted.set()
        if self._banner and self._is_told_of_health(watcher):
            watcher.put(self._banner_message())

    def leave(self, watcher: Watcher) -> None:
        """A feed was closed."""
        self._watchers.discard(watcher)
        for topic in list(watcher.topics.values()):
            self._unwatch(watcher, topic)
        if not self._watchers:
            self._wanted.clear()
            self._seen = None

    async def watch(self, watcher: Watcher, names: Iterable[str] | None) -> list[str]:
        """Set what a feed watches; gives the names that it may not watch. names None: the same, as far as it
        still may."""
        async with watcher.choosing:
            return await self._watch(watcher, list(watcher.topics if names is None else names))

    async def _watch(self, watcher: Watcher, names: list[str]) -> list[str]:
        wanted: dict[str, Topic] = {}
        refused: list[str] = []
        ids = [one for one in map(dashboard_id_of, names) if one]
        watcher.dashboards = await self._dashboards.seen_by(watcher.who, ids) if self._dashboards else {}
        for name in names:
            topic = topic_of(watcher, name)
            if topic is None:
                refused.append(name)
            else:
                wanted[name] = topic
        for name, topic in list(watcher.topics.items()):
            if wanted.get(name) != topic:
                self._unwatch(watcher, topic)
        if self._seen is None and wanted:
            self._seen = await self._source.read(None)
        if any(topic.dashboard for topic in wanted.values()):
            assert self._seen is not None
            await self._read_beside(self._seen, [one.dashboard for one in wanted.values() if one.dashboard])
        for name, topic in wanted.items():
            if name in watcher.topics:
                continue
            assert self._seen is not None
            chain = self._chains.get(topic)
            if chain is None:
                chain = Chain(topic=topic, body=self._body(self._seen, topic), seq=self._seen.seq)
                self._chains[topic] = chain
            chain.watchers.add(watcher)
            watcher.topics[name] = topic
            watcher.ask_snapshot([name])
        return refused

    def snapshot(self, watcher: Watcher, name: str) -> bytes | None:
        """The whole body of a topic, at its chain's sequence."""
        topic = watcher.topics.get(name)
        chain = self._chains.get(topic) if topic is not None else None
        if chain is None:
            return None
        head = {
            "k": "s",
            "topic": name,
            "seq": str(chain.seq),
            "now": self._clock.now_ms(),
            "build": self._build,
        }
        return spliced(head, chain.body)

    def _unwatch(self, watcher: Watcher, topic: Topic) -> None:
        watcher.topics.pop(topic.name, None)
        watcher.needs_snapshot.discard(topic.name)
        chain = self._chains.get(topic)
        if chain is not None:
            chain.watchers.discard(watcher)
            if not chain.watchers:
                del self._chains[topic]

    # --- telling

    async def run(self) -> None:
        """Read and tell until cancelled. Nothing is read while nobody watches."""
        while True:
            await self._wanted.wait()
            began = asyncio.get_running_loop().time()
            try:
                seen = await self._source.read(self._seen)
            except DATABASE_AWAY as error:
                raise_bug(error)
                log.warning("live.database_away", error=type(error).__name__)
                self._seen = None
                await asyncio.sleep(LOOK_AGAIN.total_seconds())
                continue
            if not self._watchers:
                continue
            try:
                await self._look_beside(seen)
            except DATABASE_AWAY as error:
                raise_bug(error)
                log.warning("live.dashboards_not_read", error=type(error).__name__)
            self.tell(seen)
            took = asyncio.get_running_loop().time() - began
            # A look that takes long is followed by a long rest: requests must be answered too.
            await asyncio.sleep(max(BETWEEN_MESSAGES.total_seconds() - took, REST_PER_LOOK * took))
            await self._source.wait_beyond(seen.seq, LOOK_AGAIN)

    def tell(self, seen: Seen) -> None:
        """Make and queue the messages that bring every chain to what was seen."""
        before = self._seen
        self._seen = seen
        is_older = before is not None and seen.seq < before.seq
        now = asyncio.get_running_loop().time() if self._shown() else 0.0
        for chain in self._chains.values():
            if chain.topic.dashboard and not is_older:
                # Eyes read a dashboard, and no hand acts by it: twice a second is enough.
                if now - chain.looked_at < DASHBOARD_EVERY_SECONDS:
                    continue
                chain.looked_at = now
            body = self._body(seen, chain.topic)
            if is_older:
                # Only after a restore from a backup: nobody's sequence means anything any more.
                chain.body, chain.seq = body, seen.seq
                for watcher in chain.watchers:
                    watcher.ask_snapshot([chain.topic.name])
                continue
            message = self._delta(chain, body, seen)
            chain.body = body
            if message is None:
                continue
            chain.seq = seen.seq
            for watcher in chain.watchers:
                watcher.put(message, topic=chain.topic.name)

    def _delta(self, chain: Chain, body: Body, seen: Seen) -> bytes | None:
        change: BoardChange | Desk | DashboardChange | None
        if isinstance(body, Board) and isinstance(chain.body, Board):
            change = live_rows.changes(chain.body, body)
        elif isinstance(body, DashboardNow) and isinstance(chain.body, DashboardNow):
            change = changes_of(chain.body, body)
        else:
            assert isinstance(body, Desk)
            change = body if body != chain.body else None
        if change is None:
            return None
        head = {
            "k": "d",
            "topic": chain.topic.name,
            "seq": str(seen.seq),
            "prev": str(chain.seq),
            "now": self._clock.now_ms(),
        }
        return spliced(head, change)

    # --- dashboards

    def _body(self, seen: Seen, topic: Topic) -> Body:
        """What a topic holds at a moment."""
        if topic.dashboard is None:
            return body_of(seen, topic)
        moment = Moment(seen=seen, agent_facts=self._source.agent_facts(seen), beside=self._beside)
        return dashboard_now(moment, topic.dashboard, topic.scope, topic.rights)

    def _shown(self) -> list[Dashboard]:
        return [chain.topic.dashboard for chain in self._chains.values() if chain.topic.dashboard]

    async def _read_beside(self, seen: Seen, shown: list[Dashboard]) -> None:
        if self._dashboards is not None:
            self._beside = await self._dashboards.read(seen.directory, shown)

    async def _look_beside(self, seen: Seen) -> None:
        """Read what dashboards need; whoever watches a changed one watches the new one from now on."""
        shown = self._shown()
        if not shown or self._dashboards is None:
            return
        before = self._beside
        await self._read_beside(seen, shown)
        if self._beside is before:
            return
        versions = await self._dashboards.versions({one.dashboard_id for one in shown})
        old = {one.dashboard_id for one in shown if versions.get(one.dashboard_id) != one.version}
        names = {f"{DASHBOARD}{one}" for one in old}
        for watcher in [one for one in self._watchers if not names.isdisjoint(one.topics)]:
            for name in await self.watch(watcher, None):
                watcher.put(refusal_of(name))
            if watcher not in self._watchers:
                # He left meanwhile.
                self.leave(watcher)

    async def preview(self, who: Who, dashboard: Dashboard) -> DashboardNow:
        """What a dashboard would show to him now."""
        seen = self._seen or await self._source.read(None)
        await self._read_beside(seen, [dashboard])
        health = who.rights & {Right.VIEW_HEALTH}
        topic = Topic(name="", scope=scope_of(who), rights=health, dashboard=dashboard)
        found = self._body(seen, topic)
        assert isinstance(found, DashboardNow)
        return found

    def dashboards_changed(self) -> None:
        """One was written by this process: look at once."""
        if self._dashboards is not None:
            self._dashboards.forget()

    # --- banners

    def show_banner(self, items: Iterable[dict[str, Any]]) -> None:
        """Tell administrators what is wrong; an empty list takes the banner away."""
        items = tuple(items)
        if items == self._banner:
            return
        self._banner = items
        message = self._banner_message()
        for watcher in self._watchers:
            if self._is_told_of_health(watcher):
                watcher.put(message)

    @staticmethod
    def _is_told_of_health(watcher: Watcher) -> bool:
        return not watcher.is_wall and watcher.who.may(Right.VIEW_HEALTH)

    def _banner_message(self) -> bytes:
        return msgspec.json.encode({"k": "banner", "items": with_ids_as_text(self._banner)})

    def tell_news(
        self,
        what: str,
        *,
        to: frozenset[PersonId] | None = None,
        right: Right | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        """Something that no topic holds is new (notices, chat, alerts): who shows it asks for it. to: these
        people only. right: only who has it. facts: what is new itself, if it is small."""
        message = msgspec.json.encode({"k": "news", "what": what, **(facts or {})})
        for watcher in self._watchers:
            is_meant = to is None or watcher.who.person_id in to
            if not watcher.is_wall and is_meant and (right is None or watcher.who.may(right)):
                watcher.put(message)

    def keep_alive(self) -> bytes:
        """Something to say in silence, with the server's time."""
        return msgspec.json.encode({"k": "k", "now": self._clock.now_ms(), "build": self._build})


def topic_of(watcher: Watcher, name: str) -> Topic | None:
    """The topic that this watcher gets under this name; None when he may not."""
    who = watcher.who
    if name == DESK and who.may(Right.TAKE_CALLS) and not watcher.is_wall:
        counted = {Right.TAKE_CALLS, Right.DIAL_NUMBERS, Right.VIEW_MISSED, Right.VIEW_NUMBERS}
        return Topic(name=name, agent_id=who.agent_id, rights=who.rights & counted)
    if name == BOARD and who.may(Right.WATCH_BOARD) and not watcher.is_wall:
        return Topic(name=name, scope=scope_of(who))
    if name == BOARD and who.may(Right.WATCH_WALL) and not who.wall_dashboards:
        return Topic(name=name, scope=Scope(only_queues=True))
    dashboard = watcher.dashboards.get(dashboard_id_of(name))
    if dashboard is not None:
        health = who.rights & {Right.VIEW_HEALTH}
        return Topic(name=name, scope=scope_of(who), rights=health, dashboard=dashboard)
    return None


def dashboard_id_of(name: str) -> DashboardId:
    """The dashboard that a topic names; 0 when it names none."""
    number = name.removeprefix(DASHBOARD)
    is_one = number != name and number.isascii() and number.isdigit() and len(number) <= LONGEST_ID
    return DashboardId(int(number) if is_one else 0)


def refusal_of(name: str) -> bytes:
    """He may not watch this, or not any more."""
    return msgspec.json.encode({"k": "no", "topic": name, "code": "right_missing"})


def scope_of(who: Who) -> Scope:
    """Whose work he sees on a board."""
    match who.sees:
        case Sight.ALL:
            return Scope()
        case Sight.TEAMS:
            return Scope(teams=frozenset(who.team_ids), agent_id=who.looks_as)
        case Sight.SELF:
            return Scope(teams=frozenset(), agent_id=who.looks_as)


def body_of(seen: Seen, topic: Topic) -> Board | Desk:
    """What a topic holds at a moment."""
    if topic.name == DESK:
        return live_rows.desk(seen, topic.agent_id, topic.rights)
    return live_rows.board(seen, topic.scope)


def spliced(head: dict[str, Any], body: msgspec.Struct) -> bytes:
    """One JSON object of a head and a body."""
    rest = msgspec.json.encode(body)
    start = msgspec.json.encode(head)
    return start if rest == b"{}" else start[:-1] + b"," + rest[1:]
