"""The dimension `cal`: one row for each slot and zone."""

from collections.abc import Iterable
from typing import Any

from otklik.reports.calendar import CalendarRow


async def zone_number(connection: Any, zone: str) -> int:
    """The number of a zone, given on first sight."""
    found = await connection.fetchval("select tz from zone where name = $1", zone)
    if found is None:
        await connection.execute("insert into zone (name) values ($1) on conflict (name) do nothing", zone)
        found = await connection.fetchval("select tz from zone where name = $1", zone)
    return int(found)


async def covered_slots(connection: Any, tz: int) -> tuple[int, int] | None:
    """First and last slot that are there; None if none is."""
    row = await connection.fetchrow("select min(slot) as low, max(slot) as high from cal where tz = $1", tz)
    return None if row["low"] is None else (row["low"], row["high"])


async def add_slots(connection: Any, tz: int, rows: Iterable[CalendarRow]) -> None:
    """Add slots; those that are there stay as they are (their holidays may have been set)."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        await connection.execute(_ADD, tz, *columns)


_ADD = """
insert into cal (tz, slot, local_date, ym, iso_week, dow, qh)
select $1, * from unnest(
    $2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::smallint[], $7::smallint[]
) as t(slot, local_date, ym, iso_week, dow, qh)
on conflict (tz, slot) do nothing
"""
