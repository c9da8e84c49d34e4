"""What the journal says and what is really up are brought together again.

One algorithm for the engine's start, for a link that was away and for the periodic audit. It is idempotent:
a second run on the same reality changes nothing. Ends that nobody saw are marked `is_estimated`.

Source of the table: the reconciliation table of the design (journal x reality -> action).
"""

from datetime import datetime
from typing import Final

from otklik.acd import commands as ask
from otklik.acd.model import Direction, EndReason, Phase
from otklik.acd.state import Interaction
from otklik.flows import commands as flow_commands
from otklik.switchboard.calls import (
    AGENT,
    CUSTOMER,
    OUTSIDE,
    PARTY,
    SUPERVISOR,
    Leg,
    bridge_name,
    interaction_of_bridge,
    leg_of_ear,
)
from otklik.switchboard.dialing import accept
from otklik.switchboard.events import LegOver, LegUp, RecoveryDone
from otklik.switchboard.instructions import (
    AdoptLeg,
    AnswerLeg,
    ChannelInstruction,
    EndBridge,
    EndMonitoring,
    HangUpLeg,
    RecordLeg,
    StartMusic,
    StopRecording,
    UnbridgeLeg,
)
from otklik.switchboard.outbound import bridge_again, hold_for, instructions_for
from otklik.switchboard.recording import listen_again, stop_voicemail
from otklik.switchboard.signals import Survey, SurveyedLeg
from otklik.switchboard.supervision import put_right, supervisor_answered, supervisor_gone
from otklik.switchboard.talks import is_participant, legs_on_hold, legs_together
from otklik.switchboard.transfers import participant_gone, party_answered, party_failed
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import InteractionId, LegId

_OUTSIDE: Final = (Phase.DIALING, Phase.OUTSIDE)
_ALONE: Final = (Phase.IN_FLOW, Phase.WAITING, Phase.OFFERED)
"""Where a customer hears a flow or music, and nobody else."""
_WAITS: Final = (Phase.WAITING, Phase.OFFERED, Phase.DIALING)
"""Where a customer waits for somebody."""


def reconcile(turn: Turn, survey: Survey, at: datetime) -> int:  # noqa: C901 - one line of the table after the other
    """Compares and repairs; returns how many repairs were made.

    A difference younger than what is under way (an instruction not yet carried out) is none: legs that we
    asked for and that are not up yet are found by their own signals, so only legs older than 5 s count as
    missing. Nothing of a dead engine is under way: what it wrote down and did not live to do is done now.
    """
    centre = turn.centre
    repairs = _devices(turn, survey, at)
    there = {leg.leg_id: leg for leg in survey.legs}
    for leg in list(centre.calls.legs.values()):
        seen = there.get(leg.leg_id)
        if seen is None:
            if (at - leg.started_at).total_seconds() >= 5 or leg.is_up or leg.leg_id in centre.inherited:
                repairs += 1
                _leg_is_gone(turn, leg, at)
        elif leg.leg_id in centre.lost:
            turn.instruct([HangUpLeg(leg_id=leg.leg_id)])
        elif seen.is_up and not leg.is_up and leg.role != CUSTOMER:
            repairs += 1
            _leg_is_up(turn, leg, at)
        elif not seen.is_up and leg.role == CUSTOMER and leg.leg_id in centre.inherited:
            repairs += 1
            turn.instruct(
                [AdoptLeg(leg_id=leg.leg_id, interaction_id=leg.interaction_id), AnswerLeg(leg_id=leg.leg_id)]
            )
    for seen in survey.legs:
        if seen.leg_id not in centre.calls.legs and _is_ghost(seen):
            repairs += 1
            turn.instruct([HangUpLeg(leg_id=seen.leg_id)])
    for interaction_id in list(centre.calls.legs_by_interaction):
        repairs += _bring_together(turn, interaction_id, there, at)
    for interaction_id in list(centre.engine.state.interactions):
        if not _has_legs(turn, interaction_id):
            repairs += 1
            _lost(turn, interaction_id, EndReason.ADOPTED_LOST, at)
    repairs += put_right(turn, {seen.leg_id: seen.bridge for seen in survey.legs}, at)
    for bridge in survey.bridges:
        listener = leg_of_ear(bridge)
        if listener is not None and listener not in centre.calls.legs:
            repairs += 1
            turn.instruct([EndMonitoring(leg_id=listener)])
        found_id = interaction_of_bridge(bridge)
        if found_id is not None and centre.engine.interaction(found_id) is None:
            repairs += 1
            turn.instruct([EndBridge(bridge=bridge)])
    centre.inherited.clear()
    if centre.is_fresh:
        centre.is_fresh = False
        _resume(turn, at)
    if repairs:
        turn.note([RecoveryDone(at=at, repairs=repairs, legs=len(survey.legs))])
    return repairs


