"""Alerts on the very figures of the board: fired, taken over, put to sleep, over, and never twice."""

from typing import Any

import pytest
import pytest_asyncio

from otklik.access.rights import Right
from otklik.alerts.model import Scope, Spot
from otklik.api.alert_watch import AlertWatch
from otklik.api.live_figures import FigureSource, Health, figures_of, health_of
from otklik.api.live_source import DatabaseSource
from tests.api.house import ANNA, SITE, House
from tests.api.test_desk import finish, talking
from tests.walks.centre import CUSTOMER, NUMBER, OTHER, SALES

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

RULE = {
    "name": "Customers wait",
    "figure": "waiting",
    "scope": "queue",
    "side": "above",
    "limit": 1,
    "recover": 0,
    "lasts_seconds": 10,
    "severity": "critical",
}
DAY = "from=2026-11-23&to=2026-11-24"


def watch(house: House, health: Health | None = None) -> AlertWatch:
    """A fresh process that looks."""
    parts = house.parts
    source = DatabaseSource(parts.pool, parts.follower, parts.clock, SITE)

    async def look_at_health() -> Health:
        return health or health_of(house.health, 50.0)

    figures = FigureSource(source, parts.pool, SITE)
    return AlertWatch(figures, parts.pool, parts.clock, SITE, look_at_health)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def no_rules(house: House) -> None:
    """Each test begins without rules, and with nothing that fires."""
    admin = await house.signed_in("admin")
    for rule in await admin.get("/api/v1/alert-rules"):
        await admin.ask("DELETE", f"/api/v1/alert-rules/{rule['id']}")
    await watch(house).look()
    await house.close_browsers()


async def two_wait(house: House) -> list[Any]:
    callers = [house.centre.driver.call(NUMBER, number) for number in (CUSTOMER, OTHER)]
    await house.centre.pass_time(8)
    return callers


async def leave(house: House, callers: list[Any]) -> None:
    for caller in callers:
        caller.hang_up()
    await house.centre.pass_time(3)


async def test_an_alert_fires_once_whoever_looks_and_ends_when_the_figure_is_well(house: House) -> None:
    admin = await house.signed_in("admin")
    rule = await admin.post("/api/v1/alert-rules", RULE)
    looking = watch(house)
    assert await looking.look() == ([], [])
    callers = await two_wait(house)
    assert await looking.look() == ([], []), "only for a moment so far"
    await house.centre.pass_time(10)
    ((alert,), ended) = await looking.look()
    assert (alert.fired_value, alert.place_id, alert.place_name, ended) == (2, SALES, "sales", [])

    assert await looking.look() == ([], [])
    anew = watch(house)
    await anew.look()
    await house.centre.pass_time(30)
    assert await anew.look() == ([], []), "a process that was started again fires nothing twice"

    (shown,) = await admin.get("/api/v1/alerts/standing")
    assert (shown["rule_name"], shown["queue_id"], shown["worst"]) == ("Customers wait", SALES, 2)
    assert (await admin.get("/api/v1/alert-rules"))[0]["standing"] == 1

    await leave(house, callers)
    (_, (over,)) = await anew.look()
    assert (over.alert_id, over.cause, over.cleared_value) == (alert.alert_id, "recovered", 0)
    assert await admin.get("/api/v1/alerts/standing") == []
    detail = await admin.get(f"/api/v1/alerts/{alert.alert_id}")
    assert [(one["kind"], one["value"]) for one in detail["events"]] == [("fired", 2), ("cleared", 0)]
    assert detail["rule_id"] == rule["id"]


async def test_somebody_takes_it_over_and_puts_it_to_sleep_with_a_reason(house: House) -> None:
    admin = await house.signed_in("admin")
    await admin.post("/api/v1/alert-rules", RULE | {"lasts_seconds": 0})
    vera = await house.signed_in("vera")
    feed = await house.feed(vera, "board")
    looking = watch(house)
    callers = await two_wait(house)
    ((alert,), _) = await looking.look()
    await feed.take("news")
    path = f"/api/v1/alerts/{alert.alert_id}"

    taken = await vera.post(f"{path}/acknowledge", {})
    assert (taken["owner_name"], taken["acknowledged_by"]) == ("Vera", "Vera")
    assert (await vera.ask("POST", f"{path}/snooze", {"minutes": 30, "reason": " "})).status == 422
    asleep = await vera.post(f"{path}/snooze", {"minutes": 30, "reason": "A mailing went out"})
    assert (asleep["snooze_reason"], asleep["snoozed_by"]) == ("A mailing went out", "Vera")

    await leave(house, callers)
    await looking.look()
    assert (await vera.ask("POST", f"{path}/acknowledge", {})).code == "alert_over"
    callers = await two_wait(house)
    ((again,), _) = await looking.look()
    assert again.snooze_reason == "A mailing went out", "the place sleeps, not the alert"
    woken = await vera.post(f"/api/v1/alerts/{again.alert_id}/wake")
    assert woken["snoozed_until"] is None
    assert [one["kind"] for one in woken["events"]] == ["fired", "woken"]
    await leave(house, callers)
    await looking.look()


