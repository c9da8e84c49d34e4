"""Stop 3 of a call's walk: a signal becomes commands.

Every rule here is about one kind of signal. A signal about a leg that is gone, or that the world has
overtaken, changes nothing.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import assert_never

from otklik.acd import commands as ask
from otklik.acd.model import EndReason, Phase
from otklik.acd.state import Interaction
from otklik.crm.blocking import BlockedNumber
from otklik.flows import commands as flow_commands
from otklik.flows.starter import message_flow
from otklik.organization.model import SELF_TEST, Number
from otklik.organization.numbers import find_number, hours_of
from otklik.switchboard import signals as tell
from otklik.switchboard import surveying
from otklik.switchboard.after_talk import ask_by_text, finish_talk
from otklik.switchboard.calls import AGENT, CUSTOMER, OUTSIDE, PARTY, SUPERVISOR, Leg, interaction_of_bridge
from otklik.switchboard.dialing import accept, begin_dialing, dial_outside
from otklik.switchboard.events import CallDivertedFound, LegOver, LegRecorded, LegStarted, LegUp
from otklik.switchboard.flow_choice import announced, flow_of
from otklik.switchboard.forwarding import forward
from otklik.switchboard.guests import guest_arrived, guest_of
from otklik.switchboard.identifying import identify
from otklik.switchboard.instructions import BridgeLegs, HangUpLeg, StartMusic
from otklik.switchboard.links import take_link
from otklik.switchboard.outbound import bridge_again
from otklik.switchboard.party import Caller
from otklik.switchboard.recording import stop_voicemail
from otklik.switchboard.recovery import note_media_restarted, reconcile
from otklik.switchboard.supervision import ear_failed, supervisor_answered, supervisor_gone
from otklik.switchboard.talks import is_participant
from otklik.switchboard.transfers import (
    participant_answered,
    participant_gone,
    party_answered,
    party_failed,
    party_gone,
)
from otklik.switchboard.trials import trial_arrived
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, NumberId, ProjectId, TrunkId
from otklik.vocabulary.refusals import Refused

_NORMAL_CLEARING = 16
_DECLINED = (486, 600, 603)


def handle_signal(turn: Turn, signal: tell.ChannelSignal, at: datetime, caller: Caller, limit: int) -> None:  # noqa: C901, PLR0915 - one case for each kind
    """limit: how many interactions may be live; a call beyond it hears congestion at once."""
    centre = turn.centre
    match signal:
        case tell.LegArrived():
            _arrived(turn, signal, at, caller, limit)
        case tell.DeviceDialed():
            begin_dialing(turn, signal, at, caller)
        case tell.LegRinging():
            pass
        case tell.LegProgressed():
            _progressed(turn, signal.leg_id)
        case tell.LegAnswered():
            _answered(turn, signal.leg_id, at)
        case tell.LegFailed() if centre.is_fresh and signal.reason is EndReason.MEDIA_FAILED:
            # No link, so nobody's phone is to blame: what is to be done instead the survey decides.
            centre.inherited.add(signal.leg_id)
        case tell.LegFailed():
            _failed(turn, signal, at)
        case tell.LegEnded():
            _ended(turn, signal.leg_id, signal.cause, at)
        case tell.KeyPressed():
            leg = centre.calls.legs.get(signal.leg_id)
            if leg is None or leg.interaction_id in centre.calls.paused:
                return  # digits of a card are not written down, not even as keys of a menu
            if centre.flows.is_running(leg.interaction_id):
                turn.ask_flow(
                    flow_commands.PressKey(at=at, interaction_id=leg.interaction_id, key=signal.key)
                )
        case tell.PromptsFinished():
            leg = centre.calls.legs.get(signal.leg_id)
            if leg is not None and centre.flows.is_running(leg.interaction_id):
                turn.ask_flow(
                    flow_commands.FinishPrompts(
                        at=at, interaction_id=leg.interaction_id, playback=signal.playback
                    )
                )
        case tell.SystemAnswered():
            turn.take_answer(signal, at)
        case tell.SurveyCallDue():
            surveying.call(turn, signal, at, caller)
        case tell.CustomerTyped():
            identify(turn, signal, at, caller)
        case tell.OutsideChosen():
            forward(turn, signal, at, caller)
        case tell.LinkReported():
            take_link(turn, signal, at)
        case tell.LegsBridged():
            _bridged(turn, signal.bridge, at)
        case tell.BridgeFailed():
            _bridge_failed(turn, signal.bridge, at)
        case tell.RecordingBegun():
            leg = centre.calls.legs.get(signal.leg_id)
            if leg is not None:
                _note_recording(turn, leg.leg_id, leg.interaction_id, signal.recording, at)
        case tell.RecordingFailed():
            stop_voicemail(turn, signal.leg_id, "failed", at)
        case tell.SpeechHeard():
            leg = centre.calls.legs.get(signal.leg_id)
            if leg is not None:
                turn.ask_flow(flow_commands.NoteSpeech(at=at, interaction_id=leg.interaction_id))
        case tell.SilenceHeard():
            stop_voicemail(turn, signal.leg_id, "silence", at)
        case tell.DeviceRegistered():
            note_registered(turn, signal.login, at)
        case tell.DeviceUnregistered():
            note_unregistered(turn, signal.login, at)
        case tell.TrunkChanged():
            centre.trunk_states[signal.trunk_id] = (signal.state, signal.detail)
        case tell.CallDiverted():
            _diverted(turn, signal, at, caller)
        case tell.ChannelLost():
            # Nothing can be carried out until the survey after its return says what is really up.
            centre.settle()
        case tell.MediaRestarted():
            note_media_restarted(turn, at)
        case tell.ChannelRestored():
            reconcile(turn, signal.survey, at)
        case _:
            assert_never(signal)


def note_registered(turn: Turn, login: str, at: datetime) -> None:
    """A phone can be rung (anew). If its agent's customer waits for it, it is rung at once and answers
    itself.
    """
    centre = turn.centre
    centre.reachable.add(login)
    agent_id = centre.owner_of(login)
    if agent_id is None:
        return
    turn.try_to(ask.NoteDevice(at=at, agent_id=agent_id, is_reachable=True))
    for interaction_id in _interactions_of(turn, agent_id):
        interaction = centre.engine.interaction(interaction_id)
        if interaction is not None and interaction.phase is Phase.RECONNECTING:
            for leg in centre.calls.legs_of_agent(agent_id):
                centre.lost.add(leg.leg_id)
                turn.instruct([HangUpLeg(leg_id=leg.leg_id)])
            turn.rescue(interaction_id, agent_id, at)


def note_unregistered(turn: Turn, login: str, at: datetime) -> None:
    """A phone is away. Established audio goes on; only offers wait for its return."""
    centre = turn.centre
    centre.reachable.discard(login)
    agent_id = centre.owner_of(login)
    if agent_id is not None:
        turn.try_to(
            ask.NoteDevice(at=at, agent_id=agent_id, is_reachable=centre.device_to_ring(agent_id) is not None)
        )


def lose_agent_leg(turn: Turn, leg: Leg, at: datetime) -> None:
    """The agent's phone is gone in the middle of something; the customer stays."""
    interaction = turn.centre.engine.interaction(leg.interaction_id)
    if interaction is None:
        return
    if is_participant(interaction, leg.agent_id):
        participant_gone(turn, leg, at, hung_up=False)
        return
    match interaction.phase:
        case Phase.CONNECTED | Phase.HELD | Phase.CONNECTING:
            turn.try_to(ask.NoteAgentLegLost(at=at, interaction_id=leg.interaction_id, agent_id=leg.agent_id))
        case Phase.OFFERED if interaction.offer_id and interaction.agent_id == leg.agent_id:
            turn.try_to(ask.FailOffer(at=at, offer_id=interaction.offer_id))
        case Phase.RECONNECTING:
            turn.rescue(leg.interaction_id, leg.agent_id, at)
        case Phase.DIALING:
            turn.try_to(
                ask.FailManualInteraction(
                    at=at, interaction_id=leg.interaction_id, reason=EndReason.AGENT_FAILED
                )
            )
        case _:
            pass


