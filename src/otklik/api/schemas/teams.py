"""Teams side by side."""

from otklik.api.schemas.base import Moment, Schema


class TeamFigures(Schema):
    """Shares are fractions 0-1; null where there is no data. transfers: stays that were handed over."""

    handled: int
    aht_seconds: float | None
    average_talk_seconds: float | None
    average_hold_seconds: float | None
    average_wrap_up_seconds: float | None
    average_ring_seconds: float | None
    occupancy: float | None
    utilization: float | None
    missed_offers: int
    transfers: int
    transfer_rate: float | None
    holds: int
    signed_in_seconds: float
    nps: float | None = None
    nps_margin: float | None = None
    nps_responses: int = 0
    csat: float | None = None
    csat_responses: int = 0


class SpreadOf(Schema):
    """Of the agents who have such a number: the lowest, the middle, the highest, and how many they are."""

    measure: str
    low: float
    median: float
    high: float
    count: int


class TeamAgent(Schema):
    agent_id: int
    agent: str
    figures: TeamFigures


class TeamLine(Schema):
    """team_id null: agents of no team. agents: by name."""

    team_id: int | None
    team: str
    figures: TeamFigures
    spread: list[SpreadOf]
    agents: list[TeamAgent]


class TeamReport(Schema):
    """rows: teams by name; who is in two teams counts in both, and once in the totals."""

    zone: str
    as_of: Moment
    behind_since: Moment | None = None
    rows: list[TeamLine]
    totals: TeamFigures
    measures: list[str]
