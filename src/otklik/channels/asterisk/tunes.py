"""Music of the site's own: prompts that are played again and again, round by round.

Asterisk's music on hold plays what its configuration names; the site's own sounds are prompts, so we play
them. A round is long, so music goes on for a while even without us.
"""

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from otklik.channels.asterisk.ari import AriFailed
from otklik.channels.asterisk.legs import Hears, Leg
from otklik.channels.asterisk.lines import Lines

TUNE: Final = "tune"
"""How the names of rounds begin; those of prompts begin with a number."""
_NAMES = 4
"""Used in turn, so that a new engine can end what an earlier one began. The end of a round is told by another
way than requests are answered, so it may come when one or two more were begun and ended (a new engine does
that within milliseconds): it must not be taken for the end of the one that plays by then."""
_ROUND_OF = 12
"""So many sounds are one round; each is up to five minutes long."""
_SHORTEST_ROUND = 0.5
"""Seconds. What ends sooner cannot be played."""


class Tunes:
    """Those of one link. fall_back: plays the built-in music to a leg that hears nothing."""

    def __init__(self, lines: Lines, fall_back: Callable[[Leg], Awaitable[None]]) -> None:
        self._lines = lines
        self._fall_back = fall_back

    async def start(self, leg: Leg) -> None:
        """The next round of the tune of this leg, which is quiet."""
        times = max(1, _ROUND_OF // len(leg.tune))
        leg.tune_round += 1
        leg.tune_since, leg.hears = time.monotonic(), Hears.TUNE
        try:
            await self._lines.request(
                "POST",
                f"channels/{leg.channel_id}/play",
                {
                    "media": media_of(leg.tune * times),
                    "lang": leg.tune_locale,
                    "playbackId": playback_id(leg, tune_name(leg.tune_round)),
                },
            )
        except AriFailed as failure:
            leg.hears = Hears.NOTHING
            if failure.code == 0:
                raise
            await self._fall_back(leg)

    async def go_on(self, leg: Leg, over: int) -> None:
        """This round is over: the next, unless something else is to be heard by now."""
        if leg.hears is not Hears.TUNE or leg.tune_round != over or leg.is_ended:
            return
        leg.hears = Hears.NOTHING
        if time.monotonic() - leg.tune_since < _SHORTEST_ROUND:
            # It was removed, perhaps: nobody waits in silence.
            await self._fall_back(leg)
        else:
            await self.start(leg)


def is_present(leg: Leg, name: str) -> bool:
    """Whether this name is that of the round that the leg hears."""
    return leg.hears is Hears.TUNE and name == tune_name(leg.tune_round)


def rounds_of(leg: Leg) -> list[str]:
    """The playbacks that may be a round of this leg, whoever began it."""
    return [playback_id(leg, tune_name(number)) for number in range(_NAMES)]


def tune_name(number: int) -> str:
    """The name of a round."""
    return f"{TUNE}{number % _NAMES}"


def playback_id(leg: Leg, playback: str) -> str:
    """Our name for a playback, unique in Asterisk; `read_playback_id` finds the two again."""
    return f"pb-{leg.leg_id}-{playback}"


def media_of(names: Iterable[str]) -> str:
    """Prompts as Asterisk is asked for them: those that are shipped lie in a folder of ours."""
    return ",".join(f"sound:{name if '/' in name else 'otklik/' + name}" for name in names)
