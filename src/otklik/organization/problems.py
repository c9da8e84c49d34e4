"""What is impossible about the settings as a whole. Pure; the engine judges, here its words get names.

A warning, not a refusal: the agents of a new queue may not have been hired yet.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from otklik.acd.checks import problems_of_centre
from otklik.organization.model import SELF_TEST, Configuration, agent_profile, capacity_rules, queue_rules
from otklik.vocabulary.messages import Value


class SettingsProblem(Value):
    """kind: `queue` or `agent`, with its id; code: one of `acd.checks.REASONS`; place: within the thing."""

    kind: str
    id: int
    code: str
    place: str = ""
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


def problems(configuration: Configuration) -> Iterator[SettingsProblem]:
    """Queues that nobody can serve and ways out to them, agents who may have nothing. The self-test and
    agents out of use are left out."""
    queues = [queue for queue in configuration.queues.values() if queue.project_id != SELF_TEST]
    agents = [agent for agent in configuration.agents.values() if agent.is_active]
    found = problems_of_centre(
        [queue_rules(queue) for queue in queues],
        [agent_profile(agent) for agent in agents],
        capacity_rules(configuration.site),
    )
    for problem in found:
        things, thing_id, *rest = problem.field.split(".")
        yield SettingsProblem(
            kind=things.removesuffix("s"),
            id=int(thing_id),
            code=problem.reason,
            place=".".join(rest),
            facts=problem.facts,
        )
