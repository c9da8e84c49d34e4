"""Raw SIP from addresses that nobody knows: what scanners and broken devices send."""

import itertools
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_WORDS = itertools.count(1)


@dataclass(slots=True)
class Stranger:
    """One UDP socket on an address of loopback. heard: first lines of all answers."""

    host: str
    centre: tuple[str, int]
    heard: list[str] = field(default_factory=list)

    def send(self, text: str | bytes, *, seconds: float = 1.0) -> str:
        """The first line of the first answer to these octets; "" for none."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind((self.host, 0))
            stranger.settimeout(seconds)
            own = f"{self.host}:{stranger.getsockname()[1]}"
            octets = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()
            stranger.sendto(octets.replace(b"OWN", own.encode()), self.centre)
            try:
                answer = stranger.recv(65535).split(b"\r\n", 1)[0].decode(errors="replace")
            except TimeoutError:
                return ""
        self.heard.append(answer)
        return answer

    def ask(self, method: str, whom: str, *, sender: str = "100", seconds: float = 1.0) -> str:
        """A request with everything that a request needs."""
        return self.send(request(method, whom, sender=sender), seconds=seconds)


def request(method: str, whom: str, *, sender: str = "100", more: str = "", body: str = "") -> str:
    """A well-formed request; OWN is the sender's address. sender: what stands before the @ in From, or a
    whole From when it holds a <."""
    word = f"{time.monotonic_ns()}-{next(_WORDS)}"
    who = sender if "<" in sender else f"<sip:{sender}@OWN>"
    return (
        f"{method} sip:{whom}@127.0.0.1 SIP/2.0\n"
        f"Via: SIP/2.0/UDP OWN;rport;branch=z9hG4bK{word}\n"
        f"From: {who};tag={word}\nTo: <sip:{whom}@127.0.0.1>\nCall-ID: {word}\n"
        f"CSeq: 1 {method}\nContact: <sip:100@OWN>\nMax-Forwards: 70\n{more}"
        f"Content-Length: {len(body.encode())}\n\n{body}"
    )


MALFORMED: dict[str, Callable[[str], str | bytes]] = {
    "no start line": lambda whom: "\n\n\n",
    "not SIP at all": lambda whom: b"\x16\x03\x01\x02\x00" + bytes(range(256)) * 4,
    "an HTTP request": lambda whom: "GET / HTTP/1.1\nHost: 127.0.0.1\n\n",
    "an unknown version": lambda whom: request("INVITE", whom).replace("SIP/2.0\n", "SIP/9.9\n", 1),
    "no header at all": lambda whom: f"INVITE sip:{whom}@127.0.0.1 SIP/2.0\n\n",
    "no Via": lambda whom: _without(request("INVITE", whom), "Via"),
    "no Call-ID": lambda whom: _without(request("INVITE", whom), "Call-ID"),
    "two Call-IDs": lambda whom: request("INVITE", whom, more="Call-ID: second\n"),
    "a length that lies": lambda whom: request("INVITE", whom).replace(
        "Content-Length: 0", "Content-Length: 99999"
    ),
    "a negative length": lambda whom: request("INVITE", whom).replace(
        "Content-Length: 0", "Content-Length: -1"
    ),
    "a sequence number beyond all": lambda whom: request("INVITE", whom).replace(
        "CSeq: 1 ", "CSeq: 99999999999 "
    ),
    "a method that is none": lambda whom: request("INVITE", whom).replace("INVITE", "!@#$%"),
    "an address that is none": lambda whom: request("INVITE", whom).replace(
        f"sip:{whom}@127.0.0.1", "sip:[::", 1
    ),
    "a header of 60 kB": lambda whom: request("INVITE", whom, more=f"X-Long: {'a' * 60_000}\n"),
    "five hundred headers": lambda whom: request("INVITE", whom, more="X-More: a\n" * 500),
    "a From that does not end": lambda whom: request("INVITE", whom, sender='"' + "a" * 2000 + "<sip:x@OWN>"),
    "zero octets in names": lambda whom: (
        request("INVITE", whom).replace("Call-ID: ", "Call-ID: \0\0").encode()
    ),
    "wrong octets for letters": lambda whom: request("INVITE", whom).encode() + b"\xff\xfe\xc3\x28" * 50,
    "sound that is no description": lambda whom: request(
        "INVITE", whom, more="Content-Type: application/sdp\n", body="v=0\nm=audio x RTP/AVP 999999\nc=\n"
    ),
    "an answer to nothing": lambda whom: request("INVITE", whom).replace(
        f"INVITE sip:{whom}@127.0.0.1 SIP/2.0", "SIP/2.0 200 OK", 1
    ),
    "a BYE for no call": lambda whom: request("BYE", whom),
    "a CANCEL for no call": lambda whom: request("CANCEL", whom),
    "a REFER": lambda whom: request("REFER", whom, more="Refer-To: <sip:900@192.0.2.1>\n"),
}
"""What a careless parser trips over, after RFC 4475; each is made for a number."""


def _without(text: str, header: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f"{header}:"))
