"""`otklik replay`: a recorded day through the twin, and how near it comes."""

import asyncio
import sys
import time
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from otklik import database
from otklik.acd.events import AcdEvent
from otklik.clock import wall_now
from otklik.operations import texts
from otklik.organization import store as organization
from otklik.settings import Settings
from otklik.simulation.draws import Streams
from otklik.simulation.fidelity import Day, count_real, judge
from otklik.simulation.recorded import Recording
from otklik.simulation.replay import replay
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused
from otklik.wfm.recorded import bounds_of, read_recorded
from otklik.wiring import tables
from otklik.wiring.engine import codec

REFUSED = 2


def main(settings: Settings, *, day: date, replications: int, seed: int, as_json: bool) -> int:
    """Prints real and replayed figures; 2 when there is nothing to replay."""
    language = texts.language_of_person()
    try:
        found = asyncio.run(_replay(settings, day, replications=replications, seed=seed))
    except Refused as refused:
        refuse_replay(refused, language, as_json)
        return REFUSED
    except database.AWAY as away:
        sys.stderr.write(texts.say(language, "report.database_away", facts=away) + "\n")
        return 1
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    else:
        sys.stdout.write(tables.of_replay(found, language))
    return 0


def refuse_replay(refused: Refused, language: texts.Language, as_json: bool) -> None:
    """Says why there is nothing to learn from these days."""
    reason = {
        each: texts.say(each, f"replay.refused.{refused.code}", **refused.facts) for each in ("en", "ru")
    }
    if as_json:
        told = {"error": {"code": refused.code, "facts": refused.facts, "reason": reason}}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=1).decode() + "\n")
    else:
        sys.stderr.write(reason[language] + "\n")


async def _replay(settings: Settings, day: date, *, replications: int, seed: int) -> dict[str, Any]:
    site_id = SiteId(settings.site_id)
    connection = await database.connect(
        database.address_of(settings), name="otklik replay", command_timeout=None
    )
    try:
        site = await organization.find_site(connection, site_id=site_id)
        if site is None:
            raise Refused("not_set_up")
        zone = ZoneInfo(site.zone)
        start, end = bounds_of(day, 1, zone, now=wall_now())
        events = await read_recorded(connection, codec(), site_id=site_id, start=start, end=end)
    finally:
        await connection.close()
    found = replay_day(events, Day(start, end), replications=replications, seed=seed)
    return {"day": day.isoformat(), "zone": site.zone, **found}


def replay_day(events: list[AcdEvent], day: Day, *, replications: int, seed: int) -> dict[str, Any]:
    """Real and replayed figures of a day. Refuses `nothing_recorded` when nobody called."""
    recording = Recording.of(events)
    begun = time.process_time()
    replays = [
        replay(recording, Streams(seed, number), start=day.start, end=day.end)
        for number in range(replications)
    ]
    seconds = time.process_time() - begun
    if not replays[0].customers:
        raise Refused("nothing_recorded", day=day.start.date().isoformat())
    return {**judge(day, count_real(events, day), replays), "cpu_seconds": seconds}
