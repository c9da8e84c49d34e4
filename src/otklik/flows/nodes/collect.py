"""`collect`: the customer types digits."""

from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, Assign, AwaitKeys, GoTo, NoteKey, NoteOutcome, Visit
from otklik.flows.nodes.asking import INVALID, TIMEOUT, Asking
from otklik.flows.nodes.node import Flaw

COLLECTED = "collected"
MAXIMUM_DIGITS = 64


class Collect(Asking, tag="collect", tag_field="node", kw_only=True):
    """Asks for digits, keeps them in `variable` and goes to `next`.

    minimum, maximum: how many; the last possible one ends the typing, as does `finish_key` or a silence of
    `timeout` after the last digit. What is typed stands in the journal: not for card numbers.
    """

    variable: str
    next: str
    minimum: int = 1
    maximum: int = 16
    finish_key: str = "#"

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """One more digit, or the end of the typing; any other key is not heard."""
        if key == self.finish_key:
            return self._judge(visit, visit.keys, INVALID)
        if not key.isdigit():
            return ()
        keys = visit.keys + key
        if len(keys) < self.maximum:
            return (NoteKey(key=key), AwaitKeys(limit=self.timeout))
        return self._judge(visit, keys, INVALID)

    def expired(self, visit: Visit) -> tuple[Act, ...]:
        """Silence: what was typed counts if it is enough."""
        return self._judge(visit, visit.keys, INVALID if visit.keys else TIMEOUT)

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next, **super().exits()}

    def flaws(self) -> Iterator[Flaw]:
        if not self.variable.isidentifier():
            yield "variable_unfit", "variable", self.variable
        if not 1 <= self.minimum <= self.maximum <= MAXIMUM_DIGITS:
            yield "digits_unfit", "minimum", f"{self.minimum}-{self.maximum}"
        if self.finish_key not in ("", "*", "#"):
            yield "key_unknown", "finish_key", self.finish_key
        yield from super().flaws()

    def _judge(self, visit: Visit, keys: str, outcome: str) -> tuple[Act, ...]:
        if len(keys) < self.minimum:
            return self.fail(visit, outcome)
        return (Assign(variables={self.variable: keys}), NoteOutcome(outcome=COLLECTED), GoTo(node=self.next))
