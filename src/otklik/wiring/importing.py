"""`otklik import`: logs of another Asterisk as a source of their own, with a writer of its own."""

import asyncio
import sys
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
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
from otklik.reports.foreign.forms import QUEUE_LOG
from otklik.reports.foreign.mapping import Measured, Said
from otklik.reports.foreign.preview import Preview
from otklik.reports.foreign.reading import LogFile, Progress
from otklik.reports.foreign.rows import EARLIEST_MS
from otklik.reports.foreign.service import (
    Imported,
    Keeper,
    Place,
    Watch,
    import_logs,
    tell_kept_rows,
)
from otklik.reports.projections import Facts, Live
from otklik.settings import Settings
from otklik.vocabulary.hours import is_zone
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import from_ms
from otklik.wiring.engine import codec

REFUSED = 2
SHOWN = 20
_TRIAL = SiteId(0)
_BEGIN = from_ms(EARLIEST_MS)


def main(  # noqa: PLR0913, the options of the command
    settings: Settings,
    files: list[Path],
    *,
    kind: str = QUEUE_LOG,
    source: str,
    zone: str | None,
    threshold: float | None,
    short_abandon: float | None,
    same: Mapping[str, str],
    inbound: tuple[str, ...] = (),
    internal: tuple[str, ...] = (),
    replaces: bool,
    is_trial: bool,
    as_json: bool,
    in_steps: bool = False,
    previews: bool = False,
) -> int:
    """Prints what came of it. 0: done, also when some rows could not be read; 2: refused, nothing stored.

    in_steps: each step is a line of JSON on the error stream, for a page that shows how far it is.
    """
    bar = _Steps(files) if in_steps else None if as_json else _Bar(files)
    measured = Measured(service_threshold_seconds=threshold, short_abandon_seconds=short_abandon)
    said = Said(measured, same, inbound, internal)
    asked = Asked(source, zone, said, kind, replaces=replaces, is_trial=is_trial, previews=previews)
    return _run(take_files(settings, files, asked, bar), bar, source, is_trial=is_trial, as_json=as_json)


def apply(settings: Settings, *, source: str, as_json: bool, in_steps: bool = False) -> int:
    """Tells what is stored of a source anew, by its mapping. As `main`."""
    bar = _Steps([]) if in_steps else None if as_json else _Bar([])
    return _run(tell_anew(settings, source, bar), bar, source, is_trial=False, as_json=as_json)


def _run(
    work: Coroutine[Any, Any, Imported], bar: "_Bar | None", source: str, *, is_trial: bool, as_json: bool
) -> int:
    language = texts.language_of_person()
    try:
        found = asyncio.run(work)
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
    """Of an import. source: its name. zone: None for the site's own. said, kind: as in `import_logs`.
    replaces: what was imported before goes first. is_trial: nothing is stored.
    previews: with the first results."""

    source: str
    zone: str | None = None
    said: Said = field(default_factory=Said)
    kind: str = QUEUE_LOG
    replaces: bool = False
    is_trial: bool = False
    previews: bool = False


async def take_files(
    settings: Settings, files: Sequence[Path], asked: Asked, bar: Watch | None = None
) -> Imported:
    """Into the source of that name, which is made when it is new. Refuses as `import.refused` says."""
    name, zone = asked.source, asked.zone
    address = database.address_of(settings)
    connection = await database.connect(address, name="otklik import", command_timeout=None)
    writer: JournalWriter | None = None
    try:
        site_id, site = await site_of(connection, settings, name, zone, asked.kind)
        if not asked.is_trial:
            if asked.replaces and site_id is not None:
                for path in files:
                    LogFile(path).close()
                await store.empty_source(connection, site_id, LOCK_CLASS)
            writer = await open_writer(
                connection, address, settings, site, kind=None if site_id is not None else asked.kind
            )
        # A trial of what would begin anew finds nothing stored.
        is_fresh = asked.is_trial and (site_id is None or asked.replaces)
        return await import_logs(
            Keeper(connection, _TRIAL if is_fresh else site.site_id, writer),
            files,
            place=Place(site.site_id, ZoneInfo(site.zone), site.country),
            now=wall_now(),
            kind=asked.kind,
            said=asked.said,
            preview=Preview() if asked.previews else None,
            watch=bar,
        )
    finally:
        if writer is not None:
            await close_writer(writer)
        await connection.close()


