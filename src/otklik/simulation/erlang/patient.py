"""Erlang C: all customers wait until they are answered; and M/G/k, its approximation for any handling."""

from math import exp, inf

from otklik.simulation.erlang.loss import odds_of_a_free_server
from otklik.simulation.erlang.model import Steady


def erlang_c(servers: float, load: float) -> float:
    """Share of customers who must wait, when all have endless patience (M/M/c); 1 when load >= servers.

    Source: A. K. Erlang 1917; C = B / (1 - rho (1 - B)), R. B. Cooper 1981, "Introduction to Queueing
    Theory", section 3.3; for real c with the continued B of Jagers and van Doorn 1986.
    """
    if load >= servers:
        return 1.0
    odds = odds_of_a_free_server(servers, load)
    return 1 / (1 + odds * ((servers - load) / servers))


def patient_queue(
    *, arrivals: float, handling: float, agents: float, threshold: float, service_cv: float = 1.0
) -> Steady:
    """Erlang C. arrivals: per second; handling: mean seconds; threshold: seconds.

    With service_cv other than 1 (standard deviation / mean of handling) it is the approximation of M/G/k:
    the share that waits stays, the wait of those who wait is exponential with (1 + cv^2) / 2 times the mean.
    When load >= agents there is no steady interval: the queue grows for ever, agents are always busy, in the
    limit nobody is answered in time, and there is no mean wait.
    Source: as erlang_c; SL(t) = 1 - C exp(-(c - a) t / handling), mean wait C handling / (c - a). M/G/k: A.
    M. Lee, P. A. Longton 1957, "Queueing processes associated with airline passenger check-in"; A. O. Allen
    1990, "Probability, Statistics, and Queueing Theory", 2nd ed., section 5.3 (Allen-Cunneen).
    """
    load = arrivals * handling
    if load >= agents:
        return Steady(
            load=load,
            occupancy=1.0,
            waiting=1.0,
            service_level=0.0,
            service_level_of_answered=0.0,
            service_level_without_short_abandons=0.0,
            service_level_counting_short_abandons=0.0,
            average_wait=None,
            average_speed_of_answer=None,
            queue_length=None,
        )
    odds = odds_of_a_free_server(agents, load) * ((agents - load) / agents)
    waiting = 1 / (1 + odds)
    at_once = 1.0 if odds == inf else odds / (1 + odds)
    mean_of_waiters = handling / (agents - load) * ((1 + service_cv * service_cv) / 2)
    late = exp(-threshold / mean_of_waiters) if mean_of_waiters > 0 else 0.0
    in_time = at_once + waiting * (1 - late)
    return Steady(
        load=load,
        occupancy=load / agents,
        waiting=waiting,
        service_level=in_time,
        service_level_of_answered=in_time,
        service_level_without_short_abandons=in_time,
        service_level_counting_short_abandons=in_time,
        average_wait=waiting * mean_of_waiters,
        average_speed_of_answer=waiting * mean_of_waiters,
        queue_length=arrivals * waiting * mean_of_waiters,
    )
