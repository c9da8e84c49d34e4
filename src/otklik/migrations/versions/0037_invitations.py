"""Links by which a customer calls from his browser, each once."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table invitation (
        site_id smallint not null,
        invitation_id bigint generated always as identity primary key,
        token_hash bytea not null unique,
        queue_id integer not null,
        agent_id integer not null,
        created_by integer not null,
        created_ms bigint not null,
        expires_ms bigint not null,
        key_hash bytea,
        login text not null default '',
        opened_ms bigint not null default 0,
        interaction_id bigint not null default 0,
        ended_ms bigint not null default 0
    )
    """,
    "create index invitation_interaction on invitation (site_id, interaction_id) where interaction_id <> 0",
)


def upgrade() -> None:
    """Nobody was invited before."""
    for statement in STATEMENTS:
        op.execute(statement)
