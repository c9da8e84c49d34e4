"""Timesheets and days of agents as answers and as sheets; used by routes, by mail and by PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from otklik.api import sheet
from otklik.api.schemas import attendance as shown
from otklik.api.sheet import Locale, Sheet
from otklik.organization.model import Reason
from otklik.reports import codes, measures
from otklik.reports import service as reports
from otklik.reports.attendance import SignIn, Sums
from otklik.vocabulary.time import from_ms

FIGURES = tuple(measure.name for measure in measures.TIMESHEET_MEASURES)
DAY_COLUMNS = ("day", "agent", "in", "out", "sign_ins", *FIGURES)
AGENT_COLUMNS = ("agent", "days", "sign_ins", *FIGURES)
SIGN_IN_COLUMNS = ("day", "agent", "in", "out", "stay_seconds", "note")
PIECE_COLUMNS = (
    "start",
    "stop",
    "state",
    "reason",
    "state_seconds",
    "queue",
    "number",
    "direction",
    "interaction_id",
)


@dataclass(frozen=True, slots=True)
class Attended:
    """A timesheet with the words of its ids."""

    found: reports.Timesheet
    names: Mapping[int, str]
    reasons: Sequence[Reason]

    @property
    def is_paid(self) -> dict[int, bool]:
        return {int(reason.reason_id): reason.is_paid for reason in self.reasons}

    @property
    def used(self) -> list[Reason]:
        """Reasons that somebody was away for, by name of their ids."""
        pauses = {reason_id for row in self.found.rows for reason_id in row.sums.pauses}
        return [reason for reason in self.reasons if int(reason.reason_id) in pauses]

    def by_agent(self) -> list[tuple[int, list[reports.TimesheetRow]]]:
        """Rows of each agent, agents by name: a list for payroll is no ranking."""
        rows: dict[int, list[reports.TimesheetRow]] = {}
        for row in self.found.rows:
            rows.setdefault(row.agent_id, []).append(row)
        return sorted(rows.items(), key=lambda one: (self.names.get(one[0], "").casefold(), one[0]))


def answer_of(attended: Attended, *, is_own_zone: bool) -> shown.Timesheet:
    """As JSON."""
    found, names, is_paid = attended.found, attended.names, attended.is_paid
    rows, agents, total = [], [], Sums()
    for agent_id, days in attended.by_agent():
        own = Sums()
        for row in days:
            own += row.sums
            rows.append(
                shown.TimesheetRow(
                    day=row.day,
                    agent_id=agent_id,
                    agent=names.get(agent_id, ""),
                    sign_ins=[part_of(one) for one in row.sign_ins],
                    **figures_of(row.sums, is_paid),
                )
            )
        agents.append(
            shown.AgentTotal(
                agent_id=agent_id,
                agent=names.get(agent_id, ""),
                days=len(days),
                sign_ins=count_sign_ins(days),
                **figures_of(own, is_paid),
            )
        )
        total += own
    return shown.Timesheet(
        zone=found.zone,
        is_own_zone=is_own_zone,
        as_of=found.as_of,
        behind_since=min((one.since for one in found.behind), default=None),
        reasons=[reason_of(one) for one in attended.used],
        rows=rows,
        agents=agents,
        totals=shown.AttendanceFigures(**figures_of(total, is_paid)),
    )


def count_sign_ins(days: Sequence[reports.TimesheetRow]) -> int:
    """How often somebody signed in; one that crosses midnight counts on its first day that is asked for."""
    dates = {row.day for row in days}
    return sum(
        1
        for row in days
        for one in row.sign_ins
        if not one.is_before or date.fromordinal(row.day.toordinal() - 1) not in dates
    )


def figures_of(sums: Sums, is_paid: Mapping[int, bool]) -> dict[str, Any]:
    """Every measure of the timesheet, and its parts."""
    return {
        **measures.compute_all(measures.TIMESHEET_MEASURES, sums.facts(is_paid)),
        "pauses": [
            shown.PauseSum(reason_id=reason_id, seconds=ms / 1000)
            for reason_id, ms in sorted(sums.pauses.items())
        ],
        "rules": [shown.RuleSum(rule=rule, seconds=ms / 1000) for rule, ms in sorted(sums.rules.items())],
    }


def part_of(one: SignIn) -> shown.SignInPart:
    return shown.SignInPart(
        start=from_ms(one.start_ms),
        stop=from_ms(one.stop_ms),
        is_before=one.is_before,
        is_after=one.is_after,
        goes_on=one.goes_on,
    )


def reason_of(one: Reason) -> shown.PauseReason:
    return shown.PauseReason(
        id=int(one.reason_id), name_ru=one.name_ru, name_en=one.name_en, is_paid=one.is_paid
    )


def sheet_of(attended: Attended, by: str, name: str, zone: ZoneInfo, locale: Locale | None) -> Sheet:
    """by: `day`, `agent` (totals), `sign_in` (each of them). A column for each reason that was used."""
    about = [
        ("zone", zone.key),
        ("as_of", attended.found.as_of.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")),
        *((measure.name, measure.formula) for measure in measures.TIMESHEET_MEASURES),
    ]
    if by == "sign_in":
        return Sheet(name, SIGN_IN_COLUMNS, _sign_in_rows(attended, locale), zone, about)
    pauses = {f"pause_{int(one.reason_id)}_seconds": one for one in attended.used}
    plain = DAY_COLUMNS if by == "day" else AGENT_COLUMNS
    place = plain.index("paid_pause_seconds")
    columns = (*plain[:place], *pauses, *plain[place:])
    rows = _day_rows(attended) if by == "day" else _agent_rows(attended)
    words = {
        column: (reason.name_en if locale == "en" else reason.name_ru) or column
        for column, reason in pauses.items()
    }
    whole = sum((row.sums for row in attended.found.rows), Sums())
    return Sheet(name, columns, rows, zone, about, words if locale else {}, _cells(whole, attended.is_paid))


def _cells(sums: Sums, is_paid: Mapping[int, bool]) -> dict[str, object]:
    return {
        **measures.compute_all(measures.TIMESHEET_MEASURES, sums.facts(is_paid)),
        **{f"pause_{reason_id}_seconds": ms / 1000 for reason_id, ms in sums.pauses.items()},
    }


def _day_rows(attended: Attended) -> list[dict[str, object]]:
    return [
        {
            "day": row.day,
            "agent": attended.names.get(agent_id, ""),
            "in": from_ms(row.sign_ins[0].start_ms) if row.sign_ins else None,
            # Who is still there has not left yet.
            "out": from_ms(row.sign_ins[-1].stop_ms)
            if row.sign_ins and not row.sign_ins[-1].goes_on
            else None,
            "sign_ins": len(row.sign_ins),
            **_cells(row.sums, attended.is_paid),
        }
        for agent_id, days in attended.by_agent()
        for row in days
    ]


def _agent_rows(attended: Attended) -> list[dict[str, object]]:
    return [
        {
            "agent": attended.names.get(agent_id, ""),
            "days": len(days),
            "sign_ins": count_sign_ins(days),
            **_cells(sum((row.sums for row in days), Sums()), attended.is_paid),
        }
        for agent_id, days in attended.by_agent()
    ]


def _sign_in_rows(attended: Attended, locale: Locale | None) -> list[dict[str, object]]:
    words = sheet.titles(locale) if locale else {}
    rows: list[dict[str, object]] = []
    for agent_id, days in attended.by_agent():
        for row in days:
            for one in row.sign_ins:
                notes = [
                    name
                    for name, is_so in (
                        ("is_before", one.is_before),
                        ("is_after", one.is_after),
                        ("goes_on", one.goes_on),
                    )
                    if is_so
                ]
                rows.append(
                    {
                        "day": row.day,
                        "agent": attended.names.get(agent_id, ""),
                        "in": from_ms(one.start_ms),
                        "out": None if one.goes_on else from_ms(one.stop_ms),
                        "stay_seconds": (one.stop_ms - one.start_ms) / 1000,
                        "note": ", ".join(words.get(note, note) for note in notes),
                    }
                )
    return rows


@dataclass(frozen=True, slots=True)
class DayShown:
    """One agent's day with the words of its ids. numbers: as the one who asks may see them."""

    found: reports.AgentDay
    day: date
    agent_id: int
    agent: str
    reasons: Sequence[Reason]
    queues: Mapping[int, str]
    numbers: Mapping[int, str]


