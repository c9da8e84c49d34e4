"""Rows of the directory and of speed dials. The SQL of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from otklik.teamwork.directory import Viewer
from otklik.teamwork.model import Entry, Favourite, FavouriteKind, SeenBy
from otklik.vocabulary.ids import PersonId, SiteId, TeamId

_COLUMNS = """
    entry_id, name, company, number, note, seen_by,
    array(select one::integer from jsonb_array_elements_text(team_ids) as one) as team_ids,
    owner_id, changed_at
"""
_SEEN = """
    (seen_by = 'all' or (seen_by = 'own' and owner_id = $2) or (seen_by = 'teams' and ($4 or exists (
        select from jsonb_array_elements_text(team_ids) as one where one::integer = any($3::integer[])
    ))))
"""


def _entry(row: Any) -> Entry:
    return Entry(
        entry_id=row["entry_id"],
        name=row["name"],
        company=row["company"],
        number=row["number"],
        note=row["note"],
        seen_by=SeenBy(row["seen_by"]),
        team_ids=tuple(TeamId(team_id) for team_id in row["team_ids"]),
        owner_id=PersonId(row["owner_id"]),
        changed_at=row["changed_at"],
    )


def _viewing(site_id: SiteId, viewer: Viewer) -> tuple[Any, ...]:
    return site_id, viewer.person_id, sorted(viewer.team_ids), viewer.is_keeper


async def list_entries(
    connection: Any, site_id: SiteId, viewer: Viewer, *, find: str = "", limit: int
) -> list[Entry]:
    """What he may see by name. find: a part of name, company or note, or three digits of the number."""
    wanted = find.strip()
    digits = "".join(sign for sign in wanted if sign.isdigit())
    for sign in ("\\", "%", "_"):
        wanted = wanted.replace(sign, f"\\{sign}")
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from directory_entry
        where site_id = $1 and removed_at is null and {_SEEN}
            and ($5 = '' or name ilike '%' || $5 || '%' or company ilike '%' || $5 || '%'
                or note ilike '%' || $5 || '%' or ($6 <> '' and number like '%' || $6 || '%'))
        order by lower(name), lower(company), entry_id limit $7
        """,
        *_viewing(site_id, viewer),
        wanted,
        digits if len(digits) >= 3 else "",
        limit,
    )
    return [_entry(row) for row in rows]


async def entries_by_id(
    connection: Any, site_id: SiteId, viewer: Viewer, entry_ids: Sequence[int]
) -> list[Entry]:
    """Those of them that are there and that he may see."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from directory_entry
        where site_id = $1 and removed_at is null and {_SEEN} and entry_id = any($5::integer[])
        """,
        *_viewing(site_id, viewer),
        list(entry_ids),
    )
    return [_entry(row) for row in rows]


async def entries_by_number(
    connection: Any, site_id: SiteId, numbers: Sequence[str], like: Entry
) -> dict[str, Entry]:
    """By number, those with the same readers; of own ones the owner's."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from directory_entry
        where site_id = $1 and removed_at is null and seen_by = $2 and number = any($3::text[])
            and ($2 <> 'own' or owner_id = $4) and team_ids = to_jsonb($5::integer[])
        order by entry_id desc
        """,
        site_id,
        like.seen_by.value,
        list(numbers),
        like.owner_id,
        list(like.team_ids),
    )
    return {row["number"]: _entry(row) for row in rows}


async def save_entry(connection: Any, site_id: SiteId, entry: Entry, *, by: PersonId, at: datetime) -> int:
    """A new one (id 0) or a changed one; gives its id."""
    values = (
        site_id,
        entry.name,
        entry.company,
        entry.number,
        entry.note,
        entry.seen_by.value,
        list(entry.team_ids),
        entry.owner_id,
        by,
        at,
    )
    if entry.entry_id:
        await connection.execute(
            """
            update directory_entry set name = $2, company = $3, number = $4, note = $5, seen_by = $6,
                team_ids = to_jsonb($7::integer[]), owner_id = $8, changed_by = $9, changed_at = $10
            where site_id = $1 and entry_id = $11
            """,
            *values,
            entry.entry_id,
        )
        return entry.entry_id
    return int(
        await connection.fetchval(
            """
            insert into directory_entry
                (site_id, name, company, number, note, seen_by, team_ids, owner_id, changed_by, changed_at)
            values ($1, $2, $3, $4, $5, $6, to_jsonb($7::integer[]), $8, $9, $10) returning entry_id
            """,
            *values,
        )
    )


async def remove_entry(
    connection: Any, site_id: SiteId, entry_id: int, *, by: PersonId, at: datetime
) -> None:
    """Nobody sees it any more; speed dials that named it skip it."""
    await connection.execute(
        "update directory_entry set removed_at = $3, changed_by = $4 where site_id = $1 and entry_id = $2",
        site_id,
        entry_id,
        at,
        by,
    )


# --- speed dial


async def list_favourites(connection: Any, site_id: SiteId, person_id: PersonId) -> list[Favourite]:
    """In his own order."""
    rows = await connection.fetch(
        "select kind, target_id from favourite where site_id = $1 and person_id = $2 order by place",
        site_id,
        person_id,
    )
    return [Favourite(kind=FavouriteKind(row["kind"]), id=row["target_id"]) for row in rows]


async def set_favourites(
    connection: Any, site_id: SiteId, person_id: PersonId, favourites: Sequence[Favourite]
) -> None:
    """All of them, in this order."""
    await connection.execute(
        "delete from favourite where site_id = $1 and person_id = $2", site_id, person_id
    )
    await connection.executemany(
        """
        insert into favourite (site_id, person_id, place, kind, target_id) values ($1, $2, $3, $4, $5)
        on conflict do nothing
        """,
        [
            (site_id, person_id, place, one.kind.value, one.id)
            for place, one in enumerate(favourites, start=1)
        ],
    )
