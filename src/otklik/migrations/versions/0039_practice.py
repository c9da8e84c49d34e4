"""Stretches in which newcomers practise with robot customers.

Why a row of its own: what somebody did in it is asked for when it is over, and counted nowhere else.
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody practised yet."""
    op.execute(
        """
        create table practice (
            practice_id integer generated always as identity primary key,
            site_id smallint not null,
            agent_id integer not null,
            started_at timestamptz not null,
            until_at timestamptz not null,
            ended_at timestamptz,
            started_by integer not null
        )
        """
    )
    op.execute("create index practice_agent on practice (site_id, agent_id, practice_id)")
