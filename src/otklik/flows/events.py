"""Everything that can have happened in flows. Numbers 200-299 in the journal.

Enough to restore a running flow; a field is never renamed or removed, a new one has a default.
"""

from datetime import datetime, timedelta

import msgspec

from otklik.acd.model import Boost, EndReason, SkillRequirement
from otklik.flows.model import Flow
from otklik.flows.survey_calls import SurveyCall
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import AgentId, FlowId, InteractionId, PersonId, QueueId, TeamId
from otklik.vocabulary.messages import Event


class FlowStarted(Event):
    """A flow runs for this interaction, with all that its nodes may look at.

    flow: the very version that runs: a change of the published flow does not touch a running one. facts: what
    was known of the customer when it began (`last_agent`, `customer.class`). is_test: somebody tries it.
    """

    KIND = 200
    interaction_id: InteractionId
    flow_id: FlowId
    version: int
    flow: Flow
    locale: str
    is_recorded: bool
    hours: OpeningHours | None
    time_zone: str
    queue_id: QueueId
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    is_test: bool = False


class NodeEntered(Event):
    """node: its key in the flow."""

    KIND = 201
    interaction_id: InteractionId
    node: str


class PromptsStarted(Event):
    """The customer is to hear these prompts. playback: our name for this playing, never used twice."""

    KIND = 202
    interaction_id: InteractionId
    playback: str
    prompts: tuple[str, ...]
    locale: str


class MusicStarted(Event):
    """The customer is to hear music until the next prompts or the talk. sound: `music`, or `ringing`
    (somebody is rung for him). prompts: the site's own sounds instead of the built-in music, in `locale`."""

    KIND = 203
    interaction_id: InteractionId
    sound: str = "music"
    prompts: tuple[str, ...] = ()
    locale: str = ""


class HoursChecked(Event):
    KIND = 204
    interaction_id: InteractionId
    is_open: bool


class QueueRequested(Event):
    """The flow wants the interaction to wait in this queue.

    requirements: what this customer needs besides what the queue asks. priority: his own; boosts: what is
    added to it, each for a named cause. preferred_agent_id: who alone gets him for `preferred_for` (None: as
    the queue says), because of `preferred_cause`; 0 nobody. survey_id: the flow that the customer hears when
    the agent has hung up, 0 none; survey_text: what is sent to him who hung up first, "" nothing;
    survey_call: when he is called with it, None never.
    """

    KIND = 205
    interaction_id: InteractionId
    queue_id: QueueId
    requirements: tuple[SkillRequirement, ...] = ()
    priority: int = 0
    boosts: tuple[Boost, ...] = ()
    preferred_agent_id: AgentId = AgentId(0)
    preferred_for: timedelta | None = None
    preferred_cause: str = ""
    survey_id: FlowId = FlowId(0)
    survey_text: str = ""
    survey_call: SurveyCall | None = None


class PositionAnnounced(Event):
    """position: the place that is spoken; its prompt follows in PromptsStarted."""

    KIND = 206
    interaction_id: InteractionId
    position: int
    prompt: str = ""


class FlowEnded(Event):
    """reason: why the interaction ends with it; None: the flow was stopped from outside."""

    KIND = 207
    interaction_id: InteractionId
    reason: EndReason | None = None


class PromptsStopped(Event):
    """A playback is cut short: a key skipped it, or it did not end within its limit."""

    KIND = 208
    interaction_id: InteractionId
    playback: str


class CallbackRequested(Event):
    """The flow wants the customer to be promised a call from this queue."""

    KIND = 220
    interaction_id: InteractionId
    queue_id: QueueId


class WaitAnnounced(Event):
    """step: the expected wait in minutes as it is spoken: rounded up, 1 less than a minute, 31 more than
    thirty; its prompts follow in PromptsStarted."""

    KIND = 221
    interaction_id: InteractionId
    step: int


class ComfortGiven(Event):
    """A comfort message is said to him who waits; it follows in PromptsStarted."""

    KIND = 222
    interaction_id: InteractionId
    prompt: str


class QueueExitRequested(Event):
    """The customer pressed a key that leads out of the queue; whether he is out is told next."""

    KIND = 223
    interaction_id: InteractionId
    key: str


class KeysAwaited(Event):
    """The customer is to press a key until `deadline`."""

    KIND = 209
    interaction_id: InteractionId
    deadline: datetime


class KeyTyped(Event):
    KIND = 210
    interaction_id: InteractionId
    key: str


class TryFailed(Event):
    """A node that asks was tried in vain. outcome: `timeout` or `invalid`."""

    KIND = 211
    interaction_id: InteractionId
    outcome: str


class NodeDecided(Event):
    """What came of a node: the key of a menu, the case of a condition ..."""

    KIND = 212
    interaction_id: InteractionId
    outcome: str


