"""A writer in a process of its own, that may be killed: writes random histories and says what is durable.

    python writer_process.py URL SEED

Prints `opened EPOCH`, then after each append the last sequence. Runs until it is killed.
"""

import asyncio
import random
import sys

from otklik.acd.events import AcdEvent
from otklik.journal.codec import Codec
from otklik.journal.store import Holder, JournalWriter
from otklik.reports.projections import Facts, Live
from otklik.vocabulary.ids import SiteId
from tests.rooms.reports.random_centre import RandomCentre

SITE = SiteId(1)


def say(words: str) -> None:
    """One line for the test, at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


async def run(url: str, seed: int) -> None:
    """Go on with the history where the journal ends: the same seed makes the same events again."""
    writer = await JournalWriter.open(
        url,
        site_id=SITE,
        codec=Codec(AcdEvent),
        projections=[Facts(SITE), Live(SITE)],
        holder=Holder.of_this_process("test"),
    )
    async for _ in writer.replay(await writer.load_snapshot()):
        pass
    say(f"opened {writer.epoch}")
    centre, dice = RandomCentre(seed), random.Random(seed)
    written = 0
    while True:
        events = centre.steps(1)
        skipped = min(len(events), max(0, writer.seq - written))
        written += len(events)
        for event in events[skipped:]:
            await writer.append([event])
            say(str(writer.seq))
        if skipped == 0 and dice.random() < 0.05:
            await writer.save_snapshot(writer.seq, centre.now, writer.projection_parts())


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2])))
