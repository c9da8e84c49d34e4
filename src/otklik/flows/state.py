"""What the interpreter remembers of running flows, and how events change it (`apply`: total, decides
nothing)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otklik.acd.model import Boost
from otklik.flows.events import (
    AgentRequested,
    CallbackRequested,
    ComfortGiven,
    CustomerClassAssigned,
    CustomerIdentified,
    CustomerSought,
    FlowEnded,
    FlowEvent,
    FlowPublished,
    FlowRetired,
    FlowStarted,
    HoursChecked,
    KeysAwaited,
    KeyTyped,
    LookUpAnswered,
    LookUpRequested,
    MusicStarted,
    NodeDecided,
    NodeEntered,
    OutsideRequested,
    PositionAnnounced,
    PromptsStarted,
    PromptsStopped,
    QueueExitRequested,
    QueueRequested,
    RecordingRefused,
    SurveyAnswered,
    TextRequested,
    TryFailed,
    VariablesAssigned,
    VoicemailBegun,
    VoicemailEnded,
    VoicemailSpoken,
    VoteRequested,
    WaitAnnounced,
)
from otklik.flows.model import Flow
from otklik.flows.nodes.lookup import COMFORT_AFTER
from otklik.flows.nodes.queue import Queue
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import FlowId, InteractionId, QueueId

PROMPT_LIMIT = timedelta(seconds=60)
"""A prompt that is not reported as over within this time counts as over."""

CUSTOMER_CLASS = "customer.class"
"""The fact that names the class of the customer."""

SOUGHT_LIMIT = timedelta(seconds=1.5)
"""A customer whose card is not found sooner goes on as unknown: he hears nothing meanwhile."""

TEST_LIMIT = timedelta(seconds=6)
"""In a trial nobody is rung; he who tries hears it for so long."""

SENT_LIMIT = timedelta(minutes=5)
"""Whoever is rung for a flow answers or does not, sooner than this: the engine has a deadline of its own."""

QUEUE_LIMIT = timedelta(seconds=2)
"""A request for a queue that nobody answers ends in music: the engine limits the stay, the customer hears
no silence."""


@dataclass(slots=True)
class Run:
    """One flow of one interaction. hears: `nothing`, `prompts` or `music`.

    deadline: when the present node is asked again at the latest; it is moved without an event when the
    music just plays on, so a restored run may be asked once more, which changes nothing.
    look_up: the question to another system that waits for its answer until `answer_by`, "" none; answer: what
    came of the last one at this node. look_ups: how many were asked since he last heard words.
    voicemail_since: when the message that is being recorded began. is_kept: one was recorded in this node and
    kept.
    boosts: of his class, for every queue to come. is_sent: to an agent or outside, and nobody has him yet.
    is_seeking: who he is. is_test: somebody tries the flow.
    news_at, comfort_at: when the queue node looks again for news of the wait, and when its next comfort
    message is due; comforts: how many were said. spoken_wait: the step of the wait that was spoken last.
    sound, music: what the music is, as in MusicStarted. leaving: the key by which he asked to leave the
    queue.
    """

    interaction_id: InteractionId
    flow: Flow
    locale: str
    is_recorded: bool
    hours: OpeningHours | None
    time_zone: str
    queue_id: QueueId
    node: str = ""
    hears: str = "nothing"
    playback: str = ""
    prompts: tuple[str, ...] = ()
    is_requested: bool = False
    spoken: str = ""
    deadline: datetime | None = None
    is_awaiting: bool = False
    keys: str = ""
    failures: int = 0
    variables: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    look_up: str = ""
    answer_by: datetime | None = None
    answer: str = ""
    look_ups: int = 0
    voicemail_since: datetime | None = None
    voicemail_silence: timedelta = timedelta(0)
    is_kept: bool = False
    has_spoken: bool = False
    boosts: tuple[Boost, ...] = ()
    is_sent: bool = False
    is_seeking: bool = False
    is_test: bool = False
    news_at: datetime | None = None
    comfort_at: datetime | None = None
    comforts: int = 0
    spoken_wait: int = 0
    sound: str = "music"
    music: tuple[str, ...] = ()
    leaving: str = ""

    def music_started(self, at: datetime) -> MusicStarted:
        """The music that he hears (`hears`), as it was begun: for those who must begin it again."""
        locale = self.locale if self.music else ""
        return MusicStarted(
            at=at, interaction_id=self.interaction_id, sound=self.sound, prompts=self.music, locale=locale
        )


@dataclass(slots=True)
class Runs:
    """All running flows by interaction, and the published ones by id."""

    by_interaction: dict[InteractionId, Run] = field(default_factory=dict)
    published: dict[FlowId, Flow] = field(default_factory=dict)
    last_flow_id: int = 0
    """The highest id ever given: one that was retired is not given again."""
    playbacks: int = 0
    """How many were begun at this site: a flow that begins anew at the same moment gives no name twice."""
    look_ups: int = 0
    """How many systems were asked at this site, for the same reason."""


def apply(runs: Runs, event: FlowEvent) -> Run | None:
    """Changes the state as the event says; the run it was about, or None when there is none (any more)."""
    if isinstance(event, FlowStarted):
        run = Run(
            interaction_id=event.interaction_id,
            flow=event.flow,
            locale=event.locale,
            is_recorded=event.is_recorded,
            hours=event.hours,
            time_zone=event.time_zone,
            queue_id=event.queue_id,
            facts=event.facts,
            is_test=event.is_test,
        )
        runs.by_interaction[event.interaction_id] = run
        return run
    if isinstance(event, FlowPublished):
        runs.published[event.flow.flow_id] = event.flow
        runs.last_flow_id = max(runs.last_flow_id, event.flow.flow_id)
        return None
    if isinstance(event, FlowRetired):
        runs.published.pop(event.flow_id, None)
        return None
    if isinstance(event, FlowEnded):
        runs.by_interaction.pop(event.interaction_id, None)
        return None
    if isinstance(event, PromptsStarted):
        runs.playbacks += 1
    if isinstance(event, LookUpRequested):
        runs.look_ups += 1
    existing = runs.by_interaction.get(event.interaction_id)
    if existing is not None:
        _change(existing, event)
    return existing


def _change(  # noqa: C901, PLR0915 - one case for each kind
    run: Run,
    event: NodeEntered
    | PromptsStarted
    | MusicStarted
    | HoursChecked
    | QueueRequested
    | CallbackRequested
    | PositionAnnounced
    | WaitAnnounced
    | ComfortGiven
    | QueueExitRequested
    | PromptsStopped
    | KeysAwaited
    | KeyTyped
    | TryFailed
    | NodeDecided
    | VariablesAssigned
    | LookUpRequested
    | LookUpAnswered
    | VoicemailBegun
    | VoicemailEnded
    | VoicemailSpoken
    | CustomerClassAssigned
    | SurveyAnswered
    | VoteRequested
    | RecordingRefused
    | TextRequested
    | AgentRequested
    | OutsideRequested
    | CustomerSought
    | CustomerIdentified,
) -> None:
    match event:
        case NodeEntered():
            run.node, run.deadline, run.is_requested = event.node, None, False
            run.hears, run.playback, run.prompts = "nothing", "", ()
            run.is_awaiting, run.keys, run.failures = False, "", 0
            run.look_up, run.answer_by, run.answer = "", None, ""
            run.voicemail_since, run.is_kept = None, False
            run.is_sent = run.is_seeking = False
            run.news_at, run.comfort_at, run.leaving = None, None, ""
        case PromptsStarted():
            run.is_awaiting = False
            run.hears, run.playback, run.prompts = "prompts", event.playback, event.prompts
            run.deadline = event.at + PROMPT_LIMIT * max(1, len(event.prompts))
            run.look_ups = 0
            if run.answer_by is not None:
                run.deadline = min(run.deadline, run.answer_by)
        case PromptsStopped():
            run.hears, run.playback, run.prompts, run.deadline = "nothing", "", (), None
        case MusicStarted():
            run.hears, run.playback, run.prompts, run.is_requested = "music", "", (), False
            run.sound, run.music, run.leaving = event.sound, event.prompts, ""
            node = run.flow.nodes.get(run.node)
            run.deadline = _rest(run, node, event.at) if isinstance(node, Queue) else run.answer_by
        case QueueRequested():
            run.is_requested, run.deadline = True, event.at + QUEUE_LIMIT
        case PositionAnnounced():
            run.spoken, run.is_requested, run.news_at = event.prompt, False, None
        case WaitAnnounced():
            run.spoken_wait, run.is_requested, run.news_at = event.step, False, None
        case ComfortGiven():
            run.comforts, run.comfort_at = run.comforts + 1, None
        case QueueExitRequested():
            run.leaving, run.deadline = event.key, event.at + QUEUE_LIMIT
        case KeysAwaited():
            run.hears, run.is_awaiting, run.deadline = "nothing", True, event.deadline
        case KeyTyped():
            run.keys += event.key
        case TryFailed():
            run.failures += 1
            run.keys, run.is_awaiting = "", False
        case VoicemailBegun():
            run.hears, run.playback, run.prompts = "nothing", "", ()
            run.voicemail_since, run.voicemail_silence = event.at, event.silence
            run.deadline, run.has_spoken = event.deadline, False
        case VoicemailSpoken():
            run.has_spoken = True
        case RecordingRefused():
            run.is_recorded = False
        case VoicemailEnded():
            run.voicemail_since, run.deadline, run.is_kept = None, None, event.is_kept
        case VariablesAssigned():
            run.variables.update(event.variables)
        case CustomerClassAssigned():
            run.variables[CUSTOMER_CLASS] = event.customer_class
            run.boosts = event.boosts
        case LookUpRequested():
            run.look_up, run.answer_by, run.answer = event.look_up, event.deadline, ""
            run.look_ups += 1
            run.hears, run.playback, run.prompts = "nothing", "", ()
            run.deadline = min(event.at + COMFORT_AFTER, event.deadline)
        case LookUpAnswered():
            run.look_up, run.answer = "", event.outcome
        case AgentRequested() | OutsideRequested():
            limit = TEST_LIMIT if run.is_test else SENT_LIMIT
            run.is_sent, run.deadline = True, event.at + limit
        case CustomerSought():
            run.is_seeking, run.deadline = True, event.deadline
        case CustomerIdentified():
            run.is_seeking = False
        case VoteRequested():
            run.is_awaiting, run.deadline = False, None
        case HoursChecked() | NodeDecided() | CallbackRequested() | SurveyAnswered() | TextRequested():
            pass


def _rest(run: Run, node: Queue, at: datetime) -> datetime:
    """Until when music plays in a queue: to the next news or the next comfort message."""
    if run.news_at is None:
        run.news_at = at + node.repeat_after
    elif run.news_at <= at:
        # A comfort message was said meanwhile: the rhythm of the news stays as it was.
        run.news_at += node.repeat_after * ((at - run.news_at) // node.repeat_after + 1)
    if not node.comfort:
        return run.news_at
    if run.comfort_at is None:
        run.comfort_at = at + node.comfort_after
    return min(run.news_at, run.comfort_at)
