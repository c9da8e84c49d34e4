"""Prompts: those that are shipped, and those of the site; any audio becomes what a telephone line carries.

A site's prompt is played as `site/NAME`. Files are headerless A-law at 8 kHz, mono: the one form that every
trunk carries as it is.
"""

import hashlib
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

from otklik.flows.grammar import Grammar
from otklik.vocabulary.refusals import Invalid, NotFound, Refused

LANGUAGES: Final = ("en", "ru")
ENDING: Final = ".alaw"
SITE: Final = "site/"
RATE: Final = 8000
LONGEST_SECONDS: Final = 300
LARGEST_BYTES: Final = 30_000_000
LOUDNESS: Final = 10 ** (-20 / 20)
"""Root mean square of what is loud enough to be speech: -20 dB of full scale, as the shipped prompts have."""
PEAK: Final = 10 ** (-3 / 20)
_NAME = re.compile(r"[a-z0-9_]{1,60}")
_HASH = re.compile(r"[0-9a-f]{64}")
_PAST = ".past"
PAST_KEPT: Final = 200
"""So many sounds that were replaced or removed are kept, the newest of all prompts together."""
_SILENCE = 10 ** (-50 / 20)
_EDGE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Prompt:
    """seconds: by language; a language without it says nothing there."""

    name: str
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Kept:
    """What has become of a sound: its seconds, and sha256 by which that version is found again."""

    seconds: float
    sha256: str


@cache
def shipped() -> tuple[Prompt, ...]:
    """The prompts of every centre, by name."""
    root = resources.files("otklik") / "prompts"
    with resources.as_file(root) as folder:
        return _prompts_in(folder, "")


@cache
def grammars() -> Mapping[str, Grammar]:
    """How each language says values: every folder of prompts that has a `grammar.toml`."""
    root = resources.files("otklik") / "prompts"
    return {
        folder.name: msgspec.toml.decode(rules.read_bytes(), type=Grammar)
        for folder in root.iterdir()
        if (rules := folder / "grammar.toml").is_file()
    }


def of_site(folder: Path) -> tuple[Prompt, ...]:
    """The site's own prompts, by name. folder: as `otklik.settings.sounds`."""
    return _prompts_in(folder, SITE)


def playable(folder: Path) -> frozenset[str]:
    """Names that can be played in every language; a flow may use no other."""
    return frozenset(
        prompt.name
        for prompt in (*shipped(), *of_site(folder))
        if all(language in prompt.seconds for language in LANGUAGES)
    )


def keep(folder: Path, language: str, name: str, audio: bytes) -> Kept:
    """Converts and stores. What plays meanwhile goes on with the old one, which is kept as a past version.

    Raises Invalid `unknown_language`, `prompt_name_unfit`, `not_audio`, `audio_too_long`, `audio_silent`.
    """
    file = _file(folder, language, name)
    samples = line_audio(audio)
    _put_away(folder, file)
    return _place(file, samples)


def forget(folder: Path, language: str, name: str) -> Kept:
    """Removes one; it stays as a past version. Raises NotFound `unknown_prompt`."""
    file = _file(folder, language, name)
    kept = _put_away(folder, file)
    if kept is None:
        raise NotFound("unknown_prompt", name=name)
    file.unlink()
    return kept


def rename(folder: Path, name: str, new_name: str) -> tuple[str, ...]:
    """Gives it another name in every language; gives those languages.

    Raises NotFound `unknown_prompt`, Refused `prompt_exists`, Invalid `prompt_name_unfit`.
    """
    pairs = [(_file(folder, one, name), _file(folder, one, new_name)) for one in LANGUAGES]
    if any(to.exists() for _, to in pairs):
        raise Refused("prompt_exists", name=new_name)
    found = [(old, to) for old, to in pairs if old.exists()]
    if not found:
        raise NotFound("unknown_prompt", name=name)
    for old, to in found:
        old.rename(to)
    return tuple(old.parent.name for old, _ in found)


def restore(folder: Path, language: str, name: str, sha256: str) -> Kept:
    """A past version again. Raises NotFound `unknown_prompt` when it is kept no more."""
    samples = _past(folder, sha256).read_bytes()
    file = _file(folder, language, name)
    _put_away(folder, file)
    return _place(file, samples)


def past_versions(folder: Path) -> frozenset[str]:
    """The hashes of past versions that can be heard and brought back."""
    return frozenset(file.name.removesuffix(ENDING) for file in (folder / _PAST).glob(f"*{ENDING}"))


def past_as_wav(folder: Path, sha256: str) -> bytes:
    """A past version as a browser plays it. Raises NotFound `unknown_prompt`."""
    return _wav(_past(folder, sha256))


def changed_seconds(folder: Path, name: str) -> float:
    """When a prompt of the site was last written in any language, seconds of the epoch; 0 for never.

    name: with `site/`.
    """
    files = [_file(folder, language, name.removeprefix(SITE)) for language in LANGUAGES]
    return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)


