"""What a node sees and what it may want: the narrow door between nodes and the interpreter."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from otklik.acd.model import Boost, EndReason, SkillRequirement
from otklik.flows.grammar import Grammar
from otklik.flows.survey_calls import SurveyCall
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import AgentId, FlowId, QueueId, TeamId
from otklik.vocabulary.messages import Value


class Visit(Value):
    """The facts of one interaction at one moment, as a node may see them.

    position: its present place in its queue, None when it does not wait (or is just being offered).
    spoken: the position prompt that the customer heard last, "" none. queue_id: the number's own queue.
    keys: digits that he has typed in this node. failures: how often this node was tried in vain. facts: what
    conditions may look at, variables among them. chance: in [0, 1), the customer's own at this node.
    grammar: how the language of the call says values; None when it has no rules. spoken_for: how long his
    message has been recorded in this node, None when none is. is_kept: one was recorded here and kept.
    has_spoken: something was heard in it. expected_wait: how long he will probably wait on, None when nobody
    knows; spoken_wait: the step that he heard last (`nodes/waiting.py`), 0 none. is_news_due, is_comfort_due:
    the time for it has come; comforts: how many comfort messages he has heard. is_trial: somebody tries the
    flow, and stands in no queue.
    """

    at: datetime
    is_recorded: bool
    hours: OpeningHours | None
    time_zone: str
    queue_id: QueueId
    position: int | None
    spoken: str
    keys: str = ""
    failures: int = 0
    facts: Mapping[str, str] = {}
    chance: float = 0.0
    grammar: Grammar | None = None
    spoken_for: timedelta | None = None
    is_kept: bool = False
    has_spoken: bool = False
    expected_wait: timedelta | None = None
    spoken_wait: int = 0
    is_news_due: bool = False
    is_comfort_due: bool = False
    comforts: int = 0
    is_trial: bool = False


class Say(Value):
    """Play these prompts, then ask the node again (`finished`)."""

    prompts: tuple[str, ...]


class Announce(Value):
    """Tell the position (its `prompt`, "" not now) and the wait (the step `wait` in `words`, none not now),
    then ask the node again (`finished`)."""

    position: int
    prompt: str
    wait: int = 0
    words: tuple[str, ...] = ()


class Comfort(Value):
    """Say the next comfort message, then ask the node again (`finished`)."""

    prompt: str


class PlayMusic(Value):
    """Music until something else is to be heard, or (`ringing`) the tone that somebody is rung. prompts: the
    site's own sounds instead of the built-in music, one after the other, again and again."""

    sound: str = "music"
    prompts: tuple[str, ...] = ()


class RequestExit(Value):
    """Ask the engine to let him out of the queue, by this key; the node is told (`left`)."""

    key: str


class NoteHours(Value):
    """The hours were looked at."""

    is_open: bool


class RequestQueue(Value):
    """Ask the engine to let the interaction wait here, with what this customer needs and who is to take him
    (as `EnqueueInteraction`)."""

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


class RequestAgent(Value):
    """Ask the engine to offer the customer to one agent; the node is told when he does not take him
    (`unanswered`)."""

    agent_id: AgentId
    ring_for: timedelta


class RequestOutside(Value):
    """Have the node's number called; the node is told when nobody comes (`unanswered`). ring_for, talk_for:
    at most so long, None as long as the site allows."""

    ring_for: timedelta | None
    talk_for: timedelta | None


class RequestCallback(Value):
    """Ask the engine to promise the customer a call."""

    queue_id: QueueId


class AskSystem(Value):
    """Ask another system; its answer, or that there is none after `limit`, comes back to the node."""

    system: str
    limit: timedelta


class FindCustomer(Value):
    """Look for the customer whom the node describes; it is told (`identified`)."""


class AssignClass(Value):
    """The customer belongs to a class, on his card too if it is kept; "" to none. boosts: what it adds to his
    priority."""

    customer_class: str
    is_kept: bool = False
    boosts: tuple[Boost, ...] = ()


class AwaitKeys(Value):
    """Silence for at most so long, then ask the node again (`expired`)."""

    limit: timedelta


class NoteKey(Value):
    """A digit that belongs to what the customer types."""

    key: str


class NoteFailure(Value):
    """Tried in vain (`timeout`, `invalid`): what was typed is forgotten."""

    outcome: str


class NoteOutcome(Value):
    """What came of a node, for those who read the trace."""

    outcome: str


class Assign(Value):
    """Variables get these values."""

    variables: dict[str, str]


class GoTo(Value):
    """Leave for another node; "" goes back to the flow that runs this one, else ends it as self-served."""

    node: str


class EnterSub(Value):
    """Go to a node of the flow that the present node calls."""

    node: str


class RecordVoicemail(Value):
    """What the customer says from now on is his message, for at most `limit`; a silence ends it, if one is
    given."""

    queue_id: QueueId
    team_id: TeamId
    limit: timedelta
    silence: timedelta


class EndVoicemail(Value):
    """The message is over. cut: what is left out of its end."""

    outcome: str
    is_kept: bool
    cut: timedelta


class NoteAnswer(Value):
    """The customer has answered a question of a survey."""

    survey: str
    kind: str
    answer: int


class CastVote(Value):
    """The customer votes; the node is told whether it counts (`voted`)."""

    voting: str
    choice: str
    closes_at: datetime | None


class RefuseRecording(Value):
    """The customer does not want the call to be recorded."""


class SendText(Value):
    """A text for the customer's number."""

    text: str


class Finish(Value):
    """The flow and the interaction end."""

    reason: EndReason


Act = (
    Say
    | Announce
    | Comfort
    | PlayMusic
    | RequestExit
    | NoteHours
    | RequestQueue
    | RequestAgent
    | RequestOutside
    | RequestCallback
    | AskSystem
    | FindCustomer
    | AssignClass
    | AwaitKeys
    | NoteKey
    | NoteFailure
    | NoteOutcome
    | Assign
    | GoTo
    | EnterSub
    | RecordVoicemail
    | EndVoicemail
    | NoteAnswer
    | CastVote
    | RefuseRecording
    | SendText
    | Finish
)
