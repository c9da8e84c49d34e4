"""Whether the centre is well."""

from typing import Literal

from otklik.api.schemas.base import FieldProblem, Moment, Schema


class Health(Schema):
    """200 with status ok, or 503 with the reasons. reasons: codes as engine_away, write_lock_lost, loop_slow,
    channel_silent, journal_unavailable, disk_low; each has facts in `details`.

    counters_checked_at: when the counters of the open slot were last compared with what they count;
    fact_mismatches: how often a check of facts found a difference since the engine's start.
    """

    status: Literal["ok", "failing"]
    version: str
    channel: Literal["asterisk", "simulator"]
    asterisk_version: str | None
    at: Moment
    seq: str | None
    loop_lag_ms: float | None
    write_lock: bool
    channel_answered_ago_seconds: float | None
    journal_writable: bool
    disk_free_percent: float | None
    counters_checked_at: Moment | None = None
    fact_mismatches: int | None = None
    reasons: list[str]
    details: list[FieldProblem]
