"""Teams side by side: what each did together, and how far its agents are apart. Pure.

No rank and no average of averages: a team's figure is counted of the sums of its agents; the spread beside it
is the lowest, the middle and the highest of theirs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median

from otklik.reports import measures
from otklik.reports.measures import AgentFacts

Values = Mapping[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the agents who have such a number. count: how many they are."""

    low: float
    median: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Team:
    """team_id 0: agents of no team. spread: by the measure's name; none where no agent has a number."""

    team_id: int
    agents: Mapping[int, Values]
    values: Values
    spread: Mapping[str, Spread]


def together(facts: Iterable[AgentFacts]) -> AgentFacts:
    """Sums."""
    found = list(facts)
    return AgentFacts(
        **{one.name: sum(getattr(each, one.name) for each in found) for one in fields(AgentFacts)}
    )


def compare(facts: Mapping[int, AgentFacts], teams: Mapping[int, Sequence[int]]) -> list[Team]:
    """facts: by agent. teams: their agents; who is in two counts in both, who is in none in team 0. Teams
    nobody of whom was there are left out."""
    placed = {agent_id for agents in teams.values() for agent_id in agents}
    without = [agent_id for agent_id in facts if agent_id not in placed]
    found = []
    for team_id, agents in (*teams.items(), (0, without)):
        own = {agent_id: facts[agent_id] for agent_id in agents if agent_id in facts}
        if own:
            values = {
                agent_id: measures.compute_all(measures.TEAM_MEASURES, one) for agent_id, one in own.items()
            }
            found.append(
                Team(
                    team_id=team_id,
                    agents=values,
                    values=measures.compute_all(measures.TEAM_MEASURES, together(own.values())),
                    spread=spread_of(values.values()),
                )
            )
    return found


def spread_of(values: Iterable[Values]) -> dict[str, Spread]:
    """By the name of each measure that somebody has."""
    rows = list(values)
    found = {}
    for measure in measures.TEAM_MEASURES:
        numbers = sorted(number for row in rows if (number := row[measure.name]) is not None)
        if numbers:
            found[measure.name] = Spread(numbers[0], median(numbers), numbers[-1], len(numbers))
    return found
