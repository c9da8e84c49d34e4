"""What nodes have in common that ask the customer for keys."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from otklik.flows.acts import Act, AwaitKeys, GoTo, NoteFailure, NoteOutcome, Say, Visit
from otklik.flows.nodes.node import Flaw, Node

TIMEOUT, INVALID = "timeout", "invalid"
LONGEST_SILENCE_SECONDS = 30
MAXIMUM_TRIES = 10


class Asking(Node):
    """Says its prompts and waits for keys, which may be pressed while they play.

    timeout: how long silence lasts. tries: how often all is said in all, after silence or wrong keys; then
    `otherwise`. invalid: said before the repetition after wrong keys.
    """

    prompts: tuple[str, ...] = ()
    otherwise: str = ""
    timeout: timedelta = timedelta(seconds=5)
    tries: int = 3
    invalid: tuple[str, ...] = ()

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (Say(prompts=self.prompts),) if self.prompts else self.finished()

    def finished(self) -> tuple[Act, ...]:
        return (AwaitKeys(limit=self.timeout),)

    def expired(self, visit: Visit) -> tuple[Act, ...]:
        return self.fail(visit, TIMEOUT)

    def fail(self, visit: Visit, outcome: str) -> tuple[Act, ...]:
        """Once more, or on to `otherwise` when it was tried often enough."""
        if visit.failures + 1 >= self.tries:
            return (NoteOutcome(outcome=outcome), GoTo(node=self.otherwise))
        prompts = (*(self.invalid if outcome == INVALID else ()), *self.asked(visit))
        return (
            NoteFailure(outcome=outcome),
            Say(prompts=prompts) if prompts else AwaitKeys(limit=self.timeout),
        )

    def asked(self, visit: Visit) -> tuple[str, ...]:
        """What is said again."""
        return self.prompts

    def exits(self) -> Mapping[str, str]:
        return {"otherwise": self.otherwise}

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts, "invalid": self.invalid}

    def takes_input(self) -> bool:
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not 1 <= self.timeout.total_seconds() <= LONGEST_SILENCE_SECONDS:
            yield "timeout_unfit", "timeout", str(self.timeout.total_seconds())
        if not 1 <= self.tries <= MAXIMUM_TRIES:
            yield "tries_unfit", "tries", str(self.tries)
