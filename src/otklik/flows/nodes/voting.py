"""`voting`: one vote of each customer's number (televoting)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from otklik.flows.acts import Act, CastVote, GoTo, NoteOutcome, Say, Visit
from otklik.flows.nodes.asking import INVALID, Asking
from otklik.flows.nodes.node import Flaw

COUNTED, REPEATED, ANONYMOUS, CLOSED = "counted", "repeated", "anonymous", "closed"
"""What becomes of a vote: it counts, the number has voted, there is no number, or it is too late."""
_LONGEST_NAME = 60


class Voting(Asking, tag="voting", tag_field="node", kw_only=True):
    """Says the choices and counts the customer's, once for each number.

    voting: its name, under which votes are counted whatever flow they come from. choices: what a digit stands
    for, by digit. closes_at: when it ends, None never. next: after a vote that counts. repeated: this number
    has voted, or he calls without one. closed: it is over.
    """

    voting: str
    choices: dict[str, str]
    repeated: str
    closed: str
    next: str = ""
    closes_at: datetime | None = None

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """Nobody is asked for nothing."""
        if self._is_over(visit.at):
            return (NoteOutcome(outcome=CLOSED), GoTo(node=self.closed))
        return (Say(prompts=self.prompts),) if self.prompts else self.finished()

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        if key not in self.choices:
            return self.fail(visit, INVALID)
        if self._is_over(visit.at):
            return (NoteOutcome(outcome=CLOSED), GoTo(node=self.closed))
        return (CastVote(voting=self.voting.strip(), choice=key, closes_at=self.closes_at),)

    def voted(self, outcome: str) -> tuple[Act, ...]:
        """Whether it counts."""
        goes_to = self.next if outcome == COUNTED else self.repeated
        return (NoteOutcome(outcome=outcome), GoTo(node=goes_to))

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next, "repeated": self.repeated, "closed": self.closed, **super().exits()}

    def is_instant(self) -> bool:
        """It is when the voting is over."""
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not 0 < len(self.voting.strip()) <= _LONGEST_NAME:
            yield "voting_unnamed", "voting", self.voting
        if len(self.choices) < 2:
            yield "nothing_to_choose", "choices", ""
        for key, name in self.choices.items():
            if len(key) != 1 or not key.isdigit():
                yield "key_unknown", "choices", key
            if not 0 < len(name.strip()) <= _LONGEST_NAME:
                yield "choice_unnamed", f"choices.{key}", name
        if self.closes_at is not None and self.closes_at.tzinfo is None:
            yield "moment_unfit", "closes_at", self.closes_at.isoformat()
        yield from super().flaws()

    def _is_over(self, at: datetime) -> bool:
        return self.closes_at is not None and self.closes_at.tzinfo is not None and at >= self.closes_at
