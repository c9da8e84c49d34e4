"""Imported logs: reports of a source, the names that people give, and who may see it."""

import io
from pathlib import Path

import pytest
from pydantic import SecretStr
from python_calamine import CalamineWorkbook

from otklik.wiring.importing import Asked, take_files
from tests.api.house import House
from tests.rooms.reports.foreign_log import QUEUES, Plan, draw

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

DAYS = "from=2023-11-01&to=2023-12-01"


async def source_of(house: House, folder: Path, name: str, plan: Plan) -> int:
    path = folder / "queue_log"
    path.write_text("".join(line + "\n" for line in [*plan.lines, "a broken row"]))
    settings = house.parts.settings.model_copy(update={"database_url": SecretStr(house.url)})
    await take_files(settings, [path], Asked(name))
    admin = await house.signed_in("admin")
    return next(int(row["id"]) for row in await admin.get("/api/v1/sources") if row["name"] == name)


async def test_reports_of_a_source_are_of_its_calls_alone(house: House, tmp_path: Path) -> None:
    plan = draw(31, 80)
    source = await source_of(house, tmp_path, "north", plan)
    admin = await house.signed_in("admin")

    days = await admin.get(f"/api/v1/reports/days?{DAYS}&source={source}")
    quarters = await admin.get(f"/api/v1/reports/intervals?{DAYS}&source={source}")
    agents = await admin.get(f"/api/v1/reports/agents?{DAYS}&source={source}")
    own = await admin.get(f"/api/v1/reports/days?{DAYS}")

    answered = sum(bool(stay.agent) for stay in plan.stays)
    assert days["totals"]["answered"] == quarters["totals"]["answered"] == answered
    assert {row["queue"] for row in days["rows"]} == set(QUEUES)
    assert {row["agent"] for row in agents["rows"]} == {"101", "102", "103", "104"}
    assert own["totals"]["answered"] == 0


async def test_a_name_that_is_given_stands_in_reports_and_figures_stay(house: House, tmp_path: Path) -> None:
    source = await source_of(house, tmp_path, "south", draw(32, 80))
    admin = await house.signed_in("admin")
    before = await admin.get(f"/api/v1/reports/days?{DAYS}&source={source}")
    detail = await admin.get(f"/api/v1/sources/{source}")
    queue = next(name for name in detail["names"] if (name["kind"], name["name"]) == ("queue", "8800"))
    agent = next(name for name in detail["names"] if (name["kind"], name["name"]) == ("agent", "101"))

    await admin.put(f"/api/v1/sources/{source}/names/queue/{queue['id']}", {"title": "Горячая линия"})
    await admin.put(f"/api/v1/sources/{source}/names/agent/{agent['id']}", {"title": "Анна"})
    after = await admin.get(f"/api/v1/reports/days?{DAYS}&source={source}")
    agents = await admin.get(f"/api/v1/reports/agents?{DAYS}&source={source}")
    await admin.put(f"/api/v1/sources/{source}/names/queue/{queue['id']}", {"title": ""})
    again = await admin.get(f"/api/v1/reports/days?{DAYS}&source={source}")

    assert {row["queue"] for row in after["rows"]} == {"sales", "support", "Горячая линия"}
    assert {row["agent"] for row in agents["rows"]} == {"Анна", "102", "103", "104"}
    assert after["totals"] == before["totals"]
    assert again["rows"] == before["rows"]


async def test_a_report_is_taken_away_as_a_workbook_of_the_same_numbers(house: House, tmp_path: Path) -> None:
    source = await source_of(house, tmp_path, "books", draw(35, 60))
    admin = await house.signed_in("admin")
    days = await admin.get(f"/api/v1/reports/days?{DAYS}&source={source}")

    reply = await admin.ask("GET", f"/api/v1/reports/days?{DAYS}&source={source}&format=xlsx&locale=ru")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(reply.body)).get_sheet_by_name("Отчёт").to_python()
    plain = await admin.ask("GET", f"/api/v1/reports/days?{DAYS}&source={source}&format=csv")

    assert reply.headers["Content-Disposition"].endswith('.xlsx"')
    assert rows[0][:4] == ["С", "До", "Очередь", "Поступило"]
    assert sum(row[3] for row in rows[1:]) == days["totals"]["offered"]
    assert [row[2] for row in rows[1:]] == [row["queue"] for row in days["rows"]]
    assert plain.body.decode("utf-8-sig").startswith("from,to,queue,offered")


async def test_rows_that_were_not_understood_are_shown(house: House, tmp_path: Path) -> None:
    plan = draw(33, 20)
    source = await source_of(house, tmp_path, "east", plan)
    admin = await house.signed_in("admin")

    detail = await admin.get(f"/api/v1/sources/{source}")

    assert detail["unread"] == 1
    assert [(row["line"], row["reason"], row["text"]) for row in detail["unread_rows"]] == [
        (len(plan.lines) + 1, "too_few_fields", "a broken row")
    ]


async def test_only_those_who_see_everybody_see_a_source(house: House, tmp_path: Path) -> None:
    source = await source_of(house, tmp_path, "west", draw(34, 20))
    supervisor = await house.signed_in("vera")

    listed = await supervisor.get("/api/v1/sources")
    reply = await supervisor.ask("GET", f"/api/v1/reports/days?{DAYS}&source={source}")
    named = await supervisor.ask("PUT", f"/api/v1/sources/{source}/names/queue/1", {"title": "x"})

    assert listed == []
    assert (reply.status, reply.code) == (404, "unknown_source")
    assert named.status == 403


async def test_what_is_no_source_is_refused(house: House) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("GET", f"/api/v1/reports/days?{DAYS}&source=1")
    absent = await admin.ask("PUT", "/api/v1/sources/999/names/queue/1", {"title": "x"})

    assert (reply.status, reply.code) == (404, "unknown_source")
    assert (absent.status, absent.code) == (404, "unknown_source")
