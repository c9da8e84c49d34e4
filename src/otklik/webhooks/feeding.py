"""From the journal to deliveries: which events are told, in which words, and how far the journal was read.

An event's id is made of its place in the journal and its moment, so it is the same at every replay and no
other event's, even after a restore from a backup.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from otklik.acd.events import InteractionConnected, InteractionEnded, OfferMade
from otklik.journal.codec import Codec
from otklik.logs import logger
from otklik.reports import codes
from otklik.switchboard.events import RecordingStored
from otklik.vocabulary.ids import SELF_TEST_PROJECT, SiteId
from otklik.vocabulary.messages import Event
from otklik.vocabulary.time import Clock, from_ms, to_ms
from otklik.webhooks import store
from otklik.webhooks.model import Hook, Told

log = logger()

READ_AT_ONCE = 500
CODEC = Codec(OfferMade, InteractionConnected, InteractionEnded, RecordingStored)
DIRECTIONS = {codes.INBOUND: "inbound", codes.OUTBOUND: "outbound"}
"""Calls among colleagues are told to nobody."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal."""

    seq: int
    at_ms: int
    event: OfferMade | InteractionConnected | InteractionEnded | RecordingStored


def told_by(event: Event, direction: int) -> tuple[Told, ...]:
    """What an event of the journal is to other systems."""
    match event:
        case OfferMade():
            return (Told.RINGING,)
        case InteractionConnected():
            return (Told.ANSWERED,)
        case InteractionEnded():
            is_missed = direction == codes.INBOUND and event.reason in codes.MISSED
            return (Told.ENDED, Told.MISSED) if is_missed else (Told.ENDED,)
        case RecordingStored():
            return (Told.RECORDING_READY,)
        case _:
            return ()


def event_id_of(line: Line, told: Told) -> str:
    """The same for the same event, for ever."""
    return f"{line.seq}-{line.at_ms}-{told.value}"


class Feeder:
    """Turns the journal of one site into deliveries."""

    def __init__(self, pool: Any, clock: Clock, site_id: SiteId) -> None:
        self._pool = pool
        self._clock = clock
        self._site_id = site_id

    async def work(self) -> int:
        """Read on from the position, to the end of the journal; gives how many deliveries it made."""
        made = 0
        async with self._pool.acquire() as connection:
            if await store.is_at_the_end(connection, self._site_id):
                return 0
        while True:
            async with self._pool.acquire() as connection, connection.transaction():
                position, last = await store.lock_position(connection, self._site_id)
                hooks = [hook for hook in await store.list_hooks(connection, self._site_id) if hook.is_on]
                if position >= last or not hooks:
                    await store.move_position(connection, self._site_id, last)
                    return made
                until, several = await self._tell(connection, hooks, position, last)
                await store.move_position(connection, self._site_id, until)
                made += several
            if until >= last:
                return made

    async def replay(self) -> int:
        """Do the replays that were asked for; gives how many events were told anew."""
        async with self._pool.acquire() as connection:
            asked = await store.list_replays(connection, self._site_id)
        told = 0
        for one in asked:
            async with self._pool.acquire() as connection, connection.transaction():
                hook = await store.find_hook(connection, self._site_id, one.hook_id)
                found = 0
                if hook is not None:
                    # What was made before the hook was is told, too: it was asked for.
                    position, last = await store.span_of(
                        connection, self._site_id, to_ms(one.since), to_ms(one.until)
                    )
                    while position < last:
                        position, several = await self._tell(connection, [hook], position, last, again=True)
                        found += several
                await store.end_replay(connection, one.replay_id, found=found, at=self._clock.now())
                told += found
            log.info("webhook.replayed", hook_id=one.hook_id, found=found)
        return told

    async def _tell(
        self, connection: Any, hooks: Sequence[Hook], after_seq: int, last_seq: int, *, again: bool = False
    ) -> tuple[int, int]:
        """One piece of the journal: how far it reached, and how many deliveries it made."""
        read = await store.read_lines(
            connection,
            self._site_id,
            tuple(CODEC.types),
            after_seq=after_seq,
            last_seq=last_seq,
            limit=READ_AT_ONCE,
        )
        lines = [Line(seq, at_ms, CODEC.decode(kind, body)) for seq, kind, at_ms, body in read.rows]  # type: ignore[arg-type]  # the kinds asked for
        writer = await Writer.of(connection, self._site_id, lines)
        made = 0
        at = self._clock.now()
        for line in lines:
            for told in writer.told(line):
                for hook in hooks:
                    if not writer.is_wanted(hook, line, told, again=again):
                        continue
                    made += bool(
                        await store.add_delivery(
                            connection,
                            self._site_id,
                            hook.hook_id,
                            event_id=event_id_of(line, told),
                            seq=line.seq,
                            told=told,
                            interaction_id=line.event.interaction_id,
                            body=writer.body(line, told),
                            at=at,
                            again=again,
                        )
                    )
        return read.until_seq, made


