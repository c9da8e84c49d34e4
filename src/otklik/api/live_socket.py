"""One connection of the live feed: who it is, what it watches, until it ends."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from otklik.access import service as access
from otklik.access import wall_store
from otklik.access.rights import Right
from otklik.api.live import BOARD, DESK, Watcher, dashboard_id_of, refusal_of
from otklik.api.parts import Parts
from otklik.api.revocation import CHANGED
from otklik.api.sign_in import Who, is_own_origin, who_of
from otklik.api.store import DATABASE_AWAY
from otklik.api.tickets import MARK
from otklik.database import raise_bug
from otklik.logs import logger
from otklik.organization import store as organization
from otklik.quality.e_model import LinkFigures
from otklik.switchboard.client import EngineAway
from otklik.switchboard.requests import NoteLink
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import MILLISECOND

log = logger()

LARGEST_MESSAGE_BYTES = 16 * 1024
MESSAGES_A_SECOND = 20
SEND_WITHIN = timedelta(seconds=20)
TOPICS = frozenset({DESK, BOARD})
MOST_TOPICS = 24

NOT_SIGNED_IN = 4401
NOT_ALLOWED = 4403
MALFORMED = 4400
TOO_MUCH = 4429
TOO_SLOW = 4408
FULL = 1013
"""Come again later: too many feeds, or no database."""
COME_AGAIN = 1012
GOING_AWAY = 1001


_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
_Milliseconds = Annotated[float, msgspec.Meta(ge=-1, le=600_000)]


class ToldWay(msgspec.Struct, forbid_unknown_fields=True):
    """One way of a link, as `LinkFigures`."""

    packets: _Count
    lost: _Count
    jitter_ms: _Milliseconds
    round_trip_ms: _Milliseconds = -1.0

    def figures(self) -> LinkFigures:
        return LinkFigures(
            packets=self.packets,
            lost=self.lost,
            jitter_ms=max(0.0, self.jitter_ms),
            round_trip_ms=self.round_trip_ms,
        )


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may say: which topics it watches, that it missed a message, or how good the link of its
    phone was for the last `took_ms` (what it said, and what it heard)."""

    k: str
    topics: list[str] | None = None
    topic: str | None = None
    took_ms: _Count | None = None
    said: ToldWay | None = None
    heard: ToldWay | None = None


_TOLD = msgspec.json.Decoder(Told)


async def serve_feed(socket: WebSocket, parts: Parts) -> None:
    """Serve one page until it leaves or may not stay."""
    if not is_own_origin(socket, may_be_absent=False):
        await socket.close(NOT_ALLOWED)
        return
    who = await _let_in(parts, socket.query_params.get("ticket", "")[:200])
    if who is None or who.must_change_password:
        await socket.close(NOT_SIGNED_IN)
        return
    if parts.hub.is_full:
        await socket.close(FULL)
        return
    await socket.accept()
    watcher = Watcher(who, is_wall=bool(who.wall_id))
    parts.hub.enter(watcher)
    try:
        with parts.revocations.watched(who) as ends:
            code = await _serve(socket, parts, watcher, ends)
    except DATABASE_AWAY as error:
        raise_bug(error)
        log.warning("live.database_away", error=type(error).__name__)
        code = FULL
    finally:
        parts.hub.leave(watcher)
    if socket.application_state is not WebSocketState.DISCONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)


async def _let_in(parts: Parts, ticket: str) -> Who | None:
    at = parts.clock.now()
    if ticket.startswith(MARK):
        return parts.tickets.take(ticket, at)
    async with parts.writing() as connection:
        asker = await access.use_live_ticket(connection, ticket, at=at)
        return None if asker is None else await who_of(connection, asker, parts.site_id)


