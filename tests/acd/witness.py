"""Watches an engine from outside and believes nothing: every event is applied to a second state, one by
one, and looked at against the tables, against folds that know events only, and against slow choices made by
brute force."""

from collections import Counter
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from otklik.acd import events as facts
from otklik.acd.apply import apply
from otklik.acd.commands import (
    AcdCommand,
    ForwardInteraction,
    MakeAgentNotReady,
    MakeAgentReady,
    NoteCustomerLeft,
    RemoveQueue,
    ResumeInteraction,
    SignOutAgent,
    StartConsult,
    StartInternalCall,
    TransferInteraction,
)
from otklik.acd.engine import LONG_SLEEP, Engine
from otklik.acd.events import AcdEvent
from otklik.acd.invariants import check, check_overdue
from otklik.acd.model import AgentState, AssignmentPhase, Channel, Direction, Phase, SiteRules
from otklik.acd.refusals import TARGET_NOT_FREE
from otklik.acd.snapshot import encode
from otklik.acd.state import Agent, Interaction, Queue, State
from otklik.acd.transitions import ASSIGNMENT, AVAILABILITY, ENDS_OF_ASSIGNMENT, INTERACTION
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import slot_of

SNAPSHOT_EVERY = 40
ABOUT_ANOTHER = (ResumeInteraction, StartConsult, StartInternalCall, TransferInteraction, RemoveQueue)
"""Commands with a target: their refusals may name that instead of who asks."""

ENDS_AN_OFFER = (facts.OfferAccepted, facts.OfferDeclined, facts.OfferExpired, facts.OfferWithdrawn)
ENDS_A_PART = (
    facts.OfferDeclined,
    facts.OfferExpired,
    facts.OfferWithdrawn,
    facts.ConnectionFailed,
    facts.ReconnectionFailed,
    facts.CallbackAttemptFailed,
    facts.WrapUpEnded,
)
ENDS_AN_UNANSWERED = (
    facts.OfferDeclined,
    facts.OfferExpired,
    facts.OfferWithdrawn,
    facts.ConnectionFailed,
)
PHASES = {
    AssignmentPhase.CONNECTING: AgentState.CONNECTING,
    AssignmentPhase.CONNECTED: AgentState.CONNECTED,
    AssignmentPhase.HELD: AgentState.HELD,
}
RULES_ABOUT_AGENTS = (
    "signed_in",
    "eligible_by_skill",
    "mode",
    "ready",
    "device_reachable",
    "has_capacity",
    "rested",
    "reserved",
    "cool_down",
)
"""In the order in which a why names them; the strategy of the queue comes last."""
ENDS_A_TALK = (facts.InteractionEnded, facts.SegmentHandedOver, facts.ParticipantLeft)
STATES_AFTER = {
    facts.AgentSignedIn: AgentState.NOT_READY,
    facts.AgentMadeNotReady: AgentState.NOT_READY,
    facts.AgentMadeReady: AgentState.READY,
    facts.AgentSignedOut: AgentState.SIGNED_OUT,
    facts.OfferMade: AgentState.OFFERED,
    facts.OfferAccepted: AgentState.CONNECTING,
    facts.ManualInteractionStarted: AgentState.CONNECTING,
    facts.CallbackDialed: AgentState.CONNECTING,
    facts.InteractionConnected: AgentState.CONNECTED,
    facts.InteractionResumed: AgentState.CONNECTED,
    facts.ReconnectionSucceeded: AgentState.CONNECTED,
    facts.InteractionHeld: AgentState.HELD,
    facts.ReconnectionStarted: AgentState.RECONNECTING,
    facts.WrapUpStarted: AgentState.WRAP_UP,
    facts.InternalCallStarted: AgentState.CONNECTING,
    facts.TransferCompleted: AgentState.CONNECTED,
    facts.ParticipantJoined: AgentState.CONNECTED,
}
"""What an agent is after an event that names him, for one who sees nothing but events."""


@dataclass(slots=True)
class _Wish:
    """What an agent is apart from his assignments, and what he wants after the present one."""

    is_ready: bool = False
    reason_id: int = 0
    intent: str = ""
    intent_reason_id: int = 0


