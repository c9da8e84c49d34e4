"""Agents and their devices come and go."""

from typing import TYPE_CHECKING

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from tests.properties.deeds.deed import Deed

if TYPE_CHECKING:
    from tests.properties.walker import Walk


def sign_in(walk: "Walk") -> AcdCommand:
    return commands.SignInAgent(at=walk.now, agent_id=walk.agent_who("signed_out"))


def sign_out(walk: "Walk") -> AcdCommand:
    return commands.SignOutAgent(at=walk.now, agent_id=walk.agent(), forced=walk.random.random() < 0.3)


def become_ready(walk: "Walk") -> AcdCommand:
    return commands.MakeAgentReady(at=walk.now, agent_id=walk.agent_who("not_ready"))


def wish_to_be_ready(walk: "Walk") -> AcdCommand:
    return commands.MakeAgentReady(at=walk.now, agent_id=walk.agent())


def pause(walk: "Walk") -> AcdCommand:
    return commands.MakeAgentNotReady(
        at=walk.now,
        agent_id=walk.agent(),
        reason_id=walk.random.choice([1, 1, 1, 2, 3]),
        permitted=walk.random.random() < 0.5,
    )


def reach_device(walk: "Walk") -> AcdCommand:
    return commands.NoteDevice(at=walk.now, agent_id=walk.agent_without_device(), is_reachable=True)


def lose_device(walk: "Walk") -> AcdCommand:
    return commands.NoteDevice(at=walk.now, agent_id=walk.agent(), is_reachable=False)


DEEDS = (
    Deed(3, sign_in),
    Deed(0.8, sign_out),
    Deed(12, become_ready),
    Deed(2, wish_to_be_ready),
    Deed(3, pause),
    Deed(5, reach_device),
    Deed(1.5, lose_device),
)
