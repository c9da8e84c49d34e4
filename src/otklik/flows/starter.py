"""The flow that a new centre starts with: greeting, hours, queue; closed: a message and the end."""

from otklik.acd.model import EndReason
from otklik.flows.model import Flow
from otklik.flows.nodes.end import End
from otklik.flows.nodes.hours import Hours
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue
from otklik.vocabulary.ids import FlowId, QueueId

STARTER_FLOW = FlowId(1)
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


def silent_flow(flow_id: FlowId, *, queue_id: QueueId = NUMBERS_QUEUE, version: int = 1) -> Flow:
    """Straight to the queue, nothing spoken: for the self-test and for load measurements."""
    return Flow(
        flow_id=flow_id,
        version=version,
        name="silent",
        start="queue",
        nodes={"queue": Queue(queue_id=queue_id, announces=False)},
    )
