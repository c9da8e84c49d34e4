"""Webhooks: hooks, how far the journal was told, deliveries, and spans to be told again."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table webhook (
        hook_id integer generated always as identity primary key,
        site_id smallint not null,
        body jsonb not null,
        changed_at timestamptz not null,
        changed_by integer not null,
        removed_at timestamptz,
        failures integer not null default 0,
        retry_at timestamptz
    )
    """,
    """
    create table webhook_position (
        site_id smallint primary key,
        seq bigint not null
    )
    """,
    """
    create table webhook_delivery (
        delivery_id bigint generated always as identity primary key,
        site_id smallint not null,
        hook_id integer not null,
        event_id text not null,
        seq bigint not null,
        told text not null,
        interaction_id bigint not null,
        body text not null,
        state text not null check (state in ('waiting', 'delivered', 'failed')),
        made_at timestamptz not null,
        due_at timestamptz not null,
        taken_at timestamptz,
        tries integer not null default 0,
        done_at timestamptz,
        http_status integer not null default 0,
        answer text not null default '',
        replays integer not null default 0,
        unique (site_id, hook_id, event_id)
    )
    """,
    "create index webhook_delivery_waiting on webhook_delivery"
    " (site_id, hook_id, interaction_id, seq, event_id)"
    " where state = 'waiting'",
    "create index webhook_delivery_done on webhook_delivery (site_id, done_at)",
    "create index webhook_delivery_list on webhook_delivery (site_id, hook_id, delivery_id)",
    """
    create table webhook_replay (
        replay_id integer generated always as identity primary key,
        site_id smallint not null,
        hook_id integer not null,
        since timestamptz not null,
        until timestamptz not null,
        asked_at timestamptz not null,
        asked_by integer not null,
        done_at timestamptz,
        found integer not null default 0
    )
    """,
    """
    update role set rights = rights || '["manage.webhooks"]'::jsonb
    where rights ? 'manage.site' and not rights ? 'manage.webhooks'
    """,
)


def upgrade() -> None:
    """Nobody is told anything until somebody says where."""
    for statement in STATEMENTS:
        op.execute(statement)
