"""The process `web` as the supervisor starts it: up without an engine or a database, and down in peace."""

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from otklik.operations.certificates import authority_file, provide_certificate
from otklik.settings import Settings

pytestmark = pytest.mark.database

NOWHERE = "postgresql://nobody:x@127.0.0.1:9/none"


def free_port() -> int:
    """A port that is free, and so is the next: the second is HTTPS."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            if 1024 <= port <= 64000:
                return port


@contextmanager
def web(home: Path, port: int, database_url: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = Settings(home=home, port=port)
    settings.run.mkdir(parents=True, exist_ok=True)
    provide_certificate(settings, at=datetime.now(UTC))
    process = subprocess.Popen(
        [sys.executable, "-m", "otklik", "web", "--home", str(home)],
        env={
            **os.environ,
            "OTKLIK_PORT": str(port),
            "OTKLIK_DATABASE_URL": database_url,
            "OTKLIK_HTTPS_BIND": "127.0.0.1",
            "OTKLIK_CHANNEL": "simulator",
        },
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


async def ask(url: str, **more: Any) -> tuple[int, Any]:
    """Status and JSON, as soon as somebody answers."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(url, **more) as reply:
                    return reply.status, json.loads(await reply.text())
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


async def test_it_serves_without_an_engine_and_says_what_is_missing(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    home = tmp_path / "home"
    with web(home, port, database_url) as process:
        status, health = await ask(f"http://127.0.0.1:{port}/api/health")
        assert status == 503
        assert health["reasons"] == ["engine_away"]

        trusted = ssl.create_default_context(cafile=str(authority_file(Settings(home=home, port=port))))
        status, public = await ask(f"https://localhost:{port + 1}/api/v1/public", ssl=trusted)
        assert status == 200
        assert public["channel"] == "simulator"

        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0


async def test_it_starts_without_a_database_and_says_so(tmp_path: Path) -> None:
    port = free_port()
    with web(tmp_path / "home", port, NOWHERE) as process:
        status, problem = await ask(f"http://127.0.0.1:{port}/api/v1/public")
        assert (status, problem["code"]) == (503, "journal_unavailable")
        status, health = await ask(f"http://127.0.0.1:{port}/api/health")
        assert status == 503
        assert set(health["reasons"]) == {"engine_away", "journal_unavailable"}

        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0
