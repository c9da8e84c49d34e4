"""How long recordings are kept, what must not be deleted, and what was.

Roles that manage the site may manage recordings, too: rights cannot be given by who does not have them.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table retention_rule (
        site_id smallint not null,
        queue_id integer not null,
        days integer not null,
        primary key (site_id, queue_id)
    )
    """,
    """
    create table recording_hold (
        hold_id bigint generated always as identity primary key,
        site_id smallint not null,
        segment_id bigint not null default 0,
        party_id bigint not null default 0,
        reason text not null,
        made_at timestamptz not null,
        made_by integer not null,
        released_at timestamptz,
        released_by integer not null default 0
    )
    """,
    "create index recording_hold_open on recording_hold (site_id) where released_at is null",
    """
    create table retention_run (
        run_id bigint generated always as identity primary key,
        site_id smallint not null,
        at timestamptz not null,
        deleted integer not null,
        bytes bigint not null,
        held integer not null,
        failed integer not null
    )
    """,
    """
    update role set rights = rights || '["manage.recordings"]'::jsonb
    where rights ? 'manage.site' and not rights ? 'manage.recordings'
    """,
)


def upgrade() -> None:
    """Without a rule everything is kept, as before."""
    for statement in STATEMENTS:
        op.execute(statement)
