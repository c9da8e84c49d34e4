"""Prompts from text: speech engines of the machine, each a program of its own.

They run when a prompt is made, never while a call waits, and only what is installed is offered: an engine is
not shipped, since its licence, size and voices are the administrator's choice. What was spoken once is kept
by engine, voice, pace and text, so hearing a prompt before saving it costs one synthesis.
"""

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otklik.vocabulary.refusals import Invalid, Refused
from otklik.vocabulary.text import one_line

LONGEST_TEXT: Final = 2000
SLOWEST_SECONDS: Final = 60
PACES: Final = ("slow", "usual", "fast")
CACHE_KEPT: Final = 100
_CACHE = ".spoken"
_STRETCH: Final = {"slow": 1.25, "usual": 1.0, "fast": 0.8}
_FESTIVAL = Path("/usr/share/festival/voices")
_RHVOICE = (Path("/usr/share/RHVoice/voices"), Path("/usr/local/share/RHVoice/voices"))
_RHVOICE_LANGUAGES: Final = {
    **dict.fromkeys(("anna", "elena", "irina", "aleksandr", "aleksandr-hq", "artemiy", "arina"), "ru"),
    **dict.fromkeys(("slt", "bdl", "clb", "alan", "evgeniy-eng", "lyubov"), "en"),
}
_FESTIVAL_LANGUAGES: Final = {"russian": "ru", "english": "en", "us": "en"}

_one_at_a_time = asyncio.Semaphore(1)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of an engine. name: as the engine calls it."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that speaks. is_there: it is installed. has_pace: it can speak slower and faster.

    voices: those that can be used now."""

    name: str
    is_there: bool
    has_pace: bool
    voices: tuple[Voice, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be spoken, how. pace: one of PACES."""

    language: str
    text: str
    engine: str
    voice: str
    pace: str = "usual"


def engines(folder: Path) -> tuple[Engine, ...]:
    """All that are known, the best first. folder: the site's sounds; piper's voices stand in its `voices`."""
    found: list[Engine] = []
    for name, (program, voices_in) in _ENGINES.items():
        is_there = shutil.which(program) is not None
        has_pace = name != "festival"  # units cut from a recorded voice keep their length
        found.append(Engine(name, is_there, has_pace, tuple(voices_in(folder)) if is_there else ()))
    return tuple(found)


async def speak(folder: Path, wish: Wish) -> bytes:
    """The text as a WAV of whatever rate the engine has.

    Raises Invalid `text_empty`, `text_too_long`, `unknown_voice`, `unknown_pace`; Refused
    `speech_engine_missing` when the program is not installed, `speech_failed` with what it said.
    """
    text = one_line(" ".join(wish.text.split()), "text", longest=LONGEST_TEXT)
    if wish.pace not in PACES:
        raise Invalid("unknown_pace", "pace")
    engine = next((one for one in engines(folder) if one.name == wish.engine), None)
    if engine is None or not engine.is_there:
        raise Refused("speech_engine_missing", engine=wish.engine[:40])
    if Voice(wish.voice, wish.language) not in engine.voices:
        raise Invalid("unknown_voice", "voice", voice=wish.voice[:60])
    key = "\0".join((wish.engine, wish.voice, wish.pace, text))
    kept = folder / _CACHE / f"{hashlib.sha256(key.encode()).hexdigest()}.wav"
    if kept.exists():
        os.utime(kept)
        return kept.read_bytes()
    async with _one_at_a_time:
        audio = await _run(folder, wish, text)
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = kept.with_suffix(".new")
    fresh.write_bytes(audio)
    fresh.replace(kept)
    for old in sorted(kept.parent.glob("*.wav"), key=lambda one: one.stat().st_mtime)[:-CACHE_KEPT]:
        old.unlink(missing_ok=True)
    return audio


