"""`consent`: the customer hears that the call is recorded, and may refuse."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from otklik.flows.acts import Act, AwaitKeys, GoTo, NoteOutcome, RefuseRecording, Say, Visit
from otklik.flows.nodes.node import KEYS, Flaw, Node

RECORDED, REFUSED = "recorded", "refused"


class Consent(Node, tag="consent", tag_field="node", kw_only=True):
    """Says that the call is recorded; a key of `refuse_keys` ends the recording for good, and what there is
    of it is removed.

    Where the call is not recorded nothing is said. wait: how long after the notice he may still press. next:
    he agrees by saying nothing. refused: where he goes on who does not; "" is `next`.
    """

    prompts: tuple[str, ...] = ("recording_notice",)
    refuse_keys: str = "2"
    wait: timedelta = timedelta(seconds=3)
    next: str = ""
    refused: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (Say(prompts=self.prompts),) if visit.is_recorded else (GoTo(node=self.next),)

    def finished(self) -> tuple[Act, ...]:
        return (AwaitKeys(limit=self.wait),) if self.refuse_keys else self._agreed()

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """Only a refusal is heard: any other key might be a mistake."""
        if not key or key not in self.refuse_keys:
            return ()
        return (RefuseRecording(), NoteOutcome(outcome=REFUSED), GoTo(node=self.refused or self.next))

    def expired(self, visit: Visit) -> tuple[Act, ...]:
        return self._agreed()

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next, "refused": self.refused} if self.refused else {"next": self.next}

    @classmethod
    def open_ends(cls) -> frozenset[str]:
        return frozenset({"refused"})

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts}

    def is_instant(self) -> bool:
        """It is where nothing is recorded."""
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not self.prompts:
            yield "node_says_nothing", "prompts", ""
        for key in self.refuse_keys:
            if key not in KEYS:
                yield "key_unknown", "refuse_keys", key
        if not timedelta(seconds=1) <= self.wait <= timedelta(seconds=30):
            yield "timeout_unfit", "wait", str(self.wait.total_seconds())

    def _agreed(self) -> tuple[Act, ...]:
        return (NoteOutcome(outcome=RECORDED), GoTo(node=self.next))
