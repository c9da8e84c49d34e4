"""Customers, outcomes and the keys of repeated requests: what the process `web` writes by itself.

Why these shapes: a customer is found by the address he calls from (a party), so one customer may have many
parties and each party belongs to one customer. Every save leaves a row in the history, so that nobody's note
is lost to a later one. An outcome belongs to an interaction, not to a segment: the matter has one result.
The answer to a request with a key is kept for a day, so that a repeated one changes nothing twice.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    """
    create table customer (
        customer_id integer generated always as identity primary key,
        site_id smallint not null,
        name text not null default '',
        company text not null default '',
        note text not null default '',
        changed_at timestamptz not null,
        changed_by integer not null
    )
    """,
    """
    create table customer_party (
        site_id smallint not null,
        party_id bigint not null,
        customer_id integer not null references customer on delete cascade,
        primary key (site_id, party_id)
    )
    """,
    "create index customer_party_customer on customer_party (customer_id)",
    "create index customer_name on customer (site_id, lower(name) text_pattern_ops) where name <> ''",
    """
    create table customer_history (
        customer_id integer not null references customer on delete cascade,
        changed_at timestamptz not null,
        changed_by integer not null,
        name text not null,
        company text not null,
        note text not null
    )
    """,
    "create index customer_history_customer on customer_history (customer_id, changed_at)",
    """
    create table outcome (
        site_id smallint not null,
        interaction_id bigint not null,
        disposition_id integer,
        note text not null default '',
        saved_at timestamptz not null,
        saved_by integer not null,
        primary key (site_id, interaction_id)
    )
    """,
    "create index outcome_disposition on outcome (site_id, disposition_id) where disposition_id is not null",
    """
    create table outcome_history (
        site_id smallint not null,
        interaction_id bigint not null,
        disposition_id integer,
        note text not null,
        saved_at timestamptz not null,
        saved_by integer not null
    )
    """,
    "create index outcome_history_interaction on outcome_history (site_id, interaction_id, saved_at)",
    """
    create table request_key (
        asked_by text not null,
        key text not null,
        request_sha256 bytea not null,
        status smallint not null,
        answer bytea not null,
        made_at timestamptz not null,
        primary key (asked_by, key)
    )
    """,
    "create index request_key_made on request_key (made_at)",
)


def upgrade() -> None:
    """Create them all."""
    for statement in TABLES:
        op.execute(statement)
