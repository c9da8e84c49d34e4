"""Four kinds of trouble, and only the first two are told to people.

    Refused          an expected no: a code and facts, raised before anything changed (HTTP 403, 404, 409)
      NotFound       the thing named does not exist (404)
      Forbidden      the right is missing (403)
    Invalid          malformed input, at the edge only (422): a code, the place, facts
    outside failure  caught in a driver, returned as a signal; never an exception that travels
    bug              AssertionError: the loop stops, restarts and restores

A refusal has no sentence: every code has a Russian and an English text in the browser and the command line.
"""


class Refused(Exception):
    """An expected no. `code` is looked up in the texts; `facts` fill them."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.facts!r})"


class NotFound(Refused):
    """The thing named does not exist, or is not to be seen by the one who asks."""


class Forbidden(Refused):
    """The right is missing."""


class Invalid(Refused):
    """Malformed input; `place` names the field, for instance `hours.0.opens`."""

    def __init__(self, code: str, place: str = "", **facts: object) -> None:
        super().__init__(code, place=place, **facts)
        self.place = place
