"""The live feed over real sockets: who gets which, and what happens when a message is missed."""

import asyncio
import json

import aiohttp
import msgspec
import pytest

from otklik.api.live_rows import Board, BoardChange, folded
from otklik.organization.model import SELF_TEST
from tests.api.house import ANNA, House, rows
from tests.walks.centre import CUSTOMER, NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]


async def test_an_agent_gets_his_desk_and_sees_a_call_come(house: House) -> None:
    anna = await house.signed_in("anna")
    feed = await house.feed(anna)
    first = await feed.take("s")
    assert first["topic"] == "desk"
    assert first["agent"]["state"] in ("not_ready", "signed_out")

    await anna.get("/api/v1/phone")
    await house.centre.pass_time(2)
    await anna.post("/api/v1/desk/ready")
    caller = house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(10)
    message = await feed.take("d")
    while message["interaction"] is None:
        message = await feed.take("d")

    assert message["agent"]["state"] == "offered"
    assert message["interaction"]["number"] == CUSTOMER
    assert message["interaction"]["queue_name"] == "sales"
    assert message["interaction"]["project_name"] == "Shop"
    assert message["interaction"]["number_called"] == NUMBER
    assert "answer" in message["actions"]
    caller.hang_up()
    await house.centre.pass_time(40)


async def test_messages_follow_each_other_without_a_gap(house: House) -> None:
    anna, vera = await house.signed_in("anna"), await house.signed_in("vera")
    await anna.get("/api/v1/phone")
    await house.centre.pass_time(2)
    await anna.post("/api/v1/desk/not-ready", {"reason_id": 1})
    feed = await house.feed(vera, "board")
    board = msgspec.convert(snapshot := await feed.take("s", topic="board"), Board)
    seq = snapshot["seq"]
    assert {tile.id for tile in board.agents} >= {ANNA}

    for number in range(6):
        await (
            anna.post("/api/v1/desk/not-ready", {"reason_id": 1})
            if number % 2
            else anna.post("/api/v1/desk/ready")
        )
        message = await feed.take("d", topic="board")
        assert message["prev"] == seq
        seq = message["seq"]
        board = folded(board, msgspec.convert(message, BoardChange))

    (tile,) = [one for one in board.agents if one.id == ANNA]
    assert tile.state == "not_ready"
    assert tile.reason_id == 1


async def test_the_effect_of_a_command_is_in_the_sequence_that_it_answered(house: House) -> None:
    anna = await house.signed_in("anna")
    await anna.get("/api/v1/phone")
    await house.centre.pass_time(2)
    await anna.post("/api/v1/desk/ready")
    feed = await house.feed(anna)
    await feed.take("s")

    seq = int((await anna.post("/api/v1/desk/not-ready", {"reason_id": 1}))["seq"])
    message = await feed.take("d")
    while int(message["seq"]) < seq:
        message = await feed.take("d")

    assert message["agent"]["reason_id"] == 1


async def test_whoever_missed_a_message_gets_a_snapshot_for_the_asking(house: House) -> None:
    vera = await house.signed_in("vera")
    feed = await house.feed(vera, "board")
    await feed.take("s", topic="board")

    await feed.socket.send_json({"k": "resync", "topic": "board"})

    assert (await feed.take("s"))["topic"] == "board"


async def test_an_agent_gets_no_board(house: House) -> None:
    anna = await house.signed_in("anna")
    feed = await house.feed(anna, "desk", "board")

    message = await feed.take("no")

    assert message == {"k": "no", "topic": "board", "code": "right_missing"}


async def test_a_supervisor_sees_no_agent_of_another_team(house: House) -> None:
    vera = await house.signed_in("vera")
    feed = await house.feed(vera, "board")

    board = await feed.take("s", topic="board")

    assert [tile["id"] for tile in board["agents"]] == [ANNA]


async def test_a_ticket_opens_one_feed_and_no_second(house: House) -> None:
    anna = await house.signed_in("anna")
    ticket = (await anna.post("/api/v1/live/ticket"))["ticket"]
    url = f"{house.base}/ws/live?ticket={ticket}"
    await anna.session.ws_connect(url)

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await anna.session.ws_connect(url)


async def test_a_ticket_is_worth_nothing_after_half_a_minute(house: House) -> None:
    anna = await house.signed_in("anna")
    ticket = (await anna.post("/api/v1/live/ticket"))["ticket"]
    await house.centre.pass_time(31)

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await anna.session.ws_connect(f"{house.base}/ws/live?ticket={ticket}")


@pytest.mark.parametrize("origin", ["https://evil.example", "", "null"])
async def test_a_foreign_page_opens_no_feed_even_with_a_ticket(house: House, origin: str) -> None:
    anna = await house.signed_in("anna")
    ticket = (await anna.post("/api/v1/live/ticket"))["ticket"]

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await anna.session.ws_connect(f"{house.base}/ws/live?ticket={ticket}", headers={"Origin": origin})


async def test_signing_out_says_bye_within_five_seconds(house: House) -> None:
    boris = await house.signed_in("boris")
    feed = await house.feed(boris)
    await feed.take("s")

    await boris.ask("POST", "/api/v1/sign-out")

    assert (await feed.take("bye", seconds=5))["code"] == "signed_out"
    assert await feed.until_closed() == 4401


