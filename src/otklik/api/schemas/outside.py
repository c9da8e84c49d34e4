"""Where customers may be sent outside."""

from typing import Annotated

from pydantic import Field

from otklik.api.schemas.base import Schema, Seq

Prefix = Annotated[str, Field(max_length=16)]


class OutsideRulesSave(Schema):
    """Beginnings of numbers with plus; the longest that fits decides, and where some are allowed all others
    are not. ring_timeout: how long the number called may ring; talk_limit: how long the talk may last that
    no agent is in. at_once, daily_minutes: 0 is unlimited; a day is one of UTC. agent_minute_calls,
    agent_daily_calls: what one agent may dial, calls and transfers outside together; 0 is unlimited.
    closed_from, closed_until: wall times (HH:MM) of the site between which nobody but emergency numbers is
    called, "" for never."""

    allowed_prefixes: Annotated[list[Prefix], Field(max_length=500, default_factory=list)]
    denied_prefixes: Annotated[list[Prefix], Field(max_length=500, default_factory=list)]
    allows_premium: bool = False
    allows_emergency: bool = False
    ring_timeout_seconds: Annotated[float, Field(ge=5, le=180)] = 60
    talk_limit_seconds: Annotated[float, Field(ge=60, le=86400)] = 7200
    at_once: Annotated[int, Field(ge=0, le=10000)] = 20
    daily_minutes: Annotated[int, Field(ge=0, le=10000000)] = 1000
    agent_minute_calls: Annotated[int, Field(ge=0, le=1000)] = 10
    agent_daily_calls: Annotated[int, Field(ge=0, le=100000)] = 300
    closed_from: Annotated[str, Field(max_length=5)] = ""
    closed_until: Annotated[str, Field(max_length=5)] = ""


class OutsideRulesRow(OutsideRulesSave):
    """talks: parties outside that are called or talk now; minutes_today: of all of them. None: not known
    now."""

    talks: int | None = None
    minutes_today: float | None = None
    seq: Seq | None = None
