"""The company's logo as a row: a picture that pages, papers and mails show. The SQL of it.

It is no configuration of the engine: `web` writes it by itself.
"""

from datetime import datetime
from typing import Any

from otklik.organization.logo import Logo
from otklik.vocabulary.ids import SiteId


async def find_logo(connection: Any, site_id: SiteId) -> Logo | None:
    """The picture."""
    row = await connection.fetchrow("select media_type, content from logo where site_id = $1", site_id)
    return None if row is None else Logo(media_type=row["media_type"], content=row["content"])


async def logo_version(connection: Any, site_id: SiteId) -> str:
    """Which one it is, "" for none: stands in its address, so that a browser keeps it until it is another."""
    found = await connection.fetchval(
        "select (extract(epoch from changed_at) * 1000)::bigint from logo where site_id = $1", site_id
    )
    return "" if found is None else str(found)


async def save_logo(connection: Any, site_id: SiteId, logo: Logo, at: datetime) -> None:
    """In place of the one before."""
    await connection.execute(
        """
        insert into logo (site_id, media_type, content, changed_at) values ($1, $2, $3, $4)
        on conflict (site_id) do update
            set media_type = excluded.media_type, content = excluded.content, changed_at = excluded.changed_at
        """,
        site_id,
        logo.media_type,
        logo.content,
        at,
    )


async def remove_logo(connection: Any, site_id: SiteId) -> bool:
    """False: there was none."""
    return bool(await connection.fetchval("delete from logo where site_id = $1 returning true", site_id))
