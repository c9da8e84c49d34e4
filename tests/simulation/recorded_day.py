"""A day of a whole centre on the simulator channel: customers who call, wait and give up, agents who let it
ring, miss offers, wrap up and take breaks; and its journal."""

from datetime import timedelta
from functools import cache
from typing import get_args

from otklik.acd.events import AcdEvent
from otklik.journal.record import Record
from otklik.simulation.fidelity import Day
from tests.parts import run_async
from tests.rooms.switchboard.world import BEGIN
from tests.walks.crowds import open_day

WHOLE = Day(BEGIN, BEGIN + timedelta(hours=2))
_ACD = get_args(AcdEvent)


@cache
def recorded_day(seed: int, agents: int = 8, hourly: float = 550) -> tuple[Record, ...]:
    """An hour of calls, and what comes after."""

    async def story() -> list[Record]:
        day = await open_day(seed, agents=agents, hourly=hourly)
        await day.pass_seconds(3600)
        await day.close()
        return day.world.writer.records

    return tuple(run_async(story))


def acd_events(records: tuple[Record, ...]) -> list[AcdEvent]:
    return [record.event for record in records if isinstance(record.event, _ACD)]
