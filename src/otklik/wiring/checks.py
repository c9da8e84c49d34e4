"""What the engine checks of its own facts while it works: counters each minute, one random day each night.

Facts are a fold of the journal. The minute's check compares the open slot's counters with the stays that
they count; the night's folds one day anew in a process of its own, at the lowest priority. A difference is an
alarm for administrators and an error line; calls go on.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from otklik import database
from otklik.logs import logger
from otklik.reports.store import checking
from otklik.settings import Settings
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.time import SLOT_MS, Clock, from_ms, to_ms

log = logger()

COUNTERS_EVERY = timedelta(seconds=60)
NIGHT = time(3, 0)
"""By the site's wall clock; how many minutes later is drawn, so that centres of one machine do not meet."""
NIGHT_SPREAD = timedelta(minutes=90)
DAYS_BACK = 30
LOWEST_PRIORITY = 19
LONGEST_NIGHT = timedelta(hours=3)
COUNTERS, DAY = "counters_differ", "facts_differ"


class FactChecks:
    """Alarms stand in `alarms` under COUNTERS and DAY until a later check finds nothing."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        alarms: dict[str, dict[str, Any]],
        *,
        zone: Callable[[], ZoneInfo],
        is_behind: Callable[[], bool],
        chance: Random,
    ) -> None:
        """zone: the site's, as it is now. is_behind: whether facts are known to be behind the journal."""
        self._settings = settings
        self._site_id = SiteId(settings.site_id)
        self._clock = clock
        self._alarms = alarms
        self._zone = zone
        self._is_behind = is_behind
        self._chance = chance
        self.checked_at: datetime | None = None
        self.mismatches = 0
        """Found by all checks of this process's life."""

    def as_facts(self) -> dict[str, Any]:
        """For health: when counters were compared last (ms, null never), and how often something differed."""
        at = self.checked_at
        return {"counters_checked_ms": None if at is None else to_ms(at), "mismatches": self.mismatches}

    # --- each minute

    async def compare_counters(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(COUNTERS_EVERY.total_seconds())
            try:
                await self.compare_counters_once()
            except database.AWAY as error:
                database.raise_bug(error)
                log.debug("counters.not_compared", reason=type(error).__name__)

    async def compare_counters_once(self) -> None:
        """The open slot and the one before: late answers and ends still change that one."""
        if self._is_behind():
            return
        connection = await self._connection("otklik counters")
        try:
            slot = to_ms(self._clock.now()) // SLOT_MS
            found = await checking.wrong_counters(connection, self._site_id, slot - 1)
        finally:
            await connection.close()
        self.checked_at = self._clock.now()
        if not found:
            self._alarms.pop(COUNTERS, None)
            return
        self.mismatches += len(found)
        table, slot, owner = found[0]
        facts = {"count": len(found), "table": table, "since_ms": slot * SLOT_MS, "id": owner}
        if COUNTERS not in self._alarms:
            log.error("counters.differ", **facts)
        self._alarms[COUNTERS] = facts

    # --- each night

    async def fold_nightly(self) -> None:
        """Until cancelled."""
        while True:
            due = next_night(self._clock.now(), self._zone(), self._chance)
            await asyncio.sleep(max(0.0, (due - self._clock.now()).total_seconds()))
            try:
                await self.fold_one_day()
            except database.AWAY as error:
                database.raise_bug(error)
                log.warning("facts.not_folded", reason=type(error).__name__)

    async def fold_one_day(self) -> None:
        """Draws a day that has facts and folds it anew, in a process of its own."""
        connection = await self._connection("otklik nightly check")
        try:
            slots = await checking.counted_slots(connection, self._site_id)
        finally:
            await connection.close()
        if slots is None:
            return
        first = from_ms(slots[0] * SLOT_MS).astimezone(self._zone()).date()
        day = drawn_day(first, self._clock.now().astimezone(self._zone()).date(), self._chance)
        code, said = await self._verify(day)
        match code:  # as `wiring/verify.py` says
            case 0:
                self._alarms.pop(DAY, None)
                log.info("facts.same", day=str(day))
            case 1:
                self.mismatches += 1
                self._alarms[DAY] = {"day": str(day)}
                log.error("facts.differ", day=str(day), first=said)
            case _:
                log.warning("facts.not_folded", day=str(day), exit_code=code)

    async def _verify(self, day: date) -> tuple[int, str]:
        """Exit code of `otklik verify`, and the first lines of what it said."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "otklik", "verify"),
            *("--home", str(self._settings.home), "--day", str(day)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, LOWEST_PRIORITY)
            async with asyncio.timeout(LONGEST_NIGHT.total_seconds()):
                said, _ = await process.communicate()
        except TimeoutError:
            return -1, ""
        finally:
            if process.returncode is None:
                process.kill()
        return process.returncode or 0, " | ".join(said.decode(errors="replace").splitlines()[:4])

    async def _connection(self, name: str) -> Any:
        return await database.connect(database.address_of(self._settings), name=name)


def next_night(now: datetime, zone: ZoneInfo, chance: Random) -> datetime:
    """When the check of the next night begins."""
    spread = timedelta(seconds=chance.randrange(int(NIGHT_SPREAD.total_seconds())))
    day = now.astimezone(zone).date()
    while (night := datetime.combine(day, NIGHT, zone)) <= now:
        day += timedelta(days=1)
    return night + spread


def drawn_day(first: date, today: date, chance: Random) -> date:
    """A day that is over, of the last month and not before the first one; today if no other has facts."""
    oldest = max(first, today - timedelta(days=DAYS_BACK))
    span = (today - oldest).days
    return oldest + timedelta(days=chance.randrange(span)) if span > 0 else today
