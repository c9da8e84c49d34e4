"""Everything that is set up, made, changed and removed through the API; secrets are never read back."""

from typing import Any

import pytest

from otklik.access.secrets import read_secret
from otklik.vocabulary.ids import SecretId
from tests.api.house import Browser, House, rows
from tests.walks.centre import NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

NO_DAY: dict[str, Any] = {day: [] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
THINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "projects": ({"name": "Bank", "color": "#123456"}, {"name": "Bank and more"}),
    "teams": ({"name": "Night", "supervisor_ids": [9]}, {"supervisor_ids": []}),
    "skills": ({"name": "dutch"}, {"name": "Dutch"}),
    "queues": (
        {
            "name": "bank",
            "project_id": 1,
            "skills": [{"skill_id": 1, "minimum": 3, "is_firm": True}],
            "channel": "voice",
            "service_target": 0.9,
            "strategy": "round_robin",
            "weight": 2.5,
            "after_missed": "cool_down",
            "relaxation": [
                {"after_seconds": 20.0, "minimum": 5, "skill_ids": []},
                {"after_seconds": 60.0, "minimum": 0, "skill_ids": [1]},
            ],
            "preferred_wait_seconds": 12.0,
            "missed_limit": 2,
            "kind": "callbacks",
            "overflow": [
                {
                    "name": "long wait",
                    "when": "waited",
                    "to": "queue",
                    "after_seconds": 90.0,
                    "length": 0,
                    "queue_id": 1,
                    "target": "",
                    "keeps_wait": True,
                },
                {
                    "name": "nobody there",
                    "when": "nobody",
                    "to": "callback",
                    "after_seconds": 0.0,
                    "length": 0,
                    "queue_id": None,
                    "target": "",
                    "keeps_wait": True,
                },
            ],
            "callbacks": {
                "priority": 5,
                "share": 0.5,
                "attempts": 2,
                "retry_after_seconds": 600.0,
                "expires_after_seconds": 7200.0,
                "delay_seconds": 0.0,
                "personal_for_seconds": 60.0,
            },
            "tier": 1,
            "next_tier_id": 1,
            "greeting": "The bank, good day!",
        },
        {"ring_timeout_seconds": 12.5, "strategy": "most_skilled", "overflow": [], "next_tier_id": None},
    ),
    "plans": (
        {
            "name": "first half",
            "agent_ids": [],
            "spans": [{"mode": "outbound", "weekly": {**NO_DAY, "mon": [["12:00", "16:00"]]}}],
            "otherwise": "inbound",
            "load": {"queue_ids": [1], "busy": 4, "calm": 1, "calm_for_seconds": 60.0, "keeps": 1},
        },
        {"otherwise": "blended", "load": None},
    ),
    "hours": (
        {
            "name": "day",
            "zone": "Asia/Omsk",
            "weekly": {
                **NO_DAY,
                "mon": [["09:00", "13:00"], ["14:00", "18:00"]],
                "sun": [["22:00", "06:00"]],
            },
            "exceptions": [{"date": "2026-12-31", "spans": [], "note": "party"}],
        },
        {"weekly": {**NO_DAY, "tue": [["00:00", "00:00"]]}},
    ),
    "numbers": (
        {"number": "8 495 765-43-21", "name": "city", "queue_id": 1, "language": "en"},
        {"is_recorded": False, "number": "+74957654321"},
    ),
    "trunks": (
        {
            "name": "carrier",
            "kind": "address",
            "host": "sip.example.org",
            "codecs": ["alaw"],
        },
        {"maximum_calls": 5},
    ),
    "reasons": (
        {"name_ru": "Врач", "name_en": "Doctor", "max_seconds": 1800, "needs_permission": True},
        {"max_seconds": None, "is_paid": False},
    ),
    "dispositions": (
        {"name_ru": "Жалоба", "name_en": "Complaint", "kind": "service", "queue_ids": [1]},
        {"is_active": False},
    ),
    "roles": (
        {"name_ru": "Контроль", "name_en": "Quality", "sees": "all", "rights": ["listen.recordings"]},
        {"rights": ["listen.recordings", "view.interactions"]},
    ),
}
SHOWN_BY_THE_SERVER = {
    "id",
    "seq",
    "people",
    "has_secret",
    "state",
    "state_detail",
    "is_open",
    "changes_at",
    "mode",
}


