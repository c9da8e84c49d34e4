"""Published flows, every version of them.

Why a document and no columns: nodes are read by the interpreter and the editor as they are, and their kinds
grow; versions are never changed, so that an old call can be understood.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, and the right to fill it."""
    op.execute(
        """
        create table flow_version (
            site_id smallint not null,
            flow_id integer not null,
            version integer not null,
            name text not null,
            body jsonb not null,
            published_at timestamptz not null,
            published_by integer not null,
            is_retired boolean not null default false,
            primary key (site_id, flow_id, version)
        )
        """
    )
    # Rights cannot be given by who does not have them: whoever manages numbers decides what they say, too.
    op.execute(
        """
        update role set rights = rights || '["manage.flows"]'::jsonb
        where rights ? 'manage.numbers' and not rights ? 'manage.flows'
        """
    )