class Witness:
    """Drives an engine and checks all that it says.

    journal: every event so far. full_every: after how many steps everything is checked from scratch.
    """

    def __init__(
        self, engine: Engine | None = None, *, full_every: int = 1, keeps_journal: bool = True
    ) -> None:
        self.engine = engine or Engine()
        self.journal: list[AcdEvent] = []
        self.steps = 0
        self.seen: Counter[str] = Counter()
        self.cells: Counter[str] = Counter()
        """Events by the phase in which they found an interaction."""
        self._shadow = State()
        self._full_every = full_every
        self._keeps_journal = keeps_journal
        self._states: dict[int, AgentState] = {}
        self._signed_in_at: dict[int, datetime] = {}
        self._state_since: dict[int, datetime] = {}
        self._time_in_states: Counter[int] = Counter()
        self._open_offers: dict[int, int] = {}
        self._alive: set[int] = set()
        self._ended: Counter[str] = Counter()
        self._begun = 0
        self._idle_since: dict[int, datetime] = {}
        self._wishes: dict[int, _Wish] = {}
        self._misses: dict[int, int] = {}
        self._last_slot = 0
        self._last_id = 0
        self._turns: dict[int, int] = {}
        self._is_restored = False
        self._saved: tuple[bytes, int] | None = None
        self._flow_rings = timedelta()

    # --- driving

    def handle(self, command: AcdCommand) -> list[AcdEvent]:
        """The engine's answer; a refusal passes through, having changed nothing."""
        before = self.engine.snapshot() if self._is_full_step() else None
        expected = self._reason_of_leaving(command) if isinstance(command, NoteCustomerLeft) else None
        if isinstance(command, ForwardInteraction):
            self._flow_rings = command.ring_timeout
        events: list[AcdEvent] | None = None
        try:
            events = self.engine.handle(command)
        except Refused as refused:
            self.seen[f"{type(command).__name__} refused {refused.code}"] += 1
            _check_refusal(command, refused)
            raise
        finally:
            if events is None:
                self.steps += 1
                unchanged = before is None or self.engine.snapshot() == before
                assert unchanged, f"{command} was refused and left something behind [I30]"
        self.seen[type(command).__name__] += 1
        if expected is not None:
            reasons = [
                event.reason.value
                for event in events
                if isinstance(event, facts.InteractionEnded)
                and event.interaction_id == command.interaction_id
            ]
            assert reasons == [expected], f"{command} ended {reasons}, not {expected}"
        self.watch(events)
        self._check_wish_heard(command)
        return events

    def catch_up(self, now: datetime) -> None:
        """As a shell with deadlines of its own does: step by step to the present."""
        while (due := self.engine.next_deadline()) is not None and due <= now:
            self.advance(due, now=now)
        self.advance(now)

    def advance(self, at: datetime, *, now: datetime | None = None) -> list[AcdEvent]:
        due = self.engine.next_deadline()
        is_restored = self._is_restored
        self._is_restored = False
        events = self.engine.advance(at, now=now)
        for offer in events:
            if isinstance(offer, facts.OfferMade):
                assert (now or at) - offer.at <= LONG_SLEEP, f"{offer} was made in the past of {now or at}"
        if events and not is_restored and due is not None and due <= at:
            moment = due if self._shadow.at is None else max(due, self._shadow.at)
            assert events[0].at == moment, f"due at {due}, and {events[0]} says another moment"
        self.watch(events)
        if self._is_full_step() and now is None:
            state = self.engine.state
            waiting = state.fresh_lanes or state.fresh_agents or state.changed_agents or state.fresh_own
            assert not waiting, "someone may fit, and nobody has looked"
        if self._is_full_step():
            check_overdue(self.engine.state, at)
        deadline = self.engine.next_deadline()
        assert deadline is not None, "it has been told a time"
        assert deadline > at, f"advanced to {at}, and {deadline} is still to come"
        return events

    def compare_replay(self) -> None:
        """A replay of all events, and a snapshot in between, decide and know the same as the live engine."""
        half = len(self.journal) // 2
        # A batch is written whole or not at all, so no snapshot is ever taken inside one.
        while 0 < half < len(self.journal) and self.journal[half].at == self.journal[half - 1].at:
            half += 1
        replayed = Engine()
        replayed.restore(self.journal[:half])
        second = Engine.from_snapshot(replayed.snapshot())
        replayed.restore(self.journal[half:])
        snapshot = self.engine.snapshot()
        assert replayed.snapshot() == snapshot, "replay differs from the live state [I39]"
        assert Engine.from_snapshot(snapshot).snapshot() == snapshot, (
            "snapshot does not survive the round trip"
        )
        second.restore(self.journal[half:])
        assert second.snapshot() == snapshot, (
            "snapshot and the rest of the journal differ from the live state"
        )
        check(replayed.state)

    def restart(self, *, by_snapshot: bool) -> None:
        """The engine dies here and comes back, by replay of all or of what came after the last snapshot."""
        snapshot, count = self._saved if by_snapshot and self._saved else (None, 0)
        # Never from the present memory: it may be ahead of the journal.
        engine = Engine() if snapshot is None else Engine.from_snapshot(snapshot)
        engine.restore(self.journal[count:])
        assert encode(engine.state) == encode(self._shadow), "what came back is not what had happened"
        self.engine = engine
        self._is_restored = True
        self.seen["restart"] += 1

    def copy(self) -> "Witness":
        """Another one at the same point, which goes its own way: quicker than to come here again."""
        other = Witness(
            Engine.from_snapshot(self.engine.snapshot()), full_every=self._full_every, keeps_journal=False
        )
        for name, value in vars(self).items():
            if isinstance(value, dict | set | list):
                setattr(other, name, copy(value))
        other.steps, other._begun = self.steps, self._begun
        other._last_slot, other._last_id = self._last_slot, self._last_id
        other._wishes = {agent_id: replace(wish) for agent_id, wish in self._wishes.items()}
        other._shadow = Engine.from_snapshot(encode(self._shadow)).state
        return other

    def _reason_of_leaving(self, command: NoteCustomerLeft) -> str | None:
        """How a customer who hangs up now has fared."""
        interaction = self._shadow.interactions.get(command.interaction_id)
        if interaction is None or interaction.callback is not None:
            return None
        phase = interaction.phase.value
        if interaction.direction is Direction.INTERNAL:
            return "answered" if phase in ("connected", "held") else "cancelled"
        if phase == "dialing" and interaction.ties is not None:
            transfer = interaction.ties.transfer
            if transfer is not None and transfer.is_from_flow:
                return "cancelled"  # he was in a flow, which has him called through
            return "abandoned"  # called for a transfer: this customer was answered, and is left alone
        if phase in ("waiting", "offered"):
            at = max(command.at, self._shadow.at or command.at)
            if not interaction.queue_id:
                return "abandoned"
            limit = self._shadow.queues[interaction.queue_id].rules.short_abandon
            return "short_abandoned" if at - interaction.segment_at <= limit else "abandoned"
        fates = {
            "arriving": "cancelled",
            "in_flow": "cancelled",
            "connecting": "abandoned",
            "dialing": "no_answer",
        }
        return fates.get(phase, "answered")

    def _check_wish_heard(self, command: AcdCommand) -> None:
        """The last wish counts: what he is now, or will be after what he is doing."""
        match command:
            case MakeAgentReady():
                wanted = ("ready", 0)
            case MakeAgentNotReady():
                wanted = ("not_ready", command.reason_id)
            case SignOutAgent():
                wanted = ("signed_out", 0)
            case _:
                return
        agent = self._shadow.agents[command.agent_id]
        is_now = (agent.availability.value, agent.reason_id)
        later = (agent.intent, agent.intent_reason_id) if agent.intent else is_now
        assert later == wanted, f"{command}, and he will be {later} [I14]"

    # --- watching

    def _is_full_step(self) -> bool:
        return self.steps % self._full_every == 0

    def watch(self, events: list[AcdEvent]) -> None:
        """What the engine has said: every event is looked at, and the engine against all of them."""
        self._watch_batch(events)
        if self._keeps_journal:
            self.journal += events
        live = self.engine.state
        for agent_id in {getattr(event, "agent_id", 0) for event in events} - {0}:
            known = self._states.get(agent_id, AgentState.SIGNED_OUT)
            assert self.engine.agent_state(agent_id) is known, f"agent {agent_id}: events say {known} [I3]"
        assert len(self._alive) == len(live.interactions), "an interaction came or went without an event"
        assert self._begun == len(self._alive) + sum(self._ended.values()), (
            "conservation of interactions [I8]"
        )
        assert set(self._open_offers) == {
            one.offer_id for one in live.interactions.values() if one.phase is Phase.OFFERED
        }, "an offer that nobody ended"
        if self._is_full_step():
            check(live)
            assert encode(self._shadow) == encode(live), "event by event differs from the live state"
            for agent in live.agents.values():
                if _is_free(agent):
                    idle_since = self._idle_since[agent.agent_id]
                    assert agent.idle_since == idle_since, f"idle since {agent.idle_since}, not {idle_since}"
        self.steps += 1
        if self._keeps_journal and self.steps % SNAPSHOT_EVERY == 0:
            self._saved = (self.engine.snapshot(), len(self.journal))

    def _watch_batch(self, events: list[AcdEvent]) -> None:
        """Every end of an agent's part is followed by exactly one event that says what he is then."""
        for index, event in enumerate(events):
            if isinstance(event, facts.CallbackAttemptFailed) and event.retry_at is None:
                ends = {one.interaction_id for one in events if isinstance(one, facts.InteractionEnded)}
                assert event.interaction_id in ends, f"{event}, and nothing follows [I5]"
            self._check_end(event, events[index + 1] if index + 1 < len(events) else None)
            self._check_event(event)

    def _check_end(self, event: AcdEvent, follower: AcdEvent | None) -> None:
        agent_id = getattr(event, "agent_id", 0)
        if agent_id and self._is_beside_calls(event) and isinstance(event, ENDS_A_PART + ENDS_A_TALK):
            assert isinstance(follower, facts.AssignmentEnded), f"after {event} came {follower} [I7]"
            assert (follower.agent_id, follower.interaction_id) == (agent_id, event.interaction_id)
            return
        if isinstance(event, ENDS_A_PART):
            assert type(follower) in ENDS_OF_ASSIGNMENT, f"after {event} came {follower} [I7]"
            assert follower.agent_id == agent_id
            self._check_afterwards(event, follower)
        elif isinstance(event, ENDS_A_TALK) and agent_id:
            assert isinstance(follower, facts.WrapUpStarted) or type(follower) in ENDS_OF_ASSIGNMENT, (
                f"after {event} came {follower}"
            )
            assert follower.agent_id == agent_id
            if not isinstance(follower, facts.WrapUpStarted):
                self._check_afterwards(event, follower)

    def _is_beside_calls(self, event: AcdEvent) -> bool:
        """Whether it is about a channel of which an agent may have several."""
        interaction = self._shadow.interactions.get(getattr(event, "interaction_id", 0))
        return interaction is not None and interaction.channel is not Channel.VOICE

    def _check_afterwards(self, end: AcdEvent, said: AcdEvent) -> None:
        """Wishes first, then what the end itself makes of him, then what he was: nothing else makes him
        ready."""
        if isinstance(said, facts.AgentMadeNotReady):
            assert said.interaction_id == end.interaction_id, f"{said} names another call than {end}"
        wish = self._wishes.get(said.agent_id, _Wish())
        is_gone = _leaves_not_ready(end)
        if isinstance(end, facts.OfferExpired):
            is_gone = self._after_missed(end, said)
        if isinstance(end, facts.InteractionEnded):
            phase = self._shadow.interactions[end.interaction_id].phase
            is_gone = is_gone if phase in (Phase.CONNECTING, Phase.DIALING) else ()
        shares = isinstance(end, facts.ParticipantLeft)
        if _is_internal(self._shadow, end):
            is_colleague = isinstance(end, facts.InteractionEnded | facts.OfferDeclined)
            declined = isinstance(said, facts.AgentMadeNotReady) and said.cause.value == "declined_offer"
            assert not declined, "who does not want to speak with a colleague stays ready for customers"
            shares = shares or isinstance(end, facts.InteractionEnded | facts.ConnectionFailed)
            is_gone = () if is_colleague or shares else is_gone
        if not wish.is_ready and wish.intent != "ready" and isinstance(end, ENDS_AN_UNANSWERED):
            is_gone = ()  # called by name: he keeps the reason for which he is not ready
        if shares and isinstance(said, facts.AgentMadeNotReady) and said.cause.value == "device_lost":
            return
        match wish.intent:
            case "signed_out":
                assert isinstance(said, facts.AgentSignedOut), f"a forced sign-out became {said}"
            case "not_ready":
                assert isinstance(said, facts.AgentMadeNotReady), f"a wish for a pause became {said}"
                assert (said.reason_id, said.cause.value) == (wish.intent_reason_id, "chosen")
            case _ if is_gone:
                assert isinstance(said, facts.AgentMadeNotReady), f"{end}, and then {said}"
                assert said.cause.value in is_gone, f"{end} because of {said.cause}"
            case intent if intent == "ready" or wish.is_ready:
                agent = self._shadow.agents[said.agent_id]
                is_lost = isinstance(said, facts.AgentMadeNotReady) and said.cause.value == "device_lost"
                assert isinstance(said, facts.AgentMadeReady) or (is_lost and not agent.is_reachable), (
                    f"{said}"
                )
            case _:
                assert isinstance(said, facts.AgentMadeNotReady), f"he was not ready, and {said}"
                assert said.reason_id == wish.reason_id

    def _after_missed(self, end: facts.OfferExpired, said: AcdEvent) -> tuple[str, ...]:
        """Where the queue gives a rest for it, the agent stays ready, but not again and again."""
        queue = self._shadow.queues.get(self._shadow.interactions[end.interaction_id].queue_id)
        misses = self._misses[end.agent_id] = self._misses.get(end.agent_id, 0) + 1
        if queue is None:
            return ("missed_offer",)  # called by name, for no queue
        rules = queue.rules
        if rules.after_missed != "cool_down" or misses >= rules.missed_limit:
            return ("missed_offer",)
        if isinstance(said, facts.AgentMadeReady) and said.rule == "missed_offer":
            assert said.resting_until == end.at + rules.missed_rest
        return ()

    def _check_event(self, event: AcdEvent) -> None:
        shadow = self._shadow
        assert shadow.at is None or event.at >= shadow.at, f"{event} goes back in time"
        assert event.at.microsecond % 1000 == 0, f"{event} is not at a whole millisecond"
        if isinstance(event, facts.OfferMade):
            self._check_offer(event)
            self._check_new_id(event.offer_id)
            limit = shadow.site.transfer_timeout
            if event.why.rules == ("flow",):
                limit = self._flow_rings
            elif not event.is_named:
                limit = shadow.queues[event.queue_id].rules.ring_timeout
            own = shadow.agents[event.agent_id].profile.ring_timeout
            assert event.expires_at - event.at == min(limit, own or limit), "it rings too long or too short"
        elif isinstance(event, facts.InteractionQueued):
            self._check_queueing(event)
        elif isinstance(event, facts.InteractionOverflowed):
            self._check_overflow(event)
        elif isinstance(event, facts.RequirementsRelaxed):
            self._check_relaxation(event)
        kind = type(event)
        interaction_id, agent_id = getattr(event, "interaction_id", 0), getattr(event, "agent_id", 0)
        is_beside = self._is_beside_calls(event) or isinstance(event, facts.AssignmentEnded)
        is_about = is_beside and kind not in ENDS_OF_ASSIGNMENT
        before = _phases(shadow, interaction_id, agent_id, is_beside=is_about)
        apply(shadow, event)
        after = _phases(shadow, interaction_id, agent_id, is_beside=is_about)
        for table, was, is_now in zip((INTERACTION, ASSIGNMENT, AVAILABILITY), before, after, strict=True):
            if table is ASSIGNMENT and not agent_id:
                continue  # a party outside
            if kind in table:
                lawful, expected = table[kind]
                assert was in lawful, (
                    f"{kind.__name__} in {was}, lawful in {sorted(map(str, lawful))} [I12, I22]"
                )
                assert is_now is expected, f"{kind.__name__} made {is_now}, not {expected}"
        if isinstance(event, facts.InteractionPrioritized) and event.position:
            self._check_position(event)
        self._fold(event, agent_id, is_beside=is_beside)
        self.seen[kind.__name__] += 1
        if kind in INTERACTION:
            self.cells[f"{kind.__name__} in {before[0] or 'nothing'}"] += 1

    def _check_position(self, event: facts.InteractionPrioritized) -> None:
        """The place that he has now, counted."""
        interaction = self._shadow.interactions[event.interaction_id]
        order = _order(self._shadow, interaction, event.at)
        before = [
            one
            for one in self._shadow.interactions.values()
            if one.phase is Phase.WAITING
            and one.queue_id == event.queue_id
            and _order(self._shadow, one, event.at) < order
        ]
        assert event.position == len(before) + 1, f"stands at {len(before) + 1}, said {event.position}"

    def _check_new_id(self, identity: int) -> None:
        """Ids of offers and segments come from one counter that only grows."""
        assert identity > self._last_id, f"{identity} was given before, or {self._last_id} too early [I32]"
        self._last_id = identity

    def _check_queueing(self, event: facts.InteractionQueued) -> None:
        """Who comes back keeps what he had: his place, and after a lost phone the head of his queue."""
        before = self._shadow.interactions[event.interaction_id]
        match event.cause.value:
            case "arrived":
                assert not before.segment_id
                assert event.queued_at == event.at
                # Somebody whom a dialer called has answered, and nobody is kept for him any more.
                assert not event.ahead or before.direction is not Direction.INTERNAL
            case "offer_ended":
                assert event.segment_id == before.segment_id, "an offer that ends begins no segment"
                assert (event.queued_at, event.ahead) == (before.queued_at, before.is_ahead), (
                    "lost his place [I15, I17]"
                )
                assert (event.queue_id, event.priority) == (before.queue_id, before.priority)
            case "recovered":
                assert event.segment_id > before.segment_id, "a new stay is a new segment"
                assert event.ahead, "a customer whose agent was lost stands ahead [I18]"
                assert (event.queued_at, event.queue_id) == (before.queued_at, before.queue_id)
            case "transferred":
                assert event.segment_id > before.segment_id, "a new stay is a new segment"
                assert event.queued_at == (before.queued_at if event.ahead else event.at)
            case "overflowed":
                assert event.queued_at in (before.queued_at, event.at)
                assert event.priority == before.priority
            case "escalated" | "migrated":
                assert event.segment_id > before.segment_id, "a new stay is a new segment"
                assert event.queued_at == before.queued_at, "the wait goes along"
            case "callback_due":
                assert before.callback is not None
                assert event.at >= before.callback.due_at, "before its time"
                assert event.segment_id == before.segment_id
                assert event.queued_at == before.queued_at, "lost his place"
            case other:
                raise AssertionError(other)
        if event.segment_id != before.segment_id:
            self._check_new_id(event.segment_id)
        order = _order_of(event, self._shadow)
        others = [
            one
            for one in self._shadow.interactions.values()
            if one.phase is Phase.WAITING and one.interaction_id != event.interaction_id
        ]
        before_it = [
            one
            for one in others
            if one.queue_id == event.queue_id and _order(self._shadow, one, event.at) < order
        ]
        assert event.position == len(before_it) + 1, f"stands at {len(before_it) + 1}, said {event.position}"

        steps = self._shadow.queues[event.queue_id].rules.relaxation
        passed = sum(1 for one in steps if one.after <= event.at - event.queued_at)
        kept = before.step if event.cause.value == "offer_ended" else 0
        assert not event.preferred_agent_id or event.cause.value in ("arrived", "callback_due")
        assert event.step == max(passed, min(kept, len(steps))), f"step {event.step} after {event.queued_at}"

    def _check_overflow(self, event: facts.InteractionOverflowed) -> None:
        """What the rule asks for is so; and no customer overflows who was promised a call."""
        queue = self._shadow.queues[event.queue_id]
        interaction = self._shadow.interactions[event.interaction_id]
        assert interaction.callback is None
        others = [
            one
            for one in self._shadow.interactions.values()
            if one.phase is Phase.WAITING
            and one.queue_id == event.queue_id
            and one.callback is None
            and one is not interaction
        ]
        assert event.waited == event.at - interaction.segment_at
        if event.chosen:
            assert not event.rule, "a customer who chose it leaves by no rule"
            return
        is_full = len(others) >= queue.rules.maximum_waiting
        rule = next(one for one in queue.rules.overflow if one.name == event.rule)
        holds = is_full and not event.waited
        match rule.when.value:
            case "waited":
                holds |= event.waited >= rule.after
            case "length":
                holds |= not event.waited and len(others) >= rule.length
            case "nobody":
                here = [
                    one
                    for one in self._shadow.agents.values()
                    if one.availability.value != "signed_out"
                    and _mode_allows(one, queue, interaction)
                    and _rank(queue, one, interaction, is_bare=True) is not None
                ]
                holds |= not here
        assert holds, f"{event} without its condition"

    def _check_relaxation(self, event: facts.RequirementsRelaxed) -> None:
        """One step at a time, each at its moment (or at once, when the rules have changed since)."""
        interaction = self._shadow.interactions[event.interaction_id]
        steps = self._shadow.queues[event.queue_id].rules.relaxation
        assert event.step == interaction.step + 1
        assert interaction.queued_at + steps[interaction.step].after <= event.at
        asked = _asked(self._shadow.queues[event.queue_id], interaction, event.step)
        told = {one.skill_id: one.minimum for one in event.requirements}
        assert told == {skill_id: minimum for skill_id, minimum in asked.items() if minimum > 0}, (
            f"{event}: {asked} are asked now"
        )

    def _fold(self, event: AcdEvent, agent_id: int, *, is_beside: bool) -> None:
        """What one who sees only events knows."""
        match event:
            case (
                facts.InteractionArrived()
                | facts.ManualInteractionStarted()
                | facts.CallbackScheduled()
                | facts.ConsultStarted()
                | facts.InternalCallStarted()
            ):
                if isinstance(event, facts.ManualInteractionStarted | facts.CallbackScheduled):
                    self._check_new_id(event.segment_id)
                assert event.interaction_id not in self._alive
                self._alive.add(event.interaction_id)
                self._begun += 1
            case facts.InteractionEnded():
                self._alive.remove(event.interaction_id)
                self._ended[event.reason.value] += 1
            case facts.QueueRemoved():
                self._turns.pop(event.queue_id, None)
            case facts.SlotStarted():
                assert self._last_slot in (0, event.slot - 1), f"{event} after slot {self._last_slot}"
                assert event.slot <= slot_of(event.at)
                self._last_slot = event.slot
            case facts.OfferMade():
                has_one = agent_id in self._open_offers.values()
                assert is_beside or not has_one or self._shadow.agents[agent_id].others, (
                    "two offers to one agent [I2]"
                )
                self._open_offers[event.offer_id] = agent_id
        if isinstance(event, ENDS_AN_OFFER):
            assert self._open_offers.pop(event.offer_id) == agent_id, (
                "an offer ended twice, or for another [I4]"
            )
        self._fold_wish(event, agent_id, is_beside=is_beside)
        state = STATES_AFTER.get(type(event))
        if isinstance(event, facts.ParticipantMoved):
            state = PHASES[event.phase]
        if is_beside and type(event) not in ENDS_OF_ASSIGNMENT:
            state = None
        if state is not None and agent_id:
            self._enter_state(agent_id, state, event.at)

    def _fold_wish(self, event: AcdEvent, agent_id: int, *, is_beside: bool) -> None:
        wish = self._wishes.setdefault(agent_id, _Wish())
        match event:
            case facts.AgentIntentSet():
                wish.intent, wish.intent_reason_id = event.intent, event.reason_id
            case facts.AgentRetired():
                wish.intent, wish.intent_reason_id = "signed_out", 0
            case facts.AgentMadeReady():
                self._wishes[agent_id] = _Wish(is_ready=True)
                self._idle_since[agent_id] = event.at
            case facts.AgentMadeNotReady():
                self._wishes[agent_id] = _Wish(reason_id=event.reason_id)
                self._misses[agent_id] = 0
            case facts.AgentSignedIn() | facts.AgentSignedOut():
                self._wishes[agent_id] = _Wish()
                self._misses[agent_id] = 0
            case facts.InteractionConnected() if not is_beside:
                self._misses[agent_id] = 0  # calls in a row; a chat says nothing about a telephone

    def _enter_state(self, agent_id: int, state: AgentState, at: datetime) -> None:
        """State intervals have no gap: from sign-in to sign-out their sum is the whole time."""
        before = self._states.get(agent_id, AgentState.SIGNED_OUT)
        self._states[agent_id] = state
        if before is AgentState.SIGNED_OUT:
            assert state is AgentState.NOT_READY, f"agent {agent_id} was signed out and is {state}"
            self._signed_in_at[agent_id] = at
            self._time_in_states[agent_id] = 0
        else:
            since = self._state_since[agent_id]
            self._time_in_states[agent_id] += round((at - since).total_seconds() * 1000)
            whole = round((at - self._signed_in_at[agent_id]).total_seconds() * 1000)
            assert self._time_in_states[agent_id] == whole, f"agent {agent_id}: intervals have a gap [I21]"
        self._state_since[agent_id] = at

    def _check_offer(self, event: facts.OfferMade) -> None:
        """The pair that slow brute force would have chosen."""
        shadow = self._shadow
        if event.is_named:
            self._check_named(event)
            return
        queue = shadow.queues[event.queue_id]
        agent = shadow.agents[event.agent_id]
        channel = queue.rules.channel
        assert _is_free(agent, channel, shadow.site), f"{event} to one who is not free [I13, I16]"
        interaction = shadow.interactions[event.interaction_id]
        if interaction.preferred_agent_id:
            assert event.agent_id == interaction.preferred_agent_id, f"{event} to another than he wants"
            first = min(self._own(event.agent_id), key=lambda one: _order(shadow, one, event.at))
            assert interaction is first, f"{event}: {first.interaction_id} waits for him, too, and was before"
            self._check_why(event, interaction)
            assert event.why.rules[:2] == ("preferred_agent", interaction.preferred_cause)
            self._count_turn(event)
            return
        if channel is not Channel.VOICE:
            self._check_beside(event, queue, interaction)
            return
        own = self._own(event.agent_id)
        for one in own:
            assert _order(shadow, one, event.at)[0] > _order(shadow, interaction, event.at)[0], (
                f"{event}: {one.interaction_id} waits for him alone"
            )
        best = self._best_for(interaction, event.at)
        assert agent is best, f"{event}: agent {best.agent_id} was before [I15]"
        waiting = [
            one
            for one in shadow.interactions.values()
            if one.phase is Phase.WAITING
            and not one.preferred_agent_id
            and shadow.queues[one.queue_id].rules.channel is channel
            and _may_take(shadow.queues[one.queue_id], agent, one)
        ]
        waiting = [one for one in waiting if self._has_turn(one, waiting)]
        assert interaction in waiting, f"{event} out of turn"
        same_queue = [one for one in waiting if one.queue_id == event.queue_id]
        assert interaction is min(same_queue, key=lambda one: _order(shadow, one, event.at)), (
            "out of order [I11]"
        )
        if len({one.queue_id for one in waiting}) > 1 and not own:
            first = min(waiting, key=lambda one: _order_between(shadow, one, agent, event.at))
            # What agents prefer and what queues choose may go in a circle: then it is only sure that who was
            # before would have been given to another agent.
            is_right = interaction is first or self._best_for(first, event.at) is not agent
            assert is_right, f"{event}: {first.interaction_id} was before"
        self._check_rules(event, interaction, agent)
        self._count_turn(event)

    def _own(self, agent_id: int) -> list[Interaction]:
        """Those who wait for this agent alone."""
        alive = self._shadow.interactions.values()
        return [one for one in alive if one.phase is Phase.WAITING and one.preferred_agent_id == agent_id]

    def _best_for(self, interaction: Interaction, at: datetime) -> Agent:
        """Whom the rules of its queue choose."""
        shadow = self._shadow
        queue = shadow.queues[interaction.queue_id]
        free = [one for one in shadow.agents.values() if _is_free(one) and _may_take(queue, one, interaction)]
        cool = [
            one
            for one in free
            if one.agent_id not in interaction.missed
            or at - interaction.missed[one.agent_id] >= shadow.site.cool_down
        ]
        return min(
            cool or free,
            key=lambda one: (_rank(queue, one, interaction), self._idle_since[one.agent_id], one.agent_id),
        )

    def _check_beside(self, event: facts.OfferMade, queue: Queue, interaction: Interaction) -> None:
        """Of another channel than voice: the first who waits in the queue for such an agent, to one who did
        not let it pass a moment ago while others could take it."""
        shadow = self._shadow
        agent = shadow.agents[event.agent_id]
        channel = queue.rules.channel
        assert _may_take(queue, agent, interaction), f"{event} to one who does not fit"
        free = [
            one
            for one in shadow.agents.values()
            if _is_free(one, channel, shadow.site) and _may_take(queue, one, interaction)
        ]
        warm = [one for one in free if not self._cools(one, interaction, event.at)]
        assert not warm or agent in warm, f"{event}: he let it pass [I15]"
        before = [
            one
            for one in shadow.interactions.values()
            if one.phase is Phase.WAITING
            and one.queue_id == event.queue_id
            and _may_take(queue, agent, one)
            and _order(shadow, one, event.at) < _order(shadow, interaction, event.at)
        ]
        assert not before, f"{event}: {before[0].interaction_id} was before [I11]"
        self._check_why(event, interaction)
        self._count_turn(event)

    def _cools(self, agent: Agent, interaction: Interaction, at: datetime) -> bool:
        missed = interaction.missed.get(agent.agent_id)
        return missed is not None and at - missed < self._shadow.site.cool_down

    def _check_named(self, event: facts.OfferMade) -> None:
        """By name also one who is not ready is called, but nobody who has something or cannot be rung."""
        agent = self._shadow.agents[event.agent_id]
        if self._shadow.interactions[event.interaction_id].channel is not Channel.VOICE:
            return
        assert agent.assignment is None, f"{event} to one who is busy"
        assert agent.availability.value != "signed_out"
        assert agent.is_reachable
        assert len(event.why.rules) == 1, "the rule says who called him"

    def _is_contested(self, queue_id: int) -> bool:
        kinds = {
            one.callback is None
            for one in self._shadow.interactions.values()
            if one.phase is Phase.WAITING and one.queue_id == queue_id
        }
        return len(kinds) == 2

    def _has_turn(self, interaction: Interaction, waiting: list[Interaction]) -> bool:
        """Where both kinds wait in its queue, the share says whose turn it is, for whom can take both."""
        queue_id = interaction.queue_id
        if not self._is_contested(queue_id):
            return True
        share = self._shadow.queues[queue_id].rules.callbacks.share
        is_callbacks = self._turns.get(queue_id, 0) + round(1000 * share) >= 1000
        wanted = [one for one in waiting if one.queue_id == queue_id and bool(one.callback) == is_callbacks]
        return not wanted or bool(interaction.callback) == is_callbacks

    def _count_turn(self, event: facts.OfferMade) -> None:
        if self._is_contested(event.queue_id):
            share = round(1000 * self._shadow.queues[event.queue_id].rules.callbacks.share)
            turns = self._turns.get(event.queue_id, 0) + share - 1000 * (event.kind.value == "callback")
            self._turns[event.queue_id] = max(-1000, min(1000, turns))

    def _check_why(self, event: facts.OfferMade, interaction: Interaction) -> None:
        why, agent_id = event.why, event.agent_id
        assert why.rules, "no rule decided"
        assert why.step == interaction.step, "a relaxed requirement is told"
        assert why.boosts == interaction.boosts
        assert len(why.passed_over) <= 5
        assert all(count > 0 for count in why.counts.values())
        assert agent_id not in {one.agent_id for one in why.passed_over}
        assert sum(why.counts.values()) + 1 == len(self._shadow.agents), (
            f"every agent but the chosen one is left out by exactly one rule: {why.counts} [I20]"
        )

    def _check_rules(self, event: facts.OfferMade, interaction: Interaction, agent: Agent) -> None:
        """The rules that decided, as brute force finds them: about the customers first, then about the
        agents."""
        shadow, why = self._shadow, event.why
        self._check_why(event, interaction)
        queue = shadow.queues[event.queue_id]
        counts = Counter(
            self._left_out_by(one, queue, interaction, agent, event.at)
            for one in shadow.agents.values()
            if one is not agent
        )
        assert dict(counts) == why.counts, f"{event}: {counts} are left out [I20]"
        about_customers = ["callbacks_share"] if self._is_contested(event.queue_id) else []
        about_customers.append(self._rule_of_line(interaction, event.at))
        between = self._rule_between(interaction, agent, event.at)
        if between and between not in about_customers:
            about_customers.append(between)
        if interaction.step:
            about_customers.append("requirements_relaxed")
        strategy = queue.rules.strategy
        about_agents = [rule for rule in RULES_ABOUT_AGENTS if rule in counts]
        if "cool_down" not in counts and self._cools(agent, interaction, event.at):
            about_agents.append("cool_down_waived")
        if agent.guard is not None:
            about_agents.append("load_guard_waived")
        about_agents.append(strategy if strategy in counts else "only_ready")
        assert list(why.rules) == about_customers + about_agents, (
            f"{event}: {about_customers + about_agents} decided"
        )

    def _left_out_by(
        self, one: Agent, queue: Queue, interaction: Interaction, chosen: Agent, at: datetime
    ) -> str:
        """The first rule by which this agent does not get it."""
        rank = _rank(queue, one, interaction)
        blocked = any(other.channel is not Channel.EMAIL for other in one.others.values())
        rules = {
            "signed_in": one.availability.value == "signed_out",
            "eligible_by_skill": rank is None,
            "mode": not _mode_allows(one, queue, interaction),
            "has_capacity": one.assignment is not None or one.is_leaving,
            "ready": one.availability.value != "ready",
            "device_reachable": not one.is_reachable,
            "rested": one.resting_until is not None,
            "reserved": one.reservation is not None,
        }
        for rule, leaves_out in rules.items():
            if leaves_out:
                return rule
        if blocked or one.profile.voice_capacity <= 0:
            return "has_capacity"
        mine = (_rank(queue, chosen, interaction), self._idle_since[chosen.agent_id], chosen.agent_id)
        is_before = (rank, self._idle_since[one.agent_id], one.agent_id) < mine
        if is_before and self._cools(one, interaction, at):
            return "cool_down"
        return str(queue.rules.strategy)

    def _rule_of_line(self, interaction: Interaction, at: datetime) -> str:
        """By what it was before the next who waits for the same."""
        behind = [
            _order(self._shadow, one, at)
            for one in self._shadow.interactions.values()
            if one is not interaction
            and one.phase is Phase.WAITING
            and one.queue_id == interaction.queue_id
            and not one.preferred_agent_id
            and (one.step, one.requirements) == (interaction.step, interaction.requirements)
            and bool(one.callback) == bool(interaction.callback)
        ]
        if not behind:
            return "only_waiting"
        mine, second = _order(self._shadow, interaction, at), min(behind)
        if mine[0] != second[0]:
            return "highest_priority"
        return "ahead" if mine[1] != second[1] else "longest_waiting"

    def _rule_between(self, interaction: Interaction, agent: Agent, at: datetime) -> str:
        """By what it was before all whom he could take from other queues; empty when there are none."""
        shadow = self._shadow
        others = [
            one
            for one in shadow.interactions.values()
            if one.phase is Phase.WAITING
            and one.queue_id != interaction.queue_id
            and not one.preferred_agent_id
            and shadow.queues[one.queue_id].rules.channel is Channel.VOICE
            and _may_take(shadow.queues[one.queue_id], agent, one)
        ]
        if not others:
            return ""
        mine = _order_between(shadow, interaction, agent, at)
        nearest = min(_order_between(shadow, one, agent, at) for one in others)
        weights = {shadow.queues[one.queue_id].rules.weight for one in (interaction, *others)}
        rules = ("queue_preference", "highest_priority", "ahead", "queue_weight", "longest_waiting")
        rule = next(rule for rule, one, other in zip(rules, mine, nearest, strict=True) if one != other)
        return "longest_waiting" if rule == "queue_weight" and len(weights) == 1 else rule


