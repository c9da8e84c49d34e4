"""What the machine says of itself now, for alerts and tiles: the engine is asked by its door."""

from typing import Any

from otklik.api.live_figures import Health, health_of
from otklik.logs import logger
from otklik.settings import Settings
from otklik.switchboard.client import EngineAway, EngineClient
from otklik.switchboard.disk import free_percent
from otklik.switchboard.requests import Answer, Question
from otklik.vocabulary.refusals import Refused

log = logger()


async def health_now(engine: EngineClient, settings: Settings) -> Health:
    """What the engine says of itself, and the disk."""
    found: dict[str, Any] | None = None
    try:
        answer = await engine.ask(Question(name="health", facts={}))
        found = answer.facts if isinstance(answer, Answer) else None
    except (EngineAway, Refused) as error:
        log.debug("health.engine_away", reason=str(error))
    return health_of(found, free_percent((settings.home, settings.spool, settings.recordings)))
