"""People outside the centre whom agents call, and everybody's own speed dial.

Who directs agents or manages the site keeps the shared entries from the start: rights cannot be given by who
does not have them.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table directory_entry (
        entry_id integer generated always as identity primary key,
        site_id smallint not null,
        name text not null,
        company text not null default '',
        number text not null,
        note text not null default '',
        seen_by text not null,
        team_ids jsonb not null default '[]',
        owner_id integer not null,
        changed_by integer not null,
        changed_at timestamptz not null,
        removed_at timestamptz
    )
    """,
    "create index directory_entry_name on directory_entry (site_id, lower(name)) where removed_at is null",
    "create index directory_entry_number on directory_entry (site_id, number) where removed_at is null",
    """
    create table favourite (
        site_id smallint not null,
        person_id integer not null,
        place integer not null,
        kind text not null,
        target_id integer not null,
        primary key (site_id, person_id, kind, target_id)
    )
    """,
    """
    update role set rights = rights || '["manage.directory"]'::jsonb
    where (rights ? 'manage.site' or rights ? 'direct.agents') and not rights ? 'manage.directory'
    """,
)


def upgrade() -> None:
    """Nobody stands in it yet."""
    for statement in STATEMENTS:
        op.execute(statement)
