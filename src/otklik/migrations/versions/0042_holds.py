"""When customers were held, for the recordings of their talks; and what the site wants done about holds."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table talk_hold (
        site_id smallint not null,
        interaction_id bigint not null,
        since_ms bigint not null,
        until_ms bigint not null default 0,
        primary key (site_id, interaction_id, since_ms)
    )
    """,
    "alter table recording add column holds text not null default ''",
    "alter table recording add column has_silent_holds boolean not null default false",
    "alter table site add column hold_reminder_ms bigint not null default 60000",
    "alter table site add column has_silent_holds boolean not null default false",
)


def upgrade() -> None:
    """Holds of recordings of before are not marked."""
    for statement in STATEMENTS:
        op.execute(statement)
