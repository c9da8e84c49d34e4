"""Logs of another Asterisk as sites of their own.

Why a state in one row: it is written with the events that it follows from, so an import that was killed goes
on after its last whole batch. Why hours: which seconds are stored already is asked by time, and one row for
each hour keeps ten years in a hundred thousand rows.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = (
    """
    create table foreign_source (
        site_id smallint primary key,
        name text not null unique,
        kind text not null,
        created_at timestamptz not null,
        state bytea not null
    )
    """,
    """
    create table foreign_coverage (
        site_id smallint not null references foreign_source on delete cascade,
        hour integer not null,
        body bytea not null,
        primary key (site_id, hour)
    )
    """,
    """
    create table foreign_name (
        site_id smallint not null references foreign_source on delete cascade,
        kind text not null,
        id integer not null,
        name text not null,
        title text,
        primary key (site_id, kind, id)
    )
    """,
    """
    create table foreign_unread (
        site_id smallint not null references foreign_source on delete cascade,
        file text not null,
        line bigint not null,
        reason text not null,
        text text not null,
        read_at timestamptz not null,
        primary key (site_id, file, line, reason)
    )
    """,
)


def upgrade() -> None:
    """Nothing of the live site changes."""
    for table in TABLES:
        op.execute(table)
