"""Every ordered pair of commands in the same millisecond, in every phase: answer and hang-up, accept and
expiry, pause and offer ... enumerated, not sampled. None may leave anyone behind.

A situation is prepared once; each pair starts from a copy of it. Who comes second after one that was refused
comes first, and what two pairs lead to alike is followed to its end once: so all of them can be tried. The
gate tries each pair of a share of the situations, other ones each day, a soak all; the count is printed.
"""

import random
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import get_args

import pytest

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import (
    Channel,
    EndedBy,
    EndReason,
    Mode,
    ModePlan,
    Phase,
    ReasonRules,
    SiteRules,
    Target,
    TargetKind,
)
from otklik.vocabulary.refusals import Refused
from tests.acd.language import OUTSIDE, Centre, moment
from tests.acd.witness import Witness
from tests.properties.many import first_of_today

pytestmark = pytest.mark.long

QUEUES: dict[str, dict[str, object]] = {
    "sales": {},
    "second": {},
    "chats": {"channel": Channel.CHAT},
    "letters": {"channel": Channel.EMAIL},
}
AGENTS = {"anna": {"sales": 5, "chats": 5, "letters": 5}, "boris": {"sales": 5}}
QUEUED = "0 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna"
TAKEN = QUEUED + "\n1 anna takes 1 > accepted 1 anna; connected 1 anna"
ASKED = TAKEN + "\n2 anna consults 1 7 to boris"
ANSWERED = ASKED + "\n2 boris takes 7"
CALLED_BACK = "0 1 scheduled sales 1\n1 time\n1 anna accepts"
LETTER = "0 1 joins letters\n0 anna takes 1"
PAUSED = "0 {0} not_ready lunch > not_ready {0} chosen lunch"
WAITS = PAUSED.format("anna") + "\n" + PAUSED.format("boris")

SITUATIONS = {
    "nothing": "0 time >",
    "arriving": "0 1 arrives > arrived 1",
    "arriving, agents reserved": "0 sales reserves 2\n1 1 arrives > arrived 1",
    "in_flow": "0 1 arrives > arrived 1\n1 1 enters flow > in_flow 1",
    "sent outside by a flow": "0 1 arrives\n1 1 enters flow\n1 1 forwarded to outside 30 60",
    "sent to an agent by a flow": "0 1 arrives\n1 1 enters flow\n1 1 forwarded to anna 30 60",
    "waiting": WAITS + "\n1 1 joins sales > arrived 1; queued 1 sales #1",
    "offered": QUEUED,
    "offer expires now": QUEUED,
    "offered, pause wished": QUEUED + "\n1 anna not_ready lunch > intent anna not_ready",
    "offered to a reserved one": "0 sales reserves 1\n1 1 arrives\n1 1 attached sales",
    "connecting": QUEUED + "\n1 anna accepts > accepted 1 anna",
    "connecting ends now": QUEUED + "\n1 anna accepts > accepted 1 anna",
    "connected": TAKEN,
    "connected, sign-out forced": TAKEN + "\n2 anna signs out forced > intent anna signed_out",
    "connected, queue removed": TAKEN + "\n2 sales removed second",
    "connected, agent removed": TAKEN + "\n2 anna removed",
    "held": TAKEN + "\n2 anna holds 1 > held 1",
    "reconnecting": TAKEN + "\n2 1 loses agent > reconnecting 1 anna",
    "reconnecting ends now": TAKEN + "\n2 1 loses agent > reconnecting 1 anna",
    "wrap_up": TAKEN + "\n2 1 leaves > ended 1 answered customer; wrap_up anna",
    "wrap_up ends now": TAKEN + "\n2 1 leaves > ended 1 answered customer; wrap_up anna",
    "dialing": "0 anna dials 1 > dials 1 anna",
    "dialing ends now": "0 anna dials 1 > dials 1 anna",
    "scheduled": "0 1 scheduled sales 600",
    "scheduled, due now": "0 1 scheduled sales 3",
    "calling back": CALLED_BACK,
    "calling back, queue removed": CALLED_BACK + "\n2 sales removed second",
    "consulting": ASKED,
    "consulting ends now": ASKED,
    "consulting, answered": ANSWERED,
    "consulting, answered, owner lost": ANSWERED + "\n2 1 loses agent",
    "consulting somebody outside": TAKEN + "\n2 anna consults 1 7 to outside\n2 7 connects",
    "conference": ANSWERED + "\n2 anna confers 1",
    "conference, consulting": ANSWERED + "\n2 anna confers 1\n2 anna consults 1 6 to outside\n2 6 connects",
    "transferred, rings": TAKEN + "\n2 anna transfers 1 to boris",
    "transferred, rings no longer": TAKEN + "\n2 anna transfers 1 to boris",
    "recalled": TAKEN + "\n2 anna transfers 1 to boris\n2 anna finishes wrap_up\n2 boris declines",
    "transferred outside, dialled": TAKEN + "\n2 anna transfers 1 to outside",
    "outside": TAKEN + "\n2 anna transfers 1 to outside\n2 1 connects",
    "called a colleague": "0 anna calls boris 1",
    "talks with a colleague": "0 anna calls boris 1\n1 boris takes 1",
    "chat offered": "0 1 joins chats",
    "chat": "0 1 joins chats\n0 anna takes 1",
    "letter": LETTER,
    "letter beside a call": LETTER + "\n1 2 joins sales\n1 anna takes 2",
    "reserved until now": "0 sales reserves 2",
    "unreachable": "0 anna unreachable > unreachable anna",
    "signed out": "0 anna signs out > signed_out anna",
}
MOMENTS = {
    "offer expires now": 20.0,
    "connecting ends now": 11.0,
    "reconnecting ends now": 17.0,
    "wrap_up ends now": 32.0,
    "dialing ends now": 60.0,
    "consulting ends now": 22.0,
    "transferred, rings no longer": 22.0,
    "reserved until now": 10.0,
}
"""Of those that end by themselves now: one of the pair is what time brings."""
SHARE = 0.1
"""Of the situations, in the gate."""


