"""Dashboards of people and of the centre, and walls that show some of them.

The process `engine` does not read them, so they are rows of `web` alone. A wall without dashboards shows the
queues of the board, as it did before.
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table dashboard (
        dashboard_id integer generated always as identity primary key,
        site_id smallint not null,
        owner_id integer not null,
        name text not null,
        body jsonb not null,
        version integer not null,
        created_at timestamptz not null,
        changed_at timestamptz not null,
        removed_at timestamptz
    )
    """,
    "create index dashboard_owner on dashboard (site_id, owner_id) where removed_at is null",
    """
    alter table wall_token
        add column dashboard_ids integer[] not null default '{}',
        add column turn_seconds integer not null default 0,
        add column theme text not null default 'dark',
        add column language text not null default '',
        add column expires_at timestamptz
    """,
)


def upgrade() -> None:
    """Nobody has a dashboard until he makes one."""
    for statement in STATEMENTS:
        op.execute(statement)
