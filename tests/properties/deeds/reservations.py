"""Agents who are kept for calls that a dialer makes."""

from datetime import timedelta
from typing import TYPE_CHECKING

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from tests.properties.deeds.deed import Deed

if TYPE_CHECKING:
    from tests.properties.walker import Walk


def reserve(walk: "Walk") -> AcdCommand:
    return commands.ReserveAgents(
        at=walk.now,
        reservation_id=walk.random.choice([1, 2]),
        queue_id=walk.manned_queue(),
        count=walk.random.choice([0, 1, 1, 2, 5]),
        length=timedelta(seconds=walk.random.choice([2, 10, 60])),
    )


def attach(walk: "Walk") -> AcdCommand:
    one = walk.busy_with("arriving", "in_flow")
    return commands.AttachInteraction(
        at=walk.now,
        reservation_id=walk.random.choice([1, 2]),
        interaction_id=one,
        queue_id=walk.queue_for(one),
    )


def release(walk: "Walk") -> AcdCommand:
    return commands.ReleaseReservation(
        at=walk.now,
        reservation_id=walk.random.choice([1, 2]),
        agent_id=walk.random.choice([0, walk.agent()]),
    )


DEEDS = (Deed(1.2, reserve), Deed(1.5, attach), Deed(0.4, release))
