"""A watcher of the live board that folds snapshots and changes as a page does; it knows only the wire."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.slowness import patience
from tests.whole.centre import Api, Centre


@dataclass(slots=True)
class Board:
    """What the page would show. seq: up to which the journal is in it."""

    seq: int = 0
    agents: dict[int, dict[str, Any]] = field(default_factory=dict)
    queues: dict[int, dict[str, Any]] = field(default_factory=dict)
    interactions: dict[str, dict[str, Any]] = field(default_factory=dict)


class Feed:
    """Watches for ever; a connection that is lost is made anew. banners: what administrators are told."""

    def __init__(self, centre: Centre, api: Api) -> None:
        self.board = Board()
        self.banners: list[dict[str, Any]] = []
        self._centre = centre
        self._api = api
        self._changed = asyncio.Condition()
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def run(self) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, AssertionError, OSError, TimeoutError):
                    await self._one_connection(session)
                await asyncio.sleep(0.1)

    async def until(self, holds: Callable[[Board], object], seconds: float = 20) -> Board:
        """Waits until the board shows it."""
        deadline = time.monotonic() + patience(seconds)
        async with self._changed:
            while not holds(self.board):
                try:
                    async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                        await self._changed.wait()
                except TimeoutError:
                    raise AssertionError(f"the board does not show it: {self.board}") from None
        return self.board

    async def snapshot(self) -> Board:
        """Asks for the whole board anew and waits for it."""
        before = self.board
        assert self._socket is not None, "not connected"
        await self._socket.send_json({"k": "resync", "topic": "board"})
        return await self.until(lambda board: board is not before)

    async def _one_connection(self, session: aiohttp.ClientSession) -> None:
        ticket = (await self._api.post("/api/v1/live/ticket"))["ticket"]
        address = f"{self._centre.base.replace('http', 'ws')}/ws/live?ticket={ticket}"
        async with session.ws_connect(address, headers={"Origin": self._centre.base}) as self._socket:
            try:
                await self._socket.send_json({"k": "topic", "topics": ["board"]})
                async for message in self._socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        await self._take(json.loads(message.data))
            finally:
                self._socket = None

    async def _take(self, said: dict[str, Any]) -> None:
        async with self._changed:
            match said["k"]:
                case "s":
                    self.board = Board(seq=int(said["seq"]))
                    self._merge(said)
                case "d" if int(said["prev"]) == self.board.seq:
                    self.board.seq = int(said["seq"])
                    self._merge(said)
                case "d":
                    assert self._socket is not None
                    await self._socket.send_json({"k": "resync", "topic": "board"})
                case "banner":
                    self.banners = said["items"]
                case "no":
                    raise AssertionError(f"the board is refused: {said}")
                case _:
                    return
            self._changed.notify_all()

    def _merge(self, said: dict[str, Any]) -> None:
        board = self.board
        for name, kept in (
            ("agents", board.agents),
            ("queues", board.queues),
            ("interactions", board.interactions),
        ):
            for one in said.get(name, ()):
                kept[one["id"]] = one
            for gone in (said.get("gone") or {}).get(name, ()):
                kept.pop(gone, None)
