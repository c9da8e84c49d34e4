"""What ties a live interaction to colleagues: a consultation, a conference, a transfer.

Why one text: it is read by screens alone, most rows have none, and it follows what the engine can do.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column."""
    op.execute("alter table interaction_now add column ties text not null default ''")
