"""Matters that were moved from agent to agent."""

from otklik.api.schemas.base import LongId, Moment, Schema


class MoveCount(Schema):
    """How many matters that somebody answered were moved so often."""

    moves: int
    matters: int


class MovedRow(Schema):
    """One matter: who talked, in order, and in which queues."""

    interaction_id: LongId
    started_at: Moment
    moves: int
    agents: list[str]
    queues: list[str]
    wait_seconds: float
    talk_seconds: float
    hold_seconds: float
    outcome: str


class MoveReport(Schema):
    counts: list[MoveCount]
    rows: list[MovedRow]
