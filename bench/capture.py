"""What passes on loopback, stamped by the kernel: each INVITE of a call once, by a filter in the kernel.

Needs the right to open a raw socket (root, or CAP_NET_RAW).
"""

import ctypes
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

_ALL_PROTOCOLS = 0x0003
_SO_ATTACH_FILTER = 26
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_OUTGOING = 4
_INVITE = 0x494E5649
"""The first four letters of a request line as the kernel's filter compares them."""
_HEADERS = 14 + 20 + 8
_CALLING = re.compile(rb"^(?:From|f):[^\r\n]*?sips?:\+?(\d+)@", re.MULTILINE | re.IGNORECASE)
_CALL_ID = re.compile(rb"^(?:Call-ID|i): *([^\r\n]+)", re.MULTILINE | re.IGNORECASE)


@dataclass(slots=True)
class Seen:
    """INVITEs of one caller: moments in seconds, the first of each direction, and how many came again."""

    came: float = 0.0
    rang: float = 0.0
    again: int = 0
    dialogs: set[bytes] = field(default_factory=set)


class Capture:
    """Between `start` and `stop` notes the INVITEs that reach and leave one SIP address, by caller."""

    def __init__(self, host: str, port: int) -> None:
        self._centre = socket.inet_aton(host) + struct.pack("!H", port)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._is_over = False
        self.calls: dict[str, Seen] = {}

    def start(self) -> None:
        """Raises PermissionError without the right."""
        found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
        _attach_filter(found)
        found.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 32 << 20)
        found.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        found.bind(("lo", 0))
        found.settimeout(0.1)
        self._socket = found
        self._thread = threading.Thread(target=self._read, name="capture", daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, Seen]:
        time.sleep(0.2)
        self._is_over = True
        assert self._thread is not None
        assert self._socket is not None
        self._thread.join()
        self._socket.close()
        return self.calls

    def _read(self) -> None:
        assert self._socket is not None
        while not self._is_over:
            try:
                frame, ancillary, _, address = self._socket.recvmsg(4096, 128)
            except TimeoutError:
                continue
            # On loopback each packet is seen twice: as it leaves and as it arrives.
            if address[2] != _OUTGOING:
                self._note(frame, _moment(ancillary))

    def _note(self, frame: bytes, at: float) -> None:
        source, target = frame[26:30] + frame[34:36], frame[30:34] + frame[36:38]
        if self._centre not in (source, target):
            return
        body = frame[_HEADERS:]
        calling, dialog = _CALLING.search(body), _CALL_ID.search(body)
        if calling is None or dialog is None:
            return
        seen = self.calls.setdefault(calling[1].decode(), Seen())
        if dialog[1] in seen.dialogs:
            seen.again += 1
            return
        seen.dialogs.add(dialog[1])
        if target == self._centre:
            seen.came = seen.came or at
        else:
            seen.rang = seen.rang or at


def _moment(ancillary: list[tuple[int, int, bytes]]) -> float:
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", content[:16])
            return float(seconds) + nanoseconds / 1e9
    return time.time()


def _attach_filter(found: socket.socket) -> None:
    """UDP over IPv4 without options whose payload begins with INVI; everything else stays in the kernel."""
    program = [
        (0x28, 0, 0, 12),  # the kind of frame
        (0x15, 0, 5, 0x0800),
        (0x30, 0, 0, 23),  # the protocol
        (0x15, 0, 3, 17),
        (0x20, 0, 0, _HEADERS),
        (0x15, 0, 1, _INVITE),
        (0x06, 0, 0, 0xFFFF),
        (0x06, 0, 0, 0),
    ]
    packed = b"".join(struct.pack("HBBI", *line) for line in program)
    kept = ctypes.create_string_buffer(packed)
    described = struct.pack("HL", len(program), ctypes.addressof(kept))
    found.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)
