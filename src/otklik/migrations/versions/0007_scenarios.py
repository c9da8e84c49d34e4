"""Scenarios that planners keep.

Why a tree and no columns: a scenario is a document of its author, read by the twin and by nobody else; what
it may hold grows with the twin.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table."""
    op.execute(
        """
        create table planning_scenario (
            site_id smallint not null,
            scenario_id integer generated always as identity,
            name text not null,
            tree jsonb not null,
            changed_by integer not null,
            changed_at timestamptz not null,
            primary key (site_id, scenario_id)
        )
        """
    )
    op.execute("create unique index planning_scenario_name on planning_scenario (site_id, name)")
