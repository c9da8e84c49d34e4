"""Recording stops before the disk is full and begins again with some room to spare."""

import os
from pathlib import Path

import pytest

from otklik.switchboard.disk import RecordingRoom, free_percent

pytestmark = pytest.mark.fast


def test_recording_stops_below_the_limit_and_begins_again_above_the_gap() -> None:
    room = RecordingRoom(needed_percent=5.0)

    steps = [room.note(free) for free in (20.0, 5.0, 4.99, 5.0, 5.99, 6.0, 5.2, 4.9)]

    assert steps == [False, False, True, False, False, True, False, True]
    assert not room.is_allowed


def test_a_share_that_swings_around_the_limit_changes_recording_once() -> None:
    room = RecordingRoom(needed_percent=5.0)

    changes = sum(room.note(4.9 + 0.2 * (step % 2)) for step in range(100))

    assert changes == 1
    assert not room.is_allowed


def test_a_disk_that_cannot_be_read_has_no_room() -> None:
    room = RecordingRoom(needed_percent=0.0)

    assert room.note(None)
    assert not room.is_allowed
    assert room.note(1.0)
    assert room.is_allowed


def test_the_highest_limit_can_be_left_again() -> None:
    room = RecordingRoom(needed_percent=90.0)
    room.note(50.0)

    assert room.note(91.0)


def test_free_space_is_what_an_ordinary_program_may_use(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)

    free = free_percent([tmp_path, tmp_path / "not there"])

    assert free is not None
    assert free == pytest.approx(100 * found.f_bavail / found.f_blocks, abs=1)
    assert free_percent([tmp_path / "not there"]) is None
