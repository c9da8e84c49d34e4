"""What every kind of node can be asked; each kind overrides what it has an answer to."""

from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, Visit
from otklik.vocabulary.messages import Value

KEYS = frozenset("0123456789*#ABCD")

Flaw = tuple[str, str, str]
"""What must be mended in a node: code, field, the value that is wrong."""


class Node(Value):
    """One step of a flow. It answers with acts; to go on is one of them."""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """The customer has come here."""
        raise NotImplementedError

    def finished(self) -> tuple[Act, ...]:
        """What it said was heard, failed, or took too long."""
        raise AssertionError("this node plays nothing")

    def heard(self, visit: Visit) -> tuple[Act, ...]:
        """As `finished`, for a node that looks at the visit."""
        return self.finished()

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """A key, while it speaks or waits for one; nothing means that it was not heard."""
        return ()

    def expired(self, visit: Visit) -> tuple[Act, ...]:
        """The time to press a key is over."""
        raise AssertionError("this node waits for no key")

    def ended(self, visit: Visit, outcome: str) -> tuple[Act, ...]:
        """The customer's message is over."""
        raise AssertionError("this node records nothing")

    def voted(self, outcome: str) -> tuple[Act, ...]:
        """What became of the customer's vote."""
        raise AssertionError("nobody votes in this node")

    def unanswered(self, reason: str) -> tuple[Act, ...]:
        """He to whom the customer was sent did not take him."""
        raise AssertionError("this node sends the customer to nobody")

    def exits(self) -> Mapping[str, str]:
        """The steps that lead out, by the name of the field."""
        return {}

    @classmethod
    def open_ends(cls) -> frozenset[str]:
        """Names of those ways out that may lead to no node, because that has a meaning which the kind's own
        words tell. Every other one must name a node before a flow is published."""
        return frozenset()

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the prompts that it may say, by field."""
        return {}

    def facts_asked(self) -> Iterator[str]:
        """Names of the facts that it looks at; what must be looked up for a call is then known beforehand."""
        return iter(())

    def is_instant(self) -> bool:
        """Whether it may go on at the very moment at which it was entered."""
        return False

    def takes_input(self) -> bool:
        """Whether the customer can do something in it, or a person may take him: whoever comes back to it
        again and again is not caught."""
        return False

    def flaws(self) -> Iterator[Flaw]:
        """What cannot be right in it, whatever stands around it."""
        return iter(())
