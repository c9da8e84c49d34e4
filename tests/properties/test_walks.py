"""Long random walks: every invariant, with injected faults. Fixed time, the count of steps is printed."""

import os
import sys
import time

import pytest

from tests.properties.walker import walk

pytestmark = pytest.mark.fast

STEPS = 1_500
FAST_SECONDS = 8.0

CORPUS = (20261121000032,)
"""Seeds that once failed; they run first, for ever."""


@pytest.mark.parametrize("seed", CORPUS)
def test_seeds_that_once_failed(seed: int) -> None:
    walk(seed, STEPS, full_every=1)


def test_random_walks_find_no_violation(capsys: pytest.CaptureFixture[str]) -> None:
    # A new seed each day, so that the gate sees new ground; a failure prints the one that repeats it.
    first = int(os.environ.get("OTKLIK_SEED", time.strftime("%Y%m%d"))) * 1_000_000
    until = time.monotonic() + float(os.environ.get("OTKLIK_WALK_SECONDS", FAST_SECONDS))
    walks, steps = 0, 0
    while time.monotonic() < until:
        steps += walk(first + walks, STEPS).witness.steps
        walks += 1

    with capsys.disabled():
        sys.stdout.write(f"\n{steps} engine steps in {walks} random walks from seed {first}, no violation\n")
    assert steps > 0
