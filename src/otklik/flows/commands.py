"""Everything that may be asked of the interpreter. A command about an interaction without a flow changes
nothing."""

import msgspec

from otklik.flows.model import Flow
from otklik.vocabulary.hours import OpeningHours
from otklik.vocabulary.ids import InteractionId, QueueId
from otklik.vocabulary.messages import Command


class StartFlow(Command):
    """Runs a flow for an interaction.

    hours: of the number called, None is always open. time_zone: the site's, for hours without one of their
    own. queue_id: the number's queue. node: where to begin, "" at the flow's start; a customer who waits
    again after a failed connection begins at the queue node. facts: what is known of the customer already.
    is_test: somebody tries the flow: it leaves nothing behind.
    """

    interaction_id: InteractionId
    flow: Flow
    locale: str
    is_recorded: bool
    hours: OpeningHours | None
    time_zone: str
    queue_id: QueueId
    node: str = ""
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    is_test: bool = False


class FinishPrompts(Command):
    """A playback is over (heard, failed or stopped). One that is not the present one is not heard."""

    interaction_id: InteractionId
    playback: str


class PressKey(Command):
    interaction_id: InteractionId
    key: str


class NoteQueued(Command):
    """The engine let it wait. position: from 1; 0 when it was offered to an agent at once."""

    interaction_id: InteractionId
    position: int


class NoteCallback(Command):
    """The engine promised the call that the flow asked for, or did not."""

    interaction_id: InteractionId
    is_promised: bool


class NoteQueueExit(Command):
    """The engine let him out of the queue, or did not (an agent is rung for him). Without a key that asked
    for it nothing happens."""

    interaction_id: InteractionId
    is_out: bool


class GiveLookUpAnswer(Command):
    """A system has answered, or could not. values: variables that the journal may hold; personal: the names
    of those that it may not, which are among the facts from now on. An answer to another question than the
    present one is not heard."""

    interaction_id: InteractionId
    look_up: str
    outcome: str
    reason: str = ""
    values: dict[str, str] = msgspec.field(default_factory=dict)
    personal: tuple[str, ...] = ()


class StopVoicemail(Command):
    """The customer's message is over. outcome: `silence`, `left` (he hung up), `gone` (found to have hung
    up) or `failed` (nothing can be recorded). Without a message that is being recorded nothing happens."""

    interaction_id: InteractionId
    outcome: str


class NoteSpeech(Command):
    """The customer says something into his message."""

    interaction_id: InteractionId


class NoteVote(Command):
    """What became of the vote that the flow asked for. outcome: `counted`, `repeated` or `anonymous`."""

    interaction_id: InteractionId
    outcome: str


class NoteCustomer(Command):
    """Who the flow was looking for: customer_id, 0 nobody (or more than one). values: variables that the
    journal may hold; personal: names of those that it may not."""

    interaction_id: InteractionId
    customer_id: int
    values: dict[str, str] = msgspec.field(default_factory=dict)
    personal: tuple[str, ...] = ()


class NoteUnanswered(Command):
    """He to whom the flow sent the customer did not take him. reason: `busy`, `no_answer`, another end
    reason, or the code of a refusal. Without a node that waits for it nothing happens."""

    interaction_id: InteractionId
    reason: str


class StopFlow(Command):
    """An offer was accepted, or the interaction ended."""

    interaction_id: InteractionId


class ResumeFlow(Command):
    """After a restart: whether the present prompt was heard is not known, so it begins anew. Music is left
    alone."""

    interaction_id: InteractionId


FlowCommand = (
    StartFlow
    | FinishPrompts
    | PressKey
    | NoteQueued
    | NoteCallback
    | NoteQueueExit
    | GiveLookUpAnswer
    | NoteSpeech
    | StopVoicemail
    | NoteVote
    | NoteUnanswered
    | NoteCustomer
    | StopFlow
    | ResumeFlow
)
