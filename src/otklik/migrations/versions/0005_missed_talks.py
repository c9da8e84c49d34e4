"""The index of the missed holds talks that were cut off, too.

Why: a customer whose talk ended because a machine died, or who gave up in the queue after his agent was lost,
was answered once and has to be called back all the same.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index instead of another; the numbers are the outcomes of `reports.codes.MISSED`."""
    op.execute("drop index if exists interaction_missed")
    op.execute(
        "create index interaction_missed on interaction (site_id, start_ms)"
        " where direction = 1 and outcome in (2, 3, 7, 17, 18, 19, 20) and end_ms <> 0"
    )
