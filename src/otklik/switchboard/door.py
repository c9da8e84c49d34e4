"""The engine process's door: a Unix socket on which `web` and the workers ask.

Frames: 4 bytes length (big-endian), then msgpack `[request id, message]`; answers carry the same id. Only
this machine's owner reaches the socket (folder 0700).
"""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from otklik.logs import logger
from otklik.switchboard.requests import Answer, DoorAnswer, DoorRequest, No
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused

_log = logger()
LENGTH = struct.Struct(">I")
LARGEST_FRAME = 4 * 1024 * 1024

Answering = Callable[[DoorRequest], Awaitable[DoorAnswer]]


class RequestFrame(msgspec.Struct, array_like=True):
    request_id: int
    request: DoorRequest


class AnswerFrame(msgspec.Struct, array_like=True):
    request_id: int
    answer: DoorAnswer


class Door:
    """Serves requests of many connections at once; each is answered when it is done, in any order."""

    def __init__(self, path: Path, answering: Answering) -> None:
        self._path = path
        self._answering = answering
        self._server: asyncio.Server | None = None
        self._decoder = msgspec.msgpack.Decoder(RequestFrame)
        self._encoder = msgspec.msgpack.Encoder()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._server = await asyncio.start_unix_server(self._serve, path=str(self._path))
        self._path.chmod(0o600)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.close()
        for task in list(self._tasks):
            task.cancel()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                if length > LARGEST_FRAME:
                    _log.warning("door.frame_too_large", size_bytes=length)
                    return
                frame = self._decoder.decode(await reader.readexactly(length))
                task = asyncio.create_task(self._answer(frame, writer), name=f"door-{frame.request_id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except msgspec.MsgspecError as error:
            _log.warning("door.frame_malformed", detail=str(error))
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, frame: RequestFrame, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answering(frame.request)
        except Refused as refusal:
            answer = No(kind=_kind(refusal), code=refusal.code, facts=dict(refusal.facts))
        body = self._encoder.encode(AnswerFrame(frame.request_id, answer))
        if writer.is_closing():
            return  # who asked is gone; what was done is in the journal
        # uvloop tells of a connection that closes in this moment with a RuntimeError.
        with contextlib.suppress(ConnectionError, RuntimeError):
            writer.write(LENGTH.pack(len(body)) + body)
            await writer.drain()


def _kind(refusal: Refused) -> str:
    match refusal:
        case NotFound():
            return "not_found"
        case Forbidden():
            return "forbidden"
        case Invalid():
            return "invalid"
        case _:
            return "refused"


__all__ = ["Answer", "AnswerFrame", "Door", "RequestFrame"]
