"""The comparison of teams as an answer and as sheets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from otklik.api import sheet
from otklik.api.schemas.teams import SpreadOf, TeamAgent, TeamFigures, TeamLine, TeamReport
from otklik.api.sheet import Locale, Sheet
from otklik.organization import store as organization
from otklik.quality import feedback_store, satisfaction
from otklik.quality.feedback_store import AnswerCount
from otklik.reports import comparing, measures
from otklik.reports import service as reports
from otklik.reports.calendar import start_of_day
from otklik.vocabulary.ids import SiteId

NAMES = tuple(measure.name for measure in measures.TEAM_MEASURES)
SURVEYED = ("nps", "nps_responses", "csat", "csat_responses")
TEAM_COLUMNS = ("team", "agents", *NAMES, *SURVEYED)
AGENT_COLUMNS = ("team", "agent", *NAMES, *SURVEYED)
SPREAD_COLUMNS = ("team", "measure", "low", "median", "high", "agents")


@dataclass(frozen=True, slots=True)
class Compared:
    """teams: their agents. answers: of surveys about talks with these agents."""

    found: reports.AgentSums
    teams: Mapping[int, Sequence[int]]
    team_names: Mapping[int, str]
    agent_names: Mapping[int, str]
    answers: Sequence[AnswerCount] = field(default_factory=tuple)

    def lines(self) -> list[comparing.Team]:
        """Teams by name, agents of none at the end: the list is no ranking."""
        found = comparing.compare(self.found.facts, self.teams)
        return sorted(
            found,
            key=lambda one: (not one.team_id, self.team_names.get(one.team_id, "").casefold(), one.team_id),
        )

    def agents_of(self, team: comparing.Team) -> list[tuple[int, comparing.Values]]:
        """By name."""
        return sorted(
            team.agents.items(), key=lambda one: (self.agent_names.get(one[0], "").casefold(), one[0])
        )

    def surveyed(self, agent_ids: Iterable[int]) -> dict[str, Any]:
        """What customers said of these agents."""
        wanted = set(agent_ids)
        by_kind: dict[str, dict[int, int]] = {"nps": {}, "csat": {}, "fcr": {}}
        for one in self.answers:
            if one.agent_id in wanted:
                kind = by_kind[one.kind]
                kind[one.answer] = kind.get(one.answer, 0) + one.count
        nps, csat = satisfaction.nps(by_kind["nps"]), satisfaction.csat(by_kind["csat"])
        return {
            "nps": round(nps.score, 1) if nps else None,
            "nps_margin": round(nps.margin, 1) if nps else None,
            "nps_responses": nps.responses if nps else 0,
            "csat": csat.share if csat else None,
            "csat_responses": csat.responses if csat else 0,
        }


async def compared(  # noqa: PLR0913, whose, where, when
    connection: Any,
    *,
    site_id: SiteId,
    zone: ZoneInfo,
    days: tuple[date, date],
    as_of: datetime,
    agent_names: Mapping[int, str],
    agent_ids: Sequence[int] | None = None,
    team_ids: Sequence[int] | None = None,
) -> Compared:
    """Of the local days [first, end). agent_ids: those whose work is seen; team_ids: those asked for."""
    reasons = await organization.list_reasons_ever(connection, site_id=site_id)
    found = await reports.agent_sums(
        connection,
        site_id=site_id,
        zone=zone,
        days=days,
        as_of=as_of,
        unpaid_reasons=frozenset(int(one.reason_id) for one in reasons if not one.is_paid),
        agent_ids=agent_ids,
    )
    agents = await organization.list_things(connection, "agent", site_id=site_id)
    teams = await organization.list_things(connection, "team", site_id=site_id)
    answers = await feedback_store.count_answers(
        connection,
        site_id,
        since=start_of_day(days[0], zone),
        until=start_of_day(days[1], zone),
        agent_ids=agent_ids,
    )
    return Compared(
        found=found,
        teams={
            int(one.team_id): [int(agent.agent_id) for agent in agents if one.team_id in agent.team_ids]
            for one in teams
            if team_ids is None or int(one.team_id) in team_ids
        },
        team_names={int(one.team_id): one.name for one in teams},
        agent_names=agent_names,
        answers=answers,
    )


def answer_of(compared: Compared) -> TeamReport:
    """As JSON."""
    found = compared.found
    whole = measures.compute_all(measures.TEAM_MEASURES, comparing.together(found.facts.values()))
    return TeamReport(
        zone=found.zone,
        as_of=found.as_of,
        behind_since=min((one.since for one in found.behind), default=None),
        rows=[
            TeamLine(
                team_id=team.team_id or None,
                team=compared.team_names.get(team.team_id, ""),
                figures=_figures(team.values, compared.surveyed(team.agents)),
                spread=[
                    SpreadOf(
                        measure=name,
                        low=spread.low,
                        median=spread.median,
                        high=spread.high,
                        count=spread.count,
                    )
                    for name, spread in team.spread.items()
                ],
                agents=[
                    TeamAgent(
                        agent_id=agent_id,
                        agent=compared.agent_names.get(agent_id, ""),
                        figures=_figures(values, compared.surveyed([agent_id])),
                    )
                    for agent_id, values in compared.agents_of(team)
                ],
            )
            for team in compared.lines()
        ],
        totals=_figures(whole, compared.surveyed(found.facts)),
        measures=list(NAMES),
    )


def _figures(values: comparing.Values, surveyed: Mapping[str, Any]) -> TeamFigures:
    return TeamFigures.model_validate({**values, **surveyed})


def _spoken(measure: str, number: float, locale: Locale | None) -> object:
    """A column of a spread holds counts, shares and times: for people each as it is read."""
    kind = sheet.kind_of(measure, ())
    return number if locale is None else sheet.spoken(number, kind, None, locale)


def sheet_of(compared: Compared, by: str, name: str, zone: ZoneInfo, locale: Locale | None) -> Sheet:
    """by: `team`, `agent` or `spread`."""
    words = sheet.titles(locale) if locale else {}
    about = [
        ("zone", zone.key),
        ("as_of", compared.found.as_of.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")),
        *((measure.name, measure.formula) for measure in measures.TEAM_MEASURES),
    ]
    nobody = words.get("no_team", "")
    rows: list[dict[str, object]] = []
    for team in compared.lines():
        title = compared.team_names.get(team.team_id, "") or nobody
        if by == "team":
            rows.append(
                {
                    "team": title,
                    "agents": len(team.agents),
                    **team.values,
                    **compared.surveyed(team.agents),
                }
            )
        elif by == "agent":
            rows += [
                {
                    "team": title,
                    "agent": compared.agent_names.get(agent_id, ""),
                    **values,
                    **compared.surveyed([agent_id]),
                }
                for agent_id, values in compared.agents_of(team)
            ]
        else:
            rows += [
                {
                    "team": title,
                    "measure": words.get(measure, measure),
                    **{
                        name: _spoken(measure, getattr(spread, name), locale)
                        for name in ("low", "median", "high")
                    },
                    "agents": spread.count,
                }
                for measure, spread in team.spread.items()
            ]
    columns = {"team": TEAM_COLUMNS, "agent": AGENT_COLUMNS}.get(by, SPREAD_COLUMNS)
    facts = compared.found.facts
    totals: dict[str, object] = {
        "agents": len(facts),
        **measures.compute_all(measures.TEAM_MEASURES, comparing.together(facts.values())),
        **compared.surveyed(facts),
    }
    return Sheet(name, columns, rows, zone, about, totals={} if by == "spread" else totals)
