"""An agent's time of one slot and state, apart by project: what he practises is not what he works."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows were apart by less, so none is there twice."""
    op.execute(
        "alter table agent_slot drop constraint agent_slot_pkey,"
        " add primary key (site_id, slot, agent_id, queue_id, state, reason, project_id)"
    )
