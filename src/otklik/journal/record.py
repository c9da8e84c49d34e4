"""One line of the journal."""

from datetime import datetime

from otklik.vocabulary.ids import AgentId, InteractionId, QueueId, Sequence, SiteId
from otklik.vocabulary.messages import Event, Value


class Record(Value):
    """An event with its place.

    The index columns are copied from the event's own fields, 0 where it has none. `at` is the journal's own
    time: it never goes back, even where an event tells of an earlier moment (its own `at`).
    """

    site_id: SiteId
    seq: Sequence
    at: datetime
    event: Event
    interaction_id: InteractionId = InteractionId(0)
    queue_id: QueueId = QueueId(0)
    agent_id: AgentId = AgentId(0)
