"""Calls that agents make: the agent's own phone is taken first, then the number is dialled through a
trunk.
"""

from datetime import datetime, timedelta

from otklik.acd import commands as ask
from otklik.acd.model import EndReason, Phase
from otklik.acd.state import Interaction
from otklik.organization.dialing import (
    allowed_on_trunk,
    allowed_to_dial,
    caller_number,
    choose_trunk,
    may_be_promised,
    number_for_trunk,
    read_dialed,
)
from otklik.switchboard.calls import AGENT, CUSTOMER, OUTSIDE, Leg
from otklik.switchboard.centre import Centre
from otklik.switchboard.events import LegStarted, LegUp
from otklik.switchboard.instructions import AnswerLeg, DialNumber, HangUpLeg, StartMusic
from otklik.switchboard.outside import NOBODY, check_agent
from otklik.switchboard.party import Caller
from otklik.switchboard.requests import Dial
from otklik.switchboard.signals import DeviceDialed
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, OfferId, ProjectId, QueueId
from otklik.vocabulary.refusals import Refused

_DIAL_TIMEOUT = timedelta(seconds=60)


def start_dialing(turn: Turn, request: Dial, at: datetime, caller: Caller) -> InteractionId:
    """From the desk. Refused before anything changed when the number, the day's caps or the agent forbid
    it.
    """
    centre = turn.centre
    check_number(turn, request.number, request.queue_id, at, agent_id=request.agent_id)
    if centre.device_to_ring(request.agent_id) is None:
        raise Refused("device_unreachable", agent_id=request.agent_id)
    interaction_id = InteractionId(centre.minter.mint(at))
    turn.see_party(caller.party_id, caller.number, at, is_new=caller.is_new)
    turn.ask(
        ask.StartManualInteraction(
            at=at,
            agent_id=request.agent_id,
            interaction_id=interaction_id,
            party_id=caller.party_id,
            queue_id=request.queue_id,
            project_id=_project(turn, request.queue_id),
            callback_of=request.callback_of,
        )
    )
    return interaction_id


def begin_dialing(turn: Turn, signal: DeviceDialed, at: datetime, caller: Caller) -> None:
    """From the keypad of the agent's own SIP phone: its leg is there already."""
    centre = turn.centre
    interaction_id = InteractionId(centre.minter.mint(at))
    try:
        check_number(turn, signal.dialed, QueueId(0), at, agent_id=signal.agent_id)
        turn.see_party(caller.party_id, caller.number, at, is_new=caller.is_new)
        turn.keep_quiet(interaction_id)
        turn.ask(
            ask.StartManualInteraction(
                at=at,
                agent_id=signal.agent_id,
                interaction_id=interaction_id,
                party_id=caller.party_id,
            )
        )
    except Refused:
        turn.instruct([HangUpLeg(leg_id=signal.leg_id, reason="declined")])
        return
    turn.note(
        [
            LegStarted(
                at=at,
                leg_id=signal.leg_id,
                interaction_id=interaction_id,
                role=AGENT,
                agent_id=signal.agent_id,
            ),
            LegUp(at=at, leg_id=signal.leg_id, interaction_id=interaction_id),
        ]
    )
    turn.instruct([AnswerLeg(leg_id=signal.leg_id)])
    leg = centre.calls.legs.get(signal.leg_id)
    if leg is not None:
        dial_outside(turn, leg, at)


def accept(turn: Turn, leg: Leg, offer_id: OfferId, at: datetime) -> None:
    """The agent's phone answers the ring: he takes the offer. A promised call is dialled now; whatever leg of
    the customer's is left goes."""
    centre = turn.centre
    if not turn.try_to(ask.AcceptOffer(at=at, offer_id=offer_id)):
        turn.instruct([HangUpLeg(leg_id=leg.leg_id)])
        return
    interaction = centre.engine.interaction(leg.interaction_id)
    if interaction is None or interaction.callback is None or interaction.phase is not Phase.DIALING:
        return
    stale = [other for other in centre.calls.all_of(leg.interaction_id) if other.role == CUSTOMER]
    turn.instruct(HangUpLeg(leg_id=other.leg_id) for other in stale)
    reason = _why_not_called_back(centre, interaction, at)
    if reason is not None:
        turn.try_to(ask.FailManualInteraction(at=at, interaction_id=leg.interaction_id, reason=reason))
        return
    turn.instruct([StartMusic(leg_id=leg.leg_id, sound="ringing")])
    dial_outside(turn, leg, at)


def _why_not_called_back(centre: Centre, interaction: Interaction, at: datetime) -> EndReason | None:
    """Rules and wishes may have changed since the promise, and the day's caps hold for promised calls, too:
    those are tried again later."""
    spared = centre.spared.get(interaction.interaction_id)
    if spared is not None:
        return spared
    number = centre.number_of(interaction.interaction_id)
    if not may_be_promised(centre.configuration, number):
        return EndReason.INVALID_NUMBER
    try:
        may_be_dialed(centre, number, interaction.queue_id, at)
    except Refused:
        return EndReason.CONGESTED
    return None


def dial_outside(turn: Turn, agent_leg: Leg, at: datetime) -> None:
    """The agent's phone is up: now the party."""
    centre = turn.centre
    interaction_id = agent_leg.interaction_id
    interaction = centre.engine.interaction(interaction_id)
    if interaction is None:
        return
    number = centre.number_of(interaction_id)
    trunk = choose_trunk(centre.configuration, interaction.queue_id)
    if trunk is None or not number:
        turn.try_to(
            ask.FailManualInteraction(at=at, interaction_id=interaction_id, reason=EndReason.INVALID_NUMBER)
        )
        return
    leg_id = LegId(centre.minter.mint(at))
    turn.note(
        [
            LegStarted(
                at=at,
                leg_id=leg_id,
                interaction_id=interaction_id,
                role=OUTSIDE,
                agent_id=agent_leg.agent_id,
                trunk_id=trunk.trunk_id,
                party_id=interaction.party_id,
            )
        ]
    )
    turn.instruct(
        [
            DialNumber(
                leg_id=leg_id,
                interaction_id=interaction_id,
                agent_id=agent_leg.agent_id,
                trunk_id=trunk.trunk_id,
                number=number_for_trunk(centre.configuration, number, trunk),
                caller_number=caller_number(centre.configuration, interaction.queue_id, trunk),
                timeout=_DIAL_TIMEOUT,
            )
        ]
    )


def check_number(
    turn: Turn, text: str, queue_id: QueueId, at: datetime, *, agent_id: AgentId = NOBODY
) -> None:
    """Raises Invalid for what is no number, Refused for what may not be called now. agent_id: who dials."""
    may_be_dialed(turn.centre, text, queue_id, at, agent_id=agent_id)


def may_be_dialed(
    centre: Centre, text: str, queue_id: QueueId, at: datetime, *, agent_id: AgentId = NOBODY
) -> None:
    """Raises Invalid for what is no number, Refused for what may not be called now. agent_id: who dials, if
    not the centre itself."""
    number = read_dialed(centre.configuration, text)
    check_agent(centre, number, agent_id, at)
    allowed_to_dial(centre.configuration, number, centre.calls.spent_by_all(at.date()))
    trunk = choose_trunk(centre.configuration, queue_id)
    if trunk is None:
        raise Refused("no_trunk")
    if number.startswith("+"):
        allowed_on_trunk(trunk, centre.calls.spent_on_trunk(trunk.trunk_id, at.date()))


def _project(turn: Turn, queue_id: QueueId) -> ProjectId:
    queue = turn.centre.configuration.queues.get(queue_id)
    return queue.project_id if queue else ProjectId(0)
