"""What somebody did through a page, in the audit: who, when and from where are those of the request."""

from datetime import timedelta
from typing import Any

from fastapi import Request

from otklik.access import service as access
from otklik.access import store
from otklik.api.parts import Parts
from otklik.api.sign_in import Who, address_of


async def note(  # noqa: PLR0913, one argument per column
    connection: Any,
    who: Who,
    request: Request,
    parts: Parts,
    action: str,
    *,
    entity: str,
    entity_id: int = 0,
    facts: dict[str, Any] | None = None,
) -> None:
    """In the transaction of what was done. action: `webhook.saved`; entity: what it was done to."""
    await access.note(
        connection,
        action,
        by=who,
        at=parts.clock.now(),
        address=address_of(request),
        entity=entity,
        entity_id=entity_id,
        facts=facts,
    )


LISTENED = "recording.listened"
_ONE_LISTENING = timedelta(hours=1)


async def note_listening(who: Who, request: Request, parts: Parts, recording_id: int) -> None:
    """One line for each playing from the beginning. A player asks for further ranges while it plays; who asks
    for one without having begun listens as well."""
    begins = request.headers.get("range", "bytes=0-").startswith("bytes=0-")
    async with parts.writing() as connection:
        since = parts.clock.now() - _ONE_LISTENING
        if begins or not await store.is_noted(connection, who.person_id, LISTENED, recording_id, since):
            await note(connection, who, request, parts, LISTENED, entity="recording", entity_id=recording_id)
