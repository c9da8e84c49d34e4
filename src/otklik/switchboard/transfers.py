"""Talks that move between people: what the desk asks becomes commands, and what happens to the legs of those
who were asked becomes commands too. What follows when somebody is lost is the engine's (`acd/transfers.py`).
"""

from datetime import datetime
from typing import Any, assert_never

from otklik.acd import commands as ask
from otklik.acd.model import EndReason, Phase, Target, TargetKind
from otklik.acd.state import Interaction
from otklik.organization.model import SELF_TEST
from otklik.switchboard import requests
from otklik.switchboard.calls import Leg
from otklik.switchboard.dialing import check_number
from otklik.switchboard.instructions import HangUpLeg, StartMusic
from otklik.switchboard.outbound import bridge_again
from otklik.switchboard.outside import check_outside
from otklik.switchboard.party import Caller
from otklik.switchboard.talks import waits_for_swap
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import InteractionId
from otklik.vocabulary.phones import emergency_number
from otklik.vocabulary.refusals import Invalid, Refused

MovingRequest = (
    requests.Transfer
    | requests.Consult
    | requests.Swap
    | requests.Complete
    | requests.CancelConsult
    | requests.Confer
    | requests.Leave
    | requests.Remove
    | requests.CallColleague
    | requests.Assign
    | requests.Pull
    | requests.Prioritize
    | requests.Escalate
    | requests.Requeue
)


def move(turn: Turn, request: MovingRequest, at: datetime, caller: Caller) -> dict[str, Any]:  # noqa: C901 - one case for each kind
    """Does it or raises Refused before anything changed. caller: the party of a number in the request."""
    match request:
        case requests.Transfer():
            target = _target(turn, request, at, caller, is_left=True)
            turn.ask(
                ask.TransferInteraction(
                    at=at,
                    agent_id=request.agent_id,
                    interaction_id=request.interaction_id,
                    target=target,
                )
            )
        case requests.Consult():
            target = _target(turn, request, at, caller, is_left=False)
            consult_id = InteractionId(turn.centre.minter.mint(at))
            turn.ask(
                ask.StartConsult(
                    at=at,
                    agent_id=request.agent_id,
                    interaction_id=request.interaction_id,
                    consult_id=consult_id,
                    target=target,
                )
            )
            return {"interaction_id": str(consult_id)}
        case requests.Swap():
            turn.ask(ask.SwapConsult(at=at, agent_id=request.agent_id, interaction_id=request.interaction_id))
        case requests.Complete():
            turn.ask(
                ask.CompleteTransfer(at=at, agent_id=request.agent_id, interaction_id=request.interaction_id)
            )
        case requests.CancelConsult():
            turn.ask(
                ask.CancelConsult(at=at, agent_id=request.agent_id, interaction_id=request.interaction_id)
            )
        case requests.Confer():
            turn.ask(
                ask.StartConference(at=at, agent_id=request.agent_id, interaction_id=request.interaction_id)
            )
        case requests.Leave():
            turn.ask(
                ask.LeaveConference(at=at, agent_id=request.agent_id, interaction_id=request.interaction_id)
            )
        case requests.Remove():
            turn.ask(
                ask.RemoveParticipant(
                    at=at,
                    agent_id=request.agent_id,
                    interaction_id=request.interaction_id,
                    participant_id=request.participant_id,
                )
            )
        case requests.CallColleague():
            interaction_id = InteractionId(turn.centre.minter.mint(at))
            turn.ask(
                ask.StartInternalCall(
                    at=at,
                    agent_id=request.agent_id,
                    interaction_id=interaction_id,
                    target_id=request.target_id,
                )
            )
            return {"interaction_id": str(interaction_id)}
        case requests.Assign():
            turn.ask(
                ask.AssignInteraction(at=at, interaction_id=request.interaction_id, agent_id=request.agent_id)
            )
        case requests.Prioritize():
            turn.ask(
                ask.PrioritizeInteraction(
                    at=at, interaction_id=request.interaction_id, priority=request.priority
                )
            )
        case requests.Escalate():
            turn.ask(
                ask.EscalateInteraction(
                    at=at, agent_id=request.agent_id, interaction_id=request.interaction_id
                )
            )
        case requests.Requeue():
            turn.ask(
                ask.RequeueInteraction(
                    at=at, interaction_id=request.interaction_id, queue_id=request.queue_id, ahead=True
                )
            )
        case requests.Pull():
            turn.ask(
                ask.PullInteraction(at=at, interaction_id=request.interaction_id, agent_id=request.agent_id)
            )
        case _:
            assert_never(request)
    return {}


