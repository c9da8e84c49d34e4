"""Talks move between people: transfers, consultations, conferences, internal calls, a supervisor's hands."""

from typing import TYPE_CHECKING

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import Channel, Direction, Target, TargetKind
from tests.properties.deeds.deed import Deed

if TYPE_CHECKING:
    from tests.properties.walker import Walk

TALKS = ("connected", "held")


def _target(walk: "Walk") -> Target:
    chance = walk.random.random()
    if chance < 0.6:
        return Target(kind=TargetKind.AGENT, agent_id=walk.agent_who("ready", "not_ready", "wrap_up"))
    if chance < 0.8:
        return Target(kind=TargetKind.QUEUE, queue_id=walk.manned_queue())
    return Target(kind=TargetKind.OUTSIDE, party_id=walk.random.randrange(1, 5))


def _talk(walk: "Walk", *, is_asking: bool = False) -> int:
    """A talk with a customer; mostly one about which nobody is asked."""
    if walk.random.random() < 0.08:
        return walk.busy_with(*TALKS)
    return walk.one_of(
        [
            one.interaction_id
            for one in walk.state.interactions.values()
            if one.phase.value in TALKS
            and one.direction is not Direction.INTERNAL
            and one.channel is Channel.VOICE
            and (is_asking or one.ties is None or not one.ties.consult_id)
        ]
    )


def _consulting(walk: "Walk", *, is_answered: bool = False) -> int:
    """An interaction about which somebody is asked, or has answered."""
    state = walk.state
    found = [
        one.interaction_id
        for one in state.interactions.values()
        if one.ties is not None
        and one.ties.consult_id
        and (not is_answered or state.interactions[one.ties.consult_id].phase.value in TALKS)
    ]
    return walk.interaction() if walk.random.random() < 0.05 else walk.one_of(found)


def _shared(walk: "Walk") -> tuple[int, int, int]:
    """An interaction with participants, one of them, and his agent (0 outside)."""
    found = [
        (one.interaction_id, part.participant_id, part.agent_id)
        for one in walk.state.interactions.values()
        if one.ties is not None
        for part in one.ties.participants.values()
    ]
    if walk.random.random() < 0.05:
        return walk.interaction(), walk.interaction(), walk.agent()
    return found[walk.random.randrange(len(found))] if found else walk.one_of([])


def answer_colleague(walk: "Walk") -> AcdCommand:
    """Whoever is called by a colleague answers, and is heard."""
    calls = [one for one in walk.state.interactions.values() if one.direction is Direction.INTERNAL]
    offered = [one.offer_id for one in calls if one.phase.value == "offered"]
    if offered and walk.random.random() < 0.5:
        return commands.AcceptOffer(
            at=walk.now, offer_id=walk.one_of(offered), is_connected=walk.random.random() < 0.3
        )
    heard = [one.interaction_id for one in calls if one.phase.value in ("connecting", "dialing")]
    return commands.ConfirmConnection(at=walk.now, interaction_id=walk.one_of(heard))


def transfer(walk: "Walk") -> AcdCommand:
    one = _talk(walk, is_asking=True)
    return commands.TransferInteraction(
        at=walk.now, interaction_id=one, agent_id=walk.owner(one), target=_target(walk)
    )


def consult(walk: "Walk") -> AcdCommand:
    one = _talk(walk)
    return commands.StartConsult(
        at=walk.now,
        interaction_id=one,
        agent_id=walk.owner(one),
        consult_id=walk.new_interaction(),
        target=_target(walk),
    )


def swap(walk: "Walk") -> AcdCommand:
    one = _consulting(walk, is_answered=walk.random.random() < 0.8)
    return commands.SwapConsult(at=walk.now, interaction_id=one, agent_id=walk.owner(one))


def complete(walk: "Walk") -> AcdCommand:
    one = _consulting(walk, is_answered=walk.random.random() < 0.8)
    return commands.CompleteTransfer(at=walk.now, interaction_id=one, agent_id=walk.owner(one))


def cancel(walk: "Walk") -> AcdCommand:
    one = _consulting(walk)
    return commands.CancelConsult(at=walk.now, interaction_id=one, agent_id=walk.owner(one))


