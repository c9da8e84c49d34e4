"""What agents do on the floor: for each state of an agent the buttons that his screen shows, and how often he
presses one when he looks at it (the shares of a state add up to 1 at most; else he does nothing)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from otklik.acd import commands as ask
from otklik.acd.commands import AcdCommand
from otklik.acd.model import AgentState, Target, TargetKind

if TYPE_CHECKING:
    from tests.properties.floor import Floor

Button = Callable[["Floor", int], AcdCommand]


def sign_in(floor: "Floor", agent_id: int) -> AcdCommand:
    return ask.SignInAgent(at=floor.now, agent_id=agent_id)


def sign_out(floor: "Floor", agent_id: int) -> AcdCommand:
    return ask.SignOutAgent(at=floor.now, agent_id=agent_id)


def ready(floor: "Floor", agent_id: int) -> AcdCommand:
    return ask.MakeAgentReady(at=floor.now, agent_id=agent_id)


def pause(floor: "Floor", agent_id: int) -> AcdCommand:
    return ask.MakeAgentNotReady(at=floor.now, agent_id=agent_id, reason_id=1)


def dial(floor: "Floor", agent_id: int) -> AcdCommand:
    if not floor.is_open:
        return ready(floor, agent_id)
    return ask.StartManualInteraction(at=floor.now, agent_id=agent_id, interaction_id=floor.new_interaction())


def hold(floor: "Floor", agent_id: int) -> AcdCommand:
    one = floor.interaction_of(agent_id)
    return ask.HoldInteraction(at=floor.now, agent_id=agent_id, interaction_id=one)


def resume(floor: "Floor", agent_id: int) -> AcdCommand:
    one = floor.interaction_of(agent_id)
    return ask.ResumeInteraction(at=floor.now, agent_id=agent_id, interaction_id=one)


def hand_over(floor: "Floor", agent_id: int) -> AcdCommand:
    return ask.RequeueInteraction(
        at=floor.now,
        interaction_id=floor.interaction_of(agent_id),
        queue_id=floor.random.choice(floor.queues),
        ahead=floor.random.random() < 0.5,
    )


def hang_up(floor: "Floor", agent_id: int) -> AcdCommand:
    one = floor.interaction_of(agent_id)
    return ask.FinishTalk(at=floor.now, agent_id=agent_id, interaction_id=one)


def transfer(floor: "Floor", agent_id: int) -> AcdCommand:
    """Blind, to a colleague or to a queue."""
    target = Target(kind=TargetKind.AGENT, agent_id=floor.random.choice(floor.agents))
    if floor.random.random() < 0.3:
        target = Target(kind=TargetKind.QUEUE, queue_id=floor.random.choice(floor.queues))
    one = floor.interaction_of(agent_id)
    return ask.TransferInteraction(at=floor.now, agent_id=agent_id, interaction_id=one, target=target)


def escalate(floor: "Floor", agent_id: int) -> AcdCommand:
    one = floor.interaction_of(agent_id)
    return ask.EscalateInteraction(at=floor.now, agent_id=agent_id, interaction_id=one)


def finish_wrap_up(floor: "Floor", agent_id: int) -> AcdCommand:
    return ask.FinishWrapUp(at=floor.now, agent_id=agent_id)


BUTTONS: dict[AgentState, tuple[tuple[float, Button], ...]] = {
    AgentState.SIGNED_OUT: ((1, sign_in),),
    AgentState.NOT_READY: ((0.9, ready), (0.08, dial)),
    AgentState.READY: ((0.1, sign_out), (0.15, pause)),
    AgentState.OFFERED: ((0.05, pause),),
    AgentState.CONNECTED: (
        (0.25, hold),
        (0.1, hand_over),
        (0.1, transfer),
        (0.05, escalate),
        (0.15, hang_up),
        (0.05, pause),
    ),
    AgentState.HELD: ((0.7, resume), (0.2, hang_up)),
    AgentState.WRAP_UP: ((0.5, finish_wrap_up), (0.05, pause)),
}
