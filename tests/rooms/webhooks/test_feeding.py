"""What of the journal is told to other systems, and in which words."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from otklik.acd.events import InteractionConnected, InteractionEnded, WrapUpEnded
from otklik.acd.model import EndedBy, EndReason
from otklik.reports import codes
from otklik.switchboard.events import RecordingStored
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId, SegmentId
from otklik.webhooks.feeding import Line, Writer, event_id_of, told_by
from otklik.webhooks.model import Hook, Told, Tried
from otklik.webhooks.store import Facts

pytestmark = pytest.mark.fast

AT = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)
ONE = InteractionId(1794837265014784000)


def facts(**more) -> Facts:
    given = {
        "interaction_id": ONE,
        "direction": codes.INBOUND,
        "project_id": 1,
        "project": "Shop",
        "party_id": 5,
        "number": "+79161234567",
        "number_called": "+74951234567",
        "queue_id": 1,
        "queue": "sales",
        "agent_id": 2,
        "agent": "Anna",
        "start_ms": 1,
        "answer_ms": 0,
        "end_ms": 0,
        "outcome": 0,
        "wait_ms": 1500,
        "talk_ms": 0,
        "hold_ms": 0,
        "segments": 1,
        "customer_id": 0,
        "customer": "",
    }
    return Facts(**(given | more))


def ended(reason: EndReason) -> InteractionEnded:
    return InteractionEnded(
        at=AT, interaction_id=ONE, reason=reason, by=EndedBy.CUSTOMER, queue_id=QueueId(1)
    )


@pytest.mark.parametrize("reason", list(EndReason))
def test_a_missed_call_is_what_the_list_of_missed_calls_has(reason: EndReason) -> None:
    told = told_by(ended(reason), codes.INBOUND)
    assert told == ((Told.ENDED, Told.MISSED) if reason in codes.MISSED else (Told.ENDED,))
    assert told_by(ended(reason), codes.OUTBOUND) == (Told.ENDED,)


def test_what_is_nobody_elses_business_is_not_told() -> None:
    event = WrapUpEnded(
        at=AT, agent_id=AgentId(2), interaction_id=ONE, segment_id=SegmentId(3), by=EndedBy.AGENT
    )
    assert told_by(event, codes.INBOUND) == ()
    line = Line(7, 1000, ended(EndReason.ABANDONED))
    for hidden in (facts(direction=codes.INTERNAL), facts(project_id=9999)):
        assert Writer({ONE: hidden}, {}, {}).told(line) == ()
    assert Writer({}, {}, {}).told(line) == (), "nothing is known of it"


def test_a_recording_is_told_with_where_it_is_and_what_it_hashes_to() -> None:
    stored = RecordingStored(
        at=AT,
        interaction_id=ONE,
        segment_id=SegmentId(44),
        path="recordings/2026/11/23/44.ogg",
        begins_at=AT,
        duration=timedelta(seconds=62.5),
        size_bytes=9,
        sha256="ab",
    )
    line = Line(12, 1_795_000_000_250, stored)
    told = json.loads(Writer({ONE: facts()}, {2: "Anna"}, {1: "sales"}).body(line, Told.RECORDING_READY))
    assert told["recording"] == {
        "segment_id": "44",
        "path": "/api/v1/recordings/44/audio",
        "duration_seconds": 62.5,
        "sha256": "ab",
    }
    assert told["id"] == "12-1795000000250-recording_ready"
    assert (told["interaction"]["id"], told["interaction"]["customer"]) == (str(ONE), None)
    assert "recordings/2026" not in json.dumps(told), "no place on the server's disk"


def test_ids_differ_for_what_one_event_is_and_never_change() -> None:
    line = Line(12, 34, ended(EndReason.ABANDONED))
    assert event_id_of(line, Told.ENDED) < event_id_of(line, Told.MISSED), "told in this order"
    assert event_id_of(line, Told.ENDED) == event_id_of(Line(12, 34, line.event), Told.ENDED)


def test_a_hook_wants_its_events_of_its_queues_and_projects() -> None:
    hook = Hook(name="x", address="https://x", told=(Told.ANSWERED,), queue_ids=(1,), project_ids=(2,))
    assert hook.wants(Told.ANSWERED, 1, 2)
    assert not hook.wants(Told.ENDED, 1, 2)
    assert not hook.wants(Told.ANSWERED, 3, 2)
    assert not hook.wants(Told.ANSWERED, 1, 3)
    connected = InteractionConnected(
        at=AT, interaction_id=ONE, segment_id=SegmentId(3), queue_id=QueueId(8), agent_id=AgentId(2)
    )
    writer = Writer({ONE: facts(project_id=2)}, {}, {})
    assert not writer.is_wanted(hook, Line(5, 1, connected), Told.ANSWERED, again=False), (
        "the event's own queue"
    )
    late = Hook(name="x", address="https://x", told=(Told.ANSWERED,), from_seq=5)
    assert not writer.is_wanted(late, Line(5, 1, connected), Told.ANSWERED, again=False)
    assert writer.is_wanted(late, Line(5, 1, connected), Told.ANSWERED, again=True)
    assert writer.is_wanted(late, Line(6, 1, connected), Told.ANSWERED, again=False)


@pytest.mark.parametrize(
    ("status", "is_taken", "is_refusal", "is_away"),
    [
        (200, True, False, False),
        (204, True, False, False),
        (400, False, True, False),
        (410, False, True, False),
        (408, False, False, True),
        (429, False, False, True),
        (500, False, False, True),
        (0, False, False, True),
    ],
)
def test_what_an_answer_means(status: int, is_taken: bool, is_refusal: bool, is_away: bool) -> None:
    tried = Tried(http_status=status)
    assert (tried.is_taken, tried.is_refusal, tried.is_away) == (is_taken, is_refusal, is_away)
