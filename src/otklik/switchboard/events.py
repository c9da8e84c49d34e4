"""What the switchboard itself writes to the journal: legs and recordings. Numbers 400-499.

They are what recovery needs to know again after a restart: which leg belonged to what.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from otklik.acd.model import EndReason
from otklik.flows.model import Flow
from otklik.flows.survey_calls import SurveyCall
from otklik.quality.e_model import LinkFigures
from otklik.vocabulary.ids import (
    AgentId,
    FlowId,
    InteractionId,
    LegId,
    NumberId,
    PartyId,
    PersonId,
    ProjectId,
    QueueId,
    SecretId,
    SegmentId,
    TeamId,
    TextId,
    TrunkId,
    VoicemailId,
)
from otklik.vocabulary.messages import Event, Value


class PartySeen(Event):
    """A number is known by this party from now on. The number itself stands in table `party` only."""

    KIND = 400
    party_id: PartyId


class LegStarted(Event):
    """role: customer, agent, outside (a party that an agent dialled) or party (called for a transfer or a
    consultation). login: the agent's device. media_id: of a call that arrived, as the media server names
    it."""

    KIND = 401
    leg_id: LegId
    interaction_id: InteractionId
    role: str
    agent_id: AgentId = AgentId(0)
    login: str = ""
    trunk_id: TrunkId = TrunkId(0)
    number_id: NumberId = NumberId(0)
    party_id: PartyId = PartyId(0)
    media_id: str = ""


class LegUp(Event):
    """Answered."""

    KIND = 402
    leg_id: LegId
    interaction_id: InteractionId


class LegOver(Event):
    """Gone: ended, failed (reason) or never seen again (is_estimated)."""

    KIND = 403
    leg_id: LegId
    interaction_id: InteractionId
    reason: EndReason | None = None
    cause: int = 0
    tech_cause: int = 0
    is_estimated: bool = False


class LegRecorded(Event):
    """A raw two-channel file of this leg grows in HOME/spool since `since`. path is relative to HOME."""

    KIND = 404
    leg_id: LegId
    interaction_id: InteractionId
    path: str
    since: datetime


class RecordingStored(Event):
    """The audio of one segment is cut, hashed and stored; path is relative to HOME. pauses: spans that are
    silent because card data was said, `12000-30500,...` in milliseconds from its beginning; holds: in which
    the customer was held, in the same form, silent if has_silent_holds."""

    KIND = 405
    interaction_id: InteractionId
    segment_id: SegmentId
    path: str
    begins_at: datetime
    duration: timedelta
    size_bytes: int
    sha256: str
    peaks: str = ""
    pauses: str = ""
    holds: str = ""
    has_silent_holds: bool = False


class RecordingMissing(Event):
    """A segment with talk has no audio, and why: not_recorded, raw_missing, disk_full, empty."""

    KIND = 406
    interaction_id: InteractionId
    segment_id: SegmentId
    cause: str


class CallDivertedFound(Event):
    """Found at the return of the engine: the dialplan had sent this call to the fallback number at `at`."""

    KIND = 407
    interaction_id: InteractionId
    party_id: PartyId
    number_id: NumberId


class ClockStepped(Event):
    """The clock was anchored anew; the step is wall time minus the old clock's time."""

    KIND = 408
    step: timedelta


class EngineStarted(Event):
    """The writer took over at this epoch. version: of the software."""

    KIND = 409
    epoch: int
    version: str


class RecoveryDone(Event):
    """Journal and reality were compared. repairs: how many differences were repaired."""

    KIND = 410
    repairs: int
    legs: int


class RecordingStopped(Event):
    """Nothing is recorded any more because the disk is almost full; calls go on.

    free_percent: of the disk, 0-100, -1 if it could not be read. needed_percent: the setting.
    """

    KIND = 420
    free_percent: float
    needed_percent: float


class RecordingResumed(Event):
    """There is room again: new calls are recorded. free_percent: of the disk, 0-100."""

    KIND = 421
    free_percent: float


