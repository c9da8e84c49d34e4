"""Supervisors who listen, whisper, barge in and take over: what they ask, and what becomes of their legs."""

from datetime import datetime
from typing import Any, assert_never

from otklik.acd import commands as ask
from otklik.acd import refusals
from otklik.acd.model import Direction
from otklik.switchboard import requests
from otklik.switchboard.calls import SUPERVISOR, Leg, Supervision, ear_name, leg_of_ear
from otklik.switchboard.events import (
    LegStarted,
    SupervisionChanged,
    SupervisionEnd,
    SupervisionEnded,
    SupervisionMode,
    SupervisionStarted,
)
from otklik.switchboard.instructions import HangUpLeg
from otklik.switchboard.supervising import is_free_to_listen, is_hearable, listen
from otklik.switchboard.talks import legs_together
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, LegId
from otklik.vocabulary.refusals import NotFound, Refused

SupervisionRequest = requests.Supervise | requests.StopSupervising | requests.TakeOver


def supervise(turn: Turn, request: SupervisionRequest, at: datetime) -> dict[str, Any]:
    """Does it or raises Refused before anything changed."""
    match request:
        case requests.Supervise():
            return _listen(turn, request, at)
        case requests.StopSupervising():
            found = turn.centre.calls.supervisions.get(request.supervisor_id)
            if found is not None:
                end_supervision(turn, found, SupervisionEnd.STOPPED, at)
            return {}
        case requests.TakeOver():
            _take_over(turn, request, at)
            return {}
        case _:
            assert_never(request)


def _listen(turn: Turn, request: requests.Supervise, at: datetime) -> dict[str, Any]:
    """Begins, changes the mode, or goes over to the talk of another agent."""
    centre, calls = turn.centre, turn.centre.calls
    interaction = centre.engine.interaction(request.interaction_id)
    if interaction is None:
        raise NotFound(refusals.UNKNOWN_INTERACTION, interaction_id=str(request.interaction_id))
    if interaction.direction is Direction.INTERNAL:
        raise Refused(refusals.INTERNAL_CALL, interaction_id=str(request.interaction_id))
    if not is_hearable(interaction, interaction.agent_id) or not interaction.agent_id:
        raise Refused(
            refusals.WRONG_PHASE, interaction_id=str(request.interaction_id), phase=interaction.phase.value
        )
    if interaction.agent_id == request.supervisor_id:
        raise Refused(refusals.TARGET_INVALID, interaction_id=str(request.interaction_id))
    before = calls.supervisions.get(request.supervisor_id)
    if before is not None and before.interaction_id == request.interaction_id:
        if before.mode is not request.mode:
            turn.note(
                [
                    SupervisionChanged(
                        at=at,
                        interaction_id=before.interaction_id,
                        agent_id=before.agent_id,
                        supervisor_id=before.supervisor_id,
                        mode=request.mode,
                    )
                ]
            )
            _put_in_place(turn, request.supervisor_id)
        return {}
    leg = calls.legs.get(before.leg_id) if before is not None else None
    if before is None:
        login = _login_of(turn, request.supervisor_id)
    else:
        end_supervision(turn, before, SupervisionEnd.SWITCHED, at)
        login = ""
    leg_id = leg.leg_id if leg is not None else LegId(centre.minter.mint(at))
    turn.note(
        [
            SupervisionStarted(
                at=at,
                interaction_id=request.interaction_id,
                agent_id=interaction.agent_id,
                supervisor_id=request.supervisor_id,
                leg_id=leg_id,
                mode=request.mode,
            )
        ]
    )
    if leg is not None:
        _put_in_place(turn, request.supervisor_id, is_first=True)
    else:
        turn.note(
            [
                LegStarted(
                    at=at,
                    leg_id=leg_id,
                    interaction_id=request.interaction_id,
                    role=SUPERVISOR,
                    agent_id=request.supervisor_id,
                    login=login,
                )
            ]
        )
    return {}


def _login_of(turn: Turn, supervisor_id: AgentId) -> str:
    """The phone that is rung, or why none can be."""
    device = turn.centre.device_to_ring(supervisor_id)
    if device is None:
        raise Refused(refusals.DEVICE_UNREACHABLE, agent_id=supervisor_id)
    if not is_free_to_listen(turn.centre.engine, supervisor_id):
        agent = turn.centre.engine.agent(supervisor_id)
        state = agent.voice_state().value if agent is not None else ""
        raise Refused("supervisor_not_free", agent_id=supervisor_id, state=state)
    return device.login


