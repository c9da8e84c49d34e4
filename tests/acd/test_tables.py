"""The tables are whole, and everything that is said in them can happen."""

import ast
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from otklik import acd
from otklik.acd import refusals
from otklik.acd.commands import AcdCommand
from otklik.acd.events import AcdEvent
from otklik.acd.model import AgentState, AssignmentPhase, Availability, Phase
from otklik.acd.transitions import (
    ASSIGNMENT,
    AVAILABILITY,
    ENDS_OF_ASSIGNMENT,
    INTERACTION,
    assignment_diagram,
    interaction_diagram,
)
from tests.properties.walker import Walk

pytestmark = pytest.mark.fast

ROOM = Path(acd.__file__).parent


EVENTS = {kind.__name__ for kind in get_args(AcdEvent)}
COMMANDS = {kind.__name__ for kind in get_args(AcdCommand)}
WALKS_AT_MOST = 200
SELDOM = {refusals.AGENT_IN_TWO_PLANS}
"""Too seldom for so few walks; tests/acd/test_blending.py has it."""


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """What happened in random walks, as many as it takes to see everything."""
    found: Counter[str] = Counter()
    for seed in range(WALKS_AT_MOST):
        walk = Walk(seed, full_every=200)
        walk.run(500)
        found += walk.witness.seen
        if set(found) >= EVENTS | COMMANDS and refused_in(found) >= refusals.CODES - SELDOM:
            break
    return found


def refused_in(found: Counter[str]) -> set[str]:
    """Codes of the refusals that were given."""
    return {name.partition(" refused ")[2] for name in found if " refused " in name}


def test_every_event_happens(seen: Counter[str]) -> None:
    assert set(seen) >= EVENTS


def test_every_command_happens(seen: Counter[str]) -> None:
    assert set(seen) >= COMMANDS


def test_every_refusal_happens_and_has_a_name(seen: Counter[str]) -> None:
    assert refused_in(seen) | SELDOM == refusals.CODES


def test_every_phase_can_be_left() -> None:
    for phase in set(Phase) - {Phase.ENDED}:
        ways_out = [
            kind for kind, (before, after) in INTERACTION.items() if phase in before and after is not phase
        ]
        assert len(ways_out) >= 2, phase
    for phase in AssignmentPhase:
        assert all(phase in ASSIGNMENT[kind][0] for kind in ENDS_OF_ASSIGNMENT)


def test_every_phase_and_availability_can_be_reached() -> None:
    assert {after for _, after in INTERACTION.values()} == {*Phase, None} - {Phase.ENDED}
    assert {after for _, after in ASSIGNMENT.values()} == {*AssignmentPhase, None}
    assert {after for _, after in AVAILABILITY.values()} == set(Availability)


def test_agents_state_is_availability_or_phase() -> None:
    beside_calls = {AssignmentPhase.SUSPENDED}
    assert {state.value for state in AgentState} == {
        one.value for one in (*Availability, *(set(AssignmentPhase) - beside_calls))
    }


def test_diagrams_are_drawn_from_the_tables() -> None:
    interaction, assignment = interaction_diagram(), assignment_diagram()

    assert "    waiting --> offered: OfferMade\n" in interaction
    assert "    [*] --> arriving: InteractionArrived\n" in interaction
    assert all(f"    {phase.value} --> [*]: " in interaction for phase in set(Phase) - {Phase.ENDED})
    assert "    connecting --> connected: InteractionConnected\n" in assignment
    assert all(f"    {phase.value} --> [*]: AgentMade" in assignment for phase in AssignmentPhase)


def test_only_apply_writes_state() -> None:
    """No other file of the engine assigns to a field of what the state holds."""
    owners = {"agent", "interaction", "assignment", "queue", "lane", "state", "other"}
    for file in ROOM.glob("*.py"):
        if file.name in ("apply.py", "moves.py", "seats.py", "short_ways.py", "snapshot.py"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.AugAssign | ast.AnnAssign):
                targets = [node.target]
            for target in targets:
                is_field = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
                is_mark = isinstance(target, ast.Attribute) and target.attr in (
                    "next_slot",
                    "is_stirred",
                    "is_brief",
                )
                assert is_mark or not (is_field and target.value.id in owners), (
                    f"{file.name}:{node.lineno} writes {ast.unparse(target)}"
                )
