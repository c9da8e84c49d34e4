"""`say`: the customer hears a value."""

from collections.abc import Iterator, Mapping
from typing import Literal

from otklik.flows.acts import Act, GoTo, NoteOutcome, Visit
from otklik.flows.acts import Say as Speak
from otklik.flows.grammar import words_for
from otklik.flows.nodes.assign import fill, names_in
from otklik.flows.nodes.node import KEYS, Flaw, Node

UNSPEAKABLE = "unspeakable"


class Say(Node, tag="say", tag_field="node", kw_only=True):
    """Says a value in the language of the call, then goes to `next`; to `otherwise` if it is not of its kind.

    value: text in which `{name}` is replaced by that fact, for instance `{balance}`. kind: number (`1234,5`),
    money, digits (one by one), phone, date (`2026-11-23`), day (a date without its year), time (`14:05`).
    currency: of money, RUB, USD or EUR. before, after: prompts said around it. skip_keys: keys that cut it
    short.
    """

    value: str
    kind: Literal["number", "money", "digits", "phone", "date", "day", "time"] = "number"
    currency: str = "RUB"
    next: str = ""
    otherwise: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    skip_keys: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """Speaks, or goes on at once when it cannot."""
        grammar = visit.grammar
        said = fill(self.value, visit.facts)
        words = () if grammar is None else words_for(grammar, self.kind, said, self.currency)
        if not words:
            return (NoteOutcome(outcome=UNSPEAKABLE), GoTo(node=self.otherwise))
        return (Speak(prompts=(*self.before, *words, *self.after)),)

    def finished(self) -> tuple[Act, ...]:
        return (GoTo(node=self.next),)

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """A key that may skip goes on; any other is not heard."""
        return (GoTo(node=self.next),) if key and key in self.skip_keys else ()

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next, "otherwise": self.otherwise}

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"before": self.before, "after": self.after}

    def facts_asked(self) -> Iterator[str]:
        return names_in(self.value)

    def is_instant(self) -> bool:
        """It is when the value cannot be said."""
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not self.value.strip():
            yield "node_says_nothing", "value", ""
        if self.kind == "money" and self.currency not in CURRENCIES:
            yield "currency_unknown", "currency", self.currency
        for key in self.skip_keys:
            if key not in KEYS:
                yield "key_unknown", "skip_keys", key


CURRENCIES = frozenset(("RUB", "USD", "EUR"))
"""That every language of the product can say."""
