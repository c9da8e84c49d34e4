"""The process `engine`: the one writer of a site, the channel's driver, the door.

It starts without the web framework and the report engine: an offer leaves within seconds of a restart.
"""

import asyncio
import contextlib
import gc
import json
import signal
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import uvloop

from otklik import __version__, database
from otklik.access.secrets import SecretStore
from otklik.acd.events import AcdEvent
from otklik.billing.legs import TrunkLegProjection
from otklik.channels.asterisk.driver import AsteriskDriver
from otklik.channels.simulator.driver import SimulatorDriver
from otklik.channels.systems.asker import Asker
from otklik.clock import SystemClock
from otklik.crm.invitations import InvitationProjection
from otklik.flows.events import FlowEvent
from otklik.flows.prompts import grammars
from otklik.journal.codec import Codec
from otklik.journal.projection import Projection
from otklik.journal.store import FencedOff, Holder, JournalWriter
from otklik.logs import logger
from otklik.operations import texts
from otklik.operations.launcher import asterisk_description
from otklik.organization.events import OrganizationEvent
from otklik.quality.feedback import FeedbackProjection
from otklik.quality.links import LinkProjection
from otklik.quality.projection import RecordingsProjection
from otklik.quality.voicemails import VoicemailProjection
from otklik.reports.projections import Facts, Live
from otklik.settings import Settings
from otklik.switchboard.answers import answer
from otklik.switchboard.disk import RecordingRoom, free_percent
from otklik.switchboard.door import Door
from otklik.switchboard.events import (
    ClockStepped,
    EngineStarted,
    RecordingResumed,
    RecordingStopped,
    SwitchboardEvent,
)
from otklik.switchboard.loop import Limits, Switchboard, WriterLost
from otklik.switchboard.opening import recall_numbers, restore
from otklik.switchboard.ports import Driver
from otklik.switchboard.requests import (
    Answer,
    Done,
    DoorAnswer,
    DoorRequest,
    Question,
    SimulatedPhone,
    TestSystem,
    TestTrunk,
)
from otklik.vocabulary.ids import LegId, SiteId, TrunkId
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.vocabulary.time import Clock, duration_ms
from otklik.wiring.checks import FactChecks
from otklik.wiring.crowd import play_robots

log = logger()

AUDIT_EVERY = timedelta(seconds=15)
STEP_TO_TELL = timedelta(seconds=1)
LAG_WINDOW = 50
JOURNAL_LOOK_SECONDS = 0.2
LAG_STEP_SECONDS = 0.1
REBUILD_FIRST_SECONDS = 5.0
REBUILD_LONGEST_SECONDS = 600.0
DISK_LOOK_SECONDS = 2.0
STOPPED_WRITING = 75
COLLECTOR_THRESHOLDS = (10_000, 20, 50)
"""New objects between looks at the youngest; looks between those at the next generations."""


def codec() -> Codec:
    """Every event that this program can write or read."""
    return Codec(AcdEvent, FlowEvent, OrganizationEvent, SwitchboardEvent)


def projections(site_id: SiteId) -> Sequence[Projection]:
    """Folds of the journal that are kept as rows, in the order in which they are written."""
    return (
        Facts(site_id),
        Live(site_id),
        RecordingsProjection(),
        VoicemailProjection(),
        FeedbackProjection(),
        LinkProjection(),
        InvitationProjection(),
        TrunkLegProjection(),
    )


def main(settings: Settings) -> int:
    """Runs until it is told to stop; the exit code is 75 when the journal cannot be written any more."""
    return uvloop.run(Engine(settings).run())


