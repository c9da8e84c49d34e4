"""Write tests/fixtures/live/*.json: feeds of a small day, with what a page must hold after each message.

Python and TypeScript tests fold the same messages and must come to the same state. The day is made by hand,
and every message is made by the hub itself.
"""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from otklik.access.rights import Right, Sight
from otklik.acd.model import AgentState, Phase, SkillRequirement
from otklik.api.live import BOARD, DESK, Hub, Watcher
from otklik.api.live_seen import (
    AgentFigures,
    AgentNow,
    Directory,
    InteractionNow,
    Note,
    QueueFigures,
    Seen,
)
from otklik.api.sign_in import Who
from otklik.organization.model import Agent, Project, Queue, Site, Team
from otklik.reports import codes
from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    PartyId,
    PersonId,
    ProjectId,
    QueueId,
    SkillId,
    TeamId,
)

FOLDER = Path(__file__).parent.parent / "tests" / "fixtures" / "live"
BEGIN_MS = 1_795_420_800_000
FIRST, SECOND = InteractionId(228_010_000_000_000_001), InteractionId(228_010_000_000_000_002)
ANNA, BORIS = AgentId(3), AgentId(4)
SALES = QueueId(1)
CUSTOMER = PartyId(228_000_000_000_000_007)
RIGHTS = frozenset(
    {Right.TAKE_CALLS, Right.DIAL_NUMBERS, Right.VIEW_MISSED, Right.VIEW_NUMBERS, Right.WATCH_BOARD}
)


class StillClock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.ms = BEGIN_MS

    def now_ms(self) -> int:
        return self.ms


