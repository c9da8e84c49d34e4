"""One row of a table of deeds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otklik.acd.commands import AcdCommand

if TYPE_CHECKING:
    from tests.properties.walker import Walk


class NothingFits(Exception):
    """Nobody is in the state that the deed needs: another one is drawn."""


@dataclass(frozen=True)
class Deed:
    """weight: how often, against the others. make: the command, as things stand in the walk."""

    weight: float
    make: Callable[["Walk"], AcdCommand]
