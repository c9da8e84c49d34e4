"""`callback`: the customer is promised a call, and may hang up."""

from collections.abc import Mapping

from otklik.acd.model import EndReason
from otklik.flows.acts import Act, Finish, GoTo, RequestCallback, Say, Visit
from otklik.flows.nodes.node import Node
from otklik.vocabulary.ids import QueueId


class Callback(Node, tag="callback", tag_field="node"):
    """Asks for a promised call; says so when it is promised, and ends.

    queue_id: where the call waits, 0 is the queue of the number called. prompts: said when it is promised.
    refused: where it goes on when nobody can be called back (no number).
    """

    queue_id: QueueId = QueueId(0)
    prompts: tuple[str, ...] = ("callback_promised",)
    refused: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (RequestCallback(queue_id=self.queue_id or visit.queue_id),)

    def answered(self, *, is_promised: bool) -> tuple[Act, ...]:
        """The engine has promised it, or has not."""
        if not is_promised:
            return (GoTo(node=self.refused),)
        return (Say(prompts=self.prompts),) if self.prompts else self.finished()

    def finished(self) -> tuple[Act, ...]:
        return (Finish(reason=EndReason.CALLBACK_PROMISED),)

    def exits(self) -> Mapping[str, str]:
        return {"refused": self.refused}

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts}
