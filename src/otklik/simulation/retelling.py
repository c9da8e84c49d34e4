"""A journal told to the twin: its inputs are asked again, its decisions must come out again, byte for byte.

The journal holds what happened, not what was asked. But most events are their own question (a customer who
arrived was registered), and the first event of a batch names it: from that event, and from what the twin
knows at this moment, the command follows. Everything else (offers and their why, what ends by itself, ids,
places, what an agent is afterwards) the twin must decide by itself, at the same moment, in the same words.

So a journal that was recorded with real telephones proves that the twin is the centre: `Retelling.tell` gives
the first difference, or nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from otklik.acd import commands as ask
from otklik.acd import events as facts
from otklik.acd.commands import AcdCommand
from otklik.acd.engine import LONG_SLEEP, Engine
from otklik.acd.events import AcdEvent
from otklik.acd.model import Availability, EndedBy, NotReadyCause, ReleaseCause, WithdrawalCause
from otklik.acd.state import NO_REASON
from otklik.vocabulary.refusals import Refused

_encoder = msgspec.json.Encoder(order="deterministic")
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
            told = journal[place]
            due = self.engine.next_deadline()
            expected = self._by_itself(journal, place, due if due is not None and due <= told.at else None)
            if expected:
                place += expected
                self.decided += expected
                continue
            made, command, refused = self._asked(journal[place:])
            difference = _first_difference(journal, place, made)
            if difference is not None or not made:
                other = difference or Difference(place, told, None)
                return Difference(place, told, other.twin, command, refused)
            place += len(made)
            self.commands += 1
        return None

    def _by_itself(self, journal: Sequence[AcdEvent], place: int, due: datetime | None) -> int:
        """How many of the next events time alone brings. It is tried on a copy: a command of the same moment
        may have been first, and after a long sleep offers are made in the present only."""
        moments: list[tuple[datetime, datetime | None]] = []
        if due is not None:
            moments = [(due, None), (due, due + LONG_SLEEP + timedelta(seconds=1))]
        if isinstance(journal[place], facts.OfferMade):
            moments.append((journal[place].at, None))
        for at, now in moments:
            copy = Engine.from_snapshot(self.engine.snapshot())
            made = copy.advance(at, now=now)
            if made and _first_difference(journal, place, made) is None:
                self.engine.advance(at, now=now)
                return len(made)
        return 0

    def _asked(self, batch: Batch) -> tuple[list[AcdEvent], AcdCommand | None, str]:
        command = self._command(batch)
        if command is None:
            return [], None, ""
        try:
            return self.engine.handle(command), command, ""
        except Refused as refused:
            return [], command, refused.code

    def _command(self, batch: Batch) -> AcdCommand | None:
        """What was asked: the first event says it, or the one that it prepares (a guard that is lifted
        because the agent becomes ready)."""
        for place, event in enumerate(batch):
            if event.at != batch[0].at:
                break
            make = COMMANDS.get(type(event))
            if make is not None:
                return make(self.engine, batch[place:])
        return None


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


def _end(engine: Engine, ended: Any) -> AcdCommand:
    """Who ended it says by which command; the reason is the twin's to find where it is the engine's."""
    interaction = engine.interaction(ended.interaction_id)
    if ended.by is EndedBy.CUSTOMER:
        return ask.NoteCustomerLeft(
            at=ended.at, interaction_id=ended.interaction_id, is_estimated=ended.is_estimated
        )
    if ended.by is EndedBy.AGENT and interaction is not None:
        return ask.FinishTalk(at=ended.at, agent_id=interaction.agent_id, interaction_id=ended.interaction_id)
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
