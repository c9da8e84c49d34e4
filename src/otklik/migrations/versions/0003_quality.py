"""Raw audio files, the segments that still need a recording, and who talked in a stored one.

Why: recordings are cut by a process of its own; what it has to do is folded from the journal, so that
nothing is forgotten when it dies, and the manifest tells whose talk it is, because rights on recordings go
by agent and queue.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table raw_recording (
        site_id smallint not null,
        leg_id bigint not null,
        path text not null,
        interaction_id bigint not null,
        role text not null,
        since_ms bigint not null,
        until_ms bigint not null default 0,
        over_ms bigint not null default 0,
        removed_ms bigint not null default 0,
        primary key (site_id, leg_id, path)
    )
    """,
    "create index raw_recording_interaction on raw_recording (site_id, interaction_id)",
    "create index raw_recording_there on raw_recording (site_id, until_ms) where removed_ms = 0",
    """
    create table recording_work (
        site_id smallint not null,
        segment_id bigint not null,
        interaction_id bigint not null,
        agent_id integer not null,
        queue_id integer not null,
        start_ms bigint not null,
        stop_ms bigint not null,
        missing_cause text not null default '',
        primary key (site_id, segment_id)
    )
    """,
    "create index recording_work_interaction on recording_work (site_id, interaction_id)",
    """
    alter table recording
        add column agent_id integer not null default 0,
        add column queue_id integer not null default 0
    """,
    "create index recording_start on recording (site_id, start_ms)",
)


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS:
        op.execute(statement)