async def test_no_data_never_fires_and_a_share_needs_enough(house: House) -> None:
    admin = await house.signed_in("admin")
    low = {"figure": "service_level_recent", "side": "below", "limit": 1, "recover": None, "least": 1000}
    await admin.post("/api/v1/alert-rules", RULE | low | {"lasts_seconds": 0})
    quality = {"figure": "link_quality", "scope": "agent", "side": "below", "limit": 5, "recover": None}
    await admin.post("/api/v1/alert-rules", RULE | quality | {"lasts_seconds": 0})
    assert await watch(house).look() == ([], [])


async def test_a_talk_that_lasts_too_long_fires_at_its_agent_and_ends_with_it(house: House) -> None:
    admin = await house.signed_in("admin")
    long_talk = {"figure": "talk", "scope": "agent", "limit": 60, "recover": None, "lasts_seconds": 0}
    await admin.post("/api/v1/alert-rules", RULE | long_talk)
    looking = watch(house)
    anna, interaction_id, _ = await talking(house, "anna")
    await house.centre.pass_time(50)
    assert await looking.look() == ([], [])
    await house.centre.pass_time(10)
    ((alert,), _) = await looking.look()
    assert (alert.place_name, alert.fired_value > 60) == ("Anna", True)

    await finish(house, anna, interaction_id)
    (fired, over) = await looking.look()
    assert (fired, [one.cause for one in over]) == ([], ["no_data"])


async def test_figures_are_those_of_the_board(house: House) -> None:
    admin = await house.signed_in("admin")
    callers = await two_wait(house)
    feed = await house.feed(admin, "board")
    board = await feed.take("s", topic="board")
    parts = house.parts
    source = DatabaseSource(parts.pool, parts.follower, parts.clock, SITE)
    figures = figures_of(await FigureSource(source, parts.pool, SITE).read(health_of(house.health, 50.0)))
    for queue in board["queues"]:
        told = {name: figures[Spot(name, Scope.QUEUE, queue["id"])].value for name in TILES}
        assert told == {name: queue[column] for name, column in TILES.items()}
        longest = figures[Spot("longest_wait", Scope.QUEUE, queue["id"])].value
        since = queue["longest_since_ms"]
        assert longest == (0 if since is None else (board["now"] - since) / 1000)
    await leave(house, callers)


TILES = {
    "waiting": "waiting",
    "service_level": "service_level",
    "agents_ready": "agents_ready",
    "agents_signed_in": "agents_signed_in",
}


async def test_the_machine_fires_for_who_may_see_its_health(house: House) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    away = {"figure": "engine_away", "scope": "centre", "side": "above", "limit": 0, "recover": None}
    await admin.post("/api/v1/alert-rules", RULE | away | {"lasts_seconds": 0})
    ((alert,), _) = await watch(house, health_of(None, 50.0)).look()
    assert [one["id"] for one in await admin.get("/api/v1/alerts/standing")] == [alert.alert_id]
    assert await vera.get("/api/v1/alerts/standing") == []
    assert (await vera.ask("GET", f"/api/v1/alerts/{alert.alert_id}")).code == "unknown_alert"
    for who, count in ((admin, 1), (vera, 0)):
        report = await who.get(f"/api/v1/reports/alerts?{DAY}&rule={alert.rule_id}")
        assert (report["totals"]["alerts_fired"], len(report["rows"])) == (count, count)
    (_, (over,)) = await watch(house).look()
    assert over.cause == "recovered"


