"""Links by which a customer calls from his browser: 256 random bits, once, for a while.

Whoever opens it first gives a key that his page made; only who has that key may come back to it (his page was
reloaded) until the talk is over. The database holds hashes: a stolen one opens nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeGuard

from otklik.access.tokens import hash_token, new_token
from otklik.journal.projection import Acts
from otklik.journal.record import Record
from otklik.vocabulary.ids import AgentId, InteractionId, PersonId, QueueId, SiteId
from otklik.vocabulary.messages import Event, Value
from otklik.vocabulary.refusals import NotFound, Refused
from otklik.vocabulary.time import from_ms, to_ms

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=7)


class Invitation(Value):
    """One link. agent_id: who is rung first, 0 anybody of the queue. opened_at: by the customer;
    interaction_id: of his call, 0 before; ended_at: of that."""

    invitation_id: int
    queue_id: QueueId
    agent_id: AgentId
    created_by: PersonId
    created_at: datetime
    expires_at: datetime
    login: str
    opened_at: datetime | None
    interaction_id: InteractionId
    ended_at: datetime | None

    def state(self, at: datetime) -> str:
        """sent, opened, talked (used up) or expired."""
        if self.ended_at is not None:
            return "talked"
        if self.expires_at <= at and not self.interaction_id:
            return "expired"
        return "opened" if self.opened_at is not None else "sent"


_COLUMNS = (
    "invitation_id, queue_id, agent_id, created_by, created_ms, expires_ms, login, opened_ms, interaction_id,"
    " ended_ms"
)


async def invite(
    connection: Any,
    site_id: SiteId,
    *,
    queue_id: QueueId,
    agent_id: AgentId,
    by: PersonId,
    at: datetime,
    lasts: timedelta,
) -> tuple[str, Invitation]:
    """A new link: its token, which is told this once."""
    token = new_token()
    lasts = min(max(lasts, SHORTEST), LONGEST)
    row = await connection.fetchrow(
        f"""
        insert into invitation (
            site_id, token_hash, queue_id, agent_id, created_by, created_ms, expires_ms
        ) values ($1, $2, $3, $4, $5, $6, $7) returning {_COLUMNS}
        """,
        *(site_id, hash_token(token), queue_id, agent_id, by, to_ms(at), to_ms(at + lasts)),
    )
    return token, _invitation(row)


async def find_by_token(connection: Any, site_id: SiteId, token: str) -> Invitation:
    """Raises NotFound `unknown_link`."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from invitation where site_id = $1 and token_hash = $2",
        *(site_id, hash_token(token)),
    )
    if row is None:
        raise NotFound("unknown_link")
    return _invitation(row)


async def open_link(
    connection: Any, site_id: SiteId, token: str, *, key: str, login: str, at: datetime
) -> Invitation:
    """The customer begins. login: of his browser from now on; an earlier one of the same page is worth
    nothing then. Raises NotFound `unknown_link`, Refused `link_used` or `link_expired`."""
    row = await connection.fetchrow(
        f"select {_COLUMNS}, key_hash from invitation where site_id = $1 and token_hash = $2 for update",
        *(site_id, hash_token(token)),
    )
    if row is None:
        raise NotFound("unknown_link")
    found = _invitation(row)
    if found.ended_at is not None or (row["key_hash"] is not None and row["key_hash"] != hash_token(key)):
        raise Refused("link_used")
    if found.state(at) == "expired":
        raise Refused("link_expired")
    await connection.execute(
        "update invitation set key_hash = $2, login = $3, opened_ms = $4 where invitation_id = $1",
        *(found.invitation_id, hash_token(key), login, to_ms(at)),
    )
    return found


async def may_talk(connection: Any, site_id: SiteId, login: str, at: datetime) -> bool:
    """Whether a browser of this login may still be there."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from invitation where site_id = $1 and login = $2 and opened_ms > 0",
        *(site_id, login),
    )
    return row is not None and _invitation(row).state(at) == "opened"


async def of_interaction(
    connection: Any, site_id: SiteId, interaction_id: InteractionId
) -> Invitation | None:
    """The link by which this customer came."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from invitation where site_id = $1 and interaction_id = $2",
        *(site_id, interaction_id),
    )
    return _invitation(row) if row is not None else None


