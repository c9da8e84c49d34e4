"""Acts become events: what a node wants, put down for this run. Pure; the interpreter applies them."""

from datetime import datetime
from typing import assert_never

from otklik.acd.model import EndReason
from otklik.flows.acts import (
    Act,
    Announce,
    AskSystem,
    Assign,
    AssignClass,
    AwaitKeys,
    CastVote,
    Comfort,
    EndVoicemail,
    EnterSub,
    FindCustomer,
    Finish,
    GoTo,
    NoteAnswer,
    NoteFailure,
    NoteHours,
    NoteKey,
    NoteOutcome,
    PlayMusic,
    RecordVoicemail,
    RefuseRecording,
    RequestAgent,
    RequestCallback,
    RequestExit,
    RequestOutside,
    RequestQueue,
    Say,
    SendText,
)
from otklik.flows.events import (
    AgentRequested,
    CallbackRequested,
    ComfortGiven,
    CustomerClassAssigned,
    CustomerSought,
    FlowEnded,
    HoursChecked,
    KeysAwaited,
    KeyTyped,
    LookUpRequested,
    MusicStarted,
    NodeDecided,
    OutsideRequested,
    PositionAnnounced,
    PromptsStarted,
    QueueExitRequested,
    QueueRequested,
    RecordingRefused,
    RunEvent,
    SurveyAnswered,
    TextRequested,
    TryFailed,
    VariablesAssigned,
    VoicemailBegun,
    VoicemailEnded,
    VoteRequested,
    WaitAnnounced,
)
from otklik.flows.model import FlowNode
from otklik.flows.nodes.survey import TALK_AGENT, TALK_OF, TALK_QUEUE
from otklik.flows.nodes.voting import Voting
from otklik.flows.state import SOUGHT_LIMIT, Run, Runs
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.time import to_ms


def events_of(runs: Runs, run: Run, at: datetime, act: Act) -> list[RunEvent]:  # noqa: C901 - one case for each act
    """What an act of the present node is, as events. Reads state only."""
    who = run.interaction_id
    match act:
        case Say():
            return [_prompts(runs, run, at, act.prompts)]
        case Announce():
            return _announced(runs, run, at, act)
        case Comfort():
            given = ComfortGiven(at=at, interaction_id=who, prompt=act.prompt)
            return [given, _prompts(runs, run, at, (act.prompt,))]
        case PlayMusic():
            locale = run.locale if act.prompts else ""
            return [
                MusicStarted(at=at, interaction_id=who, sound=act.sound, prompts=act.prompts, locale=locale)
            ]
        case RequestExit():
            return [QueueExitRequested(at=at, interaction_id=who, key=act.key)]
        case NoteHours():
            return [HoursChecked(at=at, interaction_id=who, is_open=act.is_open)]
        case RequestQueue():
            return [
                QueueRequested(
                    at=at,
                    interaction_id=who,
                    queue_id=act.queue_id,
                    requirements=act.requirements,
                    priority=act.priority,
                    boosts=act.boosts + run.boosts,
                    preferred_agent_id=act.preferred_agent_id,
                    preferred_for=act.preferred_for,
                    preferred_cause=act.preferred_cause,
                    survey_id=act.survey_id,
                    survey_text=act.survey_text,
                    survey_call=act.survey_call,
                )
            ]
        case RequestAgent():
            return [AgentRequested(at=at, interaction_id=who, agent_id=act.agent_id, ring_for=act.ring_for)]
        case RequestOutside():
            return [OutsideRequested(at=at, interaction_id=who, ring_for=act.ring_for, talk_for=act.talk_for)]
        case RequestCallback():
            return [CallbackRequested(at=at, interaction_id=who, queue_id=act.queue_id)]
        case AskSystem():
            return _question(runs, run, at, act)
        case FindCustomer():
            return [CustomerSought(at=at, interaction_id=who, deadline=at + SOUGHT_LIMIT)]
        case AssignClass():
            return [
                CustomerClassAssigned(
                    at=at,
                    interaction_id=who,
                    customer_class=act.customer_class,
                    is_kept=act.is_kept and not run.is_test,
                    boosts=act.boosts,
                )
            ]
        case Finish():
            return [ended(run, at, act.reason)]
        case AwaitKeys():
            return [KeysAwaited(at=at, interaction_id=who, deadline=at + act.limit)]
        case NoteKey():
            return [KeyTyped(at=at, interaction_id=who, key=act.key)]
        case NoteFailure():
            return [TryFailed(at=at, interaction_id=who, outcome=act.outcome)]
        case NoteOutcome():
            return [NodeDecided(at=at, interaction_id=who, outcome=act.outcome)]
        case Assign():
            return [VariablesAssigned(at=at, interaction_id=who, variables=act.variables)]
        case NoteAnswer():
            return [] if run.is_test else [_answer_of(run, at, act)]
        case CastVote():
            node = node_of(run)
            name = node.choices[act.choice] if isinstance(node, Voting) else ""
            vote = VoteRequested(
                at=at,
                interaction_id=who,
                voting=act.voting,
                choice=act.choice,
                choice_name=name,
                closes_at=act.closes_at,
            )
            return [vote]
        case RefuseRecording():
            return [RecordingRefused(at=at, interaction_id=who)]
        case SendText():
            return [] if run.is_test else [TextRequested(at=at, interaction_id=who, text=act.text)]
        case RecordVoicemail():
            return [
                VoicemailBegun(
                    at=at,
                    interaction_id=who,
                    queue_id=act.queue_id,
                    team_id=act.team_id,
                    deadline=at + act.limit,
                    silence=act.silence,
                )
            ]
        case EndVoicemail():
            since = run.voicemail_since or at
            return [
                VoicemailEnded(
                    at=at,
                    interaction_id=who,
                    outcome=act.outcome,
                    is_kept=act.is_kept,
                    since=since,
                    until=max(since, at - act.cut),
                    is_call_recorded=run.is_recorded,
                    is_test=run.is_test,
                )
            ]
        case GoTo() | EnterSub():
            raise AssertionError("a step to another node is taken by _perform")
        case _:
            assert_never(act)


