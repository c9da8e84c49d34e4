"""Hooks, what they are told of, and deliveries."""

from datetime import datetime, timedelta
from enum import StrEnum

from otklik.vocabulary.ids import InteractionId, SecretId
from otklik.vocabulary.messages import Value

GIVES_UP_AFTER = timedelta(hours=24)
FINAL_TRIES = 5
"""So often is tried what the other side refuses as such (4xx): the events behind it wait for it."""
KEEP = timedelta(days=14)
LONGEST_ANSWER = 500
LONGEST_SPAN = timedelta(days=31)
"""Of one replay."""


class Told(StrEnum):
    """What a hook may be told of. test: asked for by hand, told to every hook."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    MISSED = "missed"
    RECORDING_READY = "recording_ready"
    TEST = "test"


class Hook(Value, kw_only=True):
    """Where to tell what. queue_ids, project_ids: only interactions of these; none is all. allowed_hosts:
    names and networks that it may lead to although they are not public. from_seq: events of the journal after
    it."""

    hook_id: int = 0
    name: str
    address: str
    told: tuple[Told, ...]
    queue_ids: tuple[int, ...] = ()
    project_ids: tuple[int, ...] = ()
    secret_id: SecretId = SecretId(0)
    allowed_hosts: tuple[str, ...] = ()
    ca: str = ""
    is_on: bool = True
    from_seq: int = 0

    def wants(self, told: Told, queue_id: int, project_id: int) -> bool:
        """Whether it is to be told of this."""
        return (
            told in self.told
            and (not self.queue_ids or queue_id in self.queue_ids)
            and (not self.project_ids or project_id in self.project_ids)
        )


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class HookDelivery(Value, kw_only=True):
    """An event on its way to a hook. body: the very bytes that are sent, as text. http_status: of the last
    answer, 0 none. replays: how often it was asked for again."""

    delivery_id: int
    hook_id: int
    event_id: str
    seq: int
    told: Told
    interaction_id: InteractionId
    body: str
    state: State
    made_at: datetime
    due_at: datetime
    tries: int = 0
    done_at: datetime | None = None
    http_status: int = 0
    answer: str = ""
    replays: int = 0


class Replay(Value, kw_only=True):
    """A span of the journal that is to be told to a hook again. found: how many events it held."""

    replay_id: int
    hook_id: int
    since: datetime
    until: datetime
    asked_at: datetime
    done_at: datetime | None = None
    found: int = 0


class Tried(Value, kw_only=True):
    """What came of a try. http_status 0: there was no answer, and words is a code of ours."""

    http_status: int
    words: str = ""
    wait: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the other side took it."""
        return 200 <= self.http_status < 300

    @property
    def is_refusal(self) -> bool:
        """Whether the other side will most likely say the same again."""
        return 400 <= self.http_status < 500 and self.http_status not in (408, 409, 423, 425, 429)

    @property
    def is_away(self) -> bool:
        """Whether the whole hook seems to be out of order."""
        return not self.is_taken and not self.is_refusal
