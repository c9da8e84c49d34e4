"""What a far end answers to us, word by word: Asterisk keeps the state of a trunk but not the answer's text.

Its SIP logger writes what passes into a capture file while a trunk is tested; the answers to our OPTIONS and
REGISTER are read out of it, and the file is removed. Only one test runs at a time.
"""

import contextlib
import ipaddress
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from otklik.channels.asterisk.control import ControlFailed, run_command
from otklik.logs import logger

log = logger()

_FILE_HEADER, _RECORD_HEADER = 24, 16
_ETHERNET, _UDP = 14, 8
_IP_HEADERS = {0x0800: 20, 0x86DD: 40}
_LONGEST_WORDS = 120


@dataclass(frozen=True, slots=True)
class SipMessage:
    """One message as it passed. at: seconds of the media server's clock. headers: names in lower case, first
    of each."""

    at: float
    first_line: str
    headers: dict[str, str]

    @property
    def status(self) -> int:
        """Of an answer; 0 for a request."""
        version, _, rest = self.first_line.partition(" ")
        return int(rest[:3]) if version == "SIP/2.0" and rest[:3].isdigit() else 0

    @property
    def words(self) -> str:
        """Status and reason as the far end wrote them: `403 Account is blocked`."""
        text = self.first_line.partition(" ")[2].strip()
        return "".join(sign for sign in text if sign.isprintable())[:_LONGEST_WORDS]


@dataclass(frozen=True, slots=True)
class Answered:
    """The last answer to one of our requests. trip_seconds: from the request that it answers; -1 if nobody
    answered."""

    was_asked: bool = False
    status: int = 0
    words: str = ""
    trip_seconds: float = -1.0


class Probe:
    """What was overheard since the beginning of a test."""

    def __init__(self, control_socket: Path) -> None:
        self._socket = control_socket
        self._messages: list[SipMessage] = []
        self._files = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, control_socket: Path, host: str) -> AsyncIterator["Probe"]:
        """Listens until the end of the block. Raises ControlFailed when Asterisk cannot be asked."""
        probe = cls(control_socket)
        try:
            # Its words on the console, with every header of every call, are nobody's business.
            await run_command(control_socket, "pjsip set logger verbose off")
            await probe._next_file()
            await run_command(control_socket, f"pjsip set logger {_which(host)}")
            yield probe
        finally:
            with contextlib.suppress(ControlFailed):
                await run_command(control_socket, "pjsip set logger off")
                await run_command(control_socket, "pjsip set logger verbose on")
            for file in control_socket.parent.glob("trunk-test-*.pcap"):
                file.unlink(missing_ok=True)

    async def listen(self) -> None:
        """Takes up what has passed meanwhile. A file is complete only when the next one is begun."""
        before = self._file
        await self._next_file()
        with contextlib.suppress(OSError):
            self._messages += read_capture(before.read_bytes())

    def answer_to(self, method: str, target: str) -> Answered:
        """What came of our requests of this method to this address (`sip:host:port`)."""
        asked: dict[str, float] = {}
        last = Answered()
        for message in self._messages:
            call = f"{message.headers.get('call-id', '')} {message.headers.get('cseq', '')}"
            if message.first_line.startswith(f"{method} {target} "):
                # A request that is sent again keeps its number: the first one counts.
                asked.setdefault(call, message.at)
                if not last.was_asked:
                    last = Answered(was_asked=True)
            elif message.status >= 200 and call in asked:
                trip = message.at - asked[call]
                last = Answered(was_asked=True, status=message.status, words=message.words, trip_seconds=trip)
        return last

    @property
    def _file(self) -> Path:
        return self._socket.parent / f"trunk-test-{self._files}.pcap"

    async def _next_file(self) -> None:
        self._files += 1
        await run_command(self._socket, f'pjsip set logger pcap "{self._file}"')


def _which(host: str) -> str:
    """Of one address where it is known, else of all: a name may lead anywhere."""
    try:
        return f"host {ipaddress.ip_address(host)}"
    except ValueError:
        return "on"


def read_capture(content: bytes) -> Iterator[SipMessage]:
    """The SIP messages of a capture file as Asterisk writes it: little-endian, whole messages in UDP over
    IPv4 or IPv6, whatever carried them. A message cut off at the end is left out.

    Source: libpcap's file format (magic a1b2c3d4).
    """
    place = _FILE_HEADER
    while place + _RECORD_HEADER <= len(content):
        seconds, microseconds, kept, _ = struct.unpack_from("<IIII", content, place)
        place += _RECORD_HEADER
        packet = content[place : place + kept]
        if len(packet) < kept:
            return
        place += kept
        if len(packet) < _ETHERNET:
            continue
        above = _IP_HEADERS.get(int.from_bytes(packet[12:14], "big"))
        if above is None:
            continue
        yield _message(packet[_ETHERNET + above + _UDP :], seconds + microseconds / 1e6)


def _message(text: bytes, at: float) -> SipMessage:
    head, _, _ = text.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(_LONG_NAMES.get(name.strip().lower(), name.strip().lower()), value.strip())
    return SipMessage(at=at, first_line=first, headers=headers)


_LONG_NAMES = {"i": "call-id"}