def _take_over(turn: Turn, request: requests.TakeOver, at: datetime) -> None:
    """The engine gives the talk to him; his leg is an agent's from then on, and is bridged as one."""
    centre = turn.centre
    found = centre.calls.supervisions.get(request.supervisor_id)
    leg = centre.calls.legs.get(found.leg_id) if found is not None else None
    if found is None or found.interaction_id != request.interaction_id or leg is None or not leg.is_up:
        raise Refused("not_listening", interaction_id=str(request.interaction_id))
    made = centre.engine.handle(
        ask.TakeOverInteraction(at=at, interaction_id=request.interaction_id, agent_id=request.supervisor_id)
    )
    turn.note([_ended(found, SupervisionEnd.TAKEN_OVER, at), *made])


def end_supervision(turn: Turn, supervision: Supervision, cause: SupervisionEnd, at: datetime) -> None:
    """He hears nothing more of it."""
    turn.note([_ended(supervision, cause, at)])


def _ended(supervision: Supervision, cause: SupervisionEnd, at: datetime) -> SupervisionEnded:
    return SupervisionEnded(
        at=at,
        interaction_id=supervision.interaction_id,
        agent_id=supervision.agent_id,
        supervisor_id=supervision.supervisor_id,
        leg_id=supervision.leg_id,
        cause=cause,
        mode=supervision.mode,
        since=supervision.since,
    )


def _put_in_place(turn: Turn, supervisor_id: AgentId, *, is_first: bool = False) -> None:
    view = turn.centre.view()
    supervision = turn.centre.calls.supervisions.get(supervisor_id)
    if supervision is not None:
        together = legs_together(view.engine, view.calls, supervision.interaction_id)
        turn.instruct(listen(view, supervision, together, is_first=is_first))


# --- the supervisor's leg


def supervisor_answered(turn: Turn, leg: Leg) -> None:
    """His phone is up."""
    if _of(turn, leg) is None:
        turn.instruct([HangUpLeg(leg_id=leg.leg_id)])
    else:
        _put_in_place(turn, leg.agent_id, is_first=True)


def supervisor_gone(turn: Turn, leg: Leg, at: datetime) -> None:
    """He hung up, did not answer, or lost his phone."""
    supervision = _of(turn, leg)
    if supervision is not None:
        end_supervision(turn, supervision, SupervisionEnd.HUNG_UP, at)


def drop_browser(turn: Turn, agent_id: AgentId, logins: set[str], at: datetime) -> None:
    """The page with his phone went away, and his ear with it."""
    supervision = turn.centre.calls.supervisions.get(agent_id)
    leg = turn.centre.calls.legs.get(supervision.leg_id) if supervision is not None else None
    if supervision is not None and leg is not None and leg.login in logins:
        end_supervision(turn, supervision, SupervisionEnd.HUNG_UP, at)


def put_right(turn: Turn, bridges: dict[LegId, str], at: datetime) -> int:
    """After a restart, and in each audit: a supervisor whose leg does not stand where his mode wants it is
    put there again. bridges: where each leg stands; "" for one that hears nobody. Returns the repairs."""
    repairs = 0
    centre = turn.centre
    for supervision in list(centre.calls.supervisions.values()):
        if not is_hearable(centre.engine.interaction(supervision.interaction_id), supervision.agent_id):
            end_supervision(turn, supervision, SupervisionEnd.TALK_OVER, at)
            repairs += 1
        elif (leg := centre.calls.legs.get(supervision.leg_id)) is None:
            end_supervision(turn, supervision, SupervisionEnd.HUNG_UP, at)
            repairs += 1
        elif not leg.is_up or supervision.mode is SupervisionMode.BARGE:
            pass  # it rings, or it is put right with all legs of its talk
        elif bridges.get(supervision.leg_id) != _ear_of(supervision):
            _put_in_place(turn, supervision.supervisor_id)
            repairs += 1
    return repairs


def _ear_of(supervision: Supervision) -> str:
    """Where his leg stands with the ear at the agent's: the name tells the mode."""
    return ear_name(supervision.leg_id, is_whisper=supervision.mode is SupervisionMode.WHISPER)


def ear_failed(turn: Turn, bridge: str, at: datetime) -> None:
    """The ear could not be made: better an honest end than a supervisor who hears nothing."""
    leg_id = leg_of_ear(bridge)
    for supervision in list(turn.centre.calls.supervisions.values()):
        if supervision.leg_id == leg_id:
            end_supervision(turn, supervision, SupervisionEnd.MEDIA_FAILED, at)


def _of(turn: Turn, leg: Leg) -> Supervision | None:
    found = turn.centre.calls.supervisions.get(leg.agent_id)
    return found if found is not None and found.leg_id == leg.leg_id else None
