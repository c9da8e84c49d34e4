"""Who gets in, what his browser keeps, and when he is out again."""

import pytest

from otklik.access.rights import Right
from tests.api.house import PASSWORD, House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]


async def test_a_person_signs_in_and_sees_himself(house: House) -> None:
    browser = house.browser()

    reply = await browser.ask("POST", "/api/v1/sign-in", {"login": "ANNA", "password": PASSWORD})

    assert reply.status == 200
    assert reply.json["person"]["agent"] is True
    assert reply.json["person"]["teams"] == [{"id": 1, "name": "first"}]
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("otklik-8700=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert (await browser.get("/api/v1/me"))["login"] == "anna"


@pytest.mark.parametrize("login", ["anna", "nobody", "anna\x00", "а" * 64, "' or 1=1 --"])
async def test_a_wrong_password_says_the_same_whatever_was_wrong(house: House, login: str) -> None:
    reply = await house.browser().ask("POST", "/api/v1/sign-in", {"login": login, "password": "no"})

    assert reply.status == (422 if "\x00" in login else 401)
    assert reply.code == ("invalid" if "\x00" in login else "wrong_password")


async def test_guessing_is_slowed_down_and_the_answer_says_for_how_long(house: House) -> None:
    browser = house.browser()
    for _ in range(6):
        reply = await browser.ask("POST", "/api/v1/sign-in", {"login": "boris", "password": "guess"})

    reply = await browser.ask("POST", "/api/v1/sign-in", {"login": "boris", "password": PASSWORD})

    assert reply.status == 429
    assert reply.code == "too_many_attempts"
    assert reply.json["facts"]["retry_after_seconds"] >= 1
    assert int(reply.headers["Retry-After"]) >= 1
    await house.centre.pass_time(1800)
    await browser.post("/api/v1/sign-in", {"login": "boris", "password": PASSWORD})


async def test_signing_out_ends_the_cookie_on_the_server_too(house: House) -> None:
    browser = await house.signed_in("anna")
    stolen = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}

    assert (await browser.ask("POST", "/api/v1/sign-out")).status == 204

    thief = house.browser(Cookie="; ".join(f"{name}={value}" for name, value in stolen.items()))
    reply = await thief.ask("GET", "/api/v1/me")
    assert (reply.status, reply.code) == (401, "not_signed_in")


async def test_a_mutation_with_a_cookie_needs_the_header_that_no_foreign_page_can_send(house: House) -> None:
    browser = await house.signed_in("anna")

    reply = await browser.ask("POST", "/api/v1/desk/not-ready", {"reason_id": 1}, headers={"X-Otklik": ""})

    assert (reply.status, reply.code) == (403, "header_missing")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
async def test_a_mutation_from_a_foreign_page_is_refused(house: House, origin: str) -> None:
    browser = await house.signed_in("anna")

    reply = await browser.ask("POST", "/api/v1/desk/not-ready", {"reason_id": 1}, headers={"Origin": origin})

    assert (reply.status, reply.code) == (403, "foreign_origin")


async def test_signing_in_from_a_foreign_page_is_refused(house: House) -> None:
    browser = house.stranger(Origin="https://evil.example")

    reply = await browser.ask("POST", "/api/v1/sign-in", {"login": "anna", "password": PASSWORD})

    assert (reply.status, reply.code) == (403, "foreign_origin")


async def test_a_program_needs_neither_header_nor_origin(house: House) -> None:
    program = await house.program(Right.MANAGE_SKILLS)

    made = await program.post("/api/v1/skills", {"name": "chinese"})

    assert made["name"] == "chinese"
    assert (await program.ask("GET", "/api/v1/people")).status == 403


@pytest.mark.parametrize("token", ["", "x", "Bearer", "\u00ff", "a" * 5000])
async def test_a_token_that_is_none_lets_nobody_in(house: House, token: str) -> None:
    stranger = house.stranger(Authorization=f"Bearer {token}")

    assert (await stranger.ask("GET", "/api/v1/people")).status == 401


async def test_the_first_password_must_be_changed_before_anything_else(house: House) -> None:
    admin = await house.signed_in("admin")
    await admin.post(
        "/api/v1/people",
        {"login": "new", "name": "New One", "password": "another quiet harbour", "role_ids": [2]},
    )
    browser = house.browser()
    first = {"login": "new", "password": "another quiet harbour"}
    assert (await browser.post("/api/v1/sign-in", first))["must_change_password"] is True

    refused = await browser.ask("GET", "/api/v1/interactions?from=2026-11-23&to=2026-11-24")
    assert (refused.status, refused.code) == (403, "password_change_needed")

    change = {"current": first["password"], "new": "a third quiet harbour"}
    me = await browser.post("/api/v1/me/password", change)
    assert me["must_change_password"] is False
    assert (await browser.get("/api/v1/interactions?from=2026-11-23&to=2026-11-24"))["rows"] == []


