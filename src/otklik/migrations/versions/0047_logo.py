"""The company's logo.

Why in the database: it goes with a backup, and every process that prints or shows it finds it there.
"""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None at first."""
    op.execute(
        """
        create table logo (
            site_id smallint primary key,
            media_type text not null,
            content bytea not null,
            changed_at timestamptz not null
        )
        """
    )
    # A picture that a mail shows within its text.
    op.execute("alter table delivery_enclosure add column content_id text not null default ''")
