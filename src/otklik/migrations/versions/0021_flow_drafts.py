"""Drafts of flows: one for each flow, shared by those who edit it; of a new flow one for each person.

Why here and not in the browser: what one has begun another goes on with, and nothing is lost with a machine.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """flow_id 0: a new flow, of its owner; else owner_id is 0."""
    op.execute(
        """
        create table flow_draft (
            site_id smallint not null,
            flow_id integer not null,
            owner_id integer not null,
            body jsonb not null,
            version integer not null,
            revision integer not null,
            saved_ms bigint not null,
            saved_by integer not null,
            primary key (site_id, flow_id, owner_id)
        )
        """
    )