class Writer:
    """Puts events of one piece of the journal into words."""

    def __init__(self, facts: dict[int, store.Facts], people: dict[int, str], queues: dict[int, str]) -> None:
        self._facts = facts
        self._people = people
        self._queues = queues

    @classmethod
    async def of(cls, connection: Any, site_id: SiteId, lines: Iterable[Line]) -> "Writer":
        """With everything that these lines need."""
        lines = list(lines)
        facts = await store.facts_of(connection, site_id, [line.event.interaction_id for line in lines])
        agents = {int(getattr(line.event, "agent_id", 0)) for line in lines}
        people = await store.names_of_people(connection, sorted(agents))
        return cls(facts, people, await store.names_of_queues(connection, site_id))

    def told(self, line: Line) -> tuple[Told, ...]:
        """What of a line is told at all."""
        facts = self._facts.get(line.event.interaction_id)
        if facts is None or facts.direction not in DIRECTIONS or facts.project_id == SELF_TEST_PROJECT:
            return ()
        return told_by(line.event, facts.direction)

    def is_wanted(self, hook: Hook, line: Line, told: Told, *, again: bool) -> bool:
        """Whether this hook is told of it."""
        facts = self._facts[line.event.interaction_id]
        is_new = again or line.seq > hook.from_seq
        return is_new and hook.wants(told, self._queue_of(line, facts), facts.project_id)

    def body(self, line: Line, told: Told) -> str:
        """The JSON that is sent."""
        facts = self._facts[line.event.interaction_id]
        queue_id = self._queue_of(line, facts)
        agent_id = int(getattr(line.event, "agent_id", 0)) or facts.agent_id
        found: dict[str, Any] = {
            "id": event_id_of(line, told),
            "type": told.value,
            "at": moment(from_ms(line.at_ms)),
            "interaction": {
                "id": str(facts.interaction_id),
                "direction": DIRECTIONS[facts.direction],
                "number": facts.number,
                "number_called": facts.number_called,
                "project": {"id": facts.project_id, "name": facts.project},
                "queue": {"id": queue_id, "name": self._queues.get(queue_id, "")} if queue_id else None,
                "customer": {"id": facts.customer_id, "name": facts.customer} if facts.customer_id else None,
                "started_at": moment_or_none(facts.start_ms),
                "answered_at": moment_or_none(facts.answer_ms),
                "ended_at": moment_or_none(facts.end_ms),
            },
            "agent": (
                {"id": agent_id, "name": self._people.get(agent_id) or facts.agent} if agent_id else None
            ),
        }
        if isinstance(line.event, InteractionEnded):
            found["end"] = {
                "reason": line.event.reason.value,
                "by": line.event.by.value,
                "wait_seconds": facts.wait_ms / 1000,
                "talk_seconds": facts.talk_ms / 1000,
                "hold_seconds": facts.hold_ms / 1000,
            }
        if isinstance(line.event, RecordingStored):
            segment_id = str(line.event.segment_id)
            found["recording"] = {
                "segment_id": segment_id,
                "path": f"/api/v1/recordings/{segment_id}/audio",
                "duration_seconds": line.event.duration.total_seconds(),
                "sha256": line.event.sha256,
            }
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def _queue_of(line: Line, facts: store.Facts) -> int:
        return int(getattr(line.event, "queue_id", 0)) or facts.queue_id


def trial_body(event_id: str, at: datetime) -> str:
    """What a hook is told when somebody tries it."""
    return json.dumps({"id": event_id, "type": Told.TEST.value, "at": moment(at)}, separators=(",", ":"))


def moment(at: datetime) -> str:
    """RFC 3339 with milliseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def moment_or_none(at_ms: int) -> str | None:
    """None for a moment that has not come."""
    return moment(from_ms(at_ms)) if at_ms else None
