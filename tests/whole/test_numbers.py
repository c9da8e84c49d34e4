"""Live numbers, rows, reports and a fresh fold of the journal are one and the same after every step.

The steps are those of real phones: customers call and hang up, agents answer, decline, hold, wrap up, dial.
The test does not know what must come out; it knows that everybody must say the same.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest_asyncio

from otklik import database
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.reports.cli import Asked, report_text
from otklik.reports.verify import refold
from otklik.settings import read_settings
from otklik.simulation.retelling import Retelling
from otklik.switchboard.events import EngineStarted
from otklik.vocabulary.ids import SiteId
from otklik.wiring.engine import codec
from tests.slowness import patience
from tests.whole.centre import Leg
from tests.whole.conftest import DIRECT, SUPPORT, WHOLE, Phone, Scene
from tests.whole.feed import Board

pytestmark = WHOLE

STEPS = 200
SEED = 20261121
SITE = SiteId(1)
MOST_CUSTOMERS = 4
SLOT_MS = 900_000
REAL_COMMAND_EVERY = 50
SAME_SECONDS = 12.0
"""Figures of agents are read again every ten seconds; all else follows within one."""
VOICE_STATES = (
    "signed_out",
    "not_ready",
    "ready",
    "offered",
    "connecting",
    "connected",
    "held",
    "wrap_up",
    "reconnecting",
)
ANSWERED_LEAST, LEFT_LEAST, DIALED_LEAST = 8, 4, 2


@pytest_asyncio.fixture(loop_scope="session")
async def rows(scene: Scene) -> AsyncIterator[Any]:
    """A connection to the centre's own database."""
    settings, _ = read_settings({"home": scene.centre.home})
    connection = await database.connect(database.address_of(settings), name="test of the numbers")
    yield connection
    await connection.close()


async def test_everybody_says_the_same_after_each_step(scene: Scene, rows: Any, soak: int) -> None:
    seed = SEED if soak == 1 else SEED + soak
    crowd = Crowd(scene, random.Random(seed))
    began = time.monotonic()
    for step in range(STEPS * soak):
        done = await crowd.step()
        try:
            await agree(scene, rows, real_command=step % REAL_COMMAND_EVERY == 0)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, step {step} ({done}): {error}") from error
    took = time.monotonic() - began
    sys.stdout.write(f"{STEPS * soak} steps in {took:.0f} s: {dict(crowd.count)}\n")
    assert crowd.count["answer"] >= ANSWERED_LEAST, crowd.count
    assert crowd.count["customer_leaves"] >= LEFT_LEAST, crowd.count
    assert crowd.count["dial"] >= DIALED_LEAST, crowd.count


async def test_an_altered_counter_is_seen_on_the_board_and_by_verify(scene: Scene, rows: Any) -> None:
    """The tile reads the very row that the report reads: nobody keeps a second count."""
    agent = scene.agents[0]
    await scene.ready(agent)
    await scene.call("+79161150000", DIRECT)
    await scene.world.hang_up(await scene.answered_by(agent))
    await scene.until_state(agent, "wrap_up")
    answered = int(scene.feed.board.queues[SUPPORT]["answered"])
    assert answered > 0

    slot = await rows.fetchval("select max(slot) from qslot where queue_id = $1 and answered > 0", SUPPORT)
    change = "update qslot set answered = answered + $1 where queue_id = $2 and slot = $3"
    await rows.execute(change, 7, SUPPORT, slot)
    try:
        await scene.feed.until(lambda board: board.queues[SUPPORT]["answered"] == answered + 7)
        assert (await days_of_command(scene))["Support"]["answered"] == answered + 7
        verdict = await scene.centre.command("verify")
        assert verdict.returncode == 1
        assert "qslot" in verdict.stdout + verdict.stderr
    finally:
        await rows.execute(change, -7, SUPPORT, slot)
    await scene.feed.until(lambda board: board.queues[SUPPORT]["answered"] == answered)
    assert (await scene.centre.command("verify")).returncode == 0


