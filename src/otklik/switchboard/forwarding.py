"""A flow sends its customer outside: the number is known and its party, now it is called."""

from datetime import datetime

from otklik.acd import commands as ask
from otklik.acd.model import Target, TargetKind
from otklik.flows import commands as flow_commands
from otklik.switchboard.outside import check_outside
from otklik.switchboard.party import Caller
from otklik.switchboard.signals import OutsideChosen
from otklik.switchboard.turn import Turn
from otklik.vocabulary.refusals import Invalid, Refused


def forward(turn: Turn, signal: OutsideChosen, at: datetime, caller: Caller) -> None:
    """Rules are looked at again: others may have been sent outside in the same batch."""
    centre = turn.centre
    run = centre.flows.run_of(signal.interaction_id)
    if run is None or not run.is_sent:
        return
    rules = centre.configuration.site.outside
    try:
        check_outside(centre, signal.number, run.queue_id, at)
        turn.see_party(caller.party_id, caller.number, at, is_new=caller.is_new)
        turn.ask(
            ask.ForwardInteraction(
                at=at,
                interaction_id=signal.interaction_id,
                target=Target(kind=TargetKind.OUTSIDE, party_id=caller.party_id),
                ring_timeout=min(signal.ring_for or rules.ring_timeout, rules.ring_timeout),
                talk_limit=min(signal.talk_for or rules.talk_limit, rules.talk_limit),
            )
        )
    except (Refused, Invalid) as refusal:
        turn.ask_flow(
            flow_commands.NoteUnanswered(at=at, interaction_id=signal.interaction_id, reason=refusal.code)
        )