def day_answer_of(day: DayShown) -> shown.AgentDay:
    """As JSON."""
    found = day.found
    used = {piece.reason for piece in found.pieces if piece.reason > 0}
    return shown.AgentDay(
        zone=found.zone,
        as_of=found.as_of,
        behind_since=min((one.since for one in found.behind), default=None),
        day=day.day,
        agent_id=day.agent_id,
        agent=day.agent,
        start=found.start,
        stop=found.stop,
        present_seconds=found.present_ms / 1000,
        pieces_seconds=sum(piece.stop_ms - piece.start_ms for piece in found.pieces) / 1000,
        first_at=_moment(found.pieces[0].start_ms) if found.pieces else None,
        last_at=_moment(found.pieces[-1].stop_ms) if found.pieces else None,
        first_interaction_at=found.first_interaction_at,
        last_interaction_at=found.last_interaction_at,
        sign_ins=[part_of(one) for one in found.sign_ins],
        reasons=[reason_of(one) for one in day.reasons if int(one.reason_id) in used],
        pieces=[
            shown.DayPiece(
                state=codes.AGENT_STATE_NAMES[piece.state],
                reason_id=piece.reason if piece.reason > 0 else None,
                rule=_rule(piece.state, piece.reason),
                queue=day.queues.get(piece.queue_id, ""),
                interaction_id=piece.interaction_id or None,
                start=from_ms(piece.start_ms),
                stop=from_ms(piece.stop_ms),
                seconds=(piece.stop_ms - piece.start_ms) / 1000,
                goes_on=piece.goes_on,
            )
            for piece in found.pieces
        ],
        interactions=[
            shown.DayInteraction(
                interaction_id=one.interaction_id,
                channel=one.channel,
                direction=one.direction,
                queue=day.queues.get(one.queue_id, ""),
                number=day.numbers.get(one.interaction_id, ""),
                outcome=one.outcome or "",
            )
            for one in found.interactions.values()
        ],
    )