def _check_refusal(command: AcdCommand, refused: Refused) -> None:
    """It names what was asked about, as it was asked."""
    assert refused.facts, f"{command} refused {refused.code}, and about what?"
    for name, value in refused.facts.items():
        assert value is not None, f"{command} refused {refused.code}: {name} is unknown"
        asked = getattr(command, name, None)
        is_said = asked in (None, 0, value) or isinstance(asked, datetime) or refused.code == TARGET_NOT_FREE
        assert is_said or isinstance(command, ABOUT_ANOTHER), f"{command} refused {refused.code}: {value}"


def _leaves_not_ready(end: AcdEvent) -> tuple[str, ...]:
    """The causes with which this end makes an agent not ready; none when he may be ready."""
    match end:
        case facts.OfferExpired():
            return ("missed_offer",)
        case facts.OfferDeclined():
            return ("declined_offer",)
        case facts.ConnectionFailed():
            return ("device_lost", "declined_offer")
        case facts.ReconnectionFailed():
            return ("device_lost",)
        case facts.OfferWithdrawn() if end.cause.value == "device_failed":
            return ("device_lost",)
        case facts.InteractionEnded() | facts.CallbackAttemptFailed() if end.reason.value == "agent_failed":
            return ("device_lost",)
    return ()


def _is_internal(state: State, event: AcdEvent) -> bool:
    interaction = state.interactions.get(event.interaction_id)
    return interaction is not None and interaction.direction is Direction.INTERNAL


