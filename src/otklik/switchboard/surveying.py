"""He who hung up first is called and asked: short calls out, each an interaction of its own inside the house.

Whoever blocked calls on his card, or is on the list of blocked numbers, is not called; each call goes by the
rules for calls out, at hours of the customer's own clock.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from otklik.acd import commands as ask
from otklik.acd.events import InteractionEnded
from otklik.acd.model import Direction, EndReason, Phase
from otklik.flows import commands as flow_commands
from otklik.flows.inlining import inlined
from otklik.flows.nodes.survey import TALK_AGENT, TALK_OF, TALK_QUEUE
from otklik.organization.dialing import caller_number, choose_trunk, number_for_trunk
from otklik.switchboard.calls import OUTSIDE, Leg
from otklik.switchboard.dialing import may_be_dialed
from otklik.switchboard.events import LegStarted, SurveyCallDialed, SurveyCallEnded, SurveyCallScheduled
from otklik.switchboard.instructions import DialNumber
from otklik.switchboard.party import Caller
from otklik.switchboard.signals import SurveyCallDue
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, PartyId
from otklik.vocabulary.phones import PhoneNumber
from otklik.vocabulary.refusals import Invalid, Refused

LONGEST: Final = timedelta(minutes=5)
SURVEY_CALL: Final = "survey.call"
"""The fact that tells a survey by a call from one that follows a talk: its greeting may differ."""
_RING: Final = timedelta(seconds=30)
_TALKING: Final = (Phase.CONNECTED, Phase.HELD)


def plan(turn: Turn, interaction_id: InteractionId, at: datetime) -> None:
    """A talk ends because the customer hangs up: he is called later, if its queue says so."""
    centre = turn.centre
    talk = centre.engine.interaction(interaction_id)
    survey = centre.calls.surveys.get(interaction_id)
    party_id = centre.calls.parties.get(interaction_id, PartyId(0))
    if survey is None or survey.call is None or not party_id:
        return
    if talk is None or talk.phase not in _TALKING:
        return
    wanted = SurveyCallScheduled(
        at=at,
        talk_id=interaction_id,
        party_id=party_id,
        agent_id=talk.agent_id,
        queue_id=talk.queue_id,
        number_id=talk.number_id,
        project_id=talk.project_id,
        flow_id=survey.flow_id,
        due_at=at + survey.call.after,
        until=at + survey.call.within,
        rules=survey.call,
    )
    turn.note([_at_lawful_hours(turn, wanted, centre.numbers.get(party_id, ""))])


def _at_lawful_hours(
    turn: Turn, wanted: SurveyCallScheduled, number: str
) -> SurveyCallScheduled | SurveyCallEnded:
    """As it is wanted, or later, when the customer may be called; the end when that is too late."""
    if not number.startswith("+"):
        return SurveyCallEnded(at=wanted.at, talk_id=wanted.talk_id, cause="no_number")
    zone = PhoneNumber(e164=number).zone(turn.centre.configuration.site.zone)
    due_at = wanted.rules.allowed(wanted.due_at, zone)
    if due_at is None or due_at > wanted.until:
        return SurveyCallEnded(at=wanted.at, talk_id=wanted.talk_id, cause="expired")
    return msgspec.structs.replace(wanted, due_at=due_at)


def follow(turn: Turn, at: datetime) -> None:
    """What follows from the calls that are over in this turn, and who is to be called now: his number is
    looked up before the next turn."""
    centre = turn.centre
    for event in list(turn.events):
        if isinstance(event, InteractionEnded):
            _after_call(turn, event)
    if centre.is_fresh:
        return
    for planned in list(centre.calls.planned.values()):
        wanted = planned.wanted
        if not planned.interaction_id and wanted.due_at <= at and wanted.talk_id not in centre.called:
            centre.called.add(wanted.talk_id)
            number = centre.numbers.get(wanted.party_id, "")
            turn.chosen.append(SurveyCallDue(talk_id=wanted.talk_id, number=number))


def call(turn: Turn, signal: SurveyCallDue, at: datetime, caller: Caller) -> None:
    """It is time. Everything is looked at now: hours, blocked numbers, his wish, the flow, the rules."""
    centre = turn.centre
    planned = centre.calls.planned.get(signal.talk_id)
    centre.called.discard(signal.talk_id)
    if planned is None or planned.interaction_id:
        return
    wanted = msgspec.structs.replace(planned.wanted, at=at, due_at=at)
    cause = ""
    if caller.blocked is not None:
        cause = "blocked"
    elif caller.is_opted_out:
        cause = "opted_out"
    elif wanted.flow_id not in centre.flows.published():
        cause = "no_flow"
    lawful = _at_lawful_hours(turn, wanted, signal.number)
    if cause or lawful != wanted:
        turn.note([SurveyCallEnded(at=at, talk_id=signal.talk_id, cause=cause) if cause else lawful])
        return
    try:
        may_be_dialed(centre, signal.number, wanted.queue_id, at)
    except (Refused, Invalid) as refusal:
        _try_later(turn, wanted, at, refusal.code)
        return
    _dial(turn, wanted, signal.number, at)


def _dial(turn: Turn, wanted: SurveyCallScheduled, number: str, at: datetime) -> None:
    centre = turn.centre
    trunk = choose_trunk(centre.configuration, wanted.queue_id)
    assert trunk is not None, "looked at before"
    interaction_id = InteractionId(centre.minter.mint(at))
    turn.see_party(wanted.party_id, number, at, is_new=False)
    turn.ask(
        ask.RegisterInteraction(
            at=at,
            interaction_id=interaction_id,
            direction=Direction.INTERNAL,
            party_id=wanted.party_id,
            number_id=wanted.number_id,
            project_id=wanted.project_id,
        )
    )
    leg_id = LegId(centre.minter.mint(at))
    turn.note(
        [
            SurveyCallDialed(
                at=at, talk_id=wanted.talk_id, interaction_id=interaction_id, attempt=wanted.attempt + 1
            ),
            LegStarted(
                at=at,
                leg_id=leg_id,
                interaction_id=interaction_id,
                role=OUTSIDE,
                trunk_id=trunk.trunk_id,
                party_id=wanted.party_id,
            ),
        ]
    )
    turn.instruct(
        [
            DialNumber(
                leg_id=leg_id,
                interaction_id=interaction_id,
                agent_id=AgentId(0),
                trunk_id=trunk.trunk_id,
                number=number_for_trunk(centre.configuration, number, trunk),
                caller_number=caller_number(centre.configuration, wanted.queue_id, trunk),
                timeout=_RING,
            )
        ]
    )


def begin(turn: Turn, leg: Leg, at: datetime) -> bool:
    """He has answered: the survey begins. False when this leg is no survey's."""
    centre = turn.centre
    planned = centre.calls.planned_of(leg.interaction_id)
    interaction = centre.engine.interaction(leg.interaction_id)
    if planned is None or interaction is None or interaction.phase is not Phase.ARRIVING:
        return planned is not None
    wanted, published = planned.wanted, centre.flows.published()
    if wanted.flow_id not in published:
        turn.end(leg.interaction_id, EndReason.CANCELLED, at)
        return True
    number = centre.configuration.numbers.get(wanted.number_id)
    site = centre.configuration.site
    turn.ask(ask.EnterFlow(at=at, interaction_id=leg.interaction_id, limit=LONGEST))
    turn.ask_flow(
        flow_commands.StartFlow(
            at=at,
            interaction_id=leg.interaction_id,
            flow=inlined(published[wanted.flow_id], published),
            locale=number.language if number else site.language,
            is_recorded=False,
            hours=None,
            time_zone=site.zone,
            queue_id=wanted.queue_id,
            facts={
                TALK_OF: str(wanted.talk_id),
                TALK_AGENT: str(wanted.agent_id),
                TALK_QUEUE: str(wanted.queue_id),
                SURVEY_CALL: "1",
            },
        )
    )
    return True


