"""What a formula says about a queue in a steady interval."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """A queue in balance. Shares are in [0, 1]; times in seconds; None where a queue grows for ever.

    load: erlangs of the first attempts. occupancy: busy share of the agents. waiting: share of those who
    entered the queue and found no free agent. The four service levels, T being the threshold and s the
    short-abandon threshold: answered within T / offered; / answered; / (offered - abandoned within s);
    (answered within T + abandoned within s) / offered. average_wait: of all who entered the queue;
    average_speed_of_answer: of the answered ones. queue_length: mean number of waiting customers.
    abandonment: abandoned / offered. blocking: share of the attempts that found all lines busy; they did not
    enter the queue.
    """

    load: float
    occupancy: float
    waiting: float
    service_level: float
    service_level_of_answered: float
    service_level_without_short_abandons: float
    service_level_counting_short_abandons: float
    average_wait: float | None
    average_speed_of_answer: float | None
    queue_length: float | None
    abandonment: float = 0.0
    blocking: float = 0.0


def share(value: float) -> float:
    """A share whose last digit may have been rounded out of [0, 1]."""
    return min(max(value, 0.0), 1.0)


def nobody_calls() -> Steady:
    """What the one customer would meet who called after all: the limit for vanishing load."""
    return Steady(
        load=0.0,
        occupancy=0.0,
        waiting=0.0,
        service_level=1.0,
        service_level_of_answered=1.0,
        service_level_without_short_abandons=1.0,
        service_level_counting_short_abandons=1.0,
        average_wait=0.0,
        average_speed_of_answer=0.0,
        queue_length=0.0,
    )
