"""Breaks that agents ask for, the rule by which they are approved, and who is expected at work.

Shifts are stretches of work of one agent, however they came here, so that planning may write the same rows.
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table break_request (
        request_id integer generated always as identity primary key,
        site_id smallint not null,
        agent_id integer not null,
        reason_id smallint not null,
        minutes smallint not null,
        starts_at timestamptz not null,
        note text not null default '',
        asked_at timestamptz not null,
        status text not null,
        rule text not null,
        worst jsonb,
        decided_at timestamptz,
        decided_by integer not null default 0,
        word text not null default '',
        begun_at timestamptz
    )
    """,
    "create index break_request_start on break_request (site_id, starts_at)",
    "create index break_request_agent on break_request (site_id, agent_id, starts_at)",
    """
    create table break_policy (
        site_id smallint primary key,
        policy jsonb not null
    )
    """,
    """
    create table expected_shift (
        shift_id integer generated always as identity primary key,
        site_id smallint not null,
        agent_id integer not null,
        day date not null,
        start_at timestamptz not null,
        end_at timestamptz not null,
        note text not null default '',
        changed_by integer not null,
        changed_at timestamptz not null,
        check (end_at > start_at)
    )
    """,
    "create index expected_shift_day on expected_shift (site_id, day)",
    "create index expected_shift_agent on expected_shift (site_id, agent_id, start_at)",
)


def upgrade() -> None:
    """Nobody has asked, and nobody is expected: the board says nothing of lateness until a list is there."""
    for statement in STATEMENTS:
        op.execute(statement)