def _has_legs(turn: Turn, interaction_id: InteractionId) -> bool:
    """A consultation that seeks somebody has none of its own: it stands and falls with its customer's."""
    centre = turn.centre
    if any(leg.role != SUPERVISOR for leg in centre.calls.all_of(interaction_id)):
        return True
    interaction = centre.engine.interaction(interaction_id)
    if interaction is not None and interaction.callback is not None:
        return interaction.phase in (Phase.SCHEDULED, Phase.WAITING)  # nobody is on the line for it
    if interaction is None or interaction.ties is None or not interaction.ties.consult_of:
        return False
    if interaction.phase not in _WAITS:
        return False
    return bool(centre.calls.legs_by_interaction.get(interaction.ties.consult_of))


def _is_ghost(seen: SurveyedLeg) -> bool:
    """Marked as ours, but the journal has closed it (or never heard of it): nobody will end it but we.

    An arrival that nobody has seen has no mark; it comes as a LegArrived of its own.
    """
    return seen.role != "" and (seen.role != CUSTOMER or seen.interaction_id != 0)


def note_media_restarted(turn: Turn, at: datetime) -> None:
    """The media server lost every call: each is closed as media_failed, its customer stands in the missed
    list.
    """
    calls = turn.centre.calls
    for interaction_id in list(calls.legs_by_interaction):
        legs = calls.all_of(interaction_id)
        for leg in legs:
            stop_voicemail(turn, leg.leg_id, "gone", at)
        turn.note(
            [
                LegOver(
                    at=at,
                    leg_id=leg.leg_id,
                    interaction_id=interaction_id,
                    reason=EndReason.MEDIA_FAILED,
                    is_estimated=True,
                )
                for leg in legs
            ]
        )
        _lost(turn, interaction_id, EndReason.MEDIA_FAILED, at)
    turn.centre.reachable.clear()


def _lost(turn: Turn, interaction_id: InteractionId, reason: EndReason, at: datetime) -> None:
    """Its legs are gone. A promised call outlives them: what rang or was dialled is tried again."""
    interaction = turn.centre.engine.interaction(interaction_id)
    if interaction is None or interaction.callback is None:
        turn.end(interaction_id, reason, at, estimated=True)
        return
    turn.ask_flow(flow_commands.StopFlow(at=at, interaction_id=interaction_id))
    if interaction.phase is Phase.OFFERED:
        turn.try_to(ask.FailOffer(at=at, offer_id=interaction.offer_id))
    elif interaction.phase is Phase.DIALING:
        turn.try_to(ask.NoteAgentLegLost(at=at, interaction_id=interaction_id))


def _devices(turn: Turn, survey: Survey, at: datetime) -> int:
    """Who can be rung is only known to the media server."""
    centre = turn.centre
    before = set(centre.reachable)
    centre.reachable = set(survey.reachable)
    changed = 0
    for agent_id in {device.agent_id for device in centre.configuration.devices.values()}:
        is_reachable = centre.device_to_ring(agent_id) is not None
        agent = centre.engine.agent(agent_id)
        if agent is not None and agent.is_reachable != is_reachable:
            changed += turn.try_to(ask.NoteDevice(at=at, agent_id=agent_id, is_reachable=is_reachable))
    return changed if before else 0


def _leg_is_gone(turn: Turn, leg: Leg, at: datetime) -> None:
    """A leg that the journal knows and nobody carries."""
    centre = turn.centre
    newest = centre.calls.agent_of(leg.interaction_id, leg.agent_id)
    centre.lost.discard(leg.leg_id)
    stop_voicemail(turn, leg.leg_id, "gone", at)
    turn.note(
        [
            LegOver(
                at=at,
                leg_id=leg.leg_id,
                interaction_id=leg.interaction_id,
                is_estimated=True,
            )
        ]
    )
    if leg.role == SUPERVISOR:
        supervisor_gone(turn, leg, at)
        return
    interaction = centre.engine.interaction(leg.interaction_id)
    if interaction is None:
        return
    if leg.role == CUSTOMER and interaction.callback is not None:
        turn.ask_flow(flow_commands.StopFlow(at=at, interaction_id=leg.interaction_id))
    elif leg.role == CUSTOMER:
        turn.try_to(ask.NoteCustomerLeft(at=at, interaction_id=leg.interaction_id, is_estimated=True))
    elif leg.role == PARTY:
        party_failed(turn, leg, EndReason.NO_ANSWER, at)
    elif leg.role == AGENT and is_participant(interaction, leg.agent_id):
        participant_gone(turn, leg, at, hung_up=False)
    elif leg.role == OUTSIDE and interaction.phase is Phase.DIALING and interaction.agent_id:
        turn.try_to(
            ask.FailManualInteraction(at=at, interaction_id=leg.interaction_id, reason=EndReason.NO_ANSWER)
        )
    elif leg.role == OUTSIDE:
        turn.try_to(ask.NoteCustomerLeft(at=at, interaction_id=leg.interaction_id, is_estimated=True))
    elif interaction.agent_id == leg.agent_id and (newest is None or newest.leg_id == leg.leg_id):
        if interaction.phase is Phase.OFFERED and leg.leg_id in centre.inherited:
            turn.ring(leg.interaction_id, leg.agent_id, at, offer_id=interaction.offer_id)
            return
        _agent_is_gone(turn, leg, interaction.phase, at)
        _record_anew(turn, leg.interaction_id)


