"""Alerts: rules with thresholds, what they fired, and what happened to that.

The process `engine` does not read them, so they are rows of `web` and `courier` alone. At most one alert of a
rule stands at a place: that is what keeps a restart from firing twice.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table alert_rule (
        rule_id integer generated always as identity primary key,
        site_id smallint not null,
        body jsonb not null,
        changed_at timestamptz not null,
        changed_by integer not null,
        removed_at timestamptz
    )
    """,
    """
    create table alert (
        alert_id bigint generated always as identity primary key,
        site_id smallint not null,
        rule_id integer not null,
        scope text not null,
        place_id integer not null,
        place_name text not null,
        fired_at timestamptz not null,
        fired_value double precision not null,
        worst double precision not null,
        rule jsonb not null,
        owner_id integer not null default 0,
        cleared_at timestamptz,
        cleared_value double precision,
        cause text,
        acknowledged_at timestamptz,
        acknowledged_by integer not null default 0,
        snoozed_until timestamptz,
        snoozed_by integer not null default 0,
        snooze_reason text not null default ''
    )
    """,
    "create unique index alert_standing on alert (site_id, rule_id, place_id) where cleared_at is null",
    "create index alert_fired on alert (site_id, fired_at)",
    "create index alert_snoozed on alert (site_id, rule_id, place_id, snoozed_until)"
    " where snoozed_until is not null",
    """
    create table alert_event (
        event_id bigint generated always as identity primary key,
        site_id smallint not null,
        alert_id bigint not null references alert on delete cascade,
        at timestamptz not null,
        kind text not null,
        value double precision,
        person_id integer not null default 0,
        note text not null default ''
    )
    """,
    "create index alert_event_alert on alert_event (alert_id)",
    "create index alert_event_site on alert_event (site_id, event_id)",
    """
    update role set rights = rights || '["manage.alerts"]'::jsonb
    where rights ? 'manage.site' and not rights ? 'manage.alerts'
    """,
)


def upgrade() -> None:
    """Without a rule nothing fires, as before."""
    for statement in STATEMENTS:
        op.execute(statement)
