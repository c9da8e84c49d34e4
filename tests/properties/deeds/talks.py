"""Talks: connected, held, lost and found, handed on, wrapped up; and calls that agents make."""

from datetime import timedelta
from typing import TYPE_CHECKING

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import EndReason
from tests.properties.deeds.deed import Deed

if TYPE_CHECKING:
    from tests.properties.walker import Walk


def connect(walk: "Walk") -> AcdCommand:
    return commands.ConfirmConnection(at=walk.now, interaction_id=walk.busy_with("connecting", "dialing"))


def hold(walk: "Walk") -> AcdCommand:
    one = walk.busy_with("connected")
    return commands.HoldInteraction(at=walk.now, interaction_id=one, agent_id=walk.owner(one))


def resume(walk: "Walk") -> AcdCommand:
    one = walk.busy_with("held")
    return commands.ResumeInteraction(at=walk.now, interaction_id=one, agent_id=walk.owner(one))


def finish(walk: "Walk") -> AcdCommand:
    one = walk.busy_with("connected", "held", "reconnecting", "connecting", "dialing")
    return commands.FinishTalk(at=walk.now, interaction_id=one, agent_id=walk.owner(one))


def lose_leg(walk: "Walk") -> AcdCommand:
    one = walk.busy_with("connected", "held", "connecting", "dialing")
    return commands.NoteAgentLegLost(at=walk.now, interaction_id=one)


def restore_leg(walk: "Walk") -> AcdCommand:
    return commands.NoteAgentLegRestored(at=walk.now, interaction_id=walk.busy_with("reconnecting"))


def requeue(walk: "Walk") -> AcdCommand:
    return commands.RequeueInteraction(
        at=walk.now,
        interaction_id=walk.busy_with("connected", "held", "reconnecting"),
        queue_id=walk.queue(),
        ahead=walk.random.random() < 0.5,
    )


def extend_wrap_up(walk: "Walk") -> AcdCommand:
    return commands.ExtendWrapUp(
        at=walk.now,
        agent_id=walk.agent_who("wrap_up"),
        extension=timedelta(seconds=walk.random.choice([-1, 0, 10, 30])),
    )


def finish_wrap_up(walk: "Walk") -> AcdCommand:
    return commands.FinishWrapUp(at=walk.now, agent_id=walk.agent_who("wrap_up"))


def dial(walk: "Walk") -> AcdCommand:
    return commands.StartManualInteraction(
        at=walk.now,
        agent_id=walk.agent_who("ready", "not_ready", "wrap_up"),
        interaction_id=walk.new_interaction(),
        queue_id=walk.random.choice([0, walk.queue()]),
    )


def fail_dialing(walk: "Walk") -> AcdCommand:
    reasons = [EndReason.BUSY, EndReason.NO_ANSWER, EndReason.CANCELLED, EndReason.ABANDONED]
    return commands.FailManualInteraction(
        at=walk.now, interaction_id=walk.busy_with("dialing"), reason=walk.random.choice(reasons)
    )


DEEDS = (
    Deed(14, connect),
    Deed(3, hold),
    Deed(3, resume),
    Deed(6, finish),
    Deed(2.5, lose_leg),
    Deed(5, restore_leg),
    Deed(2, requeue),
    Deed(3, extend_wrap_up),
    Deed(3, finish_wrap_up),
    Deed(2, dial),
    Deed(1, fail_dialing),
)
