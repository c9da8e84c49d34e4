"""Promised calls, higher tiers, and who does which work when."""

from datetime import timedelta
from typing import TYPE_CHECKING

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import Mode
from tests.properties.deeds.deed import Deed

if TYPE_CHECKING:
    from tests.properties.walker import Walk


def _owner(walk: "Walk") -> int:
    return walk.agent() if walk.random.random() < 0.3 else 0


def promise(walk: "Walk") -> AcdCommand:
    chance = walk.random.random()
    later = walk.now + timedelta(seconds=walk.random.choice([-5, 0, 2, 30, 10_000_000]))
    return commands.PromiseCallback(
        at=walk.now,
        interaction_id=walk.busy_with("waiting", "in_flow", "arriving"),
        queue_id=0 if chance < 0.5 else walk.queue(),
        due_at=later if chance < 0.3 else None,
        agent_id=_owner(walk),
    )


def schedule(walk: "Walk") -> AcdCommand:
    return commands.ScheduleCallback(
        at=walk.now,
        interaction_id=walk.new_interaction() if walk.random.random() < 0.9 else walk.interaction(),
        party_id=walk.random.choice([7, 7, 7, 0]),
        queue_id=walk.queue(),
        due_at=walk.now + timedelta(seconds=walk.random.choice([-5, 0, 1, 10])),
        agent_id=_owner(walk),
        priority=walk.random.choice([0, 0, 2]),
    )


def reschedule(walk: "Walk") -> AcdCommand:
    found = [one.interaction_id for one in walk.state.interactions.values() if one.callback is not None]
    return commands.RescheduleCallback(
        at=walk.now,
        interaction_id=walk.interaction() if walk.is_careless else walk.one_of(found),
        due_at=walk.now + timedelta(seconds=walk.random.choice([0, 1, 10])),
        agent_id=_owner(walk),
    )


def escalate(walk: "Walk") -> AcdCommand:
    one = walk.busy_with("connected", "held", "reconnecting", "waiting")
    chance = walk.random.random()
    return commands.EscalateInteraction(
        at=walk.now,
        interaction_id=one,
        agent_id=walk.owner(one) if chance < 0.4 else 0,
        queue_id=walk.queue() if chance > 0.3 else 0,
        note="asks for a contract",
    )


def configure_plan(walk: "Walk") -> AcdCommand:
    return commands.ConfigurePlan(at=walk.now, plan=walk.plan(walk.random.choice([1, 2])))


def remove_plan(walk: "Walk") -> AcdCommand:
    return commands.RemovePlan(at=walk.now, plan_id=walk.random.choice([1, 2]))


def set_mode(walk: "Walk") -> AcdCommand:
    mode = walk.random.choice([None, None, *Mode])
    return commands.SetAgentMode(at=walk.now, agent_id=walk.agent(), mode=mode)


DEEDS = (
    Deed(2, promise),
    Deed(0.7, schedule),
    Deed(0.3, reschedule),
    Deed(1, escalate),
    Deed(0.3, configure_plan),
    Deed(0.1, remove_plan),
    Deed(0.6, set_mode),
)