def _agent_is_gone(turn: Turn, leg: Leg, phase: Phase, at: datetime) -> None:
    interaction = turn.centre.engine.interaction(leg.interaction_id)
    match phase:
        case Phase.OFFERED if interaction is not None and interaction.offer_id:
            turn.try_to(ask.FailOffer(at=at, offer_id=interaction.offer_id))
        case Phase.CONNECTING | Phase.CONNECTED | Phase.HELD:
            turn.try_to(ask.NoteAgentLegLost(at=at, interaction_id=leg.interaction_id, agent_id=leg.agent_id))
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


def _record_anew(turn: Turn, interaction_id: InteractionId) -> None:
    """A customer who was left alone in a bridge was sent nothing, so his raw file stood still and says no
    longer by its length what was when. What follows goes to another file."""
    customer = turn.centre.calls.customer_of(interaction_id)
    if customer is None or not customer.is_recorded or interaction_id in turn.centre.calls.paused:
        return
    turn.instruct(
        [
            StopRecording(leg_id=customer.leg_id),
            RecordLeg(leg_id=customer.leg_id, interaction_id=interaction_id),
        ]
    )


def _leg_is_up(turn: Turn, leg: Leg, at: datetime) -> None:
    """It was answered while nobody looked."""
    centre = turn.centre
    turn.note([LegUp(at=at, leg_id=leg.leg_id, interaction_id=leg.interaction_id)])
    if leg.role == SUPERVISOR:
        supervisor_answered(turn, centre.calls.legs[leg.leg_id])
        return
    interaction = centre.engine.interaction(leg.interaction_id)
    if interaction is None:
        return
    if leg.role == PARTY:
        party_answered(turn, leg, at)
        return
    if leg.role != AGENT or is_participant(interaction, leg.agent_id):
        return
    if interaction.phase is not Phase.OFFERED:
        return
    if interaction.agent_id == leg.agent_id and interaction.offer_id:
        accept(turn, leg, interaction.offer_id, at)
    else:
        turn.instruct([HangUpLeg(leg_id=leg.leg_id)])


def _bring_together(
    turn: Turn, interaction_id: InteractionId, there: dict[LegId, SurveyedLeg], at: datetime
) -> int:
    """Both legs are up: do they stand where the engine thinks they stand?"""
    centre = turn.centre
    interaction = centre.engine.interaction(interaction_id)
    if interaction is None:
        over = [leg.leg_id for leg in centre.calls.all_of(interaction_id) if leg.leg_id in there]
        turn.instruct(HangUpLeg(leg_id=leg_id) for leg_id in over)
        return len(over)
    if interaction.callback is not None and interaction.phase in (Phase.SCHEDULED, Phase.WAITING):
        return _let_go(turn, interaction_id, there)
    bridge = bridge_name(interaction_id)
    put_apart = _who_left(turn, interaction, there)
    turn.instruct(put_apart)
    repairs = int(bool(put_apart))
    legs = legs_together(centre.engine, centre.calls, interaction_id)
    # A leg whose phone is gone stands in the bridge until it is hung up; nobody is back by that.
    seen = [None if leg.leg_id in centre.lost else there.get(leg.leg_id) for leg in legs]
    is_whole = len(legs) > 1 and all(
        one is not None and (one.is_up or leg.role == CUSTOMER) for leg, one in zip(legs, seen, strict=True)
    )
    together = is_whole and all(one is not None and one.bridge == bridge for one in seen)
    match interaction.phase:
        case Phase.CONNECTING if together:
            repairs += int(turn.try_to(ask.ConfirmConnection(at=at, interaction_id=interaction_id)))
        case Phase.DIALING if together and centre.calls.parties_of(interaction_id):
            repairs += int(turn.try_to(ask.ConfirmConnection(at=at, interaction_id=interaction_id)))
        case Phase.RECONNECTING if together and _is_back(turn, interaction_id):
            repairs += int(turn.try_to(ask.NoteAgentLegRestored(at=at, interaction_id=interaction_id)))
        case Phase.CONNECTING | Phase.CONNECTED | Phase.RECONNECTING | Phase.OUTSIDE | Phase.DIALING if (
            is_whole and not together
        ):
            turn.instruct(bridge_again(centre.view(), interaction_id))
            repairs += 1
        case Phase.RECONNECTING if interaction.agent_id and not _is_back(turn, interaction_id):
            # A rescue that is under way is not begun twice: its leg tells by itself what becomes of it.
            turn.rescue(interaction_id, interaction.agent_id, at)
        case Phase.HELD:
            held = legs_on_hold(centre.engine, centre.calls, interaction_id)
            if any((one := there.get(leg.leg_id)) is not None and one.bridge for leg in held):
                turn.instruct(hold_for(centre.view(), interaction_id))
                repairs += 1
        case _:
            pass
    return repairs