async def test_the_twin_decides_what_the_live_engine_decided(scene: Scene, rows: Any) -> None:
    """Byte for byte, since the process started last. OTKLIK_TEST_RECORD=FILE keeps what was told."""
    record = os.environ.get("OTKLIK_TEST_RECORD")
    if record:
        await let_time_decide(scene)
    read = codec()
    found = await rows.fetch("select seq, kind, body from journal where site_id = $1 order by seq", SITE)
    events = [read.decode(row["kind"], row["body"]) for row in found]
    start = max(place for place, event in enumerate(events) if isinstance(event, EngineStarted))
    before, since = (
        [one for one in part if isinstance(one, AcdEvent)] for part in (events[:start], events[start:])
    )
    twin = Engine()
    twin.restore(before)
    retelling = Retelling(twin)

    difference = retelling.tell(since)

    assert difference is None, difference
    sys.stdout.write(f"{retelling.commands} commands asked again, {retelling.decided} events by time alone\n")
    assert retelling.commands > STEPS / 2
    if record:
        assert not before
        Path(record).write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in since))


async def let_time_decide(scene: Scene) -> None:
    """Nobody answers, nobody finishes: an offer and a wrap-up come to their end by themselves."""
    await scene.idle()
    agent = scene.agents[0]
    for is_answered in (False, True):
        await scene.until_waiting(0)
        await scene.ready(agent)
        scene.world.take_rings()  # those that nobody answered
        leg = await scene.call("+79161150001", DIRECT)
        if is_answered:
            await scene.answered_by(agent)
            await scene.world.hang_up(leg)
            await scene.until_state(agent, "wrap_up")
            await scene.until_state(agent, "ready", seconds=60)
        else:
            await scene.until_state(agent, "offered")
            await scene.until_state(agent, "not_ready", seconds=60)
            await scene.world.hang_up(leg)


# --- who does the steps


