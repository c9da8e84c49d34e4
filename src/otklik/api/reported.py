"""Whose figures are asked for: the own centre's, or those of a log that was imported."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query

from otklik.access import store as people
from otklik.access.rights import Sight
from otklik.api.parts import Parts
from otklik.api.periods import zone_of
from otklik.api.schemas.base import SmallId
from otklik.api.sign_in import Who
from otklik.reports.foreign import store
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import NotFound

SourceId = Annotated[
    SmallId | None, Query(alias="source", description="an imported source; without it the own centre")
]


@dataclass(frozen=True, slots=True)
class Reported:
    """A site whose figures are asked for. agents: names by id. queues: names given to an imported source's
    queues on its page; others have the name of their journal."""

    site_id: SiteId
    zone: ZoneInfo
    is_foreign: bool = False
    agents: dict[int, str] = field(default_factory=dict)
    queues: dict[int, str] = field(default_factory=dict)


async def reported(connection: Any, parts: Parts, who: Who, source: int | None) -> Reported:
    """Refuses `unknown_source`, also to those who do not see everybody's work: a source has no teams."""
    if source is None:
        names = {int(person_id): name for person_id, name in (await people.names_of(connection)).items()}
        return Reported(parts.site_id, await zone_of(connection, parts.site_id), agents=names)
    site_id = SiteId(source)
    if who.sees is not Sight.ALL or not await store.is_source(connection, site_id):
        raise NotFound("unknown_source", source=source)
    return Reported(
        site_id,
        await zone_of(connection, site_id),
        is_foreign=True,
        agents=await store.names_of(connection, site_id, "agent"),
        queues=await store.names_of(connection, site_id, "queue"),
    )
