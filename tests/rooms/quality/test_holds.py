"""Holds in a recording: when the customer was held, and whether anything of that is kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from otklik.acd import events as acd
from otklik.journal.record import Record
from otklik.quality import audio
from otklik.quality.changes import Change, HoldBegun, HoldOver
from otklik.quality.model import RATE, Pause, RawFile
from otklik.quality.projection import RecordingsProjection
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, QueueId, SegmentId, SiteId
from otklik.vocabulary.messages import Event

pytestmark = pytest.mark.fast

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(7)
ANNA = AgentId(3)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def recorded(home: Path, *, silent: bool) -> tuple[audio.Cut, np.ndarray]:
    """Twelve seconds of a loud call, held from the third to the seventh."""
    moments = np.arange(12 * RATE) / RATE
    sides = [(9000 * np.sin(2 * np.pi * hertz * moments)).astype("<i2") for hertz in (400, 700)]
    (home / "a.raw").write_bytes(np.stack(sides, axis=1).tobytes())
    file = RawFile(leg_id=LegId(1), role="customer", path="a.raw", since=at(0))
    hold = Pause(interaction_id=CALL, since=at(3), until=at(7))
    cut = audio.plan([file], home, at(0), at(12), (), [hold], has_silent_holds=silent)
    assert cut is not None
    audio.store(cut, home / "x.ogg")
    sound, _ = soundfile.read(home / "x.ogg")
    return cut, np.asarray(sound)


def loudness(sound: np.ndarray, since: float, until: float) -> float:
    return float(np.sqrt((sound[round(since * RATE) : round(until * RATE)] ** 2).mean()))


def test_a_hold_is_marked_and_kept_as_it_was(tmp_path: Path) -> None:
    cut, sound = recorded(tmp_path, silent=False)
    assert cut.held == "3000-7000"
    assert cut.pauses == "", "nobody said card data"
    assert loudness(sound, 4, 6) > 0.1


def test_nothing_of_a_hold_is_kept_where_the_site_wants_so(tmp_path: Path) -> None:
    cut, sound = recorded(tmp_path, silent=True)
    assert cut.held == "3000-7000"
    assert loudness(sound, 3.2, 6.8) < 0.001
    assert loudness(sound, 0.5, 2.8) > 0.1
    assert loudness(sound, 7.3, 11.5) > 0.1
    assert cut.duration == timedelta(seconds=12), "and the time goes on"


def fold(projection: RecordingsProjection, *events: Event) -> list[Change]:
    found: list[Change] = []
    for number, event in enumerate(events):
        changes = projection.fold([Record(site_id=SiteId(1), seq=number, at=event.at, event=event)])
        found += changes.changes if changes else ()
    return [one for one in found if isinstance(one, HoldBegun | HoldOver)]


def connected(seconds: float) -> Event:
    return acd.InteractionConnected(
        at=at(seconds), interaction_id=CALL, segment_id=SegmentId(70), agent_id=ANNA, queue_id=QueueId(2)
    )


def held(seconds: float) -> Event:
    return acd.InteractionHeld(at=at(seconds), interaction_id=CALL, agent_id=ANNA)


def test_a_hold_ends_with_the_resume_and_with_nothing_else_twice() -> None:
    projection = RecordingsProjection()
    resumed = acd.InteractionResumed(at=at(9), interaction_id=CALL, agent_id=ANNA)
    assert fold(projection, connected(0), held(4), held(5), resumed, resumed) == [
        HoldBegun(interaction_id=CALL, since=at(4)),
        HoldOver(interaction_id=CALL, at=at(9)),
    ]


def test_who_is_handed_over_on_hold_is_held_until_then() -> None:
    projection = RecordingsProjection()
    given = acd.SegmentHandedOver(at=at(8), interaction_id=CALL, segment_id=SegmentId(70), agent_id=ANNA)
    assert fold(projection, connected(0), held(4), given)[-1] == HoldOver(interaction_id=CALL, at=at(8))


def test_an_open_hold_survives_a_snapshot() -> None:
    first, second = RecordingsProjection(), RecordingsProjection()
    fold(first, connected(0), held(4))
    second.restore(first.snapshot())
    resumed = acd.InteractionResumed(at=at(9), interaction_id=CALL, agent_id=ANNA)
    assert fold(second, resumed) == [HoldOver(interaction_id=CALL, at=at(9))]
