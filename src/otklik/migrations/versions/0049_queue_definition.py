"""Definitions of the service level that are valid from a day on, of a queue or of the site.

The process `engine` does not read them: stays keep how long they waited, and a report judges them by what was
valid on their day. Without a row everything is counted as before.
"""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table queue_definition (
        definition_id integer generated always as identity primary key,
        site_id smallint not null,
        queue_id smallint not null,
        since date not null,
        formula text not null,
        threshold_ms integer not null,
        target_ppm integer not null,
        short_abandon_ms integer not null,
        by_person integer not null,
        at timestamptz not null,
        withdrawn_by integer not null default 0,
        withdrawn_at timestamptz
    )
    """,
    "create index queue_definition_site on queue_definition (site_id, queue_id, since)",
)


def upgrade() -> None:
    """Nobody has defined anything yet."""
    for statement in STATEMENTS:
        op.execute(statement)
