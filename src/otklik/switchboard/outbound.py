"""Stop 8 of a call's walk: each event becomes what the channels must do.

Pure: reads the view, changes nothing. An instruction leaves only after its event is in the journal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from otklik.acd import events as acd
from otklik.acd.engine import Engine
from otklik.acd.model import Direction, Phase
from otklik.acd.state import Interaction
from otklik.flows import events as flows
from otklik.switchboard.calls import AGENT, OUTSIDE, SUPERVISOR, Calls, Leg, bridge_name
from otklik.switchboard.events import (
    GuestExpected,
    GuestGone,
    LegStarted,
    LegUnrecorded,
    SupervisionEnded,
)
from otklik.switchboard.guest_devices import VIDEO_CODECS, guest_device
from otklik.switchboard.instructions import (
    AdoptLeg,
    AnswerLeg,
    BridgeLegs,
    ChannelInstruction,
    EndBridge,
    HangUpLeg,
    HearSilence,
    PlayPrompts,
    RecordLeg,
    RemoveDevice,
    RingDevice,
    StartMusic,
    StopMusic,
    StopPrompts,
    StopRecording,
    UnbridgeLeg,
)
from otklik.switchboard.supervising import listen, stop_listening
from otklik.switchboard.talks import legs_on_hold, legs_together
from otklik.vocabulary.ids import AgentId, InteractionId, LegId
from otklik.vocabulary.messages import Event


@dataclass(slots=True)
class View:
    """What instructions are made from, at the moment right after the event.

    number_of: what an agent's phone may show of the customer. has_flow: a flow still speaks to the customer.
    ring_timeout: how long a device may ring for this interaction. has_own_codec: the device of this login
    wants another codec than trunks speak. has_supervision_tone: an agent hears that a supervisor begins to
    listen. is_browser: the device of this login is one.
    """

    engine: Engine
    calls: Calls
    number_of: Callable[[InteractionId], str]
    has_flow: Callable[[InteractionId], bool]
    ring_timeout: Callable[[InteractionId], timedelta]
    codecs_of: Callable[[str], tuple[str, ...]]
    has_supervision_tone: bool = False
    is_browser: Callable[[str], bool] = lambda _: False


def instructions_for(event: Event, view: View) -> list[ChannelInstruction]:  # noqa: C901 - one case for each kind
    """What the channels must do because of this event, in order."""
    calls = view.calls
    match event:
        case LegStarted(role="customer"):
            return [AdoptLeg(leg_id=event.leg_id, interaction_id=event.interaction_id)]
        case LegStarted(role="agent" | "supervisor") if event.login:
            return [_ring(event, view)]
        case SupervisionEnded():
            return stop_listening(calls, event.leg_id, event.cause)
        case acd.ReconnectionSucceeded():
            return _listen_again(view, event.interaction_id)
        case flows.FlowStarted():
            return [AnswerLeg(leg_id=leg.leg_id) for leg in _customer(calls, event.interaction_id)]
        case flows.PromptsStarted():
            return [
                PlayPrompts(
                    leg_id=leg.leg_id, playback=event.playback, prompts=event.prompts, locale=event.locale
                )
                for leg in _customer(calls, event.interaction_id)
            ]
        case flows.PromptsStopped():
            return [
                StopPrompts(leg_id=leg.leg_id, playback=event.playback)
                for leg in _customer(calls, event.interaction_id)
            ]
        case flows.LookUpAnswered():
            return [StopMusic(leg_id=leg.leg_id) for leg in _customer(calls, event.interaction_id)]
        case flows.MusicStarted():
            return [
                StartMusic(leg_id=leg.leg_id, sound=event.sound, prompts=event.prompts, locale=event.locale)
                for leg in _customer(calls, event.interaction_id)
            ]
        case acd.InteractionOverflowed() if event.chosen:
            # What follows by his own choice may be silence in which he types.
            return [StopMusic(leg_id=leg.leg_id) for leg in _customer(calls, event.interaction_id)]
        case flows.VoicemailBegun():
            return [
                instruction
                for leg in _customer(calls, event.interaction_id)
                for instruction in (
                    RecordLeg(leg_id=leg.leg_id, interaction_id=event.interaction_id),
                    HearSilence(leg_id=leg.leg_id, after=event.silence),
                )
            ]
        case flows.VoicemailEnded():
            return [
                HearSilence(leg_id=leg.leg_id, is_over=True) for leg in _customer(calls, event.interaction_id)
            ]
        case LegUnrecorded():
            return [StopRecording(leg_id=event.leg_id)]
        case acd.InteractionQueued() if not view.has_flow(event.interaction_id):
            return [StartMusic(leg_id=leg.leg_id) for leg in _customer(calls, event.interaction_id)]
        case acd.OfferDeclined() | acd.OfferExpired() | acd.OfferWithdrawn():
            return _hang_up(calls, event.interaction_id, event.agent_id)
        case acd.OfferAccepted() | acd.InteractionResumed():
            return bridge_again(view, event.interaction_id)
        case acd.InteractionConnected():
            return _record(calls, event.interaction_id)
        case acd.InteractionHeld():
            return hold_for(view, event.interaction_id)
        case (
            acd.ReconnectionStarted()
            | acd.ConnectionFailed()
            | acd.ReconnectionFailed()
            | acd.SegmentHandedOver()
        ):
            return [
                *_hang_up(calls, event.interaction_id, event.agent_id),
                *_left_alone(view, event.interaction_id, event.agent_id),
            ]
        case acd.CallbackAttemptFailed():
            return [
                *(HangUpLeg(leg_id=leg.leg_id) for leg in calls.all_of(event.interaction_id)),
                EndBridge(bridge=bridge_name(event.interaction_id)),
            ]
        case acd.ConsultStarted():
            return _ringing_for_caller(view, event)
        case acd.TransferFailed() | acd.FlowResumed():
            return [HangUpLeg(leg_id=leg.leg_id) for leg in calls.parties_of(event.interaction_id)]
        case acd.TransferCompleted() | acd.ParticipantJoined() | acd.InteractionForwarded():
            return bridge_again(view, event.interaction_id)
        case acd.ParticipantLeft():
            return _participant_left(calls, event)
        case GuestExpected():
            return [guest_device(event)]
        case GuestGone():
            return [RemoveDevice(login=event.login)]
        case acd.InteractionEnded():
            reason = _hang_up_reason(event)
            return [
                *(HangUpLeg(leg_id=leg.leg_id, reason=reason) for leg in calls.all_of(event.interaction_id)),
                EndBridge(bridge=bridge_name(event.interaction_id)),
            ]
        case _:
            return []


def bridge_again(view: View, interaction_id: InteractionId) -> list[ChannelInstruction]:
    """Puts the legs of a talk together (anew)."""
    legs = legs_together(view.engine, view.calls, interaction_id)
    if len(legs) < 2:
        return []
    return [
        BridgeLegs(
            bridge=bridge_name(interaction_id),
            interaction_id=interaction_id,
            leg_ids=tuple(leg.leg_id for leg in legs),
        )
    ]


def hold_for(view: View, interaction_id: InteractionId) -> list[ChannelInstruction]:
    """Those who wait for the agent hear music; the agent himself hears what he does next."""
    made: list[ChannelInstruction] = []
    for leg in legs_on_hold(view.engine, view.calls, interaction_id):
        made += [
            UnbridgeLeg(bridge=bridge_name(interaction_id), leg_id=leg.leg_id),
            StartMusic(leg_id=leg.leg_id),
        ]
    return made


def _listen_again(view: View, interaction_id: InteractionId) -> list[ChannelInstruction]:
    """The agent's lost phone is back on a new leg: whoever listened hears that one."""
    together = legs_together(view.engine, view.calls, interaction_id)
    return [
        instruction
        for supervision in view.calls.supervisions.values()
        if supervision.interaction_id == interaction_id
        for instruction in listen(view, supervision, together)
    ]


