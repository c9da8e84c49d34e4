"""`set`: notes something for later nodes."""

from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, Assign, GoTo, Visit
from otklik.flows.nodes.node import Flaw, Node


class Set(Node, tag="set", tag_field="node"):
    """Gives variables their values; `{name}` in a value is replaced by that fact. Then `next`."""

    variables: dict[str, str]
    next: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """All at once: a value sees the facts as they were before."""
        filled = {name: fill(value, visit.facts) for name, value in self.variables.items()}
        return (Assign(variables=filled), GoTo(node=self.next))

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next}

    def is_instant(self) -> bool:
        return True

    def flaws(self) -> Iterator[Flaw]:
        for name in self.variables:
            if not name.isidentifier():
                yield "variable_unfit", "variables", name


def fill(text: str, facts: Mapping[str, str]) -> str:
    """A text with its facts; one that is not known leaves nothing behind."""
    filled, rest = "", text
    while "{" in rest:
        before, _, after = rest.partition("{")
        name, brace, tail = after.partition("}")
        if not brace:
            break
        filled, rest = filled + before + facts.get(name, ""), tail
    return filled + rest
