"""The demo's robots where no Asterisk can be had: they live in the engine's process, like the simulated
world."""

import asyncio
import contextlib
import random
from datetime import datetime
from zoneinfo import ZoneInfo

from otklik.acd.model import AgentState
from otklik.channels.simulator.crowd import Crowd, Dialed
from otklik.channels.simulator.driver import SimulatorDriver
from otklik.logs import logger
from otklik.operations.robots import DAY_PROFILE
from otklik.organization.model import BUILT_IN, Configuration
from otklik.switchboard.loop import Switchboard
from otklik.switchboard.requests import DoorRequest
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.refusals import Refused

log = logger()

HOURLY_CALLS = 620.0
"""Arrivals in the busiest hour: thirty robots are then busy about two thirds of their time."""
SHARES = (0.45, 0.35, 0.20)
ROBOT = "robot-"
LOOK_EVERY_SECONDS = 1.0


async def play_robots(switchboard: Switchboard, driver: SimulatorDriver) -> None:
    """Waits until the centre is set up, then lets its robots live until cancelled."""
    while not _robots(switchboard.centre.configuration):  # noqa: ASYNC110 - a set-up rings no bell
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    configuration = switchboard.centre.configuration
    zone = ZoneInfo(configuration.site.zone)
    seed = random.SystemRandom().getrandbits(32)
    log.info("robots.begun", seed=seed)
    async with asyncio.TaskGroup() as tasks:

        def ask(request: DoorRequest) -> None:
            tasks.create_task(_ask(switchboard, request), name="robots.ask")

        def state_of(agent_id: AgentId) -> AgentState | None:
            known = switchboard.centre.engine.agent(agent_id)
            return None if known is None else switchboard.centre.engine.agent_state(agent_id)

        def share_at(at: datetime) -> float:
            local = at.astimezone(zone)
            part = local.minute / 60
            return DAY_PROFILE[local.hour] * (1 - part) + DAY_PROFILE[(local.hour + 1) % 24] * part

        Crowd(
            driver,
            chance=random.Random(seed),
            ask=ask,
            state_of=state_of,
            agents=_robots(configuration),
            numbers=_numbers(configuration),
            break_reasons=[
                reason.reason_id for reason in configuration.reasons.values() if not reason.needs_permission
            ],
            hourly=HOURLY_CALLS,
            share_at=share_at,
        ).begin()
        await asyncio.Event().wait()


def _robots(configuration: Configuration) -> dict[str, AgentId]:
    return {
        device.login: device.agent_id
        for device in configuration.devices.values()
        if device.login.startswith(ROBOT)
    }


def _numbers(configuration: Configuration) -> list[Dialed]:
    found = sorted(
        (number for number in configuration.numbers.values() if number.number_id not in BUILT_IN),
        key=lambda number: number.number_id,
    )
    shares = (*SHARES, *[0.1] * len(found))
    return [Dialed(number=number.number, share=share) for number, share in zip(found, shares, strict=False)]


async def _ask(switchboard: Switchboard, request: DoorRequest) -> None:
    """A refusal only means that the world has moved on."""
    with contextlib.suppress(Refused):
        await switchboard.request(request)
