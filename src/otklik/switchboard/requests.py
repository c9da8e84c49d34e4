"""What `web` and the workers ask of the engine process through its door.

A request has no moment: it gets one when it reaches the inbox. Its answer is the sequence that contains its
effect, or a refusal. Questions are answered by facts and never journalled.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from otklik.flows.look_ups import Question as LookUpQuestion
from otklik.flows.model import Flow
from otklik.organization.commands import OrganizationCommand
from otklik.organization.model import System
from otklik.quality.e_model import LinkFigures
from otklik.switchboard.events import RecordingDeleted, RecordingMissing, RecordingStored, SupervisionMode
from otklik.vocabulary.ids import (
    AgentId,
    FlowId,
    InteractionId,
    NumberId,
    OfferId,
    PersonId,
    QueueId,
    ReasonId,
    SecretId,
    VoicemailId,
)
from otklik.vocabulary.messages import Message, Value


class Request(Message):
    """Base of all requests."""


class SignInAgentHere(Request):
    """The agent signs in. Browser phone: `login` and `secret_id` of the endpoint that lives as long as the
    sign-in.
    """

    agent_id: AgentId
    login: str = ""
    secret_id: SecretId = SecretId(0)


class SignOutAgentHere(Request):
    agent_id: AgentId
    forced: bool = False


class GetReady(Request):
    agent_id: AgentId


class GetNotReady(Request):
    agent_id: AgentId
    reason_id: ReasonId
    permitted: bool = False


class Decline(Request):
    agent_id: AgentId
    offer_id: OfferId


class Hold(Request):
    agent_id: AgentId
    interaction_id: InteractionId


class Resume(Request):
    agent_id: AgentId
    interaction_id: InteractionId


class HangUp(Request):
    """The agent ends the talk, or stops his own dialling."""

    agent_id: AgentId
    interaction_id: InteractionId


class SendKeypad(Request):
    agent_id: AgentId
    interaction_id: InteractionId
    keys: str


class ExtendWrapUpBy(Request):
    agent_id: AgentId
    extension: timedelta


class EndWrapUp(Request):
    agent_id: AgentId


class Dial(Request):
    """Click to dial: the agent's own phone is taken first (it answers itself), then the number. number: any
    pasted form. Refusals: invalid_number, number_not_allowed, daily_cap_reached, no_trunk, agent_busy, ..."""

    agent_id: AgentId
    number: str
    queue_id: QueueId = QueueId(0)
    callback_of: InteractionId = InteractionId(0)


class Moving(Value):
    """Whom a transfer or a consultation wants: one of the three. number: any pasted form."""

    agent_id: AgentId = AgentId(0)
    queue_id: QueueId = QueueId(0)
    number: str = ""


class Transfer(Request):
    """Blind. Refusals: target_not_free, queue_full, number_not_allowed, ..."""

    agent_id: AgentId
    interaction_id: InteractionId
    to: Moving


class Consult(Request):
    """The customer hears music while the agent asks somebody. Answers with `interaction_id` of the two."""

    agent_id: AgentId
    interaction_id: InteractionId
    to: Moving


class Swap(Request):
    agent_id: AgentId
    interaction_id: InteractionId


class Complete(Request):
    agent_id: AgentId
    interaction_id: InteractionId


class CancelConsult(Request):
    agent_id: AgentId
    interaction_id: InteractionId


class Confer(Request):
    agent_id: AgentId
    interaction_id: InteractionId


class Leave(Request):
    """The agent leaves a conference; the others talk on."""

    agent_id: AgentId
    interaction_id: InteractionId


class Remove(Request):
    """The agent who owns a conference takes somebody out of it."""

    agent_id: AgentId
    interaction_id: InteractionId
    participant_id: InteractionId


class CallColleague(Request):
    """An internal call. Answers with its `interaction_id`."""

    agent_id: AgentId
    target_id: AgentId


class Assign(Request):
    """A supervisor gives a waiting customer to an agent."""

    interaction_id: InteractionId
    agent_id: AgentId


class Pull(Request):
    """A supervisor takes a customer onto himself, or back to the queue (agent_id 0)."""

    interaction_id: InteractionId
    agent_id: AgentId = AgentId(0)


class Prioritize(Request):
    """A supervisor gives a waiting customer another priority (his own, without the queue's)."""

    interaction_id: InteractionId
    priority: int


class Escalate(Request):
    """An agent gives his customer to the next tier of the queue, who keeps his wait and his history. Refuses
    no_next_tier, queue_full, not_your_interaction."""

    agent_id: AgentId
    interaction_id: InteractionId


class Requeue(Request):
    """A supervisor moves a waiting customer to another queue; what he has waited counts there."""

    interaction_id: InteractionId
    queue_id: QueueId


class ScheduleCallback(Request):
    """Arranges a call for later. number: any pasted form. agent_id: who makes it, 0 whoever of the queue.
    callback_of: the interaction in which it was agreed. note: what whoever calls should know, kept as the
    note of the new interaction. by: who arranged it. Answers with `interaction_id`.

    Refuses invalid_number, number_not_allowed, blocked_number, calls_refused (his card wants no calls),
    due_passed, invalid_due, callback_exists, too_many_callbacks, unknown_queue, wrong_channel,
    unknown_agent."""

    number: str
    queue_id: QueueId
    due_at: datetime
    by: PersonId
    agent_id: AgentId = AgentId(0)
    callback_of: InteractionId = InteractionId(0)
    note: str = ""


class RescheduleCallback(Request):
    """Another moment or owner (0: the queue) for a call that nobody makes yet. Refuses no_callback,
    due_passed, invalid_due, unknown_agent, unknown_interaction."""

    interaction_id: InteractionId
    due_at: datetime
    agent_id: AgentId = AgentId(0)


class CancelCallback(Request):
    """Takes a promise back: the customer is not called, nor does he stand in the missed list.
    Refuses no_callback: it is no promised call, or somebody has it already."""

    interaction_id: InteractionId


class Supervise(Request):
    """A supervisor listens to the agent who talks with a customer; asked again: changes the mode, or goes
    over to another talk. His own phone is rung first and answers itself. Refusals: supervisor_not_free,
    device_unreachable, wrong_phase, internal_call, target_invalid."""

    interaction_id: InteractionId
    supervisor_id: AgentId
    mode: SupervisionMode


class StopSupervising(Request):
    """He hears no more; nothing happens if he does not listen."""

    supervisor_id: AgentId


class TakeOver(Request):
    """He who listens takes the talk: the customer stays on the line, the agent goes to wrap-up."""

    interaction_id: InteractionId
    supervisor_id: AgentId


class PauseForCard(Request):
    """Nothing is recorded until EndCardPause. Refusals: not_recorded, already_paused, unknown_interaction,
    not_in_talk."""

    agent_id: AgentId
    interaction_id: InteractionId


class KeepCardPause(Request):
    """Asked after a while, the agent wants it to go on. Refusals: not_paused, unknown_interaction."""

    agent_id: AgentId
    interaction_id: InteractionId


class EndCardPause(Request):
    """Recording goes on. Refusals: not_paused, unknown_interaction."""

    agent_id: AgentId
    interaction_id: InteractionId


class NotePhoneLost(Request):
    """The page with the phone goes away (sent by the page itself while it unloads)."""

    agent_id: AgentId


class ChangeConfiguration(Request):
    """by: who does it, for the history."""

    change: OrganizationCommand
    by: PersonId


class ExpectGuest(Request):
    """A customer opened a link: his browser may call as this login, which is new. lasts: for how long.
    Refusal: unknown_queue."""

    login: str
    secret_id: SecretId
    invitation_id: int
    queue_id: QueueId
    agent_id: AgentId
    language: str
    lasts: timedelta


class ExpectTrial(Request):
    """An editor of flows wants to hear this flow, as it stands: his browser may call as this login, which is
    new. number_id: whose hours, language and queue hold, 0 none; caller: who calls, for conditions."""

    login: str
    secret_id: SecretId
    flow: Flow
    number_id: NumberId
    caller: str
    language: str
    by: PersonId
    lasts: timedelta


class NoteLink(Request):
    """How good a browser found the link of its agent's talk for the last few seconds. heard: what the media
    server got of it, sent: what the agent heard. Refusal: no_talk."""

    agent_id: AgentId
    took: timedelta
    heard: LinkFigures | None = None
    sent: LinkFigures | None = None


class PublishFlow(Request):
    """A version of a flow; draft.flow_id 0 is a new one. Answers with `flow_id` and `version`."""

    draft: Flow
    by: PersonId


class RetireFlow(Request):
    flow_id: FlowId
    by: PersonId


class NoteRecordingStored(Request):
    stored: RecordingStored


class NoteRecordingDeleted(Request):
    deleted: RecordingDeleted


class NoteRecordingMissing(Request):
    missing: RecordingMissing


class HandleVoicemail(Request):
    """Somebody has done what a message asks for, or takes that back."""

    voicemail_id: VoicemailId
    by: PersonId
    is_handled: bool = True


class SimulatedPhone(Request):
    """Only on the simulator channel: action is answer, decline or hang_up."""

    agent_id: AgentId
    action: str


class ReadBlocked(Request):
    """The list of numbers whose calls are turned away has changed: it is read anew before the next call."""


class TestTrunk(Request):
    """Asks the far end of a trunk for a sign of life; the answer has the fields of `ports.TrunkCheck` and may
    take six seconds."""

    trunk_id: int


class TestSystem(Request):
    """Asks a system outside now, as a flow would; the answer has the fields of `ports.TriedSystem`. system:
    as it is, or as it would be when saved."""

    system: System
    question: LookUpQuestion
    limit: timedelta


class Question(Message):
    """Asks for facts. name: health, why_waiting, why_idle, candidates, trunks, devices, expected, targets,
    dialable, callbacks. facts: its arguments by name (ids as integers). The answer is a mapping of plain JSON
    values."""

    name: str
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


DoorRequest = (
    SignInAgentHere
    | SignOutAgentHere
    | GetReady
    | GetNotReady
    | Decline
    | Hold
    | Resume
    | HangUp
    | SendKeypad
    | ExtendWrapUpBy
    | EndWrapUp
    | Dial
    | Transfer
    | Consult
    | Swap
    | Complete
    | CancelConsult
    | Confer
    | Leave
    | Remove
    | CallColleague
    | Assign
    | Pull
    | Prioritize
    | Escalate
    | Requeue
    | ScheduleCallback
    | RescheduleCallback
    | CancelCallback
    | Supervise
    | StopSupervising
    | TakeOver
    | PauseForCard
    | KeepCardPause
    | EndCardPause
    | NotePhoneLost
    | NoteLink
    | ExpectGuest
    | ExpectTrial
    | PublishFlow
    | RetireFlow
    | ChangeConfiguration
    | NoteRecordingStored
    | NoteRecordingDeleted
    | NoteRecordingMissing
    | HandleVoicemail
    | SimulatedPhone
    | ReadBlocked
    | TestTrunk
    | TestSystem
    | Question
)


class Done(Message):
    """The answer to a request: its effect is in the journal at or before `seq`. facts: what it made, by
    name.
    """

    seq: int
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


class Answer(Message):
    facts: dict[str, Any]


class No(Message):
    """A refusal: kind is refused, not_found, forbidden or invalid; the code has texts in both languages."""

    kind: str
    code: str
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


DoorAnswer = Done | Answer | No
