"""`hours`: is the centre open now?"""

from collections.abc import Mapping

from otklik.flows.acts import Act, GoTo, NoteHours, Visit
from otklik.flows.nodes.node import Node


class Hours(Node, tag="hours", tag_field="node"):
    """Looks at the opening hours of the number called (none: always open) and goes to `open` or `closed`."""

    open: str
    closed: str

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """Decides by the moment of the visit."""
        is_open = visit.hours is None or visit.hours.is_open(visit.at, visit.time_zone)
        return (NoteHours(is_open=is_open), GoTo(node=self.open if is_open else self.closed))

    def exits(self) -> Mapping[str, str]:
        return {"open": self.open, "closed": self.closed}

    def is_instant(self) -> bool:
        return True
