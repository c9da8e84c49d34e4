"""The end of a customer's message as the world tells it, and who listens to it."""

from datetime import datetime

from otklik.flows import commands as flow_commands
from otklik.switchboard.calls import CUSTOMER
from otklik.switchboard.instructions import HearSilence
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import InteractionId, LegId


def stop_voicemail(turn: Turn, leg_id: LegId, outcome: str, at: datetime) -> None:
    """The message that is recorded from this leg is over; without one nothing happens."""
    leg = turn.centre.calls.legs.get(leg_id)
    if leg is not None and leg.role == CUSTOMER:
        turn.ask_flow(flow_commands.StopVoicemail(at=at, interaction_id=leg.interaction_id, outcome=outcome))


def listen_again(turn: Turn, interaction_id: InteractionId, at: datetime) -> None:
    """After a restart nobody listens to a message that is being recorded."""
    run = turn.centre.flows.run_of(interaction_id)
    leg = turn.centre.calls.of(interaction_id, CUSTOMER)
    if run is not None and leg is not None and run.voicemail_since is not None:
        spoken = at - run.voicemail_since
        turn.instruct([HearSilence(leg_id=leg.leg_id, after=run.voicemail_silence, spoken=spoken)])
