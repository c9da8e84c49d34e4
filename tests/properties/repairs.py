"""What the journal says against what is so: the reconciliation table of the design, as the shell does it.

Repairs outside (a leg hung up, music begun) are made at once; what the engine must hear comes back as signals
that make their command when they are taken.
"""

from functools import partial
from typing import TYPE_CHECKING

from otklik.acd import commands as ask
from otklik.acd.commands import AcdCommand
from otklik.acd.model import EndReason, Phase
from otklik.acd.state import Interaction
from tests.properties.outside import AGENT, CUSTOMER, MUSIC, PROMPT

if TYPE_CHECKING:
    from tests.properties.floor import Floor, Signal

HAS_A_LEG = frozenset({Phase.OFFERED, Phase.CONNECTING, Phase.CONNECTED, Phase.HELD})
"""Phases in which the agent's leg rings or is up."""
TOGETHER = frozenset({Phase.CONNECTING, Phase.CONNECTED, Phase.RECONNECTING, Phase.DIALING})
"""Phases in which two legs that are up belong together."""
HEARS = {
    Phase.IN_FLOW: PROMPT,
    Phase.WAITING: MUSIC,
    Phase.OFFERED: MUSIC,
    Phase.HELD: MUSIC,
    Phase.RECONNECTING: MUSIC,
}
"""What is in the customer's ear, when it is not the agent."""


def is_on_the_line(one: Interaction) -> bool:
    """Whether the customer must be there: who was promised a call is, from the moment when he is reached."""
    return one.callback is None or one.phase in (Phase.CONNECTED, Phase.HELD, Phase.RECONNECTING)


def difference(floor: "Floor") -> list["Signal"]:
    found: list[Signal] = []
    for agent in floor.state.agents.values():
        is_reachable = agent.agent_id in floor.outside.reachable
        if agent.is_reachable != is_reachable:
            found.append(partial(_device, floor, agent.agent_id, is_reachable))
    for one in list(floor.state.interactions.values()):
        _hang_up_strangers(floor, one)
        found += _missing(floor, one) or _together(floor, one)
    for leg in list(floor.outside.all()):
        if floor.engine.interaction(leg.interaction_id) is not None:
            continue
        if leg.role == CUSTOMER and leg.interaction_id not in floor.arrived:
            found.append(partial(floor.take_in, leg))
        else:
            floor.outside.hang_up(leg)
    return found


def _hang_up_strangers(floor: "Floor", one: Interaction) -> None:
    """Legs of agents who no longer have it, and older ones of the agent who has."""
    newest = floor.outside.of(one.interaction_id, AGENT)
    for leg in list(floor.outside.legs.get(one.interaction_id, ())):
        if leg.role == AGENT and (leg is not newest or leg.agent_id != one.agent_id):
            floor.outside.hang_up(leg)


def _missing(floor: "Floor", one: Interaction) -> list["Signal"]:
    """Somebody who should be there has gone."""
    one_id = one.interaction_id
    customer, agent = floor.outside.customer(one_id), floor.outside.of(one_id, AGENT)
    lost = partial(floor.lost_leg, one_id, one.agent_id)
    if one.phase is Phase.DIALING:
        if agent is None:
            return [lost]
        return [partial(_not_reached, floor, one_id)] if agent.is_up and customer is None else []
    if customer is None and is_on_the_line(one):
        return [partial(_gone, floor, one_id)]
    return [lost] if agent is None and one.phase in HAS_A_LEG else []


def _together(floor: "Floor", one: Interaction) -> list["Signal"]:
    """All are there: do they stand where the engine thinks they stand?"""
    outside, one_id, phase = floor.outside, one.interaction_id, one.phase
    customer, agent = outside.customer(one_id), outside.of(one_id, AGENT)
    if customer is not None and phase in HEARS and not (phase in TOGETHER and outside.is_talk(one_id)):
        customer.hears = HEARS[phase]
    if phase is Phase.ARRIVING:
        return [partial(floor.queueing, one_id)]  # his arrival is in the journal, what should follow is not
    if agent is None:
        if phase is Phase.RECONNECTING and one.agent_id in outside.reachable:
            floor.ring(one_id, one.agent_id, answers_itself=True)
        return []
    if not agent.is_up:
        return []
    if phase is Phase.OFFERED:
        return [partial(floor.answered, agent)]
    if phase in TOGETHER and outside.bridge(one_id) and phase is not Phase.CONNECTED:
        return [partial(floor.bridged, one_id)]
    return []


def _device(floor: "Floor", agent_id: int, is_reachable: bool) -> AcdCommand:
    return ask.NoteDevice(at=floor.now, agent_id=agent_id, is_reachable=is_reachable)


def _gone(floor: "Floor", interaction_id: int) -> AcdCommand:
    return ask.NoteCustomerLeft(at=floor.now, interaction_id=interaction_id, is_estimated=True)


def _not_reached(floor: "Floor", interaction_id: int) -> AcdCommand:
    return ask.FailManualInteraction(at=floor.now, interaction_id=interaction_id, reason=EndReason.NO_ANSWER)
