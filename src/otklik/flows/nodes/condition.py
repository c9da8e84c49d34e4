"""`condition`: another way for some customers."""

import math
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from otklik.flows.acts import Act, GoTo, NoteOutcome, Visit
from otklik.flows.nodes.node import Flaw, Node
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.messages import Value


class Comparison(StrEnum):
    """How a fact is compared with a value."""

    IS = "is"
    IS_NOT = "is_not"
    BEGINS_WITH = "begins_with"
    IS_ONE_OF = "is_one_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS_EMPTY = "is_empty"


class Case(Value):
    """One comparison.

    fact: `caller`, `caller.country` (two letters, "" unknown), `number`, `language`, `customer.class`,
    `customer.consent_calls`, `customer.consent_recording`, `customer.consent_mail` (`yes`, `no`, "" never
    asked), `last_agent`, `queue.waiting`, `queue.ready`, `queue.expected_wait_seconds`, or the name of a
    variable. value: with commas for is_one_of; a number for at_least and at_most. queue_id: the queue that a
    fact `queue...` is about, 0 is the queue of the number called; to other facts it means nothing.
    """

    fact: str
    comparison: Comparison
    next: str
    value: str = ""
    queue_id: QueueId = QueueId(0)

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Whether it is true of these facts; one that is not known is empty."""
        name = queue_fact(self.queue_id, self.fact) if self.queue_id else self.fact
        return compare(facts.get(name, ""), self.comparison, self.value)


class Condition(Node, tag="condition", tag_field="node"):
    """Goes where the first case that holds leads, else to `otherwise`."""

    cases: tuple[Case, ...]
    otherwise: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        for place, case in enumerate(self.cases, start=1):
            if case.holds(visit.facts):
                return (NoteOutcome(outcome=f"case {place}"), GoTo(node=case.next))
        return (NoteOutcome(outcome="otherwise"), GoTo(node=self.otherwise))

    def exits(self) -> Mapping[str, str]:
        cases = {f"cases.{place}.next": case.next for place, case in enumerate(self.cases)}
        return cases | {"otherwise": self.otherwise}

    def is_instant(self) -> bool:
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not self.cases:
            yield "nothing_to_choose", "cases", ""
        for place, case in enumerate(self.cases):
            if lacks_number(case.comparison, case.value):
                yield "value_no_number", f"cases.{place}.value", case.value

    def facts_asked(self) -> Iterator[str]:
        return (case.fact for case in self.cases)

    def queues_asked(self) -> frozenset[QueueId]:
        """Other queues than that of the number called, of which it must be told."""
        return frozenset(
            case.queue_id for case in self.cases if case.queue_id and case.fact.startswith(OF_QUEUE)
        )


OF_QUEUE: Final = "queue."


def queue_fact(queue_id: QueueId, fact: str) -> str:
    """How a fact is called when it is about this queue: `queue.5.waiting`."""
    if not fact.startswith(OF_QUEUE):
        return fact
    return f"{OF_QUEUE}{queue_id}.{fact.removeprefix(OF_QUEUE)}"


def compare(fact: str, comparison: Comparison, value: str) -> bool:
    """Whether a fact compares so with a value."""
    match comparison:
        case Comparison.IS:
            return fact == value
        case Comparison.IS_NOT:
            return fact != value
        case Comparison.BEGINS_WITH:
            return fact.startswith(value)
        case Comparison.IS_ONE_OF:
            return fact in [one.strip() for one in value.split(",")]
        case Comparison.IS_EMPTY:
            return not fact
        case Comparison.AT_LEAST:
            return _number(fact) >= _number(value)
        case Comparison.AT_MOST:
            return _number(fact) <= _number(value)


def lacks_number(comparison: Comparison, value: str) -> bool:
    """Whether a number is to be compared with something that is none."""
    return comparison in (Comparison.AT_LEAST, Comparison.AT_MOST) and not math.isfinite(_number(value))


def _number(text: str) -> float:
    """NaN where it is none: no comparison with it holds."""
    try:
        return float(text)
    except ValueError:
        return math.nan
