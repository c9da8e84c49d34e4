"""Reports that go out by mail, in the process `courier`: composed when their hour has come.

The mail and the next hour are one transaction, so that none goes out twice; it is delivered as every letter.
"""

from typing import Any

from otklik.api.mailed import tell_by_mail
from otklik.api.periods import zone_of
from otklik.deliveries import service as deliveries
from otklik.logs import logger
from otklik.reports.mailing import MailedReport, next_due
from otklik.reports.store import mailing
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.vocabulary.time import Clock

log = logger()


class ReportMail:
    """`work` sends what is due."""

    def __init__(self, pool: Any, clock: Clock, site_id: SiteId) -> None:
        self._pool = pool
        self._clock = clock
        self._site_id = site_id

    async def work(self) -> None:
        """Each whose hour has come, once."""
        async with self._pool.acquire() as connection:
            for mailed in await mailing.due_mailed(connection, self._site_id, self._clock.now()):
                await self._send(connection, mailed)

    async def _send(self, connection: Any, mailed: MailedReport) -> None:
        now = self._clock.now()
        zone = await zone_of(connection, SiteId(mailed.source) if mailed.source else self._site_id)
        due = next_due(mailed.every, mailed.at, mailed.weekdays, zone, now)
        told, composed = await tell_by_mail(
            connection, mailed, site_id=self._site_id, due=mailed.due_at, now=now
        )
        try:
            async with connection.transaction():
                is_ours = await mailing.note_sent(
                    connection, self._site_id, mailed, at=now, told=told or "sent", due=due
                )
                if is_ours and composed is not None:
                    await deliveries.mail(
                        connection,
                        self._site_id,
                        mailed.addresses,
                        composed.letter,
                        source="report",
                        source_id=mailed.mailed_id,
                        at=now,
                        enclosures=composed.enclosures,
                    )
        except (Refused, Invalid) as refused:
            # Nothing of it was kept: it stands as not sent, and its next hour comes.
            told = refused.code
            await mailing.note_sent(connection, self._site_id, mailed, at=now, told=told, due=due)
        if told:
            log.warning("report.not_mailed", id=mailed.mailed_id, reason=told)
