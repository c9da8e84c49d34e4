"""Cutting by tones: the right part of the right file on the right side, and a file that is what it says."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from otklik.quality import audio
from otklik.quality.model import RATE, Pause, RawFile, read_pauses
from otklik.quality.peaks import PeakMeter, decode_peaks, encode_peaks, waveform
from otklik.vocabulary.ids import InteractionId, LegId

pytestmark = pytest.mark.fast

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(milliseconds=round(seconds * 1000))


def tone(hertz: float, seconds: float, level: float = 0.3) -> np.ndarray:
    moments = np.arange(round(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * hertz * moments) * level * 32767).astype("<i2")


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), dtype="<i2")


def write_raw(path: Path, *channels: np.ndarray) -> None:
    np.stack(channels, axis=1).astype("<i2").tofile(path)


def raw(path: str, since: float, role: str = "customer", leg: int = 1, until: float | None = None) -> RawFile:
    return RawFile(
        leg_id=LegId(leg), role=role, path=path, since=at(since), until=None if until is None else at(until)
    )


def pitch(sound: np.ndarray) -> float:
    """The loudest frequency, 0 for silence."""
    if np.abs(sound.astype(float)).max(initial=0.0) < 300:
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound.astype(float) * np.hanning(len(sound))))
    return float(spectrum.argmax() * RATE / len(sound))


def heard(file: Path, since: float, until: float) -> tuple[float, float]:
    """Pitch of customer and agent in a part of a stored recording."""
    sound, rate = soundfile.read(file, dtype="int16")
    assert rate == RATE
    part = sound[round(since * RATE) : round(until * RATE)]
    return round(pitch(part[:, 0]), -1), round(pitch(part[:, 1]), -1)


def store(home: Path, files: list[RawFile], since: float, until: float) -> tuple[audio.Cut, Path]:
    cut = audio.plan(files, home, at(since), at(until))
    assert cut is not None
    target = home / "recordings/2026/11/23/7.ogg"
    audio.store(cut, target)
    return cut, target


def test_the_segment_is_cut_by_moments_with_the_customer_left(tmp_path: Path) -> None:
    customer = np.concatenate([tone(1000, 5), tone(400, 10), tone(1000, 5)])
    agent = np.concatenate([tone(1300, 5), tone(700, 10), tone(1300, 5)])
    write_raw(tmp_path / "a.raw", customer, agent)

    cut, file = store(tmp_path, [raw("a.raw", 0)], 5, 15)

    assert cut.duration == timedelta(seconds=10)
    assert cut.begins_at == at(5)
    assert heard(file, 0.1, 9.9) == (400, 700)
    assert heard(file, 0.02, 0.3) == (400, 700)
    assert heard(file, 9.7, 9.98) == (400, 700)


def test_a_file_that_stood_still_before_the_talk_is_counted_from_its_end(tmp_path: Path) -> None:
    # Three seconds of music, 0.7 s in which nothing flowed, half a second of talk, 40 ms to the leg's end.
    customer = np.concatenate([silence(3), tone(400, 0.54)])
    agent = np.concatenate([tone(1300, 3), tone(700, 0.54)])
    write_raw(tmp_path / "a.raw", customer, agent)

    cut, file = store(tmp_path, [raw("a.raw", 0, until=4.24)], 3.7, 4.2)

    assert cut.duration == timedelta(seconds=0.5)
    assert cut.begins_at == at(3.7)
    assert heard(file, 0, 0.5) == (400, 700)


def test_a_file_whose_beginning_was_told_late_is_counted_from_its_end(tmp_path: Path) -> None:
    write_raw(
        tmp_path / "a.raw",
        np.concatenate([silence(3), tone(400, 1)]),
        np.concatenate([tone(1300, 3), tone(700, 1)]),
    )

    _, file = store(tmp_path, [raw("a.raw", 0.4, until=4)], 3.1, 4)

    assert heard(file, 0, 0.9) == (400, 700)


def test_only_the_last_file_of_a_leg_is_counted_from_its_end(tmp_path: Path) -> None:
    """The first was followed by another, or paused: what it lacks came after it."""
    write_raw(tmp_path / "a.raw", tone(400, 3), tone(700, 3))
    write_raw(tmp_path / "b.raw", tone(400, 0.8), tone(700, 0.8))

    files = [raw("a.raw", 0, until=4), raw("b.raw", 3.1, until=4)]
    both = audio.plan(files, tmp_path, at(1), at(4))
    paused = audio.plan(
        files[:1], tmp_path, at(1), at(4), [Pause(interaction_id=InteractionId(7), since=at(3), until=None)]
    )

    assert both is not None
    assert [track.offset for track in both.tracks] == [-RATE, round(2.2 * RATE)]
    assert paused is not None
    assert paused.tracks[0].offset == -RATE


@pytest.mark.parametrize(("until", "ends"), [(4.24, 3.4), (9.0, 9.0)])
def test_what_stood_still_elsewhere_moves_no_talk(tmp_path: Path, until: float, ends: float) -> None:
    """A talk that is not the file's last one; a file in which seconds are missing."""
    write_raw(tmp_path / "a.raw", np.concatenate([silence(3), tone(400, 0.54)]), tone(700, 3.54))

    cut = audio.plan([raw("a.raw", 0, until=until)], tmp_path, at(3), at(ends))

    assert cut is not None
    assert cut.tracks[0].offset == -3 * RATE


