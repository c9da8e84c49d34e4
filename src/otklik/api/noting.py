"""What somebody did through a page, in the audit: who, when and from where are those of the request."""

from typing import Any

from fastapi import Request

from otklik.access import service as access
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
