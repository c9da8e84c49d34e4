"""Raw files in, one stored recording out. Blocks of half a minute, so a talk of hours needs little memory.

Ogg/Opus at the encoder's default quality: at its lowest the two sides are mixed into each other (measured:
a tone of one side appears at full strength on the other).
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

from otklik.quality.model import RATE, Pause, RawFile, write_pauses
from otklik.quality.peaks import PeakMeter, encode_peaks

_BLOCK = 30 * RATE
_SIDES = 2
_MS_SAMPLES = RATE // 1000
_LOUD = 200.0
_TOLERANCE = 0.35
_LAST = timedelta(milliseconds=500)
_STOOD_AT_MOST = timedelta(seconds=2)
"""A file whose length differs from its time by more than this stood still elsewhere than before the talk."""


class NotStored(Exception):
    """What was written could not be read back as what it should be."""


@dataclass(slots=True, frozen=True)
class Track:
    """A raw file placed on the sides of a recording.

    offset: frames from the recording's beginning to the file's first frame (negative: it began earlier).
    sides: for each channel of the file the side that it goes to (0 customer, 1 agent), or None.
    """

    file: Path
    offset: int
    frames: int
    sides: tuple[int | None, ...]


@dataclass(slots=True, frozen=True)
class Cut:
    """What will be stored: from when, how long, out of which tracks. silences: first and last frame of spans
    in which nothing is kept, whatever the tracks have; holds: in which the customer was held, silent as well
    if has_silent_holds."""

    begins_at: datetime
    frames: int
    tracks: tuple[Track, ...]
    silences: tuple[tuple[int, int], ...] = ()
    holds: tuple[tuple[int, int], ...] = ()
    has_silent_holds: bool = False

    @property
    def duration(self) -> timedelta:
        return timedelta(milliseconds=self.frames // _MS_SAMPLES)

    @property
    def pauses(self) -> str:
        """The silent spans as the manifest has them."""
        return _written(self.silences)

    @property
    def held(self) -> str:
        """The holds as the manifest has them."""
        return _written(self.holds)


def _written(spans: Sequence[tuple[int, int]]) -> str:
    return write_pauses(
        (timedelta(milliseconds=first // _MS_SAMPLES), timedelta(milliseconds=last // _MS_SAMPLES))
        for first, last in spans
    )


@dataclass(slots=True, frozen=True)
class Written:
    """A stored file: its size, hash and waveform."""

    size_bytes: int
    sha256: str
    peaks: str


def samples_between(earlier: datetime, later: datetime) -> int:
    """Frames between two moments (whole milliseconds); negative when they are the other way round."""
    return (later - earlier) // timedelta(milliseconds=1) * _MS_SAMPLES


def frames_in(path: Path, channels: int) -> int:
    """Whole frames in a raw file now; 0 when it is not there."""
    try:
        return path.stat().st_size // (2 * channels)
    except OSError:
        return 0


def plan(
    files: Sequence[RawFile],
    home: Path,
    since: datetime,
    until: datetime,
    pauses: Sequence[Pause] = (),
    holds: Sequence[Pause] = (),
    *,
    has_silent_holds: bool = False,
) -> Cut | None:
    """Which part of which file becomes the recording of [since, until); None when there is no sample of it.

    The customer's own file has both sides. Without one, an agent's file is used the other way round: what
    was sent to the agent is the customer. Files of one channel give their own voice only.
    """
    found = [file for file in files if frames_in(home / file.path, file.channels)]
    newest = {file.leg_id: file for file in sorted(found, key=lambda file: file.since)}
    if not pauses:
        # A file that another one of its leg followed, or that was paused, ended before its leg did.
        found = [_placed(file, home, until) if newest[file.leg_id] is file else file for file in found]
    if any(file.is_customer_side and file.channels == _SIDES for file in found):
        found = [file for file in found if file.is_customer_side]
    first, last = until, since
    for file in found:
        ends = file.since + timedelta(milliseconds=frames_in(home / file.path, file.channels) // _MS_SAMPLES)
        if file.since < until and ends > since:
            first, last = min(first, max(since, file.since)), max(last, min(until, ends))
    for pause in pauses if found else ():
        # What was paused is there and silent, also when nobody resumed.
        pause_ends = until if pause.until is None else min(until, pause.until)
        if pause.since < until and pause_ends > since:
            first, last = min(first, max(since, pause.since)), max(last, pause_ends)
    if first >= last:
        return None
    tracks = tuple(
        Track(
            file=home / file.path,
            offset=samples_between(first, file.since),
            frames=frames_in(home / file.path, file.channels),
            sides=_sides(file),
        )
        for file in found
    )
    frames = samples_between(first, last)
    return Cut(
        begins_at=first,
        frames=frames,
        tracks=tracks,
        silences=_frames_of(pauses, first, frames),
        holds=_frames_of(holds, first, frames),
        has_silent_holds=has_silent_holds,
    )


def _placed(file: RawFile, home: Path, until: datetime) -> RawFile:
    """The file where the talk that ends at `until` is right in it.

    The media server writes what flows: before the answer, and between the music and the bridge, a file stands
    still and becomes shorter than its time. And on a busy machine its beginning is told late. A talk that
    lasts to the file's end flows to the end, so it is counted from there (measured under load: up to half a
    second either way).
    """
    if file.until is None or not timedelta() <= file.until - until < _LAST:
        return file
    length = timedelta(milliseconds=frames_in(home / file.path, file.channels) // _MS_SAMPLES)
    stood = file.until - file.since - length
    if abs(stood) > _STOOD_AT_MOST:
        return file
    return msgspec.structs.replace(file, since=file.since + stood)


def _frames_of(spans: Sequence[Pause], first: datetime, frames: int) -> tuple[tuple[int, int], ...]:
    """As far as they lie in a recording that begins at `first`."""
    found = []
    for span in spans:
        begin = max(0, samples_between(first, span.since))
        end = frames if span.until is None else min(frames, samples_between(first, span.until))
        if begin < end:
            found.append((begin, end))
    return tuple(found)


def is_complete(files: Sequence[RawFile], home: Path, until: datetime) -> bool:
    """Whether every file already reaches `until`; one that was closed before is as long as it will be."""
    return all(
        (file.until is not None and file.until < until)
        or file.since + timedelta(milliseconds=frames_in(home / file.path, file.channels) // _MS_SAMPLES)
        >= until
        for file in files
    )


def store(cut: Cut, target: Path) -> Written:
    """Writes the recording beside its place, flushes it to the disk, reads it back, and moves it there.

    Raises OSError when the disk or the folder refuses, NotStored when the file does not say what it should.
    """
    _make_folder(target.parent)
    part = target.with_name(f".{target.name}.part")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    try:
        # Made by us and not by the encoder, so that nobody else may ever read it.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        meter, loudness = _encode(cut, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        _check(part, cut.frames, loudness)
        written = Written(
            size_bytes=part.stat().st_size, sha256=hash_of(part), peaks=encode_peaks(meter.peaks())
        )
        part.replace(target)
        _sync_folder(target.parent)
    except soundfile.LibsndfileError as error:
        raise _meaning(error, part) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    if hash_of(target) != written.sha256:
        raise NotStored(f"{target.name} is not what was written")
    return written


def hash_of(path: Path) -> str:
    """sha256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def blocks(cut: Cut) -> Iterator[NDArray[np.int16]]:
    """The recording's frames, block by block, customer left and agent right."""
    for begins in range(0, cut.frames, _BLOCK):
        count = min(_BLOCK, cut.frames - begins)
        mixed = np.zeros((count, _SIDES), dtype=np.int32)
        for track in cut.tracks:
            _add(mixed, track, begins)
        for first, last in cut.silences + (cut.holds if cut.has_silent_holds else ()):
            mixed[max(0, first - begins) : max(0, last - begins)] = 0
        yield np.clip(mixed, -32768, 32767).astype(np.int16)


