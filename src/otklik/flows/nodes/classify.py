"""`class`: the customer belongs to a class from here on."""

from collections.abc import Iterator, Mapping

from otklik.acd.model import Boost
from otklik.flows.acts import Act, AssignClass, GoTo, Visit
from otklik.flows.nodes.assign import fill, names_in
from otklik.flows.nodes.node import Flaw, Node
from otklik.vocabulary.messages import Value

LONGEST_CLASS = 40
HIGHEST_AMOUNT = 1_000_000


class ClassBoost(Value, forbid_unknown_fields=True):
    """What is added to the priority wherever he waits. cause: a short name that the offer shows; "" the class
    itself. amount: larger is sooner, below 0 is later."""

    amount: int
    cause: str = ""


class Classify(Node, tag="class", tag_field="node", kw_only=True):
    """Gives the customer a class (`vip`, `debtor`), which later nodes see as `customer.class`; then `next`.

    customer_class: text in which `{name}` is replaced by that fact; nothing takes the class away. is_kept:
    also on his card, for his next call; else for this call only. boosts: of his priority in every queue node
    that follows; those of an earlier class go.
    """

    customer_class: str
    is_kept: bool = False
    boosts: tuple[ClassBoost, ...] = ()
    next: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        chosen = fill(self.customer_class, visit.facts).strip()[:LONGEST_CLASS]
        boosts = tuple(Boost(cause=one.cause or chosen, amount=one.amount) for one in self.boosts if chosen)
        return (
            AssignClass(customer_class=chosen, is_kept=self.is_kept, boosts=boosts),
            GoTo(node=self.next),
        )

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next}

    def is_instant(self) -> bool:
        return True

    def facts_asked(self) -> Iterator[str]:
        return names_in(self.customer_class)

    def flaws(self) -> Iterator[Flaw]:
        if len(self.customer_class) > LONGEST_CLASS and "{" not in self.customer_class:
            yield "class_too_long", "customer_class", self.customer_class
        for place, boost in enumerate(self.boosts):
            if abs(boost.amount) > HIGHEST_AMOUNT:
                yield "priority_unfit", f"boosts.{place}.amount", str(boost.amount)
