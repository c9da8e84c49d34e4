"""`set`: notes something for later nodes."""

from collections.abc import Callable, Iterator, Mapping

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

    def facts_asked(self) -> Iterator[str]:
        return (name for value in self.variables.values() for name in names_in(value))

    def flaws(self) -> Iterator[Flaw]:
        for name in self.variables:
            if not name.isidentifier():
                yield "variable_unfit", "variables", name


def fill(text: str, facts: Mapping[str, str]) -> str:
    """A text with its facts; one that is not known leaves nothing behind."""
    return fill_with(text, facts, str)


def fill_with(text: str, facts: Mapping[str, str], write: Callable[[str], str]) -> str:
    """A text with its facts, each as `write` puts it down there."""
    return "".join(part if not name else write(facts.get(name, "")) for part, name in _parts(text))


def names_in(text: str) -> Iterator[str]:
    """The facts that a text is to be filled with."""
    return (name for _, name in _parts(text) if name)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Plain pieces, and the names between braces (with an empty piece)."""
    rest = text
    while "{" in rest:
        before, _, after = rest.partition("{")
        name, brace, tail = after.partition("}")
        if not brace:
            break
        yield before, ""
        yield "", name
        rest = tail
    yield rest, ""
