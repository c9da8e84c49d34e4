"""A customer who vanishes without a BYE is found out in two minutes; one who only sends no voice stays."""

import asyncio
import itertools
import re
import time

import pytest

from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import TrunkId
from tests.asterisk.bench import AsteriskBench
from tests.contracts.suite import adopted

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]

FOUND_OUT_SECONDS = 120.0
BRANCHES = itertools.count(1)


class SilentCaller(asyncio.DatagramProtocol):
    """Calls, and never sends a packet of voice. answers: what it is asked in the call, until `vanish`.

    knows_timers False: it has never heard of session timers or UPDATE.
    """

    def __init__(self, number: str, *, knows_timers: bool) -> None:
        self._number = number
        self._allow = "INVITE, ACK, BYE, CANCEL" + (", UPDATE" if knows_timers else "")
        self._supported = "Supported: timer\r\n" if knows_timers else ""
        self._answers = True
        self._transport: asyncio.DatagramTransport
        self.asked: list[str] = []

    async def open(self) -> int:
        """Gives its port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return self.port

    @property
    def port(self) -> int:
        return int(self._transport.get_extra_info("sockname")[1])

    def call(self, number: str, centre_port: int) -> None:
        self._centre = ("127.0.0.1", centre_port)
        self._dialed = number
        self._send("INVITE", 1, "", self._voice())

    def vanish(self) -> None:
        """As a dead battery does: not a word from now on."""
        self._answers = False

    def close(self) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        first = text.partition("\r\n")[0]
        if first.startswith("SIP/2.0 200") and "CSeq: 1 INVITE" in text:
            tag = re.search(r"^To:.*?(;tag=\S+)", text, re.MULTILINE)
            assert tag is not None
            self._send("ACK", 1, tag[1], "")
        elif not first.startswith("SIP/2.0") and self._answers:
            method = first.partition(" ")[0]
            self.asked.append(method)
            if method != "ACK":
                self._say_yes(text, self._voice() if method == "INVITE" else "", addr)

    def _say_yes(self, asked: str, body: str, to: tuple[str, int]) -> None:
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        kept = [line for line in asked.split("\r\n") if line.partition(":")[0] in names]
        kept.append(f"Contact: <sip:{self._number}@127.0.0.1:{self.port}>")
        self._transport.sendto(_message("SIP/2.0 200 OK", kept, body), to)

    def _send(self, method: str, sequence: int, tag: str, body: str) -> None:
        host = f"127.0.0.1:{self.port}"
        lines = [
            f"Via: SIP/2.0/UDP {host};branch=z9hG4bK-silent-{next(BRANCHES)}",
            f"From: <sip:{self._number}@{host}>;tag=silent",
            f"To: <sip:{self._dialed}@127.0.0.1>{tag}",
            f"Call-ID: {self._number}-{self.port}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:{self._number}@{host}>",
            "Max-Forwards: 70",
            f"Allow: {self._allow}",
            *filter(None, [self._supported.strip()]),
        ]
        first = f"{method} sip:{self._dialed}@127.0.0.1:{self._centre[1]} SIP/2.0"
        self._transport.sendto(_message(first, lines, body), self._centre)

    def _voice(self) -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            "m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        )


def _message(first: str, lines: list[str], body: str) -> bytes:
    kind = ["Content-Type: application/sdp"] if body else []
    return "\r\n".join([first, *lines, *kind, f"Content-Length: {len(body)}", "", body]).encode()


async def test_whoever_vanished_is_found_out_and_whoever_is_only_silent_is_not(bench: AsteriskBench) -> None:
    callers = {
        "+79160000001": SilentCaller("+79160000001", knows_timers=True),
        "+79160000002": SilentCaller("+79160000002", knows_timers=False),
        "+79160000003": SilentCaller("+79160000003", knows_timers=False),
    }
    for place, caller in enumerate(callers.values()):
        trunk = told.ProvisionTrunk(
            trunk_id=TrunkId(50 + place),
            name=f"silent {place}",
            kind="address",
            host="127.0.0.1",
            port=await caller.open(),
        )
        bench.driver.do(trunk)
    await asyncio.sleep(1)
    arrived = {}
    for place, (number, caller) in enumerate(callers.items()):
        caller.call("74951234567", bench.pair.centre.description.sip_port)
        arrived[number] = await bench.inbox.wait(tell.LegArrived, calling=number)
        for instruction in adopted(arrived[number], place + 1):
            bench.driver.do(instruction)
        bench.driver.do(told.StartMusic(leg_id=arrived[number].leg_id))
        await bench.inbox.wait(tell.LegAnswered, leg_id=arrived[number].leg_id)
    vanished = arrived["+79160000003"]

    callers["+79160000003"].vanish()
    began = time.monotonic()
    await bench.inbox.wait(tell.LegEnded, leg_id=vanished.leg_id, seconds=FOUND_OUT_SECONDS)
    # A silent one is asked a second time, too.
    await asyncio.sleep(max(0.0, 125 - (time.monotonic() - began)))

    assert [signal.leg_id for signal in bench.inbox.of(tell.LegEnded)] == [vanished.leg_id]
    assert callers["+79160000001"].asked.count("UPDATE") == 2
    assert callers["+79160000002"].asked.count("INVITE") == 2
    for caller in callers.values():
        caller.close()
