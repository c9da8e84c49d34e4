"""Erlang B: agents or lines without a place to wait, for any real number of them."""

from math import exp, floor, gamma, inf, log

from otklik.simulation.erlang.model import Steady

_NEGLIGIBLE = 1e-19
_ENDLESS = 1e300
_CONVERGED = 1e-17


def erlang_b(servers: float, load: float) -> float:
    """Share of customers who find all servers busy, when nobody waits (M/G/c/c); 0 where it is below 1e-300.

    Source: A. K. Erlang 1917, "Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges"; continued to real numbers of servers as by A. A. Jagers, E. A. van Doorn
    1986, "On the continued Erlang loss function".
    """
    return 1 / (1 + odds_of_a_free_server(servers, load))


def odds_of_a_free_server(servers: float, load: float) -> float:
    """(1 - B) / B of Erlang B; infinite where B is below 1e-300.

    The recursion 1/B(c) = 1 + c/a 1/B(c - 1) unrolled from above: a sum of positive terms that is cut where
    the rest is negligible, after some 40 sqrt(a) terms at most. Odds and not shares are told, because they
    keep all digits at both ends.
    Source: the recursion as in R. B. Cooper 1981, "Introduction to Queueing Theory", section 3.2; it holds
    for real c (Jagers, van Doorn 1986, formula 3).
    """
    if load == 0:
        return inf if servers > 0 else 0.0
    whole = floor(servers)
    term, total = 1.0, 0.0
    for step in range(whole):
        left = servers - step
        term *= left / load
        total += term
        if total > _ENDLESS:
            return inf
        if left < load and term * left < _NEGLIGIBLE * total * (load - left):
            return total
    return total + term * _odds_of_less_than_one(servers - whole, load)


def load_for_blocking(servers: float, blocking: float) -> float:
    """Load at which `servers` lines block the share `blocking` in (0, 1): the inverse of Erlang B, by
    bisection."""
    low, high = 0.0, max(servers, 1.0)
    while erlang_b(servers, high) < blocking:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if erlang_b(servers, middle) < blocking:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def loss_system(*, arrivals: float, handling: float, agents: float) -> Steady:
    """Erlang B with the names of the other formulas: who gets in, is answered at once.

    Insensitive: only the mean of handling counts, its spread does not.
    Source: as erlang_b; B. A. Sevastyanov 1957 for insensitivity.
    """
    load = arrivals * handling
    odds = odds_of_a_free_server(agents, load)
    carried = load / agents if odds == inf else load / agents * (odds / (1 + odds))
    return Steady(
        load=load,
        occupancy=min(carried, 1.0),
        waiting=0.0,
        service_level=1.0,
        service_level_of_answered=1.0,
        service_level_without_short_abandons=1.0,
        service_level_counting_short_abandons=1.0,
        average_wait=0.0,
        average_speed_of_answer=0.0,
        queue_length=0.0,
        blocking=1 / (1 + odds),
    )


def _odds_of_less_than_one(servers: float, load: float) -> float:
    """The odds for servers in [0, 1): c exp(a) a^-c Gamma(c, a), the incomplete gamma function by its
    continued fraction or, for small loads, by its series.

    Source: Jagers, van Doorn 1986, formula 2; W. H. Press et al. 2007, "Numerical Recipes", 3rd ed., section
    6.2.
    """
    if servers == 0:
        return 0.0
    if load < 1:
        term = total = 1.0
        count = servers
        while term > _CONVERGED * total:
            count += 1
            term *= load / count
            total += term
        return max(exp(load - servers * log(load)) * gamma(servers + 1) - total, 0.0)
    return servers * _upper_fraction(servers, load)


def _upper_fraction(s: float, x: float) -> float:
    """exp(x) x^-s Gamma(s, x) by Legendre's continued fraction (modified Lentz), x >= 1."""
    b = x + 1 - s
    c, d = inf, 1 / b
    found = d
    for k in range(1, 10_000):
        numerator = -k * (k - s)
        b += 2
        d = 1 / (numerator * d + b)
        c = b + numerator / c
        found *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return found