async def site_of(
    connection: Any, settings: Settings, name: str, zone: str | None, kind: str = QUEUE_LOG
) -> tuple[SiteId | None, Site]:
    """The site of a source (None when it is new) as it is, or as it will be. Refuses `not_set_up`,
    `unknown_zone`, `other_zone`, and `other_kind`: two forms that tell of the same calls are two sources."""
    own = await organization.find_site(connection, site_id=SiteId(settings.site_id))
    if own is None:
        raise Refused("not_set_up")
    if zone is not None and not is_zone(zone):
        raise Refused("unknown_zone", zone=zone)
    site_id = await store.find_source(connection, name)
    found = await store.find_kind(connection, site_id) if site_id is not None else kind
    if found != kind:
        raise Refused("other_kind", source=name, found=found, kind=kind)
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
    return site_id, site


async def tell_anew(settings: Settings, name: str, bar: "_Bar | None" = None) -> Imported:
    """By the newest version of its mapping. Killed, it goes on where it stood when it is asked again.

    Refuses `unknown_source_name`, `rows_not_kept` and `writer_taken`.
    """
    address = database.address_of(settings)
    connection = await database.connect(address, name="otklik import", command_timeout=None)
    writer: JournalWriter | None = None
    try:
        site_id = await store.find_source(connection, name)
        site = await organization.find_site(connection, site_id=site_id) if site_id is not None else None
        if site_id is None or site is None:
            raise Refused("unknown_source_name", source=name)
        state = await store.load_state(connection, site_id)
        versions = await store.list_mappings(connection, site_id)
        mapping, version = state.mapping, state.mapping_version
        if versions:
            mapping, version = versions[0].mapping, versions[0].version
        if version != state.mapping_version or state.told == state.kept:
            await store.begin_anew(connection, site_id, LOCK_CLASS, mapping, version)
        kind = await store.find_kind(connection, site_id) or QUEUE_LOG
        writer = await open_writer(connection, address, settings, site, kind=None)
        return await tell_kept_rows(
            Keeper(connection, site_id, writer),
            place=Place(site_id, ZoneInfo(site.zone), site.country),
            now=wall_now(),
            kind=kind,
            watch=None if bar is None else bar.step,
        )
    finally:
        if writer is not None:
            await close_writer(writer)
        await connection.close()


async def open_writer(
    connection: Any, address: str, settings: Settings, site: Site, *, kind: str | None
) -> JournalWriter:
    """The source's own writer, with its figures as they stand. kind: of a new source. Refuses
    `writer_taken`."""
    if kind is not None:
        await store.add_source(connection, site.site_id, site.name, kind, wall_now())
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


async def close_writer(writer: JournalWriter) -> None:
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
        if self._size:
            self.step(min(self._before + progress.done, self._size), self._size)

    def step(self, done: int, of: int) -> None:
        """So much of all is done."""
        if self._is_shown:
            full = 30 * done // of
            name = self._file.name if self._file is not None else ""
            sys.stderr.write(f"\r{'█' * full}{'░' * (30 - full)} {done / of:4.0%} {name:<30.30}")
            sys.stderr.flush()

    def close(self) -> None:
        """Leaves the line to what follows."""
        if self._is_shown and self._file is not None:
            sys.stderr.write("\r" + " " * 70 + "\r")


class _Steps(_Bar):
    """How far it is, for the process that began this one."""

    def step(self, done: int, of: int) -> None:
        sys.stderr.write(msgspec.json.encode({"done": done, "of": of}).decode() + "\n")
        sys.stderr.flush()

    def close(self) -> None:
        pass


def _words(found: Imported, language: texts.Language, source: str, *, is_trial: bool) -> str:
    told = ("rejected", "left_out", "preview")
    facts = {name: getattr(found, name) for name in found.__struct_fields__ if name not in told}
    lines = [texts.say(language, "import.trial" if is_trial else "import.done", source=source)]
    lines += [f"  {texts.say(language, f'import.count.{name}')}: {count}" for name, count in facts.items()]
    for left in found.left_out:
        lines.append(texts.say(language, "import.left_out", context=left.context, count=left.calls))
    for row in found.rejected[:SHOWN]:
        reason = texts.say(language, f"import.reasons.{row.reason}")
        lines.append(texts.say(language, "import.row", file=row.file, line=row.line, reason=reason))
    if found.rejected_count > SHOWN:
        lines.append(texts.say(language, "import.more", count=found.rejected_count - SHOWN))
    return "\n".join(lines) + "\n"
