"""How good the links of legs in talks are, by Asterisk's own counts and the far ends' RTCP reports.

Asterisk counts for each leg the packets that came (`rx`) and, from sequence numbers, those that did not; the
same of what it sent (`tx`) it knows only from receivers that report. Its counts grow from the beginning of
the leg, so a window is a difference of two looks. What nobody reported is no figure: a far end that sends no
RTCP leaves `sent` unknown, not perfect.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from otklik.channels.asterisk.ari import AriFailed
from otklik.channels.asterisk.legs import Leg, Memory
from otklik.channels.asterisk.lines import Lines
from otklik.quality.e_model import UNKNOWN, LinkFigures
from otklik.switchboard.signals import ChannelSignal, LinkReported
from otklik.vocabulary.ids import LegId

LOOK_EVERY_SECONDS = 5.0
"""Asterisk works out losses at each RTCP report that it sends, which is as often (rtp.conf)."""
SHORTEST_SECONDS = 1.0
_AT_ONCE = 20
_MS_PER_SECOND = 1000.0


class Counts(msgspec.Struct, frozen=True):
    """What `rtp_statistics` tells of a leg since it began; times in seconds.

    Losses are named by the way of the packets, jitters by who counted them: `rxploss` is what we missed and
    `txploss` what the far end reports, but `txjitter` is our own count and `rxjitter` the far end's (22.10).
    """

    rxcount: int = 0
    txcount: int = 0
    rxploss: int = 0
    txploss: int = 0
    rxjitter: float = 0.0
    txjitter: float = 0.0
    rtt: float = 0.0


@dataclass(slots=True)
class _Look:
    counts: Counts
    at: float


class Links:
    """Looks at every leg that stands in a bridge; one of it per link to Asterisk."""

    def __init__(self, lines: Lines, memory: Memory, tell: Callable[[ChannelSignal], None]) -> None:
        self._lines = lines
        self._memory = memory
        self._tell = tell
        self._looks: dict[LegId, _Look] = {}

    async def watch(self) -> None:
        """Until the link to Asterisk is lost."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            legs = [leg for leg in self._memory.legs.values() if leg.is_up and leg.bridge]
            known = {leg.leg_id for leg in legs}
            self._looks = {leg_id: look for leg_id, look in self._looks.items() if leg_id in known}
            for start in range(0, len(legs), _AT_ONCE):
                await asyncio.gather(*(self.look(leg) for leg in legs[start : start + _AT_ONCE]))

    async def look(self, leg: Leg) -> None:
        """One window of this leg; the first look at a leg only remembers its counts."""
        before = self._looks.get(leg.leg_id)
        if before is not None and time.monotonic() - before.at < SHORTEST_SECONDS:
            return
        try:
            answer = await self._lines.request("GET", f"channels/{leg.channel_id}/rtp_statistics")
        except AriFailed as failure:
            if failure.code == 0:
                raise
            return  # it has just gone, or it is no RTP leg
        now = _Look(counts=msgspec.json.decode(answer, type=Counts), at=time.monotonic())
        self._looks[leg.leg_id] = now
        if before is None:
            return
        heard, sent = figures_between(before.counts, now.counts)
        if heard is not None or sent is not None:
            took = timedelta(seconds=round(now.at - before.at, 3))
            self._tell(LinkReported(leg_id=leg.leg_id, took=took, heard=heard, sent=sent))

    async def begin(self, leg: Leg) -> None:
        """The leg begins to talk: its counts of before are no part of that."""
        if leg.leg_id not in self._looks:
            await self.look(leg)


def figures_between(before: Counts, now: Counts) -> tuple[LinkFigures | None, LinkFigures | None]:
    """What was heard and what was sent between two looks. Counts that fell (a re-negotiated stream counts
    anew) give none."""
    trip = now.rtt * _MS_PER_SECOND if now.rtt > 0 else UNKNOWN
    heard = _figures(now.rxcount - before.rxcount, now.rxploss - before.rxploss, now.txjitter, trip)
    if not is_reported(now):
        return heard, None
    arrived = now.txcount - before.txcount - max(0, now.txploss - before.txploss)
    return heard, _figures(arrived, now.txploss - before.txploss, now.rxjitter, trip)


def is_reported(counts: Counts) -> bool:
    """Whether the far end sends reports: without them nothing is known of what we sent."""
    return counts.rtt > 0 or counts.rxjitter > 0 or counts.txploss > 0


def _figures(packets: int, lost: int, jitter_seconds: float, trip_ms: float) -> LinkFigures | None:
    if packets < 0 or packets + max(0, lost) == 0:
        return None
    return LinkFigures(
        packets=packets,
        lost=max(0, lost),
        jitter_ms=round(max(0.0, jitter_seconds) * _MS_PER_SECOND, 3),
        round_trip_ms=round(trip_ms, 3),
    )
