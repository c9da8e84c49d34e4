"""Which flow runs for a call, and where it goes on for a customer who waits again."""

from collections.abc import Mapping

import msgspec

from otklik.acd.model import EndReason
from otklik.flows.inlining import SEPARATOR, inlined
from otklik.flows.model import Flow, FlowNode
from otklik.flows.nodes.end import End
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue
from otklik.flows.starter import STARTER_FLOW, silent_flow, starter_flow
from otklik.organization.model import Emergency, Number
from otklik.switchboard.party import CONSENT_FACTS
from otklik.vocabulary.ids import FlowId

EMERGENCY = "emergency"
"""The node that a flow does not have itself: the announcement before it."""

FACTS_OF_CUSTOMER = frozenset({"last_agent", "customer.class", "customer.nps", "personal", *CONSENT_FACTS})


def flow_of(number: Number | None, published: Mapping[FlowId, Flow]) -> Flow:
    """What runs first for this number: its own flow, or the starter's; the parameter `greeting` = `none` goes
    straight to the queue."""
    if number is not None:
        if number.parameters.get("greeting") == "none":
            return silent_flow(STARTER_FLOW)
        if number.flow_id in published:
            return inlined(published[number.flow_id], published)
    return starter_flow()


def announced(flow: Flow, emergency: Emergency) -> Flow:
    """The flow behind an announcement, or nothing but that."""
    key = EMERGENCY
    while key in flow.nodes:
        key += "_"
    says = Play(prompts=(emergency.prompt,), next=f"{key}_end" if emergency.ends_call else flow.start)
    nodes: dict[str, FlowNode] = {key: says}
    if emergency.ends_call:
        nodes[f"{key}_end"] = End(reason=EndReason.CLOSED)
    else:
        nodes |= flow.nodes
    return msgspec.structs.replace(flow, nodes=nodes, start=key)


def asks_about_customer(flow: Flow) -> bool:
    """Whether a node looks at something that is looked up when the call comes: one question to the database
    that no other flow pays for."""
    return any(fact in FACTS_OF_CUSTOMER for node in flow.nodes.values() for fact in node.facts_asked())


def queue_node_of(flow: Flow) -> str:
    """The key of the node where a customer waits; "" if the flow has none."""
    return next((key for key, node in flow.nodes.items() if isinstance(node, Queue)), "")


def overflow_of(flow: Flow, key: str) -> str:
    """Where a customer goes on who waits at this node and is let out of the queue; "" for nowhere."""
    node = flow.nodes.get(key)
    if not isinstance(node, Queue) or not node.overflow:
        return ""
    place = key.rpartition(SEPARATOR)[0]
    return f"{place}{SEPARATOR}{node.overflow}" if place else node.overflow
