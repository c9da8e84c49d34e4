"""What happens outside because of an event: the shell's instructions, carried out or not, and what people do
then. One row for each kind of event that anybody outside notices; a new event of the engine gets one here."""

from typing import TYPE_CHECKING, Any

from otklik.acd import commands as ask
from otklik.acd import events as facts
from otklik.acd.model import EndReason, Phase
from tests.properties.outside import AGENT, MUSIC, PROMPT

if TYPE_CHECKING:
    from tests.properties.floor import Floor


def speak(floor: "Floor", event: Any) -> None:
    """A flow speaks; it ends in a queue, unless the customer or the engine ends it before."""
    leg = floor.outside.customer(event.interaction_id)
    if leg is not None and floor.is_done():
        leg.hears = PROMPT
    floor.after(floor.random.choice([1, 4, 30]), lambda: end_flow(floor, event.interaction_id))


def end_flow(floor: "Floor", interaction_id: int) -> None:
    one = floor.engine.interaction(interaction_id)
    if floor.is_up and one is not None and one.phase is Phase.IN_FLOW:
        floor.ask(floor.queueing(interaction_id))


def play_music(floor: "Floor", event: Any) -> None:
    leg = floor.outside.customer(event.interaction_id)
    if leg is not None and floor.is_done():
        leg.hears = MUSIC


def ring(floor: "Floor", event: Any) -> None:
    floor.ring(event.interaction_id, event.agent_id)


def ring_himself(floor: "Floor", event: Any) -> None:
    """An agent who dials hears his own phone first."""
    floor.ring(event.interaction_id, event.agent_id, answers_itself=True)


def bridge(floor: "Floor", event: Any) -> None:
    floor.bridge(event.interaction_id)


def let_agent_go(floor: "Floor", event: Any) -> None:
    """His leg is hung up, the customer has music again."""
    leg = floor.outside.of(event.interaction_id, AGENT)
    if leg is not None and floor.is_done():
        floor.outside.hang_up(leg)
    play_music(floor, event)


def rescue(floor: "Floor", event: Any) -> None:
    """The phone is rung again as soon as it is back."""
    let_agent_go(floor, event)
    floor.ring(event.interaction_id, event.agent_id, answers_itself=True)


def talk(floor: "Floor", event: Any) -> None:
    leg = floor.outside.customer(event.interaction_id)
    if leg is not None:
        floor.after(floor.random.expovariate(1 / 30), lambda: floor.leave(leg))


def hang_up_all(floor: "Floor", event: Any) -> None:
    for leg in list(floor.outside.legs.get(event.interaction_id, ())):
        if floor.is_done():
            floor.outside.hang_up(leg)


def reach(floor: "Floor", event: Any) -> None:
    """Whoever has signed in and has a phone presses Ready soon."""
    command = ask.MakeAgentReady(at=floor.now, agent_id=event.agent_id)
    floor.after(floor.random.random(), lambda: floor.ask(command))


def overflow(floor: "Floor", event: Any) -> None:
    """A rule took him out of the line: the flow has something to say, and may call him back."""
    if event.to.value == "queue":
        return
    leg = floor.outside.customer(event.interaction_id)
    if leg is not None and floor.is_done():
        leg.hears = PROMPT
    floor.after(floor.random.choice([1, 4]), lambda: after_message(floor, event))


def after_message(floor: "Floor", event: Any) -> None:
    interaction_id = event.interaction_id
    one = floor.engine.interaction(interaction_id)
    if one is None or one.phase is not Phase.IN_FLOW:
        return
    if floor.random.random() < 0.5 and floor.is_open:
        wanted = ask.PromiseCallback(at=floor.now, interaction_id=interaction_id, queue_id=event.queue_id)
        floor.ask(wanted)
    else:
        reason = EndReason.OVERFLOWED
        floor.ask(ask.EndInteraction(at=floor.now, interaction_id=interaction_id, reason=reason))


def consider_callback(floor: "Floor", event: Any) -> None:
    if floor.random.random() < 0.5 and floor.is_open:
        wanted = ask.PromiseCallback(at=floor.now, interaction_id=event.interaction_id)
        floor.after(floor.random.uniform(0, 9), lambda: floor.ask(wanted))


def say_goodbye(floor: "Floor", event: Any) -> None:
    """He is promised a call, and hangs up; nobody need be told."""
    floor.outside.hang_up(floor.outside.customer(event.interaction_id))


def dial_customer(floor: "Floor", event: Any) -> None:
    if floor.is_done():
        floor.call_party(event.interaction_id)


REACTIONS = {
    facts.FlowEntered: speak,
    facts.InteractionQueued: play_music,
    facts.OfferMade: ring,
    facts.OfferAccepted: bridge,
    facts.OfferDeclined: let_agent_go,
    facts.OfferExpired: let_agent_go,
    facts.OfferWithdrawn: let_agent_go,
    facts.InteractionConnected: talk,
    facts.InteractionHeld: play_music,
    facts.InteractionResumed: bridge,
    facts.ReconnectionStarted: rescue,
    facts.ReconnectionFailed: let_agent_go,
    facts.ConnectionFailed: let_agent_go,
    facts.SegmentHandedOver: let_agent_go,
    facts.InteractionEnded: hang_up_all,
    facts.ManualInteractionStarted: ring_himself,
    facts.DeviceReached: reach,
    facts.InteractionOverflowed: overflow,
    facts.InteractionEscalated: play_music,
    facts.CallbackOffered: consider_callback,
    facts.CallbackPromised: say_goodbye,
    facts.CallbackDialed: dial_customer,
    facts.CallbackAttemptFailed: hang_up_all,
}
