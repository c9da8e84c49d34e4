"""A flow with the flows that it calls, as one: what a call carries from its first moment on."""

from collections.abc import Iterator, Mapping

import msgspec

from otklik.flows.model import Flow, FlowNode
from otklik.flows.nodes.queue import Queue
from otklik.flows.nodes.sub import Sub
from otklik.vocabulary.ids import FlowId

SEPARATOR = "/"
"""Between the key of a `sub` and the key of a node in the flow that it calls."""
MAXIMUM_DEPTH = 5


def inlined(flow: Flow, published: Mapping[FlowId, Flow]) -> Flow:
    """The flow and, below each `sub`, the nodes of the flow called, with keys as `sub/key`.

    A flow that is not published, that is called inside itself, or that lies too deep is left out: the `sub`
    goes on as if it had ended. Tests stay behind: a call has nothing to do with them.
    """
    if not any(isinstance(node, Sub) for node in flow.nodes.values()):
        return msgspec.structs.replace(flow, tests=()) if flow.tests else flow
    nodes = dict(_nodes(flow, published, "", (flow.flow_id,)))
    return msgspec.structs.replace(flow, nodes=nodes, tests=())


def called(flow: Flow) -> Iterator[tuple[str, FlowId]]:
    """Keys of the `sub` nodes and what they call."""
    return ((key, node.flow_id) for key, node in flow.nodes.items() if isinstance(node, Sub))


def surveys_of(flow: Flow) -> Iterator[FlowId]:
    """The flows that customers of its queue nodes hear after the talk."""
    return (node.survey for node in flow.nodes.values() if isinstance(node, Queue) and node.survey)


def is_circular(flow: Flow, published: Mapping[FlowId, Flow], first: FlowId) -> bool:
    """Whether from `first` the flow itself can be called again, or a chain is deeper than a call carries."""
    edge, seen = [(first, 1)], set()
    while edge:
        flow_id, depth = edge.pop()
        if (flow_id == flow.flow_id and flow.flow_id) or depth > MAXIMUM_DEPTH:
            return True
        if flow_id in seen or flow_id not in published:
            continue
        seen.add(flow_id)
        edge += [(inner, depth + 1) for _, inner in called(published[flow_id])]
    return False


def _nodes(
    flow: Flow, published: Mapping[FlowId, Flow], place: str, chain: tuple[FlowId, ...]
) -> Iterator[tuple[str, FlowNode]]:
    for key, node in flow.nodes.items():
        inner = published.get(node.flow_id) if isinstance(node, Sub) else None
        if not isinstance(node, Sub) or inner is None or inner.flow_id in chain or len(chain) > MAXIMUM_DEPTH:
            yield place + key, node
            continue
        yield place + key, msgspec.structs.replace(node, start=inner.start)
        yield from _nodes(inner, published, place + key + SEPARATOR, (*chain, inner.flow_id))
