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


class Thread(Value, kw_only=True):
    """Where two people, or a team, write. people: of a pair, else empty; team_id: of a team, else 0."""

    thread_id: int = 0
    team_id: TeamId = TeamId(0)
    people: tuple[PersonId, ...] = ()


class ThreadNow(Value, kw_only=True):
    """A thread as one of its readers sees it. unread: by him. last: the newest message."""

    thread: Thread
    unread: int = 0
    last: "ChatMessage | None" = None


class ChatMessage(Value, kw_only=True):
    """Words of one to the others of a thread. is_lead: who wrote directed agents at that time. key: chosen by
    the writer's page, so that what is sent twice is there once."""

    message_id: int
    thread_id: int
    by: PersonId
    text: str
    is_lead: bool = False
    at: datetime
    key: str = ""