def _who_left(
    turn: Turn, interaction: Interaction, there: dict[LegId, SurveyedLeg]
) -> list[ChannelInstruction]:
    """Legs of those who have no part in it any more, and a customer who stands in its bridge though nobody
    talks with him."""
    one, calls = interaction.interaction_id, turn.centre.calls
    is_outside = interaction.phase in _OUTSIDE or (
        interaction.ties is not None and interaction.ties.outsiders()
    )
    made: list[ChannelInstruction] = []
    for leg in calls.all_of(one):
        if leg.leg_id not in there or leg.leg_id in turn.centre.lost:
            continue
        has_left = (
            leg.role == AGENT
            and leg.agent_id != interaction.agent_id
            and not is_participant(interaction, leg.agent_id)
        ) or (leg.role == PARTY and interaction.direction is not Direction.INTERNAL and not is_outside)
        if has_left:
            made.append(HangUpLeg(leg_id=leg.leg_id))
    customer = calls.customer_of(one)
    talk = [leg for leg in legs_together(turn.centre.engine, calls, one) if leg.role != SUPERVISOR]
    is_alone = interaction.phase in _ALONE or (interaction.phase is Phase.RECONNECTING and len(talk) < 2)
    if customer is not None and is_alone and interaction.direction is not Direction.INTERNAL:
        seen = there.get(customer.leg_id)
        if seen is not None and seen.bridge == bridge_name(one):
            made.append(UnbridgeLeg(bridge=seen.bridge, leg_id=customer.leg_id))
            if not turn.centre.flows.is_running(one):  # a flow says itself what he hears
                made.append(StartMusic(leg_id=customer.leg_id))
    return made


def _let_go(turn: Turn, interaction_id: InteractionId, there: dict[LegId, SurveyedLeg]) -> int:
    """A call is promised and nobody has anything more to tell the customer: his line is free."""
    if turn.centre.flows.is_running(interaction_id):
        return 0
    legs = [leg.leg_id for leg in turn.centre.calls.all_of(interaction_id) if leg.leg_id in there]
    turn.instruct(HangUpLeg(leg_id=leg_id) for leg_id in legs)
    return len(legs)


def _is_back(turn: Turn, interaction_id: InteractionId) -> bool:
    """Whether the owner has a leg in it (again)."""
    interaction = turn.centre.engine.interaction(interaction_id)
    return (
        interaction is not None
        and turn.centre.calls.agent_of(interaction_id, interaction.agent_id) is not None
    )


def _resume(turn: Turn, at: datetime) -> None:
    """After a restart: prompts that may have ended unseen begin anew; nobody waits in silence."""
    centre = turn.centre
    running = set(centre.flows.running())
    for interaction_id in sorted(running):
        turn.ask_flow(flow_commands.ResumeFlow(at=at, interaction_id=interaction_id))
        sent = centre.engine.interaction(interaction_id)
        if sent is not None and sent.phase is Phase.IN_FLOW:
            # He was to be sent to somebody, and nobody was rung yet: whether he is sent was lost.
            turn.ask_flow(
                flow_commands.NoteUnanswered(at=at, interaction_id=interaction_id, reason="restarted")
            )
        listen_again(turn, interaction_id, at)
    for interaction_id in list(centre.calls.legs_by_interaction):
        interaction = centre.engine.interaction(interaction_id)
        leg = centre.calls.of(interaction_id, CUSTOMER)
        if interaction is None or leg is None:
            continue
        run = centre.flows.run_of(interaction_id)
        if run is not None and run.hears == "music" and interaction.phase in (*_WAITS, Phase.IN_FLOW):
            turn.instruct(instructions_for(run.music_started(at), centre.view()))
        elif run is None and interaction.phase in _WAITS:
            turn.instruct([StartMusic(leg_id=leg.leg_id)])
