"""The fold of the journal into raw files, work and recordings; no database."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from otklik.acd import events as acd
from otklik.acd.model import Channel, Direction, EndedBy, EndReason
from otklik.journal.record import Record
from otklik.quality.changes import (
    InteractionOver,
    MissingNoted,
    PauseBegun,
    PauseKept,
    PauseOver,
    RawBegun,
    RawOver,
    RawRefused,
    Unrecorded,
)
from otklik.quality.model import Stored, Talk
from otklik.quality.projection import RecordingsProjection
from otklik.switchboard import events as legs
from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    LegId,
    NumberId,
    PartyId,
    ProjectId,
    QueueId,
    SegmentId,
    Sequence,
    SiteId,
    TeamId,
    VoicemailId,
)
from otklik.vocabulary.messages import Event

pytestmark = pytest.mark.fast

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = InteractionId(7)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def story() -> list[Event]:
    """A recorded call: two segments (a transfer), the second with another agent."""
    return [
        acd.InteractionArrived(
            at=at(0),
            interaction_id=CALL,
            channel=Channel.VOICE,
            direction=Direction.INBOUND,
            party_id=PartyId(1),
            number_id=NumberId(1),
            project_id=ProjectId(0),
        ),
        legs.LegStarted(at=at(0), leg_id=LegId(1), interaction_id=CALL, role="customer"),
        legs.LegRecorded(at=at(0), leg_id=LegId(1), interaction_id=CALL, path="spool/x.raw", since=at(-0.1)),
        legs.LegStarted(at=at(5), leg_id=LegId(2), interaction_id=CALL, role="agent", agent_id=AgentId(3)),
        connected(10, 70, 3),
        acd.SegmentHandedOver(at=at(40), interaction_id=CALL, segment_id=SegmentId(70), agent_id=AgentId(3)),
        legs.LegOver(at=at(40), leg_id=LegId(2), interaction_id=CALL),
        connected(50, 71, 4),
        ended(90, 71, 4),
        legs.LegOver(at=at(90.1), leg_id=LegId(1), interaction_id=CALL),
    ]


def connected(seconds: float, segment: int, agent: int) -> Event:
    return acd.InteractionConnected(
        at=at(seconds),
        interaction_id=CALL,
        segment_id=SegmentId(segment),
        queue_id=QueueId(2),
        agent_id=AgentId(agent),
    )


def ended(seconds: float, segment: int, agent: int) -> Event:
    return acd.InteractionEnded(
        at=at(seconds),
        interaction_id=CALL,
        reason=EndReason.ANSWERED,
        by=EndedBy.AGENT,
        segment_id=SegmentId(segment),
        queue_id=QueueId(2),
        agent_id=AgentId(agent),
    )


def fold(projection: RecordingsProjection, events: list[Event]) -> list[object]:
    records = [
        Record(site_id=SiteId(1), seq=Sequence(number + 1), at=event.at, event=event)
        for number, event in enumerate(events)
    ]
    changes = projection.fold(records)
    return [] if changes is None else list(changes.changes)


def test_each_segment_with_talk_becomes_work() -> None:
    changes = fold(RecordingsProjection(), story())

    talks = [change for change in changes if isinstance(change, Talk)]
    assert [(talk.segment_id, talk.agent_id, talk.since, talk.until) for talk in talks] == [
        (70, 3, at(10), at(40)),
        (71, 4, at(50), at(90)),
    ]
    assert {talk.queue_id for talk in talks} == {2}


def test_raw_files_begin_and_end_with_their_leg() -> None:
    changes = fold(RecordingsProjection(), story())

    kinds = [type(change) for change in changes if not isinstance(change, Talk)]
    assert kinds == [RawBegun, InteractionOver, RawOver]
    begun = next(change for change in changes if isinstance(change, RawBegun))
    assert begun.file.role == "customer"
    assert begun.file.since == at(-0.1)


def test_a_lost_phone_that_does_not_come_back_ends_the_talk_of_its_segment() -> None:
    events = story()[:5]
    events.append(acd.ReconnectionFailed(at=at(30), interaction_id=CALL, agent_id=AgentId(3)))

    talks = [change for change in fold(RecordingsProjection(), events) if isinstance(change, Talk)]

    assert [(talk.segment_id, talk.until) for talk in talks] == [(70, at(30))]


def test_a_call_without_talk_is_no_work() -> None:
    events = [*story()[:3], ended(20, 0, 0)]

    changes = fold(RecordingsProjection(), events)

    assert [type(change) for change in changes] == [RawBegun, InteractionOver]


def test_a_talk_of_which_nothing_was_recorded_is_no_work() -> None:
    events = [event for event in story() if not isinstance(event, legs.LegRecorded)]

    changes = fold(RecordingsProjection(), events)

    assert all(isinstance(change, Unrecorded) for change in changes)
    talks = [change.talk for change in changes if isinstance(change, Unrecorded)]
    assert [(talk.segment_id, talk.agent_id, talk.since) for talk in talks] == [
        (70, 3, at(10)),
        (71, 4, at(50)),
    ]


def test_results_become_lines_of_the_manifest() -> None:
    stored = legs.RecordingStored(
        at=at(100),
        interaction_id=CALL,
        segment_id=SegmentId(70),
        path="recordings/2026/11/23/70.ogg",
        begins_at=at(10),
        duration=timedelta(seconds=30),
        size_bytes=1234,
        sha256="00" * 32,
        peaks="AAAA",
    )
    missing = legs.RecordingMissing(
        at=at(100), interaction_id=CALL, segment_id=SegmentId(71), cause="raw_missing"
    )
    full = legs.RecordingMissing(at=at(100), interaction_id=CALL, segment_id=SegmentId(72), cause="disk_full")

    changes = fold(RecordingsProjection(), [stored, missing, full])

    assert isinstance(changes[0], Stored)
    assert changes[0].path == "recordings/2026/11/23/70.ogg"
    assert [change.is_final for change in changes[1:] if isinstance(change, MissingNoted)] == [True, False]


@pytest.mark.parametrize("cut", range(1, 10))
def test_a_restart_at_any_event_changes_nothing(cut: int) -> None:
    events = story()
    whole = fold(RecordingsProjection(), events)

    first = RecordingsProjection()
    begun = fold(first, events[:cut])
    second = RecordingsProjection()
    second.restore(first.snapshot())

    assert begun + fold(second, events[cut:]) == whole
    second.restore(None)
    assert second.snapshot() == RecordingsProjection().snapshot()


def test_events_of_other_rooms_are_left_alone() -> None:
    assert RecordingsProjection().fold([]) is None
    assert fold(RecordingsProjection(), [acd.SlotStarted(at=at(0), slot=1)]) == []


def card(kind: type[Event], seconds: float, **more: object) -> Event:
    return kind(at=at(seconds), interaction_id=CALL, agent_id=AgentId(3), **more)


def test_a_card_pause_closes_the_file_and_ends_once() -> None:
    started = card(legs.CardPauseStarted, 20, leg_id=LegId(1), asks_at=at(140))
    kept = card(legs.CardPauseKept, 141, asks_at=at(261))
    over = card(legs.CardPauseEnded, 150, leg_id=LegId(1))
    projection = RecordingsProjection()
    fold(projection, story()[:5])

    assert fold(projection, [started, kept, over]) == [
        RawOver(leg_id=LegId(1), at=at(20)),
        PauseBegun(interaction_id=CALL, leg_id=LegId(1), agent_id=AgentId(3), since=at(20), asks_at=at(140)),
        PauseKept(interaction_id=CALL, asks_at=at(261)),
        PauseOver(interaction_id=CALL, at=at(150)),
    ]
    assert PauseOver not in {type(change) for change in fold(projection, [ended(160, 70, 3)])}


def test_a_card_pause_that_nobody_ended_is_over_with_its_interaction() -> None:
    projection = RecordingsProjection()
    fold(projection, story()[:5])
    fold(projection, [card(legs.CardPauseStarted, 20, leg_id=LegId(1), asks_at=at(140))])
    restored = RecordingsProjection()
    restored.restore(projection.snapshot())

    assert PauseOver(interaction_id=CALL, at=at(60)) in fold(restored, [ended(60, 70, 3)])


def test_a_message_is_stored_like_a_segment_of_its_own_id() -> None:
    kept = legs.VoicemailKept(
        at=at(20),
        voicemail_id=VoicemailId(80),
        interaction_id=CALL,
        party_id=PartyId(5),
        number_id=NumberId(1),
        queue_id=QueueId(2),
        team_id=TeamId(0),
        since=at(10),
        until=at(20),
        is_recorded=True,
    )
    (talk,) = [
        change for change in fold(RecordingsProjection(), [*story()[:3], kept]) if isinstance(change, Talk)
    ]
    assert (talk.segment_id, talk.agent_id, talk.queue_id, talk.since, talk.until) == (
        80,
        0,
        2,
        at(10),
        at(20),
    )

    silent = msgspec.structs.replace(kept, is_recorded=False)
    (line,) = fold(RecordingsProjection(), [silent])
    assert isinstance(line, Unrecorded)
    assert line.talk.segment_id == 80


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_refused_recording_goes_at_once_and_its_talks_have_none(*, is_refused: bool) -> None:
    unrecorded = legs.LegUnrecorded(at=at(5), leg_id=LegId(1), interaction_id=CALL, is_refused=is_refused)
    events = [*story()[:3], unrecorded, connected(10, 70, 3), ended(90, 70, 3)]

    changes = fold(RecordingsProjection(), events)

    assert isinstance(changes[1], RawRefused if is_refused else RawOver)
    assert [type(change) for change in changes[2:]] == [Unrecorded, InteractionOver]


def test_what_is_recorded_anew_has_audio_again() -> None:
    """A message on a line that is not recorded otherwise."""
    unrecorded = legs.LegUnrecorded(at=at(5), leg_id=LegId(1), interaction_id=CALL)
    again = legs.LegRecorded(at=at(6), leg_id=LegId(1), interaction_id=CALL, path="spool/y.raw", since=at(6))
    events = [*story()[:3], unrecorded, again, connected(10, 70, 3), ended(90, 70, 3)]
    assert [
        change.segment_id for change in fold(RecordingsProjection(), events) if isinstance(change, Talk)
    ] == [70]
