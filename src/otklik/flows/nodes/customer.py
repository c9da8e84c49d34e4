"""`customer`: who calls is known by what he has typed, whatever telephone he calls from."""

from collections.abc import Iterator, Mapping
from typing import Literal

from otklik.flows.acts import Act, FindCustomer, GoTo, NoteOutcome, Visit
from otklik.flows.nodes.assign import fill, names_in
from otklik.flows.nodes.node import Flaw, Node

FOUND, NOT_FOUND = "found", "not_found"
_LONGEST_FIELD = 100


class Customer(Node, tag="customer", tag_field="node", kw_only=True):
    """Looks for the one customer whose card has this: from here on the flow knows him (class, personal agent,
    what stands on his card), and the agent's desk shows his card.

    by: `phone` (one of his numbers, as people type it), `code` (his code in another system), or `field` (a
    free field of the card, named by `field`). value: with facts in braces (`{typed}`). found, not_found:
    where it goes; two customers with the same value are none.
    """

    value: str
    by: Literal["code", "phone", "field"] = "code"
    field: str = ""
    found: str = ""
    not_found: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        if not self.sought(visit.facts):
            return self.identified(is_found=False)
        return (FindCustomer(),)

    def identified(self, *, is_found: bool) -> tuple[Act, ...]:
        """The cards were looked at."""
        outcome = FOUND if is_found else NOT_FOUND
        return (NoteOutcome(outcome=outcome), GoTo(node=self.exits()[outcome]))

    def sought(self, facts: Mapping[str, str]) -> str:
        """What his card must have."""
        return fill(self.value, facts).strip()

    def exits(self) -> Mapping[str, str]:
        return {"found": self.found, "not_found": self.not_found}

    def facts_asked(self) -> Iterator[str]:
        return names_in(self.value)

    def is_instant(self) -> bool:
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not self.value.strip():
            yield "value_missing", "value", ""
        if (self.by == "field") != bool(self.field.strip()) or len(self.field) > _LONGEST_FIELD:
            yield "field_unfit", "field", self.field
