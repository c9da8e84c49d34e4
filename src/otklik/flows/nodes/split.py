"""`split`: a share of the customers goes another way, for trials."""

import math
from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, GoTo, NoteOutcome, Visit
from otklik.flows.nodes.node import Flaw, Node
from otklik.vocabulary.messages import Value


class Share(Value):
    """weight: how many of all go here, against the other weights."""

    weight: float
    next: str


class Split(Node, tag="split", tag_field="node"):
    """Goes one of the ways by chance, in the proportion of the weights."""

    shares: tuple[Share, ...]

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """By the visit's own chance, so that a replay goes the same way."""
        left = visit.chance * sum(share.weight for share in self.shares)
        for place, share in enumerate(self.shares, start=1):
            left -= share.weight
            if left < 0 or place == len(self.shares):
                return (NoteOutcome(outcome=f"share {place}"), GoTo(node=share.next))
        return (GoTo(node=""),)

    def exits(self) -> Mapping[str, str]:
        return {f"shares.{place}.next": share.next for place, share in enumerate(self.shares)}

    def is_instant(self) -> bool:
        return True

    def flaws(self) -> Iterator[Flaw]:
        if len(self.shares) < 2:
            yield "nothing_to_choose", "shares", ""
        for place, share in enumerate(self.shares):
            if not 0 < share.weight < math.inf:
                yield "weight_unfit", f"shares.{place}.weight", str(share.weight)
