"""What customers answer and how they vote; the texts for them."""

from typing import Literal

from otklik.api.schemas.base import LongId, Moment, Schema

Band = Literal["promoter", "passive", "detractor"]


class AnswerRow(Schema):
    """An answer about an interaction. band: of an NPS answer."""

    survey: str
    kind: Literal["nps", "csat", "fcr"]
    answer: int
    band: Band | None
    answered_at: Moment
    agent_name: str


class NpsOf(Schema):
    """What a customer answered last to whether he would recommend us."""

    answer: int
    band: Band
    answered_at: Moment


class NpsFigures(Schema):
    """score: -100 to 100; margin: of 95 % confidence, in points."""

    responses: int
    promoters: int
    passives: int
    detractors: int
    score: float
    margin: float | None


class ShareFigures(Schema):
    """share: 0-1, with the 95 % interval; mean: of a CSAT, 1-5."""

    responses: int
    share: float
    low: float
    high: float
    mean: float | None


class SurveyFigures(Schema):
    """csat: share of 4 and 5; fcr: share of those whose matter is solved. null: nobody was asked that."""

    responses: int
    nps: NpsFigures | None
    csat: ShareFigures | None
    fcr: ShareFigures | None


class SurveyRow(Schema):
    """One survey in one queue about one agent; agent_id null: asked before anybody talked."""

    survey: str
    queue_id: int | None
    queue: str
    agent_id: int | None
    agent_name: str
    figures: SurveyFigures


class SurveyTotal(Schema):
    survey: str
    figures: SurveyFigures


class SurveyReport(Schema):
    rows: list[SurveyRow]
    totals: list[SurveyTotal]


class ChoiceRow(Schema):
    """share: of all votes of this voting, 0-1."""

    choice: str
    name: str
    votes: int
    share: float


class VotingRow(Schema):
    """flow: where it stands in a published flow; "" when only its votes are left."""

    voting: str
    flow: str
    is_open: bool
    closes_at: Moment | None
    votes: int
    last_at: Moment | None
    choices: list[ChoiceRow]


class TextRow(Schema):
    """A text for a customer. state: `waits` or `failed`."""

    text_id: LongId
    interaction_id: LongId
    party_id: LongId | None
    number: str
    customer_name: str
    purpose: Literal["flow", "survey"]
    body: str
    queued_at: Moment
    state: str
    cause: str | None


class TextRows(Schema):
    rows: list[TextRow]
    next: str | None