async def list_of(connection: Any, site_id: SiteId, by: PersonId, *, limit: int = 20) -> list[Invitation]:
    """The newest that this person sent."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from invitation where site_id = $1 and created_by = $2"
        " order by invitation_id desc limit $3",
        *(site_id, by, max(1, min(limit, 100))),
    )
    return [_invitation(row) for row in rows]


def _invitation(row: Any) -> Invitation:
    return Invitation(
        invitation_id=row["invitation_id"],
        queue_id=QueueId(row["queue_id"]),
        agent_id=AgentId(row["agent_id"]),
        created_by=PersonId(row["created_by"]),
        created_at=from_ms(row["created_ms"]),
        expires_at=from_ms(row["expires_ms"]),
        login=row["login"],
        opened_at=from_ms(row["opened_ms"]) if row["opened_ms"] else None,
        interaction_id=InteractionId(row["interaction_id"]),
        ended_at=from_ms(row["ended_ms"]) if row["ended_ms"] else None,
    )


# --- what became of them


class ArrivedEvent(Protocol):
    """As the switchboard, which stands above, writes it: number 486."""

    invitation_id: int
    interaction_id: InteractionId


class GoneEvent(Protocol):
    """Number 487."""

    at: datetime
    login: str
    invitation_id: int


def _is_arrived(event: Event) -> TypeGuard[ArrivedEvent]:
    return event.KIND == 486


def _is_gone(event: Event) -> TypeGuard[GoneEvent]:
    return event.KIND == 487


class Became(Value):
    """A customer came by this link (interaction_id), or his talk is over (ended_at)."""

    invitation_id: int
    interaction_id: InteractionId = InteractionId(0)
    ended_at: datetime | None = None


class BecameChanges(Value):
    site_id: SiteId
    changes: tuple[Became, ...]


class InvitationProjection:
    """Fulfils `journal.projection.Projection`. `web` makes the rows, so no table is emptied."""

    name: str = "invitations"
    version: int = 1
    tables: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._talking: set[int] = set()

    def fold(self, records: Sequence[Record]) -> BecameChanges | None:
        """What these records change; None for nothing."""
        changes: list[Became] = []
        for record in records:
            event = record.event
            if _is_arrived(event):
                self._talking.add(event.invitation_id)
                changes.append(Became(invitation_id=event.invitation_id, interaction_id=event.interaction_id))
            elif _is_gone(event) and event.invitation_id in self._talking:
                self._talking.discard(event.invitation_id)
                changes.append(Became(invitation_id=event.invitation_id, ended_at=event.at))
        return BecameChanges(site_id=records[0].site_id, changes=tuple(changes)) if changes else None

    def acts(self, changes: BecameChanges) -> Acts | None:
        """They are rare: each is written by itself."""
        return None

    async def write(self, connection: Any, changes: BecameChanges) -> None:
        """In the writer's transaction, in order."""
        for change in changes.changes:
            await connection.execute(
                """
                update invitation set
                    interaction_id = case when $3::bigint > 0 then $3::bigint else interaction_id end,
                    ended_ms = case when $4::bigint > 0 then $4::bigint else ended_ms end
                where site_id = $1 and invitation_id = $2
                """,
                *(changes.site_id, change.invitation_id, change.interaction_id),
                to_ms(change.ended_at) if change.ended_at is not None else 0,
            )

    def snapshot(self) -> bytes:
        """Links whose customers talk."""
        return ",".join(str(one) for one in sorted(self._talking)).encode()

    def restore(self, snapshot: bytes | None) -> None:
        """Back to those of a snapshot."""
        self._talking = {int(one) for one in (snapshot or b"").decode().split(",") if one}
