"""How fast a queue has been served lately, and how long one who joins it now will wait.

Kept while events are applied, at the cost of a few additions when the line changes; read by questions only:
no decision of the engine depends on it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log
from typing import Final

NOTHING: Final = timedelta()
PRIOR_SERVICES: Final = 3
"""How many services the mean handling time counts for, against those that were seen while people waited."""
_EXACT: Final = 64


@dataclass(slots=True)
class Span:
    """What happened in a quarter of an hour. Only times when somebody waited count for the first four.

    served: interactions that were taken out of the line; staffed: time of agents who work or could;
    left: customers who gave up; waited: time that customers stood in the line. handled, handling: talks with
    their wrap-up that ended, at any time.
    """

    served: int = 0
    staffed: timedelta = NOTHING
    left: int = 0
    waited: timedelta = NOTHING
    handled: int = 0
    handling: timedelta = NOTHING


@dataclass(slots=True)
class Pace:
    """The present quarter of an hour and the one before. at: up to which moment the line was looked at."""

    now: Span = field(default_factory=Span)
    before: Span = field(default_factory=Span)
    at: datetime | None = None

    def note(self, at: datetime, waiting: int, staffed: int) -> None:
        """Up to `at` so many have waited, and so many agents were at work or free."""
        if self.at is not None and self.at < at:
            passed = at - self.at
            self.now.staffed += passed * staffed
            self.now.waited += passed * waiting
        self.at = at

    def turn(self) -> None:
        """A quarter of an hour begins."""
        self.before = self.now
        self.now = Span()

    def rates(self, at: datetime, waiting: int, staffed: int) -> tuple[float, float] | None:
        """Services a second of one agent, and how often a second one who waits gives up. None before
        anything has been seen.

        The first is a mean of what was seen while people waited, so it knows what share of their time these
        agents give to this queue, and of 1 / (mean handling time), which counts as `PRIOR_SERVICES`
        services. The second is abandons / time waited, the maximum-likelihood estimate from censored times
        (Brown et al. 2005, Statistical analysis of a telephone call center, JASA 100, section 5).
        """
        spans = (self.now, self.before)
        served = sum(span.served for span in spans)
        handled = sum(span.handled for span in spans)
        if not served and not handled:
            return None
        staffed_seconds = sum((span.staffed for span in spans), NOTHING).total_seconds()
        waited_seconds = sum((span.waited for span in spans), NOTHING).total_seconds()
        if waiting and self.at is not None and self.at < at:
            passed = (at - self.at).total_seconds()
            staffed_seconds += passed * staffed
            waited_seconds += passed * waiting
        if handled:
            handling = sum((span.handling for span in spans), NOTHING).total_seconds() / handled
            served += PRIOR_SERVICES
            staffed_seconds += PRIOR_SERVICES * handling
        left = sum(span.left for span in spans)
        if staffed_seconds <= 0:
            return None
        return served / staffed_seconds, left / waited_seconds if waited_seconds > 0 else 0.0


def expected_delay(ahead: int, service_rate: float, leaving_rate: float) -> float:
    """Mean seconds until one with `ahead` others before him is taken, all agents being busy.

    The line loses its k-th and later members by services (`service_rate` a second, all agents together) and
    by those before him who give up (`leaving_rate` a second each), so the wait is the sum over
    k = 0 ... ahead of 1 / (service_rate + k leaving_rate). Source: Whitt 1999, Predicting queueing delays,
    Management Science 45(6); with abandonment as QL_m of Ibrahim and Whitt 2009, Real-time delay estimation
    in overloaded multiserver queues with abandonments, Management Science 55(10). Beyond 64 the sum is
    continued by its integral (error below 1e-5 of the whole).
    """
    exact = min(ahead, _EXACT)
    found = sum(1 / (service_rate + place * leaving_rate) for place in range(exact + 1))
    rest = ahead - exact
    if rest <= 0:
        return found
    first = service_rate + (exact + 0.5) * leaving_rate
    last = service_rate + (ahead + 0.5) * leaving_rate
    return found + (rest / first if leaving_rate <= 0 else log(last / first) / leaving_rate)
