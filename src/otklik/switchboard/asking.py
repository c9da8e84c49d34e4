"""Requests of `web` and the workers become commands; their answers are sequences, facts or refusals."""

from datetime import datetime
from functools import partial
from typing import Any, assert_never

import msgspec

from otklik.acd import commands as ask
from otklik.acd.model import Phase
from otklik.flows.model import systems_asked
from otklik.flows.publishing import publish, retire
from otklik.flows.starter import STARTER_FLOW
from otklik.organization.commands import (
    ChangeTogether,
    OrganizationCommand,
    RemoveSystem,
    SaveDevice,
    SaveNumber,
    SaveSystem,
)
from otklik.organization.dialing import rule_against
from otklik.organization.model import Device, DeviceId, DeviceKind
from otklik.switchboard import requests
from otklik.switchboard.after_talk import finish_talk
from otklik.switchboard.card_pause import handle_card
from otklik.switchboard.dialing import start_dialing
from otklik.switchboard.events import VoicemailHandled
from otklik.switchboard.guests import expect_guest
from otklik.switchboard.inbound import lose_agent_leg
from otklik.switchboard.instructions import HangUpLeg, SendKeys
from otklik.switchboard.links import take_browser_link
from otklik.switchboard.party import Caller
from otklik.switchboard.promises import reschedule, schedule, take_back
from otklik.switchboard.requests import DoorRequest
from otklik.switchboard.supervision import drop_browser, supervise
from otklik.switchboard.transfers import move
from otklik.switchboard.trials import expect_trial
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, InteractionId, PersonId
from otklik.vocabulary.refusals import Forbidden, NotFound, Refused


def handle_request(turn: Turn, request: DoorRequest, at: datetime, caller: Caller) -> dict[str, Any]:  # noqa: C901, PLR0915 - one case for each kind
    """Does it or raises Refused before anything changed. Returns facts for the asker."""
    match request:
        case requests.SignInAgentHere():
            return _sign_in(turn, request, at)
        case requests.SignOutAgentHere():
            turn.ask(ask.SignOutAgent(at=at, agent_id=request.agent_id, forced=request.forced))
        case requests.GetReady():
            turn.ask(ask.MakeAgentReady(at=at, agent_id=request.agent_id))
        case requests.GetNotReady():
            turn.ask(
                ask.MakeAgentNotReady(
                    at=at,
                    agent_id=request.agent_id,
                    reason_id=request.reason_id,
                    permitted=request.permitted,
                )
            )
        case requests.Decline():
            _own_offer(turn, request)
            turn.ask(ask.DeclineOffer(at=at, offer_id=request.offer_id))
        case requests.Hold():
            turn.ask(
                ask.HoldInteraction(at=at, agent_id=request.agent_id, interaction_id=request.interaction_id)
            )
        case requests.Resume():
            turn.ask(
                ask.ResumeInteraction(at=at, agent_id=request.agent_id, interaction_id=request.interaction_id)
            )
        case requests.HangUp():
            finish_talk(turn, request.interaction_id, request.agent_id, at)
        case requests.SendKeypad():
            _send_keys(turn, request)
        case requests.ExtendWrapUpBy():
            turn.ask(ask.ExtendWrapUp(at=at, agent_id=request.agent_id, extension=request.extension))
        case requests.EndWrapUp():
            turn.ask(ask.FinishWrapUp(at=at, agent_id=request.agent_id))
        case requests.Dial():
            return {"interaction_id": str(start_dialing(turn, request, at, caller))}
        case (
            requests.Transfer()
            | requests.Consult()
            | requests.Swap()
            | requests.Complete()
            | requests.CancelConsult()
            | requests.Confer()
            | requests.Leave()
            | requests.Remove()
            | requests.CallColleague()
            | requests.Assign()
            | requests.Pull()
            | requests.Prioritize()
            | requests.Escalate()
            | requests.Requeue()
        ):
            return move(turn, request, at, caller)
        case requests.ScheduleCallback():
            return {"interaction_id": str(schedule(turn, request, at, caller))}
        case requests.RescheduleCallback():
            reschedule(turn, request, at)
        case requests.CancelCallback():
            take_back(turn, request.interaction_id, at)
        case requests.Supervise() | requests.StopSupervising() | requests.TakeOver():
            return supervise(turn, request, at)
        case requests.PauseForCard() | requests.KeepCardPause() | requests.EndCardPause():
            handle_card(turn, request, at)
        case requests.NotePhoneLost():
            note_phone_lost(turn, request.agent_id, at)
        case requests.ExpectGuest():
            expect_guest(turn, request, at)
        case requests.ExpectTrial():
            expect_trial(turn, request, at)
        case requests.NoteLink():
            take_browser_link(turn, request, at)
        case requests.PublishFlow():
            return _publish(turn, request, at)
        case requests.RetireFlow():
            _retire(turn, request, at)
        case requests.ChangeConfiguration():
            _require_flow(turn, request.change)
            _keep_asked_systems(turn, request.change)
            made = turn.configure(request.change, at=at, by=request.by)
            return {"ids": _ids_of(made)}
        case requests.ReadBlocked():
            pass  # read by the loop before this batch
        case requests.NoteRecordingStored():
            turn.note([msgspec.structs.replace(request.stored, at=at)])
        case requests.NoteRecordingDeleted() | requests.NoteRecordingMissing():
            _note_recording(turn, request, at)
        case requests.HandleVoicemail():
            handled = VoicemailHandled(
                at=at, voicemail_id=request.voicemail_id, by=request.by, is_handled=request.is_handled
            )
            turn.note([handled])
        case requests.SimulatedPhone() | requests.TestTrunk() | requests.TestSystem() | requests.Question():
            raise AssertionError("answered by the loop itself")
        case _:
            assert_never(request)
    return {}


