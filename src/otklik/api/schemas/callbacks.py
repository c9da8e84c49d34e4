"""Calls arranged for later: made, moved, taken back; what the desk and the supervisor see of them."""

from typing import Literal

from otklik.api.schemas.base import Id, LongId, Moment, Note, PhoneText, Schema, Seq, SmallId

ZoneSource = Literal["card", "number", "country", "site"]


class CallbackChoice(Schema):
    """A moment offered by one click. working_day: when the queue next opens on another day."""

    kind: Literal["in_hour", "tomorrow", "working_day"]
    due_at: Moment


class CallbackRow(Schema):
    """A call that is to be made. is_promised: the customer asked for it himself, else arranged_by_name did.
    owner: who is to make it, None whoever of the queue. due_at: what was agreed; next_at: when it is tried
    next. attempts: in vain so far, last_reason: how the last one ended. zone: by whose clock the customer
    lives. is_free: nobody makes the call yet, so it can be moved and taken back. taken_by_name: who makes it.
    is_mine: it is the asker's own, or he arranged it."""

    interaction_id: LongId
    number: str
    customer_name: str
    party_id: LongId
    queue_id: int
    queue_name: str
    owner_id: int | None
    owner_name: str
    taken_by_name: str
    is_promised: bool
    arranged_by_name: str
    arranged_at: Moment
    due_at: Moment
    next_at: Moment
    expires_at: Moment
    attempts: int
    last_reason: str
    note: str
    zone: str
    zone_source: ZoneSource
    is_free: bool
    is_mine: bool
    callback_of: LongId | None


class CallbackUnmade(Schema):
    """A call that the asker arranged and that came to nothing lately. reason: how it ended (`EndReason`):
    `blocked` and `opted_out` are what the customer's card or the list of blocked numbers said when it was to
    be dialled."""

    interaction_id: LongId
    number: str
    customer_name: str
    queue_name: str
    arranged_at: Moment
    ended_at: Moment
    reason: str
    note: str


class CallbackPlan(Schema):
    """What is known before a call is arranged. zone: by whose clock the customer lives. is_open: at the
    moment asked about, people answer for this queue. arranged: what is agreed with him already."""

    number: str
    customer_name: str
    queue_id: int | None
    zone: str
    zone_source: ZoneSource
    choices: list[CallbackChoice]
    is_open: bool
    arranged: list[CallbackRow]


class CallbackRequest(Schema):
    """Exactly one of interaction_id (its customer is called) and number (any pasted form). is_personal: by
    whoever asks for it, else by anybody of the queue. note: for whoever calls."""

    interaction_id: LongId | None = None
    number: PhoneText | None = None
    queue_id: SmallId
    due_at: Moment
    is_personal: bool = True
    note: Note = ""


class CallbackMade(Schema):
    seq: Seq
    interaction_id: LongId


class CallbackMove(Schema):
    """is_personal: to whoever asks, or to the queue; None leaves it with whom it is."""

    due_at: Moment
    is_personal: bool | None = None


class CallbackDirection(Schema):
    """agent_id: who is to make it, None anybody of the queue."""

    due_at: Moment
    agent_id: Id | None
