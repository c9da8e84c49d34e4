"""The flow that a new centre starts with: greeting, hours, queue; closed: a message and the end."""

from typing import Final

from otklik.acd.model import EndReason
from otklik.flows.model import Flow, FlowNode
from otklik.flows.nodes.callback import Callback
from otklik.flows.nodes.end import End
from otklik.flows.nodes.hours import Hours
from otklik.flows.nodes.menu import Menu
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue
from otklik.vocabulary.ids import FlowId, QueueId

STARTER_FLOW = FlowId(1)
CALLBACK_FLOW = FlowId(-1)
MESSAGE_FLOW = FlowId(-2)
"""What runs when a customer leaves a queue by a rule: no flow of an administrator's."""
_WORDS: Final = {
    "ru": ("Основной сценарий", "приветствие", "часы работы", "очередь", "закрыто", "конец"),
    "en": ("Main flow", "greeting", "hours", "queue", "closed", "end"),
}
NUMBERS_QUEUE = QueueId(0)
"""The queue of the number called."""


def starter_flow(
    flow_id: FlowId = STARTER_FLOW,
    *,
    queue_id: QueueId = NUMBERS_QUEUE,
    version: int = 1,
    name: str = "starter",
) -> Flow:
    """Greets (saying that the call is recorded, if it is), looks at the hours of the number, then queues.

    queue_id: 0 is the queue of the number called, so one flow serves all numbers.
    """
    return Flow(
        flow_id=flow_id,
        version=version,
        name=name,
        start="greeting",
        nodes={
            "greeting": Play(prompts=("greeting",), unrecorded=("greeting_unrecorded",), next="hours"),
            "hours": Hours(open="queue", closed="closed"),
            "queue": Queue(queue_id=queue_id),
            "closed": Play(prompts=("closed",), next="end_closed"),
            "end_closed": End(reason=EndReason.CLOSED),
        },
    )


def starter_draft(language: str) -> Flow:
    """The same as administrators find it in a new centre: with names in their language (`ru`, else English),
    to be read, changed and published like every other flow."""
    name, greeting, hours, queue, closed, end = _WORDS.get(language, _WORDS["en"])
    return Flow(
        flow_id=FlowId(0),
        version=0,
        name=name,
        start=greeting,
        nodes={
            greeting: Play(prompts=("greeting",), unrecorded=("greeting_unrecorded",), next=hours),
            hours: Hours(open=queue, closed=closed),
            queue: Queue(),
            closed: Play(prompts=("closed",), next=end),
            end: End(reason=EndReason.CLOSED),
        },
    )


def silent_flow(flow_id: FlowId, *, queue_id: QueueId = NUMBERS_QUEUE, version: int = 1) -> Flow:
    """Straight to the queue, nothing spoken: for the self-test and for load measurements."""
    return Flow(
        flow_id=flow_id,
        version=version,
        name="silent",
        start="queue",
        nodes={"queue": Queue(queue_id=queue_id, announces=False)},
    )


def callback_flow(*, waits: bool, queue_id: QueueId) -> Flow:
    """Offers a call back. waits: the customer stands in a queue and waits on if he does not want it; else
    there was no room for him, and he hears that we are sorry."""
    otherwise = "wait" if waits else "sorry"
    nodes: dict[str, FlowNode] = {
        "offer": Menu(prompts=("callback_offer",), choices={"1": "callback"}, tries=1, otherwise=otherwise),
        "callback": Callback(queue_id=queue_id, refused=otherwise),
    }
    if waits:
        nodes["wait"] = Queue(queue_id=queue_id)
    else:
        nodes["sorry"] = Play(prompts=("sorry",), next="end")
        nodes["end"] = End(reason=EndReason.OVERFLOWED)
    return Flow(flow_id=CALLBACK_FLOW, version=1, name="callback", start="offer", nodes=nodes)


def with_callback_offer(flow: Flow, key: str, *, queue_id: QueueId) -> Flow:
    """A call back is offered to one who waits at this node of his flow. Who does not want it waits on there,
    with the same music, messages and ways out."""
    offer, callback = "callback_offer", "callback_promised"
    while offer in flow.nodes or callback in flow.nodes:
        offer, callback = offer + "_", callback + "_"
    asked: dict[str, FlowNode] = {
        offer: Menu(prompts=("callback_offer",), choices={"1": callback}, tries=1, otherwise=key),
        callback: Callback(queue_id=queue_id, refused=key),
    }
    return Flow(flow_id=CALLBACK_FLOW, version=1, name="callback", start=offer, nodes={**flow.nodes, **asked})


def closed_flow(prompt: str, *, then: str, queue_id: QueueId, own_queue_id: QueueId) -> Flow:
    """A queue that a supervisor closed: says so and goes on. then: `end`, `callback` (to own_queue_id) or
    `queue` (to queue_id)."""
    nodes: dict[str, FlowNode] = {
        "message": Play(prompts=(prompt or "closed",), next=then if then != "callback" else "offer"),
        "end": End(reason=EndReason.CLOSED),
    }
    if then == "callback":
        nodes["offer"] = Menu(
            prompts=("callback_offer",), choices={"1": "callback"}, tries=1, otherwise="end"
        )
        nodes["callback"] = Callback(queue_id=own_queue_id, refused="end")
    if then == "queue":
        nodes["queue"] = Queue(queue_id=queue_id)
    return Flow(flow_id=MESSAGE_FLOW, version=1, name="closed", start="message", nodes=nodes)


def message_flow(prompt: str, reason: EndReason = EndReason.OVERFLOWED) -> Flow:
    """Says one thing and ends."""
    nodes: dict[str, FlowNode] = {
        "message": Play(prompts=(prompt or "sorry",), next="end"),
        "end": End(reason=reason),
    }
    return Flow(flow_id=MESSAGE_FLOW, version=1, name="message", start="message", nodes=nodes)
