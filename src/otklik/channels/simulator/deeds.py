"""How instructions are carried out in the simulated world, one function for each kind of deed."""

from datetime import timedelta
from functools import partial
from typing import assert_never

from otklik.acd.model import EndReason
from otklik.channels.simulator.legs import SILENCE, TALK, SimulatedLeg
from otklik.channels.simulator.media import MediaServer
from otklik.channels.simulator.parties import CLEARING, HANG_UP_CAUSES
from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.switchboard.calls import leg_of_ear
from otklik.vocabulary.ids import LegId

_AboutSound = told.PlayPrompts | told.StopPrompts | told.StartMusic | told.StopMusic | told.UnbridgeLeg
_AboutLeg = (
    told.AdoptLeg
    | told.AnswerLeg
    | told.HangUpLeg
    | told.RecordLeg
    | told.StopRecording
    | told.HearSilence
    | told.SendKeys
    | _AboutSound
)


def do(media: MediaServer, instruction: told.ChannelInstruction) -> None:
    """Carries out an instruction after the reaction time, in the order in which they were given."""
    media.steps.after(media.pace.reaction, lambda: _carry_out(media, instruction))


def _carry_out(media: MediaServer, instruction: told.ChannelInstruction) -> None:  # noqa: C901 - one case for each kind
    if not media.is_linked:
        media.refuse(instruction)
        return
    fails = media.faults.meets(instruction)
    match instruction:
        case told.RingDevice():
            _ring(media, instruction, fails=fails)
        case told.DialNumber():
            _dial(media, instruction, fails=fails)
        case told.BridgeLegs():
            _bridge(media, instruction, fails=fails)
        case told.MonitorLeg():
            _monitor(media, instruction, fails=fails)
        case _ if fails:
            pass
        case told.EndMonitoring():
            _end_monitoring(media, instruction.leg_id)
        case told.EndBridge():
            for leg in media.bridges.pop(instruction.bridge, []):
                leg.bridge = ""
                leg.hear(SILENCE, media.steps.now())
        case told.ProvisionDevice() | told.ProvisionTrunk() | told.RemoveDevice() | told.RemoveTrunk():
            media.provision(instruction)
        case told.SetFallback():
            media.fallback = instruction
        case told.SetNumberRules() | told.KnowArrival():
            pass  # nothing is recorded here: there is no audio; and no call outlives its engine
        case _:
            leg_of_it = media.legs.get(instruction.leg_id)
            if leg_of_it is not None and not leg_of_it.is_over:
                _change(media, leg_of_it, instruction)


def _change(media: MediaServer, leg: SimulatedLeg, instruction: _AboutLeg) -> None:
    """An instruction about one living leg."""
    match instruction:
        case told.AdoptLeg():
            leg.role, leg.interaction_id = "customer", instruction.interaction_id
        case told.AnswerLeg():
            if leg.state == "waiting":
                leg.state = "up"
                leg.hear(SILENCE, media.steps.now())
                media.emit(tell.LegAnswered(leg_id=leg.leg_id))
        case told.HangUpLeg():
            _hang_up(media, leg, instruction.reason)
        case told.RecordLeg() | told.StopRecording():
            pass  # no audio, so no file grows and nothing is announced
        case told.HearSilence():
            leg.heard_out = None if instruction.is_over else instruction
            if leg.heard_out is not None:
                media.listen(leg, instruction)
        case told.SendKeys():
            leg.keys_sent += instruction.keys
        case _:
            _sound(media, leg, instruction)


def _sound(media: MediaServer, leg: SimulatedLeg, instruction: _AboutSound) -> None:
    """An instruction about what one living leg hears."""
    match instruction:
        case told.PlayPrompts():
            _play(media, leg, instruction)
        case told.StopPrompts():
            if leg.playback == instruction.playback:
                _end_prompts(media, leg)
        case told.StartMusic():
            _end_prompts(media, leg)
            leg.hear("music" if instruction.sound == "music" else "ringing", media.steps.now())
            leg.tune = instruction.prompts
        case told.StopMusic():
            if leg.hears in ("music", "ringing"):
                leg.hear(SILENCE, media.steps.now())
        case told.UnbridgeLeg():
            if leg.bridge == instruction.bridge:
                media.leave_bridge(leg)
        case _:
            assert_never(instruction)


def _play(media: MediaServer, leg: SimulatedLeg, instruction: told.PlayPrompts) -> None:
    _end_prompts(media, leg)
    leg.playback = instruction.playback
    length = timedelta(0)
    for prompt in instruction.prompts:
        if media.prompts is None or prompt in media.prompts:
            media.steps.after(length, partial(_say, media, leg, instruction.playback, prompt))
            length += media.pace.prompt

    def finish() -> None:
        if leg.playback == instruction.playback and not leg.is_over:
            _end_prompts(media, leg)

    media.steps.after(length, finish)


def _say(media: MediaServer, leg: SimulatedLeg, playback: str, prompt: str) -> None:
    if leg.playback == playback and not leg.is_over:
        leg.hear(f"prompt:{prompt}", media.steps.now())


def _end_prompts(media: MediaServer, leg: SimulatedLeg) -> None:
    if leg.playback:
        playback, leg.playback = leg.playback, ""
        leg.hear(SILENCE, media.steps.now())
        media.emit(tell.PromptsFinished(leg_id=leg.leg_id, playback=playback))


