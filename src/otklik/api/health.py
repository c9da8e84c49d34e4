"""Whether the centre is well: what the engine says of itself, and what this process sees.

The answer is 200 only while calls are taken and every fact is kept: the write lock is held, the engine's
loop is quick, the channel answers, the journal takes writes, the disk has room. Each reason is a code with
facts.
"""

from datetime import timedelta
from typing import Any

from otklik.api import store
from otklik.api.engine import question
from otklik.api.live_figures import TRUNK_IS_WELL
from otklik.api.parts import Parts
from otklik.api.schemas.base import FieldProblem
from otklik.api.schemas.health import Health
from otklik.api.store import DATABASE_AWAY
from otklik.deliveries import store as deliveries
from otklik.logs import logger
from otklik.organization import store as organization
from otklik.organization.model import BUILT_IN
from otklik.switchboard.client import EngineAway
from otklik.switchboard.disk import free_percent
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import from_ms, to_ms

log = logger()

LARGEST_LAG_MS = 250.0
COURIER_SILENT_AFTER = timedelta(seconds=90)
CHANNEL_ANSWERS_WITHIN = timedelta(seconds=5)
BANNERS = {"channel_silent": "telephony_away", "clock_stepped": "clock_step"}
"""What pages call some of the reasons."""


async def look(parts: Parts) -> tuple[Health, list[dict[str, Any]]]:
    """The health, and what administrators should see on top of their pages."""
    settings = parts.settings
    found: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    try:
        found = await question(parts, "health")
    except (EngineAway, Refused) as error:
        problems.append(FieldProblem(place="engine", code="engine_away", facts={"error": str(error)}))
    else:
        problems += of_engine(found)
    try:
        async with parts.pool.acquire(timeout=2) as connection:
            is_writable = await store.is_writable(connection)
    except DATABASE_AWAY:
        is_writable = False
    if not is_writable:
        problems.append(FieldProblem(place="journal", code="journal_unavailable"))
    free = free_percent((settings.home, settings.spool, settings.recordings))
    if free is None or free < settings.disk_free_percent:
        facts = {"free_percent": free, "needed_percent": settings.disk_free_percent}
        problems.append(FieldProblem(place="disk", code="disk_low", facts=facts))
    if found.get("channel_version"):
        parts.asterisk_version = str(found["channel_version"])
    checks = found.get("checks", {})
    checked_ms = checks.get("counters_checked_ms")
    health = Health(
        status="failing" if problems else "ok",
        version=parts.version,
        channel=settings.channel,
        asterisk_version=(parts.asterisk_version or None) if settings.channel == "asterisk" else None,
        at=parts.clock.now(),
        seq=str(found["seq"]) if "seq" in found else None,
        loop_lag_ms=found.get("loop_lag_ms"),
        write_lock=bool(found.get("holds_lock")),
        channel_answered_ago_seconds=found.get("channel_answered_ago_seconds"),
        journal_writable=is_writable,
        disk_free_percent=free,
        counters_checked_at=None if checked_ms is None else from_ms(checked_ms),
        fact_mismatches=checks.get("mismatches"),
        reasons=[problem.code for problem in problems],
        details=problems,
    )
    return health, await banner_of(problems, found, parts)


def of_engine(found: dict[str, Any]) -> list[FieldProblem]:
    """What is wrong by the engine's own word."""
    problems = []
    if not found["holds_lock"]:
        problems.append(FieldProblem(place="engine", code="write_lock_lost"))
    if found["loop_lag_ms"] >= LARGEST_LAG_MS:
        facts = {"lag_ms": found["loop_lag_ms"], "limit_ms": LARGEST_LAG_MS}
        problems.append(FieldProblem(place="engine", code="loop_slow", facts=facts))
    ago = found["channel_answered_ago_seconds"]
    if not found["channel_up"] or ago < 0 or ago > CHANNEL_ANSWERS_WITHIN.total_seconds():
        facts = {"answered_ago_seconds": ago, "channel": found["channel"]}
        problems.append(FieldProblem(place="channel", code="channel_silent", facts=facts))
    return problems


async def banner_of(
    problems: list[FieldProblem], found: dict[str, Any], parts: Parts
) -> list[dict[str, Any]]:
    """Everything that is wrong, and what is strange without being wrong. level: bad, warn."""
    items = [
        {"code": BANNERS.get(problem.code, problem.code), "level": "bad", "facts": problem.facts}
        for problem in problems
    ]
    down = {
        int(trunk_id): state
        for trunk_id, state in found.get("trunks", {}).items()
        if state not in TRUNK_IS_WELL
    }
    if down:
        names = await _names_of_trunks(parts)
        for trunk_id, state in sorted(down.items()):
            if trunk_id in names:
                facts = {"trunk_id": trunk_id, "name": names[trunk_id], "state": state}
                items.append({"code": "trunk_down", "level": "warn", "facts": facts})
    items += await _of_courier(parts)
    is_told = any(problem.code == "disk_low" for problem in problems)
    for name, facts in sorted(found.get("alarms", {}).items()):
        code = name.split(":")[0]
        if code == "recording_stopped" and is_told:
            continue
        items.append({"code": BANNERS.get(code, code), "level": "warn", "facts": facts})
    return items


async def _of_courier(parts: Parts) -> list[dict[str, Any]]:
    """Whether the process that watches for alerts and tells the world is silent, once it was there."""
    try:
        async with parts.reading() as connection:
            last = await deliveries.last_beat(connection, parts.site_id)
    except DATABASE_AWAY:
        return []
    if last is None or parts.clock.now() - last <= COURIER_SILENT_AFTER:
        return []
    return [{"code": "courier_silent", "level": "warn", "facts": {"since_ms": to_ms(last)}}]


async def _names_of_trunks(parts: Parts) -> dict[int, str]:
    """Those that an administrator knows: the self-test's own is no news."""
    try:
        async with parts.reading() as connection:
            trunks = await organization.list_things(connection, "trunk", site_id=parts.site_id)
    except DATABASE_AWAY:
        return {}
    return {int(trunk.trunk_id): trunk.name for trunk in trunks if trunk.trunk_id not in BUILT_IN}
