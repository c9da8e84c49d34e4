"""What goes wrong, by script: signals lost, late or doubled, instructions that fail."""

from dataclasses import dataclass, field
from datetime import timedelta

from otklik.switchboard.instructions import Instruction
from otklik.switchboard.signals import Signal

_AT_ONCE = timedelta(0)


@dataclass(slots=True)
class _Rule:
    kind: type
    delays: tuple[timedelta, ...]
    left: int


@dataclass(slots=True)
class Faults:
    """A script of faults; each rule meets the next `times` messages of its kind and is then used up.

    Deterministic: no chance here. A random run draws the script from its own seeded generator.
    """

    _signals: list[_Rule] = field(default_factory=list)
    _instructions: list[_Rule] = field(default_factory=list)

    def lose(self, kind: type[Signal], times: int = 1) -> None:
        """The next signals of this kind never arrive."""
        self._signals.append(_Rule(kind, (), times))

    def delay(self, kind: type[Signal], by: timedelta, times: int = 1) -> None:
        """The next signals of this kind arrive late."""
        self._signals.append(_Rule(kind, (by,), times))

    def double(self, kind: type[Signal], after: timedelta = _AT_ONCE, times: int = 1) -> None:
        """The next signals of this kind arrive twice."""
        self._signals.append(_Rule(kind, (_AT_ONCE, after), times))

    def fail(self, kind: type[Instruction], times: int = 1) -> None:
        """The next instructions of this kind fail outside: a leg does not come up, a bridge is not made,
        anything else has no effect."""
        self._instructions.append(_Rule(kind, (), times))

    def deliveries(self, signal: Signal) -> tuple[timedelta, ...]:
        """After which delays a signal arrives: once at once, unless a rule says otherwise."""
        rule = _take(self._signals, signal)
        return (_AT_ONCE,) if rule is None else rule.delays

    def meets(self, instruction: Instruction) -> bool:
        """Whether this instruction fails."""
        return _take(self._instructions, instruction) is not None


def _take(rules: list[_Rule], message: object) -> _Rule | None:
    for rule in rules:
        if isinstance(message, rule.kind):
            rule.left -= 1
            if rule.left <= 0:
                rules.remove(rule)
            return rule
    return None
