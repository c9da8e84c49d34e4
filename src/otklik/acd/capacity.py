"""How much an agent can have at once: weights per channel. Reads state only.

An agent is one whole. An interaction weighs the share of him that its channel's capacity gives: with a
capacity of three chats, a chat takes a third. One more fits while the sum stays within one, so channels can
be mixed (two chats and no letter), and a call, with a capacity of one, takes him whole. A call is exclusive:
beside it nothing new is offered. Letters can be interrupted: they do not count against a call, and wait
(`suspended`) while it lasts.
"""

from datetime import datetime
from typing import Final

from otklik.acd.events import AssignmentResumed, AssignmentSuspended
from otklik.acd.model import AgentProfile, AssignmentPhase, Availability, Channel, SiteRules
from otklik.acd.state import BUSY, FREE, NOT_READY, SIGNED_OUT, Agent, Assignment, State
from otklik.vocabulary.ids import InteractionId

WHOLE: Final = 27_720
"""An agent in the smallest pieces: it can be divided by every capacity up to 12 (their least common
multiple)."""
HIGHEST_CAPACITY: Final = 12
INTERRUPTIBLE: Final = frozenset({Channel.EMAIL})


def capacity_of(site: SiteRules, agent: Agent, channel: Channel) -> int:
    """How many interactions of this channel alone fill him; 0: none is offered."""
    return profile_capacity(site, agent.profile, channel)


def profile_capacity(site: SiteRules, profile: AgentProfile, channel: Channel) -> int:
    """The same of an agent as he is configured."""
    if channel is Channel.VOICE:
        return profile.voice_capacity
    usual = site.chat_capacity if channel is Channel.CHAT else site.email_capacity
    return profile.capacities.get(channel, usual)


def weight_of(site: SiteRules, agent: Agent, channel: Channel) -> int:
    """What one interaction of this channel takes of him; more than the whole when none may be offered."""
    capacity = capacity_of(site, agent, channel)
    return WHOLE // min(capacity, HIGHEST_CAPACITY) if capacity > 0 else WHOLE + 1


def has_room_for_call(site: SiteRules, agent: Agent) -> bool:
    """Whether what he has beside calls lets him take one."""
    if agent.profile.voice_capacity <= 0:
        return False
    load = sum(
        weight_of(site, agent, other.channel)
        for other in agent.others.values()
        if other.channel not in INTERRUPTIBLE
    )
    return not load


def standing_of_seat(site: SiteRules, agent: Agent, channel: Channel) -> int:
    """How an agent stands towards a new interaction of a channel that is not voice. A device is not needed;
    a call, an offer of one too, leaves no room."""
    if agent.availability is Availability.SIGNED_OUT:
        return SIGNED_OUT
    if agent.availability is Availability.NOT_READY:
        return NOT_READY
    if agent.assignment is not None or agent.is_leaving or agent.reservation is not None:
        return BUSY
    load = sum(weight_of(site, agent, other.channel) for other in agent.others.values())
    return FREE if load + weight_of(site, agent, channel) <= WHOLE else BUSY


def next_word(state: State, agent: Agent, at: datetime) -> AssignmentSuspended | AssignmentResumed | None:
    """What a call that came or went makes of the agent's letters; None when all is as it should be."""
    is_torn = agent.assignment is not None
    for other in agent.others.values():
        if other.channel not in INTERRUPTIBLE:
            continue
        if is_torn and other.phase is AssignmentPhase.CONNECTED:
            return AssignmentSuspended(at=at, agent_id=agent.agent_id, interaction_id=other.interaction_id)
        if not is_torn and other.phase is AssignmentPhase.SUSPENDED:
            return AssignmentResumed(at=at, agent_id=agent.agent_id, interaction_id=other.interaction_id)
    return None


def assignment_for(agent: Agent, interaction_id: InteractionId) -> Assignment | None:
    """What the agent has of this interaction."""
    own = agent.assignment
    if own is not None and own.interaction_id == interaction_id:
        return own
    return agent.others.get(interaction_id) if agent.others else None