async def test_the_history_is_filtered_and_taken_away_as_a_table(house: House) -> None:
    admin = await house.signed_in("admin")
    rule = await admin.post("/api/v1/alert-rules", RULE | {"lasts_seconds": 0, "name": "=cmd()"})
    looking = watch(house)
    for _ in range(3):
        callers = await two_wait(house)
        await looking.look()
        await leave(house, callers)
        await looking.look()
    page = await admin.get(f"/api/v1/alerts?{DAY}&rule={rule['id']}&limit=2")
    assert (len(page["rows"]), page["next"]) == (2, page["rows"][-1]["id"])
    rest = await admin.get(f"/api/v1/alerts?{DAY}&rule={rule['id']}&limit=2&before={page['next']}")
    assert (len(rest["rows"]), rest["next"]) == (1, None)
    assert (await admin.get(f"/api/v1/alerts?{DAY}&severity=notice"))["rows"] == []
    assert (await admin.get("/api/v1/alerts?from=2026-11-20&to=2026-11-22"))["rows"] == []
    sheet = await admin.ask("GET", f"/api/v1/alerts?{DAY}&rule={rule['id']}&format=csv")
    lines = sheet.body.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert ",'=cmd(),critical,waiting,queue,sales," in lines[1]

    report = await admin.get(f"/api/v1/reports/alerts?{DAY}&rule={rule['id']}")
    (by_rule,) = report["rules"]
    assert [row["id"] for row in report["rows"]] == [one["id"] for one in page["rows"] + rest["rows"]]
    assert (by_rule["alerts_fired"], by_rule["alert_taken_share"], by_rule["place_name"]) == (3, 0, "sales")
    elsewhere = await admin.get(f"/api/v1/reports/alerts?{DAY}&queue=999")
    assert (elsewhere["rows"], elsewhere["totals"]["alert_taken_share"]) == ([], None)
    for table, count in (("alerts", 3), ("rules", 1)):
        file = await admin.ask(
            "GET",
            f"/api/v1/reports/alerts?{DAY}&rule={rule['id']}&table={table}&format=csv&locale=ru",
        )
        spoken = file.body.decode("utf-8-sig").splitlines()
        assert len(spoken) == count + 1
        assert "_" not in spoken[0], "every column has a word"
        assert "'=cmd();" in spoken[1]


async def test_rules_are_checked_and_only_for_who_may(house: House) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    assert (await vera.ask("POST", "/api/v1/alert-rules", RULE)).code == "right_missing"
    for change, place in (
        ({"figure": "mood"}, "figure"),
        ({"place_ids": [999]}, "place_ids"),
        ({"recover": 2}, "recover"),
        ({"owner_id": 999}, "owner_id"),
        ({"scope": "agent"}, "scope"),
    ):
        reply = await admin.ask("POST", "/api/v1/alert-rules", RULE | change)
        assert (reply.status, reply.json["place"]) == (422, place), change
    made = await admin.post(
        "/api/v1/alert-rules",
        RULE | {"hours": {"days": [0, 1], "since": "09:00", "until": "18:00"}, "owner_id": int(ANNA)},
    )
    assert made["hours"] == {"days": [0, 1], "since": "09:00", "until": "18:00"}
    changed = await admin.put(f"/api/v1/alert-rules/{made['id']}", RULE | {"is_on": False})
    assert (changed["is_on"], changed["hours"], changed["owner_id"]) == (False, None, None)
    assert (await admin.ask("PUT", "/api/v1/alert-rules/999", RULE)).code == "unknown_rule"
    program = await house.program(Right.WATCH_BOARD)
    assert await program.get("/api/v1/alerts/standing") == []
    assert (await program.ask("GET", f"/api/v1/alerts?{DAY}&format=csv")).code == "right_missing"


async def test_totals_count_every_alert_however_many_there_were(house: House) -> None:
    admin = await house.signed_in("admin")
    await admin.post("/api/v1/alert-rules", RULE | {"lasts_seconds": 0})
    callers = await two_wait(house)
    ((alert, *_), _) = await watch(house).look()
    await leave(house, callers)
    # One a second of a morning long ago: each lasted its number in seconds, but the last goes on, and
    # every fourth was taken after half of that.
    async with house.parts.writing() as connection:
        await connection.execute(
            """
            insert into alert (
                site_id, rule_id, scope, place_id, place_name, fired_at, fired_value, worst, rule, cleared_at,
                acknowledged_at
            )
            select site_id, 999, scope, place_id, place_name, at, 2, 2, rule,
                case when n < 20101 then at + n * interval '1 second' end,
                case when n % 4 = 0 then at + n * interval '0.5 second' end
            from alert, generate_series(1, 20101) as n,
                lateral (select timestamptz '2026-03-02 06:00+00' + n * interval '1 second' as at) as moment
            where alert_id = $1
            """,
            alert.alert_id,
        )
    report = await admin.get("/api/v1/reports/alerts?from=2026-03-02&to=2026-03-03")
    assert report["totals"] == {
        "alerts_fired": 20_101,
        "alerts_going_on": 1,
        "alert_median_seconds": 10_050,
        "alert_longest_seconds": 20_100,
        "alert_taken_share": pytest.approx(5_025 / 20_101),
        # Of 4, 8 ... 20,100 seconds the 2513th, halved.
        "alert_take_median_seconds": 5_026,
    }
    (by_rule,) = report["rules"]
    assert {name: by_rule[name] for name in report["totals"]} == report["totals"]
    assert len(report["rows"]) == 1_000
    queue = await admin.get("/api/v1/reports/alerts?from=2026-03-02&to=2026-03-03&queue=999")
    assert (queue["totals"]["alerts_fired"], queue["rules"]) == (0, [])
