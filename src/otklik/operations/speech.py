"""Speech-like sound for robots: syllables of a voice in sentences with pauses, nothing that anybody said."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
_VOWELS = ((700, 1200, 2500), (450, 1900, 2600), (320, 2200, 3000), (500, 950, 2400), (350, 800, 2300))


def speak(seconds: float, pitch_hertz: float, random: np.random.Generator) -> NDArray[np.int16]:
    """A voice of this pitch: sentences of 1.5-4 s, pauses of 1-4 s. 8 kHz, one channel."""
    parts: list[NDArray[np.float64]] = []
    total = 0
    while total < seconds * RATE:
        sentence = _sentence(float(random.uniform(1.5, 4.0)), pitch_hertz, random)
        pause = np.zeros(int(random.uniform(1.0, 4.0) * RATE))
        parts += [sentence, pause]
        total += len(sentence) + len(pause)
    sound = np.concatenate(parts)[: int(seconds * RATE)]
    loudest = float(np.max(np.abs(sound))) or 1.0
    return (sound / loudest * 9000).astype(np.int16)


def write_speech(folder: Path, *, voices: int = 4, seconds: float = 24.0) -> None:
    """Files voice-1.wav ... in a folder; what is there already stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, voices + 1):
        path = folder / f"voice-{number}.wav"
        if path.exists():
            continue
        random = np.random.default_rng(number)
        sound = speak(seconds, float(random.uniform(95, 230)), random)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(sound.tobytes())


def _sentence(seconds: float, pitch_hertz: float, random: np.random.Generator) -> NDArray[np.float64]:
    syllables = max(2, int(seconds * 4.5))
    made = [
        _syllable(float(random.uniform(0.13, 0.28)), pitch_hertz * float(random.uniform(0.9, 1.15)), random)
        for _ in range(syllables)
    ]
    return np.concatenate(made)


def _syllable(seconds: float, pitch_hertz: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Harmonics of the pitch under the formants of one vowel, with a soft consonant before it."""
    length = int(seconds * RATE)
    time = np.arange(length) / RATE
    glide = pitch_hertz * (1 + 0.04 * np.sin(2 * np.pi * 3 * time))
    phase = 2 * np.pi * np.cumsum(glide) / RATE
    vowel = _VOWELS[int(random.integers(len(_VOWELS)))]
    sound = np.zeros(length)
    for harmonic in range(1, int(3400 / pitch_hertz)):
        frequency = harmonic * pitch_hertz
        weight = sum(1 / (1 + ((frequency - formant) / 90) ** 2) for formant in vowel)
        sound += weight * np.sin(harmonic * phase)
    envelope = np.sin(np.pi * np.minimum(time / seconds, 1.0)) ** 0.6
    sound *= envelope
    consonant = int(0.03 * RATE)
    sound[:consonant] += random.normal(0, 0.15, consonant)
    return sound
