"""`otklik import`: logs of another Asterisk as a source of their own, with a writer of its own."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from otklik import database
from otklik.clock import wall_now
from otklik.journal.store import LOCK_CLASS, Holder, JournalWriter
from otklik.operations import texts
from otklik.organization import store as organization
from otklik.organization.events import SiteSaved
from otklik.organization.model import Site
from otklik.reports.foreign import store
from otklik.reports.foreign.memory import Rules
from otklik.reports.foreign.reading import LogFile, Progress
from otklik.reports.foreign.rows import EARLIEST_MS
from otklik.reports.foreign.service import Imported, Keeper, Place, Watch, import_queue_logs
from otklik.reports.projections import Facts, Live
from otklik.settings import Settings
from otklik.vocabulary.hours import is_zone
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import from_ms
from otklik.wiring.engine import codec

REFUSED = 2
SHOWN = 20
KIND = "queue_log"
_TRIAL = SiteId(0)
_BEGIN = from_ms(EARLIEST_MS)


def main(  # noqa: PLR0913, the options of the command
    settings: Settings,
    files: list[Path],
    *,
    source: str,
    zone: str | None,
    threshold: float,
    short_abandon: float,
    same: Mapping[str, str],
    replaces: bool,
    is_trial: bool,
    as_json: bool,
) -> int:
    """Prints what came of it. 0: done, also when some rows could not be read; 2: refused, nothing stored."""
    language = texts.language_of_person()
    rules = Rules(
        service_threshold=timedelta(seconds=threshold), short_abandon=timedelta(seconds=short_abandon)
    )
    bar = None if as_json else _Bar(files)
    try:
        asked = Asked(source, zone, rules, same, replaces=replaces, is_trial=is_trial)
        found = asyncio.run(take_files(settings, files, asked, bar))
    except Refused as refused:
        facts = {key: str(value) for key, value in refused.facts.items()}
        reason = {
            each: texts.say(each, f"import.refused.{refused.code}", **facts) for each in texts.LANGUAGES
        }
        if as_json:
            told = {"error": {"code": refused.code, "facts": facts, "reason": reason}}
            sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=1).decode() + "\n")
        else:
            sys.stderr.write(reason[language] + "\n")
        return REFUSED
    except database.AWAY as away:
        sys.stderr.write(texts.say(language, "report.database_away", facts=away) + "\n")
        return 1
    finally:
        if bar is not None:
            bar.close()
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    else:
        sys.stdout.write(_words(found, language, source, is_trial=is_trial))
    return 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Of an import. source: its name. zone: None for the site's own. same: as in `import_queue_logs`.
    replaces: what was imported before goes first. is_trial: nothing is stored."""

    source: str
    zone: str | None = None
    rules: Rules = field(default_factory=Rules)
    same: Mapping[str, str] = field(default_factory=dict)
    replaces: bool = False
    is_trial: bool = False


async def take_files(
    settings: Settings, files: Sequence[Path], asked: Asked, bar: Watch | None = None
) -> Imported:
    """Into the source of that name, which is made when it is new. Refuses as `import.refused` says."""
    name, zone = asked.source, asked.zone
    address = database.address_of(settings)
    connection = await database.connect(address, name="otklik import", command_timeout=None)
    writer: JournalWriter | None = None
    try:
        own = await organization.find_site(connection, site_id=SiteId(settings.site_id))
        if own is None:
            raise Refused("not_set_up")
        if zone is not None and not is_zone(zone):
            raise Refused("unknown_zone", zone=zone)
        site_id = await store.find_source(connection, name)
        site = await organization.find_site(connection, site_id=site_id) if site_id is not None else None
        if site is not None and zone is not None and zone != site.zone:
            raise Refused("other_zone", zone=zone, found=site.zone)
        if site is None:
            site = Site(
                site_id=site_id or await store.next_site(connection),
                name=name,
                zone=zone or own.zone,
                country=own.country,
                language=own.language,
                currency=own.currency,
            )
        if not asked.is_trial:
            if asked.replaces and site_id is not None:
                for path in files:
                    LogFile(path).close()
                await store.empty_source(connection, site_id, LOCK_CLASS)
            writer = await _open(connection, address, settings, site, is_new=site_id is None)
        # A trial of what would begin anew finds nothing stored.
        is_fresh = asked.is_trial and (site_id is None or asked.replaces)
        return await import_queue_logs(
            Keeper(connection, _TRIAL if is_fresh else site.site_id, writer),
            files,
            place=Place(site.site_id, ZoneInfo(site.zone), site.country),
            now=wall_now(),
            rules=asked.rules,
            same=asked.same,
            watch=bar,
        )
    finally:
        if writer is not None:
            await _close(writer)
        await connection.close()


async def _open(
    connection: Any, address: str, settings: Settings, site: Site, *, is_new: bool
) -> JournalWriter:
    """The source's own writer, with its figures as they stand. Refuses `writer_taken`."""
    if is_new:
        await store.add_source(connection, site.site_id, site.name, KIND, wall_now())
    writer = await JournalWriter.open(
        address,
        site_id=site.site_id,
        codec=codec(),
        projections=(Facts(site.site_id), Live(site.site_id)),
        holder=Holder.of_this_process(settings.home),
    )
    async for _ in writer.replay(await writer.load_snapshot()):
        pass
    for name in list(writer.behind):
        await writer.rebuild(name)
    if not writer.seq:
        # Before the first row of the log, whenever that was.
        saved = SiteSaved(at=_BEGIN, site=site)

        async def write(inside: Any) -> None:
            await organization.write(inside, [saved], site_id=site.site_id)

        await writer.append([saved], rows=[write])
    return writer


async def _close(writer: JournalWriter) -> None:
    """The next import begins here and need not read the journal again."""
    try:
        if not writer.is_lost and writer.seq:
            await writer.keep_snapshot(dict, wall_now())
    finally:
        await writer.close()


class _Bar:
    """How far it is, on the error stream of a terminal."""

    def __init__(self, files: list[Path]) -> None:
        self._size = sum(path.stat().st_size for path in files if path.is_file())
        self._before = 0
        self._file: Path | None = None
        self._file_size = 0
        self._is_shown = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        if progress.path != self._file:
            self._before += self._file_size
            self._file, self._file_size = progress.path, progress.size
        if self._is_shown and self._size:
            share = min(1.0, (self._before + progress.done) / self._size)
            full = round(share * 30)
            sys.stderr.write(f"\r{'█' * full}{'░' * (30 - full)} {share:4.0%} {progress.path.name:<30.30}")
            sys.stderr.flush()

    def close(self) -> None:
        """Leaves the line to what follows."""
        if self._is_shown and self._file is not None:
            sys.stderr.write("\r" + " " * 70 + "\r")


def _words(found: Imported, language: texts.Language, source: str, *, is_trial: bool) -> str:
    facts = {name: getattr(found, name) for name in found.__struct_fields__ if name != "rejected"}
    lines = [texts.say(language, "import.trial" if is_trial else "import.done", source=source)]
    lines += [f"  {texts.say(language, f'import.count.{name}')}: {count}" for name, count in facts.items()]
    for row in found.rejected[:SHOWN]:
        reason = texts.say(language, f"import.reasons.{row.reason}")
        lines.append(texts.say(language, "import.row", file=row.file, line=row.line, reason=reason))
    if found.rejected_count > SHOWN:
        lines.append(texts.say(language, "import.more", count=found.rejected_count - SHOWN))
    return "\n".join(lines) + "\n"
