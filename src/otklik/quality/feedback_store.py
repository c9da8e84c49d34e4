"""Rows of answers, votes and texts, and what others may ask of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, QueueId, SiteId, TextId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.time import from_ms, to_ms

KINDS: Final = {"nps": 1, "csat": 2, "fcr": 3}
_KIND_NAMES: Final = {number: name for name, number in KINDS.items()}


class Answer(Value, kw_only=True):
    """talk_id: the interaction that it is about (the same when it was asked in it)."""

    interaction_id: InteractionId
    question: str
    survey: str
    kind: str
    answer: int
    talk_id: InteractionId
    party_id: PartyId
    agent_id: AgentId
    queue_id: QueueId
    at: datetime


class Vote(Value, kw_only=True):
    voting: str
    party_id: PartyId
    interaction_id: InteractionId
    choice: str
    choice_name: str
    closes_at: datetime | None
    at: datetime


class Text(Value, kw_only=True):
    """state: `waits` or `failed` (with its cause)."""

    text_id: TextId
    interaction_id: InteractionId
    party_id: PartyId
    purpose: str
    body: str
    at: datetime
    state: str = "waits"
    cause: str = ""


class TextOutcome(Value):
    text_id: TextId
    state: str
    cause: str


class FeedbackChanges(Value):
    site_id: SiteId
    changes: tuple[Answer | Vote | Text | TextOutcome, ...]


class AnswerCount(Value):
    """How often an answer was given, by survey, kind, queue and agent."""

    survey: str
    kind: str
    queue_id: int
    agent_id: int
    answer: int
    count: int


class ChoiceCount(Value):
    voting: str
    choice: str
    choice_name: str
    count: int
    first_at: datetime
    last_at: datetime
    closes_at: datetime | None


async def write(connection: Any, changes: FeedbackChanges) -> None:
    """One batch, in order."""
    site_id = changes.site_id
    for change in changes.changes:
        match change:
            case Answer():
                await connection.execute(
                    """
                    insert into survey_answer (
                        site_id, interaction_id, question, survey, kind, answer, talk_id, party_id, agent_id,
                        queue_id, at_ms
                    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                    on conflict (site_id, interaction_id, question)
                        do update set answer = excluded.answer, at_ms = excluded.at_ms
                    """,
                    *(site_id, change.interaction_id, change.question, change.survey, KINDS[change.kind]),
                    *(change.answer, change.talk_id, change.party_id, change.agent_id, change.queue_id),
                    to_ms(change.at),
                )
            case Vote():
                await connection.execute(
                    """
                    insert into vote (
                        site_id, voting, party_id, interaction_id, choice, choice_name, closes_ms, at_ms
                    ) values ($1, $2, $3, $4, $5, $6, $7, $8)
                    on conflict (site_id, voting, party_id) do nothing
                    """,
                    *(site_id, change.voting, change.party_id, change.interaction_id, change.choice),
                    *(change.choice_name, to_ms(change.closes_at) if change.closes_at else 0),
                    to_ms(change.at),
                )
            case Text():
                await connection.execute(
                    """
                    insert into outbox (
                        site_id, text_id, interaction_id, party_id, purpose, body, at_ms, state
                    ) values ($1, $2, $3, $4, $5, $6, $7, $8)
                    on conflict (site_id, text_id) do nothing
                    """,
                    *(site_id, change.text_id, change.interaction_id, change.party_id, change.purpose),
                    *(change.body, to_ms(change.at), change.state),
                )
            case TextOutcome():
                await connection.execute(
                    "update outbox set state = $3, cause = $4 where site_id = $1 and text_id = $2",
                    *(site_id, change.text_id, change.state, change.cause),
                )


async def answers_of(connection: Any, site_id: SiteId, talk_id: InteractionId) -> list[Answer]:
    """The answers about an interaction, in order."""
    rows = await connection.fetch(
        """
        select interaction_id, question, survey, kind, answer, talk_id, party_id, agent_id, queue_id, at_ms
        from survey_answer where site_id = $1 and talk_id = $2 order by at_ms
        """,
        *(site_id, talk_id),
    )
    return [_answer(row) for row in rows]


async def last_nps(connection: Any, site_id: SiteId, party_ids: Sequence[PartyId]) -> Answer | None:
    """The newest answer of this customer to whether he would recommend us."""
    row = await connection.fetchrow(
        """
        select interaction_id, question, survey, kind, answer, talk_id, party_id, agent_id, queue_id, at_ms
        from survey_answer where site_id = $1 and party_id = any($2::bigint[]) and kind = 1
        order by at_ms desc limit 1
        """,
        *(site_id, list(party_ids)),
    )
    return None if row is None else _answer(row)


async def count_answers(
    connection: Any,
    site_id: SiteId,
    *,
    since: datetime,
    until: datetime,
    agent_ids: Sequence[int] | None = None,
) -> list[AnswerCount]:
    """Answers given in [since, until). agent_ids: about talks of these only; None is all."""
    rows = await connection.fetch(
        """
        select survey, kind, queue_id, agent_id, answer, count(*) as count from survey_answer
        where site_id = $1 and at_ms >= $2 and at_ms < $3 and ($4::int[] is null or agent_id = any($4))
        group by survey, kind, queue_id, agent_id, answer
        """,
        *(site_id, to_ms(since), to_ms(until), None if agent_ids is None else list(agent_ids)),
    )
    return [
        AnswerCount(
            survey=row["survey"],
            kind=_KIND_NAMES[row["kind"]],
            queue_id=row["queue_id"],
            agent_id=row["agent_id"],
            answer=row["answer"],
            count=row["count"],
        )
        for row in rows
    ]


async def count_votes(connection: Any, site_id: SiteId, voting: str | None = None) -> list[ChoiceCount]:
    """Votes by voting and choice. The name of a choice is the one that was said last."""
    rows = await connection.fetch(
        """
        select voting, choice, (array_agg(choice_name order by at_ms desc))[1] as choice_name,
               count(*) as count, min(at_ms) as first_ms, max(at_ms) as last_ms,
               (array_agg(closes_ms order by at_ms desc))[1] as closes_ms
        from vote where site_id = $1 and ($2::text is null or voting = $2)
        group by voting, choice order by voting, choice
        """,
        *(site_id, voting),
    )
    return [
        ChoiceCount(
            voting=row["voting"],
            choice=row["choice"],
            choice_name=row["choice_name"],
            count=row["count"],
            first_at=from_ms(row["first_ms"]),
            last_at=from_ms(row["last_ms"]),
            closes_at=from_ms(row["closes_ms"]) if row["closes_ms"] else None,
        )
        for row in rows
    ]


async def list_texts(
    connection: Any, site_id: SiteId, *, before: TextId | None = None, limit: int = 100
) -> list[Text]:
    """The outbox, newest first."""
    rows = await connection.fetch(
        """
        select text_id, interaction_id, party_id, purpose, body, at_ms, state, cause from outbox
        where site_id = $1 and ($2::bigint is null or text_id < $2) order by text_id desc limit $3
        """,
        *(site_id, before, limit),
    )
    return [
        Text(
            text_id=TextId(row["text_id"]),
            interaction_id=InteractionId(row["interaction_id"]),
            party_id=PartyId(row["party_id"]),
            purpose=row["purpose"],
            body=row["body"],
            at=from_ms(row["at_ms"]),
            state=row["state"],
            cause=row["cause"],
        )
        for row in rows
    ]


def _answer(row: Any) -> Answer:
    return Answer(
        interaction_id=InteractionId(row["interaction_id"]),
        question=row["question"],
        survey=row["survey"],
        kind=_KIND_NAMES[row["kind"]],
        answer=row["answer"],
        talk_id=InteractionId(row["talk_id"]),
        party_id=PartyId(row["party_id"]),
        agent_id=AgentId(row["agent_id"]),
        queue_id=QueueId(row["queue_id"]),
        at=from_ms(row["at_ms"]),
    )