def _note_recording(
    turn: Turn, request: requests.NoteRecordingDeleted | requests.NoteRecordingMissing, at: datetime
) -> None:
    told = request.missing if isinstance(request, requests.NoteRecordingMissing) else request.deleted
    turn.note([msgspec.structs.replace(told, at=at)])


def _publish(turn: Turn, request: requests.PublishFlow, at: datetime) -> dict[str, Any]:
    centre = turn.centre
    event = publish(
        centre.flows.published(),
        request.draft,
        queues=centre.configuration.queues,
        skills=centre.configuration.skills,
        systems={system.name: system.kind.value for system in centre.configuration.systems.values()},
        teams=centre.configuration.teams,
        agents=centre.configuration.agents,
        judge=partial(rule_against, centre.configuration),
        last=centre.flows.last_flow_id(),
        at=at,
        by=request.by,
    )
    turn.publish(event)
    return {"flow_id": event.flow.flow_id, "version": event.flow.version}


def _retire(turn: Turn, request: requests.RetireFlow, at: datetime) -> None:
    numbers = turn.centre.configuration.numbers.values()
    used_by = [number.number for number in numbers if number.flow_id == request.flow_id]
    published = turn.centre.flows.published()
    turn.publish(retire(published, request.flow_id, used_by=used_by, at=at, by=request.by))


def _require_flow(turn: Turn, change: OrganizationCommand) -> None:
    """A number may only be given a flow that is published."""
    if not isinstance(change, SaveNumber) or change.number.flow_id in (0, STARTER_FLOW):
        return
    if change.number.flow_id not in turn.centre.flows.published():
        raise NotFound("unknown_flow", flow_id=change.number.flow_id)


def _keep_asked_systems(turn: Turn, change: OrganizationCommand) -> None:
    """A system that a published flow asks keeps its name and its kind, and stays."""
    match change:
        case ChangeTogether():
            for one in change.changes:
                _keep_asked_systems(turn, one)
            return
        case RemoveSystem():
            before = turn.centre.configuration.systems.get(change.system_id)
        case SaveSystem():
            before = turn.centre.configuration.systems.get(change.system.system_id)
            if before is not None and (before.name, before.kind) == (change.system.name, change.system.kind):
                return
        case _:
            return
    name = before.name if before is not None else ""
    flows = turn.centre.flows.published().values()
    asking = sorted(flow.name for flow in flows if name and name in systems_asked(flow))
    if asking:
        raise Refused("system_in_use", by=asking[:5], count=len(asking))


