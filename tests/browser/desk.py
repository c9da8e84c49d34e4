"""An agent's desk in a real Chromium whose microphone speaks a sine, and whose ears are measured."""

import asyncio
import contextlib
import time
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.parts import require
from tests.slowness import patience
from tests.whole.centre import Centre

SPOKEN_HERTZ = 700
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
)
# Keeps every connection of the page, so that a test can listen where the agent listens. The microphone's
# sine goes out as it is: noise suppression, which people want, takes a steady tone for noise.
EARS = """
(() => {
  const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (open) {
    navigator.mediaDevices.getUserMedia = (wanted) => {
      const audio = typeof wanted?.audio === 'object' ? wanted.audio : {};
      const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      return open({ ...wanted, audio: { ...audio, ...plain } });
    };
  }
  const Real = window.RTCPeerConnection;
  window.__connections = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...args) { super(...args); window.__connections.push(this); }
  };
  window.__loudness = async (hertz) => {
    const open = window.__connections.filter((one) => one.connectionState === 'connected').at(-1);
    const track = open && open.getReceivers().map((one) => one.track).find((one) => one.kind === 'audio');
    if (!track) return -1;
    if (window.__heard !== track) {
      window.__heard = track;
      window.__ears = new AudioContext();
      await window.__ears.resume();
      window.__analyser = window.__ears.createAnalyser();
      window.__analyser.fftSize = 8192;
      window.__analyser.smoothingTimeConstant = 0;
      window.__ears.createMediaStreamSource(new MediaStream([track])).connect(window.__analyser);
      await new Promise((done) => setTimeout(done, 250));
    }
    const spectrum = new Float32Array(window.__analyser.frequencyBinCount);
    window.__analyser.getFloatFrequencyData(spectrum);
    const bin = Math.round((hertz * window.__analyser.fftSize) / window.__ears.sampleRate);
    return Math.max(...spectrum.slice(bin - 2, bin + 3));
  };
})();
"""
AUDIBLE_DECIBEL = -50.0


@dataclass(slots=True)
class Desk:
    """One agent's page. All that is done is done as the agent does it."""

    page: Page
    context: BrowserContext
    centre: Centre

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, browser: Browser, centre: Centre, login: str, *, language: str = "en", **options: Any
    ) -> AsyncIterator["Desk"]:
        """language: the person's own setting, which would otherwise be as the test before left it."""
        context = await browser.new_context(
            viewport={"width": 1366, "height": 768},
            locale={"en": "en-GB", "ru": "ru-RU"}[language],
            permissions=options.pop("permissions", ["microphone"]),
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(patience(40) * 1000)
        await context.add_init_script(EARS)
        password = await sign_in(context, centre, login)
        centre.passwords[login] = password
        await speaks(context, centre, language)
        page = await context.new_page()
        try:
            await page.goto(f"{centre.base}/desk")
            yield cls(page=page, context=context, centre=centre)
        except Exception as failed:
            with contextlib.suppress(Exception):  # why it failed matters more than what was seen
                failed.add_note(f"{login} saw:\n{await page.locator('body').aria_snapshot(timeout=5_000)}")
            raise
        finally:
            await context.close()

    async def registered(self) -> None:
        line = self.page.locator("[data-testid=line][data-line=registered]")
        await line.wait_for(timeout=patience(20) * 1000)

    async def get_ready(self) -> None:
        """By the menu; the end of a wrap-up of the test before may have made him ready meanwhile."""
        ready = self.page.get_by_role("menuitem", name="Ready").first
        await self.page.get_by_test_id("state").click()
        await ready.wait_for()
        with contextlib.suppress(PlaywrightTimeout):
            await ready.click(timeout=5_000)
        if await ready.is_visible():
            await self.page.keyboard.press("Escape")
        await self.until_state("ready")

    async def until_state(self, state: str, seconds: float = 10) -> None:
        await self.page.locator(f'[data-testid=state][data-state="{state}"]').wait_for(
            timeout=patience(seconds) * 1000
        )

    async def rings(self, seconds: float = 25) -> None:
        await self.page.get_by_test_id("ringing").wait_for(timeout=patience(seconds) * 1000)

    async def answer(self) -> None:
        await self.page.get_by_role("button", name="Answer").click()
        await self.until_state("connected")

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name).click()

    async def reload(self) -> float:
        """F5, and yes to the question whether to leave; gives the moment at which the old page was left."""
        self.page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await self.page.evaluate("window.__is_old = true")
        began = time.monotonic()
        await self.page.reload(wait_until="commit")
        await self.page.wait_for_function("!window.__is_old")
        return began

    async def hears(self, hertz: int) -> bool:
        """Whether this tone is in the agent's ear now."""
        try:
            loudness = await self.page.evaluate("(hertz) => window.__loudness(hertz)", hertz)
        except Exception as gone:  # the page is being reloaded
            if "context" in str(gone) or "navigation" in str(gone):
                return False
            raise
        return bool(loudness > AUDIBLE_DECIBEL)

    async def codec(self) -> str:
        """What the phone sends its voice in."""
        found = await self.page.evaluate(
            """async () => {
              const open = window.__connections.filter((one) => one.connectionState === 'connected').at(-1);
              const all = new Map();
              (await open.getStats()).forEach((one) => all.set(one.id, one));
              const sent = [...all.values()].find((one) => one.type === 'outbound-rtp');
              return all.get(sent.codecId).mimeType;
            }"""
        )
        return str(found).lower()

    async def until_hears(self, hertz: int, seconds: float = 10) -> float:
        """Waits for the tone; gives how long it took."""
        limit = patience(seconds)
        began = time.monotonic()
        while time.monotonic() - began < limit:
            if await self.hears(hertz):
                return time.monotonic() - began
            await self.page.wait_for_timeout(50)
        raise AssertionError(f"{hertz} Hz is not heard within {seconds} s")


async def sign_in(context: BrowserContext, centre: Centre, login: str) -> str:
    """Signs the context in; gives the password as it is now."""
    headers = {"X-Otklik": "1", "Origin": centre.base}
    password = centre.password_of(login)
    answer = await context.request.post(
        f"{centre.base}/api/v1/sign-in", data={"login": login, "password": password}, headers=headers
    )
    assert answer.ok, await answer.text()
    if (await answer.json())["must_change_password"]:
        fresh = f"calm-desk-{time.time_ns()}"
        changed = await context.request.post(
            f"{centre.base}/api/v1/me/password", data={"current": password, "new": fresh}, headers=headers
        )
        assert changed.ok, await changed.text()
        return fresh
    return password


async def speaks(context: BrowserContext, centre: Centre, language: str) -> None:
    """The signed-in person's language from now on."""
    changed = await context.request.patch(
        f"{centre.base}/api/v1/me/preferences",
        data={"language": language},
        headers={"X-Otklik": "1", "Origin": centre.base},
    )
    assert changed.ok, await changed.text()


@contextlib.asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Browser]:
    """The system's Chromium, its microphone speaking 700 Hz."""
    voice = folder / "voice-700.wav"
    if not voice.exists():
        moments = np.arange(48_000 * 20) / 48_000
        with wave.open(str(voice), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(48_000)
            file.writeframes((12_000 * np.sin(2 * np.pi * SPOKEN_HERTZ * moments)).astype("<i2").tobytes())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=require("chromium"),
            args=[*FLAGS, f"--use-file-for-fake-audio-capture={voice}"],
        )
        try:
            yield browser
        finally:
            await browser.close()
