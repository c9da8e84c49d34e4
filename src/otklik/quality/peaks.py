"""The waveform of a recording: the loudest sample of each slice of time, one byte, for each side.

Bytes: n values of the customer, then n of the agent; 0 is silence, 255 full scale. In the journal as base64.
"""

import base64
import binascii
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLICES = 400
"""Slices of a whole recording; a short one has one for each 10 ms at most."""

STEP = 80
"""Samples of the finest slice: 10 ms."""


class PeakMeter:
    """Takes blocks of samples in order and gives the waveform at the end."""

    def __init__(self) -> None:
        self._steps: list[NDArray[np.int32]] = []
        self._rest = np.zeros((0, 2), dtype=np.int16)

    def take(self, samples: NDArray[np.int16]) -> None:
        """samples: frames x 2."""
        whole = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        cut = len(whole) // STEP * STEP
        self._rest = whole[cut:]
        if cut:
            # int32, because the absolute value of -32768 does not fit in 16 bits
            loud = np.abs(whole[:cut].astype(np.int32)).reshape(-1, STEP, 2).max(axis=1)
            self._steps.append(loud)

    def peaks(self) -> bytes:
        """The waveform of all that was taken."""
        steps = list(self._steps)
        if len(self._rest):
            steps.append(np.abs(self._rest.astype(np.int32)).max(axis=0, keepdims=True))
        if not steps:
            return b""
        loud = np.concatenate(steps)
        count = min(SLICES, len(loud))
        starts = np.arange(count) * len(loud) // count
        slices = np.minimum(np.maximum.reduceat(loud, starts, axis=0) >> 7, 255).astype(np.uint8)
        return bytes(slices[:, 0].tobytes() + slices[:, 1].tobytes())


def encode_peaks(peaks: bytes) -> str:
    """For the journal."""
    return base64.b64encode(peaks).decode()


def decode_peaks(text: str) -> bytes:
    """From the journal; nothing for what is not readable."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def waveform(peaks: bytes, duration_ms: int) -> dict[str, Any]:
    """For players: `duration_ms`, and `customer` and `agent`, each a list of numbers from 0 to 255."""
    half = len(peaks) // 2
    return {"duration_ms": duration_ms, "customer": list(peaks[:half]), "agent": list(peaks[half:])}
