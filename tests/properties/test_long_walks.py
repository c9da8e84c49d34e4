"""The same walks for as long as the gate allows, on all cores, and ten times longer in a soak run."""

import os
import sys
from collections.abc import Callable

import pytest

from tests.properties.many import first_of_today, take_walks

pytestmark = pytest.mark.long

SECONDS = 60.0
OTHER_SEEDS = 500_000
"""So far from the seeds of the quick part: the long one repeats none."""


@pytest.mark.timeout(7200)
def test_random_walks_find_no_violation_for_long(
    soak: int, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    first = first_of_today() + OTHER_SEEDS
    seconds = float(os.environ.get("OTKLIK_LONG_WALK_SECONDS", SECONDS)) * soak

    tally = take_walks(first=first, seconds=seconds, processes=os.cpu_count() or 1)

    rare = ", ".join(f"{name} {count}" for name, count in tally.seen.most_common()[:-6:-1])
    with capsys.disabled():
        sys.stdout.write(f"\n{tally.said()}, from seed {first}\nrarest: {rare}\n")
    record_property("steps", tally.steps)
    record_property("walks", tally.walks)
    assert not tally.failures, "".join(tally.failures.values())
    assert tally.steps > 0
