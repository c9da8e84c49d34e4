"""An emergency announcement for all numbers at once.

Why on the site: it is one switch, and its history is the site's.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is announced. Whoever directs agents on the board may announce."""
    op.execute("alter table site add column emergency jsonb not null default 'null'")
    op.execute(
        """
        update role set rights = rights || '["announce.emergency"]'::jsonb
        where (rights ? 'direct.agents' or rights ? 'manage.site') and not rights ? 'announce.emergency'
        """
    )
