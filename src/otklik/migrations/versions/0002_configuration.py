"""What an administrator sets up, who may do what, and who did.

Why these shapes: a removed thing keeps its row (`removed_at`), because facts of years ago name its id and
reports show its name; ids are therefore never used twice. Lists inside a thing are jsonb: they are read and
written whole. Of passwords, sign-ins, tokens and links only hashes stand here; `secret` holds what must be
read again, encrypted with a key that lies outside the database. `audit` and `configuration_change` can only
grow.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ORGANIZATION = """
create table site (
    site_id smallint primary key,
    name text not null,
    zone text not null,
    country text not null,
    language text not null,
    currency text not null,
    rescue_timeout_ms bigint not null,
    fallback_number text not null,
    allowed_countries jsonb not null,
    daily_call_cap integer not null,
    daily_minutes_cap integer not null,
    phone_codec text not null
);

create table project (
    site_id smallint not null,
    project_id smallint not null,
    name text not null,
    color text not null,
    removed_at timestamptz,
    primary key (site_id, project_id)
);

create table team (
    site_id smallint not null,
    team_id integer not null,
    name text not null,
    supervisor_ids jsonb not null,
    removed_at timestamptz,
    primary key (site_id, team_id)
);

create table skill (
    site_id smallint not null,
    skill_id integer not null,
    name text not null,
    removed_at timestamptz,
    primary key (site_id, skill_id)
);

create table queue (
    site_id smallint not null,
    queue_id smallint not null,
    name text not null,
    project_id smallint not null,
    skills jsonb not null,
    priority integer not null,
    ageing double precision not null,
    strategy text not null,
    ring_timeout_ms bigint not null,
    wrap_up_ms bigint not null,
    wrap_up_limit_ms bigint not null,
    service_threshold_ms bigint not null,
    service_target double precision not null,
    short_abandon_ms bigint not null,
    maximum_waiting integer not null,
    caller_number_id integer not null,
    trunk_id integer not null,
    removed_at timestamptz,
    primary key (site_id, queue_id)
);

create table number (
    site_id smallint not null,
    number_id integer not null,
    number text not null,
    name text not null,
    language text not null,
    is_recorded boolean not null,
    hours_id integer not null,
    queue_id smallint not null,
    flow_id integer not null,
    parameters jsonb not null,
    trunk_id integer not null,
    removed_at timestamptz,
    primary key (site_id, number_id)
);
create unique index number_called on number (site_id, number, trunk_id) where removed_at is null;

create table trunk (
    site_id smallint not null,
    trunk_id integer not null,
    name text not null,
    kind text not null,
    host text not null,
    port integer not null,
    addresses jsonb not null,
    login text not null,
    secret_id integer not null,
    codecs jsonb not null,
    number_format_in text not null,
    number_format_out text not null,
    maximum_calls integer not null,
    daily_calls integer not null,
    daily_minutes integer not null,
    is_default boolean not null,
    removed_at timestamptz,
    primary key (site_id, trunk_id)
);

create table hours (
    site_id smallint not null,
    hours_id integer not null,
    name text not null,
    opening jsonb not null,
    notes jsonb not null,
    removed_at timestamptz,
    primary key (site_id, hours_id)
);

create table reason (
    site_id smallint not null,
    reason_id integer not null,
    name_ru text not null,
    name_en text not null,
    maximum_ms bigint,
    is_paid boolean not null,
    needs_permission boolean not null,
    removed_at timestamptz,
    primary key (site_id, reason_id)
);

create table agent (
    site_id smallint not null,
    agent_id integer not null,
    team_ids jsonb not null,
    skills jsonb not null,
    is_active boolean not null,
    removed_at timestamptz,
    primary key (site_id, agent_id)
);

create table device (
    site_id smallint not null,
    device_id integer not null,
    agent_id integer not null,
    kind text not null,
    login text not null,
    secret_id integer not null,
    codecs jsonb not null,
    removed_at timestamptz,
    primary key (site_id, device_id)
);
create unique index device_login on device (site_id, login) where removed_at is null;
create index device_agent on device (site_id, agent_id) where removed_at is null;