async def test_a_short_password_is_refused_with_the_place(house: House) -> None:
    browser = await house.signed_in("anna")

    reply = await browser.ask("POST", "/api/v1/me/password", {"current": PASSWORD, "new": "short"})

    assert reply.status == 422
    assert reply.json["problems"][0]["code"] == "password_too_short"
    assert reply.json["problems"][0]["place"] == "new"


async def test_a_reset_link_works_once_and_ends_the_old_sign_ins(house: House) -> None:
    admin, anna = await house.signed_in("admin"), await house.signed_in("anna")
    link = await admin.post("/api/v1/people/1/reset-link")
    token = link["url"].rsplit("/", 1)[1]
    visitor = house.browser()
    assert await visitor.get(f"/api/v1/reset/{token}") == {"login": "anna", "name": "Anna"}

    assert (
        await visitor.ask("POST", f"/api/v1/reset/{token}", {"new": "the lighthouse keeper"})
    ).status == 204

    assert (await anna.ask("GET", "/api/v1/me")).status == 401
    again = await visitor.ask("POST", f"/api/v1/reset/{token}", {"new": "the lighthouse keeper 2"})
    assert (again.status, again.code) == (404, "unknown_link")
    await visitor.post("/api/v1/sign-in", {"login": "anna", "password": "the lighthouse keeper"})
    await visitor.post("/api/v1/me/password", {"current": "the lighthouse keeper", "new": PASSWORD})


async def test_a_blocked_person_is_out_at_once_and_gets_no_calls(house: House) -> None:
    admin, anna = await house.signed_in("admin"), await house.signed_in("anna")

    row = await admin.post("/api/v1/people/1/block")

    assert row["is_blocked"] is True
    assert (await anna.ask("GET", "/api/v1/me")).status == 401
    assert house.centre.switchboard.centre.configuration.agents[1].is_active is False
    back = await admin.post("/api/v1/people/1/unblock")
    assert back["is_blocked"] is False
    assert house.centre.switchboard.centre.configuration.agents[1].is_active is True


async def test_preferences_stay_with_the_person(house: House) -> None:
    anna = await house.signed_in("anna")

    reply = await anna.ask(
        "PATCH", "/api/v1/me/preferences", {"theme": "dark", "language": "en", "keys": {"answer": "F2"}}
    )

    assert reply.status == 200
    again = await (await house.signed_in("anna")).get("/api/v1/me")
    assert again["theme"] == "dark"
    assert again["language"] == "en"
    assert again["preferences"]["keys"] == {"answer": "F2"}


async def test_one_ends_another_of_ones_own_sign_ins_and_nobody_elses(house: House) -> None:
    here, there, other = (
        await house.signed_in("anna"),
        await house.signed_in("anna"),
        await house.signed_in("boris"),
    )
    found = await there.get("/api/v1/me/sign-ins")
    (elsewhere,) = [entry["id"] for entry in found if entry["is_this"]]

    assert (await other.ask("DELETE", f"/api/v1/me/sign-ins/{elsewhere}")).status == 404
    assert (await here.ask("DELETE", f"/api/v1/me/sign-ins/{elsewhere}")).status == 204

    assert (await there.ask("GET", "/api/v1/me")).status == 401
    assert (await here.ask("GET", "/api/v1/me")).status == 200


async def test_behind_https_the_cookie_is_bound_to_the_host_and_never_goes_in_plain(house: House) -> None:
    secure = house.base.replace("http://", "https://")
    browser = house.stranger(
        **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "X-Otklik": "1", "Origin": secure}
    )

    reply = await browser.ask("POST", "/api/v1/sign-in", {"login": "boris", "password": PASSWORD})

    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("__Host-otklik-8700=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert reply.headers["Strict-Transport-Security"].startswith("max-age=")
    value = cookie.split(";")[0]
    plain = house.browser(Cookie=value.removeprefix("__Host-"))
    assert (await plain.ask("GET", "/api/v1/me")).status == 200, "the same token; only the name differs"
    seen = await plain.get("/api/v1/me/sign-ins")
    assert "203.0.113.9" in {entry["address"] for entry in seen}
