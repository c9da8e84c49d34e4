"""Queueing formulas in closed form: Erlang B, C and A. Reference for the simulation, and a calculator.

Loads are in erlangs (mean arrivals x mean handling time), times in seconds. Everything is stable for
thousands of
servers: recursions and log-space sums, no factorials. Service levels carry the names of the product's
measures.
"""

from dataclasses import dataclass
from math import exp, lgamma, log, log1p

_NEGLIGIBLE = log(1e-18)
_CONVERGED = 3e-16
_TINY = 1e-300


def erlang_b(servers: int, load: float) -> float:
    """Share of customers who find all servers busy, when nobody waits (M/M/c/c).

    Source: A. K. Erlang 1917, "Solution of some problems in the theory of probabilities ..."; the recursion
    B(k) = aB(k-1) / (k + aB(k-1)) as in R. B. Cooper 1981, "Introduction to Queueing Theory", section 3.2.
    """
    if load == 0:
        return 1.0 if servers == 0 else 0.0
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def load_for_blocking(servers: int, blocking: float) -> float:
    """Load at which `servers` lines block the share `blocking` in (0, 1): the inverse of Erlang B, by
    bisection."""
    low, high = 0.0, float(max(servers, 1))
    while erlang_b(servers, high) < blocking:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if erlang_b(servers, middle) < blocking:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def erlang_c(servers: int, load: float) -> float:
    """Share of customers who must wait, when all have endless patience (M/M/c); 1 when load >= servers.

    Source: A. K. Erlang 1917; C = B / (1 - rho (1 - B)), R. B. Cooper 1981, section 3.3.
    """
    if load >= servers:
        return 1.0
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


@dataclass(frozen=True, slots=True)
class Patient:
    """An M/M/c queue in a steady interval: what Erlang C says. Waits are in seconds."""

    load: float
    occupancy: float
    waiting: float
    average_wait: float
    service_level: float


def patient_queue(*, arrivals: float, handling: float, agents: int, threshold: float) -> Patient:
    """Erlang C. arrivals: per second; handling: mean seconds; threshold: seconds. Needs load < agents.

    service_level: share answered within the threshold. ValueError when the queue would grow for ever.
    Source: as erlang_c; SL(t) = 1 - C exp(-(c - a) t / handling), ASA = C handling / (c - a).
    """
    load = arrivals * handling
    if load >= agents:
        raise ValueError(f"{agents} agents never catch up with {load} erlangs")
    waiting = erlang_c(agents, load)
    return Patient(
        load=load,
        occupancy=load / agents,
        waiting=waiting,
        average_wait=waiting * handling / (agents - load),
        service_level=1 - waiting * exp(-(agents - load) * threshold / handling),
    )


def fewest_agents(
    *, arrivals: float, handling: float, threshold: float, target: float, max_occupancy: float = 1.0
) -> int:
    """Fewest agents for which Erlang C promises `target` within `threshold` at no more than
    `max_occupancy`."""
    agents = max(1, int(arrivals * handling))
    while True:
        if arrivals * handling < agents:
            found = patient_queue(arrivals=arrivals, handling=handling, agents=agents, threshold=threshold)
            if found.service_level >= target and found.occupancy <= max_occupancy:
                return agents
        agents += 1


@dataclass(frozen=True, slots=True)
class Impatient:
    """An M/M/c+M queue in a steady interval: what Erlang A says.

    waiting: share who do not find a free agent. average_wait: of all customers. The four service levels, T
    being the threshold and also the short-abandon threshold: answered within T / offered; / answered; /
    (offered - abandoned within T); (answered + abandoned within T) / offered.
    """

    load: float
    occupancy: float
    waiting: float
    abandonment: float
    average_wait: float
    queue_length: float
    service_level: float
    service_level_of_answered: float
    service_level_without_short_abandons: float
    service_level_counting_short_abandons: float


def impatient_queue(
    *, arrivals: float, handling: float, patience: float, agents: int, threshold: float
) -> Impatient:
    """Erlang A. arrivals: per second; handling, patience: mean seconds (both exponential); threshold:
    seconds.

    States by birth and death in log space: death rate min(n, c) mu + (n - c)+ theta. A customer who finds j
    waiting in front meets a virtual wait V with exp(-theta V) ~ Beta(c mu / theta, j + 1); he is answered
    within T when V <= T and his patience exceeds V.
    Source: C. Palm 1957, "Research on telephone traffic carried by full availability groups"; A.
    Mandelbaum, S. Zeltyn 2007, "Service engineering in action: the Palm/Erlang-A queue".
    """
    mu, theta = 1 / handling, 1 / patience
    probabilities = _state_probabilities(arrivals, mu, theta, agents)
    head = sum(probabilities[:agents])
    queue_length = sum(
        (count - agents) * share for count, share in enumerate(probabilities) if count > agents
    )
    busy = sum(min(count, agents) * share for count, share in enumerate(probabilities))
    abandonment = theta * queue_length / arrivals
    answered_in_time = head
    late = 0.0
    beta = agents * mu / theta
    edge = exp(-theta * threshold)
    for ahead, share in enumerate(probabilities[agents:]):
        if share == 0.0:
            continue
        survives = beta / (beta + ahead + 1)  # B(beta + 1, j + 1) / B(beta, j + 1): the mean of exp(-theta V)
        answered_in_time += share * survives * (1 - regularized_beta(edge, beta + 1, ahead + 1))
        late += share * regularized_beta(edge, beta, ahead + 1)
    abandoned_in_time = 1 - answered_in_time - edge * late
    return Impatient(
        load=arrivals * handling,
        occupancy=busy / agents,
        waiting=1 - head,
        abandonment=abandonment,
        average_wait=queue_length / arrivals,
        queue_length=queue_length,
        service_level=answered_in_time,
        service_level_of_answered=answered_in_time / (1 - abandonment),
        service_level_without_short_abandons=answered_in_time / (1 - abandoned_in_time),
        service_level_counting_short_abandons=answered_in_time + abandoned_in_time,
    )


def _state_probabilities(arrivals: float, mu: float, theta: float, agents: int) -> list[float]:
    """Stationary shares of 0, 1, 2 ... customers present; the tail is cut where it is negligible."""
    logs = [0.0]
    top = 0.0
    count = 0
    while True:
        count += 1
        leaving = min(count, agents) * mu + max(count - agents, 0) * theta
        logs.append(logs[-1] + log(arrivals / leaving))
        top = max(top, logs[-1])
        if count > agents and leaving > arrivals and logs[-1] < top + _NEGLIGIBLE:
            break
    weights = [exp(one - top) for one in logs]
    whole = sum(weights)
    return [one / whole for one in weights]


def regularized_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b), the distribution function of Beta(a, b) at x in [0, 1].

    Source: W. H. Press et al. 2007, "Numerical Recipes", 3rd ed., section 6.4 (continued fraction, modified
    Lentz).
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > _TINY else _TINY)
    result = d
    for m in range(1, 10_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + numerator * d
            d = 1 / (d if abs(d) > _TINY else _TINY)
            c = 1 + numerator / c
            c = c if abs(c) > _TINY else _TINY
            result *= d * c
        if abs(d * c - 1) < _CONVERGED:
            return result
    raise ArithmeticError(f"I_{x}({a}, {b}) does not converge")