# --- arrivals


def _arrived(turn: Turn, signal: tell.LegArrived, at: datetime, caller: Caller, limit: int) -> None:
    centre = turn.centre
    if signal.is_over and signal.media_id in centre.calls.arrived:
        return
    guest = guest_of(centre.calls, signal)
    if guest is not None and guest.trial is not None:
        trial_arrived(turn, signal, guest, guest.trial, at)
        return
    if guest is not None:
        guest_arrived(turn, signal, guest, at)
        return
    interaction_id = InteractionId(centre.minter.mint(at))
    number = find_number(centre.configuration, signal.number_called, signal.trunk_id)
    queue = centre.configuration.queues.get(number.queue_id) if number else None
    turn.see_party(caller.party_id, caller.number, at, is_new=caller.is_new)
    turn.ask(
        ask.RegisterInteraction(
            at=at,
            interaction_id=interaction_id,
            party_id=caller.party_id,
            number_id=number.number_id if number else NumberId(0),
            project_id=queue.project_id if queue else ProjectId(0),
        )
    )
    turn.note(
        [
            LegStarted(
                at=at,
                leg_id=signal.leg_id,
                interaction_id=interaction_id,
                role=CUSTOMER,
                trunk_id=signal.trunk_id,
                number_id=number.number_id if number else NumberId(0),
                party_id=caller.party_id,
                media_id=signal.media_id,
            )
        ]
    )
    if signal.tries:
        turn.note([LegUp(at=at, leg_id=signal.leg_id, interaction_id=interaction_id)])
    if number is None:
        turn.end(interaction_id, EndReason.WRONG_NUMBER, at)
        return
    if caller.blocked is not None and number.number_id != SELF_TEST:
        _turn_away(turn, caller.blocked, signal.leg_id, interaction_id, number, at)
        return
    if len(centre.calls.legs_by_interaction) > limit:
        turn.end(interaction_id, EndReason.CONGESTED, at)
        return
    if signal.recording is not None and number.is_recorded:
        _note_recording(turn, signal.leg_id, interaction_id, signal.recording, at)
    turn.ask(ask.EnterFlow(at=at, interaction_id=interaction_id))
    flow = flow_of(number, centre.flows.published())
    emergency = centre.configuration.site.emergency
    if emergency is not None and emergency.is_on(at) and number.number_id != SELF_TEST:
        flow = announced(flow, emergency)
    turn.ask_flow(
        flow_commands.StartFlow(
            at=at,
            interaction_id=interaction_id,
            flow=flow,
            locale=number.language,
            is_recorded=number.is_recorded,
            hours=hours_of(centre.configuration, number),
            time_zone=centre.configuration.site.zone,
            queue_id=number.queue_id,
            facts=caller.facts(),
        )
    )


