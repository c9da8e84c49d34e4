"""Ears for supervisors: a snoop channel at an agent's leg, in a bridge of its own with the supervisor's leg.

The parameters of a snoop cannot be changed, so another mode is another snoop. It ends with the leg that it
hears; with the leg that listens it must be ended.
"""

import asyncio
from collections.abc import Awaitable, Callable

from otklik.channels.asterisk.ari import AriFailed
from otklik.channels.asterisk.legs import Hears, Leg, Memory
from otklik.channels.asterisk.lines import Lines
from otklik.switchboard.calls import ear_name, leg_of_ear
from otklik.switchboard.instructions import MonitorLeg
from otklik.switchboard.signals import BridgeFailed, ChannelSignal
from otklik.vocabulary.ids import LegId

_TONE = "sound:otklik/beep"
_TONE_SECONDS = 1.0
_ENTER_WITHIN = 5.0


def snoop_name(leg_id: LegId, *, is_whisper: bool) -> str:
    """Of the channel that hears for this supervisor's leg."""
    return f"snoop-{leg_id}-{'whisper' if is_whisper else 'monitor'}"


def leg_of_snoop(channel_id: str) -> LegId | None:
    """The supervisor's leg of such a channel; None for another one."""
    kind, _, rest = channel_id.partition("-")
    number = rest.partition("-")[0]
    return LegId(int(number)) if kind == "snoop" and number.isdigit() else None


class Ears:
    """The supervisors' part of one link."""

    def __init__(
        self,
        lines: Lines,
        *,
        application: str,
        tasks: asyncio.TaskGroup,
        memory: Memory,
        tell: Callable[[ChannelSignal], None],
        quiet: Callable[[Leg], Awaitable[None]],
        entered: dict[str, asyncio.Future[None]],
    ) -> None:
        self._lines = lines
        self._application = application
        self._tasks = tasks
        self._memory = memory
        self._tell = tell
        self._quiet = quiet
        self._entered = entered

    async def monitor(self, instruction: MonitorLeg) -> None:
        """Anew from the beginning, whatever was there."""
        leg = self._memory.legs.get(instruction.leg_id)
        of = self._memory.legs.get(instruction.of_leg_id)
        bridge = instruction.bridge
        if leg is None or of is None:
            self._tell(BridgeFailed(bridge=bridge, detail="a leg is gone"))
            return
        try:
            await self._quiet(leg)
            if leg.bridge:
                await self._try("POST", f"bridges/{leg.bridge}/removeChannel", {"channel": leg.channel_id})
                leg.bridge, leg.hears = "", Hears.NOTHING
            await self.end(leg.leg_id)
            name = snoop_name(leg.leg_id, is_whisper=instruction.is_whisper)
            await self._snoop(of, name, whisper="out" if instruction.is_whisper else "none", hears="both")
            await self._lines.request("POST", f"bridges/{bridge}", {"type": "mixing"})
            self._memory.bridges.add(bridge)
            await self._lines.request(
                "POST", f"bridges/{bridge}/addChannel", {"channel": f"{leg.channel_id},{name}"}
            )
            leg.bridge, leg.hears = bridge, Hears.BRIDGE
        except (AriFailed, TimeoutError) as failure:
            await self.end(leg.leg_id)
            self._tell(BridgeFailed(bridge=bridge, detail=str(failure)))
            return
        if instruction.has_tone:
            # Beside the lanes: the talk does not wait for it.
            self._tasks.create_task(self._tone(of, leg.leg_id), name="asterisk.tone")

    async def end(self, leg_id: LegId) -> None:
        """Both modes: what is not there is refused and not needed."""
        for is_whisper in (False, True):
            name, bridge = (
                snoop_name(leg_id, is_whisper=is_whisper),
                ear_name(leg_id, is_whisper=is_whisper),
            )
            await self._try("DELETE", f"channels/{name}")
            await self._try("DELETE", f"bridges/{bridge}")
            self._memory.bridges.discard(bridge)
        leg = self._memory.legs.get(leg_id)
        if leg is not None and leg_of_ear(leg.bridge) is not None:
            leg.bridge, leg.hears = "", Hears.NOTHING

    async def _tone(self, of: Leg, leg_id: LegId) -> None:
        """The agent alone hears it: the site lets him know that somebody listens."""
        name = f"snoop-{leg_id}-tone"
        try:
            await self._snoop(of, name, whisper="out", hears="in")
            await self._lines.request("POST", f"channels/{name}/play", {"media": _TONE, "lang": "en"})
            await asyncio.sleep(_TONE_SECONDS)
        except (AriFailed, TimeoutError):
            pass
        finally:
            await self._try("DELETE", f"channels/{name}")

    async def _snoop(self, of: Leg, name: str, *, whisper: str, hears: str) -> None:
        """Until it stands in our application: before that Asterisk lets it into no bridge (409)."""
        entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._entered[name] = entered
        try:
            await self._lines.request(
                "POST",
                f"channels/{of.channel_id}/snoop/{name}",
                {"spy": hears, "whisper": whisper, "app": self._application, "appArgs": "ear"},
            )
            async with asyncio.timeout(_ENTER_WITHIN):
                await entered
        finally:
            self._entered.pop(name, None)

    async def _try(
        self, method: str, path: str, parameters: dict[str, str | int | bool | None] | None = None
    ) -> None:
        """A request whose refusal means that it was not needed."""
        try:
            await self._lines.request(method, path, parameters)
        except AriFailed as failure:
            if failure.code == 0:
                raise
