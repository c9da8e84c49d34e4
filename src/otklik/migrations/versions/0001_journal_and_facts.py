"""The journal, what guards it, and the facts folded from it.

Why these shapes: the journal is the only truth and is cut by months, so that old ones go away without a
vacuum. Facts have integer columns only (slot = quarter of an hour since 1970, moments and durations in
milliseconds, flags as 0 and 1, 0 instead of null): one text of SQL then means the same on every engine. Fact
tables are never changed in place: a projection's new version folds the journal again.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JOURNAL = (
    """
    create table journal (
        site_id smallint not null,
        seq bigint not null,
        at_ms bigint not null,
        epoch integer not null,
        kind smallint not null,
        project_id smallint not null default 0,
        interaction_id bigint not null default 0,
        queue_id smallint not null default 0,
        agent_id integer not null default 0,
        v smallint not null default 1,
        body jsonb not null default '{}',
        primary key (site_id, seq, at_ms)
    ) partition by range (at_ms)
    """,
    "create index journal_interaction on journal (site_id, interaction_id) where interaction_id <> 0",
    """
    create table cursor (
        site_id smallint primary key,
        epoch integer not null,
        seq bigint not null,
        at_ms bigint not null,
        holder_backend integer not null default 0,
        holder_host text not null default '',
        holder_pid integer not null default 0,
        holder_home text not null default ''
    ) with (fillfactor = 20)
    """,
    """
    create table snapshot (
        site_id smallint not null,
        seq bigint not null,
        at_ms bigint not null,
        v smallint not null,
        sha256 bytea not null,
        state bytea not null,
        primary key (site_id, seq)
    )
    """,
    """
    create table projection_version (
        site_id smallint not null,
        name text not null,
        version integer not null,
        primary key (site_id, name)
    )
    """,
    """
    create table projection_behind (
        site_id smallint not null,
        name text not null,
        seq bigint not null,
        since_ms bigint not null,
        error text not null,
        primary key (site_id, name)
    )
    """,
    """
    create table party (
        site_id smallint not null,
        party_id bigint not null,
        e164 text,
        primary key (site_id, party_id)
    )
    """,
    "create unique index party_e164 on party (site_id, e164) where e164 is not null",
)

SEGMENT = """
    site_id smallint not null,
    slot integer not null,
    segment_id bigint not null,
    interaction_id bigint not null,
    project_id smallint not null,
    queue_id smallint not null,
    agent_id integer not null,
    customer_id bigint not null,
    number_id integer not null,
    channel smallint not null,
    direction smallint not null,
    outcome smallint not null,
    disposition integer not null,
    enter_ms bigint not null,
    answer_ms bigint not null,
    end_ms bigint not null,
    wait_ms integer not null,
    ring_ms integer not null,
    talk_ms integer not null,
    hold_ms integer not null,
    wrap_ms integer not null,
    offered smallint not null,
    answered smallint not null,
    abandoned smallint not null,
    short_ab smallint not null,
    aband_in_t smallint not null,
    overflow smallint not null,
    in_sl smallint not null,
    transferred smallint not null,
    handled smallint not null,
    seq bigint not null
