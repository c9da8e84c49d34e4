"""One running centre, one world and one Chromium for all tests in a browser."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from playwright.async_api import Browser

from otklik.channels.asterisk.install import AsteriskRoot
from tests.browser.desk import chromium
from tests.whole.conftest import PORT, Scene, asterisk_root, centre_on, folder_for_tests, opened

BROWSER_PORT = PORT + 600
BROWSER_WORLD = "127.0.0.6"


@dataclass(slots=True)
class Theatre:
    """The scene, and the browser in which agents sit."""

    scene: Scene
    browser: Browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def theatre(asterisk_root: AsteriskRoot) -> AsyncIterator[Theatre]:
    with folder_for_tests() as folder:
        centre = centre_on(folder, BROWSER_PORT)
        centre.start()
        try:
            async with (
                opened(centre, folder, asterisk_root, phones=(), host=BROWSER_WORLD) as scene,
                chromium(folder) as browser,
            ):
                yield Theatre(scene=scene, browser=browser)
        finally:
            await asyncio.to_thread(centre.stop)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def stillness(theatre: Theatre) -> AsyncIterator[None]:
    """Nobody's customer waits on into the next test: he would ring there first."""
    yield
    await theatre.scene.idle()


__all__ = ["asterisk_root", "stillness", "theatre"]
