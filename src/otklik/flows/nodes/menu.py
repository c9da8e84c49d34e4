"""`menu`: the customer chooses by a key."""

from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, GoTo, NoteOutcome, Visit
from otklik.flows.nodes.asking import INVALID, Asking
from otklik.flows.nodes.node import KEYS, Flaw


class Menu(Asking, tag="menu", tag_field="node", kw_only=True):
    """Says what there is to choose, waits for one key and goes where it leads. choices: node by key."""

    choices: dict[str, str]

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """A key that is offered leads on; another one is told so."""
        if key in self.choices:
            return (NoteOutcome(outcome=key), GoTo(node=self.choices[key]))
        return self.fail(visit, INVALID)

    def exits(self) -> Mapping[str, str]:
        chosen = {f"choices.{key}": target for key, target in self.choices.items()}
        return {**chosen, **super().exits()}

    def flaws(self) -> Iterator[Flaw]:
        if not self.choices:
            yield "nothing_to_choose", "choices", ""
        for key in self.choices:
            if len(key) != 1 or key not in KEYS:
                yield "key_unknown", "choices", key
        yield from super().flaws()
