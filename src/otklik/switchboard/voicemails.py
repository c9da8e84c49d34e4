"""What follows when a customer's message is over, or he refuses to be recorded. Pure."""

from otklik.flows.events import RecordingRefused, VoicemailEnded
from otklik.switchboard.calls import CUSTOMER
from otklik.switchboard.centre import Centre
from otklik.switchboard.events import LegUnrecorded, VoicemailKept
from otklik.vocabulary.ids import VoicemailId
from otklik.vocabulary.messages import Event


def kept_by(centre: Centre, event: VoicemailEnded) -> list[Event]:
    """The message with its id, for its list; and the end of a recording that was made for it only."""
    calls = centre.calls
    made: list[Event] = []
    begun = calls.voicemails.get(event.interaction_id)
    if event.is_kept and begun is not None:
        made.append(
            VoicemailKept(
                at=event.at,
                voicemail_id=VoicemailId(centre.minter.mint(event.at)),
                interaction_id=event.interaction_id,
                party_id=begun.party_id,
                number_id=begun.number_id,
                queue_id=begun.queue_id,
                team_id=begun.team_id,
                since=event.since,
                until=event.until,
                is_recorded=begun.is_recorded,
            )
        )
    leg = calls.of(event.interaction_id, CUSTOMER)
    if leg is not None and leg.is_recorded and not event.is_call_recorded:
        made.append(LegUnrecorded(at=event.at, leg_id=leg.leg_id, interaction_id=event.interaction_id))
    return made


def unrecorded_by(centre: Centre, event: RecordingRefused) -> list[Event]:
    """The customer does not want to be recorded: what grows is closed, and removed."""
    leg = centre.calls.of(event.interaction_id, CUSTOMER)
    if leg is None:
        return []
    return [
        LegUnrecorded(at=event.at, leg_id=leg.leg_id, interaction_id=event.interaction_id, is_refused=True)
    ]
