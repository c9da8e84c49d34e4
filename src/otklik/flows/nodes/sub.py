"""`sub`: another flow of the site, from its start to its end, and back."""

from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, EnterSub, GoTo, NoteOutcome, Visit
from otklik.flows.nodes.node import Flaw, Node
from otklik.vocabulary.ids import FlowId

NOT_THERE = "not_there"


class Sub(Node, tag="sub", tag_field="node"):
    """Runs the flow `flow_id`; where that comes to a `return`, or a `play` of it leads to no node, this one
    goes on at `next`.

    Variables are shared. A call runs the version that was published when it began. What ends the call or
    waits for a person there does not come back. start: filled in when a call begins; not to be written.
    """

    flow_id: FlowId
    next: str = ""
    start: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """Goes in; on at once when the other flow is not known here (a file that is only tried)."""
        if not self.start:
            return (NoteOutcome(outcome=NOT_THERE), GoTo(node=self.next))
        return (EnterSub(node=self.start),)

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next}

    def flaws(self) -> Iterator[Flaw]:
        if self.start:
            yield "start_given", "start", self.start
