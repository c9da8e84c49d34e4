"""Prompts from text: real engines where they are installed, and plain words where they are not."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from otklik.flows import prompts, speech
from otklik.vocabulary.refusals import Invalid, Refused

pytestmark = pytest.mark.long

TEXTS = {
    "ru": "Здравствуйте! Ваш звонок очень важен для нас, оставайтесь на линии.",
    "en": "Hello! Your call is very important to us, please stay on the line.",
}


@pytest.mark.parametrize("name", ["rhvoice", "piper", "festival", "flite", "espeak"])
async def test_an_engine_speaks_as_loud_and_as_long_as_a_prompt_should_be(name: str, tmp_path: Path) -> None:
    engine = next(one for one in speech.engines(tmp_path) if one.name == name)
    if not engine.voices:
        pytest.skip(f"{name} is not installed")
    for voice in engine.voices[:2]:
        wish = speech.Wish(voice.language, TEXTS[voice.language], name, voice.name)
        line = prompts.line_audio(await speech.speak(tmp_path, wish))
        samples, _ = soundfile.read(
            io.BytesIO(line), format="RAW", subtype="ALAW", samplerate=8000, channels=1
        )
        assert 2 < len(samples) / 8000 < 8
        level = 20 * np.log10(np.sqrt(np.mean(samples**2)))
        assert -30 < level < -12
        assert np.abs(samples).max() < 0.99


async def test_what_was_spoken_once_is_not_spoken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = _any_wish(tmp_path)
    first = await speech.speak(tmp_path, wish)

    async def never(*_: object) -> bytes:
        raise AssertionError("spoken twice")

    monkeypatch.setattr(speech, "_run", never)
    assert await speech.speak(tmp_path, wish) == first
    same = speech.Wish(wish.language, f"  {wish.text}\n ", wish.engine, wish.voice)
    assert await speech.speak(tmp_path, same) == first
    other = speech.Wish(wish.language, "Another text.", wish.engine, wish.voice)
    with pytest.raises(AssertionError, match="spoken twice"):
        await speech.speak(tmp_path, other)


async def test_a_text_is_read_and_never_obeyed(tmp_path: Path) -> None:
    marker = tmp_path / "obeyed"
    wish = _any_wish(tmp_path, text=f'$(touch {marker}) `touch {marker}` (system "touch {marker}") --help')
    await speech.speak(tmp_path, wish)
    assert not marker.exists()


async def test_an_engine_that_is_not_there_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not any(one.is_there or one.voices for one in speech.engines(tmp_path))
    with pytest.raises(Refused) as refused:
        await speech.speak(tmp_path, speech.Wish("ru", "Привет", "rhvoice", "anna"))
    assert (refused.value.code, refused.value.facts) == ("speech_engine_missing", {"engine": "rhvoice"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": "  "}, "text_empty"),
        ({"text": "x" * 2001}, "text_too_long"),
        ({"voice": "../../etc/passwd"}, "unknown_voice"),
        ({"pace": "hasty"}, "unknown_pace"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused(
    tmp_path: Path, change: dict[str, str], code: str
) -> None:
    wish = _any_wish(tmp_path)
    fields = {name: getattr(wish, name) for name in ("language", "text", "engine", "voice", "pace")}
    with pytest.raises(Invalid) as refused:
        await speech.speak(tmp_path, speech.Wish(**(fields | change)))
    assert refused.value.code == code


async def test_an_engine_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "bin" / "flite"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho no voice today >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:/usr/bin:/bin")
    with pytest.raises(Refused) as refused:
        await speech.speak(tmp_path, speech.Wish("en", "Hello", "flite", "slt"))
    assert refused.value.code == "speech_failed"
    assert refused.value.facts["detail"] == "no voice today"


def _any_wish(folder: Path, text: str = "Hello there.") -> speech.Wish:
    for engine in speech.engines(folder):
        for voice in engine.voices:
            if voice.language == "en":
                return speech.Wish("en", text, engine.name, voice.name)
    pytest.skip("no English voice is installed")
