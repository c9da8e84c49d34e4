"""Customers' spoken messages: whose they are, in which list they stand, who has done what they ask for.

Why beside the recordings: a recording is kept or deleted by its own rules; the message is a matter to handle.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """voicemail_id is the id of the recording, too."""
    op.execute(
        """
        create table voicemail (
            site_id smallint not null,
            voicemail_id bigint not null,
            interaction_id bigint not null,
            party_id bigint not null,
            number_id integer not null,
            queue_id integer not null,
            team_id integer not null,
            start_ms bigint not null,
            stop_ms bigint not null,
            handled_by integer not null default 0,
            handled_ms bigint not null default 0,
            primary key (site_id, voicemail_id)
        )
        """
    )
    op.execute("create index voicemail_open on voicemail (site_id, voicemail_id) where handled_ms = 0")
    op.execute("create index voicemail_of on voicemail (site_id, interaction_id)")
