"""Where customers may be sent outside: the rules that hold for agents' transfers and for call flows."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter

from otklik.access.rights import Right
from otklik.api.engine import change, question
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.routes.organization_forms import duration
from otklik.api.schemas.outside import OutsideRulesRow, OutsideRulesSave
from otklik.api.sign_in import Who, requires
from otklik.organization import commands as ask
from otklik.organization import store
from otklik.organization.model import OutsideRules
from otklik.switchboard.client import EngineAway

router = APIRouter(prefix="/api/v1/outside-rules", tags=["outside"], route_class=Route)

Rules = Annotated[Who, requires(Right.MANAGE_TRUNKS)]


@router.get("")
async def find_outside_rules(who: Rules, parts: Serves) -> OutsideRulesRow:
    """What holds, and how much of it is used up."""
    return await _row(parts)


@router.put("")
async def save_outside_rules(who: Rules, parts: Serves, body: OutsideRulesSave) -> OutsideRulesRow:
    """From now on; talks that go on are left alone."""
    rules = OutsideRules(
        allowed_prefixes=tuple(body.allowed_prefixes),
        denied_prefixes=tuple(body.denied_prefixes),
        allows_premium=body.allows_premium,
        allows_emergency=body.allows_emergency,
        ring_timeout=duration(body.ring_timeout_seconds),
        talk_limit=duration(body.talk_limit_seconds),
        at_once=body.at_once,
        daily_minutes=body.daily_minutes,
        agent_minute_calls=body.agent_minute_calls,
        agent_daily_calls=body.agent_daily_calls,
        closed_from=body.closed_from,
        closed_until=body.closed_until,
    )
    seq, _ = await change(parts, who.person_id, ask.SaveOutsideRules(rules=rules), thing="site")
    return (await _row(parts)).model_copy(update={"seq": seq})


async def _row(parts: Parts) -> OutsideRulesRow:
    async with parts.reading() as connection:
        site = await store.find_site(connection, site_id=parts.site_id)
    rules = site.outside if site is not None else OutsideRules()
    used: dict[str, float] = {}
    with suppress(EngineAway):
        used = await question(parts, "outside")
    return OutsideRulesRow(
        allowed_prefixes=list(rules.allowed_prefixes),
        denied_prefixes=list(rules.denied_prefixes),
        allows_premium=rules.allows_premium,
        allows_emergency=rules.allows_emergency,
        ring_timeout_seconds=rules.ring_timeout.total_seconds(),
        talk_limit_seconds=rules.talk_limit.total_seconds(),
        at_once=rules.at_once,
        daily_minutes=rules.daily_minutes,
        agent_minute_calls=rules.agent_minute_calls,
        agent_daily_calls=rules.agent_daily_calls,
        closed_from=rules.closed_from,
        closed_until=rules.closed_until,
        talks=int(used["talks"]) if used else None,
        minutes_today=used.get("minutes"),
    )
