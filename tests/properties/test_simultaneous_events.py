"""Every ordered pair of commands in the same millisecond, in every phase: answer and hang-up, accept and
expiry, pause and offer ... enumerated, not sampled. None may leave anyone behind."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import get_args

import pytest

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import (
    EndedBy,
    EndReason,
    Mode,
    ModePlan,
    ReasonRules,
    SiteRules,
    Target,
    TargetKind,
)
from otklik.vocabulary.refusals import Refused
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.long

AGENTS = {"anna": {"sales": 5}, "boris": {"sales": 5}}
QUEUED = "0 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna"
TAKEN = QUEUED + "\n1 anna takes 1 > accepted 1 anna; connected 1 anna"
PAUSED = "0 {0} not_ready lunch > not_ready {0} chosen lunch"
WAITS = PAUSED.format("anna") + "\n" + PAUSED.format("boris")

SITUATIONS = {
    "nothing": "0 time >",
    "arriving": "0 1 arrives > arrived 1",
    "in_flow": "0 1 arrives > arrived 1\n1 1 enters flow > in_flow 1",
    "waiting": WAITS + "\n1 1 joins sales > arrived 1; queued 1 sales #1",
    "offered": QUEUED,
    "offer expires now": QUEUED,
    "offered, pause wished": QUEUED + "\n1 anna not_ready lunch > intent anna not_ready",
    "connecting": QUEUED + "\n1 anna accepts > accepted 1 anna",
    "connected": TAKEN,
    "connected, sign-out forced": TAKEN + "\n2 anna signs out forced > intent anna signed_out",
    "held": TAKEN + "\n2 anna holds 1 > held 1",
    "reconnecting": TAKEN + "\n2 1 loses agent > reconnecting 1 anna",
    "wrap_up": TAKEN + "\n2 1 leaves > ended 1 answered customer; wrap_up anna",
    "dialing": "0 anna dials 1 > dials 1 anna",
    "consulting": TAKEN,
    "consulting, answered": TAKEN,
    "conference": TAKEN,
    "transferred, rings": TAKEN,
    "called a colleague": "0 time >",
    "unreachable": "0 anna unreachable > unreachable anna",
    "signed out": "0 anna signs out > signed_out anna",
}
MOMENTS = {"offer expires now": 20.0}


def _consult(centre: Centre, at: datetime) -> list[AcdCommand]:
    anna, boris = centre.agents["anna"], centre.agents["boris"]
    target = Target(kind=TargetKind.AGENT, agent_id=boris)
    return [commands.StartConsult(at=at, agent_id=anna, interaction_id=1, consult_id=7, target=target)]


def _answered(centre: Centre, at: datetime) -> list[AcdCommand]:
    offer_id = centre.engine.agent(centre.agents["boris"]).assignment.offer_id
    return [
        commands.AcceptOffer(at=at, offer_id=offer_id),
        commands.ConfirmConnection(at=at, interaction_id=7),
    ]


def _confer(centre: Centre, at: datetime) -> list[AcdCommand]:
    return [commands.StartConference(at=at, agent_id=centre.agents["anna"], interaction_id=1)]


def _transfer(centre: Centre, at: datetime) -> list[AcdCommand]:
    target = Target(kind=TargetKind.AGENT, agent_id=centre.agents["boris"])
    return [
        commands.TransferInteraction(at=at, agent_id=centre.agents["anna"], interaction_id=1, target=target)
    ]


def _call(centre: Centre, at: datetime) -> list[AcdCommand]:
    anna, boris = centre.agents["anna"], centre.agents["boris"]
    return [commands.StartInternalCall(at=at, agent_id=anna, interaction_id=1, target_id=boris)]


MORE = {
    "consulting": [_consult],
    "consulting, answered": [_consult, _answered],
    "conference": [_consult, _answered, _confer],
    "transferred, rings": [_transfer],
    "called a colleague": [_call],
}
"""What is done after the lines of a situation."""


def catalogue(centre: Centre, at: datetime) -> list[AcdCommand]:
    """Each command about interaction 1, agent anna and the offer between them."""
    anna, boris = centre.agents["anna"], centre.agents["boris"]
    to_boris = Target(kind=TargetKind.AGENT, agent_id=boris)
    interaction = centre.engine.interaction(1)
    offer_id = 0 if interaction is None else interaction.offer_id
    about: dict[str, object] = {"at": at, "interaction_id": 1}
    of_anna: dict[str, object] = {"at": at, "agent_id": anna}
    sales = centre.queues["sales"]
    return [
        commands.RegisterInteraction(**about),
        commands.EnterFlow(**about),
        commands.EnqueueInteraction(**about, queue_id=sales),
        commands.NoteCustomerLeft(**about),
        commands.EndInteraction(**about, reason=EndReason.MEDIA_FAILED, by=EndedBy.SYSTEM),
        commands.AcceptOffer(at=at, offer_id=offer_id),
        commands.DeclineOffer(at=at, offer_id=offer_id),
        commands.FailOffer(at=at, offer_id=offer_id),
        commands.ConfirmConnection(**about),
        commands.HoldInteraction(**about, agent_id=anna),
        commands.ResumeInteraction(**about, agent_id=anna),
        commands.FinishTalk(**about, agent_id=anna),
        commands.NoteAgentLegLost(**about),
        commands.NoteAgentLegRestored(**about),
        commands.RequeueInteraction(**about, queue_id=sales, ahead=True),
        commands.ExtendWrapUp(**of_anna, extension=timedelta(seconds=10)),
        commands.FinishWrapUp(**of_anna),
        commands.StartManualInteraction(**of_anna, interaction_id=2, queue_id=sales),
        commands.FailManualInteraction(**about, reason=EndReason.BUSY),
        commands.SignInAgent(**of_anna),
        commands.SignOutAgent(**of_anna),
        commands.SignOutAgent(**of_anna, forced=True),
        commands.MakeAgentReady(**of_anna),
        commands.MakeAgentNotReady(**of_anna, reason_id=1),
        commands.NoteDevice(**of_anna, is_reachable=True),
        commands.NoteDevice(**of_anna, is_reachable=False),
        commands.ConfigureAgent(at=at, agent=centre.profile("anna", {})),
        commands.ConfigureQueue(at=at, queue=centre.queue_rules("sales", minimum=9)),
        commands.RemoveAgent(**of_anna),
        commands.RemoveQueue(at=at, queue_id=sales),
        commands.PrioritizeInteraction(**about, priority=3),
        commands.ConfigureSite(at=at, site=SiteRules(connect_timeout=timedelta(seconds=1))),
        commands.ConfigureReason(at=at, reason=ReasonRules(reason_id=1, needs_permission=True)),
        commands.RemoveReason(at=at, reason_id=1),
        commands.TransferInteraction(**about, agent_id=anna, target=to_boris),
        commands.StartConsult(**about, agent_id=anna, consult_id=7, target=to_boris),
        commands.SwapConsult(**about, agent_id=anna),
        commands.CompleteTransfer(**about, agent_id=anna),
        commands.CancelConsult(**about, agent_id=anna),
        commands.StartConference(**about, agent_id=anna),
        commands.LeaveConference(**about, agent_id=anna),
        commands.RemoveParticipant(**about, agent_id=anna, participant_id=7),
        commands.NotePartyLeft(**about),
        commands.AssignInteraction(**about, agent_id=boris),
        commands.PullInteraction(**about),
        commands.StartInternalCall(**of_anna, interaction_id=8, target_id=boris),
        commands.ConfigurePlan(at=at, plan=ModePlan(plan_id=1, agent_ids=(anna,), otherwise=Mode.OUTBOUND)),
        commands.RemovePlan(at=at, plan_id=1),
        commands.SetAgentMode(**of_anna, mode=Mode.OUTBOUND),
        commands.EscalateInteraction(**about, queue_id=sales),
        commands.PromiseCallback(**about, queue_id=sales),
        commands.ScheduleCallback(
            at=at, interaction_id=9, party_id=5, queue_id=sales, due_at=at + timedelta(minutes=1)
        ),
        commands.RescheduleCallback(**about, due_at=at + timedelta(minutes=2)),
        commands.NoteCustomerLeft(at=at, interaction_id=7),
        commands.FinishTalk(at=at, interaction_id=7, agent_id=boris),
    ]


def steps(centre: Centre, at: datetime) -> Iterator[Callable[[], object]]:
    """The catalogue, and what time brings, as things to do."""
    yield lambda: centre.witness.advance(at)
    for command in catalogue(centre, at):
        yield lambda command=command: centre.witness.handle(command)


def prepared(situation: str) -> tuple[Centre, datetime]:
    centre = Centre(agents=AGENTS, full_every=7)
    for line in SITUATIONS[situation].splitlines():
        _, outcome, wanted = centre.play_line(line)
        assert outcome == wanted
    for prepare in MORE.get(situation, ()):
        for command in prepare(centre, moment(2)):
            assert centre.do(command)
    return centre, moment(MOMENTS.get(situation, 3.0))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_pairs_in_one_millisecond(situation: str) -> None:
    centre, at = prepared(situation)
    many = len(list(steps(centre, at)))

    for first in range(many):
        for second in range(many):
            centre, at = prepared(situation)
            things = list(steps(centre, at))
            for thing in (things[first], things[second]):
                _try(thing)
            _try(lambda witness=centre.witness, at=at: witness.advance(at))
            _leave_nothing_behind(centre, at)


def test_every_command_is_among_the_pairs() -> None:
    kinds = {type(command) for command in catalogue(Centre(agents=AGENTS), moment(3))}
    assert kinds == set(get_args(AcdCommand)), "a new command has a place in the catalogue"


def _try(thing: Callable[[], object]) -> None:
    try:
        thing()
    except Refused as refused:
        assert refused.code  # noqa: PT017 - a refusal is one of the two good ends


def _leave_nothing_behind(centre: Centre, at: datetime) -> None:
    """Time alone frees every agent; customers who hang up are gone."""
    for interaction_id in list(centre.engine.state.interactions):
        if centre.engine.interaction(interaction_id) is not None:  # not ended by another's end
            centre.witness.handle(commands.NoteCustomerLeft(at=at, interaction_id=interaction_id))
    later = at + timedelta(minutes=10)
    centre.witness.advance(later)
    # Who was promised a call waits on without a leg: it is a matter of its own, which a person may end.
    for interaction in list(centre.engine.state.interactions.values()):
        if centre.engine.interaction(interaction.interaction_id) is None:
            continue
        centre.witness.handle(
            commands.EndInteraction(
                at=later, interaction_id=interaction.interaction_id, reason=EndReason.CANCELLED
            )
        )
    centre.witness.advance(later + timedelta(minutes=10))
    assert not centre.engine.state.interactions
    assert not centre.engine.state.offers
    assert all(agent.assignment is None for agent in centre.engine.state.agents.values())
