"""Notices of supervisors to their teams, and who has read them.

Why rows of their own: they are words of the day, neither settings nor facts of calls.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was said yet."""
    op.execute(
        """
        create table notice (
            notice_id bigint generated always as identity primary key,
            site_id smallint not null,
            text text not null,
            team_ids jsonb not null default '[]',
            by_person_id integer not null,
            created_at timestamptz not null,
            expires_at timestamptz not null,
            withdrawn_at timestamptz
        )
        """
    )
    op.execute("create index notice_expires on notice (site_id, expires_at)")
    op.execute(
        """
        create table notice_read (
            notice_id bigint not null references notice on delete cascade,
            person_id integer not null,
            read_at timestamptz not null,
            primary key (notice_id, person_id)
        )
        """
    )
