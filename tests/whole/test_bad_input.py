"""What strangers, broken devices and malicious callers send by SIP: refused, noted, and nobody notices."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from otklik.channels.asterisk.control import run_command
from tests.slowness import patience
from tests.whole.centre import Leg, until
from tests.whole.conftest import DIRECT, WHOLE, Scene
from tests.whole.strangers import MALFORMED, Stranger

pytestmark = WHOLE

STRANGER, SECOND_STRANGER, VICTIM = "127.0.0.9", "127.0.0.10", "203.0.113.7"
CARRIER = "127.0.0.1"
"""The starter centre's local trunk: any port of it."""
NOBODYS_NUMBER = "7777"
GUIDE = Path(__file__).parents[2] / "docs" / "operating" / "fail2ban.md"
HOSTILE_NAMES = (
    '"><script>alert(1)</script>',
    "'; drop table journal; --",
    "${SHELL(touch /tmp/x)}",
    "Иван ☎ ‮gnp.exe",
    "a" * 1500,
    "\\u0000\\r\\nX-Injected: 1",
    "%s%n{0}{self.__class__}",
)


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "MESSAGE", "PUBLISH"])
async def test_a_scanner_gets_401_and_no_channel_and_is_named(scene: Scene, method: str) -> None:
    """Whatever name it takes, even that of a trunk or of an agent's phone."""
    before = await channels_ever(scene)
    for sender in ("100", "trunk-1", scene.agents[0].phone, "admin"):
        scanner = Stranger(STRANGER, ("127.0.0.1", scene.centre.sip_port))
        assert "401" in await asyncio.to_thread(scanner.ask, method, DIRECT, sender=sender)
    assert await channels_ever(scene) == before
    await until(lambda: asyncio.to_thread(banned, scene), lambda found: STRANGER in found)


async def test_a_scanner_cannot_have_somebody_else_banned(scene: Scene) -> None:
    """The name that it calls itself by stands in the line that fail2ban reads."""
    name = f"x%22,RemoteAddress=%22IPV4/UDP/{VICTIM}/5060"
    scanner = Stranger(SECOND_STRANGER, ("127.0.0.1", scene.centre.sip_port))
    assert "401" in await asyncio.to_thread(scanner.ask, "INVITE", DIRECT, sender=name)
    assert "401" in await asyncio.to_thread(scanner.ask, "REGISTER", DIRECT, sender=name)
    found = await until(lambda: asyncio.to_thread(banned, scene), lambda hosts: SECOND_STRANGER in hosts)
    assert VICTIM not in found


async def test_a_wrong_password_is_named_and_an_honest_phone_is_not(scene: Scene) -> None:
    person = next(one for one in await scene.admin.get("/api/v1/people") if one["login"] == "agent3")
    device = await scene.admin.post(f"/api/v1/people/{person['id']}/devices", {})
    before = (await asyncio.to_thread(banned, scene)).count("127.0.0.4")
    assert before == 0, "the phones of the world are honest"
    try:
        await scene.world.exchange.register_phone(device["login"], "not-the-secret")
        await until(lambda: asyncio.to_thread(banned, scene), lambda found: "127.0.0.4" in found)
        devices = await scene.admin.get(f"/api/v1/people/{person['id']}/devices")
        assert not next(one for one in devices if one["id"] == device["id"])["registered"]
    finally:
        await scene.world.exchange.unregister_phone(device["login"])
        path = f"/api/v1/people/{person['id']}/devices/{device['id']}"
        await scene.admin.ask("DELETE", path)


async def test_malformed_sip_does_no_harm(scene: Scene) -> None:
    """From a stranger and from a trunk: nothing crashes, nothing hangs, calls go on."""
    asterisk = scene.centre.pid("asterisk")
    before = await channels_ever(scene)
    for host, number in ((STRANGER, DIRECT), (CARRIER, NOBODYS_NUMBER)):
        sender = Stranger(host, ("127.0.0.1", scene.centre.sip_port))
        for make in MALFORMED.values():
            await asyncio.to_thread(sender.send, make(number), seconds=0.05)
        assert not [line for line in sender.heard if line.startswith("SIP/2.0 2")], sender.heard
    assert scene.centre.pid("asterisk") == asterisk
    await until(lambda: channels_now(scene), lambda count: count == 0)
    # What a trunk sends may be understood all the same; then it was a call for a number that is nobody's.
    assert await channels_ever(scene) - before <= len(MALFORMED)
    await a_call_goes_through(scene)


async def test_an_unknown_number_is_refused_and_kept(scene: Scene) -> None:
    caller = await scene.call("+79161160001", NOBODYS_NUMBER)
    async with asyncio.timeout(patience(5)):
        await caller.over.wait()
    assert not caller.up.is_set()
    (row,) = await until(lambda: scene.interactions("+79161160001"), lambda rows: len(rows) == 1)
    assert row["outcome"] == "wrong_number"


