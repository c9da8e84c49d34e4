"""`apply` is total: a journal of any age can be read, also where it tells of what nobody knows any more."""

import enum
import types
import typing
from datetime import datetime, timedelta
from typing import Any, get_args

import msgspec
import pytest

from otklik.acd import events as facts
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.invariants import check
from tests.acd.language import NINE, Centre, moment

pytestmark = pytest.mark.fast

STRANGER = 987_654
BUSY = """
    0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
    1    2 joins sales          > arrived 2; queued 2 sales #1; offer 2 boris
    2    3 joins sales          > arrived 3; queued 3 sales #1
    3    anna takes 1           > accepted 1 anna; connected 1 anna
"""


def something(kind: Any) -> Any:
    """A value of a type, with ids of things that are not there."""
    while isinstance(kind, typing.NewType):
        kind = kind.__supertype__
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return something(get_args(kind)[0])
    if origin is not None:
        return origin()
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind)
        needed = [one for one in msgspec.structs.fields(kind) if one.required]
        return kind(**{one.name: something(hints[one.name]) for one in needed})
    made = {datetime: moment(50), timedelta: timedelta(seconds=5), int: STRANGER, float: 1.0, str: "x"}
    return made.get(kind, False)


@pytest.mark.parametrize("kind", get_args(AcdEvent), ids=lambda kind: kind.__name__)
def test_event_about_strangers_leaves_those_who_are_known_alone(kind: type[AcdEvent]) -> None:
    centre = Centre()
    centre.play(BUSY)
    engine = Engine.from_snapshot(centre.engine.snapshot())
    hints = typing.get_type_hints(kind)
    needed = {one.name: something(hints[one.name]) for one in msgspec.structs.fields(kind) if one.required}
    known = {number: engine.agent_state(number) for number in engine.state.agents}

    engine.restore([kind(**{**needed, "at": moment(10)})])
    engine.restore([kind(**{**needed, "at": moment(10)})])

    assert {number: engine.agent_state(number) for number in known} == known
    assert {1, 2, 3} <= set(engine.state.interactions)
    assert engine.waiting(centre.queues["sales"]) == [3]
    check(engine.state)


@pytest.mark.parametrize(
    "event",
    [
        facts.WrapUpStarted(
            at=moment(10), agent_id=11, interaction_id=9, segment_id=9, queue_id=1, deadline=moment(40)
        ),
        facts.WrapUpExtended(at=moment(10), agent_id=11, interaction_id=9, deadline=moment(40)),
    ],
    ids=["started", "extended"],
)
def test_wrap_up_of_an_agent_without_assignment_is_passed_by(event: AcdEvent) -> None:
    centre = Centre(ready=False)
    engine = Engine.from_snapshot(centre.engine.snapshot())

    engine.restore([event])

    assert engine.agent(11).assignment is None
    assert engine.next_deadline() >= NINE
