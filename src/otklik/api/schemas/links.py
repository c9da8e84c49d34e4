"""How good the links of talks were."""

from typing import Literal

from otklik.api.schemas.base import LongId, Moment, Schema

Side = Literal["agent", "customer"]


class LinkRow(Schema):
    """One way of one leg in one segment: `heard` from it, or `sent` to it; by the media server's counts or by
    the browser's own. mos: E-model (ITU-T G.107), 1.00 to 4.40; worst_mos: of its worst seconds."""

    leg_id: LongId
    segment_id: LongId | None
    side: Side
    role: str
    agent_id: int | None
    agent_name: str
    source: str
    way: str
    since: Moment
    until: Moment
    mos: float | None
    worst_mos: float | None
    grade: str | None
    cause: str | None
    packets: int
    lost: int
    loss_percent: float
    jitter_ms: float
    round_trip_ms: float | None


class LinkSumRow(Schema):
    """Of one agent, trunk or queue, and of one side: legs in segments that were measured, how many of them
    were bad (MOS of the worst way below 3.6), and means over them."""

    key: int
    name: str
    side: Side
    measured: int
    bad: int
    mos: float
    loss_percent: float
    jitter_ms: float
    round_trip_ms: float | None


class BadLinkRow(Schema):
    """One leg in one segment that was bad."""

    interaction_id: LongId
    segment_id: LongId | None
    side: Side
    agent_id: int | None
    agent_name: str
    queue_id: int | None
    trunk_id: int | None
    since: Moment
    until: Moment
    mos: float
    worst_mos: float


class LinkReport(Schema):
    rows: list[LinkSumRow]
    worst: list[BadLinkRow]
