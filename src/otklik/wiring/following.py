"""`otklik follow asterisk`: a source that grows as another Asterisk writes its log, with its board of now.

Nothing is changed on the other side: the file is only read. A process that was killed goes on with what it
had not stored: rows that are stored already are known again.
"""

import asyncio
import contextlib
import signal
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from otklik import database
from otklik.clock import wall_now
from otklik.journal.store import JournalWriter
from otklik.operations import texts
from otklik.reports.foreign import store
from otklik.reports.foreign.forms import QUEUE_LOG
from otklik.reports.foreign.now import SourceNow
from otklik.reports.foreign.rows import Row, Unread
from otklik.reports.foreign.service import AHEAD, Following, Keeper, Place, import_logs
from otklik.reports.foreign.tailing import Tail
from otklik.settings import Settings
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.vocabulary.time import duration_ms, to_ms
from otklik.wiring.importing import REFUSED, close_writer, open_writer, site_of

LOOK = timedelta(seconds=1)
BEAT_MS = 10_000
SNAPSHOT_MS = 15 * 60_000


def main(settings: Settings, path: Path, *, source: str, zone: str | None) -> int:
    """Until it is told to stop. 2: refused."""
    language = texts.language_of_person()
    try:
        asyncio.run(_until_stopped(settings, path, source, zone))
    except Refused as refused:
        facts = {key: str(value) for key, value in refused.facts.items()}
        sys.stderr.write(texts.say(language, f"import.refused.{refused.code}", **facts) + "\n")
        return REFUSED
    except database.AWAY as away:
        sys.stderr.write(texts.say(language, "report.database_away", facts=away) + "\n")
        return 1
    return 0


async def _until_stopped(settings: Settings, path: Path, source: str, zone: str | None) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await follow(settings, path, source=source, zone=zone, stopping=stopping)


async def follow(
    settings: Settings, path: Path, *, source: str, zone: str | None, stopping: asyncio.Event
) -> None:
    """Catches up with rotated files first. Refuses as an import does, and `file_unreadable`."""
    if not path.parent.is_dir():
        raise Invalid("file_unreadable", str(path), detail="no such folder")
    address = database.address_of(settings)
    connection = await database.connect(address, name="otklik follow", command_timeout=None)
    writer: JournalWriter | None = None
    try:
        site_id, site = await site_of(connection, settings, source, zone)
        kind = QUEUE_LOG if site_id is None else None
        writer = await open_writer(connection, address, settings, site, kind=kind)
        keeper = Keeper(connection, site.site_id, writer)
        place = Place(site.site_id, ZoneInfo(site.zone), site.country)
        state = await keeper.load_state()
        rotated = _rotated(path, state.edge.second)
        if rotated:
            await import_logs(keeper, rotated, place=place, now=wall_now())
        following = Following(keeper, await keeper.load_state(), place=place, now=wall_now())
        await following.begin()
        shown = SourceNow()
        kept_ms = to_ms(wall_now())
        tail = Tail(path, zone=place.zone)
        waiting = _WholeSeconds()
        try:
            while True:
                now_ms = to_ms(wall_now())
                rows = waiting.ready(tail.look(now_ms + duration_ms(AHEAD)), now_ms)
                await following.take(rows, path.name, now_ms)
                now = following.now(now_ms)
                if _is_news(shown, now):
                    await store.save_now(connection, site.site_id, now)
                    shown = now
                if now_ms - kept_ms > SNAPSHOT_MS:
                    await writer.keep_snapshot(dict, wall_now())
                    kept_ms = now_ms
                if stopping.is_set():
                    return
                if tail.is_behind:
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK.total_seconds()):
                        await stopping.wait()
        finally:
            tail.close()
    finally:
        if writer is not None:
            await close_writer(writer)
        await connection.close()


def _rotated(path: Path, stored_until: int) -> list[Path]:
    """`queue_log.1`, `queue_log-20260101.gz` ... that were written to after the last row stored."""
    beside = (one for one in path.parent.glob(f"{path.name}[.-]*") if one.is_file())
    return sorted(one for one in beside if one.stat().st_mtime >= stored_until)


def _is_news(shown: SourceNow, now: SourceNow) -> bool:
    """It stands otherwise, or nobody could tell whether it is still followed."""
    return now.at_ms - shown.at_ms >= BEAT_MS or (shown.queues, shown.agents, shown.log_ms) != (
        now.queues,
        now.agents,
        now.log_ms,
    )


class _WholeSeconds:
    """Rows of a second are taken together: half of it would be known again as the whole."""

    def __init__(self) -> None:
        self._rows: list[Row | Unread] = []
        self._grew_ms = 0

    def ready(self, added: list[Row | Unread], now_ms: int) -> list[Row | Unread]:
        """What can be taken: up to a second that is over, and all when nothing was added for two seconds."""
        if added:
            self._rows += added
            self._grew_ms = now_ms
        is_quiet = now_ms - self._grew_ms >= 2000
        newest = max((row.at_ms // 1000 for row in self._rows if isinstance(row, Row)), default=0)
        place = len(self._rows)
        if not is_quiet:
            while place and _second(self._rows[place - 1]) in (newest, 0):
                place -= 1
        ready, self._rows = self._rows[:place], self._rows[place:]
        return ready


def _second(row: Row | Unread) -> int:
    return row.at_ms // 1000 if isinstance(row, Row) else 0
