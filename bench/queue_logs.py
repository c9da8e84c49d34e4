"""A week of a queue_log as a busy Asterisk writes it, for measuring imports and reports.

Agents are really busy while they talk: whom a call reaches, and when, follows from who is free. Calls come by
the hour and the day of the week, queues are of very different size, some customers call often. Nobody stays
over midnight.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

DAY = 86_400
HOURS = {8: 0.5, 9: 1.0, 10: 1.3, 11: 1.35, 12: 1.2, 13: 1.0, 14: 1.1, 15: 1.1, 16: 1.0, 17: 0.9}
HOURS |= {18: 0.7, 19: 0.5, 20: 0.35}
WEEKDAYS = (1.2, 1.1, 1.05, 1.0, 1.0, 0.6, 0.35)
QUEUES = 20
THRESHOLD, SHORT = 20, 5
"""Seconds within which an answer is in time, and an abandon short; those that a new source is measured by."""

_TALK, _TALK_SPREAD = 4.9, 0.7
_MEAN_TALK = 171
_LONGEST_TALK = 3000
_PATIENCE = 75


@dataclass(slots=True)
class Drawn:
    """What the week came to, counted while it was drawn."""

    stays: int = 0
    lines: int = 0


def agents_for(stays: int) -> int:
    """Enough for the busiest hour of so many stays a week, and hardly more."""
    busiest = stays * max(WEEKDAYS) / sum(WEEKDAYS) * max(HOURS.values()) / sum(HOURS.values())
    return int(busiest * 0.9 * (_MEAN_TALK + 15) / 3600) + 4


def week(midnight: int, stays: int, seed: int = 7) -> tuple[list[str], Drawn]:
    """The lines of a week of about so many stays. midnight: of its Monday, seconds since 1970."""
    dice = random.Random(seed)
    agents = [f"PJSIP/{2000 + number}" for number in range(agents_for(stays))]
    rows: list[tuple[int, int, str]] = []
    drawn = Drawn()
    for weekday, share in enumerate(WEEKDAYS):
        count = round(stays / 1.08 * share / sum(WEEKDAYS))
        for at, text in _day(dice, midnight + weekday * DAY, count, agents, drawn):
            rows.append((at, len(rows), text))
    rows.sort()
    drawn.lines = len(rows)
    return [f"{at}|{text}\n" for at, _, text in rows], drawn


def _day(
    dice: random.Random, midnight: int, calls: int, agents: list[str], drawn: Drawn
) -> Iterator[tuple[int, str]]:
    begin, end = midnight + min(HOURS) * 3600, midnight + (max(HOURS) + 1) * 3600
    free = [(begin - 300, agent) for agent in agents]
    heapify(free)
    for place, agent in enumerate(agents):
        queue = _queue_name(place % QUEUES)
        yield begin - 300, f"MANAGER|{queue}|{agent}|ADDMEMBER|"
        yield end + 3 * 3600, f"MANAGER|{queue}|{agent}|REMOVEMEMBER|"
    hours, shares = list(HOURS), list(HOURS.values())
    starts = sorted(
        midnight + hour * 3600 + dice.randrange(3600) for hour in dice.choices(hours, shares, k=calls)
    )
    for number, start in enumerate(starts):
        yield from _call(dice, f"{start}.{number}", start, free, drawn)


def _call(
    dice: random.Random, call: str, at: int, free: list[tuple[int, str]], drawn: Drawn
) -> Iterator[tuple[int, str]]:
    customer = min(int(dice.paretovariate(0.6)) * 7919 + dice.randrange(40), 9_999_999)
    number = f"7916{customer % 10_000_000:07}"
    queue = _queue(dice)
    for turn in range(2):
        drawn.stays += 1
        yield at, f"{call}|{queue}|NONE|ENTERQUEUE||{number}|1"
        since, agent = free[0]
        pause, ring = 1 + dice.randrange(3), 2 + dice.randrange(9)
        wait = max(since - at, 0) + pause + ring
        patience = 1 + int(dice.expovariate(1 / _PATIENCE))
        if patience < wait:
            yield at + patience, f"{call}|{queue}|NONE|ABANDON|1|1|{patience}"
            return
        if wait > 10 * _PATIENCE:
            yield at + 10 * _PATIENCE, f"{call}|{queue}|NONE|EXITWITHTIMEOUT|1|1|{10 * _PATIENCE}"
            return
        heappop(free)
        if dice.random() < 0.04:
            yield at + wait - ring, f"{call}|{queue}|{agent}|RINGNOANSWER|{1000 * pause}"
        at += wait
        yield at, f"{call}|{queue}|{agent}|CONNECT|{wait}|{call}1|{ring}"
        talk = min(5 + int(dice.lognormvariate(_TALK, _TALK_SPREAD)), _LONGEST_TALK)
        at += talk
        heappush(free, (at + 5, agent))
        if turn == 0 and dice.random() < 0.1:
            yield at, f"{call}|{queue}|{agent}|BLINDTRANSFER|600|internal|{wait}|{talk}|1"
            at += 1
            queue = _queue(dice)
            continue
        by = "COMPLETECALLER" if dice.random() < 0.6 else "COMPLETEAGENT"
        yield at, f"{call}|{queue}|{agent}|{by}|{wait}|{talk}|1"
        return


def _queue(dice: random.Random) -> str:
    """Few are large, many are small."""
    return _queue_name(min(int(dice.paretovariate(0.8)) - 1, QUEUES * 50) % QUEUES)


def _queue_name(place: int) -> str:
    return f"queue-{place + 1:02}"
