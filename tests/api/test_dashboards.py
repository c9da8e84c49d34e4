"""Dashboards over real sockets: whose they are, what they show, and how little a television may."""

import asyncio
from typing import Any

import pytest

from tests.api.house import ANNA, Browser, Feed, House, rows
from tests.api.test_alerts import RULE, watch
from tests.walks.centre import CUSTOMER, NUMBER, OTHER, SALES

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

DAY = "from=2026-11-23&to=2026-11-24"


def tile(number: int, kind: str, **more: Any) -> dict[str, Any]:
    """A tile in a line of its own."""
    return {"tile_id": number, "kind": kind, "x": 0, "y": number - 1, "width": 6, "height": 1, **more}


TILES = [
    tile(1, "figure", figure="waiting", scope="queue", place_ids=[SALES], warn=1, bad=2),
    tile(2, "figure", figure="offered"),
    tile(3, "queues"),
    tile(4, "day", series=["offered", "service_level"]),
    tile(5, "waiting", most=5),
    tile(6, "states"),
    tile(7, "alerts"),
    tile(8, "text", text="Sales"),
    tile(9, "clock"),
    tile(10, "figure", figure="longest_wait"),
]


async def make(browser: Browser, name: str = "Mine", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = await browser.post("/api/v1/dashboards", {"name": name, "tiles": TILES, **more})
    return made


async def first(feed: Feed, made: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """What the tiles of a dashboard show, by their numbers."""
    snapshot = await feed.take("s", topic=f"dashboard.{made['id']}")
    return {one["id"]: one for one in snapshot["tiles"]}


async def television(house: House, token: str) -> Feed:
    """A browser that knows a link and nothing else, and asks for what it is told of."""
    browser = house.browser()
    ticket = (await browser.post(f"/api/v1/live/ticket?wall={token}"))["ticket"]
    feed = Feed(await browser.session.ws_connect(f"{house.base}/ws/live?ticket={ticket}"))
    feed.facts = await feed.take("wall")
    topics = [f"dashboard.{one}" for one in feed.facts["dashboards"]]
    await feed.socket.send_json({"k": "topic", "topics": topics})
    return feed


async def test_a_dashboard_is_its_owners_and_others_look_when_it_is_shown_to_them(house: House) -> None:
    vera, admin, anna = [await house.signed_in(one) for one in ("vera", "admin", "anna")]
    made = await make(vera)
    path = f"/api/v1/dashboards/{made['id']}"
    assert (made["is_own"], made["may_change"], made["version"], made["tiles"]) == (True, True, 1, 10)
    assert made["layout"][0]["place_ids"] == [SALES]
    assert (await admin.ask("GET", path)).code == "unknown_dashboard"

    save = {"name": "Sales floor", "tiles": made["layout"], "version": 1}
    teams = await admin.get("/api/v1/teams")
    shown = await vera.put(path, save | {"share": {"everybody": True}})
    assert (shown["version"], shown["name"], shown["is_shared"]) == (2, "Sales floor", True)
    seen = await admin.get(path)
    assert (seen["is_own"], seen["may_change"], seen["owner_name"]) == (False, False, "Vera")
    assert (await admin.ask("PUT", path, save | {"version": 2})).code == "not_own_dashboard"
    assert (await admin.ask("DELETE", path)).code == "not_own_dashboard"
    assert (await anna.ask("GET", path)).code == "right_missing"
    assert (await vera.ask("PUT", path, save)).code == "changed_meanwhile"
    wrong = await vera.ask("PUT", path, save | {"version": 2, "share": {"role_ids": [9999]}})
    assert wrong.code == "unknown_role"
    await vera.put(path, save | {"version": 2, "share": {"team_ids": [teams[0]["id"]]}})
    assert (await admin.ask("GET", path)).code == "unknown_dashboard", "he is in no team"

    assert (await vera.ask("DELETE", path)).status == 204
    assert [one["id"] for one in await vera.get("/api/v1/dashboards")].count(made["id"]) == 0
    audit = await admin.get("/api/v1/audit?action=dashboard.removed")
    assert audit[0]["by_name"] == "Vera"


async def test_a_wrong_tile_is_refused_with_its_place_and_nothing_is_saved(house: House) -> None:
    vera = await house.signed_in("vera")
    before = await vera.get("/api/v1/dashboards")

    reply = await vera.ask(
        "POST", "/api/v1/dashboards", {"name": "Bad", "tiles": [TILES[0], TILES[1] | {"figure": "luck"}]}
    )

    assert (reply.status, reply.code) == (422, "unknown_figure")
    assert "tiles.1.figure" in reply.body.decode()
    assert await vera.get("/api/v1/dashboards") == before


async def test_a_template_is_a_beginning_in_ones_language(house: House) -> None:
    vera = await house.signed_in("vera")

    made = await vera.post("/api/v1/dashboards", {"name": "From template", "template": "hall"})

    kinds = {one["kind"] for one in made["layout"]}
    assert {"figure", "gauge", "queues", "day", "text", "clock"} <= kinds
    choices = await vera.get("/api/v1/dashboards/choices")
    assert {"waiting", "service_level", "occupancy", "aht"} <= {one["name"] for one in choices["figures"]}
    assert [one["name"] for one in choices["queues"]] == ["sales"]


async def test_a_tile_shows_its_number_before_it_is_saved(house: House) -> None:
    vera = await house.signed_in("vera")
    feed = await house.feed(vera, "board")
    (queue,) = (await feed.take("s", topic="board"))["queues"]
    tiles = [tile(1, "figure", figure="waiting"), tile(2, "queues"), tile(3, "clock")]

    shown = (await vera.post("/api/v1/dashboards/preview", {"name": "New", "tiles": tiles}))["tiles"]

    assert [one["id"] for one in shown] == [1, 2]
    assert shown[0]["value"] == queue["waiting"]
    assert shown[1]["queues"][0]["name"] == queue["name"]
    wrong = await vera.ask("POST", "/api/v1/dashboards/preview", {"name": "New", "tiles": [tile(1, "bars")]})
    assert wrong.code == "unknown_figure"


async def test_its_numbers_are_those_of_the_board_and_of_the_reports(house: House) -> None:
    vera = await house.signed_in("vera")
    made = await make(vera, "Numbers")
    callers = [house.centre.driver.call(NUMBER, number) for number in (CUSTOMER, OTHER)]
    await house.centre.pass_time(8)
    feed = await house.feed(vera, "board", f"dashboard.{made['id']}")
    board = await feed.take("s", topic="board")
    again = await house.feed(vera, f"dashboard.{made['id']}")
    shown = await first(again, made)

    (queue,) = board["queues"]
    assert shown[1]["value"] == queue["waiting"] == 2
    (line,) = shown[3]["queues"]
    assert (line["waiting"], line["since_ms"]) == (2, queue["longest_since_ms"])
    assert shown[10]["since_ms"] == queue["longest_since_ms"]
    assert shown[5]["count"] == 2
    assert shown[5]["waiting"][0]["number_masked"] == "+7••••••4567"
    assert shown[6]["count"] == len(board["agents"])

    for caller in callers:
        caller.hang_up()
    await house.centre.pass_time(4)
    async with asyncio.timeout(10):
        while shown[1].get("value") != 0 or shown[4]["points"][-1][3] < 2:
            for one in (await again.take("d", topic=f"dashboard.{made['id']}"))["tiles"]:
                shown[one["id"]] = one
    totals = (await vera.get(f"/api/v1/reports/days?{DAY}"))["totals"]
    quarters = (await vera.get(f"/api/v1/reports/intervals?{DAY}"))["rows"]
    assert shown[2]["value"] == totals["offered"]
    points = shown[4]["points"]
    assert sum(point[1] for point in points) == totals["offered"]
    assert sum(point[3] for point in points) == totals["abandoned"]
    told = {point[0]: point[1] for point in points if point[1]}
    assert len(told) == len(quarters)
    assert sorted(told.values()) == sorted(row["offered"] for row in quarters)


async def test_whoever_looks_sees_the_new_layout_and_loses_what_is_not_shown_any_more(house: House) -> None:
    vera, admin = await house.signed_in("vera"), await house.signed_in("admin")
    made = await make(vera, "Changing", share={"everybody": True})
    topic = f"dashboard.{made['id']}"
    feed = await house.feed(admin, topic)
    assert (await feed.take("s", topic=topic))["name"] == "Changing"
    path = f"/api/v1/dashboards/{made['id']}"

    await vera.put(path, {"name": "Changed", "tiles": TILES[:1], "version": 1, "share": {"everybody": True}})

    snapshot = await feed.take("s", topic=topic)
    assert (snapshot["name"], snapshot["version"], len(snapshot["layout"])) == ("Changed", 2, 1)
    await vera.put(path, {"name": "Changed", "tiles": TILES[:1], "version": 2})
    assert await feed.take("no") == {"k": "no", "topic": topic, "code": "right_missing"}


async def test_a_television_sees_what_its_link_names_and_nothing_else(house: House) -> None:
    vera, admin = await house.signed_in("vera"), await house.signed_in("admin")
    hall, other = await make(vera, "Hall"), await make(vera, "Secret")
    assert (
        await admin.ask("POST", "/api/v1/walls", {"name": "X", "dashboard_ids": [hall["id"]]})
    ).code == "unknown_dashboard"
    wall = await vera.post(
        "/api/v1/walls",
        {"name": "TV", "dashboard_ids": [hall["id"]], "turn_seconds": 20, "theme": "light"},
    )
    assert (wall["made_by"], wall["theme"]) == ("Vera", "light")
    assert (await vera.get("/api/v1/walls"))[0]["token"] is None, "shown once"
    stored = await rows(house, "select wall_token::text as row from wall_token")
    assert all(wall["token"] not in one["row"] for one in stored)

    callers = [house.centre.driver.call(NUMBER, CUSTOMER)]
    await house.centre.pass_time(8)
    feed = await television(house, wall["token"])
    facts = feed.facts
    assert (facts["name"], facts["dashboards"], facts["turn_seconds"]) == ("TV", [hall["id"]], 20)
    shown = await first(feed, hall)
    assert shown[5]["waiting"][0]["number_masked"] == "+7••••••4567"
    await feed.socket.send_json(
        {"k": "topic", "topics": ["board", "desk", f"dashboard.{other['id']}", f"dashboard.{hall['id']}"]}
    )
    refused = {(await feed.take("no"))["topic"] for _ in range(3)}
    assert refused == {"board", "desk", f"dashboard.{other['id']}"}
    stranger = house.stranger(Authorization=f"Bearer {wall['token']}")
    for path in (
        f"/api/v1/dashboards/{hall['id']}",
        "/api/v1/dashboards",
        "/api/v1/me",
        "/api/v1/alerts/standing",
    ):
        assert (await stranger.ask("GET", path)).status == 401, path
    cookie = house.browser(Cookie=f"otklik-{house.parts.settings.port}={wall['token']}")
    assert (await cookie.ask("GET", "/api/v1/dashboards")).status == 401

    for caller in callers:
        caller.hang_up()
    await house.centre.pass_time(3)
    assert (await admin.ask("DELETE", f"/api/v1/walls/{wall['id']}")).status == 204
    assert await feed.until_closed(6) == 4401
    with pytest.raises(AssertionError, match="unknown_wall"):
        await television(house, wall["token"])


async def test_a_television_sees_no_more_than_its_maker_and_goes_dark_with_him(house: House) -> None:
    vera, admin = await house.signed_in("vera"), await house.signed_in("admin")
    made = await make(vera, "Of Vera")
    wall = await vera.post("/api/v1/walls", {"name": "TV", "dashboard_ids": [made["id"]]})
    assert wall["id"] in [one["id"] for one in await admin.get("/api/v1/walls")]
    feed = await television(house, wall["token"])
    shown = await first(feed, made)
    assert shown[6]["count"] == 1, "Vera leads Anna alone"

    await admin.post("/api/v1/people/9/block")
    assert await feed.until_closed(6) == 4401
    with pytest.raises(AssertionError, match="unknown_wall"):
        await television(house, wall["token"])
    await admin.post("/api/v1/people/9/unblock")
    again = await television(house, wall["token"])
    await first(again, made)


async def test_an_alert_that_fires_stands_on_a_dashboard(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await make(admin, "Alarms")
    topic = f"dashboard.{made['id']}"
    rule = await admin.post("/api/v1/alert-rules", RULE | {"lasts_seconds": 0})
    feed = await house.feed(admin, topic)
    await feed.take("s", topic=topic)
    callers = [house.centre.driver.call(NUMBER, number) for number in (CUSTOMER, OTHER)]
    await house.centre.pass_time(8)
    ((alert,), _) = await watch(house).look()

    message = await feed.take("d", topic=topic)
    while not any(one.get("alerts") for one in message["tiles"]):
        message = await feed.take("d", topic=topic)
    (line,) = next(one["alerts"] for one in message["tiles"] if one.get("alerts"))
    assert (line["id"], line["name"], line["place"], line["severity"]) == (
        alert.alert_id,
        "Customers wait",
        "sales",
        "critical",
    )
    for caller in callers:
        caller.hang_up()
    await house.centre.pass_time(3)
    await admin.ask("DELETE", f"/api/v1/alert-rules/{rule['id']}")
    await watch(house).look()


async def test_what_is_pinned_is_kept_for_the_person(house: House) -> None:
    vera = await house.signed_in("vera")

    changed = await vera.ask(
        "PATCH",
        "/api/v1/me/preferences",
        {"pinned_queue_ids": [SALES], "pinned_agent_ids": [int(ANNA)]},
    )

    assert changed.json["preferences"]["pinned_queue_ids"] == [SALES]
    again = await (await house.signed_in("vera")).get("/api/v1/me")
    assert again["preferences"]["pinned_agent_ids"] == [int(ANNA)]
