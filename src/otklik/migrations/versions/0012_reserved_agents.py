"""Until when an agent is kept for a call that a dialer makes.

Why a column: every board shows it beside the state, and a state of its own would change what the states of
agents mean in all reports.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column."""
    op.execute("alter table agent_now add column reserved_until_ms bigint not null default 0")