def _turn_away(
    turn: Turn,
    blocked: BlockedNumber,
    leg_id: LegId,
    interaction_id: InteractionId,
    number: Number,
    at: datetime,
) -> None:
    """A number on the list: a prompt and the end, or the end at once."""
    if blocked.treatment == "prompt":
        turn.ask(ask.EnterFlow(at=at, interaction_id=interaction_id))
        turn.ask_flow(
            flow_commands.StartFlow(
                at=at,
                interaction_id=interaction_id,
                flow=message_flow(blocked.prompt, EndReason.BLOCKED),
                locale=number.language,
                is_recorded=False,
                hours=None,
                time_zone=turn.centre.configuration.site.zone,
                queue_id=number.queue_id,
            )
        )
        return
    if blocked.treatment == "busy":
        turn.instruct([HangUpLeg(leg_id=leg_id, reason="busy")])
    turn.end(interaction_id, EndReason.BLOCKED, at)


def _note_recording(
    turn: Turn, leg_id: LegId, interaction_id: InteractionId, recording: tell.RawRecording, at: datetime
) -> None:
    turn.note(
        [
            LegRecorded(
                at=at,
                leg_id=leg_id,
                interaction_id=interaction_id,
                path=recording.path,
                since=at - recording.lead,
            )
        ]
    )


def _diverted(turn: Turn, signal: tell.CallDiverted, at: datetime, caller: Caller) -> None:
    """A call that the dialplan sent away stands in the missed list like every other that we did not take."""
    centre = turn.centre
    interaction_id = InteractionId(centre.minter.mint(at))
    number = find_number(centre.configuration, signal.number_called, TrunkId(0))
    number_id = number.number_id if number else NumberId(0)
    turn.see_party(caller.party_id, caller.number, at, is_new=caller.is_new)
    turn.ask(
        ask.RegisterInteraction(
            at=at, interaction_id=interaction_id, party_id=caller.party_id, number_id=number_id
        )
    )
    turn.note(
        [
            CallDivertedFound(
                at=at - max(signal.ago, timedelta(0)),
                interaction_id=interaction_id,
                party_id=caller.party_id,
                number_id=number_id,
            )
        ]
    )
    turn.end(interaction_id, EndReason.DIVERTED, at)


