"""What is told outside: ways with their secrets, receivers, and deliveries with what the other side said."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table delivery_way (
        way_id integer generated always as identity primary key,
        site_id smallint not null,
        body jsonb not null,
        changed_at timestamptz not null,
        changed_by integer not null,
        removed_at timestamptz
    )
    """,
    """
    create table receiver (
        receiver_id integer generated always as identity primary key,
        site_id smallint not null,
        body jsonb not null,
        changed_at timestamptz not null,
        changed_by integer not null,
        removed_at timestamptz
    )
    """,
    """
    create table delivery (
        delivery_id bigint generated always as identity primary key,
        site_id smallint not null,
        way_id integer not null,
        receiver_id integer not null,
        address text not null,
        letter jsonb not null,
        source text not null,
        source_id bigint not null,
        state text not null check (state in ('waiting', 'delivered', 'failed', 'skipped')),
        made_at timestamptz not null,
        due_at timestamptz not null,
        tries integer not null default 0,
        done_at timestamptz,
        answer text not null default '',
        in_digest boolean not null default false
    )
    """,
    "create index delivery_due on delivery (site_id, due_at) where state = 'waiting'",
    "create index delivery_source on delivery (site_id, source, source_id)",
    "create index delivery_done on delivery (site_id, done_at)",
    """
    create table delivery_enclosure (
        enclosure_id bigint generated always as identity primary key,
        delivery_id bigint not null references delivery on delete cascade,
        name text not null,
        media_type text not null,
        content bytea not null
    )
    """,
    "create index delivery_enclosure_delivery on delivery_enclosure (delivery_id)",
    """
    update role set rights = rights || '["manage.deliveries"]'::jsonb
    where rights ? 'manage.site' and not rights ? 'manage.deliveries'
    """,
)


def upgrade() -> None:
    """Nothing is told outside until somebody says how."""
    for statement in STATEMENTS:
        op.execute(statement)
