"""Random walks: every invariant, with injected faults. Fixed time, the count of steps is printed."""

import os
import sys
from pathlib import Path

import pytest

from tests.properties import stories
from tests.properties.floor import Floor, floor
from tests.properties.many import first_of_today, play, take_walks
from tests.properties.walker import walk

pytestmark = pytest.mark.fast

FAST_SECONDS = 7.0
SEEDS = [int(word) for word in (stories.CORPUS / "seeds.txt").read_text().split()]


def test_stories_that_once_failed() -> None:
    for file in sorted(stories.CORPUS.glob("*.jsonl")):
        failure = stories.failure_of(stories.read(file))
        assert failure is None, f"{file.name}: {failure}"


@pytest.mark.parametrize("seed", SEEDS)
def test_seeds_that_once_failed(seed: int) -> None:
    play(seed)


def test_random_walks_find_no_violation(capsys: pytest.CaptureFixture[str]) -> None:
    first = first_of_today()
    tally = take_walks(first=first, seconds=float(os.environ.get("OTKLIK_WALK_SECONDS", FAST_SECONDS)))

    with capsys.disabled():
        sys.stdout.write(f"\n{tally.said()}, from seed {first}\n")
    assert not tally.failures, "".join(tally.failures.values())


def test_a_floor_where_nothing_goes_wrong_needs_hardly_a_repair() -> None:
    quiet = floor(1, 1_000, faults=0)

    assert quiet.surveys > 50
    assert quiet.repairs < 5, "at most what was under way at the moment of a survey"


def test_a_floor_where_all_goes_wrong_is_repaired() -> None:
    taken = Floor(1)
    taken.lost, taken.late, taken.doubled, taken.deaths = 0.1, 0.2, 0.1, 0.02

    taken.run(1_000)

    assert taken.crashes > 10
    assert taken.repairs > 50


def test_a_story_is_shortened_to_what_matters() -> None:
    def fails(lines: list[stories.Line]) -> bool:
        return sum(isinstance(line, stories.Restart) for line in lines) >= 2

    lines = walk(3, 300, faults=3.0).story.lines
    while not fails(lines):
        lines = [*lines, stories.Restart(by_snapshot=True)]

    shortest = stories.shortened(lines, fails)

    assert len(shortest) == 2
    assert fails(shortest)


def test_a_story_is_told_again_as_it_was(tmp_path: Path) -> None:
    taken = walk(5, 400)
    stories.write(tmp_path / "story.jsonl", taken.story.lines)

    again = stories.tell(stories.read(tmp_path / "story.jsonl"))

    assert again.journal == taken.witness.journal
    assert again.engine.snapshot() == taken.witness.engine.snapshot()