# --- the life of a leg


def _progressed(turn: Turn, leg_id: LegId) -> None:
    """Early media: the agent hears the network's announcement instead of our ringing tone."""
    leg = turn.centre.calls.legs.get(leg_id)
    if leg is not None and leg.role == OUTSIDE:
        turn.instruct(bridge_again(turn.centre.view(), leg.interaction_id))


def _answered(turn: Turn, leg_id: LegId, at: datetime) -> None:
    centre = turn.centre
    leg = centre.calls.legs.get(leg_id)
    if leg is None:
        turn.instruct([HangUpLeg(leg_id=leg_id)])
        return
    if not leg.is_up:
        turn.note([LegUp(at=at, leg_id=leg_id, interaction_id=leg.interaction_id)])
    interaction = centre.engine.interaction(leg.interaction_id)
    if leg.role == PARTY:
        party_answered(turn, leg, at)
        return
    if leg.role in (OUTSIDE, SUPERVISOR):
        _other_answered(turn, centre.calls.legs[leg_id], at)
        return
    if leg.role != AGENT:
        return
    if interaction is not None and is_participant(interaction, leg.agent_id):
        participant_answered(turn, leg, interaction)
        return
    if interaction is None or interaction.agent_id != leg.agent_id:
        turn.instruct([HangUpLeg(leg_id=leg_id)])
        return
    match interaction.phase:
        case Phase.OFFERED if interaction.offer_id:
            accept(turn, leg, interaction.offer_id, at)
        case Phase.RECONNECTING:
            turn.instruct(bridge_again(centre.view(), leg.interaction_id))
        case Phase.DIALING:
            turn.instruct([StartMusic(leg_id=leg_id, sound="ringing")])
            dial_outside(turn, leg, at)
        case _:
            turn.instruct([HangUpLeg(leg_id=leg_id)])


def _other_answered(turn: Turn, leg: Leg, at: datetime) -> None:
    """Neither an agent for his customer, nor one who was called for a transfer."""
    if leg.role == SUPERVISOR:
        supervisor_answered(turn, leg)
    elif not surveying.begin(turn, leg, at):
        turn.instruct(bridge_again(turn.centre.view(), leg.interaction_id))


def _failed(turn: Turn, signal: tell.LegFailed, at: datetime) -> None:
    centre = turn.centre
    leg = centre.calls.legs.get(signal.leg_id)
    if leg is None:
        return
    newest = centre.calls.agent_of(leg.interaction_id, leg.agent_id)
    turn.note(
        [
            LegOver(
                at=at,
                leg_id=leg.leg_id,
                interaction_id=leg.interaction_id,
                reason=signal.reason,
                cause=signal.cause,
                tech_cause=signal.tech_cause,
            )
        ]
    )
    if leg.role == SUPERVISOR:
        supervisor_gone(turn, leg, at)
        return
    interaction = centre.engine.interaction(leg.interaction_id)
    if interaction is None or interaction.phase is Phase.ENDED:
        return
    if leg.role == PARTY:
        party_failed(turn, leg, signal.reason, at)
        return
    if leg.role == OUTSIDE:
        if surveying.fail(turn, leg, signal.reason, at):
            return
        if interaction.phase is Phase.DIALING and interaction.agent_id:
            turn.try_to(
                ask.FailManualInteraction(at=at, interaction_id=leg.interaction_id, reason=signal.reason)
            )
        return
    if leg.role != AGENT or (newest is not None and newest.leg_id != leg.leg_id):
        return
    declined = signal.tech_cause in _DECLINED or signal.reason is EndReason.BUSY
    if interaction.phase is Phase.OFFERED and declined and interaction.agent_id == leg.agent_id:
        if interaction.offer_id:
            turn.try_to(ask.DeclineOffer(at=at, offer_id=interaction.offer_id))
        return
    if interaction.agent_id == leg.agent_id or is_participant(interaction, leg.agent_id):
        lose_agent_leg(turn, leg, at)


