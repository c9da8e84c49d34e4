"""Who hears whom: which legs belong together in the bridge of an interaction, and which wait. Pure.

It follows from the phases of the engine alone, so that an event, a repeated instruction and a repair after a
restart all come to the same.
"""

from otklik.acd.engine import Engine
from otklik.acd.model import Direction, Phase, Role
from otklik.acd.state import Interaction
from otklik.acd.ties import Ties
from otklik.switchboard.calls import Calls, Leg
from otklik.switchboard.supervising import barging_legs
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId

WITH_CUSTOMER = frozenset({Phase.CONNECTED, Phase.RECONNECTING})
"""Where the leg of an agent who asks somebody belongs to his customer. A phone that comes back after a loss
comes to the customer first; the one who was asked waits."""


def legs_together(engine: Engine, calls: Calls, interaction_id: InteractionId) -> list[Leg]:
    """The legs that hear each other, the customer's first. Fewer than two: nobody talks.

    A consultation has the leg of the agent who asks, which belongs to his customer's interaction, while he
    does not talk with the customer.
    """
    interaction = engine.interaction(interaction_id)
    if interaction is None:
        return []
    if interaction.direction is Direction.INTERNAL:
        return _colleagues(engine, calls, interaction)
    legs = [] if interaction.phase is Phase.HELD else _one(calls.customer_of(interaction_id))
    if interaction.agent_id and not _is_asking(engine, interaction):
        legs += _one(calls.agent_of(interaction_id, interaction.agent_id))
    return legs + _participants(calls, interaction) + barging_legs(calls, interaction)


def legs_on_hold(engine: Engine, calls: Calls, interaction_id: InteractionId) -> list[Leg]:
    """Who hears music while the agent is away: the customer, or the one who was asked."""
    interaction = engine.interaction(interaction_id)
    if interaction is None:
        return []
    if interaction.direction is not Direction.INTERNAL:
        return _one(calls.customer_of(interaction_id))
    ties = interaction.ties
    if ties is not None and ties.consult_of:
        return _asked(calls, interaction)
    return [leg for leg in calls.all_of(interaction_id) if leg.is_up]


def leg_of_caller(calls: Calls, interaction: Interaction) -> Leg | None:
    """The leg of the agent who made a consultation or an internal call."""
    ties = interaction.ties
    if ties is None or not ties.caller_id:
        return None
    return calls.agent_of(ties.consult_of or interaction.interaction_id, ties.caller_id)


def is_participant(interaction: Interaction, agent_id: AgentId) -> bool:
    """Whether the agent takes part without owning: a conferee, or the caller of an internal call."""
    ties = interaction.ties
    return ties is not None and ties.of_agent(agent_id) is not None


def waits_for_swap(engine: Engine, interaction_id: InteractionId) -> bool:
    """Whether the one who was asked has answered while the asking agent talks with his customer."""
    interaction = engine.interaction(interaction_id)
    asked_about = _asked_about(engine, interaction.ties) if interaction is not None else None
    return asked_about is not None and asked_about.phase is Phase.CONNECTED


def queue_of(engine: Engine, interaction: Interaction) -> QueueId:
    """Under whose rules a party outside is called: those of the customer's queue."""
    asked_about = _asked_about(engine, interaction.ties)
    return interaction.queue_id if asked_about is None else asked_about.queue_id


def _colleagues(engine: Engine, calls: Calls, interaction: Interaction) -> list[Leg]:
    asked_about = _asked_about(engine, interaction.ties)
    if asked_about is not None and asked_about.phase in WITH_CUSTOMER:
        return []
    legs = [*_one(leg_of_caller(calls, interaction)), *_asked(calls, interaction)]
    return [leg for leg in legs if leg.is_up]


def _asked(calls: Calls, interaction: Interaction) -> list[Leg]:
    if interaction.agent_id:
        return _one(calls.agent_of(interaction.interaction_id, interaction.agent_id))
    return calls.parties_of(interaction.interaction_id)


def _participants(calls: Calls, interaction: Interaction) -> list[Leg]:
    ties = interaction.ties
    if ties is None:
        return []
    found: list[Leg] = []
    for participant in ties.agents():
        if participant.role is Role.CONFEREE:
            found += _one(calls.agent_of(interaction.interaction_id, participant.agent_id))
    is_calling = ties.transfer is not None and interaction.phase is Phase.DIALING
    if is_calling or ties.outsiders():
        found += calls.parties_of(interaction.interaction_id)
    return found


def _is_asking(engine: Engine, interaction: Interaction) -> bool:
    """Whether the owner of a customer's interaction stands in a consultation now."""
    ties = interaction.ties
    if ties is None or not ties.consult_id or interaction.phase in WITH_CUSTOMER:
        return False
    return engine.interaction(ties.consult_id) is not None


def _asked_about(engine: Engine, ties: Ties | None) -> Interaction | None:
    return engine.interaction(ties.consult_of) if ties is not None and ties.consult_of else None


def _one(leg: Leg | None) -> list[Leg]:
    return [] if leg is None else [leg]