def catalogue(centre: Centre, at: datetime) -> list[AcdCommand]:
    """Each command about interaction 1, agent anna and the offer between them."""
    anna, boris = centre.agents["anna"], centre.agents["boris"]
    to_boris = Target(kind=TargetKind.AGENT, agent_id=boris)
    interaction = centre.engine.interaction(1)
    offer_id = 0 if interaction is None else interaction.offer_id
    about: dict[str, object] = {"at": at, "interaction_id": 1}
    of_anna: dict[str, object] = {"at": at, "agent_id": anna}
    sales = centre.queues["sales"]
    to_outside = Target(kind=TargetKind.OUTSIDE, party_id=OUTSIDE)
    to_queue = Target(kind=TargetKind.QUEUE, queue_id=centre.queues["second"])
    return [
        commands.RegisterInteraction(**about),
        commands.RegisterInteraction(at=at, interaction_id=3, queue_id=sales),
        commands.EnterFlow(**about),
        commands.EnqueueInteraction(**about, queue_id=sales),
        commands.NoteCustomerLeft(**about),
        commands.EndInteraction(**about, reason=EndReason.MEDIA_FAILED, by=EndedBy.SYSTEM),
        commands.AcceptOffer(at=at, offer_id=offer_id),
        commands.AcceptOffer(at=at, offer_id=offer_id, is_connected=True),
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
        commands.RemoveQueue(at=at, queue_id=sales, to_queue_id=centre.queues["second"]),
        commands.PrioritizeInteraction(**about, priority=3),
        commands.ConfigureSite(at=at, site=SiteRules(connect_timeout=timedelta(seconds=1))),
        commands.ConfigureReason(at=at, reason=ReasonRules(reason_id=1, needs_permission=True)),
        commands.RemoveReason(at=at, reason_id=1),
        commands.ForwardInteraction(
            **about, target=to_outside, ring_timeout=timedelta(seconds=5), talk_limit=timedelta(minutes=1)
        ),
        commands.TransferInteraction(**about, agent_id=anna, target=to_boris),
        commands.TransferInteraction(**about, agent_id=anna, target=to_outside),
        commands.TransferInteraction(**about, agent_id=anna, target=to_queue),
        commands.StartConsult(**about, agent_id=anna, consult_id=7, target=to_boris),
        commands.StartConsult(**about, agent_id=anna, consult_id=7, target=to_outside),
        commands.StartConsult(**about, agent_id=anna, consult_id=7, target=to_queue),
        commands.SwapConsult(**about, agent_id=anna),
        commands.CompleteTransfer(**about, agent_id=anna),
        commands.CancelConsult(**about, agent_id=anna),
        commands.StartConference(**about, agent_id=anna),
        commands.LeaveConference(**about, agent_id=anna),
        commands.RemoveParticipant(**about, agent_id=anna, participant_id=7),
        commands.NotePartyLeft(**about),
        commands.AssignInteraction(**about, agent_id=boris),
        commands.PullInteraction(**about),
        commands.PullInteraction(**about, agent_id=boris),
        commands.TakeOverInteraction(**about, agent_id=boris),
        commands.StartInternalCall(**of_anna, interaction_id=8, target_id=boris),
        commands.ConfigurePlan(at=at, plan=ModePlan(plan_id=1, agent_ids=(anna,), otherwise=Mode.OUTBOUND)),
        commands.RemovePlan(at=at, plan_id=1),
        commands.SetAgentMode(**of_anna, mode=Mode.OUTBOUND),
        commands.EscalateInteraction(**about, queue_id=sales),
        commands.PromiseCallback(**about, queue_id=sales),
        commands.LeaveQueue(**about, key="1"),
        commands.ScheduleCallback(
            at=at, interaction_id=9, party_id=5, queue_id=sales, due_at=at + timedelta(minutes=1)
        ),
        commands.RescheduleCallback(**about, due_at=at + timedelta(minutes=2)),
        commands.NoteCustomerLeft(at=at, interaction_id=7),
        commands.ConfirmConnection(at=at, interaction_id=7),
        commands.FinishTalk(at=at, interaction_id=7, agent_id=boris),
        commands.NoteAgentLegLost(**about, agent_id=boris),
        commands.ReserveAgents(
            at=at, reservation_id=1, queue_id=sales, count=1, length=timedelta(seconds=10)
        ),
        commands.AttachInteraction(**about, reservation_id=1, queue_id=sales),
        commands.ReleaseReservation(at=at, reservation_id=1),
    ]