def _ended(turn: Turn, leg_id: LegId, cause: int, at: datetime) -> None:  # noqa: C901 - one case for each role
    centre = turn.centre
    leg = centre.calls.legs.get(leg_id)
    if leg is None:
        return
    newest = centre.calls.agent_of(leg.interaction_id, leg.agent_id)
    # What we end because its phone is gone ends normally, too.
    hung_up = cause == _NORMAL_CLEARING and leg_id not in centre.lost
    centre.lost.discard(leg_id)
    stop_voicemail(turn, leg_id, "left", at)
    turn.note([LegOver(at=at, leg_id=leg_id, interaction_id=leg.interaction_id, cause=cause)])
    if leg.role == SUPERVISOR:
        supervisor_gone(turn, leg, at)
        return
    interaction = centre.engine.interaction(leg.interaction_id)
    if interaction is None or interaction.phase is Phase.ENDED:
        return
    match leg.role:
        case "customer" if interaction.callback is not None:
            # He was promised a call: the matter goes on without him.
            turn.ask_flow(flow_commands.StopFlow(at=at, interaction_id=leg.interaction_id))
        case "customer":
            ask_by_text(turn, leg.interaction_id, at)
            surveying.plan(turn, leg.interaction_id, at)
            turn.try_to(ask.NoteCustomerLeft(at=at, interaction_id=leg.interaction_id))
        case "party":
            party_gone(turn, leg, at)
        case "outside" if interaction.phase is Phase.DIALING and interaction.agent_id:
            turn.try_to(
                ask.FailManualInteraction(
                    at=at, interaction_id=leg.interaction_id, reason=EndReason.NO_ANSWER
                )
            )
        case "outside":
            turn.try_to(ask.NoteCustomerLeft(at=at, interaction_id=leg.interaction_id))
        case _ if newest is not None and newest.leg_id != leg_id:
            pass
        case _ if is_participant(interaction, leg.agent_id):
            participant_gone(turn, leg, at, hung_up=hung_up)
        case _ if interaction.agent_id != leg.agent_id:
            pass
        case _ if hung_up and interaction.phase in (
            Phase.CONNECTED,
            Phase.HELD,
            Phase.DIALING,
        ):
            # The agent hung up his phone; a phone that was lost ends with another cause.
            with suppress(Refused):
                finish_talk(turn, leg.interaction_id, leg.agent_id, at)
        case _:
            lose_agent_leg(turn, leg, at)


def _bridged(turn: Turn, bridge: str, at: datetime) -> None:
    centre = turn.centre
    interaction_id = interaction_of_bridge(bridge)
    interaction = centre.engine.interaction(interaction_id) if interaction_id is not None else None
    if interaction is None or interaction_id is None:
        return
    match interaction.phase:
        case Phase.CONNECTING:
            turn.try_to(ask.ConfirmConnection(at=at, interaction_id=interaction_id))
        case Phase.RECONNECTING if not _is_lost(turn, interaction):
            turn.try_to(ask.NoteAgentLegRestored(at=at, interaction_id=interaction_id))
        case Phase.DIALING:
            outside = centre.calls.of(interaction_id, PARTY) or centre.calls.of(interaction_id, OUTSIDE)
            if outside is not None and outside.is_up:
                turn.try_to(ask.ConfirmConnection(at=at, interaction_id=interaction_id))
        case _:
            pass


def _is_lost(turn: Turn, interaction: Interaction) -> bool:
    """What was bridged is the leg of the phone that is gone."""
    leg = turn.centre.calls.agent_of(interaction.interaction_id, interaction.agent_id)
    return leg is not None and leg.leg_id in turn.centre.lost


def _bridge_failed(turn: Turn, bridge: str, at: datetime) -> None:
    """Tried once more while the engine's own deadline runs; a leg that is gone tells so itself."""
    interaction_id = interaction_of_bridge(bridge)
    if interaction_id is None:
        ear_failed(turn, bridge, at)
        return
    interaction = turn.centre.engine.interaction(interaction_id)
    if interaction is not None and interaction.phase in (Phase.CONNECTING, Phase.RECONNECTING):
        turn.instruct(
            instruction
            for instruction in bridge_again(turn.centre.view(), interaction_id)
            if isinstance(instruction, BridgeLegs)
        )


def _interactions_of(turn: Turn, agent_id: AgentId) -> list[InteractionId]:
    agent = turn.centre.engine.agent(agent_id)
    return [agent.assignment.interaction_id] if agent is not None and agent.assignment is not None else []
