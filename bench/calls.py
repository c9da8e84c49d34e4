"""The same calls through Asterisk's own queue and through Otklik with its journal on.

    python -m bench.calls [--seconds 20] [--rates 20 40 60 80] [--repeat 3] [--json FILE]

sipp customers call through a trunk; sipp is the phones of 120 agents, who registered with digest, ring for
50 ms, talk for a second and hang up. From INVITE in to INVITE towards the phone is taken from the packets on
loopback, matched by the caller's number (each calls once, so each is new to both). Peer: the same program,
`app_queue`, the longest idle first; see `native.py`. The two take turns at every rate, so that both meet the
same machine. Needs root (raw socket) and sipp.

A rate is held when no call is lost, what was asked for was placed, and 99 of 100 ring within 500 ms: SIP's
T1, after which an INVITE is sent again.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import native, sipp
from bench.capture import Capture, Seen
from bench.centre import BenchCentre
from bench.processor import look, prefer, spent
from bench.sipp import Place, Sipp
from otklik.acd.model import SkillRequirement
from otklik.organization.commands import SaveNumber, SaveQueue, SaveSkill, SaveTrunk
from otklik.organization.model import Number, Queue, Skill, Trunk
from otklik.switchboard.requests import GetReady, Question, SignInAgentHere
from otklik.vocabulary.ids import AgentId, ProjectId, QueueId, SkillId

AGENTS = 120
PORT = 27100
RTP = (27200, 27699)
CENTRE, PEER = ("127.0.0.12", 27060), ("127.0.0.13", 27061)
CUSTOMERS = {"otklik": Place("127.0.0.10", 27010, 27700), "native": Place("127.0.0.14", 27011, 27710)}
PHONES = {"otklik": Place("127.0.0.11", 27020, 27720), "native": Place("127.0.0.15", 27021, 27730)}
PLAIN, RECORDED = "5000", "5001"
T1_SECONDS = 0.5
SHARE_PLACED = 0.95


@dataclass(slots=True)
class Row:
    """One run of one side. Times in milliseconds; processor in milliseconds for each call, by process.

    lost: calls that did not go all the way. again: INVITEs that were sent a second time. others: share of
    the whole machine that was not this bench's. calls: how many the figures stand on.
    """

    side: str
    number: str
    asked: int
    placed: float = 0.0
    calls: int = 0
    lost: int = 0
    unrung: int = 0
    again: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    processor_ms: dict[str, float] = field(default_factory=dict)
    others: float = 0.0
    load: float = 0.0
    delays: list[float] = field(default_factory=list)
    words: str = ""

    @property
    def is_held(self) -> bool:
        is_placed = self.placed >= SHARE_PLACED * self.asked
        return not self.lost and not self.unrung and is_placed and self.p99_ms < T1_SECONDS * 1000


@dataclass(slots=True)
class Side:
    """What calls go through."""

    name: str
    host: str
    port: int
    pids: Callable[[], dict[str, int]]
    settle: Callable[[], Awaitable[None]]

    @property
    def sip(self) -> str:
        return f"{self.host}:{self.port}"


class Bench:
    """Both sides, ready for calls."""

    def __init__(self, folder: Path, *, nice: int = 0) -> None:
        """nice: see `processor.prefer`; 0 is none."""
        self._folder = folder
        self._nice = nice
        self._sipp = Sipp(folder / "sipp")
        self._root = native.provide_root()
        self.is_same_program = native.is_same_program(self._root)
        self.version = self._root.version
        self.centre = BenchCentre(
            folder / "otklik",
            PORT,
            channel="asterisk",
            environment={
                "OTKLIK_ASTERISK_ROOT": str(self._root.folder),
                "OTKLIK_SIP_BIND": CENTRE[0],
                "OTKLIK_SIP_PORT": str(CENTRE[1]),
                "OTKLIK_RTP_FROM": str(RTP[0]),
                "OTKLIK_RTP_TO": str(RTP[1]),
            },
        )
        self.native = native.NativeQueue(
            folder / "native", self._root, host=PEER[0], port=PEER[1], ari_port=PORT + 3, rtp=RTP
        )
        self._agents: list[tuple[AgentId, str, str]] = []
        self._caller = 0
        self.sides: dict[str, Side] = {}

    async def open(self) -> None:
        """Starts both, registers the phones, makes the agents ready."""
        self.centre.start()
        await self.centre.until_healthy()
        await self._set_up()
        phones = [(login, secret) for _, login, secret in self._agents]
        await asyncio.to_thread(self.native.start, phones, CUSTOMERS["native"].sip)
        assert self.native.process is not None
        peer_pid = self.native.process.pid
        self.sides = {
            "native": Side("native", *PEER, lambda: {"asterisk": peer_pid}, self._settle_native),
            "otklik": Side("otklik", *CENTRE, self.centre.pids, self._settle_otklik),
        }
        if not self._prefer():
            print("no preference: the kernel has no autogroups, or this is not root")
        for name, side in self.sides.items():
            await asyncio.to_thread(self._sipp.register, phones, at=PHONES[name], centre=side.sip)
        with self.phones(has_voice=False):
            await self._sign_in()

    def _prefer(self) -> bool:
        """Both sides, sipp and this program alike."""
        if not self._nice:
            return True
        pids = [os.getpid(), *(pid for side in self.sides.values() for pid in side.pids().values())]
        return prefer(pids, self._nice)

    async def close(self) -> None:
        self.native.stop()
        await self.centre.close()
        await asyncio.to_thread(self.centre.stop)
        if self._nice:
            # Whatever the same shell does next is no bench.
            prefer([os.getpid()], 0)

    @contextlib.contextmanager
    def phones(self, *, has_voice: bool) -> Iterator[None]:
        """All phones of both sides are there."""
        runs = [
            self._sipp.phones(at=PHONES[name], centre=side.sip, has_voice=has_voice)
            for name, side in self.sides.items()
        ]
        try:
            yield
        finally:
            for run in runs:
                run.stop()

    async def _set_up(self) -> None:
        here = CUSTOMERS["otklik"]
        skill_id = SkillId((await self.centre.change(SaveSkill(skill=Skill(name="Bench"))))[0])
        made = await self.centre.change(
            SaveQueue(
                queue=Queue(
                    name="Bench",
                    project_id=ProjectId(1),
                    skills=(SkillRequirement(skill_id=skill_id),),
                    wrap_up=timedelta(0),
                )
            ),
            SaveTrunk(trunk=Trunk(name="Bench", host=here.host, port=here.port)),
        )
        queue_id = QueueId(made[0])
        await self.centre.change(
            *(
                SaveNumber(
                    number=Number(
                        number=number,
                        name=number,
                        queue_id=queue_id,
                        is_recorded=number == RECORDED,
                        parameters={"greeting": "none"},
                    )
                )
                for number in (PLAIN, RECORDED)
            )
        )
        self._agents = await self.centre.add_agents(AGENTS, skill_id)

    async def _sign_in(self) -> None:
        ids = [agent_id for agent_id, _, _ in self._agents]
        await self.centre.ask_all([SignInAgentHere(agent_id=agent_id) for agent_id in ids])
        deadline = time.monotonic() + 30
        while True:
            ready = await self.centre.ask_all([GetReady(agent_id=agent_id) for agent_id in ids])
            reachable = await asyncio.to_thread(self.native.reachable)
            if ready == len(ids) and reachable == len(ids):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"{ready} agents of Otklik and {reachable} native phones are ready")
            await asyncio.sleep(1)

    async def _settle_otklik(self) -> None:
        """Until no leg is up; whoever missed a ring is made ready again."""
        for _ in range(100):
            facts = (await self.centre.ask(Question(name="health"))).facts
            if not facts["legs"]:
                break
            await asyncio.sleep(0.1)
        await self.centre.ask_all([GetReady(agent_id=agent_id) for agent_id, _, _ in self._agents])

    async def _settle_native(self) -> None:
        for _ in range(100):
            if (
                " 0 active channels"
                in f" {await asyncio.to_thread(self.native.command, 'core show channels')}"
            ):
                break
            await asyncio.sleep(0.1)

    # --- one run

    async def run(self, name: str, *, number: str, rate: int, seconds: float) -> Row:
        """So many calls each second through one side. The phones must be there."""
        side = self.sides[name]
        await side.settle()
        # Backends that began since are sessions of their own.
        self._prefer()
        count = int(rate * seconds)
        calling = [f"+7916{self._caller + place:07d}" for place in range(count)]
        self._caller += count
        capture = Capture(side.host, side.port)
        capture.start()
        before = look(side.pids())
        everything = look({"all": os.getpid()})
        run = self._sipp.customers(
            calling,
            number=number,
            rate=rate,
            at=CUSTOMERS[name],
            centre=side.sip,
            has_voice=number == RECORDED,
        )
        await asyncio.to_thread(run.process.wait)
        await side.settle()
        after = look(side.pids())
        all_after = look({"all": os.getpid()})
        seen = await asyncio.to_thread(capture.stop)
        outcome = run.outcome()
        row = _row_of(Row(side=name, number=number, asked=rate), calling, seen)
        row.lost = count - outcome.successful
        used = spent(before, after)
        machine = used.pop("machine")
        row.processor_ms = {key: value * 1000 / count for key, value in used.items()}
        # Both sides, sipp and the capture: all are this program or its children.
        ours = spent(everything, all_after)["all"]
        row.others = max(0.0, machine - ours) / max(machine, 1e-9)
        row.load = after.load
        if row.lost:
            row.words = run.words()
        return row


def _row_of(row: Row, calling: Sequence[str], seen: dict[str, Seen]) -> Row:
    """Delays of the calls that rang."""
    found = [seen.get(number.removeprefix("+"), Seen()) for number in calling]
    row.delays = sorted((one.rang - one.came) * 1000 for one in found if one.rang and one.came)
    row.calls = len(found)
    row.unrung = len(found) - len(row.delays)
    row.again = sum(one.again for one in found)
    came = sorted(one.came for one in found if one.came)
    if len(came) > 1:
        row.placed = (len(came) - 1) / (came[-1] - came[0])
    _describe(row)
    return row


def _describe(row: Row) -> None:
    if row.delays:
        row.p50_ms = statistics.median(row.delays)
        row.p99_ms = row.delays[int(len(row.delays) * 0.99)]
        row.max_ms = row.delays[-1]


def pooled(rows: Sequence[Row]) -> Row:
    """Several runs of one side as one."""
    first = rows[0]
    both = Row(side=first.side, number=first.number, asked=first.asked)
    both.delays = sorted(delay for row in rows for delay in row.delays)
    both.calls = sum(row.calls for row in rows)
    both.lost = sum(row.lost for row in rows)
    both.unrung = sum(row.unrung for row in rows)
    both.again = sum(row.again for row in rows)
    both.placed = statistics.mean(row.placed for row in rows)
    both.others = statistics.mean(row.others for row in rows)
    both.load = statistics.mean(row.load for row in rows)
    names = {name for row in rows for name in row.processor_ms}
    both.processor_ms = {
        name: statistics.mean(row.processor_ms.get(name, 0.0) for row in rows) for name in sorted(names)
    }
    _describe(both)
    return both


def show(row: Row) -> str:
    """One line for a person."""
    processor = ", ".join(f"{name} {value:.1f}" for name, value in row.processor_ms.items() if value >= 0.05)
    kind = "recorded" if row.number == RECORDED else "plain"
    return (
        f"{row.side:7} {kind:8} {row.asked:3}/s placed {row.placed:5.1f}  p50 {row.p50_ms:7.1f}"
        f"  p99 {row.p99_ms:7.1f}  max {row.max_ms:7.1f} ms  lost {row.lost}/{row.calls}"
        f"  unrung {row.unrung}  again {row.again}  {'held' if row.is_held else 'NOT held'}"
        f"  [ms/call: {processor}]  others {row.others:.0%}  load {row.load:.1f}"
    )


async def measure(folder: Path, words: argparse.Namespace) -> dict[str, Any]:
    """The comparison at one rate, recorded and not; then the ladder."""
    bench = Bench(folder, nice=words.prefer)
    rows: dict[str, list[Row]] = {"plain": [], "recorded": [], "ladder": []}
    try:
        await bench.open()
        for number, kind in ((PLAIN, "plain"), (RECORDED, "recorded")):
            if kind not in words.rows:
                continue
            with bench.phones(has_voice=number == RECORDED):
                for name in bench.sides:
                    await bench.run(name, number=number, rate=10, seconds=3)
                runs: dict[str, list[Row]] = {name: [] for name in bench.sides}
                for _ in range(words.repeat):
                    for name in bench.sides:
                        row = await bench.run(name, number=number, rate=words.rate, seconds=words.seconds)
                        print(show(row), flush=True)
                        runs[name].append(row)
                rows[kind] = [pooled(found) for found in runs.values()]
        if "ladder" in words.rows:
            with bench.phones(has_voice=False):
                await climb(bench, words, rows["ladder"])
    finally:
        await bench.close()
    return summary(bench, rows)


async def climb(bench: Bench, words: argparse.Namespace, rows: list[Row]) -> None:
    """Each side until it fails twice at one rate."""
    going = set(bench.sides)
    for rate in words.rates:
        for name in sorted(going):
            for _ in range(2):
                row = await bench.run(name, number=PLAIN, rate=rate, seconds=words.step)
                print(show(row) + (f" {row.words}" if row.words else ""), flush=True)
                rows.append(row)
                if row.is_held:
                    break
            else:
                going.discard(name)


def summary(bench: Bench, rows: dict[str, list[Row]]) -> dict[str, Any]:
    """What the tables are made from."""
    found: dict[str, Any] = {"asterisk": bench.version, "is_same_program": bench.is_same_program}
    for kind, some in rows.items():
        shown = [asdict(row) | {"is_held": row.is_held} for row in some]
        for row in shown:
            del row["delays"]
        found[kind] = shown
    highest = {
        name: max((row.asked for row in rows["ladder"] if row.side == name and row.is_held), default=0)
        for name in ("native", "otklik")
    }
    found["highest"] = highest
    found["highest_ratio"] = highest["otklik"] / highest["native"] if highest["native"] else None
    return found


def missing() -> str:
    """What keeps this from running here; "" if nothing does."""
    if not sipp.is_here():
        return "sipp is not here (apt install sip-tester)"
    return "" if os.geteuid() == 0 else "the packets on loopback can be seen by root only"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of a run at the main rate")
    parser.add_argument("--rate", type=int, default=40, help="calls each second of the comparison")
    parser.add_argument("--repeat", type=int, default=3, help="how often both take their turn")
    parser.add_argument("--rates", type=int, nargs="*", default=[20, 30, 40, 50, 60, 70, 80, 90])
    parser.add_argument("--step", type=float, default=12.0, help="length of a run on the ladder")
    parser.add_argument("--rows", nargs="*", default=["plain", "recorded", "ladder"])
    parser.add_argument(
        "--prefer",
        type=int,
        default=0,
        metavar="NICE",
        help="autogroup nice value of all that runs here, -20 ... 19, on a machine shared with other work",
    )
    parser.add_argument("--json", type=Path, help="write everything to this file, too")
    parser.add_argument("--keep", action="store_true", help="keep the folder, to look at what was written")
    words = parser.parse_args()
    absent = missing()
    if absent:
        print(f"cannot run: {absent}")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="otklik-bench-"))
    # Told to stop, it must not leave a centre behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        found = asyncio.run(measure(folder, words))
    finally:
        if words.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if words.json:
        words.json.write_text(json.dumps(found, indent=1))
    print(json.dumps({key: found[key] for key in ("asterisk", "highest", "highest_ratio")}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