def _phases(
    state: State, interaction_id: int, agent_id: int, *, is_beside: bool
) -> tuple[object, object, object]:
    """is_beside: it is about a chat or a letter, of which the agent may have several beside his call."""
    interaction = state.interactions.get(interaction_id)
    agent = state.agents.get(agent_id)
    assignment = None if agent is None else agent.assignment
    if is_beside and agent is not None:
        assignment = agent.others.get(interaction_id)
    return (
        None if interaction is None else interaction.phase,
        None if assignment is None else assignment.phase,
        None if agent is None else agent.availability,
    )


def _is_free(agent: Agent, channel: Channel = Channel.VOICE, site: SiteRules | None = None) -> bool:
    """By the book: capacity in exact fractions."""
    if channel is not Channel.VOICE:
        load = sum((_share(agent, other.channel, site) for other in agent.others.values()), Fraction())
        return (
            agent.availability.value == "ready"
            and agent.assignment is None
            and agent.reservation is None
            and not agent.is_leaving
            and load + _share(agent, channel, site) <= 1
        )
    if agent.reservation is not None or any(one.channel.value != "email" for one in agent.others.values()):
        return False
    return (
        agent.availability.value == "ready"
        and agent.assignment is None
        and agent.is_reachable
        and agent.profile.voice_capacity >= 1
        and agent.resting_until is None
    )


