"""Customers who call from a browser, by a link that was sent to them: with picture, and nothing to install.

Such a customer is a phone of the media server for one call. His login may reach nothing else: whatever he
dials, the dialplan says who he is, and here it says to which queue he comes. The login ends with his talk, or
when its time is over.
"""

from datetime import datetime, timedelta

from otklik.acd import commands as ask
from otklik.flows import commands as flow_commands
from otklik.flows.model import Flow
from otklik.flows.nodes.queue import Queue
from otklik.flows.starter import STARTER_FLOW
from otklik.switchboard import requests
from otklik.switchboard.calls import CUSTOMER, Calls, Guest
from otklik.switchboard.events import GuestArrived, GuestExpected, LegRecorded, LegStarted, LegUp
from otklik.switchboard.instructions import HangUpLeg
from otklik.switchboard.signals import LegArrived
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import InteractionId
from otklik.vocabulary.refusals import NotFound

_OWN_AGENT = timedelta(minutes=2)
"""So long only he who sent the link is rung."""


def expect_guest(turn: Turn, request: requests.ExpectGuest, at: datetime) -> None:
    """From now on he may call."""
    if request.queue_id not in turn.centre.configuration.queues:
        raise NotFound("unknown_queue", queue_id=request.queue_id)
    expected = GuestExpected(
        at=at,
        login=request.login,
        secret_id=request.secret_id,
        invitation_id=request.invitation_id,
        queue_id=request.queue_id,
        agent_id=request.agent_id,
        language=request.language,
        until=at + request.lasts,
    )
    turn.note([expected])


def guest_of(calls: Calls, signal: LegArrived) -> Guest | None:
    """Who this is, if he came from a browser and not through a trunk."""
    return None if signal.trunk_id else calls.guests.get(signal.number_called)


def guest_arrived(turn: Turn, signal: LegArrived, guest: Guest, at: datetime) -> None:
    """An interaction like every other, without a greeting: he waits in the queue with music and his place."""
    centre = turn.centre
    if guest.interaction_id or guest.until < at or guest.queue_id not in centre.configuration.queues:
        turn.instruct([HangUpLeg(leg_id=signal.leg_id, reason="declined")])
        return
    interaction_id = InteractionId(centre.minter.mint(at))
    queue = centre.configuration.queues[guest.queue_id]
    turn.ask(ask.RegisterInteraction(at=at, interaction_id=interaction_id, project_id=queue.project_id))
    arrived = GuestArrived(
        at=at, login=guest.login, invitation_id=guest.invitation_id, interaction_id=interaction_id
    )
    leg = LegStarted(
        at=at,
        leg_id=signal.leg_id,
        interaction_id=interaction_id,
        role=CUSTOMER,
        media_id=signal.media_id,
    )
    turn.note([arrived, leg])
    if signal.tries:
        turn.note([LegUp(at=at, leg_id=signal.leg_id, interaction_id=interaction_id)])
    if signal.recording is not None:
        recorded = LegRecorded(
            at=at,
            leg_id=signal.leg_id,
            interaction_id=interaction_id,
            path=signal.recording.path,
            since=at - signal.recording.lead,
        )
        turn.note([recorded])
    turn.ask(ask.EnterFlow(at=at, interaction_id=interaction_id))
    turn.ask_flow(
        flow_commands.StartFlow(
            at=at,
            interaction_id=interaction_id,
            flow=Flow(
                flow_id=STARTER_FLOW,
                version=1,
                name="guest",
                start="queue",
                nodes={"queue": _waits_for(guest)},
            ),
            locale=guest.language,
            is_recorded=signal.recording is not None,
            hours=None,
            time_zone=centre.configuration.site.zone,
            queue_id=guest.queue_id,
        )
    )


def _waits_for(guest: Guest) -> Queue:
    """Whoever sent the link gets him first."""
    if not guest.agent_id:
        return Queue(queue_id=guest.queue_id)
    return Queue(queue_id=guest.queue_id, preferred_agent=str(guest.agent_id), preferred_for=_OWN_AGENT)
