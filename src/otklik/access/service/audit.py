"""Who did what: a line for each change, and for each failed sign-in."""

import re
from datetime import datetime
from typing import Any, Protocol

from otklik.access import store
from otklik.access.model import PROGRAM, Asker, Person, SignInId, TokenId
from otklik.access.rights import Right, Sight
from otklik.vocabulary.ids import PersonId

THE_PROGRAM = Asker(rights=frozenset(Right), sees=Sight.ALL)
"""The first start and the command line: who can read HOME needs no right."""

LONGEST_SHOWN = 200

_NOT_SHOWN = re.compile(r"[^\x20-\x7e\u00a0-\uffff]")


class By(Protocol):
    """Who asks, for the audit and for what he may give to others."""

    @property
    def person_id(self) -> PersonId: ...

    @property
    def sign_in_id(self) -> int: ...

    @property
    def token_id(self) -> int: ...

    @property
    def rights(self) -> frozenset[Right]: ...


async def note(  # noqa: PLR0913, one argument per column
    connection: Any,
    action: str,
    *,
    by: By,
    at: datetime,
    address: str = "",
    entity: str = "",
    entity_id: int = 0,
    facts: dict[str, Any] | None = None,
) -> None:
    """A line in the audit for what another room did (a recording listened to, a list exported, ...)."""
    await store.insert_audit(
        connection,
        at=at,
        person_id=by.person_id,
        sign_in_id=SignInId(by.sign_in_id),
        token_id=TokenId(by.token_id),
        address=shown(address),
        action=action,
        entity=entity,
        entity_id=entity_id,
        facts=facts or {},
    )


async def write_person_line(
    connection: Any, by: By, action: str, person_id: PersonId, *, at: datetime, address: str, **facts: Any
) -> None:
    """A line about a person."""
    await write_line(
        connection, by, action, at=at, address=address, entity="person", entity_id=person_id, **facts
    )


async def write_line(
    connection: Any,
    by: By,
    action: str,
    *,
    at: datetime,
    address: str,
    entity: str = "sign_in",
    entity_id: int = 0,
    **facts: Any,
) -> None:
    """A line; the other keywords are its facts."""
    await note(
        connection, action, by=by, at=at, address=address, entity=entity, entity_id=entity_id, facts=facts
    )


def asker_of(person: Person | None, sign_in_id: SignInId | None = None) -> Asker:
    """A person who did something before he was let in, or nobody known."""
    return Asker(person_id=person.person_id if person else PROGRAM, sign_in_id=sign_in_id or SignInId(0))


def shown(text: str) -> str:
    """Untrusted text (an address, a browser's name) as it may stand in a list."""
    return _NOT_SHOWN.sub("", text)[:LONGEST_SHOWN]
