"""`otklik report`: settings, database and names joined for `reports/cli.py`."""

import asyncio
import sys
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from otklik import database
from otklik.access import store as people
from otklik.clock import wall_now
from otklik.operations import texts
from otklik.organization import store as organization
from otklik.reports.cli import Asked, Format, report_text
from otklik.reports.foreign import store as foreign
from otklik.settings import Settings
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Refused


def main(
    settings: Settings,
    *,
    kind: str,
    first: date,
    end: date,
    queue: str | None,
    form: Format,
    source: str | None,
) -> int:
    """Prints the report; 1 and a line on the error stream when it cannot be made."""
    asked = Asked(kind=kind, first=first, end=end, queue=queue, form=form, as_of=wall_now())
    try:
        text = asyncio.run(_report(settings, asked, source))
    except Refused as refused:
        sys.stderr.write(
            texts.say(texts.language_of_person(), f"report.{refused.code}", **refused.facts) + "\n"
        )
        return 1
    except database.AWAY as away:
        sys.stderr.write(texts.say(texts.language_of_person(), "report.database_away", facts=away) + "\n")
        return 1
    sys.stdout.write(text)
    return 0


async def _report(settings: Settings, asked: Asked, source: str | None) -> str:
    connection = await database.connect(database.address_of(settings), name="otklik report")
    try:
        site_id = await site_of(connection, settings, source)
        site = await organization.find_site(connection, site_id=site_id)
        if site is None:
            raise Refused("not_set_up")
        names: dict[int, str] = (
            {int(person_id): name for person_id, name in (await people.names_of(connection)).items()}
            if source is None
            else await foreign.names_of(connection, site_id, "agent")
        )
        return await report_text(
            connection,
            asked,
            site_id=site_id,
            zone=ZoneInfo(site.zone),
            agent_names=names,
        )
    finally:
        await connection.close()


async def site_of(connection: Any, settings: Settings, source: str | None) -> SiteId:
    """The own centre, or the imported source of that name. Refuses `unknown_source`."""
    if source is None:
        return SiteId(settings.site_id)
    found = await foreign.find_source(connection, source)
    if found is None:
        raise Refused("unknown_source", source=source)
    return found
