"""Two centres on one machine, told apart by OTKLIK_HOME and OTKLIK_PORT alone, know nothing of each other."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.whole.centre import Api, Centre, until

pytestmark = [
    pytest.mark.database,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]

PORT = int(os.environ.get("OTKLIK_TEST_PORT", "24600")) + 1600
CALLED = {0: "+74951110000", 1: "+74952220000"}


class ByEnvironment(Centre):
    """`otklik serve` without a word about where: the environment says it."""

    def start(self) -> None:
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with (self.home.parent / f"{self.home.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "otklik", "serve", "--sign-ins", str(self._sign_ins)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={
                    **os.environ,
                    **self.environment,
                    "OTKLIK_HOME": str(self.home),
                    "OTKLIK_PORT": str(self.port),
                    "OTKLIK_CHANNEL": self.channel,
                },
            )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair() -> AsyncIterator[tuple[Centre, Centre]]:
    """Both started in the same moment."""
    with tempfile.TemporaryDirectory(prefix="otklik-pair-") as folder:
        centres = tuple(
            ByEnvironment(
                home=Path(folder) / name,
                port=PORT + 100 * place,
                channel="simulator",
                environment={"OTKLIK_HTTPS_BIND": "", "LANG": "en_US.UTF-8"},
            )
            for place, name in enumerate(("one", "two"))
        )
        for centre in centres:
            centre.start()
        try:
            for centre in centres:
                await centre.until_healthy(but_for=("loop_slow", "disk_low"))
            yield centres[0], centres[1]
        finally:
            for centre in centres:
                await asyncio.to_thread(centre.stop)


async def test_each_has_its_own_call_and_knows_nothing_of_the_other(pair: tuple[Centre, Centre]) -> None:
    talks = []
    for place, centre in enumerate(pair):
        async with centre.signed_in("agent1") as agent:
            talks.append(await talk(agent, CALLED[place]))

    for place, centre in enumerate(pair):
        async with centre.signed_in("admin") as admin:
            listed = await admin.get("/api/v1/interactions", **await days(admin))
            status, _ = await admin.ask("GET", f"/api/v1/interactions/{talks[1 - place]}")
        assert [(row["interaction_id"], row["number"]) for row in listed["rows"]] == [
            (talks[place], CALLED[place])
        ]
        assert status == 404, "an interaction of the other centre"


async def test_one_browser_is_signed_in_at_both_and_each_sign_in_opens_one_door(
    pair: tuple[Centre, Centre],
) -> None:
    """Cookies know hosts and no ports: their names must tell the centres apart."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        for centre in pair:
            await sign_in(browser, centre)
        for centre in pair:
            assert (await Api(browser, centre.base).get("/api/v1/me"))["login"] == "supervisor"
        cookies = {cookie.key: cookie.value for cookie in browser.cookie_jar}

    assert set(cookies) == {f"otklik-{centre.port}" for centre in pair}
    one, two = (f"otklik-{centre.port}" for centre in pair)
    async with aiohttp.ClientSession(cookies={two: cookies[one]}) as thief:
        status, found = await Api(thief, pair[1].base).ask("GET", "/api/v1/me")
    assert (status, found["code"]) == (401, "not_signed_in")


async def test_nothing_is_shared_on_the_disk_or_among_processes(pair: tuple[Centre, Centre]) -> None:
    pids = [
        {path.stem: centre.pid(path.stem) for path in (centre.home / "run").glob("*.pid")} for centre in pair
    ]
    keys = [[path.read_bytes() for path in sorted((centre.home / "keys").iterdir())] for centre in pair]

    assert set(pids[0]) == set(pids[1]) >= {"postgres", "engine", "web"}
    assert not set(pids[0].values()) & set(pids[1].values())
    assert not [key for key in keys[0] if key in keys[1]]
    for centre, other in (pair, pair[::-1]):
        for pid in pids[pair.index(centre)].values():
            links = [link for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
            opened = [str(link.readlink()) for link in links]
            assert not [file for file in opened if file.startswith(f"{other.home}/")]


async def test_the_end_of_one_is_not_felt_by_the_other(pair: tuple[Centre, Centre]) -> None:
    staying, leaving = pair
    before = {name: staying.pid(name) for name in ("postgres", "engine", "web")}

    await asyncio.to_thread(leaving.stop)

    await staying.until_healthy(but_for=("loop_slow", "disk_low"))
    assert before == {name: staying.pid(name) for name in before}
    async with staying.signed_in("agent1") as agent:
        if await in_wrap_up(agent):
            await agent.post("/api/v1/desk/wrap-up/finish")
        await talk(agent, CALLED[0])
    leaving.start()
    await leaving.until_healthy(but_for=("loop_slow", "disk_low"))
    async with leaving.signed_in("admin") as admin:
        listed = await admin.get("/api/v1/interactions", **await days(admin))
    assert [row["number"] for row in listed["rows"]] == [CALLED[1]], "its data are kept"


async def talk(agent: Api, number: str) -> str:
    """The agent dials, the simulated party answers, they talk, the agent hangs up; gives the interaction."""
    await agent.get("/api/v1/phone")
    dialed = await until(
        lambda: agent.ask("POST", "/api/v1/desk/dial", {"number": number}), lambda it: it[0] < 300
    )
    interaction_id: str = dialed[1]["interaction_id"]
    await until(
        lambda: agent.get(f"/api/v1/interactions/{interaction_id}"),
        lambda found: any(phase["phase"] == "connected" for phase in found["phases"]),
    )
    await agent.post("/api/v1/desk/hang-up", {"interaction_id": interaction_id})
    await until(
        lambda: agent.get(f"/api/v1/interactions/{interaction_id}"),
        lambda found: found["outcome"] == "answered",
    )
    return interaction_id


async def in_wrap_up(agent: Api) -> bool:
    status, _ = await agent.ask("POST", "/api/v1/desk/wrap-up/extend", {"seconds": 1})
    return status < 300


async def days(api: Api) -> dict[str, str]:
    _, health = await api.ask("GET", "/api/health")
    today = date.fromisoformat(health["at"][:10])
    return {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=2))}


async def sign_in(browser: aiohttp.ClientSession, centre: Centre) -> Any:
    async with centre.signed_in("supervisor"):
        pass  # the first password is changed on the way
    api = Api(browser, centre.base)
    return await api.post(
        "/api/v1/sign-in", {"login": "supervisor", "password": centre.password_of("supervisor")}
    )
