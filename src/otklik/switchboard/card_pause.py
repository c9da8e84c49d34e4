"""Card data is not recorded: the agent pauses the recording and says himself when it goes on.

Sensitive authentication data must not be kept even encrypted (PCI DSS 3.3.1), so the raw file ends with the
pause and another one begins after it; what is cut from them is silent between. Nothing resumes by itself,
since nobody but the agent knows whether the customer is done: the desk asks him after a while.
"""

from datetime import datetime, timedelta

from otklik.acd.model import Phase
from otklik.switchboard import requests
from otklik.switchboard.events import CardPauseEnded, CardPauseKept, CardPauseStarted
from otklik.switchboard.instructions import RecordLeg, StopRecording
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, InteractionId, LegId
from otklik.vocabulary.refusals import NotFound, Refused

ASKS_AFTER = timedelta(seconds=120)
"""Saying a card takes about a minute; whoever needs longer says so."""

CardRequest = requests.PauseForCard | requests.KeepCardPause | requests.EndCardPause


def handle_card(turn: Turn, request: CardRequest, at: datetime) -> None:
    """Does it or raises Refused before anything changed."""
    interaction_id, agent_id = request.interaction_id, request.agent_id
    leg_id = _recorded_leg(turn, agent_id, interaction_id)
    is_paused = interaction_id in turn.centre.calls.paused
    match request:
        case requests.PauseForCard():
            if is_paused:
                raise Refused("already_paused")
            turn.note(
                [
                    CardPauseStarted(
                        at=at,
                        leg_id=leg_id,
                        interaction_id=interaction_id,
                        agent_id=agent_id,
                        asks_at=at + ASKS_AFTER,
                    )
                ]
            )
            turn.instruct([StopRecording(leg_id=leg_id)])
        case requests.KeepCardPause() | requests.EndCardPause() if not is_paused:
            raise Refused("not_paused")
        case requests.KeepCardPause():
            turn.note(
                [
                    CardPauseKept(
                        at=at, interaction_id=interaction_id, agent_id=agent_id, asks_at=at + ASKS_AFTER
                    )
                ]
            )
        case requests.EndCardPause():
            turn.note(
                [CardPauseEnded(at=at, leg_id=leg_id, interaction_id=interaction_id, agent_id=agent_id)]
            )
            turn.instruct([RecordLeg(leg_id=leg_id, interaction_id=interaction_id)])


def _recorded_leg(turn: Turn, agent_id: AgentId, interaction_id: InteractionId) -> LegId:
    """The customer's leg of a talk that is this agent's and is recorded."""
    interaction = turn.centre.engine.interaction(interaction_id)
    if interaction is None or interaction.agent_id != agent_id:
        raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
    if interaction.phase not in (Phase.CONNECTED, Phase.HELD, Phase.RECONNECTING):
        raise Refused("not_in_talk")
    leg = turn.centre.calls.customer_of(interaction_id)
    if leg is None or not leg.is_recorded:
        raise Refused("not_recorded")
    return leg.leg_id
