"""Why a break is proposed to an agent, beside his state.

Why on the row: the board and the desk show it at once, also after a restart.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody needs a break yet."""
    op.execute(
        """
        alter table agent_now
            add column guard text not null default '',
            add column guard_handled integer not null default 0,
            add column guard_streak_ms bigint not null default 0
        """
    )