def _share(agent: Agent, channel: Channel, site: SiteRules | None) -> Fraction:
    """What one interaction of this channel takes of an agent."""
    assert site is not None
    usual = {"chat": site.chat_capacity, "email": site.email_capacity}[channel.value]
    capacity = agent.profile.capacities.get(channel, usual)
    return Fraction(1, min(capacity, 12)) if capacity > 0 else Fraction(2)


def _may_take(queue: Queue, agent: Agent, interaction: Interaction) -> bool:
    """Skills and mode."""
    return _mode_allows(agent, queue, interaction) and _rank(queue, agent, interaction) is not None


def _mode_allows(agent: Agent, queue: Queue, interaction: Interaction) -> bool:
    if queue.rules.channel is not Channel.VOICE:
        return True  # modes are about calls
    if interaction.callback is not None:
        return agent.mode.value != "inbound"
    return agent.mode.value != "outbound" or queue.rules.kind.value != "inbound"


def _rank(
    queue: Queue, agent: Agent, interaction: Interaction, *, is_bare: bool = False
) -> tuple[bool, int, float] | None:
    """Who is sooner, by the book; None for one who does not fit. is_bare: without the interaction's own
    wishes, all relaxed that can be."""
    skills = agent.profile.skills
    asked = _asked(queue, interaction, is_bare=is_bare)
    if any(skills.get(skill_id, 0) < minimum for skill_id, minimum in asked.items()):
        return None
    rank = 0.0
    match queue.rules.strategy:
        case "most_skilled":
            rank = -sum(skills.get(one, 0) for one in asked)
        case "fewest_handled_today":
            rank = agent.handled
        case "round_robin":
            rank = agent.turns.get(queue.rules.queue_id, 0)
        case "least_occupied":
            rank = agent.occupancy_key()
    preference = agent.profile.preferences.get(queue.rules.queue_id, 1)
    return (agent.guard is not None, preference, rank)


