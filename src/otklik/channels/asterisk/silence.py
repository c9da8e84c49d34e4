"""Does somebody speak? Read from the raw recording of a leg while it grows.

The file goes on where a phone sends no packets in silence, so a pause is a pause there, whatever the phone
does. Asterisk writes it about once a second.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from otklik.channels.asterisk.legs import Leg
from otklik.switchboard.instructions import HearSilence
from otklik.switchboard.signals import ChannelSignal, SilenceHeard, SpeechHeard
from otklik.vocabulary.ids import LegId

RATE = 8000
FRAME_BYTES = 4
"""Two channels of 16 bit; the left one is what comes from the leg."""
WINDOW = 160
LOUD = 256
"""Mean size of a sample from which a window is speech. Source: Asterisk's dsp.conf, silencethreshold."""
WORD_WINDOWS = 4
"""So many loud windows within `_GAP_WINDOWS` are a word and no click."""
_GAP_WINDOWS = 10
_LOOK_EVERY = 0.25


class Ear:
    """What was heard so far, fed with raw frames."""

    def __init__(self) -> None:
        self.has_heard = False
        self.silent_seconds = 0.0
        self._recent: list[bool] = []
        self._rest = b""

    def hear(self, raw: bytes) -> None:
        """More of the file, in order, of any length."""
        raw = self._rest + raw
        size = WINDOW * FRAME_BYTES
        whole = len(raw) // size * size
        self._rest = raw[whole:]
        samples = memoryview(raw[:whole]).cast("h")
        for begins in range(0, len(samples), WINDOW * 2):
            left = samples[begins : begins + WINDOW * 2 : 2]
            self._judge(sum(map(abs, left)) > LOUD * WINDOW)

    def _judge(self, is_loud: bool) -> None:
        self._recent = [*self._recent[-_GAP_WINDOWS + 1 :], is_loud]
        if is_loud and sum(self._recent) >= WORD_WINDOWS:
            self.has_heard, self.silent_seconds = True, 0.0
        else:
            self.silent_seconds += WINDOW / RATE


class Listeners:
    """Those who listen to legs of one link."""

    def __init__(self, spool: Path, tasks: asyncio.TaskGroup, tell: Callable[[ChannelSignal], None]) -> None:
        self._spool = spool
        self._tasks = tasks
        self._tell = tell
        self._by_leg: dict[LegId, asyncio.Task[None]] = {}

    def listen(self, asked: HearSilence, leg: Leg) -> None:
        """Begins anew, or ends."""
        before = self._by_leg.pop(asked.leg_id, None)
        if before is not None:
            before.cancel()
        if not asked.is_over:
            task = self._tasks.create_task(self._listen(asked, leg), name="asterisk.listen")
            self._by_leg[asked.leg_id] = task
            task.add_done_callback(lambda done: self._forget(asked.leg_id, done))

    def _forget(self, leg_id: LegId, done: asyncio.Task[None]) -> None:
        if self._by_leg.get(leg_id) is done:
            del self._by_leg[leg_id]

    async def _listen(self, asked: HearSilence, leg: Leg) -> None:
        ear, place, file = Ear(), -1, None
        is_told = False
        while not leg.is_ended:
            await asyncio.sleep(_LOOK_EVERY)
            file = file or newest_raw(self._spool, leg.channel_id)
            if file is None:
                continue
            if place < 0:
                place = first_byte(file, asked.spoken.total_seconds())
            raw = read_from(file, place)
            place += len(raw)
            ear.hear(raw)
            if ear.has_heard and not is_told:
                is_told = True
                self._tell(SpeechHeard(leg_id=asked.leg_id))
            if asked.after and ear.silent_seconds >= asked.after.total_seconds():
                self._tell(SilenceHeard(leg_id=asked.leg_id))
                return


def newest_raw(spool: Path, channel_id: str) -> Path | None:
    """The file that grows for this channel now."""
    found = [path for path in spool.glob("*.raw") if path.name.startswith(channel_id)]
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


def first_byte(file: Path, seconds: float) -> int:
    """Where the last so many seconds of a file begin."""
    size = file.stat().st_size // FRAME_BYTES * FRAME_BYTES
    return max(0, size - int(seconds * RATE) * FRAME_BYTES)


def read_from(file: Path, place: int) -> bytes:
    """Whole frames that came since; none when the file is gone."""
    try:
        with file.open("rb") as raw:
            raw.seek(place)
            found = raw.read()
    except FileNotFoundError:
        return b""
    return found[: len(found) // FRAME_BYTES * FRAME_BYTES]
