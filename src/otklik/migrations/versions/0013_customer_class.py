"""The class of a customer, at which call flows look (`vip`, `debtor`).

Why on the card: it is what people know of a customer, whatever address he calls from.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column here and in the history."""
    op.execute("alter table customer add column class text not null default ''")
    op.execute("alter table customer_history add column class text not null default ''")
