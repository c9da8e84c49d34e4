"""What people of a centre keep for each other, as values."""

from datetime import datetime
from enum import StrEnum

from otklik.vocabulary.ids import PersonId, TeamId
from otklik.vocabulary.messages import Value


class SeenBy(StrEnum):
    """Who may see an entry: everybody, some teams, or only who made it."""

    ALL = "all"
    TEAMS = "teams"
    OWN = "own"


class Entry(Value, kw_only=True):
    """Somebody outside the centre who can be called. number: E.164. team_ids: of `teams` only. owner_id: who
    made it."""

    entry_id: int = 0
    name: str
    company: str = ""
    number: str
    note: str = ""
    seen_by: SeenBy = SeenBy.ALL
    team_ids: tuple[TeamId, ...] = ()
    owner_id: PersonId = PersonId(0)
    changed_at: datetime | None = None


class FavouriteKind(StrEnum):
    """What a speed dial key calls."""

    ENTRY = "entry"
    PERSON = "person"


class Favourite(Value):
    """One key of somebody's speed dial."""

    kind: FavouriteKind
    id: int


MOST_FAVOURITES = 24