def fail(turn: Turn, leg: Leg, reason: EndReason, at: datetime) -> bool:
    """He was not reached: this call is over. False when this leg is no survey's."""
    if turn.centre.calls.planned_of(leg.interaction_id) is None:
        return False
    turn.end(leg.interaction_id, reason, at)
    return True


def _after_call(turn: Turn, event: InteractionEnded) -> None:
    """A call with a survey is over: asked, or to be tried again."""
    planned = turn.centre.calls.planned_of(event.interaction_id)
    if planned is None:
        return
    wanted = planned.wanted
    if planned.is_answered:
        turn.note([SurveyCallEnded(at=event.at, talk_id=wanted.talk_id, cause="asked")])
        return
    _try_later(turn, msgspec.structs.replace(wanted, at=event.at), event.at, "unreached")


def _try_later(turn: Turn, wanted: SurveyCallScheduled, at: datetime, cause: str) -> None:
    """Once more, if it may be tried so often."""
    rules, attempt = wanted.rules, wanted.attempt + 1
    if attempt >= rules.attempts:
        turn.note([SurveyCallEnded(at=at, talk_id=wanted.talk_id, cause=cause)])
        return
    again = msgspec.structs.replace(wanted, due_at=at + rules.apart, attempt=attempt)
    turn.note([_at_lawful_hours(turn, again, turn.centre.numbers.get(wanted.party_id, ""))])
