"""The secret of a thing that is set up: written before the command names it, the one before forgotten after.

Nothing is half-applied: when the command is refused the new secret goes and the one before stays.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from otklik.access import secrets
from otklik.api.parts import Parts
from otklik.switchboard.client import EngineAway
from otklik.vocabulary.ids import SecretId


@asynccontextmanager
async def secret_for(parts: Parts, kind: str, before: SecretId, given: str | None) -> AsyncIterator[SecretId]:
    """The secret that the command inside is to name.

    `given` is what the form says: None leaves the one `before`, an empty text takes it away (0), any other
    text takes its place. `kind` says what the secret is for ("trunk", "system").
    """
    secret_id = before
    if given is not None:
        secret_id = SecretId(0)
        if given:
            async with parts.writing() as connection:
                secret_id = await secrets.write_secret(
                    connection, parts.secret_key, kind, given, at=parts.clock.now()
                )
    try:
        yield secret_id
    except EngineAway:
        # It may have been taken all the same: the secret stays.
        raise
    except Exception:
        if secret_id != before:
            await forget_secret(parts, secret_id)
        raise
    if before != secret_id:
        await forget_secret(parts, before)


async def forget_secret(parts: Parts, secret_id: SecretId) -> None:
    """Delete it; nothing happens for 0 (no secret)."""
    if secret_id:
        async with parts.writing() as connection:
            await secrets.delete_secret(connection, secret_id)
