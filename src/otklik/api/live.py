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
from otklik.api.live_rows import Scope
from otklik.api.live_seen import Seen
from otklik.api.live_tiles import Board, BoardChange, Desk
from otklik.api.parts import Now
from otklik.api.schemas.base import with_ids_as_text
from otklik.api.sign_in import Who
from otklik.api.store import DATABASE_AWAY
from otklik.database import raise_bug
from otklik.logs import logger
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


class Source(Protocol):
    """Where the hub reads."""

    async def read(self, before: Seen | None) -> Seen:
        """All of now; with `before`, only what changed since is read again."""
        ...

    async def wait_beyond(self, seq: int, patience: timedelta) -> None:
        """Returns when the journal has grown beyond `seq`, or when patience is over."""
        ...


class Topic(Value):
    """What a chain of messages is about. rights: only those that change what is seen."""

    name: str
    scope: Scope = Scope()
    agent_id: AgentId = AgentId(0)
    rights: frozenset[Right] = frozenset()


@dataclass(slots=True)
class Chain:
    """Messages of one topic, and who watches them. seq: of the last message."""

    topic: Topic
    body: Board | Desk
    seq: int
    watchers: "set[Watcher]" = field(default_factory=set)


class Watcher:
    """One connection of the feed: what it watches, and what waits to be sent to it."""

    def __init__(self, who: Who, *, is_wall: bool = False) -> None:
        self.who = who
        self.is_wall = is_wall
        self.topics: dict[str, Topic] = {}
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

    def __init__(self, source: Source, clock: Now, *, build: str, limit: int) -> None:
        self._source = source
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
        if self._banner and watcher.who.may(Right.VIEW_HEALTH):
            watcher.put(self._banner_message())

    def leave(self, watcher: Watcher) -> None:
        """A feed was closed."""
        self._watchers.discard(watcher)
        for topic in list(watcher.topics.values()):
            self._unwatch(watcher, topic)
        if not self._watchers:
            self._wanted.clear()
            self._seen = None

    async def watch(self, watcher: Watcher, names: Iterable[str]) -> list[str]:
        """Set what a feed watches; gives the names that it may not watch."""
        wanted: dict[str, Topic] = {}
        refused: list[str] = []
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
        for name, topic in wanted.items():
            if name in watcher.topics:
                continue
            assert self._seen is not None
            chain = self._chains.get(topic)
            if chain is None:
                chain = Chain(topic=topic, body=body_of(self._seen, topic), seq=self._seen.seq)
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
        for chain in self._chains.values():
            body = body_of(seen, chain.topic)
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

    def _delta(self, chain: Chain, body: Board | Desk, seen: Seen) -> bytes | None:
        change: BoardChange | Desk | None
        if isinstance(body, Board) and isinstance(chain.body, Board):
            change = live_rows.changes(chain.body, body)
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

    # --- banners

    def show_banner(self, items: Iterable[dict[str, Any]]) -> None:
        """Tell administrators what is wrong; an empty list takes the banner away."""
        items = tuple(items)
        if items == self._banner:
            return
        self._banner = items
        message = self._banner_message()
        for watcher in self._watchers:
            if watcher.who.may(Right.VIEW_HEALTH):
                watcher.put(message)

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
    if name == BOARD and who.may(Right.WATCH_WALL):
        return Topic(name=name, scope=Scope(only_queues=True))
    return None


def scope_of(who: Who) -> Scope:
    """Whose work he sees on a board."""
    match who.sees:
        case Sight.ALL:
            return Scope()
        case Sight.TEAMS:
            return Scope(teams=frozenset(who.team_ids), agent_id=who.agent_id)
        case Sight.SELF:
            return Scope(teams=frozenset(), agent_id=who.agent_id)


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
