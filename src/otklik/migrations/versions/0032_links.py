"""How good the link of each leg was in each segment, as far as somebody measured it."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table link (
        site_id smallint not null,
        leg_id bigint not null,
        segment_id bigint not null,
        source text not null,
        way text not null,
        interaction_id bigint not null,
        role text not null,
        agent_id integer not null,
        queue_id integer not null,
        trunk_id integer not null,
        since_ms bigint not null,
        until_ms bigint not null,
        is_open boolean not null,
        packets bigint not null,
        lost bigint not null,
        jitter_ms double precision not null,
        round_trip_ms double precision not null,
        mos double precision,
        worst_mos double precision not null,
        last_packets bigint not null,
        last_lost bigint not null,
        last_jitter_ms double precision not null,
        last_round_trip_ms double precision not null,
        primary key (site_id, leg_id, segment_id, source, way)
    )
    """,
    "create index link_interaction on link (site_id, interaction_id)",
    "create index link_since on link (site_id, since_ms)",
    "create index link_open on link (site_id) where is_open",
)


def upgrade() -> None:
    """Of calls of before there is no link data."""
    for statement in STATEMENTS:
        op.execute(statement)
