"""Runs flows: commands in, events out, a next deadline, restore. Pure; driven by the switchboard and the
twin."""

import heapq
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

import msgspec

from otklik.acd.model import EndReason
from otklik.flows.acting import ended, events_of, node_of
from otklik.flows.acts import (
    Act,
    AskSystem,
    EndVoicemail,
    EnterSub,
    GoTo,
    PlayMusic,
    Say,
    Visit,
)
from otklik.flows.commands import (
    FinishPrompts,
    FlowCommand,
    GiveLookUpAnswer,
    NoteCallback,
    NoteCustomer,
    NoteQueued,
    NoteQueueExit,
    NoteSpeech,
    NoteUnanswered,
    NoteVote,
    PressKey,
    ResumeFlow,
    StartFlow,
    StopFlow,
    StopVoicemail,
)
from otklik.flows.events import (
    CustomerIdentified,
    FlowEnded,
    FlowEvent,
    FlowStarted,
    LookUpAnswered,
    NodeDecided,
    NodeEntered,
    PromptsStopped,
    PublicationEvent,
    RunEvent,
    VariablesAssigned,
    VoicemailSpoken,
)
from otklik.flows.grammar import Grammar
from otklik.flows.inlining import SEPARATOR
from otklik.flows.look_ups import FAILED
from otklik.flows.model import Flow
from otklik.flows.nodes.callback import Callback
from otklik.flows.nodes.condition import OF_QUEUE, Condition, queue_fact
from otklik.flows.nodes.customer import Customer
from otklik.flows.nodes.lookup import Lookup
from otklik.flows.nodes.queue import Queue
from otklik.flows.nodes.sub import Sub
from otklik.flows.nodes.voicemail import LIMIT, STOPPED
from otklik.flows.nodes.voting import Voting
from otklik.flows.state import Run, Runs, apply
from otklik.vocabulary.ids import FlowId, InteractionId, QueueId
from otklik.vocabulary.phones import country_of

PositionOf = Callable[[InteractionId], int | None]
"""The present place of an interaction in its queue, from 1; None when it does not wait."""

WaitOf = Callable[[InteractionId, datetime], timedelta | None]
"""How long it will probably wait on; None when it does not wait, or nobody knows."""

FactsOf = Callable[[InteractionId, QueueId, datetime], Mapping[str, str]]
"""What conditions may ask about an interaction and its queue: `caller`, `number`, `queue.waiting` ..."""

MAXIMUM_STEPS = 100
"""Nodes entered at one moment; a flow that goes round without waiting ends `cancelled` instead of hanging."""


@dataclass(slots=True)
class Kept:
    """What a snapshot holds."""

    runs: list[Run]
    published: list[Flow]
    last_flow_id: int = 0
    playbacks: int = 0
    look_ups: int = 0


