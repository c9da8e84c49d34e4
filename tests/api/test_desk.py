"""An agent's whole call through the API, with the outcome, the customer's card, the lists and the reports."""

import asyncio
from typing import Any

import pytest

from otklik.api.schemas.base import LONG_NAMES
from otklik.organization.model import Disposition, DispositionKind
from otklik.organization.service import save_disposition
from otklik.vocabulary.ids import DispositionId, PersonId
from tests.api.house import SITE, Browser, House, rows
from tests.walks.centre import CUSTOMER, NUMBER, OTHER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

DAY = "from=2026-11-23&to=2026-11-24"


async def disposition(house: House, name: str) -> int:
    async with house.parts.writing() as connection:
        saved = await save_disposition(
            connection,
            Disposition(
                disposition_id=DispositionId(0), name_ru=name, name_en=name, kind=DispositionKind.MAIN_SALE
            ),
            by=PersonId(20),
            at=house.parts.clock.now(),
            site_id=SITE,
        )
    return int(saved.disposition_id)


async def at_the_desk(house: House, login: str) -> Browser:
    """Signed in, with a phone, ready."""
    browser = await house.signed_in(login)
    await browser.get("/api/v1/phone")
    await house.centre.pass_time(2)
    await browser.post("/api/v1/desk/ready")
    return browser


async def talking(house: House, login: str, calling: str = CUSTOMER) -> tuple[Browser, str, Any]:
    """An agent who talks, the interaction, the customer's phone."""
    browser = await at_the_desk(house, login)
    caller = house.centre.driver.call(NUMBER, calling)
    await house.centre.pass_time(10)
    (row,) = await rows(
        house,
        "select i.interaction_id from interaction_now i join party p using (site_id, party_id)"
        " where p.e164 = $1 and i.ended_ms = 0",
        calling,
    )
    number = {"anna": 1, "boris": 2}[login]
    assert house.centre.driver.answer(f"agent-{number}") or house.centre.driver.answer(f"phone{number}")
    await house.centre.pass_time(3)
    return browser, str(row["interaction_id"]), caller


def judge_facts(told: list[dict[str, Any]]) -> None:
    """Long ids are text, and no place on the server's disk is told."""
    assert any("leg_id" in facts for facts in told)
    for facts in told:
        assert all(isinstance(facts[name], str) for name in LONG_NAMES & facts.keys())
        assert not {"path", "peaks", "flow"} & facts.keys()


async def finish(house: House, browser: Browser, interaction_id: str) -> None:
    await browser.post("/api/v1/desk/hang-up", {"interaction_id": interaction_id})
    await house.centre.pass_time(1)
    await browser.post("/api/v1/desk/wrap-up/finish")
    await browser.post("/api/v1/desk/not-ready", {"reason_id": 1})


async def test_a_call_with_hold_keys_outcome_and_wrap_up(house: House) -> None:
    sale = await disposition(house, "sale")
    anna, interaction_id, _ = await talking(house, "anna")
    body = {"interaction_id": interaction_id}

    for step in ("hold", "resume"):
        assert int((await anna.post(f"/api/v1/desk/{step}", body))["seq"]) > 0
        await house.centre.pass_time(5)
    await anna.post("/api/v1/desk/keys", {**body, "keys": "12#"})
    await anna.put(f"/api/v1/interactions/{interaction_id}/outcome", {"disposition_id": None, "note": "so"})
    await anna.put(
        f"/api/v1/interactions/{interaction_id}/outcome", {"disposition_id": sale, "note": "sold\nwell"}
    )
    await anna.post("/api/v1/desk/hang-up", body)
    await house.centre.pass_time(3)
    await anna.post("/api/v1/desk/wrap-up/extend", {"seconds": 30})
    await anna.post("/api/v1/desk/wrap-up/finish")
    await anna.post("/api/v1/desk/not-ready", {"reason_id": 1})

    (call,) = await anna.get("/api/v1/desk/calls")
    assert call["interaction_id"] == interaction_id
    assert call["number"] == CUSTOMER
    assert call["disposition_id"] == sale
    assert call["outcome"] == "answered"
    detail = await anna.get(f"/api/v1/interactions/{interaction_id}")
    judge_facts([event["facts"] for event in detail["events"]])
    assert detail["note"] == "sold\nwell"
    assert detail["outcome_by_name"] == "Anna"
    phases = [phase["phase"] for phase in detail["phases"]]
    assert phases[0] == "in_flow"
    assert phases.count("held") == 1
    assert phases[-1] == "wrap_up"
    (offer,) = detail["offers"]
    assert offer["agent_name"] == "Anna"
    assert offer["outcome"] == "accepted"
    assert offer["why"]["rules"]
    assert {leg["role"] for leg in detail["legs"]} == {"customer", "agent"}
    assert all(leg["over_at"] for leg in detail["legs"])
    types = [event["type"] for event in detail["events"]]
    assert types.index("InteractionArrived") < types.index("OfferMade") < types.index("InteractionEnded")
    day = await anna.get("/api/v1/desk/day")
    assert day["handled"] == 1
    assert day["aht_seconds"] > 0


