"""Supervisors listen to talks and step into them: the rights, and whether the agent hears a tone.

Why to roles that direct agents: rights cannot be given by who does not have them, so a right that comes with
a release would stay out of reach of an older centre.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No tone, as before; whoever changes agents' states hears and enters their talks."""
    op.execute("alter table site add column has_supervision_tone boolean not null default false")
    op.execute(
        """
        update role set rights = rights || '["monitor.talks", "barge.talks"]'::jsonb
        where rights ? 'direct.agents' and not rights ? 'monitor.talks'
        """
    )
