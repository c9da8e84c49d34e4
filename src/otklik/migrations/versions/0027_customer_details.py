"""Customers with several numbers, who need not have called yet, and what is known of them besides.

Why numbers of their own: an address (`party`) is made by the first call of a number, and only by the engine.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Cards stay what they are."""
    op.execute("alter table customer add column details jsonb not null default '{}'")
    op.execute("alter table customer_history add column details jsonb not null default '{}'")
    op.execute("create index customer_code on customer (site_id, (details ->> 'code'))")
    op.execute(
        """
        create table customer_phone (
            site_id smallint not null,
            e164 text not null,
            customer_id integer not null references customer on delete cascade,
            place integer not null,
            primary key (site_id, e164)
        )
        """
    )
    op.execute("create index customer_phone_customer on customer_phone (customer_id)")
    op.execute(
        """
        update role set rights = rights || '["import.customers"]'::jsonb
        where rights ? 'manage.site' and not rights ? 'import.customers'
        """
    )