def as_wav(folder: Path, language: str, name: str) -> bytes:
    """A prompt as a browser plays it. name: also a shipped one. Raises NotFound `unknown_prompt`."""
    if name.startswith(SITE):
        file = _file(folder, language, name.removeprefix(SITE))
    else:
        file = Path(str(resources.files("otklik") / "prompts")) / _checked(language, name)
    if not file.exists():
        raise NotFound("unknown_prompt", name=name)
    return _wav(file)


def line_as_wav(samples: bytes) -> bytes:
    """What `line_audio` gave, as a browser plays it."""
    return _wav(io.BytesIO(samples))


def _wav(file: Path | io.BytesIO) -> bytes:
    samples, rate = soundfile.read(
        file, dtype="int16", format="RAW", subtype="ALAW", samplerate=RATE, channels=1
    )
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format="WAV", subtype="PCM_16")
    return out.getvalue()


def line_audio(audio: bytes) -> bytes:
    """Any audio as A-law at 8 kHz: one channel, without silence around it, as loud as the others."""
    try:
        with soundfile.SoundFile(io.BytesIO(audio)) as file:
            if file.frames > LONGEST_SECONDS * file.samplerate:
                raise Invalid("audio_too_long", limit=LONGEST_SECONDS)
            samples = file.read(dtype="float64", always_2d=True).mean(axis=1)
            rate = file.samplerate
    except (soundfile.SoundFileError, ValueError, RuntimeError) as error:
        raise Invalid("not_audio", detail=str(error)[:200]) from error
    samples = _levelled(_trimmed(_resampled(samples, rate)))
    out = io.BytesIO()
    soundfile.write(out, samples, RATE, format="RAW", subtype="ALAW")
    return out.getvalue()


def _resampled(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """At 8 kHz: what the line cannot carry is cut off in the spectrum, so nothing folds back."""
    if rate == RATE or not len(samples):
        return samples
    frames = max(1, round(len(samples) * RATE / rate))
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(frames // 2 + 1, dtype=complex)
    count = min(len(kept), len(spectrum))
    kept[:count] = spectrum[:count]
    return np.fft.irfft(kept, frames) * (frames / len(samples))


def _trimmed(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without silence before and after. Raises Invalid `audio_silent` when nothing is left."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE)
    if not len(loud):
        raise Invalid("audio_silent")
    edge = int(_EDGE_SECONDS * RATE)
    return samples[max(0, loud[0] - edge) : loud[-1] + edge]


def _levelled(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """As loud as the shipped prompts, measured where somebody speaks; never clipped."""
    loud = samples[np.abs(samples) > _SILENCE]
    gain = LOUDNESS / float(np.sqrt(np.mean(loud**2)))
    return samples * min(gain, PEAK / float(np.max(np.abs(samples))))


def _place(file: Path, samples: bytes) -> Kept:
    """Under its name in one step, so that nobody plays half of it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(samples)
    fresh.replace(file)
    return _kept(samples)


def _put_away(folder: Path, file: Path) -> Kept | None:
    """Keeps what is there now among the past versions; None when nothing is there."""
    if not file.exists():
        return None
    samples = file.read_bytes()
    kept = _kept(samples)
    past = folder / _PAST
    past.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = past / f"{kept.sha256}{ENDING}"
    if copy.exists():
        os.utime(copy)
    else:
        copy.write_bytes(samples)
    oldest = sorted(past.glob(f"*{ENDING}"), key=lambda one: one.stat().st_mtime)[:-PAST_KEPT]
    for one in oldest:
        one.unlink(missing_ok=True)
    return kept


def _past(folder: Path, sha256: str) -> Path:
    file = folder / _PAST / f"{sha256}{ENDING}"
    if not _HASH.fullmatch(sha256) or not file.exists():
        raise NotFound("unknown_prompt", name=sha256[:64])
    return file


def _kept(samples: bytes) -> Kept:
    return Kept(seconds=round(len(samples) / RATE, 2), sha256=hashlib.sha256(samples).hexdigest())


def _prompts_in(folder: Path, prefix: str) -> tuple[Prompt, ...]:
    found: dict[str, dict[str, float]] = {}
    for language in LANGUAGES:
        for file in sorted((folder / language).glob(f"*{ENDING}")):
            seconds = found.setdefault(prefix + file.name.removesuffix(ENDING), {})
            seconds[language] = round(file.stat().st_size / RATE, 2)
    return tuple(Prompt(name, found[name]) for name in sorted(found))


def _checked(language: str, name: str) -> str:
    if language not in LANGUAGES:
        raise Invalid("unknown_language", "language", language=language)
    if not _NAME.fullmatch(name):
        raise Invalid("prompt_name_unfit", "name", name=name[:100])
    return f"{language}/{name}{ENDING}"


def _file(folder: Path, language: str, name: str) -> Path:
    return folder / _checked(language, name)
