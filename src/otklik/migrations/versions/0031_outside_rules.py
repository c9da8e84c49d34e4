"""Where customers may be sent outside.

Why on the site: the rules are part of its configuration, journaled and kept in the snapshot with it. An empty
object is what a new centre begins with.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every centre begins with the rules of a new one."""
    op.execute("alter table site add column outside jsonb not null default '{}'")
