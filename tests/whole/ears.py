"""Where sipp's customers speak and hear: one UDP port each, A-law in both directions.

sipp does the signalling; whatever arrives on a customer's port is kept, and each packet is answered with one
of his own tone, so his pace is that of the other side.
"""

import asyncio
import contextlib
import struct
import time
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

RATE = 8000
PACKET = 160
ALAW = 8
HEADER = struct.Struct("!BBHII")
LONGEST_JITTER_SECONDS = 0.1


class Ear(asyncio.DatagramProtocol):
    """One customer's. kept: samples since the first packet; gaps are silence."""

    def __init__(self, number: str, tone: bytes) -> None:
        self.number = number
        self.began_at = 0.0
        self._tone = tone
        self._kept: list[np.ndarray[tuple[int], np.dtype[np.int16]]] = []
        self._count = 0
        self._since = 0.0
        self._sequence = 0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) <= HEADER.size or data[1] & 0x7F != ALAW:
            return
        now = time.monotonic()
        if not self._kept:
            self._since, self.began_at = now, time.time()
        late = int((now - self._since) * RATE) - self._count
        if late > RATE * LONGEST_JITTER_SECONDS:
            self._keep(np.zeros(late, dtype=np.int16))
        self._keep(DECODED[np.frombuffer(data[HEADER.size :], dtype=np.uint8)])
        self._speak(addr)

    def write(self, folder: Path) -> None:
        """As `<number>@<milliseconds since 1970 of the first sample>.wav`."""
        if not self._kept:
            return
        with wave.open(str(folder / f"{self.number}@{round(self.began_at * 1000)}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(np.concatenate(self._kept).tobytes())

    def _keep(self, samples: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> None:
        self._kept.append(samples)
        self._count += len(samples)

    def _speak(self, to: tuple[str, int]) -> None:
        head = HEADER.pack(0x80, ALAW, self._sequence & 0xFFFF, self._sequence * PACKET, 0x0D11)
        begins = self._sequence * PACKET % (len(self._tone) - PACKET)
        self._transport.sendto(head + self._tone[begins : begins + PACKET], to)
        self._sequence += 1


@contextlib.asynccontextmanager
async def listening(
    numbers: Sequence[str], *, host: str, first_port: int, hertz: int
) -> "contextlib.AsyncIterator[dict[str, Ear]]":
    """An ear for each number, on every second port."""
    tone = encoded(8000 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE))
    loop = asyncio.get_running_loop()
    ears: dict[str, Ear] = {}
    opened = []
    try:
        for place, number in enumerate(numbers):
            ears[number] = Ear(number, tone)
            transport, _ = await loop.create_datagram_endpoint(
                lambda ear=ears[number]: ear, local_addr=(host, first_port + 2 * place)
            )
            opened.append(transport)
        yield ears
    finally:
        for transport in opened:
            transport.close()


def encoded(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> bytes:
    """The nearest A-law octet of each sample."""
    order = np.argsort(DECODED, kind="stable")
    places = np.clip(np.searchsorted(DECODED[order], samples), 0, 255)
    return order[places].astype(np.uint8).tobytes()


def _decode() -> Iterator[int]:
    """Source: ITU-T G.711 (1988), table 1a."""
    for octet in range(256):
        plain = octet ^ 0x55
        exponent, mantissa = plain >> 4 & 0x07, plain & 0x0F
        magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
        yield magnitude if plain & 0x80 else -magnitude


DECODED = np.array(list(_decode()), dtype=np.int16)
