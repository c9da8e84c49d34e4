"""What colleagues write to each other, and how far each has read.

The key is the writer's own: a page that does not know whether its message arrived sends it again. Whoever
takes calls or leads those who do may chat from the start.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table chat_thread (
        thread_id integer generated always as identity primary key,
        site_id smallint not null,
        team_id integer not null default 0,
        low_person_id integer not null default 0,
        high_person_id integer not null default 0,
        unique (site_id, team_id, low_person_id, high_person_id)
    )
    """,
    """
    create table chat_message (
        message_id bigint generated always as identity primary key,
        thread_id integer not null references chat_thread on delete cascade,
        by_person_id integer not null,
        text text not null,
        is_lead boolean not null,
        at timestamptz not null,
        key uuid not null,
        unique (by_person_id, key)
    )
    """,
    "create index chat_message_thread on chat_message (thread_id, message_id)",
    "create index chat_message_at on chat_message (at)",
    """
    create table chat_read (
        thread_id integer not null references chat_thread on delete cascade,
        person_id integer not null,
        read_to bigint not null,
        primary key (thread_id, person_id)
    )
    """,
    "create table chat_retention (site_id smallint primary key, days integer not null)",
    """
    update role set rights = rights || '["chat.colleagues"]'::jsonb
    where (rights ?| array['take.calls', 'direct.agents', 'manage.site']) and not rights ? 'chat.colleagues'
    """,
)


def upgrade() -> None:
    """Nobody has written yet; messages are kept for ever until the site says otherwise."""
    for statement in STATEMENTS:
        op.execute(statement)
