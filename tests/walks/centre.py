"""A centre for walks: the real loop, engine, flows, journal and facts (as wiring joins them), simulated
phones, and a clock that stands still until it is moved. Whatever passes a stop is kept in order, so that a
walk can look at it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

from otklik import database
from otklik.acd.model import AgentState, SkillRequirement
from otklik.channels.simulator.driver import SimulatorDriver
from otklik.channels.simulator.media import MediaServer
from otklik.journal.record import Record
from otklik.journal.store import Holder, JournalWriter, WriteRow
from otklik.organization import commands as organize
from otklik.organization.model import (
    Agent,
    Device,
    DeviceKind,
    Hours,
    Number,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    Team,
    Trunk,
)
from otklik.switchboard import requests
from otklik.switchboard.instructions import ChannelInstruction
from otklik.switchboard.loop import Switchboard
from otklik.switchboard.opening import recall_numbers, restore
from otklik.switchboard.ports import ChannelHealth
from otklik.switchboard.signals import ChannelSignal
from otklik.vocabulary.hours import weekly
from otklik.vocabulary.ids import (
    AgentId,
    HoursId,
    LegId,
    NumberId,
    PersonId,
    ProjectId,
    QueueId,
    ReasonId,
    SecretId,
    SiteId,
    SkillId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.messages import Event
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import to_ms
from otklik.wiring.engine import codec, projections

SITE = SiteId(1)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A working day, noon in Moscow."""

NUMBER = "+74951234567"
CUSTOMER = "+79161234567"
OTHER = "+79161112233"
SALES = QueueId(1)
ANNA, BORIS = AgentId(1), AgentId(2)
VERA = PersonId(9)
"""She leads Anna's team."""

LUNCH = ReasonId(1)
TEAM = TeamId(1)
TEAMS: dict[AgentId, tuple[TeamId, ...]] = {ANNA: (TEAM,), BORIS: ()}

E = TypeVar("E", bound=Event)


class VirtualClock:
    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def now_ms(self) -> int:
        return to_ms(self.at)


@dataclass(slots=True)
class Passed:
    """What passed the stops, in order. instructions: each with the journal's sequence at its leaving."""

    signals: list[ChannelSignal] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    instructions: list[tuple[int, ChannelInstruction]] = field(default_factory=list)


class WatchedWriter:
    """The journal's writer; keeps what was appended."""

    def __init__(self, writer: JournalWriter, passed: Passed) -> None:
        self._writer, self._passed = writer, passed

    @property
    def seq(self) -> int:
        return self._writer.seq

    async def append(self, events: list[Event], *, rows: Sequence[WriteRow] = ()) -> list[Record]:
        records = await self._writer.append(events, rows=rows)
        self._passed.records += records
        return records


class WatchedDriver:
    """The simulator's driver; keeps what it was told and what it tells."""

    name = "simulator"

    def __init__(self, driver: SimulatorDriver, writer: WatchedWriter, passed: Passed) -> None:
        self._driver, self._writer, self._passed = driver, writer, passed

    def start(self, inbox: Any) -> None:
        passed = self._passed

        class Watched:
            def put(self, signal: ChannelSignal) -> None:
                passed.signals.append(signal)
                inbox.put(signal)

        self._driver.start(Watched())

    def provision(self, wanted: Iterable[ChannelInstruction]) -> None:
        self._driver.provision(wanted)

    def do(self, instruction: ChannelInstruction) -> None:
        self._passed.instructions.append((int(self._writer.seq), instruction))
        self._driver.do(instruction)

    def request_survey(self) -> None:
        self._driver.request_survey()

    async def health(self) -> ChannelHealth:
        return await self._driver.health()

    async def stop(self) -> None:
        await self._driver.stop()


