"""Customers come, hear a flow, wait, and leave."""

from datetime import timedelta
from typing import TYPE_CHECKING

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import Direction, EndedBy, EndReason, Target, TargetKind
from tests.properties.deeds.deed import Deed
from tests.properties.knobs import boosts, channel_of, wishes

if TYPE_CHECKING:
    from tests.properties.walker import Walk

ALIVE_AT_MOST = 40


def arrive(walk: "Walk") -> AcdCommand:
    if len(walk.state.interactions) >= ALIVE_AT_MOST:
        return leave(walk)
    chosen = walk.random.choice([*walk.queues, *walk.queues[:2] * 2])
    return commands.RegisterInteraction(
        at=walk.now,
        interaction_id=walk.new_interaction(),
        party_id=walk.random.choice([7, 7, 0]),
        channel=channel_of(chosen),
        direction=walk.random.choice([Direction.INBOUND, Direction.INBOUND, Direction.OUTBOUND]),
        queue_id=_at_once(walk, chosen),
    )


def _at_once(walk: "Walk", fitting: int) -> int:
    """The queue in which a customer waits from his first moment; mostly none."""
    chance = walk.random.random()
    if chance < 0.7:
        return 0
    return fitting if chance < 0.95 else walk.queue()


def enter_flow(walk: "Walk") -> AcdCommand:
    return commands.EnterFlow(at=walk.now, interaction_id=walk.busy_with("arriving"))


def enqueue(walk: "Walk") -> AcdCommand:
    one = walk.busy_with("arriving", "in_flow")
    return commands.EnqueueInteraction(
        at=walk.now,
        interaction_id=one,
        queue_id=walk.queue_for(one),
        priority=walk.random.choice([0, 0, 0, 1, 5, -3]),
        requirements=wishes(walk.random),
        boosts=boosts(walk.random),
        preferred_agent_id=walk.agent() if walk.random.random() < 0.15 else 0,
        preferred_for=walk.random.choice([None, timedelta(seconds=3), timedelta(seconds=30)]),
    )


def forward(walk: "Walk") -> AcdCommand:
    """A flow sends its customer to a party outside, who comes or does not."""
    dialed = [
        one.interaction_id
        for one in walk.state.interactions.values()
        if one.ties is not None and one.ties.transfer is not None and one.ties.transfer.is_from_flow
    ]
    if dialed and walk.random.random() < 0.6:
        one = walk.random.choice(dialed)
        if walk.random.random() < 0.6:
            return commands.ConfirmConnection(at=walk.now, interaction_id=one)
        return commands.FailManualInteraction(
            at=walk.now, interaction_id=one, reason=walk.random.choice([EndReason.BUSY, EndReason.CONGESTED])
        )
    return commands.ForwardInteraction(
        at=walk.now,
        interaction_id=walk.busy_with("in_flow"),
        target=walk.random.choice(
            [
                Target(kind=TargetKind.OUTSIDE, party_id=walk.random.choice([3, 3, 3, 0])),
                Target(kind=TargetKind.AGENT, agent_id=walk.agent_who("ready", "not_ready")),
            ]
        ),
        ring_timeout=timedelta(seconds=walk.random.choice([5, 30])),
        talk_limit=timedelta(seconds=walk.random.choice([20, 600])),
    )


def prioritize(walk: "Walk") -> AcdCommand:
    return commands.PrioritizeInteraction(
        at=walk.now,
        interaction_id=walk.busy_with("waiting", "offered"),
        priority=walk.random.choice([0, 1, 7, -2]),
        cause=walk.random.choice(["supervisor", "vip"]),
    )


def leave_queue(walk: "Walk") -> AcdCommand:
    return commands.LeaveQueue(
        at=walk.now,
        interaction_id=walk.busy_with("waiting", "offered"),
        key=walk.random.choice(["1", "*"]),
    )


def leave(walk: "Walk") -> AcdCommand:
    return commands.NoteCustomerLeft(at=walk.now, interaction_id=walk.interaction())


def end(walk: "Walk") -> AcdCommand:
    return commands.EndInteraction(
        at=walk.now,
        interaction_id=walk.interaction(),
        reason=walk.random.choice([EndReason.MEDIA_FAILED, EndReason.ADOPTED_LOST, EndReason.CLOSED]),
        by=walk.random.choice(list(EndedBy)),
        is_estimated=walk.random.random() < 0.5,
    )


DEEDS = (
    Deed(12, arrive),
    Deed(4, enter_flow),
    Deed(14, enqueue),
    Deed(1, forward),
    Deed(4, leave),
    Deed(1, end),
    Deed(1, prioritize),
    Deed(0.5, leave_queue),
)