def _question(runs: Runs, run: Run, at: datetime, act: AskSystem) -> list[RunEvent]:
    """Who waited for a system a moment ago already hears music at once: short silences add up."""
    who = run.interaction_id
    asked = LookUpRequested(
        at=at,
        interaction_id=who,
        look_up=f"{who}-{to_ms(at)}-{runs.look_ups + 1}",
        system=act.system,
        deadline=at + act.limit,
    )
    return [asked, MusicStarted(at=at, interaction_id=who)] if run.look_ups else [asked]


def _announced(runs: Runs, run: Run, at: datetime, act: Announce) -> list[RunEvent]:
    """His place, his wait, or both in one go."""
    who = run.interaction_id
    told: list[RunEvent] = []
    if act.prompt:
        told.append(PositionAnnounced(at=at, interaction_id=who, position=act.position, prompt=act.prompt))
    if act.words:
        told.append(WaitAnnounced(at=at, interaction_id=who, step=act.wait))
    said = (act.prompt, *act.words) if act.prompt else act.words
    return [*told, _prompts(runs, run, at, said)]


def _prompts(runs: Runs, run: Run, at: datetime, prompts: tuple[str, ...]) -> PromptsStarted:
    # With its moment: a flow that begins anew must not take the end of an old prompt for that of its own.
    playback = f"{run.interaction_id}-{to_ms(at)}-{runs.playbacks + 1}"
    return PromptsStarted(
        at=at, interaction_id=run.interaction_id, playback=playback, prompts=prompts, locale=run.locale
    )


def _answer_of(run: Run, at: datetime, act: NoteAnswer) -> SurveyAnswered:
    """With the talk that it is about, if it was asked after one."""
    known = {name: int(run.facts.get(name, "0")) for name in (TALK_OF, TALK_AGENT, TALK_QUEUE)}
    return SurveyAnswered(
        at=at,
        interaction_id=run.interaction_id,
        survey=act.survey,
        question=run.node,
        kind=act.kind,
        answer=act.answer,
        talk_id=InteractionId(known[TALK_OF]),
        agent_id=AgentId(known[TALK_AGENT]),
        queue_id=QueueId(known[TALK_QUEUE] or run.queue_id),
    )


def ended(run: Run, at: datetime, reason: EndReason) -> FlowEnded:
    return FlowEnded(at=at, interaction_id=run.interaction_id, reason=reason)


def node_of(run: Run) -> FlowNode:
    """The node that was entered last; a run has always entered one."""
    return run.flow.nodes[run.node]
