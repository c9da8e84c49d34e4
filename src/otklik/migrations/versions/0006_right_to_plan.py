"""Roles that see reports may plan, too.

Why: rights cannot be given by who does not have them, so a right that comes with a release would stay out of
reach of an older centre's administrators.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The new right beside the one whose holders need it."""
    op.execute(
        """
        update role set rights = rights || '["plan.work"]'::jsonb
        where rights ? 'view.reports' and not rights ? 'plan.work'
        """
    )