async def test_a_block_says_bye_within_five_seconds(house: House) -> None:
    admin, boris = await house.signed_in("admin"), await house.signed_in("boris")
    feed = await house.feed(boris)
    await feed.take("s")

    await admin.post("/api/v1/people/2/block")

    assert (await feed.take("bye", seconds=5))["code"] == "blocked"
    await admin.post("/api/v1/people/2/unblock")


async def test_a_change_of_rights_ends_the_feed_so_that_it_begins_anew(house: House) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    feed = await house.feed(vera, "board")
    await feed.take("s", topic="board")

    team = await admin.get("/api/v1/teams/1")
    await admin.put("/api/v1/teams/1", {"name": team["name"], "supervisor_ids": []})

    assert await feed.until_closed(seconds=5) == 1012
    await admin.put("/api/v1/teams/1", {"name": team["name"], "supervisor_ids": team["supervisor_ids"]})


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"k": "evil"}', '{"k": "topic", "topics": ["everything"]}', '{"k": 1}', "x" * 20000],
)
async def test_what_is_no_message_ends_the_feed(house: House, text: str) -> None:
    anna = await house.signed_in("anna")
    feed = await house.feed(anna)
    await feed.take("s")

    await feed.socket.send_str(text)

    assert await feed.until_closed() == 4400


async def test_whoever_talks_too_much_is_cut_off(house: House) -> None:
    anna = await house.signed_in("anna")
    feed = await house.feed(anna)

    for _ in range(60):
        await feed.socket.send_json({"k": "k"})

    assert await feed.until_closed() == 4429


async def test_silence_is_broken_every_five_seconds_with_the_time_of_the_server(house: House) -> None:
    admin = await house.signed_in("admin")
    feed = await house.feed(admin, "board")
    await feed.take("s")

    alive = await feed.take("k", seconds=8)

    assert alive["now"] == house.centre.clock.now_ms()


async def test_a_television_sees_queues_and_nobodys_name(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post("/api/v1/walls", {"name": "Hall"})
    television = house.browser()
    ticket = await television.post(f"/api/v1/live/ticket?wall={made['token']}")
    socket = await television.session.ws_connect(f"{house.base}/ws/live?ticket={ticket['ticket']}")
    board = json.loads((await socket.receive()).data)

    assert board["topic"] == "board"
    assert [queue["name"] for queue in board["queues"]] == ["sales"]
    assert board["agents"] == []
    assert board["interactions"] == []
    assert "Anna" not in json.dumps(board)

    assert (await admin.ask("DELETE", f"/api/v1/walls/{made['id']}")).status == 204
    async with asyncio.timeout(6):
        while not socket.closed:
            await socket.receive()
    reply = await television.ask("POST", f"/api/v1/live/ticket?wall={made['token']}")
    assert (reply.status, reply.code) == (401, "unknown_wall")


async def test_the_board_shows_customers_masked_and_hides_the_self_test(house: House) -> None:
    admin = await house.signed_in("admin")
    feed = await house.feed(admin, "board")
    await feed.take("s")

    caller = house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(10)
    message = await feed.take("d")
    while not message.get("interactions"):
        message = await feed.take("d")

    (tile,) = message["interactions"]
    assert tile["number_masked"] == "+7••••••4567"
    caller.hang_up()
    await house.centre.pass_time(5)
    snapshot = await house.feed(admin, "board")
    board = await snapshot.take("s")
    assert SELF_TEST not in {queue["id"] for queue in board["queues"]}


async def test_a_tile_follows_the_counter_that_reports_read(house: House) -> None:
    admin = await house.signed_in("admin")
    feed = await house.feed(admin, "board")
    await feed.take("s")
    slot = await rows(
        house, "select slot, queue_id, offered from qslot where site_id = 1 order by slot desc limit 1"
    )
    assert slot, "the call of the test before left a counter"

    await rows(
        house,
        "update qslot set offered = offered + 5 where slot = $1 and queue_id = $2 returning 1",
        slot[0]["slot"],
        slot[0]["queue_id"],
    )

    message = await feed.take("d", seconds=4)
    while not message.get("queues"):
        message = await feed.take("d", seconds=4)
    reports = await admin.get("/api/v1/reports/days?from=2026-11-23&to=2026-11-24")
    assert message["queues"][0]["offered"] == reports["totals"]["offered"]
    assert (await admin.get("/api/v1/report/day-board"))["queues"][0]["offered"] == reports["totals"][
        "offered"
    ]


async def test_a_name_that_is_written_is_seen_at_once(house: House) -> None:
    anna, admin = await house.signed_in("anna"), await house.signed_in("admin")
    await anna.get("/api/v1/phone")
    await house.centre.pass_time(2)
    feed = await house.feed(admin, "board")
    await feed.take("s")
    caller = house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(10)
    (party,) = await rows(house, "select party_id from party where e164 = $1", CUSTOMER)

    await anna.put(f"/api/v1/customers/by-party/{party['party_id']}", {"name": "Darya"})

    message = await feed.take("d", seconds=4)
    while not any(tile["customer_name"] == "Darya" for tile in message.get("interactions", [])):
        message = await feed.take("d", seconds=4)
    caller.hang_up()
    await house.centre.pass_time(5)
