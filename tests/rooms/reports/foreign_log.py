"""A queue_log as Asterisk writes it, drawn from a plan; and the figures of the plan, counted apart.

The plan knows nothing of the code under test: its figures come from the calls, never from the lines.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

from otklik.journal.record import Record
from otklik.reports.facts import FactChanges
from otklik.reports.segments import SegmentFold
from otklik.vocabulary.ids import Sequence, SiteId
from otklik.vocabulary.messages import Event

START = 1_700_000_000
QUEUES = ("sales", "support", "8800")
AGENTS = ("PJSIP/101", "PJSIP/102", "Local/103@from-queue/n", "SIP/104")
"""The third and the fourth are static members: nothing says that they log in."""

JOINED = AGENTS[:2]


@dataclass
class Stay:
    """One stay of a call in a queue, as planned: seconds since 1970."""

    queue: str
    enter: int
    leave: int
    outcome: str
    agent: str = ""
    talk: int = 0
    ring: int = 0


@dataclass
class Plan:
    """The calls of a log and its lines."""

    stays: list[Stay] = field(default_factory=list)
    calls: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    joined: dict[str, tuple[int, int]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def of_queue(self, queue: str) -> list[Stay]:
        return [stay for stay in self.stays if stay.queue == queue]

    def count(self, outcome: str) -> int:
        return sum(stay.outcome == outcome for stay in self.stays)


def draw(seed: int, calls: int, *, gap: int = 40) -> Plan:
    """A log of so many calls with all that an ordinary centre has: rings that nobody takes, abandons,
    time-outs into another queue, transfers into another queue and out of sight, members who join and part.
    """
    dice = random.Random(seed)
    plan = Plan(calls=calls)
    rows: list[tuple[int, int, str]] = []

    def row(at: int, *fields: object) -> None:
        rows.append((at, len(rows), "|".join(map(str, (at, *fields)))))

    free = dict.fromkeys(AGENTS, START)
    row(START, "NONE", "NONE", "NONE", "QUEUESTART", "")
    for agent in JOINED:
        row(START + 1, "MANAGER", "sales", agent, "ADDMEMBER", "")
        row(START + 1, "MANAGER", "support", agent, "ADDMEMBER", "")
    at = START + 100
    for number in range(calls):
        at += 1 + int(dice.expovariate(1 / gap))
        _one(plan, row, dice, free, f"{at}.{number}", at)
    end = max(at, *free.values()) + 60
    for agent in JOINED:
        row(end, "MANAGER", "sales", agent, "REMOVEMEMBER", "")
        row(end + 5, "MANAGER", "support", agent, "REMOVEMEMBER", "")
        plan.joined[agent] = (START + 1, end + 5)
    # Asterisk writes as things happen; within one second the order of the plan stays.
    plan.lines = [text for _, _, text in sorted(rows)]
    return plan


def _one(plan, row, dice, free, call, at):  # type: ignore[no-untyped-def]  # all are as in `draw`
    number = f"7916{dice.randrange(10_000_000):07}"
    for turn in range(3):
        queue = dice.choice(QUEUES)
        row(at, call, queue, "", "ENTERQUEUE", "", number, 1)
        entered = at
        at += dice.randrange(0, 25)
        if dice.random() < 0.2:
            row(at, call, queue, "", "ABANDON", 1, 1, at - entered)
            plan.stays.append(Stay(queue, entered, at, "abandoned"))
            return
        if dice.random() < 0.1:
            row(at, call, queue, "", "EXITWITHTIMEOUT", 1, 1, at - entered)
            plan.stays.append(Stay(queue, entered, at, "timed_out"))
            if turn == 2 or dice.random() < 0.5:
                return
            at += 1
            continue
        if dice.random() < 0.2:
            agent, at = _free(dice, free, at)
            ring = dice.randrange(5, 16)
            at += ring
            row(at, call, queue, agent, "RINGNOANSWER", ring * 1000)
            plan.missed[agent] += 1
            free[agent] = at
        agent, at = _free(dice, free, at)
        ring = dice.randrange(0, 10)
        at += ring
        row(at, call, queue, agent, "CONNECT", at - entered, call + "a", ring)
        talk = dice.randrange(1, 400)
        stay = Stay(queue, entered, at, "answered", agent, talk, ring)
        plan.stays.append(stay)
        answered, at = at, at + talk
        free[agent] = at
        if dice.random() < 0.2:
            row(at, call, queue, agent, "BLINDTRANSFER", 600, "internal", answered - entered, talk, 1)
            stay.outcome = "transferred"
            if turn == 2 or dice.random() < 0.5:
                return
            at += 1
            continue
        event = dice.choice(("COMPLETECALLER", "COMPLETEAGENT"))
        row(at, call, queue, agent, event, answered - entered, talk, 1)
        return


def _free(dice: random.Random, free: dict[str, int], at: int) -> tuple[str, int]:
    """Who takes the call, and from when on he can."""
    idle = [agent for agent in AGENTS if free[agent] <= at]
    if idle:
        return dice.choice(idle), at
    agent = min(AGENTS, key=lambda one: free[one])
    return agent, free[agent]


class Folded:
    """The facts that follow from events."""

    def __init__(self, events: list[Event]) -> None:
        fold = SegmentFold()
        self.segments = {}
        self.offers = {}
        self.interactions = {}
        self.time: dict[tuple[int, int], int] = {}
        for seq, event in enumerate(events, 1):
            record = Record(site_id=SiteId(2), seq=Sequence(seq), at=event.at, event=event)
            changes = fold.fold([record])
            if changes is not None:
                self._add(changes)

    def _add(self, changes: FactChanges) -> None:
        for segment in (*changes.open.values(), *changes.final):
            self.segments[segment.segment_id] = segment
        self.offers.update(changes.offers)
        self.interactions.update(changes.interactions)
        for (_, agent_id, _, state, *_), change in changes.agent_slot.items():
            self.time[agent_id, state] = self.time.get((agent_id, state), 0) + change.ms