def _ring(media: MediaServer, asked: told.RingDevice, *, fails: bool) -> None:
    leg = SimulatedLeg(
        side="phone",
        state="waiting",
        began_at=media.steps.now(),
        leg_id=asked.leg_id,
        role="agent",
        interaction_id=asked.interaction_id,
        agent_id=asked.agent_id,
        login=asked.login,
        calling=asked.calling,
        calling_name=asked.calling_name,
        is_announced=True,
    )
    device = media.devices.get(asked.login)
    in_use = media.leg_of(asked.login) is not None
    media.legs[leg.leg_id] = leg
    if fails or device is None or not device.is_registered:
        media.fail(leg, EndReason.AGENT_FAILED)
        return
    if in_use:
        media.fail(leg, EndReason.BUSY)
        return
    media.emit(tell.LegRinging(leg_id=leg.leg_id))
    phone = leg.phone = media.directory.phone_of(asked.login)
    if asked.answers_itself:
        media.steps.after(media.pace.self_answer, lambda: media.answered(leg))
    elif phone.answers_after is not None:
        media.steps.after(phone.answers_after, lambda: media.answered(leg))
    if phone.declines_after is not None:
        media.steps.after(phone.declines_after, lambda: media.declined(leg))
    if phone.dies_after is not None:
        media.steps.after(phone.dies_after, lambda: media.dies(leg))
    media.steps.after(asked.timeout, lambda: media.timed_out(leg))


def _dial(media: MediaServer, asked: told.DialNumber, *, fails: bool) -> None:
    leg = SimulatedLeg(
        side="far_end",
        state="waiting",
        began_at=media.steps.now(),
        leg_id=asked.leg_id,
        role="outside",
        interaction_id=asked.interaction_id,
        agent_id=asked.agent_id,
        trunk_id=asked.trunk_id,
        number=asked.number,
        calling=asked.caller_number,
        is_announced=True,
    )
    media.legs[leg.leg_id] = leg
    trunk = media.trunks.get(asked.trunk_id)
    if fails or trunk is None or trunk.state != "up":
        media.fail(leg, EndReason.CONGESTED)
        return
    far_end = media.directory.far_end_of(asked.number)
    rings = far_end.outcome in (EndReason.ANSWERED, EndReason.NO_ANSWER)
    if rings:
        media.steps.after(far_end.rings_after, lambda: _ringing(media, leg))
    if far_end.announces:
        media.steps.after(far_end.rings_after, lambda: _progresses(media, leg))
    if far_end.outcome is EndReason.ANSWERED:
        media.steps.after(far_end.answers_after, lambda: media.answered(leg, far_end.talks_for))
    elif far_end.outcome is not EndReason.NO_ANSWER:
        media.steps.after(far_end.answers_after, lambda: media.fail(leg, far_end.outcome))
    media.steps.after(asked.timeout, lambda: media.timed_out(leg))


def _ringing(media: MediaServer, leg: SimulatedLeg) -> None:
    if leg.state == "waiting":
        media.emit(tell.LegRinging(leg_id=leg.leg_id))


def _progresses(media: MediaServer, leg: SimulatedLeg) -> None:
    if leg.state == "waiting":
        media.emit(tell.LegProgressed(leg_id=leg.leg_id))


def _hang_up(media: MediaServer, leg: SimulatedLeg, reason: str) -> None:
    """We end a leg: one that never came up fails as cancelled, any other ends."""
    cause = HANG_UP_CAUSES.get(reason, CLEARING)
    if leg.state == "waiting" and leg.side != "customer":
        media.fail(leg, EndReason.CANCELLED)
        return
    media.close(leg, cause)
    media.emit(tell.LegEnded(leg_id=leg.leg_id, cause=cause))


def _bridge(media: MediaServer, asked: told.BridgeLegs, *, fails: bool) -> None:
    legs = [media.legs[leg_id] for leg_id in asked.leg_ids if leg_id in media.legs]
    if fails or len(legs) < len(asked.leg_ids):
        media.emit(tell.BridgeFailed(bridge=asked.bridge, detail="refused" if fails else "a leg is gone"))
        return
    inside = media.bridges.setdefault(asked.bridge, [])
    for leg in legs:
        if leg.bridge and leg.bridge != asked.bridge:
            media.leave_bridge(leg)
        _end_prompts(media, leg)
        leg.bridge = asked.bridge
        if leg not in inside:
            inside.append(leg)
    media.sound(inside)
    media.emit(tell.LegsBridged(bridge=asked.bridge))


def _monitor(media: MediaServer, asked: told.MonitorLeg, *, fails: bool) -> None:
    """A supervisor's ear: he hears the talk; who is heard by whom has no sound here."""
    leg, of = media.legs.get(asked.leg_id), media.legs.get(asked.of_leg_id)
    if fails or leg is None or of is None or leg.is_over or of.is_over:
        media.emit(tell.BridgeFailed(bridge=asked.bridge, detail="refused" if fails else "a leg is gone"))
        return
    _end_monitoring(media, asked.leg_id)
    if leg.bridge:
        media.leave_bridge(leg)
    media.bridges[asked.bridge] = [leg]
    leg.bridge = asked.bridge
    leg.hear(TALK, media.steps.now())


def _end_monitoring(media: MediaServer, leg_id: LegId) -> None:
    for bridge in [name for name in media.bridges if leg_of_ear(name) == leg_id]:
        for leg in media.bridges.pop(bridge):
            leg.bridge = ""
            if not leg.is_over:
                leg.hear(SILENCE, media.steps.now())