class Given:
    """A source that gives what it was given."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    async def read(self, before: Seen | None) -> Seen:
        return self.seen

    async def wait_beyond(self, seq: int, patience: timedelta) -> None:
        raise AssertionError("nobody waits here")


def directory() -> Directory:
    """Two agents of one team, one queue."""
    skill = SkillId(1)
    return Directory(
        site=Site(name="Golden", zone="Europe/Moscow"),
        people={PersonId(ANNA): "Анна Лебедь", PersonId(BORIS): "Борис Орёл"},
        agents={
            agent_id: Agent(agent_id=agent_id, team_ids=(TeamId(1),), skills={skill: 5})
            for agent_id in (ANNA, BORIS)
        },
        teams={TeamId(1): Team(team_id=TeamId(1), name="Первая")},
        queues={
            SALES: Queue(
                queue_id=SALES,
                name="Продажи",
                project_id=ProjectId(1),
                skills=(SkillRequirement(skill_id=skill, minimum=1),),
            )
        },
        projects={ProjectId(1): Project(project_id=ProjectId(1), name="Магазин", color="#2f6fde")},
        numbers={1: "+74951234567"},
    )


def agent(agent_id: AgentId, state: AgentState, since_ms: int, **more: Any) -> AgentNow:
    """A row of now."""
    return AgentNow(
        agent_id=agent_id,
        state=codes.AGENT_STATES[state],
        since_ms=since_ms,
        signed_in_ms=BEGIN_MS - 60_000,
        device_reachable=True,
        **more,
    )


def call(interaction_id: InteractionId, phase: Phase, since_ms: int, **more: Any) -> InteractionNow:
    """A row of now."""
    return InteractionNow(
        interaction_id=interaction_id,
        phase=codes.PHASES[phase],
        project_id=1,
        party_id=CUSTOMER,
        number_id=1,
        queue_id=SALES,
        started_ms=BEGIN_MS + 1_000,
        entered_ms=BEGIN_MS + 2_000,
        queued_ms=BEGIN_MS + 2_000,
        since_ms=since_ms,
        **more,
    )


def moments() -> list[Seen]:
    """A call from its arrival to the end of its wrap-up, and a customer who gives up."""
    names = directory()
    t = BEGIN_MS
    ready = agent(ANNA, AgentState.READY, t)
    pause = agent(BORIS, AgentState.NOT_READY, t, reason_id=1, cause="chosen")

    def seen(seq: int, at_ms: int, agents: list[AgentNow], calls: list[InteractionNow], **more: Any) -> Seen:
        return Seen(
            seq=seq,
            at_ms=at_ms,
            directory=names,
            agents={AgentId(row.agent_id): row for row in agents},
            interactions={InteractionId(row.interaction_id): row for row in calls},
            customer_names={CUSTOMER: "Дарья Ершова"},
            numbers={CUSTOMER: "+79161234567"},
            **more,
        )

    def ringing(state: AgentState) -> AgentNow:
        return agent(
            ANNA,
            state,
            t + 3_000,
            interaction_id=FIRST,
            offer_id=228_010_000_000_000_011,
            queue_id=SALES,
            deadline_ms=t + 23_000,
        )

    def talking(state: AgentState, since_ms: int, **more: Any) -> AgentNow:
        return agent(ANNA, state, since_ms, interaction_id=FIRST, queue_id=SALES, **more)

    arrived = QueueFigures(offered=1)
    answered = QueueFigures(
        offered=1, answered=1, in_sl=1, wait_ms=5_000, service_level=1.0, service_level_strict=1.0
    )
    lost = QueueFigures(
        offered=2,
        answered=1,
        abandoned=1,
        in_sl=1,
        wait_ms=5_000,
        service_level=0.5,
        service_level_strict=0.5,
    )
    with_agent = {"agent_id": ANNA, "answered_ms": t + 7_000}
    note = {FIRST: Note(disposition_id=2, note="перезвонить")}
    return [
        seen(100, t, [ready, pause], []),
        seen(
            103,
            t + 2_000,
            [ready, pause],
            [call(FIRST, Phase.WAITING, t + 2_000)],
            queue_figures={SALES: arrived},
        ),
        seen(
            104,
            t + 3_000,
            [ringing(AgentState.OFFERED), pause],
            [call(FIRST, Phase.OFFERED, t + 3_000, agent_id=ANNA, deadline_ms=t + 23_000)],
            queue_figures={SALES: arrived},
        ),
        seen(
            107,
            t + 7_000,
            [talking(AgentState.CONNECTED, t + 7_000), pause],
            [call(FIRST, Phase.CONNECTED, t + 7_000, **with_agent)],
            queue_figures={SALES: answered},
            notes={FIRST: Note()},
        ),
        seen(
            109,
            t + 9_000,
            [talking(AgentState.HELD, t + 9_000, intent="not_ready", intent_reason_id=1), pause],
            [
                call(FIRST, Phase.HELD, t + 9_000, **with_agent),
                call(SECOND, Phase.WAITING, t + 8_000, priority=5),
            ],
            queue_figures={SALES: lost},
            notes=note,
        ),
        seen(
            113,
            t + 15_000,
            [
                talking(
                    AgentState.WRAP_UP,
                    t + 15_000,
                    deadline_ms=t + 45_000,
                    intent="not_ready",
                    intent_reason_id=1,
                ),
                pause,
            ],
            [call(FIRST, Phase.ENDED, t + 15_000, **with_agent)],
            queue_figures={SALES: lost},
            notes=note,
            missed=1,
        ),
        seen(
            116,
            t + 20_000,
            [agent(ANNA, AgentState.NOT_READY, t + 20_000, reason_id=1, cause="after_call"), pause],
            [],
            queue_figures={SALES: lost},
            agent_figures={ANNA: AgentFigures(handled=1, missed=0, aht_ms=13_000, occupancy=0.65)},
            missed=1,
        ),
    ]


async def feed(name: str) -> dict[str, Any]:
    """The messages of a topic, and what a page holds after each."""
    clock = StillClock()
    days = moments()
    source = Given(days[0])
    hub = Hub(source, clock, build="golden", limit=10)  # type: ignore[arg-type]
    who = Who(person_id=PersonId(ANNA), rights=RIGHTS, sees=Sight.ALL)
    watcher = Watcher(who)
    hub.enter(watcher)
    await hub.watch(watcher, [name])
    steps: list[dict[str, Any]] = []

    async def keep() -> None:
        message = await watcher.take(hub)
        assert message is not None
        chain = next(iter(hub._chains.values()))
        steps.append({"message": json.loads(message), "after": json.loads(msgspec.json.encode(chain.body))})

    await keep()
    for seen in days[1:]:
        clock.ms = seen.at_ms
        hub.tell(seen)
        await keep()
    return {"topic": name, "steps": steps}


def written() -> dict[str, str]:
    """The files by name."""
    return {
        f"{name}.json": json.dumps(asyncio.run(feed(name)), ensure_ascii=False, indent=1) + "\n"
        for name in (BOARD, DESK)
    }


def main() -> int:
    """Write them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in written().items():
        (FOLDER / name).write_text(text)
        print(f"tests/fixtures/live/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
