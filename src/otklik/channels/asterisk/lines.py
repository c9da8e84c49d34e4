"""Several ways to the same Asterisk, so that no request waits for one that has nothing to do with it.

Asterisk works off the requests of one WebSocket one after the other, each to its end: a ring behind an answer
behind a hang-up waits for both, and at forty calls a second that was most of the time until a phone rang. So
requests about calls go over connections of their own that hear nothing, each over the one with the least to
do. Who needs an order waits for an answer before he asks the next.
"""

import asyncio
from collections.abc import Sequence

from otklik.channels.asterisk.ari import Ari, Parameters


class Lines:
    """Connections that only ask; or the one of the events, with an Asterisk that answers over HTTP only."""

    def __init__(self, lines: Sequence[Ari]) -> None:
        assert lines
        self._lines = lines

    async def request(
        self, method: str, path: str, parameters: Parameters | None = None, *, body: object = None
    ) -> bytes:
        """As `Ari.request`."""
        line = min(self._lines, key=_load)
        return await line.request(method, path, parameters, body=body)

    async def until_lost(self) -> None:
        """Return when one of them is gone."""
        waits = [asyncio.create_task(line.lost.wait(), name="asterisk.line") for line in self._lines]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _load(line: Ari) -> int:
    return line.under_way
