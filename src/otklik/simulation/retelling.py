"""A journal told to the twin: its inputs are asked again, its decisions must come out again, byte for byte.

The journal holds what happened, not what was asked. But most events are their own question (a customer who
arrived was registered), and the first event of a batch names it: from that event, and from what the twin
knows at this moment, the command follows. Everything else (offers and their why, what ends by itself, ids,
places, what an agent is afterwards) the twin must decide by itself, at the same moment, in the same words.

So a journal that was recorded with real telephones proves that the twin is the centre: `Retelling.tell` gives
the first difference, or nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from otklik.acd import commands as ask
from otklik.acd import events as facts
from otklik.acd.commands import AcdCommand
from otklik.acd.deadlines import fall_due, is_due_still
from otklik.acd.decide import decide
from otklik.acd.engine import LONG_SLEEP, Engine
from otklik.acd.events import AcdEvent
from otklik.acd.model import (
    Availability,
    EndedBy,
    EndReason,
    NotReadyCause,
    ReleaseCause,
    Target,
    TargetKind,
    WithdrawalCause,
)
from otklik.acd.state import NO_INTERACTION, NO_REASON
from otklik.vocabulary.refusals import Refused

_encoder = msgspec.json.Encoder(order="deterministic")
_LONGEST = 64
"""Events of one batch that are looked at for what was asked."""
Batch = Sequence[AcdEvent]
"""What is still to be told, from the event that nobody but a command explains."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where twin and journal part. index: place in the journal; told: what the journal says; twin: what the
    twin decided instead (nothing when it expected no event, or has refused)."""

    index: int
    told: AcdEvent | None
    twin: AcdEvent | None
    asked: AcdCommand | None = None
    refused: str = ""


_WORDS = (facts.OfferMade, facts.AgentGuarded, facts.AgentGuardLifted, facts.PreferredAgentReleased)
"""What routing says when it looks at who waits and who is free; in the present only."""


class Retelling:
    """Tells journals to a twin. commands, decided: how many commands were asked, how many events came without
    one.

    engine: one that knows all that happened before; a new one by default.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine()
        self.commands = 0
        self.decided = 0

    def tell(self, journal: Sequence[AcdEvent]) -> Difference | None:
        """The first difference, None when the twin has decided all of it alike."""
        place = 0
        while place < len(journal):
            made = self._by_itself(journal, place)
            if made:
                difference = _first_difference(journal, place, made)
                count = len(made)
                self.decided += count
            else:
                count, difference = self._asked(journal, place)
                self.commands += 1
            if difference is not None:
                return difference
            place += count
        return None

    def _by_itself(self, journal: Sequence[AcdEvent], place: int) -> list[AcdEvent]:
        """What time alone brings, if it brings the next event: a command of the same moment may have been
        first."""
        told, state = journal[place], self.engine.state
        due = self.engine.next_deadline()
        if due is None or due > told.at:
            return self.engine.advance(told.at) if isinstance(told, _WORDS) else []
        if state.next_slot is not None and state.next_slot <= due:
            is_present = is_past = isinstance(told, facts.SlotStarted)
        else:
            is_present, is_past = (self._falls_due(journal, place, is_past=late) for late in (False, True))
        if not (is_present or is_past):
            return []
        # After a long sleep what follows (offers, words about agents) was left to the present.
        follows = any(
            isinstance(one, _WORDS) for one in journal[place : place + _LONGEST] if one.at == told.at
        )
        is_past = is_past and not (is_present and follows)
        return self.engine.advance(due, now=due + 2 * LONG_SLEEP if is_past else None)

    def _falls_due(self, journal: Sequence[AcdEvent], place: int, *, is_past: bool) -> bool:
        """Whether the next events are those of the next deadline."""
        state = self.engine.state
        entry = state.deadlines.next(lambda deadline: is_due_still(state, deadline))
        if entry is None:
            return False
        at = entry[0] if state.at is None else max(entry[0], state.at)
        step = self._without_trace(lambda: fall_due(state, entry, at, is_past=is_past))
        return _first_difference(journal, place, step) is None

    def _asked(self, journal: Sequence[AcdEvent], place: int) -> tuple[int, Difference | None]:
        """How many events come of the command that explains the next one. Where people moved a talk, several
        commands may have been it: the one that explains most was it."""
        told = journal[place]
        batch = [one for one in journal[place : place + _LONGEST] if one.at == told.at]
        best: tuple[int, AcdCommand | None] = (0, None)
        difference: Difference | None = None
        for command in self._candidates(batch):
            made, refused = self._would_say(command)
            found = _first_difference(journal, place, made)
            if found is None and len(made) > best[0]:
                best = (len(made), command)
            elif difference is None:
                twin = None if found is None else found.twin
                difference = Difference(place, told, twin, command, refused)
        if best[1] is None:
            return 0, difference or Difference(place, told, None)
        made = self.engine.handle(best[1])
        return len(made), _first_difference(journal, place, made)

    def _would_say(self, command: AcdCommand) -> tuple[list[AcdEvent], str]:
        """The events of a command but for the offers that follow, or the code of the refusal; the engine
        stays as it is."""
        state = self.engine.state
        at = command.at if state.at is None else max(command.at, state.at)
        try:
            return self._without_trace(lambda: decide(state, command, at)), ""
        except Refused as refused:
            return [], refused.code

    def _without_trace(self, decided: Callable[[], list[AcdEvent]]) -> list[AcdEvent]:
        """Deciding reads state only, but for the ids that it mints: they are given back."""
        state = self.engine.state
        kept = copy(state.minter)
        try:
            return decided()
        finally:
            state.minter = kept

    def _candidates(self, batch: Batch) -> Iterator[AcdCommand]:
        """What may have been asked: first what the first event says, or the one that it prepares (a guard
        that is lifted because the agent becomes ready)."""
        for place, event in enumerate(batch):
            make = COMMANDS.get(type(event))
            command = None if make is None else make(self.engine, batch[place:])
            if command is not None:
                yield command
                break
        if any(_is_move(self.engine, event) for event in batch):
            yield from moves(self.engine, batch)