async def _run(folder: Path, wish: Wish, text: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="otklik-speech-") as place:
        out = Path(place) / "out.wav"
        line = _LINES[wish.engine](folder, wish, out)
        # The text goes in by the standard input: it is never part of a command.
        process = await asyncio.create_subprocess_exec(
            *line,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=place,
            env={"PATH": os.environ.get("PATH", ""), "HOME": place, "LANG": "C.UTF-8"},
            preexec_fn=_politely,
        )
        try:
            async with asyncio.timeout(SLOWEST_SECONDS):
                _, told = await process.communicate(text.encode() + b"\n")
        except TimeoutError:
            raise Refused("speech_failed", engine=wish.engine, detail="too slow") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not out.exists() or not out.stat().st_size:
            detail = " ".join(told.decode(errors="replace").split())[:200]
            raise Refused("speech_failed", engine=wish.engine, detail=detail)
        return out.read_bytes()


def _politely() -> None:
    os.nice(15)


# --- each engine: how its voices are found, how it is called


def _rhvoice_voices(folder: Path) -> list[Voice]:
    names = sorted({one.name.lower() for root in _RHVOICE if root.is_dir() for one in root.iterdir()})
    return [Voice(name, _RHVOICE_LANGUAGES[name]) for name in names if name in _RHVOICE_LANGUAGES]


def _piper_voices(folder: Path) -> list[Voice]:
    """A voice is a file `ru_RU-name-quality.onnx` with its `.onnx.json`, laid there by the administrator."""
    return [
        Voice(file.stem, file.name[:2])
        for file in sorted((folder / "voices").glob("??_*.onnx"))
        if file.with_name(file.name + ".json").exists()
    ]


def _festival_voices(folder: Path) -> list[Voice]:
    return [
        Voice(voice.name, language)
        for kind, language in _FESTIVAL_LANGUAGES.items()
        if (_FESTIVAL / kind).is_dir()
        for voice in sorted((_FESTIVAL / kind).iterdir())
    ]


def _flite_voices(folder: Path) -> list[Voice]:
    return [Voice(name, "en") for name in ("slt", "rms", "awb", "kal16")]


def _espeak_voices(folder: Path) -> list[Voice]:
    """English only: over a telephone its Russian is not understood (word errors of 90 %, measured)."""
    return [Voice("en-us", "en"), Voice("en-gb", "en")]


def _rhvoice(folder: Path, wish: Wish, out: Path) -> Sequence[str]:
    return ("RHVoice-test", "-p", wish.voice, "-r", _percent(wish), "-o", str(out))


def _piper(folder: Path, wish: Wish, out: Path) -> Sequence[str]:
    model = folder / "voices" / f"{wish.voice}.onnx"
    return ("piper", "-m", str(model), "-f", str(out), "--length-scale", str(_STRETCH[wish.pace]))


def _festival(folder: Path, wish: Wish, out: Path) -> Sequence[str]:
    pace = f"(Parameter.set 'Duration_Stretch {_STRETCH[wish.pace]})"
    return ("text2wave", "-eval", f"(begin (voice_{wish.voice}) {pace})", "-o", str(out))


def _flite(folder: Path, wish: Wish, out: Path) -> Sequence[str]:
    pace = f"duration_stretch={_STRETCH[wish.pace]}"
    return ("flite", "-voice", wish.voice, "--setf", pace, "-f", "/dev/stdin", "-o", str(out))


def _espeak(folder: Path, wish: Wish, out: Path) -> Sequence[str]:
    words = str(round(160 / _STRETCH[wish.pace]))
    return ("espeak-ng", "-v", wish.voice, "-s", words, "-w", str(out), "--stdin")


def _percent(wish: Wish) -> str:
    return str(round(100 / _STRETCH[wish.pace]))


_ENGINES: Mapping[str, tuple[str, Callable[[Path], list[Voice]]]] = {
    "rhvoice": ("RHVoice-test", _rhvoice_voices),
    "piper": ("piper", _piper_voices),
    "festival": ("text2wave", _festival_voices),
    "flite": ("flite", _flite_voices),
    "espeak": ("espeak-ng", _espeak_voices),
}
_LINES: Mapping[str, Callable[[Path, Wish, Path], Sequence[str]]] = {
    "rhvoice": _rhvoice,
    "piper": _piper,
    "festival": _festival,
    "flite": _flite,
    "espeak": _espeak,
}