def spare_collector() -> None:
    """What lives as long as the process is not looked through again: such a look took 30 ms, and a call that
    came meanwhile rang that much later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


class Engine:
    """One life of the process, from the lock on the journal to its release."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._site_id = SiteId(settings.site_id)
        self._stopping = asyncio.Event()
        self._lags = [0.0] * LAG_WINDOW
        self._saved_at_seq = 0
        self._writer: JournalWriter
        self._switchboard: Switchboard
        self._clock: SystemClock
        self._driver: Driver
        self._systems: Asker
        self._checks: FactChecks
        self._connection: Any
        self._alarms: dict[str, dict[str, Any]] = {}
        self._room = RecordingRoom(settings.disk_free_percent)

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        opened = await self._open()
        if not opened:
            return 0
        spare_collector()
        door = Door(self._settings.door_socket, self.answer)
        code = 0
        try:
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(self._switchboard.run(), name="switchboard")
                self._look_at_disk(self._free_percent())
                self._driver.start(self._switchboard)
                self._systems.start(self._switchboard)
                await door.open()
                sides = [
                    tasks.create_task(self._audit(), name="audit"),
                    tasks.create_task(self._watch_journal(), name="journal"),
                    tasks.create_task(self._save_snapshots(), name="snapshots"),
                    tasks.create_task(self._measure_lag(), name="lag"),
                    tasks.create_task(self._watch_clock(), name="clock"),
                    tasks.create_task(self._watch_disk(), name="disk"),
                    tasks.create_task(self._rebuild_behind(), name="rebuild"),
                    tasks.create_task(self._checks.compare_counters(), name="counters"),
                    tasks.create_task(self._checks.fold_nightly(), name="nightly"),
                ]
                if self._settings.demo and isinstance(self._driver, SimulatorDriver):
                    robots = play_robots(self._switchboard, self._driver)
                    sides.append(tasks.create_task(robots, name="robots"))
                await self._stopping.wait()
                self._switchboard.stop()
                await work
                for side in sides:
                    side.cancel()
            await self._snapshot()
        except* (WriterLost, FencedOff) as lost:
            log.error("journal.lost", reason=str(lost.exceptions[0]))
            code = STOPPED_WRITING
        finally:
            await door.close()
            with contextlib.suppress(Exception):
                await self._driver.stop()
            await self._systems.stop()
            await self._writer.close()
        return code

    # --- opening

    async def _open(self) -> bool:
        """Takes the right to write, restores, makes the driver; False if told to stop meanwhile."""
        settings = self._settings
        began = time.monotonic()
        while True:
            try:
                address = database.address_of(settings)
                self._writer = await JournalWriter.open(
                    address,
                    site_id=self._site_id,
                    codec=codec(),
                    projections=projections(self._site_id),
                    holder=Holder.of_this_process(settings.home),
                    on_behind=self._note_behind,
                )
                self._connection = await database.connect(address, name="otklik engine parties")
                break
            except Refused as refusal:
                log.error("journal.taken", code=refusal.code, **refusal.facts)
                words = texts.say(texts.language_of_person(), f"refused.{refusal.code}", **refusal.facts)
                sys.stderr.write(words + "\n")
                raise SystemExit(STOPPED_WRITING) from refusal
            except database.AWAY as error:
                log.warning("journal.away", reason=str(error))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.25):
                        await self._stopping.wait()
                if self._stopping.is_set():
                    return False
        centre, replayed = await restore(self._writer)
        centre.flows.grammars = grammars()
        await recall_numbers(centre, self._connection, self._site_id)
        self._clock = SystemClock(not_before=self._writer.last_at)
        self._driver = self._make_driver(lambda: LegId(centre.minter.mint(self._clock.now())))
        secrets = SecretStore(settings.keys, database.address_of(settings), name="otklik systems")
        self._systems = Asker(secrets.read)
        self._switchboard = Switchboard(
            site_id=self._site_id,
            clock=self._clock,
            centre=centre,
            writer=self._writer,
            connection=self._connection,
            driver=self._driver,
            systems=self._systems,
            limits=Limits(
                inbox=settings.inbox_limit,
                batch=settings.batch_limit,
                interactions=settings.interactions_limit,
            ),
            set_aside=self._set_aside,
        )
        self._checks = FactChecks(
            settings,
            self._clock,
            self._alarms,
            zone=lambda: ZoneInfo(centre.configuration.site.zone),
            is_behind=lambda: bool(self._writer.behind),
            chance=Random(int(self._writer.epoch)),
        )
        self._switchboard.note(
            EngineStarted(at=self._clock.now(), epoch=self._writer.epoch, version=__version__)
        )
        log.info(
            "engine.restored",
            events=replayed,
            seq=int(self._writer.seq),
            legs=len(centre.calls.legs),
            seconds=round(time.monotonic() - began, 3),
        )
        return True

    def _make_driver(self, mint: Any) -> Driver:
        settings = self._settings
        if settings.channel == "simulator":
            return SimulatorDriver(self._clock, mint=mint)
        secrets = SecretStore(settings.keys, database.address_of(settings))
        return AsteriskDriver(
            asterisk_description(settings).address,
            mint=mint,
            read_secret=secrets.read,
            on_replaced=self._stopping.set,
        )

    # --- the door

    async def answer(self, request: DoorRequest) -> DoorAnswer:
        match request:
            case Question(name="health"):
                return Answer(facts=await self.health())
            case Question():
                return Answer(facts=answer(self._switchboard.centre, request, self._clock.now()))
            case SimulatedPhone():
                return self._act_on_simulated_phone(request)
            case TestTrunk():
                return Answer(facts=await self._test_trunk(request.trunk_id))
            case TestSystem():
                tried = await self._systems.try_out(request.system, request.question, request.limit)
                return Answer(facts=msgspec.to_builtins(tried))
            case _:
                seq, facts = await self._switchboard.request(request)
                return Done(seq=seq, facts=facts)

    async def health(self) -> dict[str, Any]:
        """What `/api/health` needs to know of this process."""
        channel = await self._driver.health()
        return {
            "version": __version__,
            "epoch": self._writer.epoch,
            "seq": int(self._writer.seq),
            "holds_lock": not self._writer.is_lost,
            "loop_lag_ms": round(max(self._lags) * 1000, 1),
            "channel": self._driver.name,
            "channel_up": channel.is_up,
            "channel_version": channel.version,
            "channel_answered_ago_seconds": channel.answered_ago_seconds,
            "legs": channel.legs,
            "trunks": channel.trunks,
            "behind": sorted(self._writer.behind),
            "clock_drift_ms": duration_ms(self._clock.drift()),
            "records": self._room.is_allowed,
            "checks": self._checks.as_facts(),
            "alarms": self._alarms,
        }

    def _act_on_simulated_phone(self, request: SimulatedPhone) -> DoorAnswer:
        driver = self._driver
        if not isinstance(driver, SimulatorDriver):
            raise Refused("not_simulated")
        device = self._switchboard.centre.device_to_ring(request.agent_id)
        if device is None:
            raise Refused("device_unreachable", agent_id=request.agent_id)
        acts = {"answer": driver.answer, "decline": driver.decline, "hang_up": driver.hang_up}
        if request.action not in acts:
            raise Invalid("unknown_action", "action", action=request.action)
        return Answer(facts={"done": acts[request.action](device.login)})

    async def _test_trunk(self, trunk_id: int) -> dict[str, Any]:
        """The far end is asked now: what it answered last may be long ago."""
        check = await self._driver.check_trunk(TrunkId(trunk_id))
        facts: dict[str, Any] = msgspec.to_builtins(check)
        return facts

    # --- beside the loop

    async def _watch_journal(self) -> None:
        """A lost connection is a lost right to write, even while there is nothing to write."""
        while not self._writer.is_lost:  # noqa: ASYNC110 - the connection tells nobody of its end
            await asyncio.sleep(JOURNAL_LOOK_SECONDS)
        raise WriterLost("the connection to the database is gone")

    async def _audit(self) -> None:
        """The reconciliation of a restart runs as an audit, too; it should find nothing."""
        while True:
            await asyncio.sleep(AUDIT_EVERY.total_seconds())
            if self._switchboard.is_channel_up:
                self._driver.request_survey()

    async def _save_snapshots(self) -> None:
        settings = self._settings
        waited = 0.0
        while True:
            await asyncio.sleep(1.0)
            waited += 1.0
            events = int(self._writer.seq) - self._saved_at_seq
            due = waited >= settings.snapshot_every_seconds and events > 0
            if due or events >= settings.snapshot_every_events:
                waited = 0.0
                await self._snapshot()

    async def _snapshot(self) -> None:
        """The writer takes it when memory is what the journal tells; it is written beside the calls."""
        if self._writer.is_lost or not self._writer.seq:
            return
        centre = self._switchboard.centre
        try:
            seq = await self._writer.keep_snapshot(centre.snapshot, self._clock.now())
        except Refused as refusal:
            log.error("snapshot.not_kept", code=refusal.code, **refusal.facts)
        else:
            self._saved_at_seq = int(seq)

    async def _measure_lag(self) -> None:
        """How late this process's own timers are: the largest of the last five seconds is told."""
        place = 0
        while True:
            began = time.monotonic()
            await asyncio.sleep(LAG_STEP_SECONDS)
            self._lags[place] = max(time.monotonic() - began - LAG_STEP_SECONDS, 0.0)
            place = (place + 1) % LAG_WINDOW

    async def _watch_clock(self) -> None:
        """Wall time may step; our clock does not. It is anchored anew only when nothing is open."""
        while True:
            await asyncio.sleep(1.0)
            drift = self._clock.drift()
            if abs(drift) <= STEP_TO_TELL:
                self._alarms.pop("clock_stepped", None)
                continue
            if "clock_stepped" not in self._alarms:
                log.error("clock.stepped", drift_ms=duration_ms(drift))
            self._alarms["clock_stepped"] = {"drift_ms": duration_ms(drift)}
            if drift > timedelta(0) and self._switchboard.is_idle():
                step = self._clock.anchor_anew()
                self._switchboard.note(ClockStepped(at=self._clock.now(), step=step))

    async def _watch_disk(self) -> None:
        """Recording stops before the disk is full, so that calls and their journal go on."""
        while True:
            await asyncio.sleep(DISK_LOOK_SECONDS)
            # In a thread: a network file system may take its time.
            self._look_at_disk(await asyncio.to_thread(self._free_percent))

    def _free_percent(self) -> float | None:
        return free_percent((self._settings.home, self._settings.spool, self._settings.recordings))

    def _look_at_disk(self, free: float | None) -> None:
        room = self._room
        changed = room.note(free)
        if not room.is_allowed:
            facts = {"free_percent": free, "resumes_percent": room.resumes_percent}
            self._alarms["recording_stopped"] = facts
        if not changed:
            return
        self._driver.allow_recording(room.is_allowed)
        at = self._clock.now()
        if room.is_allowed:
            assert free is not None, "nothing is allowed on a disk that cannot be read"
            self._alarms.pop("recording_stopped", None)
            log.info("recording.resumed", free_percent=free)
            self._switchboard.note(RecordingResumed(at=at, free_percent=free))
        else:
            needed = room.needed_percent
            log.error("recording.stopped", reason="disk_low", free_percent=free, needed_percent=needed)
            known = -1.0 if free is None else free
            self._switchboard.note(RecordingStopped(at=at, free_percent=known, needed_percent=needed))

    async def _rebuild_behind(self) -> None:
        """A projection that fell behind is folded anew from the journal; calls go on meanwhile."""
        pause = REBUILD_FIRST_SECONDS
        while True:
            for name in list(self._writer.behind):
                try:
                    events = await self._writer.rebuild(name)
                except Refused as refusal:
                    # What fails once fails again: a whole journal folded every few seconds would cost more.
                    pause = min(pause * 2, REBUILD_LONGEST_SECONDS)
                    log.error("projection.not_rebuilt", projection=name, code=refusal.code)
                else:
                    pause = REBUILD_FIRST_SECONDS
                    self._alarms.pop(f"projection_behind:{name}", None)
                    log.info("projection.rebuilt", projection=name, events=events)
            await asyncio.sleep(pause)

    def _note_behind(self, name: str, seq: Any, error: str) -> None:
        self._alarms[f"projection_behind:{name}"] = {"projection": name, "seq": int(seq)}
        log.error("projection.behind", projection=name, seq=int(seq), reason=error)

    def _set_aside(self, given: object, error: Exception) -> None:
        """The input that tripped an assertion, for whoever must look; it holds no secret."""
        folder: Path = self._settings.home / "quarantine"
        folder.mkdir(exist_ok=True, mode=0o700)
        at: datetime = self._clock.now()
        body = msgspec.to_builtins(given) if given is not None else None
        path = folder / f"{at:%Y%m%dT%H%M%S}-{at.microsecond // 1000:03d}.json"
        path.write_text(json.dumps({"at": at.isoformat(), "input": body, "error": repr(error)}, indent=1))
        log.error("input.set_aside", file=path.name, reason=repr(error), exc_info=error)


__all__ = ["Clock", "Engine", "codec", "main", "projections"]
