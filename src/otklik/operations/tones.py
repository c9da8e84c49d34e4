"""Sines and how to find them: who hears whom is proved by tones, not by ear."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
AUDIBLE = 300.0
"""Mean amplitude (of 16-bit samples) above which a tone counts as heard; music and noise stay far below
it.
"""

Sound = NDArray[np.float64]


def write_tone(path: Path, hertz: float, *, seconds: float = 30.0, amplitude: float = 8000.0) -> None:
    """One sine, 8 kHz, one channel."""
    time = np.arange(int(seconds * RATE)) / RATE
    sound = (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())


def read_sound(path: Path) -> Sound:
    """Samples of a one-channel WAV file of 8 kHz."""
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)


def strength(sound: Sound, hertz: float, *, rate: int = RATE) -> float:
    """Amplitude of one frequency in a sound (Goertzel 1958, as a plain sum); 0 in an empty one."""
    if not len(sound):
        return 0.0
    time = np.arange(len(sound)) / rate
    return float(abs(np.sum(sound * np.exp(-2j * np.pi * hertz * time))) * 2 / len(sound))
