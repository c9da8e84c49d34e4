"""Pages of other systems that open for agents, and the hosts that they may be of. The SQL of it.

The process `engine` does not read them, so they are rows of `web` alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from otklik.organization.screen_pops import ScreenPop
from otklik.vocabulary.ids import PersonId, SiteId

_pop = msgspec.json.Decoder(ScreenPop)


async def list_pops(connection: Any, site_id: SiteId) -> list[ScreenPop]:
    """Those that were not removed, by name."""
    rows = await connection.fetch(
        "select pop_id, body::text as body from screen_pop where site_id = $1 and removed_at is null"
        " order by lower(body ->> 'name'), pop_id",
        site_id,
    )
    return [msgspec.structs.replace(_pop.decode(row["body"]), pop_id=row["pop_id"]) for row in rows]


async def save_pop(connection: Any, site_id: SiteId, pop: ScreenPop, *, at: datetime, by: PersonId) -> int:
    """A new one (pop_id 0) or a changed one; gives its id, 0 if there is none to change."""
    body = msgspec.json.encode(pop).decode()
    if not pop.pop_id:
        return int(
            await connection.fetchval(
                "insert into screen_pop (site_id, body, changed_at, changed_by) values ($1, $2, $3, $4)"
                " returning pop_id",
                site_id,
                body,
                at,
                by,
            )
        )
    found = await connection.fetchval(
        "update screen_pop set body = $3, changed_at = $4, changed_by = $5"
        " where site_id = $1 and pop_id = $2 and removed_at is null returning pop_id",
        site_id,
        pop.pop_id,
        body,
        at,
        by,
    )
    return int(found or 0)


async def remove_pop(connection: Any, site_id: SiteId, pop_id: int, *, at: datetime, by: PersonId) -> bool:
    """It opens no more; False if there is none."""
    return bool(
        await connection.fetchval(
            "update screen_pop set removed_at = $3, changed_at = $3, changed_by = $4"
            " where site_id = $1 and pop_id = $2 and removed_at is null returning 1",
            site_id,
            pop_id,
            at,
            by,
        )
    )


async def list_hosts(connection: Any, site_id: SiteId) -> list[str]:
    """Hosts that pages may be opened of."""
    rows = await connection.fetch(
        "select host from screen_pop_host where site_id = $1 order by host", site_id
    )
    return [row["host"] for row in rows]


async def save_hosts(connection: Any, site_id: SiteId, hosts: Sequence[str]) -> None:
    """These and no others from now on."""
    await connection.execute("delete from screen_pop_host where site_id = $1", site_id)
    await connection.executemany(
        "insert into screen_pop_host (site_id, host) values ($1, $2)",
        [(site_id, host) for host in dict.fromkeys(hosts)],
    )


async def values_now(connection: Any, site_id: SiteId, agent_id: int) -> dict[str, Any] | None:
    """What is known of the interaction that an agent is offered or handles now; None if there is none."""
    row = await connection.fetchrow(
        """
        select i.interaction_id, i.direction, i.queue_id, i.project_id, i.party_id,
            coalesce(y.e164, '') as number, coalesce(n.number, '') as number_called,
            coalesce(q.name, '') as queue, coalesce(p.name, '') as project, coalesce(w.name, '') as agent,
            coalesce(c.customer_id, 0) as customer_id, coalesce(c.name, '') as customer,
            coalesce(c.details ->> 'code', '') as code, coalesce(c.details -> 'fields', '{}')::text as fields
        from agent_now as a
        join interaction_now as i on i.site_id = a.site_id and i.interaction_id = a.interaction_id
        left join party as y on y.site_id = i.site_id and y.party_id = i.party_id
        left join number as n on n.site_id = i.site_id and n.number_id = i.number_id
        left join queue as q on q.site_id = i.site_id and q.queue_id = i.queue_id
        left join project as p on p.site_id = i.site_id and p.project_id = i.project_id
        left join person as w on w.person_id = a.agent_id
        left join customer_party as cp on cp.site_id = i.site_id and cp.party_id = i.party_id
        left join customer as c on c.customer_id = cp.customer_id
        where a.site_id = $1 and a.agent_id = $2 and a.interaction_id <> 0
        """,
        site_id,
        agent_id,
    )
    return None if row is None else dict(row)
