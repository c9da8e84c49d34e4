"""Whom and what a supervisor may direct: agents whose work he sees, and queues that one of them serves."""

from otklik.access.rights import Sight
from otklik.api.engine import question
from otklik.api.parts import Parts
from otklik.api.sights import agents_in_sight
from otklik.api.sign_in import Who
from otklik.vocabulary.refusals import NotFound, Refused


async def require_agent(who: Who, parts: Parts, agent_id: int) -> None:
    """Refuses `unknown_agent` for one whose work he does not see."""
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
    if sight is not None and agent_id not in sight:
        raise NotFound("unknown_agent", agent_id=agent_id)


async def require_queue(who: Who, parts: Parts, queue_id: int) -> None:
    """Refuses `queue_of_others` for a queue that no agent serves whose work he sees; loans count."""
    if who.sees is Sight.ALL:
        return
    async with parts.reading() as connection:
        sight = await agents_in_sight(connection, parts.site_id, who)
    serve = await question(parts, "servers", queue_id=queue_id)
    if sight is not None and not set(sight) & set(serve["agent_ids"]):
        raise Refused("queue_of_others", queue_id=queue_id)


async def require_interaction(who: Who, parts: Parts, interaction_id: int) -> None:
    """An interaction is directed by who directs its agent, or, while nobody has it, its queue. Refuses as the
    other two, and `unknown_interaction`."""
    found = await question(parts, "owner", interaction_id=interaction_id)
    if found["agent_id"]:
        await require_agent(who, parts, int(found["agent_id"]))
    elif found["queue_id"]:
        await require_queue(who, parts, int(found["queue_id"]))
