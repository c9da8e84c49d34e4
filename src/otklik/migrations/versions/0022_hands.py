"""What a supervisor changes for a while: an agent's queues, and a queue that is closed.

Why beside the settings: they are not settings; a form that is saved meanwhile must not undo them.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is lent, everything is open."""
    op.execute("alter table agent add column loan jsonb not null default '{}'")
    op.execute("alter table queue add column closure jsonb not null default '{}'")
