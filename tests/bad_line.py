"""A caller with a bad line: a small SIP and RTP far end whose losses, delays and reports are chosen.

What he says is lost and delayed before it leaves, by a rule and not by chance; what he hears he reports as
lost, uneven and late as he likes (RTCP), since a report is all that the other side ever learns of it.
"""

import asyncio
import contextlib
import math
import re
import secrets
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

PACKET_SECONDS = 0.02
SAMPLES = 160
REPORT_EVERY = 0.8
_NTP_EPOCH = 2_208_988_800


@dataclass(frozen=True)
class Line:
    """What happens on it. lose: one packet of so many that he says is lost (0: none). late_ms: every second
    packet leaves this much later. reported_loss: share (0-1) of what he was sent that he reports as lost;
    reported_jitter_ms, trip_ms: what his reports come to."""

    lose_one_of: int = 0
    late_ms: float = 0.0
    reported_loss: float = 0.0
    reported_jitter_ms: float = 0.0
    trip_ms: float = 0.0
    reports: bool = True


def alaw_sine(hertz: int, count: int) -> bytes:
    """A sine at a quarter of full scale, as A-law (G.711)."""
    return bytes(_alaw(int(8000 * math.sin(2 * math.pi * hertz * at / 8000))) for at in range(count))


def _alaw(sample: int) -> int:
    """G.711: sign, three bits of exponent, four of mantissa, every second bit turned."""
    sign = 0x80 if sample >= 0 else 0
    value = min(abs(sample), 32635) >> 3
    exponent = max(0, value.bit_length() - 5)
    mantissa = (value >> max(1, exponent)) & 0x0F
    return (sign | (exponent << 4) | mantissa) ^ 0x55


