"""A whole centre in virtual time: the real loop, engine, flows and simulated phones; the journal a list."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from otklik.acd.model import AgentState, SkillRequirement
from otklik.channels.simulator.driver import SimulatorDriver
from otklik.channels.simulator.media import MediaServer
from otklik.journal.record import Record
from otklik.organization import commands as organize
from otklik.organization.model import (
    Agent,
    Device,
    DeviceKind,
    Number,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    Trunk,
)
from otklik.switchboard import requests
from otklik.switchboard.centre import Centre
from otklik.switchboard.loop import Switchboard
from otklik.vocabulary.ids import (
    AgentId,
    LegId,
    NumberId,
    PersonId,
    ProjectId,
    QueueId,
    ReasonId,
    SecretId,
    SiteId,
    SkillId,
    TrunkId,
)
from otklik.vocabulary.messages import Event
from otklik.vocabulary.refusals import Refused

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NUMBER = "+74951234567"
CUSTOMER = "+79161234567"


class VirtualClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = BEGIN) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Tables:
    """What the loop reads: the party of a number, and what is known of it."""

    def __init__(self) -> None:
        self.parties: dict[str, int] = {}
        self.acquaintance: dict[int, dict[str, Any]] = {}
        self.blocked: list[dict[str, Any]] = []
        self.sought: dict[str, list[dict[str, Any]]] = {}
        self.asked = 0

    async def fetch(self, text: str, site_id: int, numbers: Sequence[str] = ()) -> list[dict[str, Any]]:
        if "c.details @>" in text or "customer_phone" in text:
            return self.sought.get(str(numbers), [])
        if "blocked_number" in text:
            return self.blocked
        found = self.parties.items()
        return [{"e164": number, "party_id": party_id} for number, party_id in found if number in numbers]

    async def fetchrow(self, _: str, site_id: int, party_id: int, number: str = "") -> dict[str, Any]:
        self.asked += 1
        return self.acquaintance.get(party_id, {"agent_id": None, "class": None})


class ListWriter:
    """The journal as a list: what is appended is durable at once."""

    def __init__(self) -> None:
        self.seq = 0
        self.records: list[Record] = []
        self.appends = 0
        self.fails = False

    async def append(
        self, events: list[Event], *, rows: list[Callable[[Any], Awaitable[None]]] | None = None
    ) -> list[Record]:
        if self.fails:
            raise ConnectionError("the database is away")
        self.appends += 1
        made = []
        for event in events:
            self.seq += 1
            made.append(Record(site_id=SiteId(1), seq=self.seq, at=event.at, event=event))
        self.records += made
        return made


@dataclass(slots=True)
class World:
    """One centre. `pass_time` moves the clock from step to step; nothing waits for real time."""

    clock: VirtualClock
    writer: ListWriter
    media: MediaServer
    driver: SimulatorDriver
    switchboard: Switchboard
    tables: Tables

    @property
    def centre(self) -> Centre:
        return self.switchboard.centre

    def events(self, *types: type[Event]) -> list[Any]:
        return [
            record.event for record in self.writer.records if not types or isinstance(record.event, types)
        ]

    async def pass_time(self, seconds: float = 0.0) -> None:
        """Everything that happens within so many seconds, each thing at its own moment."""
        until = self.clock.at + timedelta(seconds=seconds)
        while True:
            self.media.steps.advance(self.clock.at)
            await self._settle()
            found = [
                deadline
                for deadline in (self.media.steps.next_deadline(), self.switchboard.next_deadline())
                if deadline is not None
            ]
            following = min(found, default=until)
            if following > until:
                self.clock.at = max(self.clock.at, until)
                return
            if following == until and following == self.clock.at:
                return
            self.clock.at = max(following, self.clock.at)
            if following == until:
                self.media.steps.advance(self.clock.at)
                await self._settle()
                return

    async def _settle(self) -> None:
        """Until nothing more follows at this moment."""
        while True:
            while self.switchboard._inbox or await self.switchboard.step():
                await self.switchboard.step()
                self.media.steps.advance(self.clock.at)
            if not self.switchboard._inbox:
                return

    async def ask(self, request: requests.DoorRequest) -> dict[str, Any] | Refused:
        """A request of `web`, with all that happens at once because of it."""
        waiting = asyncio.ensure_future(self.switchboard.request(request))
        await asyncio.sleep(0)
        await self.pass_time(0)
        try:
            return (await waiting)[1]
        except Refused as refusal:
            return refusal

    def state(self, agent_id: int) -> AgentState:
        return self.centre.engine.agent_state(AgentId(agent_id))

    async def restart(self) -> None:
        """The engine process dies and comes back from the journal; the simulated world lives on."""
        self.driver.media.detach()
        centre = Centre()
        for record in self.writer.records:
            centre.apply(record.event)
        centre.minter.start_after(self.clock.at)
        centre.settle()
        centre.numbers = dict(self.centre.numbers)
        self.driver = SimulatorDriver(
            self.clock,
            mint=lambda: LegId(centre.minter.mint(self.clock.now())),
            media=self.media,
            keeps_time=False,
        )
        self.switchboard = _switchboard(self.clock, centre, self.writer, self.driver, self.tables)
        self.switchboard.push_wanted()
        self.driver.start(self.switchboard)


def _switchboard(
    clock: VirtualClock, centre: Centre, writer: ListWriter, driver: SimulatorDriver, tables: Tables
) -> Switchboard:
    return Switchboard(
        site_id=SiteId(1), clock=clock, centre=centre, writer=writer, connection=tables, driver=driver
    )


async def open_world(*, agents: int = 2, greeting: bool = False) -> World:
    """A queue, a number, so many agents with browser phones, all signed in and not ready."""
    clock = VirtualClock()
    centre = Centre()
    media = MediaServer(clock)
    driver = SimulatorDriver(
        clock, mint=lambda: LegId(centre.minter.mint(clock.now())), media=media, keeps_time=False
    )
    writer, tables = ListWriter(), Tables()
    world = World(
        clock=clock,
        writer=writer,
        media=media,
        driver=driver,
        switchboard=_switchboard(clock, centre, writer, driver, tables),
        tables=tables,
    )
    await _configure(world, agents=agents, greeting=greeting)
    world.switchboard.push_wanted()
    driver.start(world.switchboard)
    await world.pass_time(1)
    for agent_id in range(1, agents + 1):
        await world.ask(requests.SignInAgentHere(agent_id=AgentId(agent_id)))
    return world


async def _configure(world: World, *, agents: int, greeting: bool) -> None:
    skill = SkillRequirement(skill_id=SkillId(1), minimum=1)
    changes: list[organize.SingleChange] = [
        organize.SaveSite(site=Site(name="Test", zone="Europe/Moscow")),
        organize.SaveProject(project=Project(project_id=ProjectId(1), name="Shop")),
        organize.SaveSkill(skill=Skill(skill_id=SkillId(1), name="sales")),
        organize.SaveQueue(
            queue=Queue(queue_id=QueueId(1), name="sales", project_id=ProjectId(1), skills=(skill,))
        ),
        organize.SaveTrunk(
            trunk=Trunk(trunk_id=TrunkId(1), name="carrier", host="127.0.0.1", port=5070, is_default=True)
        ),
        organize.SaveNumber(
            number=Number(
                number_id=NumberId(1),
                number=NUMBER,
                queue_id=QueueId(1),
                parameters={} if greeting else {"greeting": "none"},
            )
        ),
        organize.SaveReason(reason=Reason(reason_id=ReasonId(1), name_ru="Обед", name_en="Lunch")),
    ]
    for agent_id in range(1, agents + 1):
        changes += [
            organize.SaveAgent(agent=Agent(agent_id=AgentId(agent_id), skills={SkillId(1): 5})),
            organize.SaveDevice(
                device=Device(
                    agent_id=AgentId(agent_id),
                    kind=DeviceKind.SIP,
                    login=f"phone{agent_id}",
                    secret_id=SecretId(agent_id),
                )
            ),
        ]
    done = await world.ask(
        requests.ChangeConfiguration(change=organize.ChangeTogether(changes=tuple(changes)), by=PersonId(1))
    )
    assert isinstance(done, dict), repr(done)


__all__ = ["BEGIN", "CUSTOMER", "NUMBER", "World", "open_world"]
