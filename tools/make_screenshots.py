"""The pictures of README and docs, taken from a demo centre that runs.

    make demo                                      # in one terminal
    .venv/bin/python tools/make_screenshots.py --base http://localhost:8700 --password 'admin=...' ...

Signs in as `supervisor` and as `visitor`, waits until the visitor has a call, and writes small PNG files to
docs/images/. Each --password is `login=password`; a first password is changed on the way to the one given by
--new-password.
"""

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
)  # fmt: skip
SIZE = {"width": 1366, "height": 768}
LOCALES = {"ru": "ru-RU", "en": "en-GB"}


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", default="http://localhost:8700")
    parser.add_argument("--password", action="append", default=[], metavar="LOGIN=PASSWORD")
    parser.add_argument("--new-password", default="a-picture-of-otklik-1")
    parser.add_argument("--into", type=Path, default=IMAGES)
    asked = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is missing: apt-get install chromium")
    passwords = dict(one.split("=", 1) for one in asked.password)
    asked.into.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        camera = Camera(browser, asked.base, passwords, asked.new_password, asked.into)
        await camera.page_of("supervisor", "/live", "live", language="en", theme="dark")
        await camera.page_of("supervisor", "/live", "live", language="ru", theme="light")
        await camera.page_of("supervisor", "/wall", "wall", language="en", theme="dark")
        await camera.page_of("supervisor", "/reports", "reports", language="en", theme="light")
        await camera.page_of("supervisor", "/interactions", "interactions", language="en", theme="light")
        for language in ("en", "ru"):
            await camera.talk(language)
        await browser.close()


class Camera:
    """Takes pictures as a person sees the pages."""

    def __init__(
        self, browser: Browser, base: str, passwords: dict[str, str], new_password: str, into: Path
    ) -> None:
        self._browser = browser
        self._base = base
        self._passwords = passwords
        self._new_password = new_password
        self._into = into

    async def page_of(self, login: str, path: str, name: str, *, language: str, theme: str) -> None:
        """One page, after its data have come."""
        context = await self._context(login, language, theme)
        page = await context.new_page()
        await page.goto(self._base + path)
        await page.wait_for_timeout(5000)
        await self._take(page, f"{name}-{language}-{theme}")
        await context.close()

    async def talk(self, language: str) -> None:
        """The visitor's desk: ringing, then in the talk."""
        context = await self._context("visitor", language, "light")
        page = await context.new_page()
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await page.goto(self._base + "/desk")
        await page.locator("[data-testid=line][data-line=registered]").wait_for(timeout=20_000)
        await page.get_by_test_id("state").click()
        await page.locator("[role=menuitem]").first.click(timeout=60_000)
        await page.get_by_test_id("ringing").wait_for(timeout=120_000)
        await self._take(page, f"desk-ringing-{language}-light")
        await page.locator("[data-kind=answer]").click()
        await page.locator("[data-testid=state][data-state=connected]").wait_for(timeout=10_000)
        await page.mouse.move(700, 740)
        await page.wait_for_timeout(4000)
        await self._take(page, f"desk-talk-{language}-light")
        await page.keyboard.press("Control+Shift+KeyX")
        await page.locator('[role=option][aria-selected="true"]').wait_for(timeout=10_000)
        await self._take(page, f"desk-transfer-{language}-light")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Control+Shift+KeyE")
        await page.locator("[data-testid=state][data-state=wrap_up]").wait_for(timeout=10_000)
        for path in ("wrap-up/finish", "sign-out"):
            await context.request.post(f"{self._base}/api/v1/desk/{path}", headers=self._headers(), data={})
        await context.close()

    async def _context(self, login: str, language: str, theme: str) -> BrowserContext:
        scheme = "dark" if theme == "dark" else "light"
        context = await self._browser.new_context(
            viewport=SIZE, locale=LOCALES[language], permissions=["microphone"], color_scheme=scheme
        )
        password = self._passwords[login]
        answer = await context.request.post(
            f"{self._base}/api/v1/sign-in",
            data={"login": login, "password": password},
            headers=self._headers(),
        )
        if not answer.ok:
            sys.exit(f"{login} cannot sign in: {await answer.text()}")
        if (await answer.json())["must_change_password"]:
            await context.request.post(
                f"{self._base}/api/v1/me/password",
                data={"current": password, "new": self._new_password},
                headers=self._headers(),
            )
            self._passwords[login] = self._new_password
        await context.request.patch(
            f"{self._base}/api/v1/me/preferences",
            data={"language": language, "theme": scheme},
            headers=self._headers(),
        )
        return context

    def _headers(self) -> dict[str, str]:
        return {"X-Otklik": "1", "Origin": self._base}

    async def _take(self, page: Page, name: str) -> None:
        await page.screenshot(path=self._into / f"{name}.png")
        print(f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