async def test_list_detail_report_and_sheet_agree(house: House) -> None:
    anna, interaction_id, _ = await talking(house, "anna", OTHER)
    await finish(house, anna, interaction_id)
    admin = await house.signed_in("admin")

    listed = (await admin.get(f"/api/v1/interactions?{DAY}&outcome=answered"))["rows"]
    report = await admin.get(f"/api/v1/reports/days?{DAY}")
    agents = await admin.get(f"/api/v1/reports/agents?{DAY}")
    intervals = await admin.get(f"/api/v1/reports/intervals?{DAY}")

    assert report["totals"]["answered"] == len(listed)
    assert report["totals"]["service_level"] == intervals["totals"]["service_level"]
    assert sum(row["answered"] for row in intervals["rows"]) == len(listed)
    assert sum(row["handled"] for row in agents["rows"]) == len(listed)
    assert report["zone"] == "Europe/Moscow"
    (row,) = report["rows"]
    assert row["from"] == "2026-11-22T21:00:00.000Z"
    assert row["queue"] == "sales"
    behind = await admin.get(
        "/api/v1/interactions/behind",
        params={"drill": "answered", "start": row["from"], "stop": row["to"], "queue": row["queue_id"]},
    )
    assert {one["interaction_id"] for one in behind["rows"]} == {one["interaction_id"] for one in listed}
    sheet = (await admin.ask("GET", f"/api/v1/interactions?{DAY}&format=csv")).body.decode("utf-8-sig")
    assert f",'{OTHER}," in sheet
    head = (await admin.ask("GET", f"/api/v1/reports/days?{DAY}&format=csv")).body.decode("utf-8-sig")
    assert head.splitlines()[0].startswith(
        "from,to,queue,offered,answered,abandoned,short_abandons,overflows,"
    )
    (exported, *_) = await admin.get("/api/v1/audit?action=report.exported")
    assert exported["by_name"] == "Admin"


async def test_pages_of_the_list_hold_every_row_once(house: House) -> None:
    admin = await house.signed_in("admin")
    whole = [row["interaction_id"] for row in (await admin.get(f"/api/v1/interactions?{DAY}"))["rows"]]
    found: list[str] = []
    place: str | None = None

    for _ in range(10):
        more = f"&cursor={place}" if place else ""
        page = await admin.get(f"/api/v1/interactions?{DAY}&limit=1{more}")
        found += [row["interaction_id"] for row in page["rows"]]
        place = page["next"]
        if place is None:
            break

    assert found == whole
    assert len(whole) >= 2


async def test_the_list_is_found_by_number_disposition_and_agent(house: House) -> None:
    admin = await house.signed_in("admin")

    async def found(query: str) -> int:
        return len((await admin.get(f"/api/v1/interactions?{DAY}&{query}"))["rows"])

    sales = [one["id"] for one in await admin.get("/api/v1/dispositions") if one["name_en"] == "sale"]
    assert await found("number=916%20123-45") == 1
    assert await found("number=000000") == 0
    assert await found(f"disposition={sales[0]}") == 1
    assert await found("disposition=999") == 0
    assert await found("agent=1") == 2
    assert await found("agent=2") == 0
    assert await found("recorded=true") == 0
    assert await found("direction=outbound") == 0


