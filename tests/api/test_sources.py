"""Imported logs: reports of a source, the names that people give, and who may see it."""

import asyncio
import io
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from python_calamine import CalamineWorkbook

from otklik.wiring.following import follow
from otklik.wiring.importing import Asked, take_files
from tests.api.house import Browser, House
from tests.rooms.reports.call_records import HEADING, day
from tests.rooms.reports.foreign_log import QUEUES, Plan, draw
from tests.slowness import patience

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


async def test_calls_of_a_source_are_listed_and_stand_behind_its_numbers(
    house: House, tmp_path: Path
) -> None:
    plan = draw(36, 60)
    source = await source_of(house, tmp_path, "listed", plan)
    admin = await house.signed_in("admin")
    days = await admin.get(f"/api/v1/reports/days?{DAYS}&source={source}")
    sales = next(row for row in days["rows"] if row["queue"] == "sales" and row["abandoned"])
    names = await admin.get(f"/api/v1/sources/{source}/names")
    anna = next(name for name in names if (name["kind"], name["name"]) == ("agent", "101"))

    listed = await admin.get(f"/api/v1/interactions?{DAYS}&source={source}&limit=500")
    hers = await admin.get(f"/api/v1/interactions?{DAYS}&source={source}&limit=500&agent={anna['id']}")
    behind = await admin.get(
        f"/api/v1/interactions/behind?drill=abandoned&start={sales['from']}&stop={sales['to']}"
        f"&queue={sales['queue_id']}&source={source}"
    )
    picked = next(row for row in hers["rows"] if row["outcome"] == "answered")
    detail = await admin.get(f"/api/v1/interactions/{picked['interaction_id']}?source={source}")
    own = await admin.get(f"/api/v1/interactions?{DAYS}")
    reply = await admin.ask("GET", f"/api/v1/interactions/{picked['interaction_id']}")

    assert len(listed["rows"]) == plan.calls
    assert {row["queue_name"] for row in listed["rows"]} <= set(QUEUES)
    assert {row["agent_name"] for row in listed["rows"]} - {""} == {"101", "102", "103", "104"}
    assert 0 < len(hers["rows"]) < plan.calls
    assert len(behind["rows"]) == sales["abandoned"]
    assert "101" in {stay["agent_name"] for stay in detail["segments"]}
    assert {phase["owner_name"] for phase in detail["phases"]} >= {"101"}
    assert detail["events"]
    assert own["rows"] == []
    assert (reply.status, reply.code) == (404, "unknown_interaction")


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
    names = await supervisor.ask("GET", f"/api/v1/sources/{source}/names")
    calls = await supervisor.ask("GET", f"/api/v1/interactions?{DAYS}&source={source}")

    assert listed == []
    assert (reply.status, reply.code) == (404, "unknown_source")
    assert named.status == 403
    assert (names.status, names.code) == (404, "unknown_source")
    assert (calls.status, calls.code) == (404, "unknown_source")


async def test_what_is_no_source_is_refused(house: House) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("GET", f"/api/v1/reports/days?{DAYS}&source=1")
    absent = await admin.ask("PUT", "/api/v1/sources/999/names/queue/1", {"title": "x"})

    assert (reply.status, reply.code) == (404, "unknown_source")
    assert (absent.status, absent.code) == (404, "unknown_source")


async def test_a_mapping_is_saved_in_versions_and_names_hold_at_once(house: House, tmp_path: Path) -> None:
    source = await source_of(house, tmp_path, "mapped", draw(37, 40))
    admin = await house.signed_in("admin")
    before = await admin.get(f"/api/v1/sources/{source}/mapping")
    names = await admin.get(f"/api/v1/sources/{source}/names")
    agent = next(name for name in names if (name["kind"], name["name"]) == ("agent", "102"))
    people = await admin.get("/api/v1/people")
    anna = people[0]

    saved = await admin.put(
        f"/api/v1/sources/{source}/mapping",
        {"version": 0, "mapping": {"same_agents": {"104": "101"}, "outcomes": {"EXITWITHKEY": "abandoned"}}},
    )
    late = await admin.ask("PUT", f"/api/v1/sources/{source}/mapping", {"version": 0, "mapping": {}})
    bad = await admin.ask(
        "PUT", f"/api/v1/sources/{source}/mapping", {"version": 1, "mapping": {"same_agents": {"1": "2"}}}
    )
    named = await admin.put(f"/api/v1/sources/{source}/names/agent/{agent['id']}", {"own_id": anna["id"]})
    absent = await admin.ask(
        "PUT", f"/api/v1/sources/{source}/names/agent/{agent['id']}", {"team_id": 30_000}
    )
    days = await admin.get(f"/api/v1/reports/agents?{DAYS}&source={source}")

    assert (before["version"], before["is_told"], before["can_apply"]) == (0, True, True)
    assert (saved["version"], saved["applied_version"]) == (1, 0)
    assert saved["mapping"]["same_agents"] == {"104": "101"}
    assert [one["version"] for one in saved["versions"]] == [1]
    assert (late.status, late.code) == (409, "mapping_changed")
    assert (bad.status, bad.code) == (422, "unknown_name")
    assert named["shown"] == anna["name"]
    assert (absent.status, absent.code) == (422, "unknown_team")
    assert anna["name"] in {row["agent"] for row in days["rows"]}


