"""Numbers whose calls are turned away.

Why not in the journal: they are people's numbers, which must be forgettable; that a call was turned away is
journalled without its number, like every call.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is turned away. Whoever manages numbers may block some."""
    op.execute(
        """
        create table blocked_number (
            blocked_id integer generated always as identity primary key,
            site_id smallint not null,
            number text not null,
            is_prefix boolean not null,
            treatment text not null check (treatment in ('decline', 'busy', 'prompt')),
            prompt text not null default '',
            reason text not null default '',
            until_at timestamptz,
            changed_at timestamptz not null,
            changed_by integer not null,
            unique (site_id, number, is_prefix)
        )
        """
    )
    op.execute(
        """
        update role set rights = rights || '["manage.blocked"]'::jsonb
        where rights ? 'manage.numbers' and not rights ? 'manage.blocked'
        """
    )