def day_sheet_of(day: DayShown, name: str, zone: ZoneInfo, locale: Locale | None) -> Sheet:
    """A row for each state."""
    words = sheet.titles(locale) if locale else {}
    reasons = {
        int(one.reason_id): (one.name_en if locale == "en" else one.name_ru) or str(one.reason_id)
        for one in day.reasons
    }
    rows: list[dict[str, object]] = []
    for piece in day.found.pieces:
        state = codes.AGENT_STATE_NAMES[piece.state]
        rule = _rule(piece.state, piece.reason)
        interaction = day.found.interactions.get(piece.interaction_id)
        rows.append(
            {
                "start": from_ms(piece.start_ms),
                "stop": None if piece.goes_on else from_ms(piece.stop_ms),
                "state": words.get(f"state_{state}", state),
                "reason": reasons.get(piece.reason, words.get(f"rule_{rule}", rule)),
                "state_seconds": (piece.stop_ms - piece.start_ms) / 1000,
                "queue": day.queues.get(piece.queue_id, ""),
                "number": day.numbers.get(piece.interaction_id, ""),
                "direction": words.get(f"direction_{interaction.direction}", interaction.direction)
                if interaction
                else "",
                "interaction_id": str(piece.interaction_id or ""),
            }
        )
    about = [("agent", day.agent), ("day", day.day.isoformat()), ("zone", zone.key)]
    return Sheet(name, PIECE_COLUMNS, rows, zone, about)


def _rule(state: int, reason: int) -> str:
    return codes.CAUSE_NAMES[-reason] if state == codes.NOT_READY and reason <= 0 else ""


def _moment(milliseconds: int) -> datetime:
    return from_ms(milliseconds)