Thing = Callable[[Witness], object]


def things(centre: Centre, at: datetime) -> Iterator[Thing]:
    """The catalogue, and what time brings, as things to do."""
    yield lambda witness: witness.advance(at)
    for command in catalogue(centre, at):
        yield lambda witness, command=command: witness.handle(command)


def prepared(situation: str) -> tuple[Centre, datetime]:
    centre = Centre(queues=QUEUES, agents=AGENTS)
    for line in SITUATIONS[situation].splitlines():
        _, outcome, wanted = centre.play_line(line)
        assert outcome == wanted or ">" not in line
        assert "refused" not in outcome
    return centre, moment(MOMENTS.get(situation, 3.0))


def chosen(soak: int) -> list[str]:
    """All situations in a soak, else a share of them."""
    every = sorted(SITUATIONS)
    if soak > 1:
        return every
    return random.Random(first_of_today()).sample(every, round(SHARE * len(every)))


def test_pairs_in_one_millisecond(
    soak: int, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    situations = chosen(soak)
    count = 0
    for situation in situations:
        try:
            count += try_pairs(situation)
        except Exception as failure:
            failure.add_note(f"in the situation {situation!r}")
            raise
    with capsys.disabled():
        sys.stdout.write(f"\n{count} ordered pairs in {len(situations)} of {len(SITUATIONS)} situations\n")
    record_property("pairs", count)


def try_pairs(situation: str) -> int:
    """How many there are."""
    centre, at = prepared(situation)
    every = list(things(centre, at))
    followed: set[bytes] = set()
    refused_first = [first for first in every if _is_refused(centre.witness.copy(), first)]
    # After a refusal all is as before (the witness sees to that): the second is the first then.
    firsts: list[Thing] = [lambda _: None, *(first for first in every if first not in refused_first)]
    for first in firsts:
        for second in every:
            witness = centre.witness.copy()
            try:
                _try(witness, first)
                _try(witness, second)
                witness.advance(at)
                if (end := witness.engine.snapshot()) not in followed:
                    followed.add(end)
                    _leave_nothing_behind(witness, at)
            except Exception as failure:
                failure.add_note(
                    f"pair {every.index(first) if first in every else '-'}, {every.index(second)}"
                )
                raise
    return len(every) ** 2


def test_every_command_is_among_the_pairs() -> None:
    kinds = {type(command) for command in catalogue(Centre(queues=QUEUES, agents=AGENTS), moment(3))}
    assert kinds == set(get_args(AcdCommand)), "a new command has a place in the catalogue"


def test_every_phase_is_among_the_situations() -> None:
    phases = {prepared(situation)[0].engine.interaction(1) for situation in SITUATIONS}
    assert {one.phase for one in phases if one is not None} == set(Phase) - {Phase.ENDED}


def _try(witness: Witness, thing: Thing) -> None:
    try:
        thing(witness)
    except Refused as refused:
        assert refused.code  # noqa: PT017 - a refusal is one of the two good ends


def _is_refused(witness: Witness, thing: Thing) -> bool:
    try:
        thing(witness)
    except Refused:
        return True
    return False


def _leave_nothing_behind(witness: Witness, at: datetime) -> None:
    """Time alone frees every agent; customers who hang up are gone, and promised calls are taken back."""
    for interaction_id in list(witness.engine.state.interactions):
        if witness.engine.interaction(interaction_id) is not None:  # not ended by another's end
            witness.handle(commands.NoteCustomerLeft(at=at, interaction_id=interaction_id))
    for interaction_id in list(witness.engine.state.interactions):
        ending = commands.EndInteraction(at=at, interaction_id=interaction_id, reason=EndReason.CANCELLED)
        witness.handle(ending)
    witness.advance(at + timedelta(minutes=10))
    state = witness.engine.state
    assert not state.interactions
    assert not state.offers
    for agent in state.agents.values():
        assert agent.assignment is None
        assert not agent.others
        assert agent.reservation is None