def note_phone_lost(turn: Turn, agent_id: AgentId, at: datetime) -> None:
    """The page with the phone went away: its leg is dead though the media server does not know it yet."""
    centre = turn.centre
    for device in centre.devices_of(agent_id):
        if device.kind is DeviceKind.BROWSER:
            centre.reachable.discard(device.login)
    is_reachable = centre.device_to_ring(agent_id) is not None
    turn.try_to(ask.NoteDevice(at=at, agent_id=agent_id, is_reachable=is_reachable))
    logins = {device.login for device in centre.devices_of(agent_id) if device.kind is DeviceKind.BROWSER}
    drop_browser(turn, agent_id, logins, at)
    for leg in centre.calls.legs_of_agent(agent_id):
        if leg.login in logins:
            centre.lost.add(leg.leg_id)
            turn.instruct([HangUpLeg(leg_id=leg.leg_id)])
            lose_agent_leg(turn, leg, at)


def _sign_in(turn: Turn, request: requests.SignInAgentHere, at: datetime) -> dict[str, Any]:
    """A page that begins a phone anew has lost the one before: the rescue of a talk begins at once."""
    centre = turn.centre
    agent_id = request.agent_id
    if agent_id not in centre.configuration.agents:
        raise NotFound("unknown_agent", agent_id=agent_id)
    if request.login:
        note_phone_lost(turn, agent_id, at)
        known = centre.configuration.device_of_login(request.login)
        if known is not None and known.agent_id != agent_id:
            raise Forbidden("login_taken", login=request.login)
        turn.configure(
            SaveDevice(
                device=Device(
                    device_id=known.device_id if known else DeviceId(0),
                    agent_id=agent_id,
                    kind=DeviceKind.BROWSER,
                    login=request.login,
                    secret_id=request.secret_id,
                )
            ),
            at=at,
            by=PersonId(int(agent_id)),
        )
    turn.ask(ask.SignInAgent(at=at, agent_id=agent_id))
    return {}


def _own_offer(turn: Turn, request: requests.Decline) -> None:
    agent = turn.centre.engine.agent(request.agent_id)
    offer_id = agent.assignment.offer_id if agent is not None and agent.assignment is not None else 0
    if offer_id != request.offer_id:
        raise NotFound("unknown_offer", offer_id=str(request.offer_id))


def _send_keys(turn: Turn, request: requests.SendKeypad) -> None:
    interaction = _own(turn, request.agent_id, request.interaction_id)
    leg = turn.centre.calls.customer_of(request.interaction_id)
    if interaction is Phase.HELD:
        # Who asks a party outside types into its menu.
        asked = turn.centre.engine.interaction(request.interaction_id)
        consult_id = asked.ties.consult_id if asked is not None and asked.ties is not None else 0
        parties = turn.centre.calls.parties_of(InteractionId(consult_id)) if consult_id else []
        turn.instruct(SendKeys(leg_id=party.leg_id, keys=request.keys) for party in parties)
    if interaction is Phase.CONNECTED and leg is not None:
        turn.instruct([SendKeys(leg_id=leg.leg_id, keys=request.keys)])


def _own(turn: Turn, agent_id: AgentId, interaction_id: InteractionId) -> Phase:
    interaction = turn.centre.engine.interaction(interaction_id)
    if interaction is None or interaction.agent_id != agent_id:
        raise NotFound("unknown_interaction", interaction_id=str(interaction_id))
    return interaction.phase


def _ids_of(events: list[Any]) -> list[dict[str, Any]]:
    """Ids that new things got, in the order of the changes: the only field that ends in `_id` of each
    thing.
    """
    found: list[dict[str, Any]] = []
    for event in events:
        for name in event.__struct_fields__:
            thing = getattr(event, name)
            key = f"{name}_id"
            if hasattr(thing, key):
                found.append({"thing": name, "id": int(getattr(thing, key))})
            elif name.endswith("_id"):
                found.append({"thing": name[:-3], "id": int(thing)})
    return found
