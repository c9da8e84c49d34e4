"""A supervisor's ear in a talk: whom he hears, when that ends, and what the channels do for it. Pure.

monitor: he hears both and nobody hears him. whisper: the agent hears him, the customer does not. barge: all
hear each other. His own leg stays through every change, also to the talk of another agent; the engine knows
nothing of him until he takes the talk over.
"""

from typing import Protocol

from otklik.acd import events as acd
from otklik.acd.engine import Engine
from otklik.acd.model import Availability, Direction, Phase
from otklik.acd.state import Interaction
from otklik.switchboard.calls import SUPERVISOR, Calls, Leg, Supervision, bridge_name, ear_name
from otklik.switchboard.events import SupervisionEnd, SupervisionMode
from otklik.switchboard.instructions import (
    BridgeLegs,
    ChannelInstruction,
    EndMonitoring,
    HangUpLeg,
    MonitorLeg,
)
from otklik.vocabulary.ids import AgentId, LegId
from otklik.vocabulary.messages import Event

HEARABLE = frozenset({Phase.CONNECTED, Phase.HELD, Phase.RECONNECTING})


class _View(Protocol):
    """What is looked at."""

    engine: Engine
    calls: Calls

    @property
    def has_supervision_tone(self) -> bool: ...


def is_hearable(interaction: Interaction | None, agent_id: AgentId) -> bool:
    """Whether this agent talks with a customer in it."""
    return (
        interaction is not None
        and interaction.direction is not Direction.INTERNAL
        and interaction.agent_id == agent_id
        and interaction.phase in HEARABLE
    )


def is_free_to_listen(engine: Engine, supervisor_id: AgentId) -> bool:
    """Whether no call of his own can come between: he has none and is not ready for any."""
    agent = engine.agent(supervisor_id)
    return agent is None or (agent.assignment is None and agent.availability is not Availability.READY)


def ends_after(engine: Engine, calls: Calls, event: Event) -> list[tuple[Supervision, SupervisionEnd]]:
    """The supervisions that this event of the engine ends."""
    if not calls.supervisions:
        return []
    found: list[tuple[Supervision, SupervisionEnd]] = []
    agent_id = getattr(event, "agent_id", 0)
    takes = isinstance(
        event, acd.AgentMadeReady | acd.OfferMade | acd.ManualInteractionStarted | acd.InternalCallStarted
    )
    for supervision in calls.supervisions.values():
        if not is_hearable(engine.interaction(supervision.interaction_id), supervision.agent_id):
            found.append((supervision, SupervisionEnd.TALK_OVER))
        elif takes and agent_id == supervision.supervisor_id:
            found.append((supervision, SupervisionEnd.SUPERVISOR_BUSY))
        elif isinstance(event, acd.AgentSignedOut) and agent_id == supervision.supervisor_id:
            found.append((supervision, SupervisionEnd.SIGNED_OUT))
    return found


def barging_legs(calls: Calls, interaction: Interaction) -> list[Leg]:
    """Legs of supervisors who stand in the talk beside agent and customer."""
    found: list[Leg] = []
    for supervision in calls.supervisions.values():
        if (
            supervision.interaction_id == interaction.interaction_id
            and supervision.mode is SupervisionMode.BARGE
        ):
            leg = calls.legs.get(supervision.leg_id)
            if leg is not None and leg.is_up and leg.role == SUPERVISOR:
                found.append(leg)
    return found


def listen(
    view: _View, supervision: Supervision, together: list[Leg], *, is_first: bool = False
) -> list[ChannelInstruction]:
    """Puts the supervisor's leg where its mode says (anew). together: the legs of the talk, his among them
    when he barges in. is_first: he begins to hear, so the site's tone sounds if it wants one."""
    leg = view.calls.legs.get(supervision.leg_id)
    if leg is None or not leg.is_up:
        return []
    of = view.calls.agent_of(supervision.interaction_id, supervision.agent_id)
    if of is None:
        return []
    if supervision.mode is SupervisionMode.BARGE:
        return [
            EndMonitoring(leg_id=leg.leg_id),
            BridgeLegs(
                bridge=bridge_name(supervision.interaction_id),
                interaction_id=supervision.interaction_id,
                leg_ids=tuple(one.leg_id for one in together),
            ),
        ]
    is_whisper = supervision.mode is SupervisionMode.WHISPER
    return [
        MonitorLeg(
            leg_id=leg.leg_id,
            of_leg_id=of.leg_id,
            bridge=ear_name(leg.leg_id, is_whisper=is_whisper),
            is_whisper=is_whisper,
            has_tone=is_first and view.has_supervision_tone,
        )
    ]


def stop_listening(calls: Calls, leg_id: LegId, cause: SupervisionEnd) -> list[ChannelInstruction]:
    """After the end: his leg goes with it, unless it goes on to another talk or is an agent's from now on. Of
    a leg that is gone already the ear is left."""
    if cause is SupervisionEnd.SWITCHED:
        return []
    ended: list[ChannelInstruction] = [EndMonitoring(leg_id=leg_id)]
    if cause is not SupervisionEnd.TAKEN_OVER and leg_id in calls.legs:
        ended.append(HangUpLeg(leg_id=leg_id))
    return ended