async def test_nobody_writes_the_outcome_of_anothers_call(house: House) -> None:
    anna, interaction_id, _ = await talking(house, "anna")
    await finish(house, anna, interaction_id)
    boris, vera = await house.signed_in("boris"), await house.signed_in("vera")
    body = {"disposition_id": None, "note": "mine now"}
    path = f"/api/v1/interactions/{interaction_id}/outcome"

    refused = await boris.ask("PUT", path, body)
    assert (refused.status, refused.code) == (403, "not_your_interaction")
    assert (await vera.ask("PUT", path, body)).status == 200
    assert (await boris.ask("GET", f"/api/v1/interactions/{interaction_id}")).status == 404
    missing = await anna.ask("PUT", "/api/v1/interactions/17/outcome", body)
    assert (missing.status, missing.code) == (404, "unknown_interaction")
    unknown = await anna.ask("PUT", path, {"disposition_id": 9999, "note": ""})
    assert (unknown.status, unknown.json["problems"][0]["place"]) == (422, "disposition_id")


async def test_what_another_person_overwrites_is_kept(house: House) -> None:
    anna, interaction_id, _ = await talking(house, "anna")
    await finish(house, anna, interaction_id)
    vera = await house.signed_in("vera")
    path = f"/api/v1/interactions/{interaction_id}/outcome"
    for note in ("d", "dr", "dra", "draft"):
        await anna.put(path, {"disposition_id": None, "note": note})

    await vera.put(path, {"disposition_id": None, "note": "checked"})

    kept = await rows(
        house, "select note, saved_by from outcome_history where interaction_id = $1", int(interaction_id)
    )
    assert kept == [{"note": "draft", "saved_by": 1}]


async def test_a_customers_card_is_found_by_the_number_with_what_was_talked_about(house: House) -> None:
    anna, interaction_id, _ = await talking(house, "anna")
    detail = await anna.get(f"/api/v1/interactions/{interaction_id}")
    party = detail["party_id"]
    empty = await anna.get(f"/api/v1/customers/by-party/{party}")
    assert empty["customer_id"] is None
    assert empty["numbers"] == [CUSTOMER]

    card = {"name": "Дарья Ершова", "company": "Ромашка", "note": "любит утро"}
    saved = await anna.put(f"/api/v1/customers/by-party/{party}", card)
    again = await anna.put(f"/api/v1/customers/by-party/{party}", card)

    assert saved["customer_id"] == again["customer_id"]
    assert interaction_id in {call["interaction_id"] for call in saved["interactions"]}
    assert len(saved["interactions"]) >= 2
    (change,) = await anna.get(f"/api/v1/customers/by-party/{party}/history")
    assert (change["by_name"], change["name"]) == ("Anna", "Дарья Ершова")
    assert (await anna.ask("GET", "/api/v1/customers/by-party/123456")).status == 404
    await finish(house, anna, interaction_id)
    (first, *_) = await anna.get("/api/v1/desk/calls")
    assert first["customer_name"] == "Дарья Ершова"


async def test_a_customer_whom_nobody_answered_stands_in_the_missed_list_until_somebody_has(
    house: House,
) -> None:
    anna = await at_the_desk(house, "anna")
    await anna.post("/api/v1/desk/not-ready", {"reason_id": 1})
    caller = house.centre.driver.call(NUMBER, "+79167770011")
    await house.centre.pass_time(40)
    caller.hang_up()
    await house.centre.pass_time(2)

    (missed,) = [one for one in await anna.get("/api/v1/missed") if one["number"] == "+79167770011"]
    assert missed["reason"] == "abandoned"
    assert missed["number_called"] == NUMBER
    assert missed["handled_by_interaction_id"] is None
    assert missed["handled_by_name"] is None

    dialed = await anna.post(
        "/api/v1/desk/dial", {"number": "8 (916) 777-00-11", "callback_of": missed["interaction_id"]}
    )
    await house.centre.pass_time(20)
    listed = [one for one in await anna.get("/api/v1/missed") if one["number"] == "+79167770011"]
    detail = await anna.get(f"/api/v1/interactions/{dialed['interaction_id']}")
    assert detail["direction"] == "outbound"
    assert detail["callback_of"] == missed["interaction_id"]
    assert detail["party_id"] == missed["party_id"], "8..., 7... and +7... are one customer"
    assert listed == [], "somebody talks with him"
    (handled,) = [
        one
        for one in await anna.get("/api/v1/missed?include_handled=true")
        if one["number"] == "+79167770011"
    ]
    assert handled["handled_by_interaction_id"] == dialed["interaction_id"]
    assert handled["handled_by_name"] == handled["attempt_by_name"] == "Anna"
    assert handled["handled_direction"] == "outbound"
    assert handled["handled_at"] > missed["arrived_at"]
    await finish(house, anna, dialed["interaction_id"])


