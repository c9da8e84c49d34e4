"""`queue`: the customer waits for a person; he hears his position and music."""

from collections.abc import Iterator
from datetime import timedelta

from otklik.flows.acts import Act, Announce, PlayMusic, RequestQueue, Visit
from otklik.flows.nodes.node import Flaw, Node
from otklik.vocabulary.ids import QueueId

LAST_SPOKEN = 10
"""Positions up to this one have a prompt of their own; above it is `position_more`."""


class Queue(Node, tag="queue", tag_field="node"):
    """Asks for a queue and keeps the customer company until the flow is stopped from outside.

    queue_id: 0 is the queue of the number called. announces: whether the position is spoken. repeat_after:
    how long the music plays before the position is looked at again; it is spoken only if its prompt has
    changed.
    """

    queue_id: QueueId = QueueId(0)
    announces: bool = True
    repeat_after: timedelta = timedelta(seconds=45)

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """Asks for the queue; a customer who waits already (he was taken back from an agent) is told his
        place."""
        if visit.position is not None:
            return self.queued(visit)
        return (RequestQueue(queue_id=self.queue_id or visit.queue_id),)

    def queued(self, visit: Visit) -> tuple[Act, ...]:
        """He waits: his position if there is one, else (somebody is being rung for him) music at once."""
        return self.due(visit) or (PlayMusic(),)

    def finished(self) -> tuple[Act, ...]:
        """The position was spoken."""
        return (PlayMusic(),)

    def due(self, visit: Visit) -> tuple[Act, ...]:
        """The music has played for `repeat_after`: speaks only what is news; nothing means it plays on."""
        if not self.announces or visit.position is None:
            return ()
        prompt = position_prompt(visit.position)
        return () if prompt == visit.spoken else (Announce(position=visit.position, prompt=prompt),)

    def flaws(self) -> Iterator[Flaw]:
        if self.repeat_after.total_seconds() < 10:
            yield "repeat_too_short", "repeat_after", str(self.repeat_after.total_seconds())


def position_prompt(position: int) -> str:
    """The whole prompt for a place in the queue (from 1)."""
    return f"position_{position}" if position <= LAST_SPOKEN else "position_more"