"""

FACTS = (
    f"create table segment ({SEGMENT}, primary key (site_id, slot, segment_id)) partition by range (slot)",
    "create index segment_customer on segment (site_id, customer_id, enter_ms)",
    "create index segment_agent on segment (site_id, agent_id, enter_ms)",
    "create index segment_queue on segment (site_id, queue_id, slot)",
    "create index segment_interaction on segment (site_id, interaction_id)",
    # Stays that are not final yet; the same columns, so that a list of stays is one union.
    f"create table segment_open ({SEGMENT}, primary key (site_id, segment_id)) with (fillfactor = 50)",
    "create index segment_open_interaction on segment_open (site_id, interaction_id)",
    "create view segment_all as select * from segment union all select * from segment_open",
    """
    create table qslot (
        site_id smallint not null,
        slot integer not null,
        queue_id smallint not null,
        channel smallint not null,
        project_id smallint not null,
        offered integer not null,
        answered integer not null,
        abandoned integer not null,
        short_ab integer not null,
        aband_in_t integer not null,
        overflow integer not null,
        transferred integer not null,
        in_sl integer not null,
        handled integer not null,
        wait_ms bigint not null,
        aband_ms bigint not null,
        ring_ms bigint not null,
        talk_ms bigint not null,
        hold_ms bigint not null,
        wrap_ms bigint not null,
        max_wait_ms integer not null,
        seq bigint not null,
        primary key (site_id, slot, queue_id, channel)
    ) with (fillfactor = 50)
    """,
    """
    create table agent_slot (
        site_id smallint not null,
        slot integer not null,
        agent_id integer not null,
        queue_id smallint not null,
        state smallint not null,
        reason smallint not null,
        project_id smallint not null,
        ms integer not null check (ms between 0 and 900000),
        n integer not null,
        seq bigint not null,
        primary key (site_id, slot, agent_id, queue_id, state, reason)
    ) with (fillfactor = 70)
    """,
    "create index agent_slot_agent on agent_slot (site_id, agent_id, slot)",
    """
    create table agent_state (
        site_id smallint not null,
        agent_id integer not null,
        seq bigint not null,
        state smallint not null,
        reason smallint not null,
        queue_id smallint not null,
        project_id smallint not null,
        interaction_id bigint not null,
        start_ms bigint not null,
        stop_ms bigint not null,
        primary key (site_id, agent_id, seq)
    )
    """,
    "create index agent_state_start on agent_state (site_id, agent_id, start_ms)",
    """
    create table interaction (
        site_id smallint not null,
        interaction_id bigint not null,
        project_id smallint not null,
        channel smallint not null,
        direction smallint not null,
        customer_id bigint not null,
        number_id integer not null,
        queue_id smallint not null,
        agent_id integer not null,
        callback_of bigint not null,
        start_ms bigint not null,
        answer_ms bigint not null,
        end_ms bigint not null,
        outcome smallint not null,
        ended_by smallint not null,
        is_estimated smallint not null,
        segments smallint not null,
        wait_ms integer not null,
        talk_ms integer not null,
        hold_ms integer not null,
        seq bigint not null,
        primary key (site_id, interaction_id)
    ) with (fillfactor = 70)
    """,
    "create index interaction_start on interaction (site_id, start_ms, interaction_id)",
    "create index interaction_customer on interaction (site_id, customer_id, start_ms)"
    " where customer_id <> 0",
    "create index interaction_agent on interaction (site_id, agent_id, start_ms) where agent_id <> 0",
    "create index interaction_missed on interaction (site_id, start_ms)"
    " where direction = 1 and answer_ms = 0 and end_ms <> 0",
    "create index interaction_callback on interaction (site_id, callback_of) where callback_of <> 0",
    """
    create table offer (
        site_id smallint not null,
        offer_id bigint not null,
        slot integer not null,
        interaction_id bigint not null,
        segment_id bigint not null,
        queue_id smallint not null,
        agent_id integer not null,
        project_id smallint not null,
        offered_ms bigint not null,
        ended_ms bigint not null,
        outcome smallint not null,
        why jsonb not null,
        primary key (site_id, offer_id)
    ) with (fillfactor = 70)
    """,
    "create index offer_interaction on offer (site_id, interaction_id)",
    "create index offer_agent on offer (site_id, agent_id, slot)",
    "create index offer_slot on offer (site_id, slot)",
    """
    create table phase (
        site_id smallint not null,
        interaction_id bigint not null,
        seq bigint not null,
        phase smallint not null,
        owner integer not null,
        segment_id bigint not null,
        start_ms bigint not null,
        stop_ms bigint not null,
        primary key (site_id, interaction_id, seq)
    )
    """,
    """
    create table queue_rule (
        site_id smallint not null,
        queue_id smallint not null,
        seq bigint not null,
        from_ms bigint not null,
        project_id smallint not null,
        name text not null,
        service_threshold_ms integer not null,
        service_target_ppm integer not null,
        short_abandon_ms integer not null,
        removed smallint not null,
        primary key (site_id, queue_id, seq)
    )
    """,
    """
    create table recording (
        site_id smallint not null,
        segment_id bigint not null,
        interaction_id bigint not null default 0,
        path text not null default '',
        start_ms bigint not null default 0,
        duration_ms integer not null default 0,
        bytes bigint not null default 0,
        sha256 bytea,
        peaks bytea,
        deleted_ms bigint not null default 0,
        missing_cause text not null default '',
        primary key (site_id, segment_id)
    )
    """,
    "create index recording_interaction on recording (site_id, interaction_id)",
    "create table zone (tz smallint generated always as identity primary key, name text not null unique)",
    """
    create table cal (
        tz smallint not null,
        slot integer not null,
        local_date integer not null,
        ym integer not null,
        iso_week integer not null,
        dow smallint not null,
        qh smallint not null,
        holiday smallint not null default 0,
        open smallint not null default 1,
        primary key (tz, slot)
    )
    """,
    "create index cal_local_date on cal (tz, local_date)",
)

LIVE = (
    """
    create table agent_now (
        site_id smallint not null,
        agent_id integer not null,
        state smallint not null,
        reason_id smallint not null,
        cause text not null,
        since_ms bigint not null,
        counted_ms bigint not null,
        signed_in_ms bigint not null,
        interaction_id bigint not null,
        segment_id bigint not null,
        offer_id bigint not null,
        queue_id smallint not null,
        project_id smallint not null,
        deadline_ms bigint not null,
        wrap_deadline_ms bigint not null,
        intent text not null,
        intent_reason_id smallint not null,
        device_reachable boolean not null,
        seq bigint not null,
        primary key (site_id, agent_id)
    ) with (fillfactor = 30)
    """,
    """
    create table interaction_now (
        site_id smallint not null,
        interaction_id bigint not null,
        phase smallint not null,
        channel smallint not null,
        direction smallint not null,
        project_id smallint not null,
        party_id bigint not null,
        number_id integer not null,
        queue_id smallint not null,
        segment_id bigint not null,
        agent_id integer not null,
        offer_id bigint not null,
        offer_expires_ms bigint not null,
        priority integer not null,
        started_ms bigint not null,
        entered_ms bigint not null,
        queued_ms bigint not null,
        answered_ms bigint not null,
        since_ms bigint not null,
        deadline_ms bigint not null,
        callback_of bigint not null,
        end_reason text not null,
        ended_ms bigint not null,
        seq bigint not null,
        primary key (site_id, interaction_id)
    ) with (fillfactor = 30)
    """,
)


def upgrade() -> None:
    """Create them all."""
    for statement in (*JOURNAL, *FACTS, *LIVE):
        op.execute(statement)