def test_the_cut_is_right_within_ten_milliseconds(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", np.concatenate([silence(7.25), tone(400, 10)]), silence(17.25))

    _, file = store(tmp_path, [raw("a.raw", 2)], 4, 14)

    sound, _ = soundfile.read(file, dtype="int16")
    onset = np.argmax(np.abs(sound[:, 0].astype(int)) > 3000) / RATE
    assert onset == pytest.approx(9.25 - 4, abs=0.01)


def test_a_file_that_began_late_or_ended_early_gives_what_it_has(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 4), tone(700, 4))

    cut, file = store(tmp_path, [raw("a.raw", 3)], 0, 20)

    assert cut.begins_at == at(3)
    assert cut.duration == timedelta(seconds=4)
    assert heard(file, 0.1, 3.9) == (400, 700)


def test_an_agents_own_file_is_used_the_other_way_round(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(700, 5), tone(400, 5))

    _, file = store(tmp_path, [raw("a.raw", 0, role="agent")], 0, 5)

    assert heard(file, 0.1, 4.9) == (400, 700)


def test_an_agents_file_is_not_mixed_into_the_customers(tmp_path: Path) -> None:
    write_raw(tmp_path / "c.raw", tone(400, 5), tone(700, 5))
    write_raw(tmp_path / "a.raw", tone(1300, 5), tone(1600, 5))

    _, file = store(tmp_path, [raw("c.raw", 0), raw("a.raw", 0, role="agent", leg=2)], 0, 5)

    assert heard(file, 0.1, 4.9) == (400, 700)


def test_voices_recorded_apart_are_joined_by_their_offsets(tmp_path: Path) -> None:
    write_raw(tmp_path / "c-in.raw", tone(400, 10))
    write_raw(tmp_path / "a-in.raw", tone(700, 4))
    write_raw(tmp_path / "b-in.raw", tone(1000, 3))
    files = [
        raw("c-in.raw", 0),
        raw("a-in.raw", 1, role="agent", leg=2),
        raw("b-in.raw", 6, role="agent", leg=3),
    ]

    _, file = store(tmp_path, files, 0, 10)

    assert heard(file, 0.1, 0.9) == (400, 0)
    assert heard(file, 1.1, 4.9) == (400, 700)
    assert heard(file, 5.1, 5.9) == (400, 0)
    assert heard(file, 6.1, 8.9) == (400, 1000)


def test_long_talks_go_block_by_block(tmp_path: Path) -> None:
    customer = np.concatenate([tone(400, 45), tone(1000, 30)])
    write_raw(tmp_path / "a.raw", customer, tone(700, 75))

    cut, file = store(tmp_path, [raw("a.raw", 0)], 0.5, 74.5)

    assert sum(len(block) for block in audio.blocks(cut)) == 74 * RATE
    assert heard(file, 29, 31) == (400, 700)
    assert heard(file, 44.6, 73) == (1000, 700)


def test_nothing_to_cut_is_told(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 2), tone(700, 2))

    assert audio.plan([raw("a.raw", 0)], tmp_path, at(5), at(9)) is None
    assert audio.plan([raw("b.raw", 0)], tmp_path, at(0), at(9)) is None
    (tmp_path / "c.raw").touch()
    assert audio.plan([raw("c.raw", 0)], tmp_path, at(0), at(9)) is None


def test_a_half_written_frame_is_left_out(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 2), tone(700, 2))
    with (tmp_path / "a.raw").open("ab") as file:
        file.write(b"\x01\x02\x03")

    cut, file_ = store(tmp_path, [raw("a.raw", 0)], 0, 9)

    assert cut.frames == 2 * RATE
    assert heard(file_, 0.1, 1.9) == (400, 700)


def test_a_file_grows_until_it_reaches_the_end(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", silence(5), silence(5))

    assert audio.is_complete([raw("a.raw", 1)], tmp_path, at(6))
    assert not audio.is_complete([raw("a.raw", 1)], tmp_path, at(6.001))


def test_only_the_owner_may_read_a_recording(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 2), tone(700, 2))
    before = os.umask(0)
    try:
        _, file = store(tmp_path, [raw("a.raw", 0)], 0, 2)
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["7.ogg"]