async def test_an_anonymous_caller_is_served(scene: Scene) -> None:
    known = {row["interaction_id"] for row in await scene.interactions()}
    await scene.ready(scene.agents[0])
    await scene.call("", DIRECT)
    phone = await scene.answered_by(scene.agents[0])
    await scene.world.hang_up(phone)
    fresh = await until(
        lambda: scene.interactions(),
        lambda rows: [row for row in rows if row["interaction_id"] not in known],
    )
    (row,) = [row for row in fresh if row["interaction_id"] not in known]
    assert (row["number"], row["outcome"]) == ("", "answered")


async def test_hostile_names_of_callers_are_only_words(scene: Scene) -> None:
    """They reach no command, no file name and no page as anything but text."""
    agent = scene.agents[0]
    for place, name in enumerate(HOSTILE_NAMES):
        calling = f"+791611601{place:02}"
        customer = await call_named(scene, calling, name)
        await scene.ready(agent)
        phone = await scene.answered_by(agent)
        await scene.world.hang_up(phone)
        async with asyncio.timeout(patience(5)):
            await customer.over.wait()
        await scene.until_state(agent, "wrap_up")
        await agent.api.post("/api/v1/desk/wrap-up/finish")
        await scene.not_ready(agent)
        (row,) = await until(lambda who=calling: scene.interactions(who), lambda rows: len(rows) == 1)
        assert row["outcome"] == "answered"
        assert row["customer_name"] == "", "a caller does not choose how he is called here"
    assert not Path("/tmp/x").exists()
    assert not list((scene.centre.home).rglob("*script*")), "no file is named by a caller"
    async with aiohttp.ClientSession() as session, session.get(f"{scene.centre.base}/api/health") as answer:
        assert "X-Injected" not in answer.headers


async def test_a_flood_does_not_keep_callers_out(scene: Scene) -> None:
    """Two thousand requests of one stranger at once; a call comes through meanwhile."""
    scanner = Stranger(STRANGER, ("127.0.0.1", scene.centre.sip_port))

    def flood() -> None:
        for _ in range(2000):
            scanner.ask("INVITE", DIRECT, seconds=0.0001)

    flooding = asyncio.create_task(asyncio.to_thread(flood), name="flood")
    await a_call_goes_through(scene)
    await flooding
    await until(lambda: channels_now(scene), lambda count: count == 0)
    await scene.centre.until_healthy()


# --- means


async def a_call_goes_through(scene: Scene) -> None:
    agent = scene.agents[0]
    await scene.ready(agent)
    customer = await scene.call("+79161169999", DIRECT)
    phone = await scene.answered_by(agent)
    await scene.world.hang_up(phone)
    async with asyncio.timeout(patience(5)):
        await customer.over.wait()


async def call_named(scene: Scene, calling: str, name: str) -> Leg:
    """A customer whose telephone shows a name."""
    scene.world.calling_name = name
    try:
        return await scene.call(calling, DIRECT)
    finally:
        scene.world.calling_name = ""


def banned(scene: Scene) -> list[str]:
    """The addresses that the patterns of our guide find in the log, as fail2ban would read them."""
    text = GUIDE.read_text()
    found = re.search(r"^failregex = (.*?)^ignoreregex", text, re.MULTILINE | re.DOTALL)
    date = re.search(r"^datepattern = (.*)$", text, re.MULTILINE)
    assert found is not None
    assert date is not None
    stamp = re.compile(
        date[1].replace("%%Y", r"\d{4}").replace("%%m", r"\d\d").replace("%%d", r"\d\d")
        .replace("%%H", r"\d\d").replace("%%M", r"\d\d").replace("%%S", r"\d\d")
    )  # fmt: skip
    patterns = [
        re.compile(line.strip().replace("<HOST>", r"(?P<host>[0-9a-fA-F.:]+)"))
        for line in found[1].splitlines()
        if line.strip()
    ]
    assert len(patterns) == 2
    hosts = []
    log = scene.centre.home / "asterisk" / "log" / "security.log"
    for line in log.read_text(errors="replace").splitlines():
        # fail2ban takes the date out before it looks.
        rest = stamp.sub("", line, count=1)
        if rest == line:
            continue
        hosts += [match["host"] for pattern in patterns if (match := pattern.search(rest)) is not None]
    return hosts


async def channels_ever(scene: Scene) -> int:
    """How many channels Asterisk has made since its start."""
    return _number(await _count(scene), r"(\d+) calls? processed")


async def channels_now(scene: Scene) -> int:
    return _number(await _count(scene), r"(\d+) active channels?")


async def _count(scene: Scene) -> str:
    socket = scene.centre.home / "asterisk" / "run" / "asterisk.ctl"
    return str(await run_command(socket, "core show channels count"))


def _number(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    assert found is not None, text
    return int(found[1])
