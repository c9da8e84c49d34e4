"""A flow without a phone: what a customer with these keys would hear, and where he would come out.

The interpreter itself runs; only time is made up: prompts end at once, and silence lasts as long as a node
waits.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import structs

from otklik.acd.model import Boost, SkillRequirement
from otklik.flows.commands import (
    FinishPrompts,
    GiveLookUpAnswer,
    NoteCallback,
    NoteCustomer,
    NoteSpeech,
    NoteUnanswered,
    NoteVote,
    PressKey,
    StartFlow,
    StopVoicemail,
)
from otklik.flows.events import (
    AgentRequested,
    CallbackRequested,
    CustomerClassAssigned,
    CustomerSought,
    FlowEnded,
    FlowEvent,
    HoursChecked,
    LookUpRequested,
    NodeDecided,
    NodeEntered,
    OutsideRequested,
    PromptsStarted,
    QueueRequested,
    RecordingRefused,
    TryFailed,
    VoicemailBegun,
    VoicemailEnded,
    VoteRequested,
)
from otklik.flows.grammar import Grammar
from otklik.flows.interpreter import FlowEngine
from otklik.flows.look_ups import FAILED, Answer, personal, read_answer
from otklik.flows.model import Flow
from otklik.flows.nodes.transfer import Transfer
from otklik.flows.nodes.voting import COUNTED
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.messages import Value

MAXIMUM_TURNS = 500
ANONYMOUS = "anonymous"
NO_ANSWER: Final = "failed"
"""An answer that stands for a system that does not give one."""
ANSWERED: Final = "answered"
"""What becomes of one who is rung if nothing else is said."""
_CALL = InteractionId(1)
_SPOKEN = timedelta(seconds=10)


class Wish(Value):
    """How a customer waits: what he needs besides the queue, his priority, who is to take him."""

    requirements: tuple[SkillRequirement, ...] = ()
    priority: int = 0
    boosts: tuple[Boost, ...] = ()
    preferred_agent_id: AgentId = AgentId(0)


class Step(Value):
    """One node on the way. outcome: `open`, a key, `timeout`, `queue 3`, `callback 3`, `voicemail queue 3,
    kept`, `ended closed` ...;
    said: prompts in order; wish: where he begins to wait."""

    node: str
    outcome: str = ""
    said: tuple[str, ...] = ()
    wish: Wish | None = None


class Rehearsal(Value, kw_only=True):
    """Who calls, when, and what he types. `caller` = `anonymous` in facts is one without a number: nobody can
    call him back.

    typed: what he presses each time when he is asked, "" for silence; after the last he is silent. hours:
    None is always open. facts: what conditions see (`caller`, `number`, `queue.waiting` ...; of another queue
    `queue.5.waiting`). answers: what a
    system says, as plain JSON by the key of the node that asks it: null is not found; `failed`, or none at
    all, is no answer. Of an agent or a number that is rung: `answered` (also if left out), `busy`,
    `no_answer`, or anything else that is no answer.
    """

    at: datetime
    typed: tuple[str, ...] = ()
    facts: Mapping[str, str] = {}
    answers: Mapping[str, Any] = {}
    locale: str = "ru"
    is_recorded: bool = True
    hours: OpeningHours | None = None
    time_zone: str = "UTC"
    queue_id: QueueId = QueueId(0)


def said_by_system(text: str) -> Any:
    """An answer as people type it: JSON, or a word that is none (`failed`)."""
    try:
        return json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return text.strip()


def rehearse(flow: Flow, asked: Rehearsal, grammars: Mapping[str, Grammar] | None = None) -> list[Step]:
    """The nodes that are gone through, until a queue, an end, or too many turns (outcome `goes on`)."""
    stage = _Stage(flow, asked, grammars or {})
    return stage.run()


class _Stage:
    def __init__(self, flow: Flow, asked: Rehearsal, grammars: Mapping[str, Grammar]) -> None:
        self._asked = asked
        self._flow = flow
        self._can_be_called = asked.facts.get("caller") != ANONYMOUS
        facts = dict(asked.facts) if self._can_be_called else {**asked.facts, "caller": ""}
        self._facts = dict(facts)
        self._flows = FlowEngine(lambda _: None, lambda interaction, queue, at: self._known(queue))
        self._flows.grammars = grammars
        self._at = asked.at
        self._typed = list(asked.typed)
        self._steps: list[Step] = []
        self._is_over = False

    def _known(self, queue_id: QueueId) -> Mapping[str, str]:
        """What was told of other queues stands among the facts by its own name (`queue.5.waiting`)."""
        return self._facts if queue_id == self._asked.queue_id else {}

    def run(self) -> list[Step]:
        asked = self._asked
        self._take(
            self._flows.handle(
                StartFlow(
                    at=self._at,
                    interaction_id=_CALL,
                    flow=self._flow,
                    locale=asked.locale,
                    is_recorded=asked.is_recorded,
                    hours=asked.hours,
                    time_zone=asked.time_zone,
                    queue_id=asked.queue_id,
                )
            )
        )
        for _ in range(MAXIMUM_TURNS):
            if self._is_over:
                return self._steps
            self._turn()
        self._note("goes on")
        return self._steps

    def _turn(self) -> None:
        """He hears out what is said, then types what he was told to type, or lets the time pass."""
        run = self._flows.run_of(_CALL)
        assert run is not None, "a flow that is not over runs"
        if run.hears == "prompts":
            done = FinishPrompts(at=self._at, interaction_id=_CALL, playback=run.playback)
            self._take(self._flows.handle(done))
            return
        if run.voicemail_since is not None:
            self._speak()
            return
        group = self._typed.pop(0) if self._typed and run.is_awaiting else ""
        for key in group:
            self._take(self._flows.handle(PressKey(at=self._at, interaction_id=_CALL, key=key)))
        still = self._flows.run_of(_CALL)
        if still is not None and (not group or still.node == run.node) and still.hears != "prompts":
            self._at = still.deadline or self._at
            self._take(self._flows.advance(self._at))

    def _speak(self) -> None:
        """He says something and presses a key or is silent; "" among what he types: he says nothing."""
        group = self._typed.pop(0) if self._typed else "#"
        if group:
            self._at += _SPOKEN
            self._take(self._flows.handle(NoteSpeech(at=self._at, interaction_id=_CALL)))
        for key in group:
            self._take(self._flows.handle(PressKey(at=self._at, interaction_id=_CALL, key=key)))
        run = self._flows.run_of(_CALL)
        if run is not None and run.voicemail_since is not None:
            self._at = min(self._at + run.voicemail_silence, run.deadline or self._at)
            stop = StopVoicemail(at=self._at, interaction_id=_CALL, outcome="silence")
            self._take(self._flows.handle(stop))

    def _take(self, events: Sequence[FlowEvent]) -> None:  # noqa: C901 - one case for each kind
        for event in events:
            match event:
                case NodeEntered():
                    self._steps.append(Step(node=event.node))
                case PromptsStarted():
                    last = self._steps[-1]
                    self._steps[-1] = structs.replace(last, said=(*last.said, *event.prompts))
                case HoursChecked():
                    self._note("open" if event.is_open else "closed")
                case NodeDecided() | TryFailed():
                    self._note(event.outcome)
                case QueueRequested():
                    self._note(f"queue {event.queue_id}")
                    self._steps[-1] = structs.replace(self._steps[-1], wish=_wish(event))
                    self._is_over = True
                case CustomerSought():
                    self._identify()
                case AgentRequested():
                    self._send(f"agent {event.agent_id}")
                case OutsideRequested():
                    self._send(f"outside {self._dialed()}")
                case CallbackRequested():
                    self._note(f"callback {event.queue_id}")
                    self._take(
                        self._flows.handle(
                            NoteCallback(at=self._at, interaction_id=_CALL, is_promised=self._can_be_called)
                        )
                    )
                case CustomerClassAssigned():
                    self._note(f"class {event.customer_class or '-'}")
                case LookUpRequested():
                    self._answer(event)
                case VoteRequested():
                    outcome = COUNTED if self._can_be_called else ANONYMOUS
                    self._note(f"vote {event.choice}")
                    vote = NoteVote(at=self._at, interaction_id=_CALL, outcome=outcome)
                    self._take(self._flows.handle(vote))
                case RecordingRefused():
                    self._note("not recorded")
                case VoicemailBegun():
                    of_whom = f"team {event.team_id}" if event.team_id else f"queue {event.queue_id}"
                    self._note(f"voicemail {of_whom}")
                case VoicemailEnded():
                    self._note("kept" if event.is_kept else "dropped")
                case FlowEnded():
                    self._note(f"ended {event.reason}")
                    self._is_over = True
                case _:
                    pass

    def _answer(self, asked: LookUpRequested) -> None:
        """The system says at once what it was told to say."""
        node = self._flows.look_up_of(_CALL)
        assert node is not None, "who asks waits for an answer"
        plain = self._asked.answers.get(self._steps[-1].node, NO_ANSWER)
        if plain == NO_ANSWER:
            found = Answer(outcome=FAILED, reason="no_answer")
        else:
            found = read_answer(plain, node.values)
        hidden = personal(node.values) & found.values.keys()
        self._facts |= {name: found.values[name] for name in hidden}
        given = GiveLookUpAnswer(
            at=self._at,
            interaction_id=_CALL,
            look_up=asked.look_up,
            outcome=found.outcome,
            reason=found.reason,
            values={name: value for name, value in found.values.items() if name not in hidden},
            personal=tuple(sorted(hidden)),
        )
        self._take(self._flows.handle(given))

    def _identify(self) -> None:
        """The card that `answers` has for this node: an object of facts, without `customer.` before; else
        nobody."""
        plain = self._asked.answers.get(self._steps[-1].node)
        known = plain if isinstance(plain, dict) else {}
        values = {f"customer.{name}": str(value) for name, value in known.items()}
        noted = NoteCustomer(at=self._at, interaction_id=_CALL, customer_id=int(bool(known)), values=values)
        self._take(self._flows.handle(noted))

    def _send(self, whom: str) -> None:
        """Whoever is rung answers, unless `answers` says why he does not: `busy`, `no_answer`, `failed`."""
        self._note(whom)
        reason = self._asked.answers.get(self._steps[-1].node, ANSWERED)
        if reason == ANSWERED:
            self._is_over = True
            return
        unanswered = NoteUnanswered(at=self._at, interaction_id=_CALL, reason=str(reason))
        self._take(self._flows.handle(unanswered))

    def _dialed(self) -> str:
        """The number that the present node calls."""
        node = self._flow.nodes[self._steps[-1].node]
        return node.dialed(self._flows.facts_of(_CALL, self._at)) if isinstance(node, Transfer) else ""

    def _note(self, outcome: str) -> None:
        if not self._steps:
            self._steps.append(Step(node=""))
        last = self._steps[-1]
        told = f"{last.outcome}, {outcome}" if last.outcome else outcome
        self._steps[-1] = structs.replace(last, outcome=told)


def _wish(event: QueueRequested) -> Wish | None:
    found = Wish(
        requirements=event.requirements,
        priority=event.priority + sum(boost.amount for boost in event.boosts),
        boosts=event.boosts,
        preferred_agent_id=event.preferred_agent_id,
    )
    return None if found == Wish() else found
