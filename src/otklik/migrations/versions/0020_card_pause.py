"""Spans of which nothing was recorded because card data was said, and how a recording shows them."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table card_pause (
        site_id smallint not null,
        interaction_id bigint not null,
        since_ms bigint not null,
        until_ms bigint not null default 0,
        asks_ms bigint not null,
        leg_id bigint not null,
        agent_id integer not null,
        primary key (site_id, interaction_id, since_ms)
    )
    """,
    "alter table recording add column pauses text not null default ''",
)


def upgrade() -> None:
    """No recording of before has a pause."""
    for statement in STATEMENTS:
        op.execute(statement)