def finish_consulting(walk: "Walk") -> AcdCommand:
    one = _consulting(walk)
    return commands.FinishTalk(at=walk.now, interaction_id=one, agent_id=walk.owner(one))


def lose_leg_consulting(walk: "Walk") -> AcdCommand:
    return commands.NoteAgentLegLost(at=walk.now, interaction_id=_consulting(walk))


def confer(walk: "Walk") -> AcdCommand:
    one = _consulting(walk, is_answered=walk.random.random() < 0.8)
    return commands.StartConference(at=walk.now, interaction_id=one, agent_id=walk.owner(one))


def leave_conference(walk: "Walk") -> AcdCommand:
    one, _, agent_id = _shared(walk)
    who = agent_id or walk.owner(one)
    if walk.random.random() < 0.4:
        who = walk.owner(one)
    return commands.LeaveConference(at=walk.now, interaction_id=one, agent_id=who)


def remove(walk: "Walk") -> AcdCommand:
    one, participant_id, _ = _shared(walk)
    return commands.RemoveParticipant(
        at=walk.now, interaction_id=one, agent_id=walk.owner(one), participant_id=participant_id
    )


def party_leaves(walk: "Walk") -> AcdCommand:
    outside = [
        (one.interaction_id, 0)
        for one in walk.state.interactions.values()
        if one.ties is not None and (one.ties.is_outside or one.ties.outsiders() or one.ties.transfer)
    ]
    one, participant_id = walk.random.choice(outside) if outside else walk.one_of([])
    if walk.random.random() < 0.2:
        one, participant_id, _ = _shared(walk)
    return commands.NotePartyLeft(at=walk.now, interaction_id=one, participant_id=participant_id)


def participant_loses_leg(walk: "Walk") -> AcdCommand:
    one, _, agent_id = _shared(walk)
    return commands.NoteAgentLegLost(at=walk.now, interaction_id=one, agent_id=agent_id)


def participant_finishes(walk: "Walk") -> AcdCommand:
    one, _, agent_id = _shared(walk)
    return commands.FinishTalk(at=walk.now, interaction_id=one, agent_id=agent_id or walk.owner(one))


def assign(walk: "Walk") -> AcdCommand:
    return commands.AssignInteraction(
        at=walk.now,
        interaction_id=walk.busy_with("waiting", "offered"),
        agent_id=walk.agent_who("ready", "not_ready", "wrap_up"),
    )


def pull(walk: "Walk") -> AcdCommand:
    return commands.PullInteraction(
        at=walk.now,
        interaction_id=walk.busy_with("offered", "connected", "held", "reconnecting", "waiting", "outside"),
        agent_id=walk.random.choice([0, walk.agent()]),
    )


def take_over(walk: "Walk") -> AcdCommand:
    return commands.TakeOverInteraction(
        at=walk.now,
        interaction_id=walk.busy_with("connected", "held", "reconnecting"),
        agent_id=walk.agent_who("ready", "not_ready", "wrap_up"),
    )


def call_colleague(walk: "Walk") -> AcdCommand:
    return commands.StartInternalCall(
        at=walk.now,
        agent_id=walk.agent_who("ready", "not_ready", "wrap_up"),
        interaction_id=walk.new_interaction(),
        target_id=walk.agent_who("ready", "not_ready", "wrap_up"),
    )


DEEDS = (
    Deed(6, answer_colleague),
    Deed(1.5, transfer),
    Deed(6, consult),
    Deed(1.5, swap),
    Deed(4, complete),
    Deed(0.4, cancel),
    Deed(0.5, finish_consulting),
    Deed(0.5, lose_leg_consulting),
    Deed(4, confer),
    Deed(2, leave_conference),
    Deed(1, remove),
    Deed(0.7, party_leaves),
    Deed(0.3, participant_loses_leg),
    Deed(0.5, participant_finishes),
    Deed(0.8, assign),
    Deed(0.6, pull),
    Deed(0.4, take_over),
    Deed(1, call_colleague),
)
