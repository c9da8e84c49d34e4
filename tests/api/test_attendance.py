"""Timesheets, an agent's day and teams over HTTP: against moments that were written down while they came."""

import csv
import io
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from otklik.organization import commands as organize
from otklik.organization.model import Reason
from otklik.switchboard import requests
from otklik.vocabulary.ids import PersonId, ReasonId
from tests.api.house import House, rows
from tests.walks.centre import ANNA, BORIS, LUNCH, NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

SMOKE = ReasonId(2)
CALLER = "+79165550611"
DAYS = "from=2026-11-23&to=2026-11-25"
MIDNIGHT = datetime(2026, 11, 23, 21, tzinfo=UTC)
"""In Moscow."""


@dataclass
class Story:
    """What Anna did on that Monday, and when. end: now, on Tuesday."""

    signed_in: datetime
    lunch: tuple[datetime, datetime]
    smoke: tuple[datetime, datetime]
    end: datetime


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(house: House) -> AsyncIterator[Story]:
    centre = house.centre
    await centre.ask(
        requests.ChangeConfiguration(
            change=organize.ChangeTogether(
                changes=(
                    organize.SaveReason(
                        reason=Reason(reason_id=SMOKE, name_ru="Перекур", name_en="Smoke", is_paid=False)
                    ),
                )
            ),
            by=PersonId(1),
        )
    )
    (row,) = await centre.rows("select signed_in_ms from agent_now where agent_id = $1", ANNA)
    signed_in = datetime.fromtimestamp(row["signed_in_ms"] / 1000, UTC)
    await centre.ask(requests.GetReady(agent_id=ANNA))
    await centre.pass_time(600)
    caller = centre.driver.call(NUMBER, CALLER)
    await centre.pass_time(5)
    assert centre.driver.answer("phone1")
    await centre.pass_time(60)
    caller.hang_up()
    await centre.pass_time(40)
    moments = []
    for reason, seconds in ((LUNCH, 1800), (SMOKE, 600)):
        await centre.ask(requests.GetNotReady(agent_id=ANNA, reason_id=reason))
        began = centre.clock.at
        await centre.pass_time(seconds)
        await centre.ask(requests.GetReady(agent_id=ANNA))
        moments.append((began, centre.clock.at))
    await centre.pass_time((MIDNIGHT - centre.clock.at).total_seconds() + 3600)
    yield Story(signed_in, moments[0], moments[1], centre.clock.at)