def _asked(
    queue: Queue, interaction: Interaction, step: int | None = None, *, is_bare: bool = False
) -> dict[int, int]:
    """The level that each skill must have, 0 for one that nobody needs. step: not the present one."""
    asked = [*queue.rules.skills, *(() if is_bare else interaction.requirements)]
    firm = {one.skill_id for one in asked if one.is_firm}
    taken = queue.rules.relaxation[: None if is_bare else interaction.step if step is None else step]
    levels: dict[int, int] = {}
    for one in asked:
        minimum = one.minimum
        for relaxed in taken:
            if one.skill_id not in firm and (not relaxed.skills or one.skill_id in relaxed.skills):
                minimum = min(minimum, relaxed.minimum)
        levels[one.skill_id] = max(minimum, levels.get(one.skill_id, 0))
    return levels


def _order_of(event: facts.InteractionQueued, state: State) -> tuple[float, bool, datetime, int]:
    rules = state.queues[event.queue_id].rules
    waited_minutes = (event.at - event.queued_at).total_seconds() / 60
    priority = rules.priority + event.priority + rules.ageing * waited_minutes
    return (round(-priority, 6), not event.ahead, event.queued_at, event.segment_id)


def _order_between(state: State, interaction: Interaction, agent: Agent, at: datetime) -> tuple[object, ...]:
    """In which order an agent takes the firsts of several queues."""
    rules = state.queues[interaction.queue_id].rules
    priority, not_ahead, queued_at, segment_id = _order(state, interaction, at)
    preference = agent.profile.preferences.get(rules.queue_id, 1)
    wait = round((at - queued_at).total_seconds() * rules.weight, 3)
    return (preference, priority, not_ahead, -wait, segment_id)


def _order(state: State, interaction: object, at: datetime) -> tuple[float, bool, datetime, int]:
    rules = state.queues[interaction.queue_id].rules
    waited_minutes = (at - interaction.queued_at).total_seconds() / 60
    priority = rules.priority + interaction.priority + rules.ageing * waited_minutes
    return (round(-priority, 6), not interaction.is_ahead, interaction.queued_at, interaction.segment_id)
