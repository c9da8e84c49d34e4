"""What people are paid an hour, what calls on trunks cost, and how long each call on a trunk was up.

A rate or a tariff is valid from a day of the site's on until the next one; what is taken back stays written
down. `trunk_leg` is a fold of the journal: calls of before stand in it too once it is folded anew.
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table pay_rate (
        rate_id integer generated always as identity primary key,
        site_id smallint not null,
        agent_id integer not null,
        role_id integer not null,
        since date not null,
        per_hour numeric(16, 4) not null check (per_hour >= 0),
        currency text not null,
        by_person integer not null,
        at timestamptz not null,
        withdrawn_by integer not null default 0,
        withdrawn_at timestamptz,
        check ((agent_id = 0) <> (role_id = 0))
    )
    """,
    "create index pay_rate_site on pay_rate (site_id, since)",
    """
    create table tariff (
        tariff_id integer generated always as identity primary key,
        site_id smallint not null,
        is_inbound boolean not null,
        trunk_id integer not null,
        number_id integer not null,
        since date not null,
        is_ours boolean not null,
        per_minute numeric(16, 6) not null check (per_minute >= 0),
        connection_fee numeric(16, 6) not null check (connection_fee >= 0),
        free_seconds integer not null check (free_seconds >= 0),
        first_seconds integer not null check (first_seconds > 0),
        step_seconds integer not null check (step_seconds > 0),
        currency text not null,
        by_person integer not null,
        at timestamptz not null,
        withdrawn_by integer not null default 0,
        withdrawn_at timestamptz
    )
    """,
    "create index tariff_site on tariff (site_id, since)",
    """
    create table trunk_leg (
        site_id smallint not null,
        leg_id bigint not null,
        interaction_id bigint not null,
        trunk_id integer not null,
        number_id integer not null,
        is_inbound boolean not null,
        up_ms bigint not null,
        over_ms bigint not null,
        primary key (site_id, leg_id)
    ) with (fillfactor = 70)
    """,
    "create index trunk_leg_up on trunk_leg (site_id, up_ms)",
    """
    update role set rights = rights || '["view.costs"]'::jsonb
    where rights ? 'manage.site' and not rights ? 'view.costs'
    """,
    """
    update role set rights = rights || '["manage.rates"]'::jsonb
    where rights ? 'manage.site' and not rights ? 'manage.rates'
    """,
)


def upgrade() -> None:
    """Nobody's rate is known, so no cost is."""
    for statement in STATEMENTS:
        op.execute(statement)
