"""Which service level was valid where and on which days: formula, threshold, target and short abandons. Pure.

A definition is of one queue or of the site, from a day of the site's on, until the next one. A queue's own
definitions win over the site's; before the first of both the queue's own settings of then and F6 count, as
they are written at each stay. Facts of several days and queues are added up with what each day's formula adds
to F6's part and whole, so that a sum is always numerators over denominators.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from otklik.reports.calendar import day_of_slot, slots_of_days
from otklik.reports.measures import SERVICE_LEVELS, USUAL_LEVEL, LevelTerms

SITE = 0
"""In place of a queue: the default of the site."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LevelRules:
    """formula: a name of SERVICE_LEVELS. threshold: T; short_abandon: s; target: share in (0, 1]."""

    formula: str
    threshold: timedelta
    target: float
    short_abandon: timedelta


@dataclass(frozen=True, slots=True)
class LevelDefinition:
    """queue_id: SITE for the default. since: a day of the site's. by: the person who set it, at a moment;
    withdrawn_at: when it was taken back, it counts nothing any more."""

    definition_id: int
    queue_id: int
    since: date
    rules: LevelRules
    by: int
    at: datetime
    withdrawn_by: int = 0
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A definition that counts for a queue in slots [first_slot, end_slot)."""

    queue_id: int
    first_slot: int
    end_slot: int
    definition: LevelDefinition


@dataclass(frozen=True, slots=True)
class Defined:
    """Every piece that touches a range of slots; none where only the queues' own settings count."""

    pieces: Sequence[Piece] = ()
    _by_queue: dict[int, list[Piece]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for piece in self.pieces:
            self._by_queue.setdefault(piece.queue_id, []).append(piece)

    def __bool__(self) -> bool:
        return bool(self.pieces)

    def of(self, queue_id: int) -> Sequence[Piece]:
        """The pieces of a queue, in order."""
        return self._by_queue.get(queue_id, ())

    def at(self, queue_id: int, slot: int) -> LevelDefinition | None:
        """The definition of a queue in a slot; None: its own settings."""
        for piece in self.of(queue_id):
            if piece.first_slot <= slot < piece.end_slot:
                return piece.definition
        return None

    def last(self, queue_id: int) -> LevelDefinition | None:
        """The one that was valid at the end of the range."""
        own = self.of(queue_id)
        return own[-1].definition if own else None


UNDEFINED = Defined()
"""Nobody defined anything: every queue's own settings count."""


def in_force(definitions: Iterable[LevelDefinition], queue_id: int, day: date) -> LevelDefinition | None:
    """What counts for a queue on a day: its own latest one, else the site's, else None. Of two of the same
    day the one that was set later."""
    known = [one for one in definitions if one.withdrawn_at is None and one.since <= day]
    for of in (queue_id, SITE):
        own = [one for one in known if one.queue_id == of]
        if own:
            return max(own, key=lambda one: (one.since, one.definition_id))
    return None


def defined(
    definitions: Sequence[LevelDefinition],
    queue_ids: Iterable[int],
    slots: tuple[int, int],
    zone: ZoneInfo,
) -> Defined:
    """The pieces of these queues in a half-open range of slots; days begin in the site's zone."""
    first_slot, end_slot = slots
    known = [one for one in definitions if one.withdrawn_at is None]
    if not known or end_slot <= first_slot:
        return Defined()
    last_day = day_of_slot(end_slot - 1, zone)
    first_day = day_of_slot(first_slot, zone)
    pieces: list[Piece] = []
    for queue_id in sorted(set(queue_ids)):
        days = {one.since for one in known if one.queue_id in (queue_id, SITE) and one.since <= last_day}
        starts = sorted({max(day, first_day) for day in days})
        for number, day in enumerate(starts):
            definition = in_force(known, queue_id, day)
            if definition is None:
                continue
            low = max(first_slot, slots_of_days(day, day + _ONE_DAY, zone)[0])
            high = end_slot
            if number + 1 < len(starts):
                after = starts[number + 1]
                high = min(end_slot, slots_of_days(after, after + _ONE_DAY, zone)[0])
            before = pieces[-1] if pieces else None
            if (
                before is not None
                and before.queue_id == queue_id
                and before.definition is definition
                and before.end_slot == low
            ):
                pieces[-1] = Piece(queue_id, before.first_slot, high, definition)
            elif low < high:
                pieces.append(Piece(queue_id, low, high, definition))
    return Defined(tuple(pieces))


def terms_of(formula: str) -> LevelTerms:
    """What a formula adds to the part and the whole of the usual one."""
    return SERVICE_LEVELS[formula].terms or LevelTerms()


@dataclass(frozen=True, slots=True)
class LevelUsed:
    """Rules by which a number was counted. queue_id: SITE where they are the site's for all queues without
    their own. since: None where the queue's own settings count."""

    queue_id: int
    rules: LevelRules
    since: date | None = None


def levels_used(
    of: Defined, own: dict[int, LevelRules], slots: tuple[int, int]
) -> tuple[Sequence[LevelUsed], bool]:
    """Rules that counted for these queues in a range, by queue and day, and whether different ones are
    joined. own: the settings of each queue, where no definition counts. Nothing where nobody defined
    anything: everything is as it is set at the queue."""
    if not of:
        return (), False
    found: dict[tuple[int, date | None], LevelUsed] = {}
    for queue_id in sorted(own):
        at = slots[0]
        for piece in of.of(queue_id):
            if piece.first_slot > at:
                found[queue_id, None] = LevelUsed(queue_id, own[queue_id])
            one = piece.definition
            found[one.queue_id, one.since] = LevelUsed(one.queue_id, one.rules, one.since)
            at = piece.end_slot
        if at < slots[1]:
            found[queue_id, None] = LevelUsed(queue_id, own[queue_id])
    used = sorted(found.values(), key=lambda one: (one.queue_id, one.since or date.min))
    counted = {(one.rules.formula, one.rules.threshold, one.rules.short_abandon) for one in used}
    return used, len(counted) > 1


def usual_rules(threshold: timedelta, target: float, short_abandon: timedelta) -> LevelRules:
    """A queue's own settings as rules."""
    return LevelRules(USUAL_LEVEL, threshold, target, short_abandon)
