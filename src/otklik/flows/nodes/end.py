"""`end`: the flow ends, and the interaction with it."""

from otklik.acd.model import EndReason
from otklik.flows.acts import Act, Finish
from otklik.vocabulary.messages import Value


class End(Value, tag="end", tag_field="node"):
    """Ends the interaction for this reason: closed, self_served, wrong_number, blocked ..."""

    reason: EndReason


def enter(node: End) -> tuple[Act, ...]:
    """Nothing follows."""
    return (Finish(reason=node.reason),)
