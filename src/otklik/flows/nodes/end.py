"""`end`: the flow ends, and the interaction with it."""

from otklik.acd.model import EndReason
from otklik.flows.acts import Act, Finish, Visit
from otklik.flows.nodes.node import Node


class End(Node, tag="end", tag_field="node"):
    """Ends the interaction for this reason: closed, self_served, wrong_number, blocked ..."""

    reason: EndReason

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (Finish(reason=self.reason),)
