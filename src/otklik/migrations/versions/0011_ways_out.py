"""Ways out of a queue, promised calls, tiers, and plans of modes.

Why documents: the rules of a queue are read and written whole, and their kinds grow. The index of the missed
holds customers to whom a promise was not kept, and those who got a message only.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CALLBACKS = """{
    "priority": 0, "share": 0.25, "attempts": 3, "retry_after": "PT900S", "expires_after": "PT86400S",
    "delay": "PT15S", "personal_for": "PT600S"
}"""


def upgrade() -> None:
    """Every queue is as it was: no way out, three attempts, tier 1."""
    op.execute(
        f"""
        alter table queue
            add column kind text not null default 'inbound',
            add column overflow jsonb not null default '[]',
            add column callbacks jsonb not null default '{CALLBACKS}',
            add column tier integer not null default 1,
            add column next_tier smallint not null default 0,
            add column greeting text not null default ''
        """
    )
    op.execute(
        """
        create table plan (
            site_id smallint not null,
            plan_id integer not null,
            name text not null,
            agent_ids jsonb not null,
            spans jsonb not null,
            otherwise text not null,
            load jsonb,
            removed_at timestamptz,
            primary key (site_id, plan_id)
        )
        """
    )
    op.execute(
        """
        alter table agent_now
            add column mode text not null default 'blended',
            add column mode_rule text not null default 'default'
        """
    )
    op.execute("alter table interaction_now add column is_callback boolean not null default false")
    op.execute("drop index if exists interaction_missed")
    op.execute(
        "create index interaction_missed on interaction (site_id, start_ms)"
        " where direction = 1 and outcome in (2, 3, 4, 5, 7, 17, 18, 19, 20) and end_ms <> 0"
    )
