"""The same walks for as long as the gate allows, and ten times longer in a soak run."""

import os
import sys
import time
from collections import Counter

import pytest

from tests.properties.walker import walk

pytestmark = pytest.mark.long

STEPS = 4_000
SECONDS = 90.0


@pytest.mark.timeout(3600)
def test_random_walks_find_no_violation_for_long(soak: int, capsys: pytest.CaptureFixture[str]) -> None:
    first = int(os.environ.get("OTKLIK_SEED", time.strftime("%Y%m%d"))) * 1_000_000 + 500_000
    until = time.monotonic() + float(os.environ.get("OTKLIK_LONG_WALK_SECONDS", SECONDS)) * soak
    walks, steps, seen = 0, 0, Counter[str]()
    while time.monotonic() < until:
        witness = walk(first + walks, STEPS).witness
        steps += witness.steps
        seen += witness.seen
        walks += 1

    with capsys.disabled():
        rare = ", ".join(f"{name} {count}" for name, count in seen.most_common()[:-6:-1])
        sys.stdout.write(
            f"\n{steps} engine steps in {walks} random walks from seed {first}, no violation\n"
            f"rarest: {rare}\n"
        )
    assert steps > 0
