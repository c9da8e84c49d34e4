"""What becomes of an offer."""

from typing import TYPE_CHECKING

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from tests.properties.deeds.deed import Deed

if TYPE_CHECKING:
    from tests.properties.walker import Walk


def accept(walk: "Walk") -> AcdCommand:
    return commands.AcceptOffer(at=walk.now, offer_id=walk.offer(), is_connected=walk.random.random() < 0.3)


def decline(walk: "Walk") -> AcdCommand:
    return commands.DeclineOffer(at=walk.now, offer_id=walk.offer())


def fail(walk: "Walk") -> AcdCommand:
    return commands.FailOffer(at=walk.now, offer_id=walk.offer())


DEEDS = (Deed(14, accept), Deed(2, decline), Deed(1.5, fail))
