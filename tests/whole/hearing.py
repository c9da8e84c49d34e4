"""What a kept hearing says: how long a tone was away, how long it was silent. Numbers in seconds."""

import itertools
from pathlib import Path

import numpy as np

from otklik.operations.tones import RATE, read_sound

STEP = 0.02
CRACKLE_SECONDS = 0.1
NOTE_SECONDS = 0.4
"""A tone that is heard for less may be a note of the music."""


def longest_tone_gap(path: Path, hertz: int) -> float:
    """The longest time without this tone between its first and its last sound; infinite if it never was."""
    return _longest_gap(_present(path, hertz))


def longest_silence(path: Path) -> float:
    """The longest time without any sound between the first and the last one."""
    sound = read_sound(path)
    step = int(RATE * STEP)
    frames = sound[: len(sound) // step * step].reshape(-1, step)
    return _longest_gap(np.sqrt((frames**2).mean(axis=1)) > 60)


def heard_seconds(path: Path, hertz: int) -> float:
    """How long this tone was heard, all together."""
    return float(_present(path, hertz).sum() * STEP)


def tone_gaps(path: Path, hertz: int) -> list[float]:
    """Each time without the tone between its first and its last sound; a note of the music does not
    divide it, nor is a crackle a gap."""
    places = np.flatnonzero(_present(path, hertz))
    gaps: list[tuple[int, int]] = []
    for before, after in itertools.pairwise(places):
        if after - before < CRACKLE_SECONDS / STEP:
            continue
        if gaps and before - gaps[-1][1] < NOTE_SECONDS / STEP:
            gaps[-1] = (gaps[-1][0], after)
        else:
            gaps.append((before, after))
    return [float((after - before - 1) * STEP) for before, after in gaps]


def _present(path: Path, hertz: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    sound = read_sound(path)
    step = int(RATE * STEP)
    frames = sound[: len(sound) // step * step].reshape(-1, step)
    wave = np.exp(-2j * np.pi * hertz * np.arange(step) / RATE)
    amplitude = np.abs(frames @ wave) * 2 / step
    # Music has notes of every pitch; a sine is nearly all that is heard.
    is_most = amplitude**2 / 2 > 0.6 * (frames**2).mean(axis=1)
    present: np.ndarray[tuple[int], np.dtype[np.bool_]] = (amplitude > 1500) & is_most
    return present


def _longest_gap(present: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    places = np.flatnonzero(present)
    if not len(places):
        return float("inf")
    return float((np.diff(places).max(initial=1) - 1) * STEP)
