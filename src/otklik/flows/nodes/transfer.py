"""`transfer`: the customer goes to a number outside."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from otklik.flows.acts import Act, GoTo, NoteOutcome, PlayMusic, RequestOutside, Say, Visit
from otklik.flows.nodes.assign import fill, names_in
from otklik.flows.nodes.node import Flaw, Node

RINGING: Final = "ringing"
LONGEST_RING, LONGEST_TALK = timedelta(minutes=3), timedelta(hours=24)


class Transfer(Node, tag="transfer", tag_field="node", kw_only=True):
    """Calls a number through a trunk while the customer hears that it rings. Whoever answers has him: the
    flow is over then, and the call is outside until one of the two hangs up.

    number: as people write it, with facts in braces (`{manager_phone}`). prompts: said before. ring_for: how
    long it may ring, talk_for: how long they may talk; None is as long as the site allows, which is never
    exceeded. busy, no_answer, failed: where he goes on who did not come through. What the site's rules for
    calls outside forbid goes to `failed`, and the trace names the rule.
    """

    number: str
    busy: str = ""
    no_answer: str = ""
    failed: str = ""
    prompts: tuple[str, ...] = ()
    ring_for: timedelta | None = None
    talk_for: timedelta | None = None

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (Say(prompts=self.prompts),) if self.prompts else self.finished()

    def finished(self) -> tuple[Act, ...]:
        """Announced: now it rings outside."""
        return (
            PlayMusic(sound=RINGING),
            RequestOutside(ring_for=self.ring_for, talk_for=self.talk_for),
        )

    def unanswered(self, reason: str) -> tuple[Act, ...]:
        """On, by why nobody has him."""
        to = {"busy": self.busy, "no_answer": self.no_answer}.get(reason, self.failed)
        return (NoteOutcome(outcome=reason), GoTo(node=to))

    def dialed(self, facts: Mapping[str, str]) -> str:
        """The number as it is written, for this customer."""
        return fill(self.number, facts).strip()

    def fixed_number(self) -> str:
        """The number if it is the same for everybody, else ""."""
        return "" if any(names_in(self.number)) else self.number.strip()

    def exits(self) -> Mapping[str, str]:
        return {"busy": self.busy, "no_answer": self.no_answer, "failed": self.failed}

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts}

    def facts_asked(self) -> Iterator[str]:
        return names_in(self.number)

    def is_instant(self) -> bool:
        """It is when the site's rules refuse the number, or no trunk is there."""
        return not self.prompts

    def flaws(self) -> Iterator[Flaw]:
        if not self.number.strip():
            yield "number_missing", "number", ""
        if self.ring_for is not None and not timedelta(seconds=5) <= self.ring_for <= LONGEST_RING:
            yield "ring_unfit", "ring_for", str(self.ring_for.total_seconds())
        if self.talk_for is not None and not timedelta(minutes=1) <= self.talk_for <= LONGEST_TALK:
            yield "talk_unfit", "talk_for", str(self.talk_for.total_seconds())
