"""What customers answer and vote, and the texts that are meant for them.

Why talk_id beside interaction_id: a survey on the line after a talk is an interaction of its own.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Kinds of answers: 1 nps, 2 csat, 3 fcr."""
    op.execute(
        """
        create table survey_answer (
            site_id smallint not null,
            interaction_id bigint not null,
            question text not null,
            survey text not null,
            kind smallint not null,
            answer smallint not null,
            talk_id bigint not null,
            party_id bigint not null,
            agent_id integer not null,
            queue_id integer not null,
            at_ms bigint not null,
            primary key (site_id, interaction_id, question)
        )
        """
    )
    op.execute("create index survey_answer_at on survey_answer (site_id, at_ms)")
    op.execute("create index survey_answer_talk on survey_answer (site_id, talk_id)")
    op.execute("create index survey_answer_party on survey_answer (site_id, party_id, at_ms) where kind = 1")
    op.execute(
        """
        create table vote (
            site_id smallint not null,
            voting text not null,
            party_id bigint not null,
            interaction_id bigint not null,
            choice text not null,
            choice_name text not null,
            closes_ms bigint not null,
            at_ms bigint not null,
            primary key (site_id, voting, party_id)
        )
        """
    )
    op.execute(
        """
        create table outbox (
            site_id smallint not null,
            text_id bigint not null,
            interaction_id bigint not null,
            party_id bigint not null,
            purpose text not null,
            body text not null,
            at_ms bigint not null,
            state text not null,
            cause text not null default '',
            primary key (site_id, text_id)
        )
        """
    )
