"""The load guard: after many calls in a day, or much talk without a pause, an agent comes after the others,
and somebody proposes a pause. Pure rules; the counters stand in the state.

Source: requirement 33 ("after the hundredth call a day even the best agent may break down").
"""

from typing import Final

from otklik.acd.model import GuardCause, SiteRules
from otklik.acd.state import Agent

_AGAIN: Final = 4


def guard_cause(site: SiteRules, agent: Agent) -> GuardCause | None:
    """Why this agent should come after the others, if he should."""
    if site.guard_handled and agent.handled >= (agent.guard_at or site.guard_handled):
        return GuardCause.HANDLED
    if site.guard_streak and agent.streak >= site.guard_streak:
        return GuardCause.STREAK
    return None


def next_guard(site: SiteRules, handled: int) -> int:
    """After how many handled calls the guard comes again for one who took his pause: a quarter more."""
    return handled + max(1, site.guard_handled // _AGAIN)