def _first_difference(journal: Sequence[AcdEvent], place: int, made: list[AcdEvent]) -> Difference | None:
    for index, twin in enumerate(made, start=place):
        told = journal[index] if index < len(journal) else None
        if told is None:
            return None  # the journal ends in the middle of what follows
        if _words_of(told) != _words_of(twin):
            return Difference(index, told, twin)
    return None


def _words_of(event: AcdEvent) -> bytes:
    """An event as bytes, keys in order: the database keeps none."""
    return _encoder.encode(msgspec.json.decode(msgspec.json.encode(event)))


# --- the question behind an event


def _follower(batch: Batch, kind: type[AcdEvent]) -> Any:
    """The first event of a kind in the same millisecond."""
    return next((one for one in batch if one.at == batch[0].at and type(one) is kind), None)


def _ready(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    return ask.MakeAgentReady(at=event.at, agent_id=event.agent_id)


def _not_ready(engine: Engine, batch: Batch) -> AcdCommand | None:
    event: Any = batch[0]
    if event.cause is not NotReadyCause.CHOSEN:
        return None
    return ask.MakeAgentNotReady(
        at=event.at, agent_id=event.agent_id, reason_id=event.reason_id, permitted=True
    )


def _intent(engine: Engine, batch: Batch) -> AcdCommand | None:
    """A wish; an empty one takes the last back by wishing what he is already."""
    event: Any = batch[0]
    agent = engine.agent(event.agent_id)
    is_ready = agent is not None and agent.availability is Availability.READY
    if event.intent == "signed_out":
        return ask.SignOutAgent(at=event.at, agent_id=event.agent_id, forced=True)
    if event.intent == "ready" or (not event.intent and is_ready):
        return ask.MakeAgentReady(at=event.at, agent_id=event.agent_id)
    reason_id = event.reason_id if event.intent else (agent.reason_id if agent is not None else NO_REASON)
    return ask.MakeAgentNotReady(at=event.at, agent_id=event.agent_id, reason_id=reason_id, permitted=True)


def _signed_out(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    removed = _follower(batch, facts.AgentRemoved)
    if removed is not None and removed.agent_id == event.agent_id:
        return ask.RemoveAgent(at=event.at, agent_id=event.agent_id)
    return ask.SignOutAgent(at=event.at, agent_id=event.agent_id, forced=event.forced)


def _queued(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    released = _follower(batch, facts.PreferredAgentReleased)
    preferred, wait, cause = event.preferred_agent_id, None, event.preferred_cause
    if preferred:
        wait = event.preferred_until - event.at
    elif released is not None and released.interaction_id == event.interaction_id:
        preferred = released.agent_id
        wait = timedelta() if released.cause is ReleaseCause.TIMEOUT else None
    return ask.EnqueueInteraction(
        at=event.at,
        interaction_id=event.interaction_id,
        queue_id=event.queue_id,
        priority=event.priority - sum(boost.amount for boost in event.boosts),
        requirements=event.requirements,
        boosts=event.boosts,
        preferred_agent_id=preferred,
        preferred_for=wait,
        preferred_cause=cause,
    )


def _prioritized(engine: Engine, batch: Batch) -> AcdCommand | None:
    """The cause is the one whose boost has changed."""
    event: Any = batch[0]
    interaction = engine.interaction(event.interaction_id)
    if interaction is None:
        return None
    before = {boost.cause: boost.amount for boost in interaction.boosts}
    now = {boost.cause: boost.amount for boost in event.boosts}
    changed = next(cause for cause in [*now, *before] if before.get(cause, 0) != now.get(cause, 0))
    return ask.PrioritizeInteraction(
        at=event.at, interaction_id=event.interaction_id, priority=event.priority, cause=changed
    )


def _withdrawn(engine: Engine, batch: Batch) -> AcdCommand | None:
    event: Any = batch[0]
    if event.cause is WithdrawalCause.DEVICE_FAILED:
        return ask.FailOffer(at=event.at, offer_id=event.offer_id)
    ended = _follower(batch, facts.InteractionEnded)
    return None if ended is None else _end(engine, ended)


def _ended(engine: Engine, batch: Batch) -> AcdCommand:
    return _end(engine, batch[0])


_LEAVING = frozenset(
    {
        EndReason.ANSWERED,
        EndReason.ABANDONED,
        EndReason.SHORT_ABANDONED,
        EndReason.CANCELLED,
        EndReason.NO_ANSWER,
    }
)
"""Reasons that the engine finds by itself when somebody hangs up; others were given to it."""


def _end(engine: Engine, ended: Any) -> AcdCommand:
    """Who ended it says by which command; the reason is the twin's to find where it is the engine's."""
    interaction = engine.interaction(ended.interaction_id)
    if ended.by is EndedBy.CUSTOMER and ended.reason in _LEAVING:
        return ask.NoteCustomerLeft(
            at=ended.at, interaction_id=ended.interaction_id, is_estimated=ended.is_estimated
        )
    if ended.by is EndedBy.AGENT and ended.reason in _LEAVING and interaction is not None:
        return ask.FinishTalk(at=ended.at, agent_id=interaction.agent_id, interaction_id=ended.interaction_id)
    return _end_as_told(ended)


def _end_as_told(ended: facts.InteractionEnded) -> AcdCommand:
    return ask.EndInteraction(
        at=ended.at,
        interaction_id=ended.interaction_id,
        reason=ended.reason,
        by=ended.by,
        is_estimated=ended.is_estimated,
    )


def _not_connected(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    then = _follower(batch, facts.AgentMadeNotReady)
    if then is not None and then.cause is NotReadyCause.DECLINED_OFFER:
        return ask.FinishTalk(at=event.at, agent_id=event.agent_id, interaction_id=event.interaction_id)
    return ask.NoteAgentLegLost(at=event.at, interaction_id=event.interaction_id)


def _handed_over(engine: Engine, batch: Batch) -> AcdCommand | None:
    """Back to a queue; on to somebody else is a move."""
    event: Any = batch[0]
    queued = _follower(batch, facts.InteractionQueued)
    if queued is None:
        return None
    return ask.RequeueInteraction(
        at=event.at, interaction_id=event.interaction_id, queue_id=queued.queue_id, ahead=queued.ahead
    )


def _wrap_up_ended(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    dials = _follower(batch, facts.ManualInteractionStarted)
    if dials is not None and dials.agent_id == event.agent_id:
        return _dials(engine, [dials])
    return ask.FinishWrapUp(at=event.at, agent_id=event.agent_id)


def _wrap_up_extended(engine: Engine, batch: Batch) -> AcdCommand | None:
    event: Any = batch[0]
    agent = engine.agent(event.agent_id)
    if agent is None or agent.assignment is None or agent.assignment.deadline is None:
        return None
    extension = event.deadline - agent.assignment.deadline
    return ask.ExtendWrapUp(at=event.at, agent_id=event.agent_id, extension=extension)


def _dials(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    return ask.StartManualInteraction(
        at=event.at,
        agent_id=event.agent_id,
        interaction_id=event.interaction_id,
        party_id=event.party_id,
        queue_id=event.queue_id,
        project_id=event.project_id,
        callback_of=event.callback_of,
    )


def _is_move(engine: Engine, event: AcdEvent) -> bool:
    """Whether more than two people may have to do with it."""
    if isinstance(event, facts.OfferMade):
        return event.is_named
    if isinstance(event, facts.OfferWithdrawn) and event.cause is WithdrawalCause.SUPERSEDED:
        return True
    interaction = engine.interaction(getattr(event, "interaction_id", NO_INTERACTION))
    return type(event) in MOVES or (interaction is not None and interaction.ties is not None)


def moves(engine: Engine, batch: Batch) -> Iterator[AcdCommand]:
    """Everything that people may have asked to move a talk, about whomever the events name: few of these fit,
    and only one says the same words."""
    at, seen = batch[0].at, _Seen(engine, batch)
    for one in seen.interactions:
        for agent_id in seen.agents:
            about: dict[str, Any] = {"at": at, "agent_id": agent_id, "interaction_id": one}
            for command in (
                ask.SwapConsult,
                ask.CompleteTransfer,
                ask.CancelConsult,
                ask.StartConference,
                ask.LeaveConference,
                ask.FinishTalk,
                ask.AssignInteraction,
                ask.PullInteraction,
                ask.NoteAgentLegLost,
                ask.HoldInteraction,
                ask.ResumeInteraction,
            ):
                yield command(**about)
            for target in seen.targets:
                yield ask.TransferInteraction(**about, target=target)
                for consult_id in seen.interactions:
                    yield ask.StartConsult(**about, consult_id=consult_id, target=target)
                yield ask.StartInternalCall(**about, target_id=target.agent_id)
            for other in seen.interactions:
                yield ask.RemoveParticipant(**about, participant_id=other)
        for other in (NO_INTERACTION, *seen.interactions):
            yield ask.NotePartyLeft(at=at, interaction_id=one, participant_id=other)
        yield ask.NoteAgentLegLost(at=at, interaction_id=one)
        yield ask.NoteAgentLegRestored(at=at, interaction_id=one)
        yield ask.ConfirmConnection(at=at, interaction_id=one)
        yield ask.PullInteraction(at=at, interaction_id=one)
        yield ask.NoteCustomerLeft(at=at, interaction_id=one)
        yield ask.NoteCustomerLeft(at=at, interaction_id=one, is_estimated=True)
        yield from (
            ask.FailManualInteraction(at=at, interaction_id=one, reason=reason) for reason in EndReason
        )
        for target in seen.targets:
            yield ask.RequeueInteraction(at=at, interaction_id=one, queue_id=target.queue_id)
            yield ask.RequeueInteraction(at=at, interaction_id=one, queue_id=target.queue_id, ahead=True)
    yield from (_end_as_told(event) for event in batch if isinstance(event, facts.InteractionEnded))
    for offer_id in seen.offers:
        yield ask.AcceptOffer(at=at, offer_id=offer_id)
        yield ask.DeclineOffer(at=at, offer_id=offer_id)
        yield ask.FailOffer(at=at, offer_id=offer_id)


class _Seen:
    """Whom the events of a batch name, and who has to do with them."""

    def __init__(self, engine: Engine, batch: Batch) -> None:
        self.agents = _named(batch, "agent_id", "from_agent_id", "caller_id")
        self.interactions = _named(batch, "interaction_id", "consult_of", "consult_id", "participant_id")
        self.offers = _named(batch, "offer_id")
        self.targets = [event.target for event in batch if hasattr(event, "target")]
        for interaction_id in list(self.interactions):
            interaction = engine.interaction(interaction_id)
            if interaction is not None and interaction.ties is not None and interaction.ties.consult_of:
                self.interactions.setdefault(interaction.ties.consult_of)
        for agent in engine.state.agents.values():
            if agent.assignment is not None and agent.assignment.interaction_id in self.interactions:
                self.agents.setdefault(agent.agent_id)
        for event in batch:
            if isinstance(event, facts.InteractionQueued):
                self.targets.append(Target(kind=TargetKind.QUEUE, queue_id=event.queue_id))


def _named(batch: Batch, *fields: str) -> dict[Any, None]:
    """Ids in these fields, in the order in which they come."""
    return {number: None for event in batch for field in fields if (number := getattr(event, field, 0))}


def _same(command: type[Any], *fields: str, **given: Any) -> Callable[[Engine, Batch], AcdCommand]:
    """The command that has the event's own fields of these names."""

    def make(engine: Engine, batch: Batch) -> AcdCommand:
        event = batch[0]
        made: AcdCommand = command(at=event.at, **{name: getattr(event, name) for name in fields}, **given)
        return made

    return make


def _in_flow(engine: Engine, batch: Batch) -> AcdCommand:
    event: Any = batch[0]
    return ask.EnterFlow(at=event.at, interaction_id=event.interaction_id, limit=event.deadline - event.at)


COMMANDS: dict[type[AcdEvent], Callable[[Engine, Batch], AcdCommand | None]] = {
    facts.SiteConfigured: _same(ask.ConfigureSite, "site"),
    facts.QueueConfigured: _same(ask.ConfigureQueue, "queue"),
    facts.QueueRemoved: _same(ask.RemoveQueue, "queue_id"),
    facts.AgentConfigured: _same(ask.ConfigureAgent, "agent"),
    facts.AgentRemoved: _same(ask.RemoveAgent, "agent_id"),
    facts.ReasonConfigured: _same(ask.ConfigureReason, "reason"),
    facts.ReasonRemoved: _same(ask.RemoveReason, "reason_id"),
    facts.AgentSignedIn: _same(ask.SignInAgent, "agent_id"),
    facts.AgentSignedOut: _signed_out,
    facts.AgentMadeReady: _ready,
    facts.AgentMadeNotReady: _not_ready,
    facts.AgentIntentSet: _intent,
    facts.DeviceReached: _same(ask.NoteDevice, "agent_id", is_reachable=True),
    facts.DeviceLost: _same(ask.NoteDevice, "agent_id", is_reachable=False),
    facts.InteractionArrived: _same(
        ask.RegisterInteraction, "interaction_id", "channel", "party_id", "number_id", "project_id"
    ),
    facts.FlowEntered: _in_flow,
    facts.InteractionQueued: _queued,
    facts.InteractionPrioritized: _prioritized,
    facts.OfferAccepted: _same(ask.AcceptOffer, "offer_id"),
    facts.OfferDeclined: _same(ask.DeclineOffer, "offer_id"),
    facts.OfferWithdrawn: _withdrawn,
    facts.InteractionConnected: _same(ask.ConfirmConnection, "interaction_id"),
    facts.InteractionHeld: _same(ask.HoldInteraction, "agent_id", "interaction_id"),
    facts.InteractionResumed: _same(ask.ResumeInteraction, "agent_id", "interaction_id"),
    facts.ReconnectionStarted: _same(ask.NoteAgentLegLost, "interaction_id"),
    facts.ReconnectionSucceeded: _same(ask.NoteAgentLegRestored, "interaction_id"),
    facts.ConnectionFailed: _not_connected,
    facts.SegmentHandedOver: _handed_over,
    facts.InteractionEnded: _ended,
    facts.WrapUpEnded: _wrap_up_ended,
    facts.WrapUpExtended: _wrap_up_extended,
    facts.ManualInteractionStarted: _dials,
}
"""By the first event of a batch: what was asked."""

MOVES: frozenset[type[AcdEvent]] = frozenset(
    {
        facts.SegmentHandedOver,
        facts.TransferStarted,
        facts.TransferFailed,
        facts.TransferCompleted,
        facts.ConsultStarted,
        facts.DialingStarted,
        facts.InteractionForwarded,
        facts.InternalCallStarted,
        facts.ParticipantJoined,
        facts.ParticipantMoved,
        facts.ParticipantLeft,
    }
)
"""Where one of these is in a batch, people moved a talk: `moves` says what they may have asked."""

BY_ITSELF: frozenset[type[AcdEvent]] = frozenset(
    {
        facts.RequirementsRelaxed,
        facts.PreferredAgentReleased,
        facts.OfferMade,
        facts.OfferExpired,
        facts.ReconnectionFailed,
        facts.WrapUpStarted,
        facts.SlotStarted,
        facts.DayStarted,
        facts.AgentGuarded,
        facts.AgentGuardLifted,
    }
)
"""Events that nobody asks for: they follow from another, or come with time."""