class SupervisionMode(StrEnum):
    """monitor: hears both, nobody hears him. whisper: the agent hears him too. barge: all hear each other."""

    MONITOR = "monitor"
    WHISPER = "whisper"
    BARGE = "barge"


class SupervisionEnd(StrEnum):
    """Why it ended: he stopped, hung up (or his phone was lost), went to another talk, took this one over,
    got a call of his own, signed out; the agent's part in the talk was over; the ear could not be made."""

    STOPPED = "stopped"
    HUNG_UP = "hung_up"
    SWITCHED = "switched"
    TAKEN_OVER = "taken_over"
    SUPERVISOR_BUSY = "supervisor_busy"
    SIGNED_OUT = "signed_out"
    TALK_OVER = "talk_over"
    MEDIA_FAILED = "media_failed"


class SupervisionStarted(Event):
    """A supervisor begins to listen to an agent's talk. leg_id: his own leg, rung for it or kept from the
    talk before."""

    KIND = 460
    interaction_id: InteractionId
    agent_id: AgentId
    supervisor_id: AgentId
    leg_id: LegId
    mode: SupervisionMode


class SupervisionChanged(Event):
    """He goes over to another mode."""

    KIND = 461
    interaction_id: InteractionId
    agent_id: AgentId
    supervisor_id: AgentId
    mode: SupervisionMode


class SupervisionEnded(Event):
    """He hears no more of it. mode: the last one; since: the beginning."""

    KIND = 462
    interaction_id: InteractionId
    agent_id: AgentId
    supervisor_id: AgentId
    leg_id: LegId
    cause: SupervisionEnd
    mode: SupervisionMode
    since: datetime


class VoicemailKept(Event):
    """A customer's message is to be kept: its audio is stored like that of a segment of this id. In the list
    of the queue or the team. is_recorded: False, there is no audio of it."""

    KIND = 440
    voicemail_id: VoicemailId
    interaction_id: InteractionId
    party_id: PartyId
    number_id: NumberId
    queue_id: QueueId
    team_id: TeamId
    since: datetime
    until: datetime
    is_recorded: bool


class VoicemailHandled(Event):
    """Somebody has done what a message asked for, or takes that back (is_handled False)."""

    KIND = 441
    voicemail_id: VoicemailId
    by: PersonId
    is_handled: bool = True


class LegUnrecorded(Event):
    """The raw recording of a leg is closed; the call goes on. is_refused: the customer does not want it, so
    what was recorded is removed."""

    KIND = 442
    leg_id: LegId
    interaction_id: InteractionId
    is_refused: bool = False


class CardPauseStarted(Event):
    """The customer is about to say card data: from now on nothing of this interaction is recorded and no key
    of his is written down, until the agent says that it is over. asks_at: when the desk asks whether it is.
    """

    KIND = 480
    leg_id: LegId
    interaction_id: InteractionId
    agent_id: AgentId
    asks_at: datetime


class CardPauseKept(Event):
    """Asked, the agent said that it goes on."""

    KIND = 481
    interaction_id: InteractionId
    agent_id: AgentId
    asks_at: datetime


class CardPauseEnded(Event):
    """The agent said that it is over: recording goes on, in a file of its own. A pause that nobody ended is
    over with its interaction, without this event."""

    KIND = 482
    leg_id: LegId
    interaction_id: InteractionId
    agent_id: AgentId


class SurveyStarted(Event):
    """An agent has hung up: his customer's leg goes over to an interaction of its own, in which he hears a
    survey about the talk."""

    KIND = 443
    interaction_id: InteractionId
    leg_id: LegId
    talk_id: InteractionId
    agent_id: AgentId
    queue_id: QueueId
    flow_id: FlowId


class SurveyCallScheduled(Event):
    """He who hung up first is to be called with the survey about the talk at `due_at`, or again after
    `attempt` calls in vain; not after `until`."""

    KIND = 470
    talk_id: InteractionId
    party_id: PartyId
    agent_id: AgentId
    queue_id: QueueId
    number_id: NumberId
    project_id: ProjectId
    flow_id: FlowId
    due_at: datetime
    until: datetime
    rules: SurveyCall
    attempt: int = 0


