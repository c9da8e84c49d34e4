"""One-time tickets of walls: a television has no sign-in, so room `access` keeps no ticket for it.

Kept in memory for 30 seconds; a page that loses one asks for another.
"""

import secrets
from datetime import datetime, timedelta

from otklik.api.sign_in import Who

LASTS = timedelta(seconds=30)
LIMIT = 1000
MARK = "wall."


class Tickets:
    """Who may open one connection, by ticket."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[str, tuple[datetime, Who]] = {}

    def make(self, who: Who, at: datetime) -> str:
        """A new ticket; the oldest goes when too many were asked for and not used."""
        self._forget(at)
        while len(self._open) >= LIMIT:
            del self._open[next(iter(self._open))]
        ticket = MARK + secrets.token_urlsafe(24)
        self._open[ticket] = (at + LASTS, who)
        return ticket

    def take(self, ticket: str, at: datetime) -> Who | None:
        """The wall of a ticket, once."""
        self._forget(at)
        found = self._open.pop(ticket, None)
        return found[1] if found is not None else None

    def _forget(self, at: datetime) -> None:
        # Made in order of time, so the old ones stand first.
        while self._open:
            ticket, (until, _) = next(iter(self._open.items()))
            if until > at:
                return
            del self._open[ticket]
