"""Durable events each second with their facts, and how long one waits for its commit.

    python -m bench.journal [--seconds 6] [--rates 100 500 2000]

Whole calls of the real engine (200 agents) go through the real writer into a private PostgreSQL that waits
for its disk (fsync on). The peer in the same run is the least a journal could do: the same lines by COPY
into one table, one transaction for each batch, no facts, no cursor, no bell. The ratio tells what the facts
cost.
"""

import argparse
import asyncio
import json
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from otklik import database
from otklik.acd import commands as ask
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.model import AgentProfile, QueueRules, SkillRequirement
from otklik.journal.codec import Codec
from otklik.journal.store import Holder, JournalWriter
from otklik.operations import migrating, postgres, processes
from otklik.operations.postgres import Server
from otklik.reports.projections import Facts, Live
from otklik.reports.verify import refold
from otklik.vocabulary.ids import AgentId, InteractionId, OfferId, PartyId, QueueId, SiteId, SkillId

SITE = SiteId(1)
AGENTS, QUEUES = 200, 10
BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CODEC = Codec(AcdEvent)


class Calls:
    """Whole calls, from the arrival to the end of wrap-up: steps of events as the engine gives them."""

    def __init__(self) -> None:
        self.engine = Engine(is_checked=False)
        self.at = BEGIN
        self._next = 0
        self._steps: list[list[AcdEvent]] = []
        self._do(*self._set_up())
        self._steps = [[event for step in self._steps for event in step]]

    def steps(self, count: int) -> list[list[AcdEvent]]:
        """At least so many events, in the steps in which they are decided."""
        while sum(map(len, self._steps)) < count:
            self._call()
        found, self._steps = self._steps, []
        return found

    def _set_up(self) -> Sequence[ask.AcdCommand]:
        found: list[ask.AcdCommand] = []
        for number in range(1, QUEUES + 1):
            skill = SkillRequirement(skill_id=SkillId(number))
            rules = QueueRules(queue_id=QueueId(number), skills=(skill,), name=f"queue {number}")
            found.append(ask.ConfigureQueue(at=self.at, queue=rules))
        for number in range(1, AGENTS + 1):
            agent_id = AgentId(number)
            profile = AgentProfile(agent_id=agent_id, skills={SkillId(1 + number % QUEUES): 5})
            found += [
                ask.ConfigureAgent(at=self.at, agent=profile),
                ask.SignInAgent(at=self.at, agent_id=agent_id),
                ask.NoteDevice(at=self.at, agent_id=agent_id, is_reachable=True),
                ask.MakeAgentReady(at=self.at, agent_id=agent_id),
            ]
        return found

    def _do(self, *commands: ask.AcdCommand) -> None:
        for command in commands:
            self._steps.append([*self.engine.advance(command.at), *self.engine.handle(command)])

    def _call(self) -> None:
        self._next += 1
        interaction_id = InteractionId(self._next)
        party_id = PartyId(1 + self._next % 5000)
        self._do(ask.RegisterInteraction(at=self.at, interaction_id=interaction_id, party_id=party_id))
        self._do(ask.EnterFlow(at=self._soon(1000), interaction_id=interaction_id))
        queue_id = QueueId(1 + self._next % QUEUES)
        self._do(ask.EnqueueInteraction(at=self._soon(10), interaction_id=interaction_id, queue_id=queue_id))
        interaction = self.engine.interaction(interaction_id)
        assert interaction is not None
        agent_id = interaction.agent_id
        self._do(ask.AcceptOffer(at=self._soon(700), offer_id=OfferId(interaction.offer_id)))
        self._do(ask.ConfirmConnection(at=self._soon(90), interaction_id=interaction_id))
        self._do(
            ask.FinishTalk(at=self._soon(20_000), agent_id=agent_id, interaction_id=interaction_id),
            ask.FinishWrapUp(at=self._soon(4000), agent_id=agent_id),
        )

    def _soon(self, milliseconds: int) -> datetime:
        self.at += timedelta(milliseconds=milliseconds)
        return self.at


def batches_of(steps: list[list[AcdEvent]], size: int) -> list[list[AcdEvent]]:
    """Steps joined to batches of at least `size` events."""
    batches: list[list[AcdEvent]] = [[]]
    for step in steps:
        if len(batches[-1]) >= size:
            batches.append([])
        batches[-1] += step
    return batches


