"""What we tell a channel. Imperative, each about one leg, bridge, device or trunk.

Order per leg and per bridge is kept by the driver; an instruction about a leg that is gone is a no-op. What
fails outside comes back as a signal (LegFailed, BridgeFailed, LegEnded), never as an exception.
"""

from datetime import timedelta

import msgspec

from otklik.flows.look_ups import Question
from otklik.organization.model import System
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, SecretId, TrunkId
from otklik.vocabulary.messages import Message


class Instruction(Message):
    """Base of all instructions."""


class AdoptLeg(Instruction):
    """Marks an arrived leg (channel variables) as ours: role customer, this interaction."""

    leg_id: LegId
    interaction_id: InteractionId


class AnswerLeg(Instruction):
    leg_id: LegId


class PlayPrompts(Instruction):
    """Plays whole prompts one after the other; ends any music of the leg first. Answered by PromptsFinished.

    prompts: names of files in prompts/<locale>/ without ending, for instance `greeting`. playback: our name
    for it.
    """

    leg_id: LegId
    playback: str
    prompts: tuple[str, ...]
    locale: str


class StopPrompts(Instruction):
    leg_id: LegId
    playback: str


class StartMusic(Instruction):
    """Music until StopMusic, PlayPrompts or BridgeLegs. `sound` is `music` or `ringing`.

    prompts: the site's own sounds instead of the built-in music, named as in PlayPrompts, one after the
    other, again and again, in `locale`. Where they cannot be played the built-in music is.
    """

    leg_id: LegId
    sound: str = "music"
    prompts: tuple[str, ...] = ()
    locale: str = ""


class StopMusic(Instruction):
    leg_id: LegId


class RingDevice(Instruction):
    """Rings one device of an agent with a new leg of this id. Answered by LegRinging, LegAnswered, LegFailed.

    answers_itself: the phone shall answer without the person (rescue after a lost phone, or his own
    dialling).
    beside: a leg whose codec the new one should prefer (0 none); codecs: else offered in this order.
    calling, calling_name: what the phone shows.
    """

    leg_id: LegId
    interaction_id: InteractionId
    agent_id: AgentId
    login: str
    timeout: timedelta
    calling: str = ""
    calling_name: str = ""
    answers_itself: bool = False
    beside: LegId = LegId(0)
    codecs: tuple[str, ...] = ()


class DialNumber(Instruction):
    """Calls a number through a trunk with a new leg of this id (role outside)."""

    leg_id: LegId
    interaction_id: InteractionId
    agent_id: AgentId
    trunk_id: TrunkId
    number: str
    caller_number: str
    timeout: timedelta


class BridgeLegs(Instruction):
    """Makes the bridge if it is not there, ends music and prompts of the legs, puts all into it:
    LegsBridged.
    """

    bridge: str
    interaction_id: InteractionId
    leg_ids: tuple[LegId, ...]


class UnbridgeLeg(Instruction):
    """Takes a leg out; it hears silence until the next instruction."""

    bridge: str
    leg_id: LegId


class EndBridge(Instruction):
    bridge: str


class HangUpLeg(Instruction):
    """reason: normal, busy, declined, congestion or unallocated."""

    leg_id: LegId
    reason: str = "normal"


class RecordLeg(Instruction):
    """Begins a raw recording of a leg that the trunk's dialplan does not record: RecordingBegun, or
    RecordingFailed. One that is recorded already stays as it is."""

    leg_id: LegId
    interaction_id: InteractionId


class MonitorLeg(Instruction):
    """Lets a supervisor's leg hear all that the leg `of_leg_id` says and hears, and, if is_whisper, speak
    into its ear. It leaves every other bridge. bridge: our name for the two. has_tone: the agent hears a
    short tone first. BridgeFailed if it cannot be made. Repeated or in another mode: made anew."""

    leg_id: LegId
    of_leg_id: LegId
    bridge: str
    is_whisper: bool = False
    has_tone: bool = False


class EndMonitoring(Instruction):
    """The leg hears nobody's talk any more; also after its own end, so that nothing is left of it."""

    leg_id: LegId


class StopRecording(Instruction):
    """Ends the raw file of a leg; the call goes on, and RecordLeg begins another file."""

    leg_id: LegId


class HearSilence(Instruction):
    """Listens to what comes from a recorded leg: SpeechHeard at the first word, SilenceHeard once after a
    silence of `after` (0: never). Ends with `is_over`, or with the leg. spoken: since when it would have had
    to listen, of a message that was begun before a restart."""

    leg_id: LegId
    after: timedelta = timedelta(0)
    spoken: timedelta = timedelta(0)
    is_over: bool = False


class SendKeys(Instruction):
    """Sends keypad tones to a leg."""

    leg_id: LegId
    keys: str


class ProvisionDevice(Instruction):
    """Makes or changes an endpoint. kind: browser or sip. codecs in order of preference. The secret is read
    by id.
    """

    agent_id: AgentId
    login: str
    kind: str
    secret_id: SecretId
    codecs: tuple[str, ...] = ("alaw",)


class RemoveDevice(Instruction):
    login: str


class ProvisionTrunk(Instruction):
    """Makes or changes a trunk. kind: `address` (recognised by host and port) or `registration` (we
    register).

    host, port: the far end; port 0: calls come from any port of the host, and ours go to 5060. addresses:
    further hosts or networks from which its calls come. login, secret_id: for digest, "" and 0 without.
    codecs: order of preference. maximum_calls: 0 is unlimited.
    """

    trunk_id: TrunkId
    name: str
    kind: str
    host: str
    port: int = 5060
    addresses: tuple[str, ...] = ()
    login: str = ""
    secret_id: SecretId = SecretId(0)
    codecs: tuple[str, ...] = ("alaw", "ulaw")
    from_domain: str = ""
    maximum_calls: int = 0


class RemoveTrunk(Instruction):
    trunk_id: TrunkId


class SetNumberRules(Instruction):
    """Which numbers called are not recorded by the dialplan (`unrecorded`, all others are), and in which
    language the dialplan speaks to their callers while no engine is there: ru, en.
    """

    unrecorded: frozenset[str]
    languages: dict[str, str] = msgspec.field(default_factory=dict)


class SetFallback(Instruction):
    """Where the dialplan sends calls after 60 s without an engine: a device login, a trunk's number, or ""
    (music goes on). Kept current at each connect and change."""

    logins: tuple[str, ...] = ()
    trunk_id: TrunkId = TrunkId(0)
    number: str = ""


class KnowArrival(Instruction):
    """A call that is in the journal, though its channel may not carry its mark yet: an engine that dies in
    between leaves it like that, and it would be taken for another call. media_id: as the media server names
    it."""

    leg_id: LegId
    interaction_id: InteractionId
    media_id: str


class AskSystem(Instruction):
    """Asks a system outside for a flow. Not a channel's: the driver of systems does it. Answered by
    SystemAnswered with the same `look_up`."""

    interaction_id: InteractionId
    look_up: str
    system: System
    question: Question
    limit: timedelta


ChannelInstruction = (
    AdoptLeg
    | AnswerLeg
    | PlayPrompts
    | StopPrompts
    | StartMusic
    | StopMusic
    | RingDevice
    | DialNumber
    | BridgeLegs
    | UnbridgeLeg
    | EndBridge
    | HangUpLeg
    | RecordLeg
    | StopRecording
    | MonitorLeg
    | EndMonitoring
    | StopRecording
    | HearSilence
    | SendKeys
    | ProvisionDevice
    | RemoveDevice
    | ProvisionTrunk
    | RemoveTrunk
    | SetNumberRules
    | SetFallback
    | KnowArrival
)
