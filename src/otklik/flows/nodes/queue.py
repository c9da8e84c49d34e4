"""`queue`: the customer waits for a person; he hears his position and music."""

from datetime import timedelta

from otklik.flows.acts import Act, Announce, PlayMusic, RequestQueue, Visit
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.messages import Value

LAST_SPOKEN = 10
"""Positions up to this one have a prompt of their own; above it is `position_more`."""


class Queue(Value, tag="queue", tag_field="node"):
    """Asks for a queue and keeps the customer company until the flow is stopped from outside.

    queue_id: 0 is the queue of the number called. announces: whether the position is spoken. repeat_after:
    how long the music plays before the position is looked at again; it is spoken only if its prompt has
    changed.
    """

    queue_id: QueueId = QueueId(0)
    announces: bool = True
    repeat_after: timedelta = timedelta(seconds=45)


def position_prompt(position: int) -> str:
    """The whole prompt for a place in the queue (from 1)."""
    return f"position_{position}" if position <= LAST_SPOKEN else "position_more"


def enter(node: Queue, visit: Visit) -> tuple[Act, ...]:
    """Asks for the queue; a customer who waits already (he was taken back from an agent) is told his
    place."""
    if visit.position is not None:
        return queued(node, visit)
    return (RequestQueue(queue_id=node.queue_id or visit.queue_id),)


def queued(node: Queue, visit: Visit) -> tuple[Act, ...]:
    """He waits: his position if there is one, else (somebody is being rung for him) music at once."""
    return _announcement(node, visit) or (PlayMusic(),)


def finished(node: Queue) -> tuple[Act, ...]:
    """The position was spoken."""
    return (PlayMusic(),)


def due(node: Queue, visit: Visit) -> tuple[Act, ...]:
    """The music has played for `repeat_after`: speaks only what is news; nothing means it plays on."""
    return _announcement(node, visit)


def _announcement(node: Queue, visit: Visit) -> tuple[Act, ...]:
    if not node.announces or visit.position is None:
        return ()
    prompt = position_prompt(visit.position)
    return () if prompt == visit.spoken else (Announce(position=visit.position, prompt=prompt),)