@dataclass(slots=True)
class Crowd:
    """Customers and agents who do something by chance. count: what was done how often."""

    scene: Scene
    dice: random.Random
    customers: list[Leg] = field(default_factory=list)
    phones: dict[str, Leg] = field(default_factory=dict)
    reached: list[Leg] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    async def step(self) -> str:
        """One thing that is possible now; gives its name."""
        await self._look()
        possible = self._possible()
        name, act = self.dice.choice(possible)
        await act()
        self.count[name] += 1
        return name

    async def _look(self) -> None:
        """Who rings, who is gone."""
        world = self.scene.world
        for name, leg in world.take_rings():
            if name.startswith("+"):
                self.reached.append(leg)
            else:
                self.phones[name] = leg
        self.customers = [leg for leg in self.customers if not leg.over.is_set()]
        self.reached = [leg for leg in self.reached if not leg.over.is_set()]
        self.phones = {name: leg for name, leg in self.phones.items() if not leg.over.is_set()}

    def _possible(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        found: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        if len(self.customers) < MOST_CUSTOMERS:
            found += [("call", self._call)] * 2
        found += [("customer_leaves", lambda leg=leg: self._hang_up(leg)) for leg in self.customers]
        found += [("party_answers", lambda leg=leg: self._answer(leg)) for leg in self.reached]
        for agent in self.scene.agents:
            state = self.scene.feed.board.agents[agent.agent_id]["state"]
            phone = self.phones.get(agent.phone)
            found += self._possible_for(agent, state, phone)
        return found

    def _possible_for(
        self, agent: Phone, state: str, phone: Leg | None
    ) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        def press(name: str, path: str, **body: Any) -> tuple[str, Callable[[], Awaitable[None]]]:
            return name, lambda: self._press(agent, path, body)

        match state:
            case "not_ready":
                party = f"+7495000{self.dice.randrange(10_000):04}"
                return [*[press("ready", "ready")] * 3, press("dial", "dial", number=party)]
            case "ready":
                return [press("pause", "not-ready", reason_id=2)]
            case "offered" if phone is not None:
                decline = ("decline", lambda: self._decline(phone))
                return [*[("answer", lambda: self._answer(phone))] * 4, decline]
            case "connecting" if phone is not None and not phone.up.is_set():
                return [("own_phone_answers", lambda: self._answer(phone))] * 2
            case "connected":
                talk = self._interaction(agent)
                return [
                    press("hold", "hold", interaction_id=talk),
                    press("agent_leaves", "hang-up", interaction_id=talk),
                    press("pause_later", "not-ready", reason_id=1),
                ]
            case "held":
                return [press("resume", "resume", interaction_id=self._interaction(agent))] * 2
            case "wrap_up":
                return [
                    *[press("finish", "wrap-up/finish")] * 2,
                    press("extend", "wrap-up/extend", seconds=30),
                ]
            case _:
                return []

    def _interaction(self, agent: Phone) -> str:
        return str(self.scene.feed.board.agents[agent.agent_id]["interaction_id"])

    async def _call(self) -> None:
        calling = f"+7916115{self.dice.randrange(1, 10_000):04}"
        self.customers.append(await self.scene.call(calling, DIRECT))

    async def _hang_up(self, leg: Leg) -> None:
        await self.scene.world.hang_up(leg)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await leg.over.wait()

    async def _answer(self, leg: Leg) -> None:
        await self.scene.world.answer(leg)

    async def _decline(self, leg: Leg) -> None:
        await self.scene.world.hang_up(leg, reason="busy")

    async def _press(self, agent: Phone, path: str, body: dict[str, Any]) -> None:
        """What the world has overtaken is refused, and that is a step, too."""
        status, found = await agent.api.ask("POST", f"/api/v1/desk/{path}", body)
        assert status < 500, found
        if status >= 300:
            self.count[f"refused {found['code']}"] += 1


# --- what everybody says


async def agree(scene: Scene, rows: Any, *, real_command: bool) -> None:
    """The board follows within a moment; then all are compared at once."""
    deadline = time.monotonic() + patience(SAME_SECONDS)
    while True:
        differences = await compare(scene.feed.board, rows)
        if not differences:
            break
        assert time.monotonic() < deadline, f"the board differs: {differences}"
        await asyncio.sleep(0.02)
    wrong = await refold(rows, codec(), site_id=SITE)
    assert not wrong, f"the journal tells otherwise: {wrong[:3]}"
    if real_command:
        by_command = await days_of_command(scene)
        assert by_command == await days_of(rows, "days"), "the command says otherwise"


async def compare(board: Board, rows: Any) -> list[str]:
    """The board against the rows, and both against the reports; what differs."""
    async with rows.transaction(isolation="repeatable_read"):
        counted = await counters(rows)
        waiting = await waiting_by_queue(rows)
        agents = await agents_now(rows)
        open_now = await open_interactions(rows)
        queues_report = await days_of(rows, "days")
        agents_report = await days_of(rows, "agents")
    found: list[str] = []
    for queue_id, tile in board.queues.items():
        wanted = counted.get(queue_id, dict.fromkeys(SUMS, 0)) | {"waiting": waiting.get(queue_id, 0)}
        found += differing(f"queue {queue_id}", {name: tile[name] for name in wanted}, wanted)
        reported = queues_report.get(tile["name"])
        if reported is not None:
            names = ("offered", "answered", "abandoned", "short_abandons", "overflows")
            shares = ("service_level", "service_level_strict")
            said = {name: reported[name] for name in names}
            said |= {name: nearly(reported[name]) for name in shares}
            shown = {name: tile[name] for name in names} | {name: nearly(tile[name]) for name in shares}
            found += differing(f"report of queue {queue_id}", shown, said)
    for agent_id, tile in board.agents.items():
        wanted = agents.get(agent_id)
        if wanted is not None:
            found += differing(f"agent {agent_id}", {name: tile[name] for name in wanted}, wanted)
        reported = agents_report.get(tile["name"], {"handled": 0, "missed_offers": 0})
        shown = {"handled": tile["handled"], "missed_offers": tile["missed"]}
        said = {name: reported[name] or 0 for name in shown}
        found += differing(f"report of agent {agent_id}", shown, said)
    found += differing("interactions", dict.fromkeys(board.interactions), dict.fromkeys(open_now))
    return found


SUMS = {
    "offered": "offered",
    "answered": "answered",
    "abandoned": "abandoned",
    "short_abandons": "short_ab",
    "overflows": "overflow",
    "in_sl": "in_sl",
    "wait_ms_total": "wait_ms",
}
"""Names on a tile and the columns of which they are the sums."""


async def counters(rows: Any) -> dict[int, dict[str, int]]:
    sums = ", ".join(f"sum({column})::bigint as {name}" for name, column in SUMS.items())
    query = f"select queue_id, {sums} from qslot where slot >= $1 group by queue_id"
    found = await rows.fetch(query, await first_slot_of_today(rows))
    return {row["queue_id"]: {name: row[name] for name in SUMS} for row in found}


async def waiting_by_queue(rows: Any) -> dict[int, int]:
    """In a queue and with nobody yet: waiting, offered, connecting."""
    found = await rows.fetch(
        "select queue_id, count(*) as waiting from interaction_now"
        " where queued_ms <> 0 and answered_ms = 0 and ended_ms = 0 and direction = 1 group by queue_id"
    )
    return {row["queue_id"]: row["waiting"] for row in found}


async def open_interactions(rows: Any) -> list[str]:
    found = await rows.fetch(
        "select interaction_id from interaction_now where ended_ms = 0 and project_id <> 9999"
    )
    return [str(row["interaction_id"]) for row in found]


async def agents_now(rows: Any) -> dict[int, dict[str, Any]]:
    found = await rows.fetch("select * from agent_now")
    return {
        row["agent_id"]: {
            "state": VOICE_STATES[row["state"]],
            "since_ms": row["since_ms"],
            "reason_id": row["reason_id"] or None,
            "interaction_id": str(row["interaction_id"]) if row["interaction_id"] else None,
            "intent": row["intent"] or None,
            "deadline_ms": row["deadline_ms"] or None,
            "reachable": row["device_reachable"],
        }
        for row in found
    }


async def days_of(rows: Any, kind: str) -> dict[str, dict[str, Any]]:
    """What the command line would print of today, by queue or agent."""
    zone = await zone_of(rows)
    now = await now_of(rows)
    day = now.astimezone(zone).date()
    names = await rows.fetch("select person_id, name from person")
    text = await report_text(
        rows,
        Asked(kind=kind, first=day, end=day + timedelta(days=1), as_of=now, form="json"),
        site_id=SITE,
        zone=zone,
        agent_names={row["person_id"]: row["name"] for row in names},
    )
    return {row.get("queue") or row["agent"]: row for row in json.loads(text)}


async def days_of_command(scene: Scene) -> dict[str, dict[str, Any]]:
    """What the command really prints."""
    health = await scene.centre.until_healthy()
    site = await scene.admin.get("/api/v1/site")
    day = datetime.fromisoformat(health["at"]).astimezone(ZoneInfo(site["zone"])).date()
    period = ("--from", str(day), "--to", str(day + timedelta(days=1)))
    done = await scene.centre.command("report", "days", *period, "--format", "json")
    assert done.returncode == 0, done.stderr
    return {row["queue"]: row for row in json.loads(done.stdout)}


async def first_slot_of_today(rows: Any) -> int:
    midnight = (
        (await now_of(rows))
        .astimezone(await zone_of(rows))
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )
    return int(midnight.timestamp() * 1000) // SLOT_MS


async def zone_of(rows: Any) -> ZoneInfo:
    return ZoneInfo(await rows.fetchval("select zone from site where site_id = $1", SITE))


async def now_of(rows: Any) -> datetime:
    found: datetime = await rows.fetchval("select clock_timestamp()")
    return found


def nearly(share: float | None) -> float | None:
    return None if share is None else round(share, 6)


def differing(what: str, shown: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    if shown == wanted:
        return []
    names = [name for name in {**shown, **wanted} if shown.get(name, "-") != wanted.get(name, "-")]
    return [f"{what}: {[(name, shown.get(name, '-'), wanted.get(name, '-')) for name in names]}"]
