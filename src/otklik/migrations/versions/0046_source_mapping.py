"""What a source's names and rows mean, and its rows themselves.

Why rows are kept: who is who, thresholds and what counts as an abandon change what stands in a journal that
is never rewritten, so the journal is told anew from the rows, without their files. They are packed batch by
batch: a million rows take some eight megabytes.
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

CHANGES = (
    "alter table foreign_name add column own_id integer",
    "alter table foreign_name add column team_id integer",
    """
    create table foreign_row (
        site_id smallint not null references foreign_source on delete cascade,
        number integer not null,
        file text not null,
        rows integer not null,
        body bytea not null,
        primary key (site_id, number)
    )
    """,
    """
    create table foreign_mapping (
        site_id smallint not null references foreign_source on delete cascade,
        version integer not null,
        body jsonb not null,
        saved_at timestamptz not null,
        saved_by integer not null,
        primary key (site_id, version)
    )
    """,
)


def upgrade() -> None:
    """What was imported before keeps its figures; its rows are not there to be told anew."""
    for change in CHANGES:
        op.execute(change)
