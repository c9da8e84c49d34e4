"""The other side of the door: how `web` and the workers ask the engine process."""

import asyncio
import contextlib
import itertools
from datetime import timedelta
from pathlib import Path

import msgspec

from otklik.switchboard.door import LARGEST_FRAME, LENGTH, AnswerFrame, RequestFrame
from otklik.switchboard.requests import Answer, Done, DoorAnswer, DoorRequest, No
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused

PATIENCE = timedelta(seconds=2)


class EngineAway(Exception):
    """The engine process is not there, or did not answer in time."""


class EngineClient:
    """Asks over one connection, many requests at once; connects by itself and again after a loss.

    A request is sent once: whether one that timed out was done is seen in the journal, not guessed.
    """

    def __init__(self, path: Path, *, patience: timedelta = PATIENCE) -> None:
        self._path = path
        self._patience = patience
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[DoorAnswer]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()
        self._decoder = msgspec.msgpack.Decoder(AnswerFrame)
        self._encoder = msgspec.msgpack.Encoder()

    async def ask(self, request: DoorRequest, *, patience: timedelta | None = None) -> Done | Answer:
        """The answer; raises the refusal, or EngineAway.

        patience: only for what waits on the world outside; everything else is answered within the usual one.
        """
        try:
            async with asyncio.timeout((patience or self._patience).total_seconds()):
                answer = await self._exchange(request)
        except (OSError, TimeoutError) as error:
            raise EngineAway(str(error)) from error
        if isinstance(answer, No):
            raise _refusal(answer)
        return answer

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _exchange(self, request: DoorRequest) -> DoorAnswer:
        writer = await self._connected()
        request_id = next(self._ids)
        reply: asyncio.Future[DoorAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = reply
        try:
            body = self._encoder.encode(RequestFrame(request_id, request))
            writer.write(LENGTH.pack(len(body)) + body)
            await writer.drain()
            return await reply
        finally:
            self._waiting.pop(request_id, None)

    async def _connected(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None or self._writer.is_closing():
                reader, self._writer = await asyncio.open_unix_connection(str(self._path))
                self._reading = asyncio.create_task(self._read(reader, self._writer), name="engine-client")
            return self._writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                if length > LARGEST_FRAME:
                    break
                frame = self._decoder.decode(await reader.readexactly(length))
                reply = self._waiting.get(frame.request_id)
                if reply is not None and not reply.done():
                    reply.set_result(frame.answer)
        writer.close()
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(ConnectionResetError("the engine process went away"))


def _refusal(answer: No) -> Refused:
    match answer.kind:
        case "not_found":
            return NotFound(answer.code, **answer.facts)
        case "forbidden":
            return Forbidden(answer.code, **answer.facts)
        case "invalid":
            facts = dict(answer.facts)
            return Invalid(answer.code, str(facts.pop("place", "")), **facts)
        case _:
            return Refused(answer.code, **answer.facts)
