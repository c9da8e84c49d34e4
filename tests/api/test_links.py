"""How good links are, over real sockets: what a browser says of its own, and where it is shown."""

import pytest

from tests.api.house import ANNA, House
from tests.walks.centre import CUSTOMER, NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]


async def test_what_a_browser_measured_is_on_the_desk_the_board_the_page_and_in_the_report(
    house: House,
) -> None:
    anna, vera = await house.signed_in("anna"), await house.signed_in("vera")
    await anna.get("/api/v1/phone")
    await house.centre.pass_time(2)
    await anna.post("/api/v1/desk/ready")
    caller = house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(10)
    (login,) = [leg.login for leg in house.centre.driver.media.legs.values() if leg.login]
    house.centre.driver.answer(login)
    await house.centre.pass_time(2)
    feed = await house.feed(anna)
    first = await feed.take("s")
    interaction_id = first["interaction"]["id"]
    assert first["interaction"]["agent_link"] is None, "nobody measured it: no figure"
    board = await house.feed(vera, "board")
    tiles = await board.take("s", topic="board")
    assert [tile["link_mos"] for tile in tiles["agents"] if tile["id"] == ANNA] == [None]

    lossy = {"packets": 200, "lost": 50, "jitter_ms": 4.0, "round_trip_ms": 60.0}
    clean = {"packets": 250, "lost": 0, "jitter_ms": 1.0, "round_trip_ms": 60.0}
    await feed.socket.send_json({"k": "link", "took_ms": 5000, "heard": lossy, "said": clean})
    message = await feed.take("d")
    while message["interaction"]["agent_link"] is None:
        message = await feed.take("d")

    link = message["interaction"]["agent_link"]
    assert (link["grade"], link["cause"], link["loss_percent"]) == ("bad", "loss", 20.0)
    assert link["mos"] == pytest.approx(2.5, abs=0.15)
    change = await board.take("d", topic="board")
    while not [tile for tile in change.get("agents", []) if tile["link_mos"] is not None]:
        change = await board.take("d", topic="board")
    found = await vera.get(f"/api/v1/interactions/{interaction_id}")
    ways = {row["way"]: row for row in found["links"]}
    assert (ways["sent"]["loss_percent"], ways["sent"]["source"], ways["sent"]["side"]) == (
        20.0,
        "browser",
        "agent",
    )
    assert ways["heard"]["mos"] > 4.2
    caller.hang_up()
    await house.centre.pass_time(2)
    day = house.centre.clock.now().date()
    report = await vera.get(f"/api/v1/reports/links?from={day}&to={day.replace(day=day.day + 1)}")
    (row,) = report["rows"]
    assert (row["key"], row["side"], row["measured"], row["bad"]) == (ANNA, "agent", 1, 1)
    assert [one["interaction_id"] for one in report["worst"]] == [interaction_id]
    days = f"from={day}&to={day.replace(day=day.day + 1)}"
    admin = await house.signed_in("admin")
    for table, expected in (("links", "Связь оператора;1;1;100,0%;"), ("worst", ";Связь оператора;")):
        path = f"/api/v1/reports/links?{days}&table={table}&format=csv&locale=ru"
        answer = (await admin.ask("GET", path)).body.decode("utf-8-sig")
        assert expected in answer
        assert len(answer.splitlines()) == 2
    for table, first in (("list", "Начало;Переводов;"), ("ways", "Вид;Оператор;")):
        path = f"/api/v1/reports/moves?{days}&table={table}&format=csv&locale=ru"
        assert (await admin.ask("GET", path)).body.decode("utf-8-sig").startswith(first)
    await house.centre.pass_time(60)


@pytest.mark.parametrize(
    "told",
    [
        {"k": "link"},
        {"k": "link", "took_ms": -5},
        {"k": "link", "took_ms": 5000, "heard": {"packets": -1, "lost": 0, "jitter_ms": 0}},
        {"k": "link", "took_ms": 5000, "heard": {"packets": 1, "lost": 0, "jitter_ms": 1e9}},
        {"k": "link", "took_ms": 5000, "heard": {"packets": 1}},
    ],
)
async def test_nonsense_closes_the_feed(house: House, told: dict[str, object]) -> None:
    anna = await house.signed_in("anna")
    feed = await house.feed(anna)
    await feed.take("s")
    await feed.socket.send_json(told)
    while not feed.socket.closed:
        await feed.socket.receive(timeout=5)
    assert feed.socket.close_code == 4400
