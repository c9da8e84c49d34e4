"""`otklik verify`: every row of facts against a fresh fold of the journal."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from otklik import database
from otklik.journal.store import last_seq
from otklik.operations import texts
from otklik.organization import store as organization
from otklik.reports.verify import Difference, refold
from otklik.settings import Settings
from otklik.vocabulary.refusals import Refused
from otklik.wiring.engine import codec
from otklik.wiring.report import site_of

SHOWN = 20


def main(settings: Settings, *, day: date | None, source: str | None) -> int:
    """0 if they are the same, 1 if not (the first differences are printed), 2 if it could not be done."""
    language = texts.language_of_person()
    try:
        seq, differences = asyncio.run(_verify(settings, day, source))
    except Refused as refused:
        sys.stderr.write(texts.say(language, f"report.{refused.code}", **refused.facts) + "\n")
        return 2
    except database.AWAY as away:
        sys.stderr.write(texts.say(language, "report.database_away", facts=away) + "\n")
        return 2
    if not differences:
        sys.stdout.write(texts.say(language, "verify.same", seq=seq) + "\n")
        return 0
    sys.stdout.write(texts.say(language, "verify.different", count=len(differences), seq=seq) + "\n")
    for line in _lines(language, differences[:SHOWN]):
        sys.stdout.write(line + "\n")
    if len(differences) > SHOWN:
        sys.stdout.write(texts.say(language, "verify.more", count=len(differences) - SHOWN) + "\n")
    return 1


async def _verify(settings: Settings, day: date | None, source: str | None) -> tuple[int, list[Difference]]:
    connection = await database.connect(
        database.address_of(settings), name="otklik verify", command_timeout=None
    )
    try:
        site_id = await site_of(connection, settings, source)
        site = await organization.find_site(connection, site_id=site_id)
        if site is None:
            raise Refused("not_set_up")
        seq = await last_seq(connection, site_id)
        differences = await refold(connection, codec(), site_id=site_id, day=day, zone=ZoneInfo(site.zone))
        return int(seq), differences
    finally:
        await connection.close()


def _lines(language: texts.Language, differences: list[Difference]) -> Iterator[str]:
    for one in differences:
        key = "-".join(map(str, one.key))
        if one.is_there is None:
            yield texts.say(language, "verify.missing", table=one.table, row=key)
        elif one.should_be is None:
            yield texts.say(language, "verify.extra", table=one.table, row=key)
        else:
            for column in one.columns:
                yield texts.say(
                    language,
                    "verify.altered",
                    table=one.table,
                    row=key,
                    columns=column,
                    found=one.is_there[column],
                    wanted=one.should_be[column],
                )
