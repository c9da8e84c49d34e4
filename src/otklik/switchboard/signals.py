"""What a channel tells us. Stamped with the moment when they reach the inbox, never with the channel's own
time.

A driver never raises upward: a failure outside is a signal too.
"""

from datetime import timedelta

import msgspec

from otklik.acd.model import EndReason
from otklik.quality.e_model import LinkFigures
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, TrunkId
from otklik.vocabulary.messages import Message, Value


class Signal(Message):
    """Base of all signals."""


class RawRecording(Value):
    """A growing two-channel raw file of a leg (left heard from it, right sent to it; 8 kHz, 16 bit) in
    HOME/spool.

    lead: how long it had been growing when the signal was made (a difference of two times of the channel).
    """

    path: str
    lead: timedelta


class LegArrived(Signal):
    """A customer's call stands before us, not answered yet. The driver minted the leg's id.

    number_called, calling: as the trunk wrote them, untrusted text; calling is "" for an anonymous caller.
    tries: how often the call had to wait for an absent engine before (0: at once); then it is answered
    already. media_id: as the media server names the call. is_over: it came and went while nobody was there;
    its LegEnded follows. Such a call may be told again by the next engine: the log it stands in is older.
    """

    leg_id: LegId
    trunk_id: TrunkId
    number_called: str
    calling: str = ""
    calling_name: str = ""
    tries: int = 0
    recording: RawRecording | None = None
    media_id: str = ""
    is_over: bool = False


class DeviceDialed(Signal):
    """An agent dialled on his own device; the leg is up to be answered or hung up by us."""

    leg_id: LegId
    agent_id: AgentId
    dialed: str


class LegRinging(Signal):
    """The far end rings."""

    leg_id: LegId


class LegProgressed(Signal):
    """The far end sends sound before the answer (announcements of the network)."""

    leg_id: LegId


class LegAnswered(Signal):
    leg_id: LegId


class LegFailed(Signal):
    """A leg that we rang or dialled did not come up. cause: Q.850, tech_cause: SIP status, 0 unknown."""

    leg_id: LegId
    reason: EndReason
    cause: int = 0
    tech_cause: int = 0


class LegEnded(Signal):
    """A leg that was up (or had arrived) is gone."""

    leg_id: LegId
    cause: int = 0


class KeyPressed(Signal):
    leg_id: LegId
    key: str


class PromptsFinished(Signal):
    """All of one PlayPrompts were played, or failed to play, or were stopped."""

    leg_id: LegId
    playback: str


class LegsBridged(Signal):
    """All legs asked for are in the bridge and hear each other."""

    bridge: str


class BridgeFailed(Signal):
    bridge: str
    detail: str = ""


class RecordingBegun(Signal):
    """A RecordLeg took effect."""

    leg_id: LegId
    recording: RawRecording


class RecordingFailed(Signal):
    """A RecordLeg had no effect: the disk is full, or the media server refuses."""

    leg_id: LegId


class SpeechHeard(Signal):
    """The first word from a leg to which HearSilence listens."""

    leg_id: LegId


class SilenceHeard(Signal):
    """Nothing came from the leg for as long as HearSilence said."""

    leg_id: LegId


class DeviceRegistered(Signal):
    """The device's phone is registered (anew): it can be rung. Sent for each registration that replaces
    another.
    """

    login: str


class DeviceUnregistered(Signal):
    login: str


class TrunkChanged(Signal):
    """state: up, down, registering, rejected, unknown."""

    trunk_id: TrunkId
    state: str
    detail: str = ""


class CallDiverted(Signal):
    """While no engine was there the dialplan sent this call to the site's fallback number."""

    calling: str
    number_called: str
    ago: timedelta


class ChannelLost(Signal):
    """The link to the media server is gone; what happens there is not seen. Talks go on."""


class MediaRestarted(Signal):
    """The media server itself was restarted: every leg it carried is gone. Comes before ChannelRestored."""


class SurveyedLeg(Value):
    """One leg as the media server sees it now. interaction_id, agent_id as we marked it (0 if not marked)."""

    leg_id: LegId
    is_up: bool
    role: str
    interaction_id: InteractionId = InteractionId(0)
    agent_id: AgentId = AgentId(0)
    bridge: str = ""
    is_ringing: bool = False


class Survey(Value):
    """Everything that is really up. reachable: logins of registered devices."""

    legs: tuple[SurveyedLeg, ...] = ()
    bridges: tuple[str, ...] = ()
    reachable: frozenset[str] = frozenset()


class ChannelRestored(Signal):
    """The link is there (again). `survey` is compared with what the journal says; arrivals that nobody has
    seen come as LegArrived of their own after this signal."""

    survey: Survey


class OutsideChosen(Signal):
    """A flow sends its customer to this number. Not a channel's: the loop tells itself, so that the party of
    the number is looked up as for every other input. ring_for, talk_for: as the flow wants it."""

    interaction_id: InteractionId
    number: str
    ring_for: timedelta | None = None
    talk_for: timedelta | None = None


class CustomerTyped(Signal):
    """A flow looks for the customer who has this. Not a channel's either: the loop tells itself, and looks at
    the cards. by: `phone`, `code` or `field`."""

    interaction_id: InteractionId
    by: str
    value: str
    field: str = ""


class SurveyCallDue(Signal):
    """It is time to call a customer with the survey about this talk. The loop tells itself: whether he may be
    called is looked up."""

    talk_id: InteractionId
    number: str


class SystemAnswered(Signal):
    """A system outside has answered, or could not. values: every variable taken out of the answer."""

    interaction_id: InteractionId
    look_up: str
    outcome: str
    reason: str = ""
    values: dict[str, str] = msgspec.field(default_factory=dict)
    took: timedelta = timedelta(0)


class LinkReported(Signal):
    """How good the link of a leg was for the last few seconds (`took`): of what it said and of what it was
    sent; None where nobody counted."""

    leg_id: LegId
    took: timedelta
    heard: LinkFigures | None = None
    sent: LinkFigures | None = None


ChannelSignal = (
    LegArrived
    | DeviceDialed
    | LegRinging
    | LegProgressed
    | LegAnswered
    | LegFailed
    | LegEnded
    | KeyPressed
    | PromptsFinished
    | LegsBridged
    | BridgeFailed
    | RecordingBegun
    | RecordingFailed
    | SpeechHeard
    | SilenceHeard
    | DeviceRegistered
    | DeviceUnregistered
    | TrunkChanged
    | CallDiverted
    | ChannelLost
    | MediaRestarted
    | ChannelRestored
    | SystemAnswered
    | OutsideChosen
    | CustomerTyped
    | SurveyCallDue
    | LinkReported
)
