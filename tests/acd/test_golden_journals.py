"""A journal that a released version wrote must replay for ever: to the same agents, customers and places.

Make the one of a new version with `python -m tests.acd.test_golden_journals VERSION`; never change an old
one.
"""

import json
import sys
from pathlib import Path

import msgspec
import pytest

from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.invariants import check

pytestmark = pytest.mark.fast

FOLDER = Path(__file__).parents[1] / "fixtures" / "journals"


def summary(engine: Engine) -> dict[str, object]:
    """What must come out, in words that no version renames."""
    state = engine.state
    return {
        "agents": {str(number): engine.agent_state(number).value for number in sorted(state.agents)},
        "interactions": {str(one): state.interactions[one].phase.value for one in sorted(state.interactions)},
        "lines": {str(queue_id): engine.waiting(queue_id) for queue_id in sorted(state.queues)},
        "intents": {
            str(agent_id): agent.intent for agent_id, agent in sorted(state.agents.items()) if agent.intent
        },
        "at": msgspec.to_builtins(state.at),
    }


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.jsonl")), ids=lambda file: file.stem)
def test_journal_of_a_released_version_replays(file: Path) -> None:
    *written, expected = file.read_text(encoding="utf-8").splitlines()
    engine = Engine()

    engine.restore(msgspec.json.decode(line, type=AcdEvent) for line in written)

    check(engine.state)
    assert summary(engine) == json.loads(expected)


def test_there_is_a_journal_to_replay() -> None:
    assert list(FOLDER.glob("*.jsonl"))


def write(version: str) -> None:
    """A walk that stops in the middle of things."""
    from tests.properties.walker import Walk

    walk = Walk(7, faults=0.3)
    while len(walk.witness.journal) < 900:
        walk.step()
    lines = [msgspec.json.encode(event).decode() for event in walk.witness.journal]
    lines.append(json.dumps(summary(walk.witness.engine)))
    (FOLDER / f"{version}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1])
