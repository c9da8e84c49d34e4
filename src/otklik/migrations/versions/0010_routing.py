"""Queues, agents and the site have more rules for who is offered what.

Why: relaxation, weights, preferences, rests after missed offers and the load guard are set in the
administration; what stood here before goes on as it was.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns with the defaults of the model."""
    op.execute(
        """
        alter table queue
            add column relaxation jsonb not null default '[]',
            add column weight double precision not null default 1,
            add column after_missed text not null default 'not_ready',
            add column missed_rest_ms bigint not null default 15000,
            add column missed_limit integer not null default 3,
            add column preferred_wait_ms bigint not null default 30000,
            add column preferred_waits_for_pause boolean not null default false
        """
    )
    op.execute(
        """
        alter table agent
            add column preferences jsonb not null default '{}',
            add column ring_timeout_ms bigint
        """
    )
    op.execute(
        """
        alter table site
            add column guard_handled integer not null default 100,
            add column guard_streak_ms bigint not null default 7200000,
            add column guard_pause_ms bigint not null default 300000
        """
    )