def test_what_was_written_is_hashed_and_has_a_waveform(tmp_path: Path) -> None:
    write_raw(
        tmp_path / "a.raw",
        np.concatenate([silence(5), tone(400, 5, level=1.0)]),
        np.concatenate([tone(700, 5, level=0.5), silence(5)]),
    )
    cut = audio.plan([raw("a.raw", 0)], tmp_path, at(0), at(10))
    assert cut is not None

    written = audio.store(cut, tmp_path / "recordings/x.ogg")

    assert written.sha256 == audio.hash_of(tmp_path / "recordings/x.ogg")
    assert written.size_bytes == (tmp_path / "recordings/x.ogg").stat().st_size
    shape = waveform(decode_peaks(written.peaks), 10_000)
    assert len(shape["customer"]) == len(shape["agent"]) == 400
    assert max(shape["customer"][:199]) == 0
    assert min(shape["customer"][201:]) > 250
    assert 120 < min(shape["agent"][:199]) <= max(shape["agent"][:199]) < 135
    assert shape["duration_ms"] == 10_000


def test_a_short_waveform_has_a_slice_for_each_ten_milliseconds() -> None:
    meter = PeakMeter()
    meter.take(np.full((100, 2), -32768, dtype=np.int16))

    assert meter.peaks() == bytes([255, 255, 255, 255])
    assert PeakMeter().peaks() == b""
    assert decode_peaks(encode_peaks(b"\x00\xff")) == b"\x00\xff"
    assert decode_peaks("not base64!") == b""


def test_a_recording_is_written_again_in_place_of_a_torn_one(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 2), tone(700, 2))
    target = tmp_path / "recordings/2026/11/23/7.ogg"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"torn")
    target.with_name(".7.ogg.part").write_bytes(b"left by one who was killed")

    _, file = store(tmp_path, [raw("a.raw", 0)], 0, 2)

    assert heard(file, 0.1, 1.9) == (400, 700)
    assert [path.name for path in target.parent.iterdir()] == ["7.ogg"]


def test_a_folder_that_refuses_is_an_os_error_and_leaves_nothing(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 2), tone(700, 2))
    (tmp_path / "recordings").write_text("a file where a folder should be")
    cut = audio.plan([raw("a.raw", 0)], tmp_path, at(0), at(2))
    assert cut is not None

    with pytest.raises(OSError, match="recordings"):
        audio.store(cut, tmp_path / "recordings/2026/x.ogg")


def test_a_file_that_cannot_be_read_back_is_not_stored(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 2), tone(700, 2))
    cut = audio.plan([raw("a.raw", 0)], tmp_path, at(0), at(2))
    assert cut is not None
    _, file = store(tmp_path, [raw("a.raw", 0)], 0, 2)

    with pytest.raises(audio.NotStored, match="frames"):
        audio._check(file, cut.frames + 8000, [0, 0])
    with pytest.raises(audio.NotStored, match="side 1"):
        audio._check(file, cut.frames, [0, 20_000])


def test_a_pause_is_silent_whatever_the_files_have_and_says_so_in_the_file(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 6), tone(700, 6))
    write_raw(tmp_path / "b.raw", tone(1000, 10), tone(1300, 10))
    pause = Pause(interaction_id=InteractionId(1), since=at(5), until=at(12))

    cut = audio.plan([raw("a.raw", 0, until=5), raw("b.raw", 10)], tmp_path, at(0), at(20), [pause])

    assert cut is not None
    file = tmp_path / "recordings/7.ogg"
    audio.store(cut, file)
    assert heard(file, 0.1, 4.9) == (400, 700)
    assert heard(file, 5.1, 11.9) == (0, 0), "both files go on into the pause"
    assert heard(file, 12.1, 19.9) == (1000, 1300)
    assert cut.pauses == "5000-12000"
    assert read_pauses(cut.pauses) == [(timedelta(seconds=5), timedelta(seconds=12))]
    with soundfile.SoundFile(file) as sound:
        assert sound.comment == "card_data_pauses_ms=5000-12000"


def test_a_pause_that_nobody_ended_is_silent_to_the_end_of_the_talk(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 5), tone(700, 5))
    pause = Pause(interaction_id=InteractionId(1), since=at(4))

    cut = audio.plan([raw("a.raw", 0, until=4)], tmp_path, at(0), at(9), [pause])

    assert cut is not None
    assert (cut.duration, cut.pauses) == (timedelta(seconds=9), "4000-9000")


def test_a_talk_that_was_paused_all_the_time_is_stored_as_silence(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", tone(400, 5), tone(700, 5))
    pause = Pause(interaction_id=InteractionId(1), since=at(4))

    cut = audio.plan([raw("a.raw", 0, until=4)], tmp_path, at(10), at(12), [pause])

    assert cut is not None
    assert not np.concatenate(list(audio.blocks(cut))).any()


def test_a_file_that_was_closed_for_a_pause_is_not_waited_for(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.raw", silence(4), silence(4))
    write_raw(tmp_path / "b.raw", silence(10), silence(10))
    assert audio.is_complete([raw("a.raw", 0, until=5), raw("b.raw", 8)], tmp_path, at(18))
    assert not audio.is_complete([raw("a.raw", 0, until=5), raw("b.raw", 8)], tmp_path, at(19))
