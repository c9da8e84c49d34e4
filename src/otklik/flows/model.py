"""What a flow is: data that an administrator can read, as Structs and as plain JSON or YAML."""

from typing import Any

import msgspec

from otklik.flows.nodes.assign import Set
from otklik.flows.nodes.callback import Callback
from otklik.flows.nodes.collect import Collect
from otklik.flows.nodes.condition import Condition
from otklik.flows.nodes.end import End
from otklik.flows.nodes.hours import Hours
from otklik.flows.nodes.menu import Menu
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue
from otklik.flows.nodes.split import Split
from otklik.vocabulary.ids import FlowId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

FlowNode = Play | Menu | Collect | Hours | Condition | Set | Split | Queue | Callback | End


class Flow(Value):
    """One published version of a flow. nodes: by key, a short name without meaning to the machine."""

    flow_id: FlowId
    version: int
    name: str
    nodes: dict[str, FlowNode]
    start: str


class FlowFile(Value, forbid_unknown_fields=True):
    """A flow as people write it: what a publication adds is left out. Times are seconds."""

    nodes: dict[str, FlowNode]
    start: str
    name: str = ""


def flow_of_file(plain: object) -> Flow:
    """A flow that is not published yet. Raises Invalid `flow_malformed`."""
    try:
        written = msgspec.convert(plain, FlowFile, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("flow_malformed", detail=str(error)) from error
    return Flow(flow_id=FlowId(0), version=0, name=written.name, nodes=written.nodes, start=written.start)


def flow_of(plain: object) -> Flow:
    """A flow from plain mappings and lists, as JSON or YAML give them. Raises Invalid `flow_malformed`."""
    try:
        return msgspec.convert(plain, Flow, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("flow_malformed", detail=str(error)) from error


def plain_of(flow: Flow) -> Any:
    """A flow as plain mappings and lists; `flow_of` gives the same flow back."""
    return msgspec.to_builtins(flow)
