"""What the fold hands to the store for one batch of events."""

from datetime import datetime

from otklik.quality.model import Deleted, Missing, RawFile, Stored, Talk
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, SiteId
from otklik.vocabulary.messages import Value


class RawBegun(Value):
    """A raw file grows."""

    interaction_id: InteractionId
    file: RawFile


class RawOver(Value):
    """The leg of a raw file is over: the file grows no more."""

    leg_id: LegId
    at: datetime


class RawRefused(Value):
    """The customer does not want to be recorded: what was is removed at once."""

    leg_id: LegId
    at: datetime


class InteractionOver(Value):
    """No further segment of this interaction will need audio."""

    interaction_id: InteractionId
    at: datetime


class Unrecorded(Value):
    """A talk of which nothing was recorded: it is no work, it only stands in the manifest."""

    talk: Talk


class MissingNoted(Value):
    """A segment has no audio; is_final: it leaves the work list."""

    missing: Missing
    at: datetime
    is_final: bool


class PauseBegun(Value):
    """Nothing of the interaction is recorded from now on. asks_at: when the desk asks whether it is over."""

    interaction_id: InteractionId
    leg_id: LegId
    agent_id: AgentId
    since: datetime
    asks_at: datetime


class PauseKept(Value):
    """It goes on; the desk asks again later."""

    interaction_id: InteractionId
    asks_at: datetime


class PauseOver(Value):
    """It is over: by the agent, or with the interaction."""

    interaction_id: InteractionId
    at: datetime


class HoldBegun(Value):
    """The customer hears music from now on."""

    interaction_id: InteractionId
    since: datetime


class HoldOver(Value):
    """He talks again, with whomever; or his matter is over."""

    interaction_id: InteractionId
    at: datetime


class DeletionNoted(Value):
    """A recording's time was over: its file is gone."""

    deleted: Deleted
    at: datetime


Change = (
    DeletionNoted
    | PauseBegun
    | PauseKept
    | PauseOver
    | HoldBegun
    | HoldOver
    | RawBegun
    | RawOver
    | RawRefused
    | InteractionOver
    | Talk
    | Unrecorded
    | Stored
    | MissingNoted
)


class Changes(Value):
    """What to write for one batch, in order."""

    site_id: SiteId
    changes: tuple[Change, ...]