def _left_alone(view: View, interaction_id: InteractionId, agent_id: AgentId) -> list[ChannelInstruction]:
    """An agent is gone: the customer hears music, unless others talk on with him."""
    interaction = view.engine.interaction(interaction_id)
    if interaction is not None and interaction.phase in (Phase.CONNECTED, Phase.OUTSIDE):
        return []
    legs = [leg for leg in legs_together(view.engine, view.calls, interaction_id) if leg.role != SUPERVISOR]
    if len([leg for leg in legs if leg.role != AGENT or leg.agent_id != agent_id]) > 1:
        return []
    return hold_for(view, interaction_id)


def _hang_up(calls: Calls, interaction_id: InteractionId, agent_id: AgentId) -> list[ChannelInstruction]:
    """The legs of one agent in it."""
    return [
        HangUpLeg(leg_id=leg.leg_id)
        for leg in calls.all_of(interaction_id)
        if leg.role == AGENT and leg.agent_id == agent_id
    ]


def _ringing_for_caller(view: View, event: acd.ConsultStarted) -> list[ChannelInstruction]:
    """Who asks hears that it rings."""
    leg = view.calls.agent_of(event.consult_of, event.caller_id)
    if leg is None:
        return []
    return [
        UnbridgeLeg(bridge=bridge_name(event.consult_of), leg_id=leg.leg_id),
        StartMusic(leg_id=leg.leg_id, sound="ringing"),
    ]


