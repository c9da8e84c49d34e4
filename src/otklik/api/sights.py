"""Whose work somebody may see, as ids: in lists, reports and recordings alike."""

from collections.abc import Collection, Sequence
from typing import Any

from otklik.access.rights import Right, Sight
from otklik.api.live_rows import masked
from otklik.api.sign_in import Who
from otklik.organization import store as organization
from otklik.vocabulary.ids import AgentId, SiteId


async def agents_in_sight(connection: Any, site_id: SiteId, who: Who) -> list[AgentId] | None:
    """The agents whose work he sees; None is everybody's."""
    match who.sees:
        case Sight.ALL:
            return None
        case Sight.SELF:
            return [who.agent_id]
        case Sight.TEAMS:
            agents = await organization.list_things(connection, "agent", site_id=site_id)
            return [
                agent.agent_id
                for agent in agents
                if agent.agent_id == who.agent_id or not who.team_ids.isdisjoint(agent.team_ids)
            ]


def narrowed(wanted: Sequence[int] | None, sight: Collection[int] | None) -> list[int] | None:
    """What was asked for, without what is out of sight; None is all."""
    if sight is None:
        return None if wanted is None else list(wanted)
    return sorted(sight) if wanted is None else [one for one in wanted if one in sight]


def shown_number(who: Who, number: str | None) -> str:
    """A customer's number as he may see it."""
    if not number:
        return ""
    return number if who.may(Right.VIEW_NUMBERS) else masked(number)
