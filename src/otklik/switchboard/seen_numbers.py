"""Which customers' numbers were ever seen, so that a first call rings without a question to the database.

Eight bytes for a number: a million are 8 MB. Only the writer makes parties, so "never seen" is exact;
whatever else is asked about. A number that was erased meanwhile is asked about too.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_MOST_DIGITS: Final = 18
"""What fits 63 bits; E.164 has fifteen."""


class SeenNumbers:
    """Numbers as integers: those of the start sorted, those that came since in a set."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._sorted: NDArray[np.int64] = np.sort(np.fromiter(numbers, np.int64))
        self._new: set[int] = set()

    def is_stranger(self, number: str) -> bool:
        """Whether this number (E.164) was certainly never seen. Of any other writing nobody can say."""
        value = _value(number)
        if value is None or value in self._new:
            return False
        place = int(np.searchsorted(self._sorted, value))
        return place == len(self._sorted) or int(self._sorted[place]) != value

    def add(self, number: str) -> None:
        """It has a party from now on."""
        value = _value(number)
        if value is not None:
            self._new.add(value)


def _value(number: str) -> int | None:
    digits = number[1:]
    if number[:1] != "+" or not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        return None
    return int(digits) if digits[0] != "0" else None
