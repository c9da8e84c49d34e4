"""Lines of every age must be read: older ones lack fields, newer ones have more."""

from datetime import UTC, datetime

import msgspec
import pytest

from otklik.acd import events as acd
from otklik.acd.events import AcdEvent
from otklik.acd.model import Why
from otklik.journal.codec import Codec, UnknownEvent
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.messages import Event
from otklik.vocabulary.refusals import Refused
from otklik.wiring.engine import codec

pytestmark = pytest.mark.fast

AT = datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)


def test_an_event_comes_back_as_it_was() -> None:
    known = Codec(AcdEvent)
    event = acd.OfferMade(
        at=AT,
        offer_id=1,
        interaction_id=2,
        segment_id=3,
        queue_id=4,
        agent_id=5,
        expires_at=AT,
        why=Why(rules=("longest_idle",), counts={"not_ready": 3}),
    )

    assert known.decode(event.KIND, known.encode(event)) == event


def test_fields_that_a_line_lacks_get_their_defaults_and_unknown_ones_are_passed_over() -> None:
    line = '{"type": "AgentSignedOut", "at": "2026-03-02T09:00:00.123Z", "agent_id": 7, "colour": "red"}'

    assert Codec(AcdEvent).decode(11, line) == acd.AgentSignedOut(at=AT, agent_id=AgentId(7), forced=False)


def test_the_kind_decides_and_not_the_name_which_may_change() -> None:
    line = '{"type": "AgentLeft", "at": "2026-03-02T09:00:00.123Z", "agent_id": 7}'

    with pytest.raises(msgspec.ValidationError):
        Codec(AcdEvent).decode(11, line)


def test_a_kind_of_a_newer_version_is_refused_by_a_writer_and_kept_by_a_reader() -> None:
    line = '{"type": "QueueDreamed", "at": "2026-03-02T09:00:00.123Z", "depth": 3}'

    with pytest.raises(Refused) as refused:
        Codec(AcdEvent).decode(98, line)
    assert (refused.value.code, refused.value.facts) == ("journal_unreadable", {"kind": 98})
    assert Codec(AcdEvent, strict=False).decode(98, line) == UnknownEvent(at=AT, kind=98, body=line)


def test_an_event_that_could_not_be_read_again_is_not_written() -> None:
    class Dream(Event):
        KIND = 97

    with pytest.raises(ValueError, match="not given"):
        Codec(AcdEvent).encode(Dream(at=AT))


def test_two_events_with_one_number_and_events_without_one_are_found_at_the_start() -> None:
    class Dream(Event):
        KIND = 11

    class Nameless(Event):
        pass

    with pytest.raises(ValueError, match="both have KIND 11"):
        Codec(AcdEvent, Dream)
    with pytest.raises(ValueError, match="no KIND"):
        Codec(Nameless)


def test_every_event_of_the_program_has_a_number_of_its_room() -> None:
    rooms = {"acd": range(1, 100), "flows": range(200, 300), "organization": range(300, 400)}
    for kind, event in codec().types.items():
        room = event.__module__.split(".")[1]
        assert kind in rooms.get(room, range(400, 1000)), event