async def test_a_log_is_sent_previewed_and_then_stored(house: House, tmp_path: Path) -> None:
    plan = draw(38, 60)
    admin = await house.signed_in("admin")
    vera = await house.signed_in("vera")
    text = "".join(line + "\n" for line in [*plan.lines, "a broken row"]).encode()

    sent = await admin.ask("POST", "/api/v1/sources/files?name=../queue_log.1", data=text)
    file = sent.json
    refused = await vera.ask("POST", "/api/v1/sources/files?name=x", data=text)
    unknown = await admin.ask("POST", "/api/v1/sources/previews", {"files": ["0" * 32], "source": "sent"})
    asked = {"files": [file["key"]], "source": "sent", "measured": {"service_threshold_seconds": 10}}
    preview = await ended(admin, await admin.post("/api/v1/sources/previews", asked))
    sources = await admin.get("/api/v1/sources")
    stored = await ended(admin, await admin.post("/api/v1/sources/imports", asked))
    source = next(row for row in await admin.get("/api/v1/sources") if row["name"] == "sent")

    assert file["size"] == len(text)
    assert "/" not in file["name"]
    assert refused.status == 403
    assert (unknown.status, unknown.code) == (404, "unknown_file")
    result = preview["result"]
    assert result["interactions"] == plan.calls
    assert {row["queue"] for row in result["queues"]} == set(QUEUES)
    assert len(result["interactions_first"]) == 50
    assert [(row["line"], row["reason"]) for row in result["rejected"]] == [
        (len(plan.lines) + 1, "too_few_fields")
    ]
    assert "sent" not in {row["name"] for row in sources}
    assert stored["result"]["interactions"] == source["interactions"] == plan.calls
    assert stored["done"] == stored["of"] > 0


async def test_call_records_are_a_source_of_their_own(house: House) -> None:
    admin = await house.signed_in("admin")
    text = "".join(f"{line}\n" for line in (HEADING, *(record.row() for record in day()))).encode()
    sent = await admin.ask("POST", "/api/v1/sources/files?name=cdr.csv", data=text)
    asked = {
        "files": [sent.json["key"]],
        "source": "records",
        "kind": "cdr",
        "zone": "UTC",
        "internal": ["650"],
    }

    nobody = {**asked, "internal": ["ext-*"]}
    preview = await ended(admin, await admin.post("/api/v1/sources/previews", nobody))
    stored = await ended(admin, await admin.post("/api/v1/sources/imports", asked))
    again = await admin.ask("POST", "/api/v1/sources/files?name=cel.csv", data=text)
    other = {**asked, "files": [again.json["key"]], "kind": "cel"}
    refused = await ended(admin, await admin.post("/api/v1/sources/imports", other), "refused")
    source = next(row for row in await admin.get("/api/v1/sources") if row["name"] == "records")

    assert {row["context"] for row in preview["result"]["left_out"]} >= {"ext-queues"}
    assert (stored["result"]["interactions"], stored["result"]["answered"]) == (6, 4)
    assert (source["kind"], source["interactions"]) == ("cdr", 6)
    assert refused["refusal"]["code"] == "other_kind"
    mapping = (await admin.get(f"/api/v1/sources/{source['id']}/mapping"))["mapping"]
    assert mapping["internal"] == ["650"]


async def test_a_log_is_followed_as_it_is_written(house: House, tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    start = int(time.time()) - 400
    rows = [
        f"{start}|MANAGER|sales|PJSIP/101|ADDMEMBER|",
        f"{start + 10}|c1|sales||ENTERQUEUE||79161110001|1",
        f"{start + 15}|c1|sales|PJSIP/101|CONNECT|5|x|5",
        f"{start + 75}|c1|sales|PJSIP/101|COMPLETEAGENT|5|60|1",
    ]
    (tmp_path / "queue_log.1").write_text("".join(row + "\n" for row in rows[:2]))
    path.write_text("".join(row + "\n" for row in rows[2:]))
    settings = house.parts.settings.model_copy(update={"database_url": SecretStr(house.url)})
    admin = await house.signed_in("admin")
    stopping = asyncio.Event()
    following = asyncio.create_task(follow(settings, path, source="followed", zone=None, stopping=stopping))
    with path.open("a") as log:
        log.write(f"{start + 390}|c2|sales||ENTERQUEUE||79161110002|1\n")
    try:
        deadline = time.monotonic() + patience(30)
        board: dict[str, Any] = {"queues": []}
        while not any(row["waiting"] for row in board["queues"]):
            assert time.monotonic() < deadline, board
            assert not following.done(), following
            await asyncio.sleep(0.2)
            source = next(
                (row for row in await admin.get("/api/v1/sources") if row["name"] == "followed"), None
            )
            if source is not None:
                board = await admin.get(f"/api/v1/sources/{source['id']}/now")
    finally:
        stopping.set()
        await following
    today = datetime.fromtimestamp(start, UTC).date()
    days = f"from={today - timedelta(days=2)}&to={today + timedelta(days=2)}"
    listed = await admin.get(f"/api/v1/interactions?{days}&source={source['id']}")

    assert board["queues"] == [
        {"queue": "sales", "waiting": 1, "talking": 0, "oldest": board["queues"][0]["oldest"]}
    ]
    assert [(row["agent"], row["state"]) for row in board["agents"]] == [("101", "ready")]
    assert [(row["agent_name"], row["talk_seconds"], row["outcome"]) for row in listed["rows"]] == [
        ("101", 60, "answered")
    ]


async def ended(asker: Browser, run: dict[str, Any], state: str = "done") -> dict[str, Any]:
    """The run when it is over."""
    deadline = time.monotonic() + patience(60)
    while run["state"] == "running":
        assert time.monotonic() < deadline, run
        await asyncio.sleep(0.2)
        run = await asker.get(f"/api/v1/sources/runs/{run['run_id']}")
    assert run["state"] == state, run
    return run
