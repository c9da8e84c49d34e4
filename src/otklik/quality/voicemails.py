"""Customers' spoken messages: the fold of the journal, the rows, and what others may ask.

The audio is a recording like every other: its segment id is the id of the message.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeGuard

from otklik.journal.projection import Acts
from otklik.journal.record import Record
from otklik.vocabulary.ids import (
    InteractionId,
    NumberId,
    PartyId,
    PersonId,
    QueueId,
    SiteId,
    TeamId,
    VoicemailId,
)
from otklik.vocabulary.messages import Event, Value
from otklik.vocabulary.refusals import NotFound
from otklik.vocabulary.time import from_ms, to_ms

LARGEST_PAGE = 500


class Voicemail(Value, kw_only=True):
    """One message. In the list of a queue or of a team. handled_by 0: nobody has done what it asks for."""

    voicemail_id: VoicemailId
    interaction_id: InteractionId
    party_id: PartyId
    number_id: NumberId
    queue_id: QueueId
    team_id: TeamId
    left_at: datetime
    duration: timedelta
    handled_by: PersonId = PersonId(0)
    handled_at: datetime | None = None


class Sight(Value):
    """Whose lists somebody sees."""

    queue_ids: tuple[QueueId, ...] = ()
    team_ids: tuple[TeamId, ...] = ()


class KeptEvent(Protocol):
    """As the switchboard, which stands above, writes it: number 440."""

    voicemail_id: VoicemailId
    interaction_id: InteractionId
    party_id: PartyId
    number_id: NumberId
    queue_id: QueueId
    team_id: TeamId
    since: datetime
    until: datetime
    is_recorded: bool


class HandledEvent(Protocol):
    """Number 441."""

    at: datetime
    voicemail_id: VoicemailId
    by: PersonId
    is_handled: bool


def is_kept(event: Event) -> TypeGuard[KeptEvent]:
    return event.KIND == 440


def is_handled(event: Event) -> TypeGuard[HandledEvent]:
    return event.KIND == 441


class Handling(Value):
    """at None: it is open again."""

    voicemail_id: VoicemailId
    by: PersonId
    at: datetime | None


class VoicemailChanges(Value):
    site_id: SiteId
    changes: tuple[Voicemail | Handling, ...]


class VoicemailProjection:
    """Fulfils `journal.projection.Projection`. It needs no state of its own."""

    name: str = "voicemails"
    version: int = 1
    tables: tuple[str, ...] = ("voicemail",)

    def fold(self, records: Sequence[Record]) -> VoicemailChanges | None:
        """What these records change; None for nothing."""
        changes: list[Voicemail | Handling] = []
        for record in records:
            event = record.event
            if is_kept(event):
                changes.append(
                    Voicemail(
                        voicemail_id=event.voicemail_id,
                        interaction_id=event.interaction_id,
                        party_id=event.party_id,
                        number_id=event.number_id,
                        queue_id=event.queue_id,
                        team_id=event.team_id,
                        left_at=event.since,
                        duration=event.until - event.since,
                    )
                )
            elif is_handled(event):
                by, at = (event.by, event.at) if event.is_handled else (PersonId(0), None)
                changes.append(Handling(voicemail_id=event.voicemail_id, by=by, at=at))
        return VoicemailChanges(site_id=records[0].site_id, changes=tuple(changes)) if changes else None

    def acts(self, changes: VoicemailChanges) -> Acts | None:
        """They are rare: each is written by itself."""
        return None

    async def write(self, connection: Any, changes: VoicemailChanges) -> None:
        """In the writer's transaction, in order."""
        for change in changes.changes:
            if isinstance(change, Handling):
                handled_ms = to_ms(change.at) if change.at is not None else 0
                await connection.execute(
                    "update voicemail set handled_by = $3, handled_ms = $4"
                    " where site_id = $1 and voicemail_id = $2",
                    *(changes.site_id, change.voicemail_id, change.by, handled_ms),
                )
                continue
            await connection.execute(
                """
                insert into voicemail (
                    site_id, voicemail_id, interaction_id, party_id, number_id, queue_id, team_id,
                    start_ms, stop_ms
                ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                on conflict (site_id, voicemail_id) do nothing
                """,
                *(changes.site_id, change.voicemail_id, change.interaction_id, change.party_id),
                *(change.number_id, change.queue_id, change.team_id),
                *(to_ms(change.left_at), to_ms(change.left_at + change.duration)),
            )

    def snapshot(self) -> bytes:
        return b""

    def restore(self, snapshot: bytes | None) -> None:
        """There is nothing to go back to."""