@dataclass(slots=True)
class Centre:
    """One centre on one database. `pass_time` moves the clock from step to step."""

    url: str
    clock: VirtualClock
    media: MediaServer
    passed: Passed
    connection: Any
    writer: JournalWriter
    switchboard: Switchboard
    driver: SimulatorDriver

    async def pass_time(self, seconds: float = 0.0) -> None:
        """Everything that happens within so many seconds, each thing at its own moment."""
        until = self.clock.at + timedelta(seconds=seconds)
        while True:
            await self._all_that_is_due()
            deadlines = (self.media.steps.next_deadline(), self.switchboard.next_deadline())
            following = min((due for due in deadlines if due is not None), default=None)
            if following is None or following > until:
                self.clock.at = until
                return
            self.clock.at = max(self.clock.at, following)

    async def _all_that_is_due(self) -> None:
        is_moving = True
        while is_moving:
            self.media.steps.advance(self.clock.at)
            is_moving = bool(self.switchboard._inbox)
            is_moving |= bool(await self.switchboard.step())

    async def ask(self, request: requests.DoorRequest) -> dict[str, Any]:
        """A request of `web`; raises the refusal."""
        waiting = asyncio.ensure_future(self.switchboard.request(request))
        await asyncio.sleep(0)
        await self.pass_time()
        return (await waiting)[1]

    async def refusal(self, request: requests.DoorRequest) -> str:
        """The code of a refusal that must come."""
        try:
            done = await self.ask(request)
        except Refused as refused:
            return refused.code
        raise AssertionError(f"not refused: {done}")

    # --- what a walk looks at

    def signals(self, kind: type[Any]) -> list[Any]:
        return [signal for signal in self.passed.signals if isinstance(signal, kind)]

    def events(self, *kinds: type[Event]) -> list[Any]:
        return [record.event for record in self.passed.records if isinstance(record.event, kinds)]

    def names(self, since: int = 0) -> list[str]:
        """Names of the events in the journal after a sequence."""
        return [type(record.event).__name__ for record in self.passed.records if record.seq > since]

    def told(self, kind: type[Any]) -> list[Any]:
        return [instruction for _, instruction in self.passed.instructions if isinstance(instruction, kind)]

    def told_names(self, start: int = 0) -> list[str]:
        return [type(instruction).__name__ for _, instruction in self.passed.instructions[start:]]

    def seq_of(self, kind: type[Event]) -> int:
        """Where the last event of a kind stands in the journal."""
        return max(record.seq for record in self.passed.records if isinstance(record.event, kind))

    def state(self, agent_id: AgentId) -> AgentState:
        return self.switchboard.centre.engine.agent_state(agent_id)

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Rows as `web` sees them: on a connection of its own."""
        return [dict(row) for row in await self.connection.fetch(query, *values)]

    # --- the life of the process

    async def die(self) -> None:
        """kill -9 of the process `engine`: nothing is saved, nothing is told; talks go on."""
        self.media.detach()
        for connection in (self.writer._connection, self.writer._side):
            if connection is not None:
                connection.terminate()
        await asyncio.sleep(0)  # the transports close in the loop's next turn

    async def live_again(self) -> int:
        """A new process of `engine`, as wiring makes it; gives how many events were replayed."""
        self.writer = await _open_writer(self.url)
        self.switchboard, self.driver, replayed = await _join(
            self.writer, self.connection, self.clock, self.media, self.passed
        )
        return replayed

    async def save_snapshot(self) -> None:
        """What the process does each minute."""
        parts = self.switchboard.centre.snapshot() | self.writer.projection_parts()
        await self.writer.save_snapshot(self.writer.seq, self.clock.now(), parts)


@asynccontextmanager
async def open_centre(url: str, *, at: datetime = MONDAY) -> AsyncIterator[Centre]:
    """A centre with a queue, a number with office hours, a trunk, and two agents who are signed in, not
    ready."""
    clock, passed = VirtualClock(at), Passed()
    media = MediaServer(clock)
    connection = await database.connect(url, name="walk")
    writer = await _open_writer(url)
    switchboard, driver, _ = await _join(writer, connection, clock, media, passed)
    centre = Centre(url, clock, media, passed, connection, writer, switchboard, driver)
    try:
        await _configure(centre)
        await centre.pass_time(1)
        for agent_id in (ANNA, BORIS):
            await centre.ask(requests.SignInAgentHere(agent_id=agent_id))
        yield centre
    finally:
        await centre.writer.close()
        await connection.close()


async def _open_writer(url: str) -> JournalWriter:
    return await JournalWriter.open(
        url,
        site_id=SITE,
        codec=codec(),
        projections=projections(SITE),
        holder=Holder(host="walk", pid=1, home="walk"),
    )


async def _join(
    writer: JournalWriter, connection: Any, clock: VirtualClock, media: MediaServer, passed: Passed
) -> tuple[Switchboard, SimulatorDriver, int]:
    centre, replayed = await restore(writer)
    await recall_numbers(centre, connection, SITE)
    driver = SimulatorDriver(
        clock, mint=lambda: LegId(centre.minter.mint(clock.now())), media=media, keeps_time=False
    )
    watched = WatchedWriter(writer, passed)
    switchboard = Switchboard(
        site_id=SITE,
        clock=clock,
        centre=centre,
        writer=watched,
        connection=connection,
        driver=WatchedDriver(driver, watched, passed),
    )
    switchboard.push_wanted()
    switchboard.driver.start(switchboard)
    return switchboard, driver, replayed


async def _configure(centre: Centre) -> None:
    skill = SkillRequirement(skill_id=SkillId(1), minimum=1)
    changes: list[organize.SingleChange] = [
        organize.SaveSite(site=Site(name="Walk", zone="Europe/Moscow")),
        organize.SaveProject(project=Project(project_id=ProjectId(1), name="Shop")),
        organize.SaveSkill(skill=Skill(skill_id=SkillId(1), name="sales")),
        organize.SaveQueue(
            queue=Queue(queue_id=SALES, name="sales", project_id=ProjectId(1), skills=(skill,))
        ),
        organize.SaveHours(
            hours=Hours(hours_id=HoursId(1), name="office", opening=weekly(time(9), time(18)))
        ),
        organize.SaveTrunk(
            trunk=Trunk(trunk_id=TrunkId(1), name="city", host="192.0.2.1", port=5060, is_default=True)
        ),
        organize.SaveNumber(
            number=Number(number_id=NumberId(1), number=NUMBER, queue_id=SALES, hours_id=HoursId(1))
        ),
        organize.SaveTeam(team=Team(team_id=TEAM, name="first", supervisor_ids=(VERA,))),
        organize.SaveReason(reason=Reason(reason_id=LUNCH, name_ru="Обед", name_en="Lunch")),
    ]
    for agent_id in (ANNA, BORIS):
        changes += [
            organize.SaveAgent(
                agent=Agent(agent_id=agent_id, team_ids=TEAMS[agent_id], skills={SkillId(1): 5})
            ),
            organize.SaveDevice(
                device=Device(
                    agent_id=agent_id,
                    kind=DeviceKind.SIP,
                    login=f"phone{agent_id}",
                    secret_id=SecretId(agent_id),
                )
            ),
        ]
    together = organize.ChangeTogether(changes=tuple(changes))
    await centre.ask(requests.ChangeConfiguration(change=together, by=PersonId(1)))
