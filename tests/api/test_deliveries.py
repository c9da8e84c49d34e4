"""From a rule to somebody's chat: ways, receivers, quiet hours, digests, retries, the log; and no secret."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from otklik.access.secrets import SecretStore
from otklik.alerts import telling as alert_telling
from otklik.alerts.model import Alert
from otklik.api.alert_watch import AlertWatch
from otklik.api.live_figures import FigureSource, Health, health_of
from otklik.api.live_source import DatabaseSource
from otklik.channels.systems import telling
from otklik.deliveries import service
from otklik.deliveries.model import Enclosure, Letter, Outcome, Way
from otklik.deliveries.post_office import LEASE, PostOffice
from otklik.organization.model import Site
from tests.api.house import ANNA, SITE, Browser, House, rows
from tests.rooms.channels.test_systems import answer, server
from tests.walks.centre import CUSTOMER, NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

RULE = {
    "name": "Customers wait",
    "figure": "waiting",
    "scope": "queue",
    "side": "above",
    "limit": 0,
    "severity": "warning",
}
OK = answer(json.dumps({"ok": True, "result": {}}))


def watch(house: House) -> AlertWatch:
    parts = house.parts
    source = DatabaseSource(parts.pool, parts.follower, parts.clock, SITE)

    async def health() -> Health:
        return health_of(house.health, 50.0)

    async def tell(connection: Any, site: Site, fired: list[Alert], cleared: list[Alert]) -> None:
        await alert_telling.tell(
            connection, SITE, fired, cleared, at=parts.clock.now(), zone=site.zone, language=site.language
        )

    return AlertWatch(FigureSource(source, parts.pool, SITE), parts.pool, parts.clock, SITE, health, tell)


def office(house: House, secrets: SecretStore) -> PostOffice:
    clock = house.parts.clock

    async def send(way: Way, secret: str, address: str, letter: Letter, files: Any, key: int) -> Outcome:
        return await telling.send(way, secret, address, letter, files, at=clock.now(), delivery_id=key)

    return PostOffice(house.parts.pool, clock, SITE, send, secrets.read)


@pytest_asyncio.fixture(loop_scope="module")
async def secrets(house: House) -> Any:
    found = SecretStore(house.parts.settings.keys, house.url)
    yield found
    await found.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_before(house: House) -> None:
    """Each test begins with nothing to tell."""
    async with house.parts.writing() as connection:
        for table in ("delivery", "receiver", "delivery_way", "alert_rule", "alert"):
            await connection.execute(f"delete from {table}")
        await connection.execute("delete from secret where kind = 'delivery'")


async def telegram(admin: Browser, port: int, **more: Any) -> int:
    """A bot at a local server."""
    given = {
        "name": "bot",
        "kind": "telegram",
        "address": f"http://127.0.0.1:{port}",
        "secret": "123:abc",
        "allowed_hosts": ["127.0.0.1"],
    }
    return int((await admin.post("/api/v1/delivery-ways", given | more))["id"])


async def receiver(admin: Browser, way_id: int, **more: Any) -> int:
    given = {"name": "Vera", "way_id": way_id, "address": "55"}
    return int((await admin.post("/api/v1/receivers", given | more))["id"])


def texts(heard: list[bytes]) -> list[str]:
    return [json.loads(one.partition(b"\r\n\r\n")[2])["text"] for one in heard]


async def fire(house: House, looking: AlertWatch) -> Any:
    caller = house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(8)
    await looking.look()
    return caller


async def test_what_fires_and_what_is_over_is_told_to_whom_the_rule_names(
    house: House, secrets: SecretStore
) -> None:
    admin = await house.signed_in("admin")
    async with server(OK) as (port, heard):
        way_id = await telegram(admin, port)
        named = await receiver(admin, way_id, address="1")
        await receiver(admin, way_id, address="2", person_id=int(ANNA), tells_end=False)
        await receiver(admin, way_id, address="3", language="en", team_id=1)
        await receiver(admin, way_id, address="4")
        rule = {"receiver_ids": [named], "person_ids": [int(ANNA)], "team_receiver_ids": [1]}
        await admin.post("/api/v1/alert-rules", RULE | rule)
        looking, sending = watch(house), office(house, secrets)
        caller = await fire(house, looking)
        assert await sending.work() == 3
        assert await sending.work() == 0
        told = {
            json.loads(one.partition(b"\r\n\r\n")[2])["chat_id"]: text
            for one, text in zip(heard, texts(heard), strict=True)
        }
        assert set(told) == {"1", "2", "3"}
        assert told["1"].startswith("Внимание: Customers wait — sales, 1\nЖдут в очереди: 1 (порог > 0)")
        assert told["3"].startswith("Warning: Customers wait — sales, 1")

        caller.hang_up()
        await house.centre.pass_time(3)
        await looking.look()
        assert await sending.work() == 2
        assert {text.split(":")[0] for text in texts(heard)[3:]} == {"Закончилось", "Over"}
    log = (await admin.get("/api/v1/deliveries"))["rows"]
    assert {(one["state"], one["answer"], one["tries"]) for one in log} == {("delivered", "200", 1)}


async def test_nobody_is_told_of_what_sleeps_and_quiet_hours_keep_what_is_over_to_themselves(
    house: House, secrets: SecretStore
) -> None:
    admin = await house.signed_in("admin")
    async with server(OK) as (port, heard):
        way_id = await telegram(admin, port)
        # In the house it is noon: quiet all day but an hour of the night.
        quiet = await receiver(admin, way_id, quiet_since="04:00", quiet_until="03:00")
        await admin.post("/api/v1/alert-rules", RULE | {"receiver_ids": [quiet]})
        looking, sending = watch(house), office(house, secrets)
        caller = await fire(house, looking)
        assert await sending.work() == 0
        caller.hang_up()
        await house.centre.pass_time(3)
        await looking.look()
        (skipped,) = (await admin.get("/api/v1/deliveries"))["rows"]
        assert (skipped["state"], heard) == ("skipped", [])

        grave = await admin.get("/api/v1/alert-rules")
        await admin.put(
            f"/api/v1/alert-rules/{grave[0]['id']}", RULE | {"receiver_ids": [quiet], "severity": "critical"}
        )
        caller = await fire(house, looking)
        assert await sending.work() == 1
        (alert,) = await admin.get("/api/v1/alerts/standing")
        await admin.post(f"/api/v1/alerts/{alert['id']}/snooze", {"minutes": 60, "reason": "known"})
        caller.hang_up()
        await house.centre.pass_time(3)
        await looking.look()
        assert await sending.work() == 0, "its end is not told either: it sleeps"


async def test_many_at_once_are_one_letter(house: House, secrets: SecretStore) -> None:
    admin = await house.signed_in("admin")
    async with server(OK) as (port, heard):
        one = await receiver(admin, await telegram(admin, port))
        for number in range(5):
            await admin.post("/api/v1/alert-rules", RULE | {"name": f"rule {number}", "receiver_ids": [one]})
        caller = await fire(house, looking := watch(house))
        await office(house, secrets).work()
        (text,) = texts(heard)
        assert text.startswith("(5) Внимание: rule 0")
        assert text.count("•") == 5
        caller.hang_up()
        await house.centre.pass_time(3)
        await looking.look()
    log = (await admin.get("/api/v1/deliveries?state=delivered"))["rows"]
    assert [one["in_digest"] for one in log] == [True] * 5


async def test_what_fails_is_tried_again_later_and_what_is_refused_for_good_is_not(
    house: House, secrets: SecretStore
) -> None:
    admin = await house.signed_in("admin")
    said = [
        answer("", "503 Busy"),
        answer(json.dumps({"ok": False, "description": "Bad Request: chat not found"}), "400 Bad Request"),
        OK,
    ]

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said.pop(0))

    async with server(answers) as (port, _):
        way_id = await telegram(admin, port)
        sending = office(house, secrets)
        asked = await admin.post(f"/api/v1/delivery-ways/{way_id}/test", {"address": "7"})
        path = f"/api/v1/deliveries/{asked['id']}"
        await sending.work()
        first = await admin.get(path)
        assert (first["state"], first["tries"], first["answer"]) == ("waiting", 1, "503")
        assert await sending.work() == 0, "not before the pause is over"
        await house.centre.pass_time(10)
        await sending.work()
        refused = await admin.get(path)
        assert (refused["state"], refused["answer"]) == ("failed", "400 Bad Request: chat not found")
        await house.centre.pass_time(600)
        assert await sending.work() == 0
        await admin.post(f"{path}/again")
        await sending.work()
        assert (await admin.get(path))["state"] == "delivered"
        assert (await admin.ask("POST", f"{path}/again")).code == "delivery_not_failed"


async def test_what_was_in_the_hand_of_a_dead_process_is_sent_by_the_next(
    house: House, secrets: SecretStore
) -> None:
    admin = await house.signed_in("admin")
    async with server(OK) as (port, heard):
        way_id = await telegram(admin, port)
        await admin.post(f"/api/v1/delivery-ways/{way_id}/test", {"address": "7"})
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(house.parts.writing())
            from otklik.deliveries import store

            taken = await store.take_due(connection, SITE, at=house.parts.clock.now(), lease=LEASE, limit=10)
        assert len(taken) == 1
        sending = office(house, secrets)
        assert await sending.work() == 0
        await house.centre.pass_time((LEASE + timedelta(seconds=1)).total_seconds())
        assert await sending.work() == 1
        assert len(heard) == 1


async def test_a_report_can_be_mailed_by_the_same_server(house: House, secrets: SecretStore) -> None:
    admin = await house.signed_in("admin")
    clock = house.parts.clock
    letter = Letter(subject="Отчёт", html="<p>Отчёт</p>")
    files = [Enclosure(name="a.csv", media_type="text/csv", content=b"a")]

    async def queue(connection: Any) -> int:
        return await service.mail(
            connection,
            SITE,
            "vera@example.org",
            letter,
            source="report",
            source_id=3,
            at=clock.now(),
            enclosures=files,
        )

    async with house.parts.writing() as connection:
        with pytest.raises(service.Refused):
            await queue(connection)
    mail = {"name": "mail", "kind": "email", "address": "192.0.2.1", "sender": "otklik@example.org"}
    await admin.post("/api/v1/delivery-ways", mail | {"is_on": False})
    await admin.post("/api/v1/delivery-ways", mail)
    async with house.parts.writing() as connection:
        delivery_id = await queue(connection)
    assert len(await rows(house, "select * from delivery_enclosure where delivery_id = $1", delivery_id)) == 1
    await office(house, secrets).work()
    assert (await admin.get(f"/api/v1/deliveries/{delivery_id}"))["answer"] == "host_forbidden"


async def test_no_secret_is_shown_and_none_goes_elsewhere(house: House) -> None:
    admin = await house.signed_in("admin")
    way_id = await telegram(admin, 1)
    shown = (await admin.ask("GET", "/api/v1/delivery-ways")).body.decode()
    assert "123:abc" not in shown
    assert '"has_secret":true' in shown
    (kept,) = await rows(house, "select sealed from secret where kind = 'delivery'")
    assert b"123:abc" not in kept["sealed"]
    for line in await rows(house, "select facts::text as facts from audit"):
        assert "123:abc" not in line["facts"]

    path = f"/api/v1/delivery-ways/{way_id}"
    body = {
        "name": "bot",
        "kind": "telegram",
        "address": "http://127.0.0.1:1/x",
        "allowed_hosts": ["127.0.0.1"],
    }
    assert (await admin.put(path, body))["has_secret"]
    thief = await admin.ask("PUT", path, body | {"address": "https://thief.example"})
    assert (thief.status, thief.code) == (422, "secret_needed")
    assert (await admin.ask("PUT", path, body | {"kind": "max"})).code == "kind_fixed"

    one = await receiver(admin, way_id)
    assert (await admin.ask("DELETE", path)).code == "way_used"
    assert (await admin.ask("DELETE", f"/api/v1/receivers/{one}")).status == 204
    assert (await admin.ask("DELETE", path)).status == 204
    assert await rows(house, "select * from secret where kind = 'delivery'") == []

    slack = await admin.post(
        "/api/v1/delivery-ways",
        {"name": "slack", "kind": "slack", "secret": "https://hooks.slack.com/services/T/B/x"},
    )
    assert slack["address"] == "https://hooks.slack.com"
    assert "services" not in json.dumps(slack)


async def test_bad_ways_and_receivers_are_refused_with_their_place(house: House) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    mail = {"name": "mail", "kind": "email", "address": "mail.example.org", "sender": "otklik@example.org"}
    for change, place in (
        ({"sender": "nobody"}, "sender"),
        ({"address": ""}, "address"),
        ({"kind": "slack"}, "secret"),
        ({"kind": "telegram", "address": ""}, "secret"),
        ({"kind": "webhook", "address": "ftp://x"}, "address"),
        ({"port": 70_000}, "port"),
    ):
        reply = await admin.ask("POST", "/api/v1/delivery-ways", mail | change)
        told = reply.json.get("place") or reply.json["problems"][0]["place"]
        assert (reply.status, told) == (422, place), change
    way_id = (await admin.post("/api/v1/delivery-ways", mail))["id"]
    for body, place in (
        ({"name": "x", "way_id": 999, "address": "a@b.c"}, "way_id"),
        ({"name": "x", "way_id": way_id, "address": "a b"}, "address"),
        ({"name": "x", "way_id": way_id, "address": ""}, "address"),
        ({"name": "x", "way_id": way_id, "address": "a@b.c", "person_id": 999}, "person_id"),
    ):
        reply = await admin.ask("POST", "/api/v1/receivers", body)
        assert (reply.status, reply.json["place"]) == (422, place), body
    assert (await vera.ask("GET", "/api/v1/deliveries")).code == "right_missing"
    assert (await vera.ask("POST", "/api/v1/delivery-ways", mail)).code == "right_missing"
