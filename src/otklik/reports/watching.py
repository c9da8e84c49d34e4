"""Events of supervisors at talks as this room sees them from below.

They are written by the switchboard, which stands above; here they are known by their numbers in the journal,
which never change, and by the fields that the fold reads.
"""

from typing import Protocol, TypeGuard

from otklik.vocabulary.ids import AgentId, InteractionId
from otklik.vocabulary.messages import Event

_STARTED, _CHANGED, _ENDED = 460, 461, 462


class Supervising(Protocol):
    """What the three have in common. mode: `monitor`, `whisper` or `barge`."""

    KIND: int
    interaction_id: InteractionId
    supervisor_id: AgentId
    mode: str


def is_about_supervision(event: Event) -> TypeGuard[Supervising]:
    """Whether a supervisor began, changed or ended his listening."""
    return event.KIND in (_STARTED, _CHANGED, _ENDED)


def mode_after(event: Supervising) -> str:
    """How he listens from now on; "" if no more."""
    return "" if event.KIND == _ENDED else str(event.mode)
