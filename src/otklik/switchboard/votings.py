"""Does a vote count? Pure: reads the centre, changes nothing."""

from otklik.flows.events import VoteRequested
from otklik.flows.nodes.voting import ANONYMOUS, COUNTED, REPEATED
from otklik.switchboard.centre import Centre
from otklik.switchboard.events import VoteCounted
from otklik.vocabulary.ids import PartyId


def vote_of(centre: Centre, event: VoteRequested) -> tuple[VoteCounted | None, str]:
    """The vote, if it counts, and what the customer is told."""
    party_id = centre.calls.parties.get(event.interaction_id, PartyId(0))
    if not party_id:
        return None, ANONYMOUS
    if party_id in centre.calls.votings.get(event.voting, ()):
        return None, REPEATED
    vote = VoteCounted(
        at=event.at,
        interaction_id=event.interaction_id,
        party_id=party_id,
        voting=event.voting,
        choice=event.choice,
        choice_name=event.choice_name,
        closes_at=event.closes_at,
    )
    return vote, COUNTED
