"""`otklik selftest`: one real call through everything, and what was kept of it."""

import asyncio
import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from otklik import database
from otklik.access.secrets import SecretStore
from otklik.channels.asterisk.install import AsteriskUnavailable, provide_asterisk
from otklik.operations import texts
from otklik.operations.selftest import CHECKS, Check, Kept, SelfTest, Subject
from otklik.organization import store
from otklik.organization.model import SELF_TEST, Configuration
from otklik.quality import service as recordings
from otklik.quality.store import find_recordings_of
from otklik.reports import service as reports
from otklik.settings import Settings
from otklik.switchboard.client import EngineClient
from otklik.vocabulary.ids import InteractionId, SiteId
from otklik.vocabulary.refusals import NotFound


def main(settings: Settings, *, as_json: bool) -> int:
    """Prints the result; the exit code is 1 when a check failed."""
    checks = asyncio.run(run(settings))
    plain = as_plain(checks)
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False, indent=1))
    else:
        language = texts.language_of_person()
        for check in checks:
            word = texts.say(language, "selftest.passed" if check.passed else "selftest.failed")
            name = texts.say(language, f"selftest.{check.name}")
            click.echo(f"{word}  {name}  {_detail(check)}")
        click.echo(texts.say(language, "selftest.all_well" if plain["passed"] else "selftest.not_well"))
    return 0 if plain["passed"] else 1


def as_plain(checks: list[Check]) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "passed": bool(checks) and all(check.passed for check in checks),
        "checks": [
            {"name": check.name, "passed": check.passed, "detail": _detail(check)} for check in checks
        ],
    }


def _detail(check: Check) -> str:
    return f"{check.code}: {check.detail}" if check.code and check.detail else check.code or check.detail


async def run(settings: Settings) -> list[Check]:
    address = database.address_of(settings)
    try:
        connection = await database.connect(address, name="otklik selftest")
    except database.AWAY as error:
        return _nothing("engine", "database_away", str(error))
    client = EngineClient(settings.door_socket)
    secrets = SecretStore(settings.keys, address)
    site_id = SiteId(settings.site_id)

    async def look_up(interaction_id: int) -> Kept | None:
        return await _kept(connection, site_id, settings, InteractionId(interaction_id))

    try:
        configuration = await store.load(connection, site_id=site_id)
        subject = await _subject(configuration, secrets)
        if subject is None:
            return _nothing("agent", "self_test_not_set_up", "")
        root = await asyncio.to_thread(
            provide_asterisk,
            cache=settings.download_cache,
            suites=settings.debian_suites,
            environment=dict(os.environ),
            progress=lambda *_: None,
        )
        test = SelfTest(settings=settings, root=root, subject=subject, client=client, look_up=look_up)
        return await test.run()
    except AsteriskUnavailable as error:
        return _nothing("channel", "asterisk_unavailable", str(error))
    finally:
        await client.close()
        await secrets.close()
        await connection.close()


async def _subject(configuration: Configuration, secrets: SecretStore) -> Subject | None:
    device = next((one for one in configuration.devices.values() if one.device_id == SELF_TEST), None)
    number = next((one for one in configuration.numbers.values() if one.number_id == SELF_TEST), None)
    if device is None or number is None:
        return None
    return Subject(
        agent_id=device.agent_id,
        login=device.login,
        secret=await secrets.read(device.secret_id),
        number=number.number,
    )


async def _kept(
    connection: Any, site_id: SiteId, settings: Settings, interaction_id: InteractionId
) -> Kept | None:
    try:
        # No day of the site matters here: what is asked for are its times and how it ended.
        line = await reports.interaction_time_line(
            connection, site_id=site_id, interaction_id=interaction_id, zone=ZoneInfo("UTC")
        )
    except NotFound:
        return None
    talks = (stay.talk + stay.hold for stay in line.stays)
    kept = Kept(outcome=line.interaction.outcome or "", talk=sum(talks, timedelta(0)))
    for recording in await find_recordings_of(connection, site_id, interaction_id):
        kept.recording_state = recording.state
        if recording.state == "stored":
            path = recordings.file_of(recording, settings.home)
            kept.recording = path
            kept.sha256_matches = await asyncio.to_thread(_sha256, path) == recording.sha256
        else:
            kept.recording_state = recording.missing_cause
    return kept


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _nothing(name: str, code: str, detail: str) -> list[Check]:
    return [
        Check(
            name=one,
            passed=False,
            code=code if one == name else "not_reached",
            detail=detail if one == name else "",
        )
        for one in CHECKS
    ]
