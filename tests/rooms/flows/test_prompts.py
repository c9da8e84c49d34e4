"""Prompts of the site: any audio becomes what a telephone line carries."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from otklik.flows import prompts
from otklik.operations.tones import strength
from otklik.vocabulary.refusals import Invalid, NotFound, Refused

pytestmark = pytest.mark.fast


def tone(hertz: float, seconds: float, rate: int, loud: float = 0.5) -> NDArray[np.float64]:
    return loud * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def file_of(samples: NDArray[np.float64], rate: int, form: str = "WAV") -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=form)
    return out.getvalue()


def heard(line: bytes) -> NDArray[np.float64]:
    samples, _ = soundfile.read(
        io.BytesIO(line), format="RAW", subtype="ALAW", samplerate=8000, channels=1, dtype="float64"
    )
    return samples


@pytest.mark.parametrize(
    ("rate", "form"), [(8000, "WAV"), (44100, "MP3"), (48000, "FLAC"), (16000, "OGG"), (11025, "WAV")]
)
def test_a_tone_stays_a_tone_of_its_length_whatever_the_file(rate: int, form: str) -> None:
    line = heard(prompts.line_audio(file_of(tone(1000, 2, rate), rate, form)))
    assert abs(len(line) / 8000 - 2) < 0.15
    spectrum = np.abs(np.fft.rfft(line))
    assert abs(int(np.argmax(spectrum)) * 8000 / len(line) - 1000) < 2


def test_what_the_line_cannot_carry_does_not_fold_back() -> None:
    samples = tone(1000, 1, 48000, 0.3) + tone(7000, 1, 48000, 0.3)
    spectrum = np.abs(np.fft.rfft(heard(prompts.line_audio(file_of(samples, 48000)))))
    assert spectrum[995:1006].max() > 50 * spectrum[900:990].max(), "7000 Hz would fold to 1000 and beside it"


def test_quiet_and_loud_speech_come_out_alike_and_never_clip() -> None:
    levels = []
    for loud in (0.01, 0.9):
        line = heard(prompts.line_audio(file_of(tone(700, 1, 16000, loud), 16000)))
        levels.append(float(np.sqrt(np.mean(line**2))))
        assert np.abs(line).max() < 0.75
    assert abs(levels[0] - levels[1]) < 0.01


def test_silence_around_it_is_cut_and_both_sides_are_mixed() -> None:
    still = np.zeros(16000 * 2)
    left = np.concatenate([still, tone(700, 1, 16000), still])
    stereo = np.column_stack([left, np.zeros_like(left)])
    line = heard(prompts.line_audio(file_of(stereo, 16000)))
    assert 1.0 < len(line) / 8000 < 1.3


@pytest.mark.parametrize(
    ("audio", "code"),
    [
        (b"no audio at all", "not_audio"),
        (b"", "not_audio"),
        (file_of(np.zeros(8000), 8000), "audio_silent"),
        (file_of(tone(300, 301, 8000), 8000), "audio_too_long"),
    ],
    ids=["words", "empty", "silent", "long"],
)
def test_what_cannot_be_a_prompt_is_refused(audio: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        prompts.keep(tmp_path, "ru", "welcome", audio)
    assert refused.value.code == code
    assert not list(tmp_path.rglob("*.alaw"))


def test_a_prompt_can_be_used_when_every_language_has_it(tmp_path: Path) -> None:
    audio = file_of(tone(700, 1, 8000), 8000)
    prompts.keep(tmp_path, "ru", "welcome", audio)
    assert "site/welcome" not in prompts.playable(tmp_path)
    prompts.keep(tmp_path, "en", "welcome", audio)
    assert {"site/welcome", "greeting"} <= prompts.playable(tmp_path)
    assert [one.name for one in prompts.of_site(tmp_path)] == ["site/welcome"]
    samples, rate = soundfile.read(io.BytesIO(prompts.as_wav(tmp_path, "ru", "site/welcome")))
    assert rate == 8000
    assert strength(samples, 700) > 0
    prompts.forget(tmp_path, "ru", "welcome")
    with pytest.raises(NotFound):
        prompts.as_wav(tmp_path, "ru", "site/welcome")


@pytest.mark.parametrize("name", ["../../etc/passwd", "UPPER", "", "a b", "x" * 61])
def test_names_stay_inside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match="prompt_name_unfit"):
        prompts.keep(tmp_path, "ru", name, file_of(tone(700, 1, 8000), 8000))


def test_what_is_shipped_can_be_heard() -> None:
    names = {one.name for one in prompts.shipped()}
    assert {"greeting", "closed", "position_1"} <= names
    assert len(prompts.as_wav(Path("nowhere"), "en", "greeting")) > 16000


def test_what_was_replaced_or_removed_can_be_brought_back(tmp_path: Path) -> None:
    first = prompts.keep(tmp_path, "ru", "welcome", file_of(tone(700, 1, 8000), 8000))
    assert first.sha256 not in prompts.past_versions(tmp_path)
    second = prompts.keep(tmp_path, "ru", "welcome", file_of(tone(1000, 2, 8000), 8000))
    assert prompts.past_versions(tmp_path) == {first.sha256}
    assert prompts.forget(tmp_path, "ru", "welcome") == second
    assert prompts.of_site(tmp_path) == ()
    assert prompts.restore(tmp_path, "ru", "welcome", first.sha256) == first
    samples, _ = soundfile.read(io.BytesIO(prompts.as_wav(tmp_path, "ru", "site/welcome")))
    assert strength(samples, 700) > 10 * strength(samples, 1000)
    for unknown in ("0" * 64, "../ru/welcome"):
        with pytest.raises(NotFound):
            prompts.restore(tmp_path, "ru", "welcome", unknown)


def test_past_versions_do_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "PAST_KEPT", 2)
    kept = [
        prompts.keep(tmp_path, "ru", "welcome", file_of(tone(hertz, 0.3, 8000), 8000))
        for hertz in (500, 600, 700, 800)
    ]
    assert len(prompts.past_versions(tmp_path)) == 2
    assert kept[2].sha256 in prompts.past_versions(tmp_path)


def test_another_name_is_for_every_language_and_never_over_another_prompt(tmp_path: Path) -> None:
    audio = file_of(tone(700, 1, 8000), 8000)
    for language in ("ru", "en"):
        prompts.keep(tmp_path, language, "welcome", audio)
    prompts.keep(tmp_path, "en", "taken", audio)
    with pytest.raises(Refused, match="prompt_exists"):
        prompts.rename(tmp_path, "welcome", "taken")
    assert set(prompts.rename(tmp_path, "welcome", "hello")) == {"ru", "en"}
    assert {one.name: set(one.seconds) for one in prompts.of_site(tmp_path)} == {
        "site/hello": {"ru", "en"},
        "site/taken": {"en"},
    }
    with pytest.raises(NotFound):
        prompts.rename(tmp_path, "welcome", "other")