async def test_refusals_of_a_desk_have_codes(house: House) -> None:
    boris = await house.signed_in("boris")
    await boris.get("/api/v1/phone")
    await house.centre.pass_time(2)

    async def code(path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        reply = await boris.ask("POST", f"/api/v1/desk/{path}", body)
        found = reply.json
        return reply.status, found["problems"][0]["code"] if "problems" in found else found["code"]

    assert await code("hold", {"interaction_id": "17"}) == (404, "unknown_interaction")
    assert await code("decline", {"offer_id": "17"}) == (404, "unknown_offer")
    assert await code("wrap-up/finish") == (409, "not_in_wrap_up")
    assert await code("not-ready", {"reason_id": 99}) == (404, "unknown_reason")
    assert (await code("dial", {"number": "not a number"}))[0] in (409, 422)
    assert await code("dial", {"number": "+44 20 7946 0000"}) == (409, "number_not_allowed")
    assert await code("keys", {"interaction_id": "17", "keys": "1a!"}) == (422, "wrong_form")


async def test_double_clicks_change_nothing_twice(house: House) -> None:
    anna, interaction_id, _ = await talking(house, "anna")
    body = {"interaction_id": interaction_id}

    replies = await asyncio.gather(*(anna.ask("POST", "/api/v1/desk/hold", body) for _ in range(5)))

    assert {reply.status for reply in replies} == {200}
    detail = await anna.get(f"/api/v1/interactions/{interaction_id}")
    assert [event["type"] for event in detail["events"]].count("InteractionHeld") == 1
    await anna.post("/api/v1/desk/resume", body)
    await finish(house, anna, interaction_id)


async def test_the_phones_password_lives_one_sign_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = house.parts.settings.model_copy(update={"channel": "asterisk"})
    monkeypatch.setattr(house.parts, "settings", settings)
    here, there = await house.signed_in("boris"), await house.signed_in("boris")

    first, again = await here.get("/api/v1/phone"), await here.get("/api/v1/phone")
    other = await there.get("/api/v1/phone")

    assert first["kind"] == "browser"
    assert first["login"] == "agent-2"
    assert first["uri"] == "sip:agent-2@otklik.local"
    assert len(first["password"]) >= 24
    assert first["password"] == again["password"], "a page that comes back is the same phone"
    assert first["password"] != other["password"]
    assert first["codecs"][0] == "alaw"
    kept = await rows(house, "select sealed from secret where kind = 'browser'")
    assert all(first["password"].encode() not in row["sealed"] for row in kept)
    await here.ask("POST", "/api/v1/sign-out")
    left = await rows(house, "select count(*) as n from secret where kind = 'browser'")
    assert left[0]["n"] == len(kept) - 1


async def test_a_link_on_a_foreign_page_takes_no_phone_away(house: House) -> None:
    anna = await house.signed_in("anna")

    for headers in (
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        reply = await anna.ask("GET", "/api/v1/phone", headers=headers)
        assert (reply.status, reply.code) == (403, "foreign_origin")
    own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    assert (await anna.ask("GET", "/api/v1/phone", headers=own)).status == 200


async def test_whoever_may_not_see_numbers_sees_them_nowhere(house: House) -> None:
    admin = await house.signed_in("admin")
    role = next(one for one in await admin.get("/api/v1/roles") if one["name_en"] == "Agent")
    form = {name: role[name] for name in ("name_ru", "name_en", "sees")}
    rights = [right for right in role["rights"] if right != "view.numbers"]
    await admin.put(f"/api/v1/roles/{role['id']}", {**form, "rights": rights})
    try:
        anna, interaction_id, _ = await talking(house, "anna", "+79165554433")
        feed = await house.feed(anna)
        desk = await feed.take("s", topic="desk")
        detail = await anna.ask("GET", f"/api/v1/interactions/{interaction_id}")
        card = await anna.ask("GET", f"/api/v1/customers/by-party/{desk['interaction']['party_id']}")
        await finish(house, anna, interaction_id)
        calls = await anna.ask("GET", "/api/v1/desk/calls")
    finally:
        await admin.put(f"/api/v1/roles/{role['id']}", {**form, "rights": role["rights"]})

    assert desk["interaction"]["number"] == "+7••••••4433"
    for reply in (detail, card, calls):
        assert "5554433" not in reply.body.decode()
        assert reply.status == 200


async def test_a_closing_page_says_that_its_phone_is_lost_by_a_beacon(house: House) -> None:
    anna = await house.signed_in("anna")
    await anna.get("/api/v1/phone")
    cookie = "; ".join(f"{one.key}={one.value}" for one in anna.session.cookie_jar)

    beacon = house.stranger(Cookie=cookie, Origin=house.base)
    hidden = house.stranger(Cookie=cookie, Origin="null", **{"Sec-Fetch-Site": "same-origin"})
    foreign = house.stranger(Cookie=cookie, Origin="https://evil.example")
    silent = house.stranger(Cookie=cookie)

    assert (await beacon.ask("POST", "/api/v1/phone/lost")).status == 204
    assert (await hidden.ask("POST", "/api/v1/phone/lost")).status == 204
    assert (await foreign.ask("POST", "/api/v1/phone/lost")).code == "foreign_origin"
    assert (await silent.ask("POST", "/api/v1/phone/lost")).code == "foreign_origin"
    assert (await house.browser().ask("POST", "/api/v1/phone/lost")).code == "not_signed_in"


async def test_an_agent_who_signs_out_everywhere_gets_no_calls(house: House) -> None:
    one, two = await at_the_desk(house, "anna"), await house.signed_in("anna")
    for browser in house.browsers[:]:
        if browser not in (one, two):
            await browser.session.close()
    await rows(
        house,
        "update sign_in set ended_at = now() where person_id = 1 and sign_in_id not in"
        " (select sign_in_id from sign_in where person_id = 1 order by sign_in_id desc limit 2) returning 1",
    )

    await one.ask("POST", "/api/v1/sign-out")
    still = house.centre.state(1)
    await two.ask("POST", "/api/v1/sign-out")

    assert still.value == "ready"
    assert house.centre.state(1).value == "signed_out"


async def test_settings_of_a_desk_leave_the_self_test_out(house: House) -> None:
    anna = await house.signed_in("anna")

    found = await anna.get("/api/v1/desk/settings")

    assert [queue["name"] for queue in found["queues"]] == ["sales"]
    assert found["reasons"][0]["name_ru"] == "Обед"
    assert found["reasons"][0]["max_seconds"] is None


async def test_who_had_enough_is_told_to_himself_and_to_his_supervisor(house: House) -> None:
    admin = await house.signed_in("admin")
    site = await admin.get("/api/v1/site")
    form = {name: value for name, value in site.items() if name != "seq"}
    await admin.put("/api/v1/site", {**form, "guard_handled": 1, "guard_pause_seconds": 60})
    anna, interaction_id, _ = await talking(house, "anna", "+79160000077")
    await anna.post("/api/v1/desk/hang-up", {"interaction_id": interaction_id})
    await house.centre.pass_time(1)
    await anna.post("/api/v1/desk/wrap-up/finish")
    await house.centre.pass_time(1)

    board = await (await house.feed(admin, "board")).take("s", topic="board")
    (row,) = [agent for agent in board["agents"] if agent["name"] == "Anna"]
    assert row["guard"] == "handled"
    assert row["guard_handled"] >= 1
    desk = await (await house.feed(anna, "desk")).take("s", topic="desk")
    assert desk["agent"]["guard"] == "handled"

    await anna.post("/api/v1/desk/not-ready", {"reason_id": 1})
    await house.centre.pass_time(120)
    await anna.post("/api/v1/desk/ready")
    (now,) = await rows(house, "select guard, guard_handled from agent_now where agent_id = 1")
    assert (now["guard"], now["guard_handled"]) == ("", 0), "the break was taken"
    await anna.post("/api/v1/desk/not-ready", {"reason_id": 1})
    await admin.put("/api/v1/site", form)
