"""A page that does not know the end of a request repeats it, and nothing happens twice."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from otklik.api import store
from tests.api.house import House, rows

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]


def key(text: str) -> dict[str, str]:
    return {"headers": {"Idempotency-Key": text}}  # type: ignore[dict-item]


async def skills(house: House, name: str) -> int:
    found = await rows(house, "select count(*) as n from skill where name = $1", name)
    return int(found[0]["n"])


async def test_the_same_key_gives_the_same_answer_and_one_thing(house: House) -> None:
    admin = await house.signed_in("admin")

    first = await admin.ask("POST", "/api/v1/skills", {"name": "once"}, **key("k1"))
    second = await admin.ask("POST", "/api/v1/skills", {"name": "once"}, **key("k1"))

    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await skills(house, "once") == 1


async def test_ten_at_once_make_one_thing(house: House) -> None:
    admin = await house.signed_in("admin")

    replies = await asyncio.gather(
        *(admin.ask("POST", "/api/v1/skills", {"name": "together"}, **key("k2")) for _ in range(10))
    )

    assert {reply.status for reply in replies} == {201}
    assert len({reply.json["id"] for reply in replies}) == 1
    assert await skills(house, "together") == 1


async def test_the_same_key_with_another_request_is_refused(house: House) -> None:
    admin = await house.signed_in("admin")
    await admin.ask("POST", "/api/v1/skills", {"name": "first"}, **key("k3"))

    reply = await admin.ask("POST", "/api/v1/skills", {"name": "second"}, **key("k3"))

    assert reply.status == 422
    assert reply.json["problems"][0]["code"] == "key_used_otherwise"
    assert await skills(house, "second") == 0


async def test_the_same_key_of_another_person_is_another_key(house: House) -> None:
    admin = await house.signed_in("admin")
    anna, boris = await house.signed_in("anna"), await house.signed_in("boris")
    await anna.get("/api/v1/phone")
    await boris.get("/api/v1/phone")

    one = await anna.ask("POST", "/api/v1/desk/not-ready", {"reason_id": 1}, **key("k4"))
    other = await boris.ask("POST", "/api/v1/desk/not-ready", {"reason_id": 1}, **key("k4"))

    assert (one.status, other.status) == (200, 200)
    assert one.json != other.json
    assert "Idempotency-Replayed" not in other.headers
    assert (await admin.ask("GET", "/api/v1/skills", **key("k4"))).status == 200


async def test_a_refusal_is_kept_too(house: House) -> None:
    admin = await house.signed_in("admin")
    await admin.post("/api/v1/skills", {"name": "taken"})

    first = await admin.ask("POST", "/api/v1/skills", {"name": "taken"}, **key("k5"))
    second = await admin.ask("POST", "/api/v1/skills", {"name": "taken"}, **key("k5"))

    assert (first.status, first.code) == (409, "name_taken")
    assert (second.status, second.json) == (409, first.json)


async def test_what_failed_for_an_outside_reason_may_be_repeated(house: House) -> None:
    admin = await house.signed_in("admin")
    await house.door.close()
    failed = await admin.ask("POST", "/api/v1/skills", {"name": "later"}, **key("k6"))
    await house.door.open()

    done = await admin.ask("POST", "/api/v1/skills", {"name": "later"}, **key("k6"))

    assert (failed.status, done.status) == (503, 201)
    assert await skills(house, "later") == 1


async def test_a_secret_is_shown_once_and_never_kept(house: House) -> None:
    admin = await house.signed_in("admin")

    first = await admin.ask("POST", "/api/v1/people/1/devices", {}, **key("k7"))
    second = await admin.ask("POST", "/api/v1/people/1/devices", {}, **key("k7"))

    assert len(first.json["secret"]) >= 24
    assert (second.status, second.code) == (409, "already_done")
    kept = await rows(house, "select answer from request_key where key = 'k7'")
    assert kept[0]["answer"] == b""
    devices = [
        one for one in await admin.get("/api/v1/people/1/devices") if one["login"].startswith("phone-")
    ]
    assert len(devices) == 1


async def test_a_request_that_died_under_way_is_taken_over(house: House) -> None:
    admin = await house.signed_in("admin")
    at = house.parts.clock.now()
    reply = await admin.ask("POST", "/api/v1/skills", {"name": "half"}, **key("k8"))
    assert reply.status == 201
    await rows(
        house,
        "update request_key set status = 0, answer = '', made_at = $1 where key = 'k8' returning key",
        at - timedelta(minutes=1),
    )

    again = await admin.ask("POST", "/api/v1/skills", {"name": "half"}, **key("k8"))

    assert (again.status, again.code) == (409, "name_taken")


@pytest.mark.parametrize("text", ["", "a" * 65, "ключ", "a\tb"])
async def test_a_key_that_is_none_is_refused(house: House, text: str) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("POST", "/api/v1/skills", {"name": "never"}, **key(text))

    assert reply.status == 422
    assert await skills(house, "never") == 0


async def test_a_stranger_learns_nothing_by_a_key(house: House) -> None:
    reply = await house.browser().ask("POST", "/api/v1/skills", {"name": "x"}, **key("k1"))

    assert (reply.status, reply.code) == (401, "not_signed_in")


async def test_old_keys_are_forgotten(house: House) -> None:
    async with house.parts.pool.acquire() as connection:
        at = house.parts.clock.now() + timedelta(days=2)
        await store.drop_old_keys(connection, at=at, keep=timedelta(days=1))

    found: list[dict[str, Any]] = await rows(house, "select 1 from request_key")
    assert found == []
