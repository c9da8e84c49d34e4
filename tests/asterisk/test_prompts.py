"""The committed announcements and the music: whole, in every language, loud enough and small."""

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.fast

PROMPTS = Path(__file__).resolve().parents[2] / "src/otklik/prompts"
NAMES = {
    "greeting", "greeting_unrecorded", "closed", "please_wait", "connecting", "sorry", "position_more",
    "callback_offer", "callback_promised", "beep", "voicemail", "voicemail_kept", "voicemail_short",
    "recording_notice", "recording_refused", "survey_nps", "survey_csat", "survey_fcr", "survey_thanks",
    "vote_counted", "vote_repeated", "vote_closed", "wait_about", "wait_short", "wait_long",
    *(f"position_{place}" for place in range(1, 11)),
}  # fmt: skip
RATE = 8000


def read_alaw(path: Path) -> np.ndarray:
    """Samples in -1 ... 1 of a headerless A-law file. **Source:** ITU-T G.711 (1988), table 1a."""
    codes = np.frombuffer(path.read_bytes(), np.uint8) ^ 0x55
    exponent = (codes & 0x70) >> 4
    mantissa = (codes & 0x0F).astype(int)
    size = np.where(
        exponent == 0, mantissa * 16 + 8, (mantissa * 16 + 264) << np.maximum(exponent.astype(int) - 1, 0)
    )
    return np.where(codes & 0x80, size, -size) / 32768


def loudness(samples: np.ndarray) -> float:
    """Of what is not silence, in dB below full scale."""
    return float(20 * np.log10(np.sqrt(np.mean(samples[np.abs(samples) > 0.01] ** 2))))


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_prompt_stands_in_every_language(locale: str) -> None:
    assert {path.stem for path in (PROMPTS / locale).glob("*.alaw")} == NAMES


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_words_are_as_loud_as_prompts_and_follow_one_another_without_a_pause(locale: str) -> None:
    """A number is said from many files: each is a word, not a sentence with its breath."""
    for path in sorted((PROMPTS / locale / "words").glob("*.alaw")):
        samples = read_alaw(path)
        assert 0.1 < len(samples) / RATE < 1.6, path.name
        assert -26 < loudness(samples) < -15, path.name
        loud = np.flatnonzero(np.abs(samples) > 0.05)
        assert loud[0] / RATE < 0.25, path.name
        assert (len(samples) - loud[-1]) / RATE < 0.35, path.name


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_prompt_is_neither_too_quiet_nor_too_loud_nor_too_long(locale: str, name: str) -> None:
    samples = read_alaw(PROMPTS / locale / f"{name}.alaw")

    assert (0.4 if name == "beep" else 1.0) < len(samples) / RATE < 15
    assert -24 < loudness(samples) < -15
    assert np.max(np.abs(samples)) < 0.99
    if name != "beep":  # a tone may begin at once
        assert np.max(np.abs(samples[:160])) < 0.1, "it begins in the middle of a word"


def test_the_music_is_even_long_enough_and_has_no_seam() -> None:
    files = sorted((PROMPTS / "music").iterdir())
    music = np.concatenate([read_alaw(path) for path in files])

    assert 30 < len(music) / RATE < 60
    seconds = music[: len(music) // RATE * RATE].reshape(-1, RATE)
    levels = 20 * np.log10(np.sqrt(np.mean(seconds**2, axis=1)))
    assert np.min(levels) > -40, "a hole: the customer would think that he was cut off"
    assert np.max(levels) < -12
    step = abs(float(music[0] - music[-1]))
    assert step < 0.1, "it clicks when it begins anew"


def test_the_music_is_no_beep() -> None:
    music = np.concatenate([read_alaw(path) for path in sorted((PROMPTS / "music").iterdir())])
    spectrum = np.abs(np.fft.rfft(music)) ** 2
    share = np.sort(spectrum)[::-1][:20].sum() / spectrum.sum()

    assert share < 0.5


def test_all_sounds_together_are_small() -> None:
    sizes = {path: path.stat().st_size for path in PROMPTS.rglob("*.alaw")}

    assert max(sizes.values()) < 200_000
    assert sum(sizes.values()) < 4_500_000
