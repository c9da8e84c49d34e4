"""Pages of other systems that open for agents, and the right of programs to dial for them."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table screen_pop (
        pop_id integer generated always as identity primary key,
        site_id smallint not null,
        body jsonb not null,
        changed_at timestamptz not null,
        changed_by integer not null,
        removed_at timestamptz
    )
    """,
    """
    create table screen_pop_host (
        site_id smallint not null,
        host text not null,
        primary key (site_id, host)
    )
    """,
    """
    update role set rights = rights || '["dial.for_agents"]'::jsonb
    where rights ? 'manage.site' and not rights ? 'dial.for_agents'
    """,
)


def upgrade() -> None:
    """Nothing opens until somebody says what."""
    for statement in STATEMENTS:
        op.execute(statement)
