"""What may happen in a random walk: one table per family of commands.

A new command of the engine gets a row in the file of its family (or in a new file, named here), and from
then on every walk, the soak, the planted flaws and the tables' test draw it. A row says how often, and how
the command is made from what there is at the moment: with the walk's own generator, by its methods
(`busy_with`, `agent_who`, `queue` ...), which raise `NothingFits` when nobody is in such a state.
"""

from tests.properties.deeds import (
    agents,
    callbacks,
    configuration,
    customers,
    moves,
    offers,
    reservations,
    talks,
)
from tests.properties.deeds.deed import Deed, NothingFits

DEEDS: tuple[Deed, ...] = (
    *customers.DEEDS,
    *callbacks.DEEDS,
    *offers.DEEDS,
    *talks.DEEDS,
    *moves.DEEDS,
    *reservations.DEEDS,
    *agents.DEEDS,
    *configuration.DEEDS,
)

__all__ = ["DEEDS", "Deed", "NothingFits"]
