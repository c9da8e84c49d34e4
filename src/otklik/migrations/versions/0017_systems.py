"""Systems outside that flows ask, and what they say of a person while his interaction lives.

Why a table of its own for what is said: the journal is never rewritten, so what must be forgotten when the
interaction ends does not stand in it.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No system is known yet."""
    op.execute(
        """
        create table system (
            site_id smallint not null,
            system_id integer not null,
            name text not null,
            kind text not null,
            address text not null,
            secret_header text not null,
            secret_id integer not null,
            allowed_hosts jsonb not null,
            largest_answer integer not null,
            removed_at timestamptz,
            primary key (site_id, system_id)
        )
        """
    )
    op.execute(
        """
        create table private_value (
            site_id smallint not null,
            interaction_id bigint not null,
            name text not null,
            value text not null,
            primary key (site_id, interaction_id, name)
        )
        """
    )
    # Rights cannot be given by who does not have them: whoever manages trunks already keeps their secrets.
    op.execute(
        """
        update role set rights = rights || '["manage.systems"]'::jsonb
        where rights ? 'manage.trunks' and not rights ? 'manage.systems'
        """
    )