def seconds(since: datetime, until: datetime) -> float:
    return (until - since) / timedelta(seconds=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_timesheet_has_sign_ins_pauses_and_pay_and_splits_at_midnight(
    house: House, story: Story
) -> None:
    admin = await house.signed_in("admin")

    sheet = await admin.get(f"/api/v1/reports/timesheet?{DAYS}&agent={ANNA}")

    assert (sheet["zone"], sheet["is_own_zone"]) == ("Europe/Moscow", True)
    monday, tuesday = sheet["rows"]
    (night,), (morning,) = monday["sign_ins"], tuesday["sign_ins"]
    assert (monday["day"], tuesday["day"]) == ("2026-11-23", "2026-11-24")
    assert (moment(night["start"]), moment(night["stop"])) == (story.signed_in, MIDNIGHT)
    assert (night["is_before"], night["is_after"], night["goes_on"]) == (False, True, False)
    assert (moment(morning["start"]), moment(morning["stop"])) == (MIDNIGHT, story.end)
    assert (morning["is_before"], morning["is_after"], morning["goes_on"]) == (True, False, True)
    assert monday["present_seconds"] == pytest.approx(seconds(story.signed_in, MIDNIGHT), abs=0.001)
    assert {one["reason_id"]: one["seconds"] for one in monday["pauses"]} == {
        LUNCH: seconds(*story.lunch),
        SMOKE: seconds(*story.smoke),
    }
    assert monday["paid_pause_seconds"] == seconds(*story.lunch)
    assert monday["unpaid_pause_seconds"] == seconds(*story.smoke)
    assert monday["payable_seconds"] == pytest.approx(
        seconds(story.signed_in, MIDNIGHT) - seconds(*story.smoke), abs=0.001
    )
    (total,) = sheet["agents"]
    assert (total["days"], total["sign_ins"]) == (2, 1)
    assert total["present_seconds"] == pytest.approx(seconds(story.signed_in, story.end), abs=0.001)
    assert [one["name_ru"] for one in sheet["reasons"]] == ["Обед", "Перекур"]


async def test_the_sheet_can_be_that_of_another_zone_but_of_none_that_there_is_not(
    house: House, story: Story
) -> None:
    admin = await house.signed_in("admin")

    far = await admin.get(f"/api/v1/reports/timesheet?{DAYS}&agent={ANNA}&zone=Asia/Vladivostok")
    refused = await admin.ask("GET", f"/api/v1/reports/timesheet?{DAYS}&zone=Mars/Olympus")

    assert (far["zone"], far["is_own_zone"]) == ("Asia/Vladivostok", False)
    first, _ = far["rows"]
    # Seven hours ahead of Moscow: midnight is at two in the afternoon, Greenwich.
    assert moment(first["sign_ins"][0]["stop"]) == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert (refused.status, refused.code) == (422, "unknown_zone")


async def test_one_sees_the_time_of_those_whose_work_one_sees(house: House, story: Story) -> None:
    supervisor, agent = await house.signed_in("vera"), await house.signed_in("anna")

    seen = await supervisor.get(f"/api/v1/reports/timesheet?{DAYS}")
    teams = await supervisor.get(f"/api/v1/reports/teams?{DAYS}")
    others = await supervisor.ask("GET", f"/api/v1/reports/agent-day?agent={BORIS}&day=2026-11-23")

    assert {row["agent_id"] for row in seen["rows"]} == {ANNA}
    assert [one["agent_id"] for row in teams["rows"] for one in row["agents"]] == [ANNA]
    assert (others.status, others.code) == (404, "unknown_agent")
    for path in (f"timesheet?{DAYS}", f"teams?{DAYS}", f"agent-day?agent={ANNA}&day=2026-11-23"):
        assert (await agent.ask("GET", f"/api/v1/reports/{path}")).status == 403


async def test_a_day_is_told_state_by_state_with_its_calls(house: House, story: Story) -> None:
    admin = await house.signed_in("admin")

    day = await admin.get(f"/api/v1/reports/agent-day?agent={ANNA}&day=2026-11-23")

    pieces = day["pieces"]
    assert day["present_seconds"] == day["pieces_seconds"]
    assert day["pieces_seconds"] == pytest.approx(seconds(story.signed_in, MIDNIGHT), abs=0.001)
    assert all(one["stop"] == following["start"] for one, following in itertools.pairwise(pieces))
    (talk,) = [one for one in pieces if one["state"] == "connected"]
    (interaction,) = day["interactions"]
    assert talk["interaction_id"] == interaction["interaction_id"]
    assert (interaction["number"], interaction["direction"], interaction["queue"]) == (
        CALLER,
        "inbound",
        "sales",
    )
    assert 55 < talk["seconds"] < 61
    (lunch,) = [one for one in pieces if one["reason_id"] == LUNCH]
    assert (moment(lunch["start"]), moment(lunch["stop"])) == story.lunch
    assert moment(day["first_at"]) == story.signed_in
    assert moment(day["first_interaction_at"]) < moment(talk["start"])
    found = await admin.ask("GET", f"/api/v1/interactions/{talk['interaction_id']}")
    assert found.status == 200


async def test_files_of_timesheets_add_up(house: House, story: Story) -> None:
    admin = await house.signed_in("admin")

    async def book(more: str) -> list[list[Any]]:
        reply = await admin.ask(
            "GET", f"/api/v1/reports/timesheet?{DAYS}&agent={ANNA}&format=xlsx&locale=ru&{more}"
        )
        assert reply.status == 200, reply.body
        read = CalamineWorkbook.from_filelike(io.BytesIO(reply.body)).get_sheet_by_name("Отчёт")
        return read.to_python()

    by_day, by_agent, by_sign_in = await book("by=day"), await book("by=agent"), await book("by=sign_in")

    def column(rows: list[list[Any]], title: str) -> list[Any]:
        place = rows[0].index(title)
        return [row[place] for row in rows[1:]]

    whole = timedelta(seconds=seconds(story.signed_in, story.end))
    for lines, title in (
        (by_day, "Всего на смене"),
        (by_agent, "Всего на смене"),
        (by_sign_in, "Длительность"),
    ):
        assert abs(sum(column(lines, title), timedelta()) - whole) < timedelta(seconds=1), title
    assert column(by_day, "Обед") == [timedelta(seconds=seconds(*story.lunch)), ""]
    assert column(by_day, "Выход")[1] == "", "who is still there has not left"
    assert column(by_sign_in, "Примечание") == ["продолжено после полуночи", "начато накануне, ещё на смене"]
    reply = await admin.ask(
        "GET", f"/api/v1/reports/agent-day?agent={ANNA}&day=2026-11-23&format=csv&locale=ru"
    )
    lines = list(csv.reader(io.StringIO(reply.body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert lines[0][:5] == ["Начало", "Конец", "Состояние", "Причина", "Время"]
    assert [
        next(line[2] for line in lines if line[2] == "Разговор"),
        next(line[3] for line in lines if line[3] == "Обед"),
    ] == ["Разговор", "Обед"]


async def test_teams_stand_by_name_with_those_of_no_team_at_the_end(house: House, story: Story) -> None:
    admin = await house.signed_in("admin")

    report = await admin.get(f"/api/v1/reports/teams?{DAYS}")

    first, last = report["rows"]
    assert (first["team"], last["team_id"]) == ("first", None)
    assert [one["agent_id"] for one in last["agents"]] == [BORIS]
    assert report["totals"]["handled"] == first["figures"]["handled"] == 1
    assert first["figures"]["csat"] is None
    (spread,) = [one for one in first["spread"] if one["measure"] == "handled"]
    assert (spread["low"], spread["median"], spread["high"], spread["count"]) == (1, 1, 1, 1)
    paid = first["figures"]["signed_in_seconds"] - seconds(*story.smoke)
    (agents,) = [
        row
        for row in (await admin.get(f"/api/v1/reports/agents?{DAYS}&agent={ANNA}"))["rows"]
        if row["handled"]
    ]
    busy = agents["connected_seconds"] + agents["held_seconds"] + agents["wrap_up_seconds"]
    assert first["figures"]["utilization"] == pytest.approx(busy / paid)
    for by in ("team", "agent", "spread"):
        reply = await admin.ask("GET", f"/api/v1/reports/teams?{DAYS}&by={by}&format=csv&locale=en")
        lines = list(csv.reader(io.StringIO(reply.body.decode("utf-8-sig"), newline="")))
        assert lines[0][0] == "Team"
        assert {line[0] for line in lines[1:]} == {"first", "No team"}


async def test_every_report_is_there_on_paper(house: House, story: Story) -> None:
    admin, agent = await house.signed_in("admin"), await house.signed_in("anna")
    paths = (
        f"days?{DAYS}",
        f"intervals?{DAYS}",
        f"agents?{DAYS}",
        f"timesheet?{DAYS}",
        f"timesheet?{DAYS}&by=sign_in",
        f"agent-day?agent={ANNA}&day=2026-11-23",
        f"teams?{DAYS}&by=spread",
        "page?every=day&day=2026-11-23",
        "page?every=month&day=2026-11-23",
    )
    for path in paths:
        reply = await admin.ask("GET", f"/api/v1/reports/{path}&format=pdf&locale=ru")

        assert (reply.status, reply.headers["Content-Type"]) == (200, "application/pdf"), (path, reply.body)
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(reply.body)).pages)
        assert "Europe/Moscow" in text, path
        assert "Стр. 1 из " in text, path
    letter = await admin.ask("GET", f"/api/v1/reports/timesheet?{DAYS}&by=agent&format=pdf_letter&locale=en")
    (page, *_) = PdfReader(io.BytesIO(letter.body)).pages
    assert {round(page.mediabox.width), round(page.mediabox.height)} == {612, 792}
    assert "Timesheet" in page.extract_text()
    assert (await agent.ask("GET", f"/api/v1/reports/days?{DAYS}&format=pdf")).status == 403
    noted = await rows(
        house, "select facts from audit where action = 'report.exported' order by audit_id desc limit 1"
    )
    assert "pdf" in str(noted)


async def test_the_page_of_a_day_says_what_came_and_against_what(house: House, story: Story) -> None:
    admin, supervisor = await house.signed_in("admin"), await house.signed_in("vera")

    day = await admin.get("/api/v1/reports/page?every=day&day=2026-11-23")
    week = await admin.get("/api/v1/reports/page?every=week&day=2026-11-24")
    narrow = await supervisor.get("/api/v1/reports/page?every=day&day=2026-11-23")
    empty = await admin.get("/api/v1/reports/page?every=day&day=2026-11-01")

    numbers = {one["name"]: one for one in day["numbers"]}
    assert (day["first"], day["last"], day["before_first"]) == ("2026-11-23", "2026-11-23", "2026-11-16")
    assert (day["is_over"], week["is_over"]) == (True, False)
    assert (numbers["offered"]["value"], numbers["offered"]["before"]) == (1, 0)
    assert numbers["service_level"]["value"] == 1
    assert numbers["service_level"]["target"] == day["queues"][0]["target"]
    assert {"target_met", "nothing_before", "nobody_lost"} <= {one["code"] for one in day["told"]}
    # Noon in Moscow and ten minutes.
    assert [one["start"] for one in day["parts"]] == ["2026-11-23T09:00:00.000Z"]
    assert (week["first"], week["last"]) == ("2026-11-23", "2026-11-24")
    assert "unfinished" in {one["code"] for one in week["told"]}
    assert "occupancy" in numbers
    assert "occupancy" not in {one["name"] for one in narrow["numbers"]}, "she does not see everybody"
    assert [one["code"] for one in empty["told"]] == ["nothing_came"]