@pytest.mark.parametrize("kind", THINGS)
async def test_a_thing_is_made_changed_listed_and_removed(house: House, kind: str) -> None:
    admin = await house.signed_in("admin")
    form, change = THINGS[kind]

    made = await admin.post(f"/api/v1/{kind}", form)
    path = f"/api/v1/{kind}/{made['id']}"
    found = await admin.get(path)
    assert {name: found[name] for name in form if name != "number"} == {
        name: value for name, value in form.items() if name != "number"
    }

    whole = {name: value for name, value in found.items() if name not in SHOWN_BY_THE_SERVER}
    changed = await admin.put(path, {**whole, **change})
    assert {name: changed[name] for name in change} == change
    again = await admin.get(path)
    assert {**again, "seq": None} == {**changed, "seq": None}
    assert made["id"] in {row["id"] for row in await admin.get(f"/api/v1/{kind}")}

    assert (await admin.ask("DELETE", path)).status in (200, 204)
    assert (await admin.ask("GET", path)).status == 404
    assert (await admin.ask("PUT", path, {**whole, **change})).status == 404
    assert (await admin.ask("DELETE", path)).status == 404
    assert made["id"] not in {row["id"] for row in await admin.get(f"/api/v1/{kind}")}


async def test_every_form_of_a_number_is_one_number(house: House) -> None:
    admin = await house.signed_in("admin")

    made = await admin.post("/api/v1/numbers", {"number": "8 (499) 111-22-33", "queue_id": 1})
    taken = await admin.ask("POST", "/api/v1/numbers", {"number": "+7 499 1112233", "queue_id": 1})

    assert made["number"] == "+74991112233"
    assert (taken.status, taken.code) == (409, "duplicate_number")


async def test_what_is_in_use_is_not_removed(house: House) -> None:
    admin = await house.signed_in("admin")

    for path, code in (
        ("projects/1", "project_in_use"),
        ("queues/1", "queue_in_use"),
        ("skills/1", "skill_in_use"),
        ("hours/1", "hours_in_use"),
        ("roles/1", "role_in_use"),
    ):
        reply = await admin.ask("DELETE", f"/api/v1/{path}")
        assert (reply.status, reply.code) == (409, code), path


async def test_a_new_queue_gets_a_skill_of_its_name(house: House) -> None:
    admin = await house.signed_in("admin")

    queue = await admin.post("/api/v1/queues", {"name": "claims", "project_id": 1})

    (need,) = queue["skills"]
    assert (await admin.get(f"/api/v1/skills/{need['skill_id']}"))["name"] == "claims"