class SurveyCallDialed(Event):
    """He is called now. interaction_id: of the survey, an interaction of its own inside the house. attempt:
    from 1."""

    KIND = 471
    talk_id: InteractionId
    interaction_id: InteractionId
    attempt: int


class SurveyCallEnded(Event):
    """He is not called (any more). cause: `asked` (he answered the call), `unreached`, `expired`, `blocked`,
    `opted_out` (his card says that he wants no calls), `no_number`, `no_flow`, or the code of a refusal."""

    KIND = 472
    talk_id: InteractionId
    cause: str


class VoteCounted(Event):
    """A vote counts: the first of this party in this voting."""

    KIND = 444
    interaction_id: InteractionId
    party_id: PartyId
    voting: str
    choice: str
    choice_name: str
    closes_at: datetime | None = None


class TextQueued(Event):
    """A text for a customer stands in the outbox. purpose: `flow`, or `survey` (instead of one on the
    line)."""

    KIND = 445
    text_id: TextId
    interaction_id: InteractionId
    party_id: PartyId
    purpose: str
    text: str


class TextFailed(Event):
    """A text was not sent. cause: `no_gateway` (none is set up)."""

    KIND = 446
    text_id: TextId
    cause: str


class RecordingDeleted(Event):
    """The time for which a recording is kept was over: its file is gone, its line of the manifest stays."""

    KIND = 483
    interaction_id: InteractionId
    segment_id: SegmentId


class Trial(Value):
    """A flow that somebody tries: as it would run now, called by `caller` ("" nobody known) on a number (0
    none). by: who tries it."""

    flow: Flow
    by: PersonId
    number_id: NumberId = NumberId(0)
    caller: str = ""


class GuestExpected(Event):
    """A customer has opened a link that was sent to him: his browser may call until `until`, as this login.
    He comes to the queue; agent_id: to this agent first (0: to anybody). trial: he is an editor of flows, who
    tries one (invitation_id is 0)."""

    KIND = 485
    login: str
    secret_id: SecretId
    invitation_id: int
    queue_id: QueueId
    agent_id: AgentId
    language: str
    until: datetime
    trial: Trial | None = None


class GuestArrived(Event):
    """He calls: this is his interaction."""

    KIND = 486
    login: str
    invitation_id: int
    interaction_id: InteractionId


class GuestGone(Event):
    """His talk is over, or he never called: the login is worth nothing any more."""

    KIND = 487
    login: str
    invitation_id: int


class LinkWay(Value):
    """One way of a leg. all: what its windows since the last event come to; last: the newest; worst_mos: of
    the worst."""

    all: LinkFigures
    last: LinkFigures
    worst_mos: float


class LinkMeasured(Event):
    """How good the link of a leg was since `since`. heard: what came from the leg, sent: what arrived there;
    None where nobody measured it. source: media_server or browser. agent_id: whose leg it is, or with whom
    its customer talked."""

    KIND = 484
    interaction_id: InteractionId
    segment_id: SegmentId
    leg_id: LegId
    role: str
    agent_id: AgentId
    queue_id: QueueId
    trunk_id: TrunkId
    source: str
    since: datetime
    heard: LinkWay | None = None
    sent: LinkWay | None = None


SwitchboardEvent = (
    PartySeen
    | LegStarted
    | LegUp
    | LegOver
    | LegRecorded
    | RecordingStored
    | RecordingMissing
    | CallDivertedFound
    | ClockStepped
    | EngineStarted
    | RecoveryDone
    | RecordingStopped
    | RecordingResumed
    | SupervisionStarted
    | SupervisionChanged
    | SupervisionEnded
    | VoicemailKept
    | VoicemailHandled
    | LegUnrecorded
    | RecordingDeleted
    | CardPauseStarted
    | CardPauseKept
    | CardPauseEnded
    | SurveyStarted
    | SurveyCallScheduled
    | SurveyCallDialed
    | SurveyCallEnded
    | VoteCounted
    | TextQueued
    | TextFailed
    | LinkMeasured
    | GuestExpected
    | GuestArrived
    | GuestGone
)