class BadLine:
    """One call over it. counted: packets that left, and those that were lost before."""

    def __init__(self, line: Line, *, centre: tuple[str, int], number: str, calling: str) -> None:
        self.line = line
        self.left = self.lost = self.heard = 0
        self.is_up = asyncio.Event()
        self.is_over = asyncio.Event()
        self._centre = centre
        self._number, self._calling = number, calling
        self._sip = _bound()
        self._rtp, self._rtcp = _pair()
        self._remote: tuple[str, int] = ("", 0)
        self._tag, self._call_id = secrets.token_hex(6), secrets.token_hex(8)
        self._to = ""
        self._ssrc = secrets.randbits(32)
        self._theirs = 0
        self._highest = self._first = -1
        self._last_report = (0, 0.0)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def sip_port(self) -> int:
        return int(self._sip.getsockname()[1])

    @asynccontextmanager
    async def calling(self) -> AsyncIterator["BadLine"]:
        """Calls; up when it is answered; over at the end."""
        self._spawn(self._signal())
        self._send_request("INVITE", 1, self._offer())
        try:
            yield self
        finally:
            if self.is_up.is_set() and not self.is_over.is_set():
                self._send_request("BYE", 2, "")
                await asyncio.sleep(0.2)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for one in (self._sip, self._rtp, self._rtcp):
                one.close()

    def _spawn(self, work: object) -> None:
        self._tasks.append(asyncio.ensure_future(work))  # type: ignore[arg-type]  # a coroutine

    # --- SIP

    def _offer(self) -> str:
        port = self._rtp.getsockname()[1]
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n"
        )

    def _send_request(self, method: str, number: int, body: str) -> None:
        here = f"127.0.0.1:{self.sip_port}"
        there = f"{self._centre[0]}:{self._centre[1]}"
        branch = secrets.token_hex(6)
        lines = [
            f"{method} sip:{self._number}@{there} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{branch}",
            "Max-Forwards: 20",
            f"From: <sip:{self._calling}@127.0.0.1>;tag={self._tag}",
            f"To: {self._to or f'<sip:{self._number}@{there}>'}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:{self._calling}@{here}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
            "",
            body,
        ]
        self._sip.sendto("\r\n".join(lines).encode(), self._centre)

    async def _signal(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            content, sender = await loop.sock_recvfrom(self._sip, 65536)
            text = content.decode("utf-8", "replace")
            if text.startswith("SIP/2.0 200") and "INVITE" in _header(text, "CSeq"):
                self._to = _header(text, "To")
                self._send_request("ACK", 1, "")
                if not self.is_up.is_set():
                    port = re.search(r"m=audio (\d+)", text)
                    assert port is not None
                    self._remote = (self._centre[0], int(port[1]))
                    self.is_up.set()
                    self._spawn(self._speak())
                    self._spawn(self._hear())
                    self._spawn(self._hear_reports())
                    if self.line.reports:
                        self._spawn(self._report())
            elif re.match(r"SIP/2.0 [3-6]", text):
                self.is_over.set()
            elif text.startswith(("BYE", "OPTIONS", "UPDATE", "INVITE")):
                kept = [name for name in ("Via", "From", "To", "Call-ID", "CSeq")]
                answer = "\r\n".join(
                    [
                        "SIP/2.0 200 OK",
                        *(f"{name}: {_header(text, name)}" for name in kept),
                        "Content-Length: 0",
                    ]
                )
                self._sip.sendto(f"{answer}\r\n\r\n".encode(), sender)
                if text.startswith("BYE"):
                    self.is_over.set()

    # --- voice

    async def _speak(self) -> None:
        """Fifty packets a second by the clock, each at its own moment."""
        voice = alaw_sine(400, 8000)
        began = time.monotonic()
        first = secrets.randbits(14)
        loop = asyncio.get_running_loop()
        at = 0
        while not self.is_over.is_set():
            due = began + at * PACKET_SECONDS
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            place = at * SAMPLES % 8000
            head = struct.pack("!BBHII", 0x80, 8, (first + at) & 0xFFFF, at * SAMPLES, self._ssrc)
            at += 1
            if self.line.lose_one_of and at % self.line.lose_one_of == 0:
                self.lost += 1
                continue
            self.left += 1
            packet = head + voice[place : place + SAMPLES]
            late = self.line.late_ms / 1000 if at % 2 else 0.0
            if late:
                loop.call_later(late, self._leave, packet)
            else:
                self._leave(packet)

    def _leave(self, packet: bytes) -> None:
        with contextlib.suppress(OSError):
            self._rtp.sendto(packet, self._remote)

    async def _hear(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            packet = await loop.sock_recv(self._rtp, 2048)
            if len(packet) < 12:
                continue
            number, _, self._theirs = struct.unpack("!HII", packet[2:12])
            self.heard += 1
            if self._first < 0:
                self._first = number
            self._highest = number

    async def _hear_reports(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            packet = await loop.sock_recv(self._rtcp, 2048)
            if len(packet) >= 28 and packet[1] == 200:
                seconds, fraction = struct.unpack("!II", packet[8:16])
                middle = ((seconds & 0xFFFF) << 16) | (fraction >> 16)
                self._last_report = (middle, time.monotonic())

    async def _report(self) -> None:
        """A sender report with one block about what he hears."""
        while not self.is_over.is_set():
            await asyncio.sleep(REPORT_EVERY)
            if not self._theirs or not self.heard:
                continue
            middle, since = self._last_report
            held = time.monotonic() - since if middle else 0.0
            trip = self.line.trip_ms / 1000
            if middle and held < trip:
                await asyncio.sleep(trip - held)
                held = trip
            now = time.time()
            share = self.line.reported_loss
            missing = round(self.heard * share)
            packet = struct.pack(
                "!BBHIIIIII",
                0x81, 200, 12, self._ssrc, int(now) + _NTP_EPOCH, int(now % 1 * 2**32), 0, self.left,
                self.left * SAMPLES,
            ) + struct.pack(
                "!IIIIII",
                self._theirs, (int(share * 256) << 24) | (missing & 0xFFFFFF), self._highest,
                int(self.line.reported_jitter_ms * 8), middle,
                int((held - trip) * 65536) if middle else 0,
            )  # fmt: skip
            with contextlib.suppress(OSError):
                self._rtcp.sendto(packet, (self._remote[0], self._remote[1] + 1))


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _bound(port: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind(("127.0.0.1", port))
    return made


def _pair() -> tuple[socket.socket, socket.socket]:
    """An even port and the next one, as RTP and RTCP want it."""
    while True:
        first = _bound()
        port = first.getsockname()[1]
        if port % 2 == 0:
            try:
                return first, _bound(port + 1)
            except OSError:
                pass
        first.close()
