"""Rows of published flows: written in the writer's transaction, read by everybody. Old versions stay."""

from collections.abc import Iterable
from typing import Any

import msgspec

from otklik.flows.events import FlowPublished, FlowRetired, PublicationEvent
from otklik.flows.model import Flow
from otklik.flows.trace import KINDS
from otklik.vocabulary.ids import FlowId, SiteId
from otklik.vocabulary.messages import Value

LONGEST_TRACE = 2_000


class FlowVersion(Value):
    """A version as it stands in the table. by: person; is_retired: of the whole flow."""

    flow: Flow
    published_at: Any
    by: int
    is_retired: bool


async def write(connection: Any, events: Iterable[PublicationEvent], *, site_id: SiteId) -> None:
    """Follow the events: a version each, never changed afterwards."""
    for event in events:
        match event:
            case FlowPublished():
                flow = event.flow
                await connection.execute(
                    """
                    insert into flow_version
                        (site_id, flow_id, version, name, body, published_at, published_by)
                    values ($1, $2, $3, $4, ($5::text)::jsonb, $6, $7)
                    """,
                    *(site_id, flow.flow_id, flow.version, flow.name),
                    *(msgspec.json.encode(flow).decode(), event.at, event.by),
                )
            case FlowRetired():
                await connection.execute(
                    "update flow_version set is_retired = true where site_id = $1 and flow_id = $2",
                    *(site_id, event.flow_id),
                )


async def list_flows(connection: Any, *, site_id: SiteId) -> list[FlowVersion]:
    """The newest version of each flow that is not retired, by name."""
    rows = await connection.fetch(
        "select distinct on (flow_id) body::text, published_at, published_by, is_retired from flow_version"
        " where site_id = $1 and not is_retired order by flow_id, version desc",
        site_id,
    )
    return sorted((_version(row) for row in rows), key=lambda one: (one.flow.name, one.flow.flow_id))


async def list_versions(connection: Any, flow_id: FlowId, *, site_id: SiteId) -> list[FlowVersion]:
    """All versions of one flow, the newest first; none when it never was."""
    rows = await connection.fetch(
        "select body::text, published_at, published_by, is_retired from flow_version"
        " where site_id = $1 and flow_id = $2 order by version desc",
        *(site_id, flow_id),
    )
    return [_version(row) for row in rows]


def _version(row: Any) -> FlowVersion:
    return FlowVersion(
        flow=msgspec.json.decode(row["body"], type=Flow),
        published_at=row["published_at"],
        by=row["published_by"],
        is_retired=row["is_retired"],
    )


async def trial_lines(
    connection: Any, login: str, *, after: int, arrived: int, ended: int, site_id: SiteId
) -> tuple[list[tuple[int, dict[str, Any]]], bool]:
    """What the journal says of the call of a trial since `after`: kinds and bodies; and whether it is over.
    arrived, ended: the kinds that tell of its beginning and its end."""
    interaction_id = await connection.fetchval(
        """
        select (body->>'interaction_id')::bigint from journal
        where site_id = $1 and seq > $2 and kind = $3 and body->>'login' = $4 limit 1
        """,
        *(int(site_id), after, arrived, login),
    )
    if interaction_id is None:
        return [], False
    rows = await connection.fetch(
        """
        select kind, body::text as body from journal
        where site_id = $1 and interaction_id = $2 and kind = any($3::int[]) order by seq limit $4
        """,
        *(int(site_id), interaction_id, [*KINDS, ended], LONGEST_TRACE),
    )
    lines = [(row["kind"], msgspec.json.decode(row["body"])) for row in rows]
    is_over = any(kind == ended for kind, _ in lines)
    return [line for line in lines if line[0] != ended], is_over