class VariablesAssigned(Event):
    KIND = 213
    interaction_id: InteractionId
    variables: dict[str, str]


class LookUpRequested(Event):
    """Another system is asked. look_up: our name for this question, never used twice. deadline: when it
    counts as failed. What is asked stands in the flow and its facts, not here."""

    KIND = 250
    interaction_id: InteractionId
    look_up: str
    system: str
    deadline: datetime


class LookUpAnswered(Event):
    """What came of it: found, not_found, or failed for a reason (a code). personal: names of variables whose
    values are kept out of the journal; the others follow in VariablesAssigned."""

    KIND = 251
    interaction_id: InteractionId
    look_up: str
    outcome: str
    reason: str = ""
    personal: tuple[str, ...] = ()


class CustomerClassAssigned(Event):
    """The customer belongs to this class from now on, "" to none. is_kept: on his card, too. boosts: of his
    priority in every queue that the flow asks for later."""

    KIND = 252
    interaction_id: InteractionId
    customer_class: str
    is_kept: bool = False
    boosts: tuple[Boost, ...] = ()


class FlowPublished(Event):
    """From now on this version runs for calls that begin; calls that have begun keep theirs. by: a person."""

    KIND = 214
    flow: Flow
    by: PersonId


class FlowRetired(Event):
    """No number uses it any more, and none can be given it."""

    KIND = 215
    flow_id: FlowId
    by: PersonId


class VoicemailBegun(Event):
    """What the customer says from now on is his message, until `deadline` at the latest; a silence of
    `silence` ends it (0: none does). In the list of this queue, or of this team."""

    KIND = 230
    interaction_id: InteractionId
    queue_id: QueueId
    team_id: TeamId
    deadline: datetime
    silence: timedelta


class VoicemailEnded(Event):
    """outcome: `key`, `silence`, `limit`, `left`, `gone`, `failed` or `stopped` (from outside).
    is_kept: False, it was too short. since, until: what counts of it. is_call_recorded: the recording goes
    on after it. is_test: nobody gets it, it was a trial."""

    KIND = 231
    interaction_id: InteractionId
    outcome: str
    is_kept: bool
    since: datetime
    until: datetime
    is_call_recorded: bool
    is_test: bool = False


class VoicemailSpoken(Event):
    """The first word of the message was heard."""

    KIND = 232
    interaction_id: InteractionId


class SurveyAnswered(Event):
    """An answer to a question. survey: the name under which it counts; question: the node. kind: `nps`
    (0-10), `csat` (1-5), `fcr` (1 yes, 0 no). talk_id: the interaction that it is about, with
    its agent and queue (0: nobody talked yet)."""

    KIND = 233
    interaction_id: InteractionId
    survey: str
    question: str
    kind: str
    answer: int
    talk_id: InteractionId
    agent_id: AgentId
    queue_id: QueueId


class VoteRequested(Event):
    """The customer votes; whether it counts is told next."""

    KIND = 234
    interaction_id: InteractionId
    voting: str
    choice: str
    choice_name: str
    closes_at: datetime | None = None


class RecordingRefused(Event):
    """The customer does not want the call to be recorded."""

    KIND = 235
    interaction_id: InteractionId


class TextRequested(Event):
    """A text is to be sent to the customer's number."""

    KIND = 236
    interaction_id: InteractionId
    text: str


class AgentRequested(Event):
    """The flow wants the customer to be offered to this agent, for at most `ring_for`."""

    KIND = 270
    interaction_id: InteractionId
    agent_id: AgentId
    ring_for: timedelta


class OutsideRequested(Event):
    """The flow wants the number of its node to be called for the customer. Which one it is stands in the flow
    and its facts, not here. ring_for, talk_for: at most so long, None as long as the site allows."""

    KIND = 271
    interaction_id: InteractionId
    ring_for: timedelta | None = None
    talk_for: timedelta | None = None


class CustomerSought(Event):
    """The flow looks for the customer whom its node describes, until `deadline`. What he typed is not
    here."""

    KIND = 272
    interaction_id: InteractionId
    deadline: datetime


class CustomerIdentified(Event):
    """It is this customer. personal: names of the facts that are known of him now and kept out of the
    journal; the others follow in VariablesAssigned."""

    KIND = 273
    interaction_id: InteractionId
    customer_id: int
    personal: tuple[str, ...] = ()


RunEvent = (
    FlowStarted
    | NodeEntered
    | PromptsStarted
    | MusicStarted
    | HoursChecked
    | QueueRequested
    | PositionAnnounced
    | WaitAnnounced
    | ComfortGiven
    | QueueExitRequested
    | FlowEnded
    | PromptsStopped
    | CallbackRequested
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
    | CustomerIdentified
)
PublicationEvent = FlowPublished | FlowRetired
FlowEvent = RunEvent | PublicationEvent
