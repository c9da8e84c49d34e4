"""Which customer an interaction is with, when he was known by what he typed and not by his number.

The index finds a card by its free fields; a call waits for the answer.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Interactions of before are with whom they called from."""
    op.execute(
        """
        create table identified_customer (
            site_id smallint not null,
            interaction_id bigint not null,
            customer_id integer not null references customer on delete cascade,
            primary key (site_id, interaction_id)
        )
        """
    )
    op.execute("create index identified_customer_of on identified_customer (customer_id)")
    op.execute("create index customer_details on customer using gin (details jsonb_path_ops)")
