"""What is really up, read from Asterisk's own lists. Pure: lists in, findings out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from otklik.channels.asterisk.ari import Bridge, Channel, Endpoint
from otklik.channels.asterisk.ears import leg_of_snoop
from otklik.channels.asterisk.legs import Hears, Leg, leg_arrived, read_mark
from otklik.switchboard.calls import leg_of_ear
from otklik.switchboard.instructions import KnowArrival
from otklik.switchboard.signals import Survey, SurveyedLeg
from otklik.vocabulary.ids import LegId

NO_ARRIVALS: Mapping[str, KnowArrival] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Findings:
    """survey: for the switchboard. legs: those of it as the driver remembers them. unseen: arrivals in our
    hands that nobody has told of, oldest first. strangers: our own channels that carry no mark."""

    survey: Survey
    legs: tuple[Leg, ...]
    unseen: tuple[Channel, ...]
    strangers: tuple[Channel, ...]


def survey_of(
    channels: Iterable[Channel],
    bridges: Iterable[Bridge],
    endpoints: Iterable[Endpoint],
    *,
    known: Mapping[str, Leg],
    arrived: Mapping[str, KnowArrival] = NO_ARRIVALS,
    logins: Iterable[str],
    application: str,
) -> Findings:
    """Channel by channel: marked, known to us though not marked, an arrival, or none of our business.

    arrived: calls that the journal knows, by channel; an engine may have died before it marked one of them.
    """
    # A call that the dialplan sent to the fallback talks in a bridge of the dialplan's: none of ours.
    bridges = [bridge for bridge in bridges if bridge.bridge_class == "stasis"]
    bridge_by_channel = {channel: bridge.id for bridge in bridges for channel in bridge.channels}
    legs: dict[LegId, Leg] = {}
    unseen: list[Channel] = []
    strangers: list[Channel] = []
    channels = list(channels)
    for channel in channels:
        leg = read_mark(channel)
        before = known.get(channel.id)
        if leg is None and before is None and channel.id in arrived and is_arrival(channel, application):
            leg = leg_arrived(channel, arrived[channel.id])
        if before is not None:
            # What we remember is richer than the mark; what Asterisk says of the channel is truer.
            before.is_up = before.is_up or channel.state == "Up"
            before.name = channel.name
            leg = before
        if leg is not None:
            leg.bridge = bridge_by_channel.get(channel.id, "")
            if leg.bridge:
                leg.hears = Hears.BRIDGE
            legs[leg.leg_id] = leg
        elif is_arrival(channel, application):
            unseen.append(channel)
        elif channel.id.startswith("leg-"):
            strangers.append(channel)
    heard = _ears(channels, bridge_by_channel)
    strangers += [
        channel
        for channel in channels
        if (listener := leg_of_snoop(channel.id)) is not None and listener not in legs
    ]
    wanted = set(logins)
    survey = Survey(
        legs=tuple(
            SurveyedLeg(
                leg_id=leg.leg_id,
                is_up=leg.is_up,
                role=leg.role,
                interaction_id=leg.interaction_id,
                agent_id=leg.agent_id,
                bridge="" if leg_of_ear(leg.bridge) is not None and leg.bridge not in heard else leg.bridge,
                is_ringing=leg.is_ringing and not leg.is_up,
            )
            for leg in legs.values()
        ),
        bridges=tuple(bridge.id for bridge in bridges),
        reachable=frozenset(
            endpoint.resource
            for endpoint in endpoints
            if endpoint.state == "online" and endpoint.resource in wanted
        ),
    )
    unseen.sort(key=lambda channel: channel.creationtime)
    return Findings(survey, tuple(legs.values()), tuple(unseen), tuple(strangers))


def _ears(channels: Iterable[Channel], bridge_by_channel: Mapping[str, str]) -> set[str]:
    """Bridges of supervisors in which an ear is: without one, nothing is heard there."""
    return {
        bridge_by_channel[channel.id]
        for channel in channels
        if leg_of_snoop(channel.id) is not None and channel.id in bridge_by_channel
    }


def is_arrival(channel: Channel, application: str) -> bool:
    """Does it wait in our application, put there by the dialplan?"""
    dialplan = channel.dialplan
    return (
        dialplan is not None
        and dialplan.app_name == "Stasis"
        and dialplan.app_data.startswith((f"{application},inbound,", f"{application},device,"))
    )


def arguments_of(channel: Channel) -> tuple[str, ...]:
    """What the dialplan gave the application, as StasisStart would have told it."""
    return tuple(channel.dialplan.app_data.split(",")[1:]) if channel.dialplan else ()