async def _serve(socket: WebSocket, parts: Parts, watcher: Watcher, ends: "asyncio.Future[str]") -> int:
    """The code to close with."""
    if Right.TAKE_CALLS in watcher.who.rights:
        await parts.hub.watch(watcher, [DESK])
    elif watcher.is_wall:
        if watcher.who.wall_dashboards:
            watcher.put(await wall_facts(parts, watcher.who))
        else:
            await parts.hub.watch(watcher, [BOARD])
    tasks = {
        asyncio.create_task(_hear(socket, parts, watcher), name="feed hears"),
        asyncio.create_task(_tell(socket, parts, watcher), name="feed tells"),
        asyncio.create_task(_bye(socket, ends), name="feed ends"),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next(iter(done)).result()


async def _hear(socket: WebSocket, parts: Parts, watcher: Watcher) -> int:
    window_ms, seen = 0, 0
    while True:
        try:
            message: dict[str, Any] = dict(await socket.receive())
        except RuntimeError:
            return GOING_AWAY
        if message["type"] == "websocket.disconnect":
            return GOING_AWAY
        now_ms = parts.clock.now_ms()
        if now_ms - window_ms >= 1000:
            window_ms, seen = now_ms, 0
        seen += 1
        if seen > MESSAGES_A_SECOND:
            return TOO_MUCH
        text = message.get("text")
        if text is None or len(text) > LARGEST_MESSAGE_BYTES:
            return MALFORMED
        try:
            told = _TOLD.decode(text)
        except msgspec.MsgspecError:
            return MALFORMED
        if not await _obey(parts, watcher, told):
            return MALFORMED


async def _obey(parts: Parts, watcher: Watcher, told: Told) -> bool:
    match told.k:
        case "topic" if told.topics is not None and are_topics(told.topics):
            for name in await parts.hub.watch(watcher, told.topics):
                watcher.put(refusal_of(name))
        case "resync":
            watcher.ask_snapshot([told.topic] if told.topic else list(watcher.topics))
        case "link" if told.took_ms is not None and Right.TAKE_CALLS in watcher.who.rights:
            await _note_link(parts, watcher, told, told.took_ms)
        case "k":
            pass
        case _:
            return False
    return True


def are_topics(names: list[str]) -> bool:
    """Whether there can be topics of these names."""
    return len(names) <= MOST_TOPICS and all(name in TOPICS or dashboard_id_of(name) for name in names)


async def wall_facts(parts: Parts, who: Who) -> bytes:
    """What a television must know of itself: nothing is asked by HTTP but its tickets."""
    async with parts.reading() as connection:
        wall = await wall_store.find_wall(connection, who.wall_id)
        site = await organization.find_site(connection, site_id=parts.site_id)
    assert wall is not None, "its ticket was just taken"
    return msgspec.json.encode(
        {
            "k": "wall",
            "name": wall.name,
            "dashboards": list(wall.dashboard_ids),
            "turn_seconds": wall.turn_seconds,
            "theme": wall.theme,
            "language": wall.language or (site.language if site else "ru"),
            "zone": site.zone if site else "UTC",
            "centre": site.name if site else "",
        }
    )


async def _note_link(parts: Parts, watcher: Watcher, told: Told, took_ms: int) -> None:
    """A figure that comes too late, or while the engine is away, is worth nothing."""
    with suppress(Refused, EngineAway):
        await parts.engine.ask(
            NoteLink(
                agent_id=watcher.who.agent_id,
                took=took_ms * MILLISECOND,
                heard=told.said.figures() if told.said else None,
                sent=told.heard.figures() if told.heard else None,
            )
        )


async def _tell(socket: WebSocket, parts: Parts, watcher: Watcher) -> int:
    while True:
        message = await watcher.take(parts.hub)
        if message is None:
            message = parts.hub.keep_alive()
        try:
            async with asyncio.timeout(SEND_WITHIN.total_seconds()):
                await socket.send_text(message.decode())
        except TimeoutError:
            return TOO_SLOW
        except (WebSocketDisconnect, RuntimeError):
            return GOING_AWAY


async def _bye(socket: WebSocket, ends: "asyncio.Future[str]") -> int:
    why = await asyncio.shield(ends)
    if why == CHANGED:
        return COME_AGAIN
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_text(msgspec.json.encode({"k": "bye", "code": why}).decode())
    return NOT_SIGNED_IN