async def test_every_change_stands_in_the_history_with_what_was_before(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post("/api/v1/reasons", {"name_ru": "Т", "name_en": "Tea", "max_seconds": 60})
    form = {"name_ru": "Чай", "name_en": "Tea", "max_seconds": 60}
    await admin.put(f"/api/v1/reasons/{made['id']}", form)
    await admin.ask("DELETE", f"/api/v1/reasons/{made['id']}")

    removed, changed, created = await admin.get(f"/api/v1/history?entity=reason&id={made['id']}")

    assert created["before"] is None
    assert created["after"]["name_ru"] == "Т"
    assert changed["before"]["name_ru"] == "Т"
    assert changed["after"]["name_ru"] == "Чай"
    assert removed["after"] is None
    assert {line["by_name"] for line in (removed, changed, created)} == {"Admin"}


async def test_an_earlier_version_is_brought_back_from_the_history(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post("/api/v1/queues", {"name": "returns", "project_id": 1, "priority": 3})
    path = f"/api/v1/queues/{made['id']}"
    whole = {name: value for name, value in made.items() if name not in SHOWN_BY_THE_SERVER}
    await admin.put(path, {**whole, "priority": 9, "greeting": "Hello"})
    assert (await admin.ask("DELETE", path)).status in (200, 204)
    removed, changed, created = await admin.get(f"/api/v1/history?entity=queue&id={made['id']}")

    async def restored(line: dict[str, Any], version: str) -> Any:
        answer = await admin.post(f"/api/v1/history/{line['seq']}/restore?version={version}", {})
        assert (answer["entity"], answer["entity_id"]) == ("queue", made["id"])
        return await admin.get(path)

    back = await restored(removed, "before")
    assert (back["priority"], back["greeting"]) == (9, "Hello")
    first = await restored(changed, "before")
    assert {**first, "seq": None} == {**made, "seq": None}
    newest = (await admin.get(f"/api/v1/history?entity=queue&id={made['id']}"))[0]
    assert (newest["by_name"], newest["after"]["priority"]) == ("Admin", 3)

    for seq, version, status, code in (
        (created["seq"], "before", 409, "nothing_to_restore"),
        (999_999_999, "after", 404, "unknown_change"),
    ):
        reply = await admin.ask("POST", f"/api/v1/history/{seq}/restore?version={version}", {})
        assert (reply.status, reply.code) == (status, code)
    await admin.ask("DELETE", path)


async def test_a_queue_in_a_circle_is_refused(house: House) -> None:
    admin = await house.signed_in("admin")
    way = {"name": "further", "when": "waited", "after_seconds": 30, "to": "queue"}
    one = await admin.post("/api/v1/queues", {"name": "circle one", "project_id": 1})
    two = await admin.post(
        "/api/v1/queues",
        {"name": "circle two", "project_id": 1, "overflow": [{**way, "queue_id": one["id"]}]},
    )
    whole = {name: value for name, value in one.items() if name not in SHOWN_BY_THE_SERVER}

    reply = await admin.ask(
        "PUT", f"/api/v1/queues/{one['id']}", {**whole, "overflow": [{**way, "queue_id": two["id"]}]}
    )

    assert (reply.status, reply.code) == (409, "circular_overflow")
    assert (await admin.ask("DELETE", f"/api/v1/queues/{one['id']}")).code == "queue_in_use"
    for queue in (two, one):
        assert (await admin.ask("DELETE", f"/api/v1/queues/{queue['id']}")).status in (200, 204)


async def test_the_history_tells_only_what_somebody_decided(house: House) -> None:
    """Neither the self-test's things nor the phones that browsers bring along at each sign-in."""
    admin = await house.signed_in("admin")
    anna = await house.signed_in("anna")
    await anna.get("/api/v1/phone")
    made = await admin.post("/api/v1/skills", {"name": "history"})
    for entity, identity, after in (
        ("queue", 9999, '{"name": "self_test"}'),
        ("device", 9999, '{"kind": "sip", "agent_id": 77}'),
        ("agent", 77, '{"agent_id": 77, "skills": {"9999": 10}}'),
    ):
        await rows(
            house,
            "insert into configuration_change (site_id, at, by_person_id, entity, entity_id, after)"
            " values (1, now(), 0, $1, $2, $3::text::jsonb) returning 1",
            entity,
            identity,
            after,
        )

    told = await admin.get("/api/v1/history?limit=500")
    devices = await admin.get("/api/v1/history?entity=device&limit=500")

    assert any(line["entity"] == "skill" and line["entity_id"] == made["id"] for line in told)
    assert not [line for line in told if line["entity_id"] in (77, 9999)]
    assert [line for line in told if line["entity"] == "agent"], "other agents are told of"
    assert not [line for line in devices if line["after"] and line["after"]["kind"] == "browser"]
    assert await rows(house, "select 1 from configuration_change where after ->> 'kind' = 'browser'")


async def test_a_television_knows_the_time_and_the_language_of_its_site(house: House) -> None:
    stranger = house.browser()
    admin = await house.signed_in("admin")

    facts = await stranger.get("/api/v1/public")

    site = await admin.get("/api/v1/site")
    assert (facts["zone"], facts["language"]) == (site["zone"], site["language"])


async def test_the_site_is_changed_whole(house: House) -> None:
    admin, anna = await house.signed_in("admin"), await house.signed_in("anna")
    site = await admin.get("/api/v1/site")
    form = {name: value for name, value in site.items() if name != "seq"}

    changed = await admin.put(
        "/api/v1/site", {**form, "zone": "Asia/Vladivostok", "allowed_countries": ["RU"]}
    )

    assert changed["zone"] == "Asia/Vladivostok"
    capacities = {"chat_capacity": 5, "email_capacity": 2}
    assert {**await admin.put("/api/v1/site", {**form, **capacities})}.items() >= capacities.items()
    assert house.centre.switchboard.centre.engine.state.site.chat_capacity == 5
    await admin.put("/api/v1/site", {**form, "zone": "Asia/Vladivostok"})
    assert (await anna.get("/api/v1/me"))["zone"] == "Asia/Vladivostok"
    refused = await admin.ask("PUT", "/api/v1/site", {**form, "zone": "Mars/Olympus"})
    assert refused.status == 422
    assert refused.json["problems"][0]["place"] == "zone"
    await admin.put("/api/v1/site", form)


# --- secrets


async def secret_of(house: House, table: str, identity: int) -> str | None:
    """What is really kept for a thing."""
    (row,) = await rows(house, f"select secret_id from {table} where {table}_id = $1", identity)
    if not row["secret_id"]:
        return None
    async with house.parts.pool.acquire() as connection:
        return await read_secret(connection, house.parts.secret_key, SecretId(row["secret_id"]))


async def stands_nowhere(house: House, secret: str) -> bool:
    """Neither in the journal nor in the history, the audit or the answers that are kept."""
    for table, column in (
        ("journal", "body::text"),
        ("configuration_change", "coalesce(after::text, '')"),
        ("audit", "facts::text"),
        ("request_key", "encode(answer, 'escape')"),
        ("secret", "encode(sealed, 'escape')"),
    ):
        if await rows(house, f"select 1 from {table} where position($1 in {column}) > 0", secret):
            return False
    return True


TRUNK = {
    "name": "secretive",
    "kind": "registration",
    "host": "sip.example.net",
    "login": "me",
    "codecs": ["alaw"],
}


async def count_secrets(house: House) -> int:
    (row,) = await rows(house, "select count(*) as n from secret where kind = 'trunk'")
    return int(row["n"])


async def test_a_trunks_secret_is_kept_sealed_changed_and_removed(house: House) -> None:
    admin = await house.signed_in("admin")
    before = await count_secrets(house)

    made = await admin.post("/api/v1/trunks", {**TRUNK, "secret": "hunter2-hunter2"})
    path = f"/api/v1/trunks/{made['id']}"
    assert made["has_secret"] is True
    assert "secret" not in made
    assert await secret_of(house, "trunk", made["id"]) == "hunter2-hunter2"
    assert await stands_nowhere(house, "hunter2-hunter2")

    kept = await admin.put(path, {**TRUNK, "maximum_calls": 7})
    assert kept["has_secret"] is True
    assert await secret_of(house, "trunk", made["id"]) == "hunter2-hunter2"

    await admin.put(path, {**TRUNK, "secret": "another-secret"})
    assert await secret_of(house, "trunk", made["id"]) == "another-secret"
    assert await count_secrets(house) == before + 1

    await admin.ask("DELETE", path)
    assert await count_secrets(house) == before


async def test_a_refused_trunk_leaves_no_secret_behind(house: House) -> None:
    admin = await house.signed_in("admin")
    before = await count_secrets(house)

    reply = await admin.ask("POST", "/api/v1/trunks", {**TRUNK, "host": "not a host", "secret": "x" * 20})

    assert reply.status == 422
    assert await count_secrets(house) == before


async def test_a_sip_phone_has_a_secret_that_is_shown_once_and_can_be_revoked(house: House) -> None:
    admin = await house.signed_in("admin")

    made = await admin.post("/api/v1/people/1/devices", {"codecs": ["opus"]})
    (listed,) = [one for one in await admin.get("/api/v1/people/1/devices") if one["id"] == made["id"]]

    assert len(made["secret"]) >= 24
    assert listed["secret"] is None
    assert listed["login"] == made["login"]
    assert await secret_of(house, "device", made["id"]) == made["secret"]
    assert await stands_nowhere(house, made["secret"])
    other = await admin.ask("DELETE", f"/api/v1/people/2/devices/{made['id']}")
    assert (other.status, other.code) == (404, "unknown_device")
    await admin.ask("DELETE", f"/api/v1/people/1/devices/{made['id']}")
    left = {one["id"] for one in await admin.get("/api/v1/people/1/devices")}
    assert made["id"] not in left


# --- people


async def new_person(admin: Browser, login: str, **more: Any) -> Any:
    return await admin.post(
        "/api/v1/people", {"login": login, "name": login.title(), "role_ids": [3], "team_ids": [1], **more}
    )


async def test_a_new_agent_is_known_to_the_engine_with_teams_and_skills(house: House) -> None:
    admin = await house.signed_in("admin")

    made = await new_person(admin, "galina", skills={"1": 7}, capacities={"chat": 4})

    agent = house.centre.switchboard.centre.configuration.agents[made["id"]]
    assert agent.skills == {1: 7}
    assert agent.team_ids == (1,)
    assert agent.is_active
    assert made["seq"] is not None
    form = {name: made[name] for name in ("login", "name", "team_ids", "has_browser_phone", "language")}
    changed = await admin.put(
        f"/api/v1/people/{made['id']}",
        {**form, "role_ids": [3], "skills": {"1": 9}, "has_browser_phone": False},
    )
    assert changed["skills"] == {"1": 9}
    assert changed["capacities"] == {"chat": 4}, "a form without them leaves them"
    assert changed["has_browser_phone"] is False


async def test_a_person_whom_the_engine_refuses_is_not_made(house: House) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask(
        "POST", "/api/v1/people", {"login": "ghost", "name": "Ghost", "role_ids": [3], "skills": {"777": 5}}
    )

    assert reply.status in (404, 422)
    assert "ghost" not in {row["login"] for row in await admin.get("/api/v1/people")}


async def test_a_login_is_taken_once_whatever_its_case(house: House) -> None:
    admin = await house.signed_in("admin")
    await new_person(admin, "dmitry")

    reply = await admin.ask("POST", "/api/v1/people", {"login": "DMITRY", "name": "Other"})

    assert (reply.status, reply.code) == (409, "login_taken")


async def test_a_removed_person_is_blocked_and_keeps_his_name(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await new_person(admin, "evgeny")

    reply = await admin.ask("DELETE", f"/api/v1/people/{made['id']}")

    assert reply.json["is_blocked"] is True
    assert (await admin.get(f"/api/v1/people/{made['id']}"))["name"] == "Evgeny"


async def test_the_last_administrator_stays(house: House) -> None:
    admin = await house.signed_in("admin")

    own = await admin.ask("POST", "/api/v1/people/20/block")
    person = await admin.get("/api/v1/people/20")
    form = {
        name: person[name]
        for name in ("login", "name", "team_ids", "skills", "has_browser_phone", "language")
    }
    role = await admin.ask("PUT", "/api/v1/people/20", {**form, "role_ids": [3]})

    assert (own.status, own.code) == (409, "own_person")
    assert (role.status, role.code) == (409, "last_administrator")


async def test_tokens_are_shown_once_and_revoked(house: House) -> None:
    admin = await house.signed_in("admin")

    made = await admin.post("/api/v1/tokens", {"name": "crm", "role_id": 2})
    program = house.stranger(Authorization=f"Bearer {made['token']}")
    assert (await program.ask("GET", "/api/v1/queues")).status == 200
    assert [row["token"] for row in await admin.get("/api/v1/tokens")] == [None]

    await admin.ask("DELETE", f"/api/v1/tokens/{made['id']}")
    assert (await program.ask("GET", "/api/v1/queues")).status == 401
    assert await admin.get("/api/v1/tokens") == []


async def test_why_an_agent_gets_no_call_is_answered(house: House) -> None:
    admin = await house.signed_in("admin")

    found = await admin.get("/api/v1/agents/1/why")

    assert found["agent_id"] == 1
    assert found["facts"]["why"]["rule"]


async def test_a_trunk_says_in_its_own_words_why_it_refuses_us(house: House) -> None:
    admin = await house.signed_in("admin")
    trunk = (await admin.get("/api/v1/trunks"))[0]
    house.trunk_check = {
        "state": "rejected",
        "answers": True,
        "round_trip_ms": 12.5,
        "detail": "403 Account is blocked",
    }

    told = await admin.post(f"/api/v1/trunks/{trunk['id']}/test")
    house.trunk_check = {"state": "down", "answers": False, "round_trip_ms": -1.0, "detail": "timeout"}
    silent = await admin.post(f"/api/v1/trunks/{trunk['id']}/test")

    assert told == {
        "state": "rejected",
        "state_detail": "403 Account is blocked",
        "answers": True,
        "round_trip_ms": 12.5,
    }
    assert silent == {"state": "down", "state_detail": "timeout", "answers": False, "round_trip_ms": None}


async def test_a_queue_that_nobody_can_serve_is_told_until_somebody_can(house: House) -> None:
    admin = await house.signed_in("admin")
    before = await admin.get("/api/v1/configuration/problems")
    project = (await admin.get("/api/v1/projects"))[0]["id"]
    made = await admin.post("/api/v1/queues", {"name": "Latin", "project_id": project})

    found = await admin.get("/api/v1/configuration/problems")
    assert [row for row in found if row not in before] == [
        {
            "kind": "queue",
            "id": made["id"],
            "name": "Latin",
            "code": "no_agent_fits",
            "place": "",
            "facts": {"name": "Latin"},
        }
    ]
    (need,) = made["skills"]
    await new_person(admin, "lucius", skills={str(need["skill_id"]): 3})
    assert await admin.get("/api/v1/configuration/problems") == before
    assert (await (await house.signed_in("anna")).ask("GET", "/api/v1/configuration/problems")).status == 403


async def test_a_supervisor_lets_a_waiting_customer_be_sooner(house: House) -> None:
    admin = await house.signed_in("admin")
    for calling in ("+79160000001", "+79160000002"):
        house.centre.driver.call(NUMBER, calling)
        await house.centre.pass_time(10)
    waiting = await rows(
        house, "select interaction_id from interaction_now where queued_ms > 0 and ended_ms = 0 order by 1"
    )
    first, second = (row["interaction_id"] for row in waiting)
    path = f"/api/v1/interactions/{second}/priority"

    done = await admin.put(path, {"priority": 30})
    assert int(done["seq"]) > 0
    now = await rows(house, f"select priority from interaction_now where interaction_id = {second}")
    assert now[0]["priority"] == 30
    engine = house.centre.switchboard.centre.engine
    assert engine.position(second) < engine.position(first)
    noted = await admin.get("/api/v1/audit")
    assert any(row["action"] == "interaction.prioritize" for row in noted)
    assert (await admin.ask("PUT", path, {"priority": 10**7})).status == 422
    gone = await admin.ask("PUT", "/api/v1/interactions/77/priority", {"priority": 1})
    assert (gone.status, gone.code) == (404, "unknown_interaction")
    anna = await house.signed_in("anna")
    assert (await anna.ask("PUT", path, {"priority": 1})).status == 403

    promise = f"/api/v1/interactions/{second}/callback"
    assert (await admin.ask("DELETE", promise)).code == "no_callback", "he waits on the line"
    assert (await anna.ask("DELETE", promise)).status == 403


async def test_a_queue_of_chats_stays_one(house: House) -> None:
    admin = await house.signed_in("admin")
    project = (await admin.get("/api/v1/projects"))[0]["id"]
    made = await admin.post("/api/v1/queues", {"name": "Chats", "project_id": project, "channel": "chat"})
    assert made["channel"] == "chat"
    refused = await admin.ask("PUT", f"/api/v1/queues/{made['id']}", {"name": "Chats", "project_id": project})
    assert (refused.status, refused.code) == (409, "channel_fixed")
    assert (await admin.ask("DELETE", f"/api/v1/queues/{made['id']}")).status == 200
