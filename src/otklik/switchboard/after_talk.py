"""What follows a talk: the customer who stays hears a survey, who hung up first is sent a text.

A survey is an interaction of its own, inside the house: the talk ends as every other, its measures do not
wait for the answers, and the engine limits how long a survey may last.
"""

from datetime import datetime, timedelta

from otklik.acd import commands as ask
from otklik.acd.model import Direction, Phase
from otklik.flows import commands as flow_commands
from otklik.flows.inlining import inlined
from otklik.flows.model import Flow
from otklik.flows.nodes.survey import TALK_AGENT, TALK_OF, TALK_QUEUE
from otklik.switchboard.calls import CUSTOMER, bridge_name
from otklik.switchboard.events import SurveyStarted
from otklik.switchboard.instructions import AdoptLeg, UnbridgeLeg
from otklik.switchboard.outbox import queue_text
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId

LONGEST = timedelta(minutes=5)
_TALKING = (Phase.CONNECTED, Phase.HELD)


def finish_talk(turn: Turn, interaction_id: InteractionId, agent_id: AgentId, at: datetime) -> None:
    """The agent hangs up. Raises the engine's refusal; then nothing has changed."""
    flow = _survey_of(turn, interaction_id, agent_id)
    if flow is not None:
        _begin(turn, flow, interaction_id, at)
    turn.ask(ask.FinishTalk(at=at, agent_id=agent_id, interaction_id=interaction_id))


def ask_by_text(turn: Turn, interaction_id: InteractionId, at: datetime) -> None:
    """The customer hangs up first: the question is sent to him, if he talked with somebody."""
    centre = turn.centre
    interaction = centre.engine.interaction(interaction_id)
    survey = centre.calls.surveys.get(interaction_id)
    if survey is None or not survey.text or interaction is None or interaction.phase not in _TALKING:
        return
    party_id = centre.calls.parties.get(interaction_id, PartyId(0))
    if party_id:
        turn.note(queue_text(centre, interaction_id, party_id, survey.text, "survey", at))


def _survey_of(turn: Turn, interaction_id: InteractionId, agent_id: AgentId) -> Flow | None:
    """The flow that this customer is to hear now; None if the talk goes on with others, or nothing is
    asked."""
    centre = turn.centre
    interaction = centre.engine.interaction(interaction_id)
    survey = centre.calls.surveys.get(interaction_id)
    leg = centre.calls.of(interaction_id, CUSTOMER)
    if survey is None or interaction is None or leg is None:
        return None
    if interaction.agent_id != agent_id or interaction.phase not in _TALKING or interaction.ties is not None:
        return None
    published = centre.flows.published()
    return inlined(published[survey.flow_id], published) if survey.flow_id in published else None


def _begin(turn: Turn, flow: Flow, talk_id: InteractionId, at: datetime) -> None:
    centre = turn.centre
    talk = centre.engine.interaction(talk_id)
    leg = centre.calls.of(talk_id, CUSTOMER)
    assert talk is not None, "looked at before"
    assert leg is not None, "looked at before"
    survey_id = InteractionId(centre.minter.mint(at))
    number = centre.configuration.numbers.get(talk.number_id)
    site = centre.configuration.site
    agent_id, queue_id = talk.agent_id, talk.queue_id
    turn.ask(
        ask.RegisterInteraction(
            at=at,
            interaction_id=survey_id,
            direction=Direction.INTERNAL,
            party_id=talk.party_id,
            number_id=talk.number_id,
            project_id=talk.project_id,
        )
    )
    turn.instruct(
        [
            UnbridgeLeg(bridge=bridge_name(talk_id), leg_id=leg.leg_id),
            AdoptLeg(leg_id=leg.leg_id, interaction_id=survey_id),
        ]
    )
    turn.note(
        [
            SurveyStarted(
                at=at,
                interaction_id=survey_id,
                leg_id=leg.leg_id,
                talk_id=talk_id,
                agent_id=agent_id,
                queue_id=queue_id,
                flow_id=flow.flow_id,
            )
        ]
    )
    turn.ask(ask.EnterFlow(at=at, interaction_id=survey_id, limit=LONGEST))
    turn.ask_flow(
        flow_commands.StartFlow(
            at=at,
            interaction_id=survey_id,
            flow=flow,
            locale=number.language if number else site.language,
            is_recorded=False,
            hours=None,
            time_zone=site.zone,
            queue_id=queue_id,
            facts={TALK_OF: str(talk_id), TALK_AGENT: str(agent_id), TALK_QUEUE: str(queue_id)},
        )
    )
