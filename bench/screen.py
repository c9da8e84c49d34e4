"""From a change in the engine to the pixel's text: 500 agents, 20 times a second 25 of them change.

    python -m bench.screen [--seconds 60] [--json FILE]

A centre on the simulator channel; each change is a real one (an agent takes another reason of not being
ready) asked through the engine's door, so it is decided, journalled and folded. A real Chromium shows the
live board. A change is timed from the moment before it is asked for, so the decision and the commit are in
the figure, to the moment when its row's text has changed in the document. Peer in the same run: the least
that a live board could do, which is a page that a follower of the same journal sends bare rows to.
"""

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from bench.centre import BenchCentre
from bench.processor import look, spent
from otklik import database
from otklik.journal.follow import Follower
from otklik.organization.commands import SaveSkill
from otklik.organization.model import Skill
from otklik.switchboard.requests import GetNotReady, SignInAgentHere
from otklik.vocabulary.ids import AgentId, ReasonId, SiteId, SkillId
from otklik.vocabulary.refusals import Refused

PORT = 27120
PEER_PORT = 27140
AGENTS, EACH, HERTZ = 500, 25, 20
WARM_SECONDS = 5.0
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Notes each change of a row: its name, its text of the state, the moment. Rows are recycled, so the name
# is read anew; a row that only moved changes its name and its text at once and is known by its name.
WATCH = """
({ row, name, state }) => {
  const seen = new Map();
  window.__changes = [];
  const note = (one) => {
    const who = one.querySelector(name)?.textContent, what = one.querySelector(state)?.textContent;
    if (!who || seen.get(who) === what) return;
    seen.set(who, what);
    window.__changes.push([who, what, performance.timeOrigin + performance.now()]);
  };
  for (const one of document.querySelectorAll(row)) note(one);
  window.__changes.length = 0;
  new MutationObserver((changes) => {
    const rows = new Set();
    for (const change of changes) {
      const at = change.target.nodeType === 1 ? change.target : change.target.parentElement;
      const one = at?.closest(row);
      if (one) rows.add(one);
    }
    for (const one of rows) note(one);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""
BOARD = {
    "row": '[role="row"][aria-selected]',
    "name": '[role="cell"]:nth-child(1)',
    "state": '[role="cell"]:nth-child(2)',
}
BARE = {"row": "tr", "name": "td:nth-child(1)", "state": "td:nth-child(2)"}
BARE_PAGE = """<!doctype html><meta charset="utf-8"><title>bare</title><table id="rows"></table><script>
const cells = new Map();
const socket = new WebSocket(`ws://${location.host}/feed`);
socket.onmessage = (message) => {
  for (const [id, name, state] of JSON.parse(message.data)) {
    let cell = cells.get(id);
    if (!cell) {
      const row = document.getElementById('rows').insertRow();
      row.insertCell().textContent = name;
      cell = row.insertCell();
      cells.set(id, cell);
    }
    cell.textContent = state;
  }
};
</script>"""


@dataclass(slots=True)
class Asked:
    """One change: whose, which words he then shows, when it was asked for and when the door had answered."""

    name: str
    label: str
    sent: float
    done: float = 0.0


@dataclass(slots=True)
class Found:
    """What one page did. Times in milliseconds; shares of one core."""

    changes: int = 0
    seen: int = 0
    unseen: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    after_door_p99_ms: float = 0.0
    main_thread: float = 0.0
    heap_begin_mb: float = 0.0
    heap_end_mb: float = 0.0
    processor: dict[str, float] = field(default_factory=dict)
    asked_per_second: float = 0.0


class World:
    """The agents, and what each of them can change to."""

    def __init__(self, centre: BenchCentre, agents: Sequence[tuple[AgentId, str]], reasons: Any) -> None:
        self._centre = centre
        self._agents = list(agents)
        self._reasons = reasons
        self._place = 0
        self._turns: dict[AgentId, int] = {}
        self.asked: list[Asked] = []
        self.refused = 0

    async def run(self, seconds: float) -> float:
        """Changes at the given pace; gives how many were asked for each second."""
        self.asked.clear()
        began = time.perf_counter()
        rounds = int(seconds * HERTZ)
        async with asyncio.TaskGroup() as tasks:
            for number in range(rounds):
                pause = began + number / HERTZ - time.perf_counter()
                if pause > 0:
                    await asyncio.sleep(pause)
                for _ in range(EACH):
                    agent_id, name = self._agents[self._place % len(self._agents)]
                    self._place += 1
                    tasks.create_task(self._change(agent_id, name))
        return len(self.asked) / (time.perf_counter() - began)

    async def _change(self, agent_id: AgentId, name: str) -> None:
        turn = self._turns[agent_id] = self._turns.get(agent_id, 0) + 1
        reason_id, label = self._reasons[turn % len(self._reasons)]
        asked = Asked(name=name, label=label, sent=time.time())
        try:
            await self._centre.ask(GetNotReady(agent_id=agent_id, reason_id=reason_id))
        except Refused:
            self.refused += 1
            return
        asked.done = time.time()
        self.asked.append(asked)


@contextlib.asynccontextmanager
async def bare_board(address: str, names: dict[int, str], labels: dict[int, str]) -> AsyncIterator[str]:
    """The peer: rows of now that changed, as they are, to whoever looks."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=BARE_PAGE, content_type="text/html")

    async def feed(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = await database.connect(address, name="otklik bench board")
        last = -1
        try:
            while not socket.closed:
                rows = await connection.fetch(
                    "select agent_id, reason_id, seq from agent_now where site_id = 1 and seq > $1", last
                )
                last = max((row["seq"] for row in rows), default=last)
                shown = [
                    [row["agent_id"], names[row["agent_id"]], labels.get(row["reason_id"], "")]
                    for row in rows
                    if row["agent_id"] in names
                ]
                if shown:
                    await socket.send_str(json.dumps(shown))
                await asyncio.sleep(1 / HERTZ)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await follower.wait_beyond(last)
        except ConnectionError:
            pass
        finally:
            await connection.close()
        return socket

    follower = Follower(address, site_id=SiteId(1))
    following = asyncio.create_task(follower.run(), name="bare follower")
    application = web.Application()
    application.add_routes([web.get("/", page), web.get("/feed", feed)])
    runner = web.AppRunner(application, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PEER_PORT).start()
    try:
        yield f"http://127.0.0.1:{PEER_PORT}/"
    finally:
        await runner.cleanup()
        following.cancel()
        await asyncio.wait([following])


async def watch(
    page: Page, where: dict[str, str], world: World, centre: BenchCentre, seconds: float
) -> Found:
    """Lets changes happen while the page shows them, and matches the two."""
    await world.run(WARM_SECONDS)
    await page.evaluate(WATCH, where)
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    heap_begin = await _heap(session)
    before, own = await _metrics(session), look(centre.pids())
    began = time.perf_counter()
    rate = await world.run(seconds)
    after, own_after = await _metrics(session), look(centre.pids())
    elapsed = time.perf_counter() - began
    await asyncio.sleep(1)
    changes = await page.evaluate("window.__changes")
    heap_end = await _heap(session)
    found = match(world.asked, changes)
    found.main_thread = (after["TaskDuration"] - before["TaskDuration"]) / elapsed
    found.heap_begin_mb, found.heap_end_mb = heap_begin, heap_end
    used = spent(own, own_after)
    used.pop("machine")
    found.processor = {name: seconds / elapsed for name, seconds in used.items() if seconds}
    found.asked_per_second = rate
    await session.detach()
    return found


def match(asked: Sequence[Asked], changes: Sequence[Sequence[Any]]) -> Found:
    """Each change of an agent on the screen with the row's change to its words, before his next one."""
    shown: dict[str, list[tuple[str, float]]] = {}
    for name, label, at_ms in changes:
        shown.setdefault(name, []).append((label, at_ms))
    by_name: dict[str, list[Asked]] = {}
    for one in asked:
        by_name.setdefault(one.name, []).append(one)
    delays: list[float] = []
    after_door: list[float] = []
    unseen = 0
    for name, rows in shown.items():
        mine = by_name.get(name, [])
        ends = [one.sent * 1000 for one in mine[1:]] + [float("inf")]
        for one, end in zip(mine, ends, strict=True):
            begin = one.sent * 1000
            at = next((at for label, at in rows if at >= begin and one.label in label), None)
            # Later than his next change, the words are those of another turn.
            if at is None or at > end + 1000:
                unseen += 1
            else:
                delays.append(at - begin)
                after_door.append(at - one.done * 1000)
    found = Found(changes=len(asked), seen=len(delays), unseen=unseen)
    if delays:
        delays.sort()
        after_door.sort()
        found.p50_ms = statistics.median(delays)
        found.p99_ms = delays[int(len(delays) * 0.99)]
        found.max_ms = delays[-1]
        found.after_door_p99_ms = after_door[int(len(after_door) * 0.99)]
    return found


async def _metrics(session: CDPSession) -> dict[str, float]:
    found = await session.send("Performance.getMetrics")
    return {one["name"]: float(one["value"]) for one in found["metrics"]}


async def _heap(session: CDPSession) -> float:
    """Megabytes that are in use after a collection."""
    await session.send("HeapProfiler.collectGarbage")
    return (await _metrics(session))["JSHeapUsedSize"] / 1e6


async def sign_in(context: BrowserContext, centre: BenchCentre, login: str = "supervisor") -> list[Any]:
    """As the page does it, the first password changed on the way; gives the reasons."""
    headers = {"X-Otklik": "1"}
    password = centre.password_of(login)
    api = context.request
    for path, body in (
        ("sign-in", {"login": login, "password": password}),
        ("me/password", {"current": password, "new": f"{password}-next"}),
    ):
        answer = await api.post(f"{centre.base}/api/v1/{path}", data=body, headers=headers)
        if not answer.ok:
            raise RuntimeError(f"{path}: {answer.status} {await answer.text()}")
    return list(await (await api.get(f"{centre.base}/api/v1/reasons")).json())


async def set_up(centre: BenchCentre) -> list[tuple[AgentId, str]]:
    """500 agents who are signed in, with their names as the board shows them."""
    skill_id = SkillId((await centre.change(SaveSkill(skill=Skill(name="Bench"))))[0])
    made = await centre.add_agents(AGENTS, skill_id)
    await centre.ask_all([SignInAgentHere(agent_id=agent_id) for agent_id, _, _ in made])
    return [(agent_id, f"Agent {number:03d}") for number, (agent_id, _, _) in enumerate(made, 1)]


async def measure(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    """The board and its peer, one after the other under the same changes."""
    centre = BenchCentre(folder / "otklik", PORT, channel="simulator", environment={"LANG": "en_US.UTF-8"})
    centre.start()
    try:
        await centre.until_healthy()
        agents = await set_up(centre)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(FLAGS)
            )
            try:
                return await _measure(browser, centre, agents, words)
            finally:
                await browser.close()
    finally:
        await centre.close()
        await asyncio.to_thread(centre.stop)


async def _measure(
    browser: Browser, centre: BenchCentre, agents: Sequence[tuple[AgentId, str]], words: argparse.Namespace
) -> dict[str, Any]:
    context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="en-GB")
    reasons = [one for one in await sign_in(context, centre) if not one["needs_permission"]]
    named = [(ReasonId(int(one["id"])), str(one["name_en"])) for one in reasons]
    world = World(centre, agents, named)
    page = await context.new_page()
    # In order of names, so that rows keep their places and the same agents stay on the screen.
    await page.goto(f"{centre.base}/live?sort=name&find=Agent")
    await page.wait_for_selector(BOARD["row"])
    if not await page.locator(BOARD["row"]).count():
        raise RuntimeError("the board shows no row")
    board = await watch(page, BOARD, world, centre, words.seconds)
    await page.close()
    names = {int(agent_id): name for agent_id, name in agents}
    labels = {int(reason_id): label for reason_id, label in named}
    address = database.address_of(centre.settings)
    async with bare_board(address, names, labels) as url:
        page = await context.new_page()
        await page.goto(url)
        await page.wait_for_selector("tr:nth-child(400)", timeout=20_000)
        peer = await watch(page, BARE, world, centre, max(10.0, words.seconds / 3))
        await page.close()
    await context.close()
    return {"board": _shown(board), "peer": _shown(peer), "refused": world.refused}


def _shown(found: Found) -> dict[str, Any]:
    return {
        "changes": found.changes,
        "asked_per_second": round(found.asked_per_second, 1),
        "seen": found.seen,
        "unseen": found.unseen,
        "p50_ms": round(found.p50_ms, 1),
        "p99_ms": round(found.p99_ms, 1),
        "max_ms": round(found.max_ms, 1),
        "after_door_p99_ms": round(found.after_door_p99_ms, 1),
        "main_thread": round(found.main_thread, 3),
        "heap_begin_mb": round(found.heap_begin_mb, 1),
        "heap_end_mb": round(found.heap_end_mb, 1),
        "processor": {name: round(value, 3) for name, value in found.processor.items()},
    }


def missing() -> str:
    """What keeps this from running here; "" if nothing does."""
    return "" if shutil.which("chromium") else "chromium is not here (apt install chromium)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", type=Path, help="write everything to this file, too")
    words = parser.parse_args()
    absent = missing()
    if absent:
        print(f"cannot run: {absent}")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="otklik-bench-"))
    try:
        found = asyncio.run(measure(folder, words))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if words.json:
        words.json.write_text(json.dumps(found, indent=1))
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
