"""Mailed reports as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from otklik.reports.mailing import Every, MailedReport
from otklik.vocabulary.ids import PersonId, SiteId

_COLUMNS = (
    "mailed_id, owner_id, name, report, every, at, addresses, weekdays, queue_ids, source, form, locale,"
    " is_on, due_at, sent_at, told"
)


async def list_mailed(connection: Any, site_id: SiteId) -> list[MailedReport]:
    """All of them by name."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from mailed_report where site_id = $1 order by lower(name), mailed_id", site_id
    )
    return [_mailed(row) for row in rows]


async def find_mailed(connection: Any, site_id: SiteId, mailed_id: int) -> MailedReport | None:
    """One."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from mailed_report where site_id = $1 and mailed_id = $2", site_id, mailed_id
    )
    return None if row is None else _mailed(row)


async def save_mailed(connection: Any, site_id: SiteId, mailed: MailedReport) -> int:
    """A new one, or the one of its id; gives the id."""
    values = (
        mailed.owner_id,
        mailed.name,
        mailed.report,
        mailed.every.value,
        mailed.at,
        mailed.addresses,
        list(mailed.weekdays),
        list(mailed.queue_ids),
        mailed.source,
        mailed.form,
        mailed.locale,
        mailed.is_on,
        mailed.due_at,
    )
    if not mailed.mailed_id:
        found: int = await connection.fetchval(
            """
            insert into mailed_report (site_id, owner_id, name, report, every, at, addresses, weekdays,
                queue_ids, source, form, locale, is_on, due_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning mailed_id
            """,
            site_id,
            *values,
        )
        return found
    await connection.execute(
        """
        update mailed_report set owner_id = $3, name = $4, report = $5, every = $6, at = $7, addresses = $8,
            weekdays = $9, queue_ids = $10, source = $11, form = $12, locale = $13, is_on = $14, due_at = $15
        where site_id = $1 and mailed_id = $2
        """,
        site_id,
        mailed.mailed_id,
        *values,
    )
    return mailed.mailed_id


async def remove_mailed(connection: Any, site_id: SiteId, mailed_id: int) -> None:
    """It goes out no more."""
    await connection.execute(
        "delete from mailed_report where site_id = $1 and mailed_id = $2", site_id, mailed_id
    )


async def due_mailed(connection: Any, site_id: SiteId, now: datetime) -> Sequence[MailedReport]:
    """Those whose hour has come, the earliest first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from mailed_report where site_id = $1 and is_on and due_at <= $2 order by due_at",
        site_id,
        now,
    )
    return [_mailed(row) for row in rows]


async def note_sent(
    connection: Any, site_id: SiteId, mailed: MailedReport, *, at: datetime, told: str, due: datetime
) -> bool:
    """What came of it, and when it goes out next. False: somebody else has seen to it, or changed it."""
    done = await connection.fetchval(
        "update mailed_report set sent_at = $4, told = $5, due_at = $6"
        " where site_id = $1 and mailed_id = $2 and due_at = $3 and is_on returning 1",
        site_id,
        mailed.mailed_id,
        mailed.due_at,
        at,
        told,
        due,
    )
    return bool(done)


def _mailed(row: Any) -> MailedReport:
    return MailedReport(
        mailed_id=row["mailed_id"],
        owner_id=PersonId(row["owner_id"]),
        name=row["name"],
        report=row["report"],
        every=Every(row["every"]),
        at=row["at"],
        addresses=row["addresses"],
        weekdays=tuple(row["weekdays"]),
        queue_ids=tuple(row["queue_ids"]),
        source=row["source"],
        form=row["form"],
        locale=row["locale"],
        is_on=row["is_on"],
        due_at=row["due_at"],
        sent_at=row["sent_at"],
        told=row["told"],
    )
