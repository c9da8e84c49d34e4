"""When the process that watches for alerts and tells the world was seen last."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was seen yet."""
    op.execute("create table courier_beat (site_id smallint primary key, at timestamptz not null)")
