"""Who arranged which call for later, so that he is told when it was not made."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table arranged_call (
        site_id smallint not null,
        interaction_id bigint not null,
        person_id integer not null,
        arranged_at timestamptz not null,
        primary key (site_id, interaction_id)
    )
    """,
    "create index arranged_call_person on arranged_call (site_id, person_id, arranged_at)",
)


def upgrade() -> None:
    """Calls that were arranged before have no line here."""
    for statement in STATEMENTS:
        op.execute(statement)
