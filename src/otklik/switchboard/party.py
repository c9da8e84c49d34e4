"""A number in a signal or request, and the party that it is known by."""

from otklik.vocabulary.ids import PartyId
from otklik.vocabulary.messages import Value


class Caller(Value):
    """What table `party` says. is_new: it has no row yet. An anonymous caller has party 0 and no number."""

    party_id: PartyId = PartyId(0)
    number: str = ""
    is_new: bool = False
