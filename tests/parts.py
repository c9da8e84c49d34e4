"""Parts of the machine that a test needs, and what to do when one is not there.

`OTKLIK_REQUIRE=postgres,asterisk,chromium,sipp` makes a missing part a failure; else the test is skipped.
"""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

Found = TypeVar("Found")


def is_required(part: str) -> bool:
    """True if OTKLIK_REQUIRE names the part."""
    return part in {word.strip() for word in os.environ.get("OTKLIK_REQUIRE", "").split(",")}


def missing(part: str, why: str) -> None:
    """Skip the test, or fail it where the part is required."""
    if is_required(part):
        pytest.fail(f"{part} is required here and missing: {why}", pytrace=False)
    pytest.skip(f"{part}: {why}")


def require(part: str) -> str:
    """The path of the program that a part consists of (`chromium`, `sipp`); else as `missing`."""
    found = shutil.which(part)
    if found is None:
        missing(part, f"there is no program {part} on the path")
    assert found is not None
    return found


def in_thread(work: Callable[[], Found]) -> Found:
    """Call something in a thread of its own, where no event loop runs, and give back what it gave.

    Playwright's synchronous interface keeps a loop running in the main thread, so asyncio.run fails there.
    """
    results: list[Found] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001, raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="test part")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def run_async(work: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
    """Run a coroutine from a synchronous fixture or test, whatever loop the main thread has."""
    return in_thread(lambda: asyncio.run(work()))
