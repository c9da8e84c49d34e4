"""The agent's desk: phone, state, the call, the outcome, missed calls."""

from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, LongId, Moment, Note, PhoneText, Schema, Seq, SmallId

Direction = Literal["inbound", "outbound", "internal"]


class Phone(Schema):
    """How this agent's phone registers. The password dies with the sign-in."""

    kind: Literal["browser", "sip", "simulated"]
    uri: str
    login: str
    password: str
    domain: str
    codecs: list[str]
    ice_servers: list[dict[str, str]]
    rescue_timeout_seconds: float


class SimulatedAction(Schema):
    action: Literal["answer", "decline", "hang_up"]


class NotReadyRequest(Schema):
    reason_id: SmallId


class OfferRequest(Schema):
    offer_id: LongId


class InteractionRequest(Schema):
    interaction_id: LongId


class KeysRequest(Schema):
    interaction_id: LongId
    keys: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[0-9A-Da-d*#]+$")]


class DialRequest(Schema):
    """number: any pasted form. callback_of: the missed interaction that this call answers."""

    number: PhoneText
    queue_id: SmallId | None = None
    callback_of: LongId | None = None


class Dialed(Schema):
    seq: Seq
    interaction_id: LongId


class ExtensionRequest(Schema):
    seconds: Annotated[int, Field(ge=1, le=3600)]


class OutcomeRequest(Schema):
    """A draft may be saved as often as one likes: the last one counts."""

    disposition_id: Id | None
    note: Note


class OutcomeSaved(Schema):
    saved_at: Moment


class OwnCall(Schema):
    interaction_id: LongId
    direction: Direction
    number: str
    customer_name: str
    party_id: LongId | None
    queue_id: int | None
    started_at: Moment
    talk_seconds: float
    disposition_id: int | None
    outcome: str


class OwnDay(Schema):
    handled: int
    aht_seconds: float | None
    occupancy: float | None
    ready_seconds: float
    not_ready_seconds: float
    missed_offers: int
    signed_in_seconds: float


class DeskReason(Schema):
    id: int
    name_ru: str
    name_en: str
    max_seconds: int | None
    is_paid: bool
    needs_permission: bool


class DeskDisposition(Schema):
    id: int
    name_ru: str
    name_en: str
    kind: str
    queue_ids: list[int]


class DeskQueue(Schema):
    id: int
    name: str
    project_name: str
    color: str


class DeskSettings(Schema):
    reasons: list[DeskReason]
    dispositions: list[DeskDisposition]
    queues: list[DeskQueue]


class MissedCall(Schema):
    """A customer who did not get through. reason: abandoned, short_abandoned, closed, media_failed ...

    tries_since: his calls after the first. handled: who talked with him first after that and when, inbound
    when he called again himself. attempt: the last try to call him back, by whom.
    """

    interaction_id: LongId
    number: str
    customer_name: str
    party_id: LongId | None
    queue_id: int | None
    number_called: str
    arrived_at: Moment
    waited_seconds: float
    reason: str
    tries_since: int
    handled_by_interaction_id: LongId | None
    handled_by_name: str | None
    handled_at: Moment | None
    handled_direction: Direction | None
    attempt_outcome: str | None
    attempt_at: Moment | None
    attempt_by_name: str | None
