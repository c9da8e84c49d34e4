"""Teams side by side: figures of sums, the spread of agents, nobody lost and nobody twice in one team."""

import pytest

from otklik.reports.comparing import Spread, compare, together
from otklik.reports.measures import AgentFacts

pytestmark = pytest.mark.fast

QUICK = AgentFacts(
    ready_ms=1_800_000, connected_ms=600_000, wrap_up_ms=200_000, not_ready_ms=1_000_000,
    unpaid_pause_ms=1_000_000, handled=10, talk_ms=600_000, wrap_ms=200_000, ring_ms=50_000,
    transferred=1, holds=2, missed_offers=1,
)  # fmt: skip
SLOW = AgentFacts(
    ready_ms=600_000, connected_ms=1_200_000, held_ms=300_000, not_ready_ms=900_000,
    handled=2, talk_ms=1_200_000, hold_ms=300_000, ring_ms=10_000, holds=3,
)  # fmt: skip
IDLE = AgentFacts(ready_ms=60_000)


def test_a_teams_figure_is_counted_of_sums_and_not_of_averages() -> None:
    (team,) = compare({1: QUICK, 2: SLOW}, {7: [1, 2]})

    assert team.values["handled"] == 12
    assert team.values["aht_seconds"] == round((600_000 + 200_000 + 1_200_000 + 300_000) / 12) / 1000
    assert team.values["average_talk_seconds"] == 150
    assert team.values["average_hold_seconds"] == 25
    assert team.values["average_ring_seconds"] == 5
    assert team.values["transfer_rate"] == pytest.approx(1 / 12)
    assert team.values["holds"] == 5
    busy, signed_in = 800_000 + 1_500_000, 3_600_000 + 3_000_000
    assert team.values["utilization"] == pytest.approx(busy / (signed_in - 1_000_000))
    assert team.values["occupancy"] == pytest.approx(busy / (signed_in - 1_900_000))


def test_the_spread_is_of_those_who_have_such_a_number() -> None:
    (team,) = compare({1: QUICK, 2: SLOW, 3: IDLE}, {7: [1, 2, 3]})

    assert team.spread["aht_seconds"] == Spread(80, 415, 750, 2)
    assert team.spread["handled"] == Spread(0, 2, 10, 3)
    assert team.agents[3]["aht_seconds"] is None
    assert team.agents[3]["occupancy"] == 0


def test_who_is_in_no_team_stands_apart_and_who_is_in_two_counts_in_both() -> None:
    found = compare({1: QUICK, 2: SLOW, 3: IDLE}, {7: [1, 2], 8: [2], 9: [4]})

    assert [(team.team_id, sorted(team.agents)) for team in found] == [(7, [1, 2]), (8, [2]), (0, [3])]
    assert together([QUICK, SLOW, IDLE]).handled == 12
