"""Use-cases of what the engine does not read: dispositions. All else is a command (`decide.py`).

`connection` is in the caller's transaction, which is committed at the edge.
"""

from datetime import datetime
from typing import Any

import msgspec

from otklik.organization import store
from otklik.organization.model import Disposition
from otklik.vocabulary.ids import DispositionId, PersonId, SiteId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from otklik.vocabulary.text import name_of

MOST_QUEUES = 1000


async def save_disposition(
    connection: Any, disposition: Disposition, *, by: PersonId, at: datetime, site_id: SiteId = store.SITE
) -> Disposition:
    """A new one (id 0) or a changed one.

    Raises NotFound `unknown_disposition`, Refused `name_taken`, Invalid `unknown_queue`, `too_many_items` and
    those of texts.
    """
    disposition = msgspec.structs.replace(
        disposition,
        name_ru=name_of(disposition.name_ru, "name_ru"),
        name_en=name_of(disposition.name_en, "name_en"),
        queue_ids=tuple(dict.fromkeys(disposition.queue_ids)),
    )
    if len(disposition.queue_ids) > MOST_QUEUES:
        raise Invalid("too_many_items", place="queue_ids", limit=MOST_QUEUES)
    await store.lock_dispositions(connection, site_id=site_id)
    there = {
        found.disposition_id: found for found in await store.list_dispositions(connection, site_id=site_id)
    }
    if disposition.disposition_id and disposition.disposition_id not in there:
        raise NotFound("unknown_disposition", id=disposition.disposition_id)
    for other in there.values():
        for field in ("name_ru", "name_en"):
            same = getattr(other, field).casefold() == getattr(disposition, field).casefold()
            if same and other.disposition_id != disposition.disposition_id:
                raise Refused("name_taken", place=field)
    queues = {queue.queue_id for queue in await store.list_things(connection, "queue", site_id=site_id)}
    for index, queue_id in enumerate(disposition.queue_ids):
        if queue_id not in queues:
            raise Invalid("unknown_queue", place=f"queue_ids.{index}", id=queue_id)
    if there.get(disposition.disposition_id) == disposition:
        return disposition
    saved = await store.save_disposition(connection, disposition, site_id=site_id)
    await store.note_disposition_change(
        connection, at=at, by=by, disposition_id=saved.disposition_id, after=saved, site_id=site_id
    )
    return saved


async def remove_disposition(
    connection: Any,
    disposition_id: DispositionId,
    *,
    by: PersonId,
    at: datetime,
    site_id: SiteId = store.SITE,
) -> None:
    """Interactions that have it keep it. Raises NotFound `unknown_disposition`."""
    if not await store.remove_disposition(connection, disposition_id, at=at, site_id=site_id):
        raise NotFound("unknown_disposition", id=disposition_id)
    await store.note_disposition_change(
        connection, at=at, by=by, disposition_id=disposition_id, after=None, site_id=site_id
    )
