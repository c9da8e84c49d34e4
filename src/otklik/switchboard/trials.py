"""Somebody tries a flow with his own ears: his browser is a phone of one call, as a guest's, and the flow
runs as it stands in the editor, unpublished.

It leaves nothing behind: an interaction inside the house, in the project that counters, boards and reports
leave out; nobody is rung, no place in a queue is taken, no vote or answer counts, no text is sent. Other
systems are asked as in earnest.
"""

from datetime import datetime, timedelta

from otklik.acd import commands as ask
from otklik.acd.model import Direction
from otklik.flows import commands as flow_commands
from otklik.flows.inlining import inlined
from otklik.organization.model import SELF_TEST
from otklik.organization.numbers import hours_of
from otklik.switchboard import requests
from otklik.switchboard.calls import CUSTOMER, Guest
from otklik.switchboard.events import GuestArrived, GuestExpected, LegStarted, LegUp, Trial
from otklik.switchboard.instructions import HangUpLeg
from otklik.switchboard.signals import LegArrived
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, InteractionId, ProjectId, QueueId

LONGEST = timedelta(minutes=10)


def expect_trial(turn: Turn, request: requests.ExpectTrial, at: datetime) -> None:
    """From now on he may call."""
    centre = turn.centre
    number = centre.configuration.numbers.get(request.number_id)
    expected = GuestExpected(
        at=at,
        login=request.login,
        secret_id=request.secret_id,
        invitation_id=0,
        queue_id=number.queue_id if number else QueueId(0),
        agent_id=AgentId(0),
        language=number.language if number else request.language,
        until=at + request.lasts,
        trial=Trial(
            flow=inlined(request.flow, centre.flows.published()),
            by=request.by,
            number_id=request.number_id,
            caller=request.caller,
        ),
    )
    turn.note([expected])


def trial_arrived(turn: Turn, signal: LegArrived, guest: Guest, trial: Trial, at: datetime) -> None:
    """His browser calls: the flow begins."""
    centre = turn.centre
    if guest.interaction_id or guest.until < at:
        turn.instruct([HangUpLeg(leg_id=signal.leg_id, reason="declined")])
        return
    interaction_id = InteractionId(centre.minter.mint(at))
    turn.ask(
        ask.RegisterInteraction(
            at=at,
            interaction_id=interaction_id,
            direction=Direction.INTERNAL,
            project_id=ProjectId(SELF_TEST),
        )
    )
    turn.note(
        [
            GuestArrived(at=at, login=guest.login, invitation_id=0, interaction_id=interaction_id),
            LegStarted(at=at, leg_id=signal.leg_id, interaction_id=interaction_id, role=CUSTOMER),
        ]
    )
    if signal.tries:
        turn.note([LegUp(at=at, leg_id=signal.leg_id, interaction_id=interaction_id)])
    turn.ask(ask.EnterFlow(at=at, interaction_id=interaction_id, limit=LONGEST))
    number = centre.configuration.numbers.get(trial.number_id)
    facts = {"caller": trial.caller, "number": number.number if number else ""}
    turn.ask_flow(
        flow_commands.StartFlow(
            at=at,
            interaction_id=interaction_id,
            flow=trial.flow,
            locale=guest.language,
            is_recorded=number.is_recorded if number else False,
            hours=hours_of(centre.configuration, number) if number else None,
            time_zone=centre.configuration.site.zone,
            queue_id=guest.queue_id,
            facts={name: value for name, value in facts.items() if value},
            is_test=True,
        )
    )
