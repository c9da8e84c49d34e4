"""Whose work somebody may see, as ids: in lists, reports and recordings alike."""

from collections.abc import Collection, Sequence
from typing import Any

from otklik.access.rights import Right, Sight
from otklik.api.live_rows import masked
from otklik.api.sign_in import Who
from otklik.organization import store as organization
from otklik.teamwork.directory import Viewer
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


async def viewer_of(connection: Any, site_id: SiteId, who: Who) -> Viewer:
    """Who looks into the directory: his own teams and those he leads."""
    row = await organization.find_thing(connection, "agent", who.person_id, site_id=site_id)
    own = row.team_ids if row is not None else ()
    return Viewer(
        person_id=who.person_id,
        team_ids=who.team_ids | frozenset(own),
        is_keeper=who.may(Right.MANAGE_DIRECTORY),
    )


def shown_number(who: Who, number: str | None) -> str:
    """A customer's number as he may see it."""
    if not number:
        return ""
    return number if who.may(Right.VIEW_NUMBERS) else masked(number)
