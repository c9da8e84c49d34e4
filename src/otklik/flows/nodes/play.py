"""`play`: the customer hears prompts."""

from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, GoTo, Say, Visit
from otklik.flows.nodes.node import KEYS, Flaw, Node


class Play(Node, tag="play", tag_field="node"):
    """Plays whole prompts in the number's language, one after the other, then goes to `next`.

    unrecorded: played instead when the call is not recorded (a greeting that does not speak of recording);
    empty: the same prompts. skip_keys: keys that cut the prompts short, for instance `#`; none by default, so
    that what the law wants said is said. next: "" ends the call as
    self-served, or goes back to the flow that runs this one.
    """

    prompts: tuple[str, ...]
    next: str = ""
    unrecorded: tuple[str, ...] = ()
    skip_keys: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """Speaks; goes on at once when there is nothing to say."""
        prompts = self.prompts if visit.is_recorded or not self.unrecorded else self.unrecorded
        return (Say(prompts=prompts),) if prompts else self.finished()

    def finished(self) -> tuple[Act, ...]:
        return (GoTo(node=self.next),)

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """A key that may skip goes on; any other is not heard."""
        return (GoTo(node=self.next),) if key and key in self.skip_keys else ()

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next}

    @classmethod
    def open_ends(cls) -> frozenset[str]:
        return frozenset({"next"})

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts, "unrecorded": self.unrecorded}

    def is_instant(self) -> bool:
        return not self.prompts

    def flaws(self) -> Iterator[Flaw]:
        if not self.prompts:
            yield "node_says_nothing", "prompts", ""
        for key in self.skip_keys:
            if key not in KEYS:
                yield "key_unknown", "skip_keys", key