class FlowEngine:
    """All running flows of a site. The state changes by events only, except that music may play on.

    grammars: by language, given by who starts it; what is said stands in the journal, so replay needs none.
    """

    def __init__(
        self, position_of: PositionOf, facts_of: FactsOf | None = None, wait_of: WaitOf | None = None
    ) -> None:
        self.grammars: Mapping[str, Grammar] = {}
        self._position_of = position_of
        self._facts_of = facts_of
        self._wait_of = wait_of
        self._runs = Runs()
        self._timers: list[tuple[datetime, InteractionId]] = []

    def handle(self, command: FlowCommand) -> list[RunEvent]:  # noqa: C901 - one case for each kind
        """What follows from a command. About an interaction without a flow: nothing."""
        if isinstance(command, StartFlow):
            return self._start(command)
        run = self._runs.by_interaction.get(command.interaction_id)
        if run is None:
            return []
        match command:
            case FinishPrompts():
                return self._finish(run, command)
            case PressKey():
                return self._press(run, command)
            case NoteQueued():
                return self._queued(run, command)
            case NoteCallback():
                node = node_of(run)
                if not isinstance(node, Callback):
                    return []
                return self._perform(run, command.at, node.answered(is_promised=command.is_promised))
            case NoteQueueExit():
                return self._exit(run, command.at, is_out=command.is_out)
            case GiveLookUpAnswer():
                return self._answer(run, command)
            case NoteSpeech():
                if run.voicemail_since is None or run.has_spoken:
                    return []
                return self._emit([VoicemailSpoken(at=command.at, interaction_id=run.interaction_id)])
            case StopVoicemail():
                return self._end_voicemail(run, command.at, command.outcome)
            case NoteVote():
                if not isinstance(node_of(run), Voting):
                    return []
                return self._perform(run, command.at, node_of(run).voted(command.outcome))
            case NoteCustomer():
                return self._identify(run, command)
            case NoteUnanswered():
                return self._unanswered(run, command.at, command.reason)
            case StopFlow():
                return self._stop(run, command.at)
            case ResumeFlow():
                node = node_of(run)
                if isinstance(node, Lookup):
                    return self._look_up_again(run, node, command.at)
                if run.is_seeking:
                    return self._perform(run, command.at, node.enter(self._visit(run, command.at)))
                if run.hears != "prompts":
                    return []
                return self._perform(run, command.at, (Say(prompts=run.prompts),))
            case _:
                assert_never(command)

    def advance(self, at: datetime) -> list[RunEvent]:
        """Everything whose deadline is `at` or earlier, in the order of the deadlines."""
        events: list[RunEvent] = []
        while (run := self._next_run()) is not None and run.deadline is not None and run.deadline <= at:
            events += self._due(run, at)
        return events

    def next_deadline(self) -> datetime | None:
        """The moment at which `advance` has something to do."""
        run = self._next_run()
        return None if run is None else run.deadline

    def restore(self, events: Iterable[FlowEvent]) -> None:
        """Replays events: state as it was, nothing decided."""
        for event in events:
            self._apply(event)

    def is_running(self, interaction_id: InteractionId) -> bool:
        """Whether a flow runs for this interaction."""
        return interaction_id in self._runs.by_interaction

    def published(self) -> Mapping[FlowId, Flow]:
        """The newest version of every flow that numbers may be given."""
        return self._runs.published

    def last_flow_id(self) -> int:
        """The highest id that a published flow ever had."""
        return self._runs.last_flow_id

    def publish(self, event: PublicationEvent) -> PublicationEvent:
        """A version begins to be the one that runs, or a flow is no more; what runs already goes on."""
        self._apply(event)
        return event

    def is_test(self, interaction_id: InteractionId) -> bool:
        """Whether somebody tries the flow that runs here: nothing of it is to be kept, and nobody rung."""
        run = self.run_of(interaction_id)
        return run is not None and run.is_test

    def run_of(self, interaction_id: InteractionId) -> Run | None:
        """The running flow of an interaction, to look at: recovery compares what its leg should hear."""
        return self._runs.by_interaction.get(interaction_id)

    def facts_of(self, interaction_id: InteractionId, at: datetime) -> Mapping[str, str]:
        """What conditions of the running flow see now; nothing without a flow."""
        run = self.run_of(interaction_id)
        return {} if run is None else self._facts(run, at)

    def look_up_of(self, interaction_id: InteractionId) -> Lookup | None:
        """The node that waits for a system's answer, if the flow stands at one."""
        run = self.run_of(interaction_id)
        node = None if run is None or not run.look_up else node_of(run)
        return node if isinstance(node, Lookup) else None

    def running(self) -> tuple[InteractionId, ...]:
        """The interactions that have a flow."""
        return tuple(self._runs.by_interaction)

    def snapshot(self) -> bytes:
        """The whole state, for the site's snapshot."""
        state = self._runs
        runs, published = list(state.by_interaction.values()), list(state.published.values())
        kept = Kept(runs, published, state.last_flow_id, state.playbacks, state.look_ups)
        return msgspec.msgpack.encode(kept)

    def from_snapshot(self, snapshot: bytes | None) -> None:
        """Back to a snapshot's state, or to the empty one."""
        kept = _kept(snapshot) if snapshot else Kept([], [])
        runs = kept.runs
        self._runs = Runs(
            {run.interaction_id: run for run in runs},
            {flow.flow_id: flow for flow in kept.published},
            kept.last_flow_id,
            kept.playbacks,
            kept.look_ups,
        )
        self._timers = [(run.deadline, run.interaction_id) for run in runs if run.deadline is not None]
        heapq.heapify(self._timers)

    # --- what follows from a command or a deadline

    def _start(self, command: StartFlow) -> list[RunEvent]:
        if self.is_running(command.interaction_id):
            return []
        flow = command.flow
        started = FlowStarted(
            at=command.at,
            interaction_id=command.interaction_id,
            flow_id=flow.flow_id,
            version=flow.version,
            flow=flow,
            locale=command.locale,
            is_recorded=command.is_recorded,
            hours=command.hours,
            time_zone=command.time_zone,
            queue_id=command.queue_id,
            facts=command.facts,
            is_test=command.is_test,
        )
        events = self._emit([started])
        run = self._runs.by_interaction[command.interaction_id]
        return events + self._perform(run, command.at, (GoTo(node=command.node or flow.start),))

    def _finish(self, run: Run, command: FinishPrompts) -> list[RunEvent]:
        if run.hears != "prompts" or run.playback != command.playback:
            return []
        node = node_of(run)
        if isinstance(node, Lookup):
            return self._perform(run, command.at, _after_comfort(run, node))
        return self._perform(run, command.at, node.heard(self._visit(run, command.at)))

    def _end_voicemail(self, run: Run, at: datetime, outcome: str) -> list[RunEvent]:
        if run.voicemail_since is None:
            return []
        return self._perform(run, at, node_of(run).ended(self._visit(run, at), outcome))

    def _stop(self, run: Run, at: datetime) -> list[RunEvent]:
        """From outside. What was said into a message until then is kept, if it is long enough."""
        kept: list[RunEvent] = []
        if run.voicemail_since is not None:
            for act in node_of(run).ended(self._visit(run, at), STOPPED):
                if isinstance(act, EndVoicemail):
                    kept += self._emit(events_of(self._runs, run, at, act))
        return kept + self._emit([FlowEnded(at=at, interaction_id=run.interaction_id)])

    def _identify(self, run: Run, command: NoteCustomer) -> list[RunEvent]:
        """Who he is, or that nobody knows."""
        node = node_of(run)
        if not run.is_seeking or not isinstance(node, Customer):
            return []
        at, who = command.at, run.interaction_id
        noted: list[RunEvent] = []
        if command.customer_id:
            noted.append(
                CustomerIdentified(
                    at=at, interaction_id=who, customer_id=command.customer_id, personal=command.personal
                )
            )
        if command.values:
            noted.append(VariablesAssigned(at=at, interaction_id=who, variables=command.values))
        events = self._emit(noted)
        return events + self._perform(run, at, node.identified(is_found=bool(command.customer_id)))

    def _unanswered(self, run: Run, at: datetime, reason: str) -> list[RunEvent]:
        """Nobody has the customer to whom he was sent: the flow goes on."""
        return self._perform(run, at, node_of(run).unanswered(reason)) if run.is_sent else []

    def _press(self, run: Run, command: PressKey) -> list[RunEvent]:
        is_heard = run.hears == "prompts"
        may_leave = self._may_leave(run)
        if not is_heard and not run.is_awaiting and run.voicemail_since is None and not may_leave:
            return []
        acts = node_of(run).press(self._visit(run, command.at), command.key)
        if not acts:
            return []
        stopped = self._stop_prompts(run, command.at) if is_heard else []
        return stopped + self._perform(run, command.at, acts)

    def _may_leave(self, run: Run) -> bool:
        """Whether he waits at a node that has ways out by keys, and is not on his way out already."""
        node = node_of(run)
        return (
            isinstance(node, Queue)
            and bool(node.choices)
            and run.hears == "music"
            and not run.is_requested
            and not run.leaving
        )

    def _exit(self, run: Run, at: datetime, *, is_out: bool) -> list[RunEvent]:
        """The engine has let him out of the queue by the key that he pressed, or has not."""
        node = node_of(run)
        if not run.leaving or not isinstance(node, Queue):
            return []
        return self._perform(run, at, node.left(run.leaving) if is_out else node.music_again())

    def _queued(self, run: Run, command: NoteQueued) -> list[RunEvent]:
        node = node_of(run)
        if not isinstance(node, Queue) or not run.is_requested:
            return []
        visit = self._visit(run, command.at, is_waiting=command.position > 0)
        return self._perform(run, command.at, node.queued(visit))

    def _due(self, run: Run, at: datetime) -> list[RunEvent]:
        node = node_of(run)
        if isinstance(node, Lookup):
            return self._look_up_due(run, node, at)
        if run.hears == "prompts":
            stopped = self._stop_prompts(run, at)
            return stopped + self._perform(run, at, node.heard(self._visit(run, at)))
        if run.voicemail_since is not None:
            return self._end_voicemail(run, at, LIMIT)
        if run.is_awaiting:
            return self._perform(run, at, node.expired(self._visit(run, at)))
        if run.is_sent:
            return self._unanswered(run, at, "no_answer")
        if run.is_seeking:
            return self._identify(run, NoteCustomer(at=at, interaction_id=run.interaction_id, customer_id=0))
        if isinstance(node, Queue):
            return self._company_due(run, node, at)
        raise AssertionError(f"node {run.node!r} has a deadline but nothing to do")

    def _company_due(self, run: Run, node: Queue, at: datetime) -> list[RunEvent]:
        """Who waits has heard music long enough: news, a comfort message, or more music."""
        if run.leaving:
            return self._exit(run, at, is_out=False)
        if run.news_at is None:
            # Kept by a version that knew one deadline only.
            run.news_at = at
        acts = node.music_again() if run.is_requested else node.due(self._visit(run, at))
        if acts:
            return self._perform(run, at, acts)
        if run.news_at <= at:
            run.news_at = at + node.repeat_after
        after = run.news_at if run.comfort_at is None else min(run.news_at, run.comfort_at)
        self._set_deadline(run, after)
        return []

    # --- other systems

    def _answer(self, run: Run, command: GiveLookUpAnswer) -> list[RunEvent]:
        """What comes back is noted at once; words that the customer is hearing are heard out."""
        node = node_of(run)
        if not run.look_up or command.look_up != run.look_up or not isinstance(node, Lookup):
            return []
        at, who = command.at, run.interaction_id
        noted: list[RunEvent] = [
            LookUpAnswered(
                at=at,
                interaction_id=who,
                look_up=command.look_up,
                outcome=command.outcome,
                reason=command.reason,
                personal=command.personal,
            )
        ]
        if command.values:
            noted.append(VariablesAssigned(at=at, interaction_id=who, variables=command.values))
        told = f"{command.outcome} {command.reason}".strip()
        noted.append(NodeDecided(at=at, interaction_id=who, outcome=told))
        events = self._emit(noted)
        if run.hears == "prompts":
            return events
        return events + self._perform(run, at, node.answered(run.answer))

    def _fail_look_up(self, run: Run, at: datetime, reason: str) -> list[RunEvent]:
        failed = GiveLookUpAnswer(
            at=at, interaction_id=run.interaction_id, look_up=run.look_up, outcome=FAILED, reason=reason
        )
        return self._answer(run, failed)

    def _look_up_due(self, run: Run, node: Lookup, at: datetime) -> list[RunEvent]:
        """Nobody listens to nothing for long, and to nothing but waiting for ever."""
        if run.look_up and run.answer_by is not None and at < run.answer_by:
            return self._perform(run, at, node.comfort())
        stopped = self._stop_prompts(run, at) if run.hears == "prompts" else []
        if run.look_up:
            return stopped + self._fail_look_up(run, at, "timeout")
        return stopped + self._perform(run, at, node.answered(run.answer))

    def _look_up_again(self, run: Run, node: Lookup, at: datetime) -> list[RunEvent]:
        """After a restart: the answer to a question that was under way is lost."""
        if not run.look_up:
            return self._perform(run, at, node.answered(run.answer)) if run.answer else []
        stopped = self._stop_prompts(run, at) if run.hears == "prompts" else []
        if node.is_repeatable():
            return stopped + self._perform(run, at, (AskSystem(system=node.system, limit=node.timeout),))
        return stopped + self._fail_look_up(run, at, "restarted")

    def _stop_prompts(self, run: Run, at: datetime) -> list[RunEvent]:
        return self._emit([PromptsStopped(at=at, interaction_id=run.interaction_id, playback=run.playback)])

    # --- acts become events

    def _perform(self, run: Run, at: datetime, acts: tuple[Act, ...]) -> list[RunEvent]:
        """Turns acts into events, node by node, until the flow waits for something or ends."""
        events: list[RunEvent] = []
        for _ in range(MAXIMUM_STEPS):
            entered: tuple[Act, ...] = ()
            for act in acts:
                if isinstance(act, GoTo):
                    entered = self._go(run, at, _target(run, act.node), events)
                elif isinstance(act, EnterSub):
                    entered = self._go(run, at, f"{run.node}{SEPARATOR}{act.node}", events)
                else:
                    events += self._emit(events_of(self._runs, run, at, act))
            if not entered:
                return events
            acts = entered
        return events + self._emit([ended(run, at, EndReason.CANCELLED)])

    def _go(self, run: Run, at: datetime, key: str, events: list[RunEvent]) -> tuple[Act, ...]:
        node = run.flow.nodes.get(key)
        if node is None:
            # "" is a lawful end; a missing key cannot be published (decide.py), but must not strand a
            # customer.
            reason = EndReason.CANCELLED if key else EndReason.SELF_SERVED
            events += self._emit([ended(run, at, reason)])
            return ()
        events += self._emit([NodeEntered(at=at, interaction_id=run.interaction_id, node=key)])
        return node.enter(self._visit(run, at))

    def _visit(self, run: Run, at: datetime, *, is_waiting: bool = True) -> Visit:
        return Visit(
            at=at,
            is_recorded=run.is_recorded,
            hours=run.hours,
            time_zone=run.time_zone,
            queue_id=run.queue_id,
            position=self._position_of(run.interaction_id) if is_waiting else None,
            spoken=run.spoken,
            keys=run.keys,
            failures=run.failures,
            facts=self._facts(run, at),
            chance=_chance(run),
            grammar=self.grammars.get(run.locale),
            spoken_for=None if run.voicemail_since is None else at - run.voicemail_since,
            is_kept=run.is_kept,
            has_spoken=run.has_spoken,
            **self._company(run, at),
        )

    def _company(self, run: Run, at: datetime) -> dict[str, Any]:
        """What a queue node must know besides; nobody else asks for the wait, which is worked out."""
        node = run.flow.nodes.get(run.node)
        if not isinstance(node, Queue):
            return {}
        asks = node.announces_wait and self._wait_of is not None
        return {
            "expected_wait": self._wait_of(run.interaction_id, at) if asks and self._wait_of else None,
            "spoken_wait": run.spoken_wait,
            "is_news_due": run.news_at is not None and run.news_at <= at,
            "is_comfort_due": run.comfort_at is not None and run.comfort_at <= at,
            "comforts": run.comforts,
            "is_trial": run.is_test,
        }

    def _facts(self, run: Run, at: datetime) -> dict[str, str]:
        """Variables win over what is known otherwise: a flow may correct it."""
        known = {} if self._facts_of is None else self._facts_of(run.interaction_id, run.queue_id, at)
        others = self._other_queues(run, at)
        facts = {"language": run.locale, **others, **known, **run.facts, **run.variables}
        return {"caller.country": country_of(facts.get("caller", "")), **facts}

    def _other_queues(self, run: Run, at: datetime) -> dict[str, str]:
        """What the present node asks of queues that are not the number's."""
        node = run.flow.nodes.get(run.node)
        if not isinstance(node, Condition) or self._facts_of is None:
            return {}
        return {
            queue_fact(queue_id, name): value
            for queue_id in node.queues_asked()
            for name, value in self._facts_of(run.interaction_id, queue_id, at).items()
            if name.startswith(OF_QUEUE)
        }

    # --- state and deadlines

    def _emit(self, events: list[RunEvent]) -> list[RunEvent]:
        for event in events:
            self._apply(event)
        return events

    def _apply(self, event: FlowEvent) -> None:
        run = apply(self._runs, event)
        if run is not None and run.deadline is not None:
            heapq.heappush(self._timers, (run.deadline, run.interaction_id))

    def _set_deadline(self, run: Run, deadline: datetime) -> None:
        run.deadline = deadline
        heapq.heappush(self._timers, (deadline, run.interaction_id))

    def _next_run(self) -> Run | None:
        """The run with the earliest deadline; entries that were overtaken by a later event fall away here."""
        while self._timers:
            deadline, interaction_id = self._timers[0]
            run = self._runs.by_interaction.get(interaction_id)
            if run is not None and run.deadline == deadline:
                return run
            heapq.heappop(self._timers)
        return None


def _after_comfort(run: Run, node: Lookup) -> tuple[Act, ...]:
    """The words for who waits are over: on if the answer is there, else music."""
    return (PlayMusic(),) if run.look_up else node.answered(run.answer)


def _target(run: Run, key: str) -> str:
    """Where a step leads, as the run knows it: inside the flow that the present node belongs to, and where
    that ends, to what follows where it was called."""
    place = run.node.rpartition(SEPARATOR)[0]
    while not key and place:
        caller = run.flow.nodes[place]
        assert isinstance(caller, Sub)
        key = caller.next
        place = place.rpartition(SEPARATOR)[0]
    return f"{place}{SEPARATOR}{key}" if place else key


def _kept(snapshot: bytes) -> Kept:
    """Snapshots from before flows could be published are a bare list of runs."""
    found = msgspec.msgpack.decode(snapshot, type=Kept | list[Run])
    return found if isinstance(found, Kept) else Kept(found, [])


def _chance(run: Run) -> float:
    """In [0, 1): the same for this customer at this node whenever it is asked, even over all customers."""
    mixed = zlib.crc32(f"{run.interaction_id}/{run.node}".encode())
    return mixed / 2**32