async def as_fast_as_possible(writer: JournalWriter, calls: Calls, size: int, seconds: float) -> float:
    """Durable events each second when the next batch is always ready."""
    batches = batches_of(calls.steps(max(400, size) * 60), size)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        if not batches:
            paused = time.perf_counter()
            batches = batches_of(calls.steps(max(400, size) * 60), size)
            began += time.perf_counter() - paused
        batch = batches.pop(0)
        await writer.append(batch)
        count += len(batch)
    return count / (time.perf_counter() - began)


async def peer(connection: Any, calls: Calls, size: int, seconds: float) -> float:
    """The same for bare lines."""
    await connection.execute(
        "create table if not exists bare (seq bigint, at_ms bigint, kind int, body jsonb)"
    )
    batches = batches_of(calls.steps(max(400, size) * 60), size)
    count = place = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        batch = batches[place % len(batches)]
        place += 1
        lines = [(count, place, event.KIND, CODEC.encode(event)) for event in batch]
        async with connection.transaction():
            await connection.copy_records_to_table("bare", records=lines)
        count += len(batch)
    return count / (time.perf_counter() - began)


async def at_rate(writer: JournalWriter, calls: Calls, rate: int, seconds: float) -> dict[str, float]:
    """Steps come at their moments; whatever has gathered is one batch, as in the switchboard's loop."""
    steps = calls.steps(int(rate * seconds))
    inbox: list[tuple[float, list[AcdEvent]]] = []
    took: list[float] = []
    came = asyncio.Event()
    began = time.perf_counter()
    done = False

    async def arrive() -> None:
        nonlocal done
        sent = 0
        for step in steps:
            pause = began + sent / rate - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            inbox.append((time.perf_counter(), step))
            came.set()
            sent += len(step)
        done = True
        came.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(arrive(), name="arrivals")
        while not done or inbox:
            await came.wait()
            came.clear()
            taken, inbox[:] = list(inbox), []
            if taken:
                await writer.append([event for _, step in taken for event in step])
                now = time.perf_counter()
                took += [(now - at) * 1000 for at, _ in taken]
    took.sort()
    return {
        "events_per_second": sum(map(len, steps)) / (time.perf_counter() - began),
        "p50_ms": statistics.median(took),
        "p99_ms": took[int(len(took) * 0.99)],
    }


async def measure(address: str, words: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    calls = Calls()
    writer = await JournalWriter.open(
        address,
        site_id=SITE,
        codec=CODEC,
        projections=[Facts(SITE), Live(SITE)],
        holder=Holder.of_this_process("bench"),
    )
    await writer.append([event for step in calls.steps(1) for event in step])
    bare = await database.connect(address, name="otklik bench")
    found: dict[str, Any] = {"at_rate": {}, "batch": {}}
    for rate in words.rates:
        found["at_rate"][rate] = await at_rate(writer, calls, rate, words.seconds)
    for size in (1, 10, 100, 1000):
        ours = await as_fast_as_possible(writer, calls, size, words.seconds / 2)
        theirs = await peer(bare, calls, size, words.seconds / 2)
        found["batch"][size] = {
            "events_per_second": ours,
            "peer_events_per_second": theirs,
            "ratio_to_peer": ours / theirs,
        }
    found["events"] = int(writer.seq)
    found["behind"] = sorted(writer.behind)
    if words.verify:
        found["differences"] = len(await refold(bare, CODEC, site_id=SITE))
    await bare.close()
    await writer.close()
    return found


def serve(folder: Path) -> tuple[Server, Any]:
    """A private PostgreSQL that waits for its disk."""
    installation = postgres.find_installation()
    server = Server(
        installation=installation,
        runner=postgres.find_runner(installation, folder / "data"),
        data=folder / "data",
        sockets=folder / "run",
        password_file=folder / "password",
    )
    server.initialize()
    running = processes.start(
        server.command(),
        pid_file=folder / "pid",
        log_file=folder / "log",
        environment=postgres.clean_environment(),
        mark="bench",
    )
    return server, running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rates", type=int, nargs="*", default=[100, 500, 2000])
    parser.add_argument("--verify", action="store_true", help="compare all rows with a fresh fold at the end")
    words = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="otklik-bench-"))
    server, running = serve(folder)
    try:
        address = database.private_address(server.password_file, server.sockets)
        while not asyncio.run(database.answers(address)):
            time.sleep(0.05)
        asyncio.run(database.make_database(address, "otklik"))
        migrating.upgrade(address)
        found = uvloop.run(measure(address, words))
    finally:
        asyncio.run(processes.stop(running, polite=signal.SIGINT))
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found, indent=1, default=str))


if __name__ == "__main__":
    main()
