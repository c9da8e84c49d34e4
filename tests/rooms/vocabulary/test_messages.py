"""Commands and events: frozen, keyword-only, told apart by a tag, readable by older and newer versions."""

from datetime import UTC, datetime
from typing import get_args

import msgspec
import pytest

from otklik.acd.commands import AcdCommand
from otklik.acd.events import AcdEvent, AgentMadeReady, AgentSignedIn
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.messages import Command, Event, Message
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused

pytestmark = pytest.mark.fast

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_message_cannot_be_changed() -> None:
    event = AgentSignedIn(at=NOON, agent_id=AgentId(1))

    with pytest.raises(AttributeError):
        event.agent_id = AgentId(2)  # type: ignore[misc]


def test_union_decodes_by_its_tag() -> None:
    event = AgentMadeReady(at=NOON, agent_id=AgentId(7), rule="intent")

    encoded = msgspec.json.encode(event)

    assert b'"type":"AgentMadeReady"' in encoded
    assert msgspec.json.decode(encoded, type=AcdEvent) == event
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=AcdEvent) == event


def test_older_and_newer_journals_can_be_read() -> None:
    older = b'{"type":"AgentMadeReady","at":"2026-03-02T12:00:00Z","agent_id":7}'
    newer = (
        b'{"type":"AgentMadeReady","at":"2026-03-02T12:00:00Z","agent_id":7,"rule":"chosen","mood":"good"}'
    )

    assert msgspec.json.decode(older, type=AcdEvent) == msgspec.json.decode(newer, type=AcdEvent)


@pytest.mark.parametrize("union", [AcdCommand, AcdEvent])
def test_messages_of_the_engine_have_a_moment_and_a_base(union: object) -> None:
    base = Command if union is AcdCommand else Event

    for kind in get_args(union):
        assert issubclass(kind, base)
        assert issubclass(kind, Message)
        assert "at" in kind.__struct_fields__


def test_kinds_of_events_are_numbered_once_and_for_ever() -> None:
    numbers = {kind.__name__: kind.KIND for kind in get_args(AcdEvent)}

    assert len(set(numbers.values())) == len(numbers)
    assert all(0 < number < 100 for number in numbers.values())
    assert Event.KIND == 0


def test_refusal_has_a_code_and_facts() -> None:
    refusal = NotFound("unknown_queue", queue_id=7)

    assert isinstance(refusal, Refused)
    assert (refusal.code, refusal.facts) == ("unknown_queue", {"queue_id": 7})
    assert repr(refusal) == "NotFound('unknown_queue', {'queue_id': 7})"
    assert str(refusal) == "unknown_queue"


def test_invalid_input_names_its_place() -> None:
    invalid = Invalid("too_long", "name", maximum=80)

    assert (invalid.place, invalid.facts) == ("name", {"place": "name", "maximum": 80})
    assert not isinstance(invalid, Forbidden)
