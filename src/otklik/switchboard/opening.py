"""From the journal back to the present: snapshot, then every event after it."""

from otklik.journal.store import JournalWriter
from otklik.switchboard import store
from otklik.switchboard.centre import Centre, live_parties
from otklik.vocabulary.ids import SiteId


async def restore(writer: JournalWriter) -> tuple[Centre, int]:
    """The writer's memory as it was at the journal's end; and how many events were replayed."""
    snapshot = await writer.load_snapshot()
    centre = Centre.restored(snapshot.parts) if snapshot is not None else Centre()
    replayed = 0
    async for records in writer.replay(snapshot):
        for record in records:
            centre.apply(record.event)
        replayed += len(records)
    if writer.last_at is not None:
        centre.minter.start_after(writer.last_at)
        centre.settle()
    return centre, replayed


async def recall_numbers(centre: Centre, connection: object, site_id: SiteId) -> None:
    """Numbers of those who are in the centre now, and what flows were told of them in confidence."""
    centre.numbers = await store.numbers_of(connection, site_id, live_parties(centre.calls))
    centre.private = await store.private_values(connection, site_id)
