"""`return`: a flow that another one runs goes back to it."""

from otklik.flows.acts import Act, GoTo, Visit
from otklik.flows.nodes.node import Node


class Return(Node, tag="return", tag_field="node"):
    """Goes back to the flow that runs this one by a `sub`, which goes on at its `next`. In a flow that no
    other one runs the call ends as self-served."""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (GoTo(node=""),)

    def is_instant(self) -> bool:
        return True
