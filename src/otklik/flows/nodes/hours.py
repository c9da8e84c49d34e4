"""`hours`: is the centre open now?"""

from otklik.flows.acts import Act, GoTo, NoteHours, Visit
from otklik.vocabulary.messages import Value


class Hours(Value, tag="hours", tag_field="node"):
    """Looks at the opening hours of the number called (none: always open) and goes to `open` or `closed`."""

    open: str
    closed: str


def enter(node: Hours, visit: Visit) -> tuple[Act, ...]:
    """Decides by the moment of the visit."""
    is_open = visit.hours is None or visit.hours.is_open(visit.at, visit.time_zone)
    return (NoteHours(is_open=is_open), GoTo(node=node.open if is_open else node.closed))