def _add(mixed: NDArray[np.int32], track: Track, begins: int) -> None:
    """Adds what a track has between `begins` and the end of the block."""
    first = max(begins, track.offset)
    last = min(begins + len(mixed), track.offset + track.frames)
    if first >= last:
        return
    channels = len(track.sides)
    with track.file.open("rb") as file:
        file.seek((first - track.offset) * 2 * channels)
        raw = file.read((last - first) * 2 * channels)
    whole = len(raw) // (2 * channels) * 2 * channels
    frames = np.frombuffer(raw[:whole], dtype="<i2").reshape(-1, channels)
    for channel, side in enumerate(track.sides):
        if side is not None:
            place = first - begins
            mixed[place : place + len(frames), side] += frames[:, channel]


def _sides(file: RawFile) -> tuple[int | None, ...]:
    own, other = (0, 1) if file.is_customer_side else (1, 0)
    return (own,) if file.channels == 1 else (own, other)


def _encode(cut: Cut, part: Path) -> tuple[PeakMeter, list[float]]:
    meter = PeakMeter()
    power = np.zeros(_SIDES)
    with soundfile.SoundFile(part, "w", RATE, _SIDES, format="OGG", subtype="OPUS") as sound:
        if cut.silences:
            sound.comment = f"card_data_pauses_ms={cut.pauses}"
        for block in blocks(cut):
            sound.write(block)
            meter.take(block)
            power += (block.astype(np.float64) ** 2).sum(axis=0)
    return meter, [float(loud) for loud in np.sqrt(power / max(1, cut.frames))]


def _check(part: Path, frames: int, loudness: Sequence[float]) -> None:
    """Decodes the file: it must be as long as it should, and each side as loud."""
    power = np.zeros(_SIDES)
    count = 0
    with soundfile.SoundFile(part) as sound:
        if (sound.samplerate, sound.channels) != (RATE, _SIDES):
            raise NotStored(f"{part.name}: {sound.samplerate} Hz, {sound.channels} channels")
        while len(block := sound.read(_BLOCK, dtype="int16")):
            power += (block.astype(np.float64) ** 2).sum(axis=0)
            count += len(block)
    if abs(count - frames) > RATE // 50:
        raise NotStored(f"{part.name}: {count} frames instead of {frames}")
    for side, wanted in enumerate(loudness):
        heard = float(np.sqrt(power[side] / max(1, count)))
        if wanted > _LOUD and abs(heard - wanted) > _TOLERANCE * wanted:
            raise NotStored(f"{part.name}: side {side} has loudness {heard:.0f} instead of {wanted:.0f}")


def _meaning(error: soundfile.LibsndfileError, part: Path) -> Exception:
    """The encoder hides why it could not write; a disk without room is the usual reason."""
    left = os.statvfs(part.parent)
    if left.f_bavail * left.f_frsize < 1_000_000:
        return OSError(28, "no space left on device", str(part))
    return NotStored(str(error))


def _make_folder(folder: Path) -> None:
    """Folders of our own, for nobody else."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(mode=0o700, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