def _target(
    turn: Turn,
    request: requests.Transfer | requests.Consult,
    at: datetime,
    caller: Caller,
    *,
    is_left: bool,
) -> Target:
    """Exactly one of agent, queue and number. A number must be one to which customers may be sent; is_left:
    he is left alone with it, else the agent stays, who may ask an emergency number as he may dial it."""
    to, interaction_id = request.to, request.interaction_id
    chosen = [bool(to.agent_id), bool(to.queue_id), bool(to.number)]
    if sum(chosen) != 1:
        raise Invalid("one_target_expected", "to")
    if to.agent_id:
        return Target(kind=TargetKind.AGENT, agent_id=to.agent_id)
    interaction = turn.centre.engine.interaction(interaction_id)
    if interaction is None:
        raise Refused("unknown_interaction", interaction_id=str(interaction_id))
    if interaction.project_id == SELF_TEST:
        # A robot takes no real customer's place, and no carrier is paid for him.
        raise Refused("practice_stays_inside")
    if to.queue_id:
        return Target(kind=TargetKind.QUEUE, queue_id=to.queue_id)
    if not is_left and emergency_number(to.number, turn.centre.configuration.site.country):
        check_number(turn, to.number, interaction.queue_id, at, agent_id=request.agent_id)
    else:
        check_outside(turn.centre, to.number, interaction.queue_id, at, agent_id=request.agent_id)
    turn.see_party(caller.party_id, caller.number, at, is_new=caller.is_new)
    return Target(kind=TargetKind.OUTSIDE, party_id=caller.party_id)


# --- the legs of those who were asked


def party_answered(turn: Turn, leg: Leg, at: datetime) -> None:
    """A party outside is there: beside the agent who asked, or beside the customer."""
    centre = turn.centre
    interaction = centre.engine.interaction(leg.interaction_id)
    if interaction is None or interaction.phase is not Phase.DIALING:
        turn.instruct([HangUpLeg(leg_id=leg.leg_id)])
    elif waits_for_swap(centre.engine, leg.interaction_id):
        turn.try_to(ask.ConfirmConnection(at=at, interaction_id=leg.interaction_id))
    else:
        turn.instruct(bridge_again(centre.view(), leg.interaction_id))


def party_failed(turn: Turn, leg: Leg, reason: EndReason, at: datetime) -> None:
    """It was not reached."""
    interaction = turn.centre.engine.interaction(leg.interaction_id)
    if interaction is None:
        return
    if interaction.phase is Phase.DIALING:
        asked = ask.FailManualInteraction(at=at, interaction_id=leg.interaction_id, reason=reason)
        unreached = ask.FailManualInteraction(
            at=at, interaction_id=leg.interaction_id, reason=EndReason.NO_ANSWER
        )
        if not turn.try_to(asked):
            turn.try_to(unreached)
        return
    party_gone(turn, leg, at)


def party_gone(turn: Turn, leg: Leg, at: datetime) -> None:
    """It hung up, or was lost: the same for those who are left."""
    turn.try_to(
        ask.NotePartyLeft(at=at, interaction_id=leg.interaction_id, participant_id=leg.participant_id)
    )


def participant_answered(turn: Turn, leg: Leg, interaction: Interaction) -> None:
    """The phone of the agent who calls a colleague is up (it answered itself)."""
    if interaction.phase is Phase.CONNECTING:
        turn.instruct(bridge_again(turn.centre.view(), leg.interaction_id))
    else:
        turn.instruct([StartMusic(leg_id=leg.leg_id, sound="ringing")])


def participant_gone(turn: Turn, leg: Leg, at: datetime, *, hung_up: bool) -> None:
    """An agent who does not own the talk leaves it, by his phone."""
    if hung_up:
        turn.try_to(ask.FinishTalk(at=at, agent_id=leg.agent_id, interaction_id=leg.interaction_id))
    else:
        turn.try_to(ask.NoteAgentLegLost(at=at, interaction_id=leg.interaction_id, agent_id=leg.agent_id))
