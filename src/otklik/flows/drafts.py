"""Drafts of flows that several administrators edit: one for each flow, kept until it is published.

Only those who edit look at them: a draft is no configuration, so that it is not journaled.
"""

from datetime import datetime
from typing import Any

import msgspec

from otklik.vocabulary.ids import FlowId, PersonId, SiteId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import from_ms, to_ms


class Draft(Value):
    """body: as the browser sent it, maybe unfit. version: of the flow from which it began. revision: one more
    each time that it is kept."""

    body: dict[str, Any]
    version: int
    revision: int
    saved_at: datetime
    saved_by: PersonId


async def find(connection: Any, flow_id: FlowId, *, by: PersonId, site_id: SiteId) -> Draft | None:
    """The draft of a flow; of a new one (0) that of this person."""
    row = await connection.fetchrow(
        "select body::text, version, revision, saved_ms, saved_by from flow_draft"
        " where site_id = $1 and flow_id = $2 and owner_id = $3",
        *(site_id, flow_id, _owner(flow_id, by)),
    )
    if row is None:
        return None
    return Draft(
        body=msgspec.json.decode(row["body"]),
        version=row["version"],
        revision=row["revision"],
        saved_at=from_ms(row["saved_ms"]),
        saved_by=PersonId(row["saved_by"]),
    )


async def keep(  # noqa: PLR0913, one draft
    connection: Any,
    flow_id: FlowId,
    *,
    body: dict[str, Any],
    version: int,
    revision: int,
    at: datetime,
    by: PersonId,
    site_id: SiteId,
) -> int:
    """Its new revision. Refuses `draft_changed` when somebody else has kept one after `revision`."""
    kept = await connection.fetchval(
        """
        insert into flow_draft (site_id, flow_id, owner_id, body, version, revision, saved_ms, saved_by)
        select $1, $2, $3, ($4::text)::jsonb, $5, 1, $7, $8
        where $6 = 0 or exists (select from flow_draft where site_id = $1 and flow_id = $2 and owner_id = $3)
        on conflict (site_id, flow_id, owner_id) do update
        set body = excluded.body, version = excluded.version, revision = flow_draft.revision + 1,
            saved_ms = excluded.saved_ms, saved_by = excluded.saved_by
        where flow_draft.revision = $6
        returning revision
        """,
        *(site_id, flow_id, _owner(flow_id, by), msgspec.json.encode(body).decode(), version, revision),
        *(to_ms(at), by),
    )
    if kept is None:
        now = await find(connection, flow_id, by=by, site_id=site_id)
        raise Refused("draft_changed", flow_id=flow_id, by=now.saved_by if now else 0)
    return int(kept)


async def forget(connection: Any, flow_id: FlowId, *, by: PersonId, site_id: SiteId) -> None:
    """It is published, or given up."""
    await connection.execute(
        "delete from flow_draft where site_id = $1 and flow_id = $2 and owner_id = $3",
        *(site_id, flow_id, _owner(flow_id, by)),
    )


def _owner(flow_id: FlowId, by: PersonId) -> int:
    """The draft of a published flow is everybody's."""
    return 0 if flow_id else by
