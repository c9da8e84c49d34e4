"""The engine compiled by mypyc decides byte for byte as its source does."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hatch_build
from tests.parts import missing

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
A_DAY = """
import hashlib
from datetime import timedelta
import msgspec
from otklik.acd import engine
from otklik.acd.model import QueueRules, RelaxationStep, SkillRequirement
from otklik.simulation.draws import Arrivals, Exponential, Fixed, LogNormal, Streams
from otklik.simulation.run import run
from otklik.simulation.scenario import AgentGroup, QueueLoad, Scenario

seconds = lambda count: timedelta(seconds=count)
queues = tuple(
    QueueLoad(
        QueueRules(
            queue_id=number,
            skills=(SkillRequirement(skill_id=number, minimum=5),),
            priority=number,
            strategy=strategy,
            wrap_up=seconds(15),
            relaxation=(RelaxationStep(after=seconds(30), minimum=1),),
        ),
        Arrivals.steady(150.0),
        LogNormal(seconds(240), 1.1),
        Exponential(seconds(120)),
    )
    for number, strategy in enumerate(("longest_idle", "most_skilled", "round_robin", "least_occupied"), 1)
)
agents = tuple(
    AgentGroup(3, {one: level, one % 4 + 1: 11 - level}) for one in range(1, 5) for level in (2, 5, 9)
)
scenario = Scenario(queues, agents, duration=timedelta(hours=8), ring=Fixed(seconds(3)), missed=0.05)
digest = hashlib.sha256()
for is_explained in (True, False):
    centre = engine.Engine(is_explained=is_explained)
    run(scenario, Streams(7), engine=centre, listen=lambda event: digest.update(msgspec.json.encode(event)))
    digest.update(centre.snapshot())
print(engine.__file__.endswith(".py"), digest.hexdigest())
"""


def told_by(source: Path) -> list[str]:
    """Whether it was interpreted, and the digest of a day."""
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(
        [sys.executable, "-c", A_DAY], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.timeout(1200)
def test_compiled_engine_decides_as_its_source_does(tmp_path: Path, soak: int) -> None:
    if soak == 1:
        pytest.skip("compiling takes minutes: make soak does it")
    if not shutil.which("cc") or not importlib.util.find_spec("setuptools"):
        missing("compiler", "no C compiler or no setuptools here")
    compiled = tmp_path / "src"
    shutil.copytree(ROOT / "src", compiled, ignore=shutil.ignore_patterns("static", "__pycache__"))

    made = hatch_build.compile_engine(ROOT, tmp_path / "build")
    for file, place in made.items():
        shutil.copy(file, compiled / place)

    was_plain, plain = told_by(ROOT / "src")
    is_plain, same = told_by(compiled)
    assert (was_plain, is_plain) == ("True", "False")
    assert same == plain