def _participant_left(calls: Calls, event: acd.ParticipantLeft) -> list[ChannelInstruction]:
    if event.agent_id:
        return _hang_up(calls, event.interaction_id, event.agent_id)
    return [
        HangUpLeg(leg_id=leg.leg_id)
        for leg in calls.parties_of(event.interaction_id)
        if leg.participant_id == event.participant_id
    ]


def _ring(event: LegStarted, view: View) -> RingDevice:
    interaction = view.engine.interaction(event.interaction_id)
    customer = view.calls.customer_of(event.interaction_id)
    codecs = view.codecs_of(event.login)
    if view.is_browser(event.login) and has_picture(view, event.interaction_id, interaction):
        codecs = VIDEO_CODECS
    is_supervisor = event.role == SUPERVISOR
    answers_itself = is_supervisor or (
        interaction is not None
        and (
            interaction.phase in (Phase.RECONNECTING, Phase.DIALING)
            or (interaction.ties is not None and interaction.ties.caller_id == event.agent_id)
        )
    )
    return RingDevice(
        leg_id=event.leg_id,
        interaction_id=event.interaction_id,
        agent_id=event.agent_id,
        login=event.login,
        timeout=view.ring_timeout(event.interaction_id),
        calling="" if is_supervisor else view.number_of(event.interaction_id),
        answers_itself=answers_itself,
        beside=customer.leg_id if customer and not codecs else LegId(0),
        codecs=codecs,
    )


def has_picture(view: View, interaction_id: InteractionId, interaction: Interaction | None) -> bool:
    """Who came from a browser may be seen, and colleagues may see each other; telephones have no picture."""
    if interaction is not None and interaction.direction is Direction.INTERNAL:
        return True
    return view.calls.guest_in(interaction_id) is not None


def _record(calls: Calls, interaction_id: InteractionId) -> list[ChannelInstruction]:
    """A party that we dialled has no trunk dialplan that records it."""
    leg = calls.of(interaction_id, OUTSIDE)
    if leg is None or leg.is_recorded or interaction_id in calls.paused:
        return []
    return [RecordLeg(leg_id=leg.leg_id, interaction_id=interaction_id)]


def _customer(calls: Calls, interaction_id: InteractionId) -> list[Leg]:
    leg = calls.customer_of(interaction_id)
    return [leg] if leg else []


def _hang_up_reason(event: acd.InteractionEnded) -> str:
    match event.reason.value:
        case "wrong_number" | "invalid_number":
            return "unallocated"
        case "congested":
            return "congestion"
        case "blocked":
            return "declined"
        case _:
            return "normal"