create table configuration_change (
    site_id smallint not null,
    change_id bigint generated always as identity,
    at timestamptz not null,
    by_person_id integer not null,
    entity text not null,
    entity_id integer not null,
    before jsonb,
    after jsonb,
    primary key (site_id, change_id)
);
create index configuration_change_entity on configuration_change (site_id, entity, entity_id, change_id);
create index configuration_change_at on configuration_change (site_id, at);

create table disposition (
    site_id smallint not null,
    disposition_id integer generated by default as identity,
    name_ru text not null,
    name_en text not null,
    kind text not null
        check (kind in ('main_sale', 'add_on_sale', 'lead', 'service', 'wrong_number', 'spam')),
    queue_ids jsonb not null default '[]',
    is_active boolean not null default true,
    removed_at timestamptz,
    primary key (site_id, disposition_id)
);
"""

ACCESS = """
create table person (
    person_id integer generated by default as identity primary key,
    login text not null,
    name text not null,
    language text not null default '',
    password_hash text not null default '',
    must_change_password boolean not null default true,
    is_blocked boolean not null default false,
    is_robot boolean not null default false,
    preferences jsonb not null default '{}',
    created_at timestamptz not null,
    seen_at timestamptz
);
create unique index person_login on person (lower(login));

create table role (
    role_id integer generated by default as identity primary key,
    name text not null unique,
    name_ru text not null,
    name_en text not null,
    sees text not null check (sees in ('all', 'teams', 'self')),
    rights jsonb not null
);

create table person_role (
    person_id integer not null references person on delete cascade,
    role_id integer not null references role,
    primary key (person_id, role_id)
);
create index person_role_role on person_role (role_id);

create table sign_in (
    sign_in_id bigint generated by default as identity primary key,
    person_id integer not null references person,
    token_hash bytea not null unique,
    address text not null,
    browser text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    idle_ms bigint not null,
    ended_at timestamptz,
    ended_by text not null default ''
);
create index sign_in_person on sign_in (person_id, created_at);

create table reset_link (
    token_hash bytea primary key,
    person_id integer not null references person on delete cascade,
    created_by integer not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index reset_link_person on reset_link (person_id);

create table api_token (
    token_id integer generated by default as identity primary key,
    name text not null,
    role_id integer not null references role,
    token_hash bytea not null unique,
    created_by integer not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    used_at timestamptz,
    revoked_at timestamptz
);

create table live_ticket (
    ticket_hash bytea primary key,
    sign_in_id bigint not null references sign_in on delete cascade,
    expires_at timestamptz not null
);
create index live_ticket_expiry on live_ticket (expires_at);

create table wall_token (
    wall_token_id integer generated by default as identity primary key,
    name text not null,
    token_hash bytea not null unique,
    created_by integer not null,
    created_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
);

create table sign_in_delay (
    key_hash bytea primary key,
    failures integer not null,
    last_at timestamptz not null
);
create index sign_in_delay_age on sign_in_delay (last_at);

create table secret (
    secret_id integer generated by default as identity primary key,
    kind text not null,
    sealed bytea not null,
    sign_in_id bigint references sign_in on delete cascade,
    created_at timestamptz not null
);
create index secret_sign_in on secret (sign_in_id) where sign_in_id is not null;

create table audit (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null,
    person_id integer not null,
    sign_in_id bigint not null,
    token_id integer not null,
    address text not null,
    action text not null,
    entity text not null,
    entity_id bigint not null,
    facts jsonb not null default '{}'
);
create index audit_at on audit (at);
create index audit_person on audit (person_id, at);
"""

# Who did what cannot be edited through the application, whatever goes wrong in it.
GROWS_ONLY = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% only grows', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_grows before update or delete or truncate on audit
    for each statement execute function refuse_change();
create trigger configuration_change_grows before update or delete or truncate on configuration_change
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    op.execute(ORGANIZATION)
    op.execute(ACCESS)
    op.execute(GROWS_ONLY)
