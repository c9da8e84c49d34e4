"""How much an agent has at once on each channel, and the channel of a queue.

Why on the site too: most agents are alike, so only who differs has numbers of his own.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every queue is one of calls, every agent takes one call."""
    op.execute(
        """
        alter table site
            add column chat_capacity integer not null default 3,
            add column email_capacity integer not null default 1
        """
    )
    op.execute("alter table agent add column capacities jsonb not null default '{}'")
    op.execute("alter table queue add column channel text not null default 'voice'")
