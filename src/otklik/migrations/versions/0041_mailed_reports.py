"""Reports that go out by mail.

Why `due_at` is stored: whoever takes one moves it on in the transaction that writes the mail, so that two
processes, or one that died, never send the same twice.
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None at first."""
    op.execute(
        """
        create table mailed_report (
            site_id smallint not null,
            mailed_id integer generated always as identity primary key,
            owner_id integer not null references person on delete cascade,
            name text not null,
            report text not null,
            every text not null,
            at text not null,
            addresses text not null,
            weekdays smallint[] not null,
            queue_ids integer[] not null,
            source integer not null,
            form text not null,
            locale text not null,
            is_on boolean not null,
            due_at timestamptz not null,
            sent_at timestamptz,
            told text not null default ''
        )
        """
    )
    op.execute("create index mailed_report_due on mailed_report (site_id, due_at) where is_on")
