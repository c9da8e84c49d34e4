"""The engine: four verbs (handle, advance, next_deadline, restore), a snapshot, and questions.

It never sleeps, logs, draws a number or asks the time; its events are its log. Both shells drive it in the
same way:

    events = engine.advance(at)      # first what time has brought
    events += engine.handle(command) # then what is asked
    sleep until engine.next_deadline()
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from otklik.acd import blending, questions, removals, routing, tiers
from otklik.acd.apply import apply, apply_step
from otklik.acd.checks import Problem, problems_of_centre
from otklik.acd.commands import AcdCommand
from otklik.acd.deadlines import fall_due, is_due_still
from otklik.acd.decide import FREQUENT_DECISIONS, decide
from otklik.acd.events import AcdEvent, DayStarted, SlotStarted
from otklik.acd.invariants import check_touched
from otklik.acd.model import AgentState, Candidate, InteractionContext, WhyIdle, WhyWaiting
from otklik.acd.short_ways import SHORT_WAYS, Ways, end_wrap_up
from otklik.acd.snapshot import decode, encode
from otklik.acd.state import Agent, Interaction, State
from otklik.acd.timetable import Deadline, Kind
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.time import EPOCH, next_slot_start, slot_of

_STALE_ALLOWED = 1024
_FEW_ROUNDS = 4
_WRAP_UP: Final = Kind.WRAP_UP
_DAY = timedelta(days=1)
LONG_SLEEP = timedelta(seconds=1)
"""What fell due longer ago than this is the past: no offer is made there."""


class Engine:
    """Decides who talks with whom. One per site; not thread-safe: it has one writer.

    is_checked: whether the cheap invariants are asserted after every step (a violation is a bug:
    AssertionError; the shell stops, restarts and restores). is_explained: whether each offer carries its why;
    without, the same offers are made with an empty one (a simulation needs the figures only). is_brief:
    whether usual calls go their `short_ways`, with the same events; always without whys, unless told
    otherwise. Agents, interactions and queues that the questions return are the engine's own: read them,
    change nothing.
    """

    def __init__(
        self, *, is_checked: bool = True, is_explained: bool = True, is_brief: bool | None = None
    ) -> None:
        self._is_checked = is_checked
        self._is_explained = is_explained
        self._is_brief = not is_explained if is_brief is None else is_brief
        assert not (is_explained and self._is_brief), "a why needs all counts"
        self._ways: Ways = SHORT_WAYS if self._is_brief else {}
        self._is_restored = False
        self._remember(State())

    def _remember(self, state: State) -> None:
        self._state = state
        state.is_brief = self._is_brief
        self._counts = partial(is_due_still, state)

    @property
    def state(self) -> State:
        """What it remembers, for tests and invariants."""
        return self._state

    # --- the four verbs

    def handle(self, command: AcdCommand) -> list[AcdEvent]:
        """The events of a command, applied, with the offers that follow. Empty when it is so already.

        Raises Refused before anything has changed. Deadlines are not looked at: advance to the command's
        moment first. A moment before the last event's counts as that.
        """
        state = self._state
        at, last = command.at, state.at
        if last is not None and at < last:
            at = last
        if not state.is_stirred:
            way = self._ways.get(type(command))
            if way is not None:
                events = way(state, command, at)
                if events is not None:
                    if state.is_stirred or state.closing or state.leaving:
                        self._follow(events, at)
                    if self._is_checked:
                        check_touched(state, events)
                    return events
        decision = FREQUENT_DECISIONS.get(type(command), decide)
        events = decision(state, command, at)
        if events:
            self._settle(events, at)
        return events

    def advance(self, at: datetime, *, now: datetime | None = None) -> list[AcdEvent]:
        """Everything that time alone brings until `at`, in order; each event at its own moment.

        now: the present, for a shell that catches up step by step; else `at` is the present. After a long
        sleep (a stopped process, a restart) what fell due is told at its own moment, but new offers are
        made in the present only: nobody may miss an offer that never rang. End such a catching up with
        `advance(now)`.
        """
        state = self._state
        if state.next_slot is None:
            state.next_slot = next_slot_start(at)
        entry = state.deadlines.due(at, self._counts)
        return self._live_through(at, state.next_slot, entry, at if now is None else now)

    def _live_through(
        self, at: datetime, slot: datetime, entry: Deadline | None, present: datetime
    ) -> list[AcdEvent]:
        """All that falls due until `at`. slot, entry: what is next."""
        state = self._state
        events: list[AcdEvent] = []
        while True:
            if slot <= at and (entry is None or slot <= entry[0]):
                moment = self._not_before_last(slot)
                step = self._start_slot(slot, moment)
            elif entry is not None:
                moment = self._not_before_last(entry[0])
                step = fall_due(state, entry, moment, is_past=present - moment > LONG_SLEEP)
            elif (state.is_stirred or self._is_restored) and present - at <= LONG_SLEEP:
                moment, step = self._not_before_last(at), []  # what follows may itself be due at once
            else:
                break
            self._settle(step, moment, is_past=present - moment > LONG_SLEEP)
            events += step
            assert state.next_slot is not None
            slot, entry = state.next_slot, state.deadlines.due(at, self._counts)
        if len(state.deadlines) > _STALE_ALLOWED + 4 * (len(state.interactions) + len(state.agents)):
            state.deadlines.purge(self._counts)
        return events

    def advance_next(self, at: datetime) -> list[AcdEvent] | None:
        """What time alone brings at the next deadline until `at`; None when there is none: for a shell that
        jumps from one to the next."""
        state = self._state
        slot, deadlines = state.next_slot, state.deadlines
        if slot is None or (at < deadlines.quiet_until and at < slot):
            return None
        entry = deadlines.due(at, self._counts)
        if slot > at and entry is None:
            return None
        due = slot if entry is None or slot <= entry[0] else entry[0]
        if self._is_brief and entry is not None and entry[1] is _WRAP_UP and due < slot:
            events = self._end_wrap_up(due, entry)
            if events is not None:
                if deadlines.is_more_due(due, entry) or state.is_stirred:
                    events += self._live_through(due, slot, deadlines.due(due, self._counts), due)
                return events
        return self._live_through(due, slot, None if entry is None or entry[0] > due else entry, due)

    def _end_wrap_up(self, due: datetime, entry: Deadline) -> list[AcdEvent] | None:
        """The short way of the most frequent deadline; None where that cannot be gone."""
        state = self._state
        at = self._not_before_last(due)
        events = None if state.is_stirred else end_wrap_up(state, entry[2], at)
        if events is not None:
            if state.is_stirred or state.closing or state.leaving:
                self._follow(events, at)
            if self._is_checked:
                check_touched(state, events)
        return events

    def next_deadline(self) -> datetime | None:
        """When to call `advance` next, at the latest; None before it has been told any time."""
        state = self._state
        entry = state.deadlines.next(self._counts)
        if entry is None:
            return state.next_slot
        return entry[0] if state.next_slot is None else min(entry[0], state.next_slot)

    def restore(self, events: Iterable[AcdEvent]) -> None:
        """Replay: apply only, decide nothing. May be called after `from_snapshot` with the events since
        then."""
        for event in events:
            apply(self._state, event)
        self._look_anew()

    # --- snapshot

    def snapshot(self) -> bytes:
        """All facts: a replay of the same events gives the same bytes."""
        return encode(self._state)

    @classmethod
    def from_snapshot(
        cls, snapshot: bytes, *, is_checked: bool = True, is_explained: bool = True
    ) -> "Engine":
        """An engine that decides as the one that gave the snapshot. ValueError on a version that it cannot
        read."""
        engine = cls(is_checked=is_checked, is_explained=is_explained)
        engine._remember(decode(snapshot))
        engine._is_restored = True
        return engine

    # --- questions

    def agent(self, agent_id: AgentId) -> Agent | None:
        return self._state.agents.get(agent_id)

    def agent_state(self, agent_id: AgentId) -> AgentState:
        """The exclusive voice state; signed_out for one whom it does not know."""
        agent = self._state.agents.get(agent_id)
        return AgentState.SIGNED_OUT if agent is None else agent.voice_state()

    def interaction(self, interaction_id: InteractionId) -> Interaction | None:
        """None when it never arrived or has ended."""
        return self._state.interactions.get(interaction_id)

    def waiting(self, queue_id: QueueId) -> list[InteractionId]:
        """Who waits in a queue, in the order in which they are taken. Offered ones are not among them."""
        queue = self._state.queues.get(queue_id)
        return [] if queue is None else [place[4] for place in queue.line]

    def position(self, interaction_id: InteractionId) -> int | None:
        """Place in its queue from 1; None when it does not wait."""
        return questions.position(self._state, interaction_id)

    def why_waiting(self, interaction_id: InteractionId, at: datetime) -> WhyWaiting | None:
        """Why nobody has taken it yet; None when it does not wait."""
        return questions.why_waiting(self._state, interaction_id, at)

    def expected_wait(self, queue_id: QueueId, at: datetime, *, priority: int = 0) -> timedelta | None:
        """How long one would wait who joined a queue now; None when nobody can tell."""
        return questions.expected_wait(self._state, queue_id, at, priority=priority)

    def expected_wait_of(self, interaction_id: InteractionId, at: datetime) -> timedelta | None:
        """How long one who waits will probably wait on; None when nobody can tell."""
        return questions.expected_wait_of(self._state, interaction_id, at)

    def problems(self) -> list[Problem]:
        """What is impossible about the centre as it is configured: queues that no agent can serve."""
        state = self._state
        queues = [queue.rules for queue in state.queues.values()]
        return list(
            problems_of_centre(queues, [agent.profile for agent in state.agents.values()], state.site)
        )

    def why_idle(self, agent_id: AgentId, at: datetime) -> WhyIdle | None:
        """Why an agent gets nothing now; None for one whom it does not know."""
        return questions.why_idle(self._state, agent_id, at)

    def candidates(self, interaction_id: InteractionId, at: datetime) -> list[Candidate]:
        """Every agent as seen from a waiting or offered interaction, best first; empty when it stands in no
        queue."""
        return questions.candidates(self._state, interaction_id, at)

    def context(self, interaction_id: InteractionId) -> InteractionContext | None:
        """Where an interaction has been: queues, tiers and agents; None when it is not there."""
        return tiers.context(self._state, interaction_id)

    # --- inside

    def _settle(self, events: list[AcdEvent], at: datetime, *, is_past: bool = False) -> None:
        """Apply, then route until nothing more follows; the offers are appended to `events`.

        is_past: no offers now; what has changed is remembered until the next step in the present.
        """
        state = self._state
        if state.at is None and events:
            # Slots count from the first event: a replay knows no earlier moment.
            state.next_slot = next_slot_start(at)
        if self._is_restored:
            self._look_anew()
        if events:
            apply_step(state, events, at)
        if state.is_stirred or state.closing or state.leaving:
            self._follow(events, at, is_past=is_past)
        if self._is_checked:
            check_touched(state, events)

    def _follow(self, events: list[AcdEvent], at: datetime, *, is_past: bool = False) -> None:
        """What follows from the state alone, until nothing more does."""
        state, rounds = self._state, 0
        while True:
            step = self._next_step(at, is_past=is_past)
            if not step:
                break
            apply_step(state, step, at)
            events += step
            rounds += 1
            assert rounds < _FEW_ROUNDS or rounds <= self._most_rounds(), (
                "one word about each agent and customer; each offer takes a free agent"
            )
            if not (state.is_stirred or state.closing or state.leaving):
                break

    def _most_rounds(self) -> int:
        """How many steps can follow from one at most."""
        state = self._state
        rounds = 2 * len(state.agents) + 3 * len(state.interactions) + 3 * len(state.plans) + 1
        return rounds + len(state.closing) + len(state.leaving)

    def _start_slot(self, start: datetime, at: datetime) -> list[AcdEvent]:
        """A quarter of an hour begins, and with some of them the site's day."""
        events: list[AcdEvent] = [SlotStarted(at=at, slot=slot_of(start))]
        day, rest = divmod(start - EPOCH - self._state.site.day_start, _DAY)
        if not rest:
            events.append(DayStarted(at=at, day=day))
        return events

    def _next_step(self, at: datetime, *, is_past: bool) -> list[AcdEvent]:
        """What follows from the state alone: an offer; else what load makes of plans; else what was put off
        until somebody had finished. Nothing when all is settled."""
        state = self._state
        if state.is_stirred and not is_past:
            follower = routing.next_event(state, at, is_explained=self._is_explained)
            if follower is not None:
                return [follower]
            while state.fresh_plans:
                plan_id = next(iter(state.fresh_plans))
                plan = state.plans.get(plan_id)
                changed = [] if plan is None else blending.follow(state, plan, at)
                if changed:
                    return changed
                del state.fresh_plans[plan_id]
            state.is_stirred = False
        return removals.follow(state, at) if state.closing or state.leaving else []

    def _not_before_last(self, at: datetime) -> datetime:
        last = self._state.at
        return at if last is None or at >= last else last

    def _look_anew(self) -> None:
        """The first step after a restart looks at all who wait: rules may be newer than the journal."""
        self._is_restored = False
        state = self._state
        state.is_stirred = True
        state.fresh_agents.clear()
        state.fresh_seats.clear()
        state.torn_agents.update((key, agent) for key, agent in state.agents.items() if agent.others)
        state.changed_agents.update(state.agents)
        state.fresh_own.update((key, agent) for key, agent in state.agents.items() if agent.own)
        state.fresh_lanes.clear()
        state.fresh_plans.update(dict.fromkeys(sorted(state.plans)))
        for queue_id in sorted(state.queues):
            queue = state.queues[queue_id]
            if queue.waiting:
                # By first place, not by birth: a lane of before the restart was born in another order.
                waiting = [lane for lane in queue.lanes.values() if lane.waiting]
                for lane in sorted(waiting, key=lambda lane: lane.line.first()):
                    state.fresh_lanes[lane] = None
