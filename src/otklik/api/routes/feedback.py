"""Surveys as a report, votes as they stand, the outbox of texts."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.parts import Serves
from otklik.api.periods import From, To, period_of, zone_of
from otklik.api.route import Route
from otklik.api.routes.reports import sheet_answer
from otklik.api.schemas.base import LongId
from otklik.api.schemas.feedback import (
    ChoiceRow,
    NpsFigures,
    ShareFigures,
    SurveyFigures,
    SurveyReport,
    SurveyRow,
    SurveyTotal,
    TextRow,
    TextRows,
    VotingRow,
)
from otklik.api.sights import agents_in_sight, shown_number
from otklik.api.sign_in import Who, requires
from otklik.crm import service as crm
from otklik.flows.nodes.voting import Voting
from otklik.flows.service import published
from otklik.organization import store as organization
from otklik.quality import feedback_store as store
from otklik.quality import satisfaction
from otklik.quality.feedback_store import AnswerCount, ChoiceCount
from otklik.vocabulary.ids import PersonId, TextId

router = APIRouter(prefix="/api/v1", tags=["quality"], route_class=Route)

Reads = Annotated[Who, requires(Right.VIEW_REPORTS)]
Lists = Annotated[Who, requires(Right.VIEW_INTERACTIONS)]
Form = Annotated[Literal["json", "csv"], Query(alias="format")]
SURVEY_COLUMNS = (
    "survey", "queue", "agent", "responses", "nps", "nps_margin", "nps_responses", "csat", "csat_mean",
    "csat_responses", "fcr", "fcr_responses",
)  # fmt: skip
VOTE_COLUMNS = ("voting", "choice", "name", "votes", "share")


@router.get("/reports/surveys", response_model=SurveyReport)
async def report_surveys(
    who: Reads, request: Request, parts: Serves, from_: From, to: To, form: Form = "json"
) -> Any:
    """Answers by survey, queue and agent: of those whose work one sees."""
    async with parts.reading() as connection:
        period = await period_of(connection, parts.site_id, from_, to)
        counts = await store.count_answers(
            connection,
            parts.site_id,
            since=period.since,
            until=period.until,
            agent_ids=await agents_in_sight(connection, parts.site_id, who),
        )
        queues = await organization.names_of(connection, "queue", site_id=parts.site_id)
        agents = await people.names_of(connection)
    by_row: dict[tuple[str, int, int], list[AnswerCount]] = {}
    by_survey: dict[str, list[AnswerCount]] = {}
    for one in counts:
        by_row.setdefault((one.survey, one.queue_id, one.agent_id), []).append(one)
        by_survey.setdefault(one.survey, []).append(one)
    rows = [
        SurveyRow(
            survey=survey,
            queue_id=queue_id or None,
            queue=queues.get(queue_id, ""),
            agent_id=agent_id or None,
            agent_name=agents.get(PersonId(agent_id), ""),
            figures=figures_of(found),
        )
        for (survey, queue_id, agent_id), found in sorted(by_row.items())
    ]
    if form == "csv":
        cells = [_cells(row) for row in rows]
        return await sheet_answer(who, request, parts, f"surveys-{from_}-{to}", SURVEY_COLUMNS, cells)
    totals = [
        SurveyTotal(survey=survey, figures=figures_of(found)) for survey, found in sorted(by_survey.items())
    ]
    return SurveyReport(rows=rows, totals=totals)


@router.get("/votings", response_model=list[VotingRow])
async def list_votings(who: Reads, parts: Serves) -> list[VotingRow]:
    """Votes as they stand now: of published flows, and those of which only votes are left."""
    now = parts.clock.now()
    async with parts.reading() as connection:
        counts = await store.count_votes(connection, parts.site_id)
        flows = await published(connection, site_id=parts.site_id)
    named: dict[str, tuple[str, Voting]] = {}
    for flow in flows.values():
        for node in flow.nodes.values():
            if isinstance(node, Voting):
                named[node.voting.strip()] = (flow.name, node)
    by_voting: dict[str, list[ChoiceCount]] = {}
    for one in counts:
        by_voting.setdefault(one.voting, []).append(one)
    rows = []
    for voting in sorted({*named, *by_voting}):
        found = by_voting.get(voting, [])
        flow_name, now_named = named.get(voting, ("", None))
        closes_at = now_named.closes_at if now_named else next((one.closes_at for one in found), None)
        rows.append(
            VotingRow(
                voting=voting,
                flow=flow_name,
                is_open=now_named is not None and (closes_at is None or now < closes_at),
                closes_at=closes_at,
                votes=sum(one.count for one in found),
                last_at=max((one.last_at for one in found), default=None),
                choices=_choices(found, now_named.choices if now_named else {}),
            )
        )
    return rows


@router.get("/votings/sheet")
async def voting_sheet(
    who: Reads, request: Request, parts: Serves, voting: Annotated[str, Query(max_length=60)]
) -> Any:
    """One voting as CSV."""
    found = next((row for row in await list_votings(who, parts) if row.voting == voting), None)
    cells = [
        {"voting": voting, "choice": one.choice, "name": one.name, "votes": one.votes, "share": one.share}
        for one in (found.choices if found else [])
    ]
    async with parts.reading() as connection:
        day = parts.clock.now().astimezone(await zone_of(connection, parts.site_id)).date()
    return await sheet_answer(who, request, parts, f"voting-{day}", VOTE_COLUMNS, cells)


@router.get("/outbox")
async def list_outbox(
    who: Lists,
    parts: Serves,
    cursor: LongId | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> TextRows:
    """Texts for customers, newest first, with what became of them."""
    async with parts.reading() as connection:
        found = await store.list_texts(
            connection, parts.site_id, before=None if cursor is None else TextId(cursor), limit=limit
        )
        parties = [text.party_id for text in found]
        names = await crm.names_of(connection, parts.site_id, parties)
        numbers = await crm.numbers_of(connection, parts.site_id, parties)
    rows = [
        TextRow.model_validate(
            {
                "text_id": text.text_id,
                "interaction_id": text.interaction_id,
                "party_id": text.party_id or None,
                "number": shown_number(who, numbers.get(text.party_id)),
                "customer_name": names.get(text.party_id, ""),
                "purpose": text.purpose,
                "body": text.body,
                "queued_at": text.at,
                "state": text.state,
                "cause": text.cause or None,
            }
        )
        for text in found
    ]
    return TextRows(rows=rows, next=str(found[-1].text_id) if len(found) == limit else None)


def figures_of(counts: list[AnswerCount]) -> SurveyFigures:
    """The measures of these answers."""
    by_kind: dict[str, dict[int, int]] = {"nps": {}, "csat": {}, "fcr": {}}
    for one in counts:
        kind = by_kind[one.kind]
        kind[one.answer] = kind.get(one.answer, 0) + one.count
    nps, csat, fcr = (
        satisfaction.nps(by_kind["nps"]),
        satisfaction.csat(by_kind["csat"]),
        satisfaction.fcr(by_kind["fcr"]),
    )
    return SurveyFigures(
        responses=sum(one.count for one in counts),
        nps=None
        if nps is None
        else NpsFigures(
            responses=nps.responses,
            promoters=nps.promoters,
            passives=nps.passives,
            detractors=nps.detractors,
            score=nps.score,
            margin=nps.margin,
        ),
        csat=None if csat is None else _share(csat, csat.mean),
        fcr=None if fcr is None else _share(fcr, None),
    )


def _share(found: satisfaction.Csat | satisfaction.Fcr, mean: float | None) -> ShareFigures:
    return ShareFigures(
        responses=found.responses,
        share=found.share,
        low=found.interval.low,
        high=found.interval.high,
        mean=mean,
    )


def _choices(found: list[ChoiceCount], named: Mapping[str, str]) -> list[ChoiceRow]:
    votes = {one.choice: one.count for one in found}
    names = {one.choice: one.choice_name for one in found} | dict(named)
    total = sum(votes.values())
    return [
        ChoiceRow(
            choice=choice,
            name=name,
            votes=votes.get(choice, 0),
            share=votes.get(choice, 0) / total if total else 0.0,
        )
        for choice, name in sorted(names.items())
    ]


def _cells(row: SurveyRow) -> dict[str, object]:
    figures = row.figures
    return {
        "survey": row.survey,
        "queue": row.queue,
        "agent": row.agent_name,
        "responses": figures.responses,
        "nps": figures.nps.score if figures.nps else None,
        "nps_margin": figures.nps.margin if figures.nps else None,
        "nps_responses": figures.nps.responses if figures.nps else None,
        "csat": figures.csat.share if figures.csat else None,
        "csat_mean": figures.csat.mean if figures.csat else None,
        "csat_responses": figures.csat.responses if figures.csat else None,
        "fcr": figures.fcr.share if figures.fcr else None,
        "fcr_responses": figures.fcr.responses if figures.fcr else None,
    }
