"""`personal_menu`: a menu whose items depend on who calls."""

from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, Assign, GoTo, NoteOutcome, Say, Visit
from otklik.flows.grammar import FOLDER
from otklik.flows.nodes.asking import INVALID, Asking
from otklik.flows.nodes.condition import Comparison, compare, lacks_number
from otklik.flows.nodes.node import Flaw
from otklik.vocabulary.messages import Value

DIGITS = "1234567890"
NOTHING = "nothing"
OFFERED = "_offered"
"""The variable that keeps what this customer was offered: facts may change while he listens."""


class Item(Value):
    """One choice. fact, comparison, value: whose it is, as in a case; without a fact it is everybody's.

    key: its digit; "" gives it the first digit that is free, in the order of the items, so that a known
    caller's own choices come first when they stand first.
    """

    prompts: tuple[str, ...]
    next: str
    key: str = ""
    fact: str = ""
    comparison: Comparison = Comparison.IS
    value: str = ""

    def is_for(self, facts: Mapping[str, str]) -> bool:
        """Whether this customer has it."""
        return not self.fact or compare(facts.get(self.fact, ""), self.comparison, self.value)


class PersonalMenu(Asking, tag="personal_menu", tag_field="node", kw_only=True):
    """Says the prompts, then of each item that this customer has its prompts and "press" with its key; goes
    where the key leads. Nothing to choose for him: `otherwise`."""

    items: tuple[Item, ...]

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """Decides once what is offered; repetitions offer the same."""
        offered = self._keys(visit.facts)
        if not offered:
            return (NoteOutcome(outcome=NOTHING), GoTo(node=self.otherwise))
        kept = ",".join(f"{key}{place}" for key, place in offered.items())
        return (Assign(variables={OFFERED: kept}), Say(prompts=self._said(visit, offered)))

    def asked(self, visit: Visit) -> tuple[str, ...]:
        return self._said(visit, _offered(visit))

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """A key that was offered leads on; another one is told so."""
        place = _offered(visit).get(key)
        if place is None or place >= len(self.items):
            return self.fail(visit, INVALID)
        return (NoteOutcome(outcome=f"item {place + 1}"), GoTo(node=self.items[place].next))

    def exits(self) -> Mapping[str, str]:
        items = {f"items.{place}.next": item.next for place, item in enumerate(self.items)}
        return {**items, **super().exits()}

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        items = {f"items.{place}.prompts": item.prompts for place, item in enumerate(self.items)}
        return {**items, **super().spoken()}

    def facts_asked(self) -> Iterator[str]:
        return (item.fact for item in self.items if item.fact)

    def flaws(self) -> Iterator[Flaw]:
        if not self.items:
            yield "nothing_to_choose", "items", ""
        if len(self.items) > len(DIGITS):
            yield "too_many_items", "items", str(len(self.items))
        for place, item in enumerate(self.items):
            if item.key and (len(item.key) != 1 or item.key not in DIGITS):
                yield "key_unknown", f"items.{place}.key", item.key
            if not item.prompts:
                yield "node_says_nothing", f"items.{place}.prompts", ""
            if item.fact and lacks_number(item.comparison, item.value):
                yield "value_no_number", f"items.{place}.value", item.value
        keys = [item.key for item in self.items if item.key]
        if len(set(keys)) < len(keys):
            yield "key_twice", "items", next(key for key in keys if keys.count(key) > 1)
        yield from super().flaws()

    def _keys(self, facts: Mapping[str, str]) -> dict[str, int]:
        """Places of this customer's items by key, in their order."""
        mine = [place for place, item in enumerate(self.items) if item.is_for(facts)]
        taken = {self.items[place].key for place in mine}
        free = iter([digit for digit in DIGITS if digit not in taken])
        return {self.items[place].key or next(free): place for place in mine}

    def _said(self, visit: Visit, offered: Mapping[str, int]) -> tuple[str, ...]:
        words = list(self.prompts)
        for key, place in offered.items():
            words += self.items[place].prompts
            if visit.grammar is not None:
                words += [FOLDER + word for word in visit.grammar.say_press(key)]
        return tuple(words)


def _offered(visit: Visit) -> dict[str, int]:
    kept = visit.facts.get(OFFERED, "")
    return {pair[0]: int(pair[1:]) for pair in kept.split(",") if pair}
