"""Where a source that is followed stands now: one small row, written every few seconds."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is followed yet."""
    op.execute(
        """
        create table foreign_now (
            site_id smallint primary key references foreign_source on delete cascade,
            body bytea not null
        )
        """
    )