_COLUMNS = """
    select voicemail_id, interaction_id, party_id, number_id, queue_id, team_id, start_ms, stop_ms,
           handled_by, handled_ms
    from voicemail
"""
_IN_SIGHT = """
    ($2::int[] is null or (team_id = 0 and queue_id = any($2)) or (team_id <> 0 and team_id = any($3)))
"""


async def list_voicemails(
    connection: Any,
    site_id: SiteId,
    *,
    sight: Sight | None,
    with_handled: bool = False,
    before: VoicemailId | None = None,
    limit: int = 100,
) -> list[Voicemail]:
    """Newest first. sight: None sees every list. before: the last message of the page before."""
    rows = await connection.fetch(
        _COLUMNS
        + f"where site_id = $1 and {_IN_SIGHT} and ($4 or handled_ms = 0)"
        + " and ($5::bigint is null or voicemail_id < $5) order by voicemail_id desc limit $6",
        *(site_id, *_lists(sight), with_handled, before, max(1, min(limit, LARGEST_PAGE))),
    )
    return [_voicemail(row) for row in rows]


async def count_open(connection: Any, site_id: SiteId, *, sight: Sight | None) -> int:
    """How many nobody has handled."""
    found = await connection.fetchval(
        f"select count(*) from voicemail where site_id = $1 and {_IN_SIGHT} and handled_ms = 0",
        *(site_id, *_lists(sight)),
    )
    return int(found)


async def find_voicemail(
    connection: Any, site_id: SiteId, voicemail_id: VoicemailId, *, sight: Sight | None
) -> Voicemail:
    """One message in sight; raises NotFound `unknown_voicemail`."""
    row = await connection.fetchrow(
        _COLUMNS + f"where site_id = $1 and {_IN_SIGHT} and voicemail_id = $4",
        *(site_id, *_lists(sight), voicemail_id),
    )
    if row is None:
        raise NotFound("unknown_voicemail", voicemail_id=str(voicemail_id))
    return _voicemail(row)


async def of_interaction(connection: Any, site_id: SiteId, interaction_id: InteractionId) -> list[Voicemail]:
    """The messages of one interaction, in order."""
    rows = await connection.fetch(
        _COLUMNS + "where site_id = $1 and interaction_id = $2 order by voicemail_id",
        *(site_id, interaction_id),
    )
    return [_voicemail(row) for row in rows]


def _lists(sight: Sight | None) -> tuple[list[int] | None, list[int] | None]:
    return (None, None) if sight is None else (list(sight.queue_ids), list(sight.team_ids))


def _voicemail(row: Any) -> Voicemail:
    return Voicemail(
        voicemail_id=VoicemailId(row["voicemail_id"]),
        interaction_id=InteractionId(row["interaction_id"]),
        party_id=PartyId(row["party_id"]),
        number_id=NumberId(row["number_id"]),
        queue_id=QueueId(row["queue_id"]),
        team_id=TeamId(row["team_id"]),
        left_at=from_ms(row["start_ms"]),
        duration=from_ms(row["stop_ms"]) - from_ms(row["start_ms"]),
        handled_by=PersonId(row["handled_by"]),
        handled_at=from_ms(row["handled_ms"]) if row["handled_ms"] else None,
    )
