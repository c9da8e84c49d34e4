"""Matters that were moved from agent to agent."""

from typing import Literal

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


class MoveWay(Schema):
    """So often an agent gave a customer away by this way. to: an agent, a queue, or empty for outside and for
    whoever did not take him."""

    way: Literal["attended", "blind", "not_taken", "queue", "queue_again", "outside"]
    from_agent: str
    from_queue: str
    to_agent: str
    to_queue: str
    moves: int


class MoveReport(Schema):
    counts: list[MoveCount]
    ways: list[MoveWay]
    rows: list[MovedRow]
