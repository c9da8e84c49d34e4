"""`otklik flow import`, `publish`, `export` and `list`: the flows of a running centre as files."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from otklik.clock import wall_now
from otklik.flows import store
from otklik.flows.files import text_of
from otklik.flows.model import flow_of_file
from otklik.flows.service import problems_at_site
from otklik.organization.store import SITE
from otklik.settings import Settings
from otklik.switchboard.client import EngineAway, EngineClient
from otklik.switchboard.requests import PublishFlow
from otklik.vocabulary.ids import FlowId, PersonId
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.wiring.console import complain, with_database
from otklik.wiring.flow import UNFIT, read, refuse, tell

NOBODY: Final = PersonId(0)
"""Who publishes from the command line: whoever may read HOME."""


def import_file(settings: Settings, *, file: Path, as_json: bool) -> int:
    """Publishes a file as a new flow and prints its id. 1: unfit or the engine is away; 2: unreadable."""
    return _publish(settings, FlowId(0), file, as_json=as_json)


def publish(settings: Settings, *, flow_id: int, file: Path, as_json: bool) -> int:
    """Publishes a file as the next version of a flow. Codes as `import_file`."""
    return _publish(settings, FlowId(flow_id), file, as_json=as_json)


def export(settings: Settings, *, flow_id: int, version: int | None, as_json: bool) -> int:
    """Prints a published version, the newest by default, as a file that `import` takes. 1: there is none."""

    async def work(connection: Any) -> int:
        found = await store.list_versions(connection, FlowId(flow_id), site_id=SITE)
        chosen = next((one.flow for one in found if version in (None, one.flow.version)), None)
        if chosen is None:
            return complain("flow.unknown", flow_id=flow_id, version=version or "")
        sys.stdout.write(text_of(chosen, as_json=as_json))
        return 0

    return asyncio.run(with_database(settings, work))


def show(settings: Settings, *, as_json: bool) -> int:
    """Prints id, version and name of each published flow."""

    async def work(connection: Any) -> int:
        found = [one.flow for one in await store.list_flows(connection, site_id=SITE)]
        rows = [{"id": flow.flow_id, "version": flow.version, "name": flow.name} for flow in found]
        if as_json:
            sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
        for row in [] if as_json else rows:
            sys.stdout.write(f"{row['id']}\t{row['version']}\t{row['name']}\n")
        return 0

    return asyncio.run(with_database(settings, work))


def _publish(settings: Settings, flow_id: FlowId, file: Path, *, as_json: bool) -> int:
    try:
        draft = msgspec.structs.replace(flow_of_file(read(file)), flow_id=flow_id)
    except Invalid as refused:
        return refuse(refused, as_json=as_json)
    draft = draft if draft.name else msgspec.structs.replace(draft, name=file.stem)

    async def work(connection: Any) -> int:
        found = await problems_at_site(
            connection, draft, sounds=settings.sounds, site_id=SITE, now=wall_now()
        )
        if found:
            tell(found, as_json=as_json)
            return UNFIT
        client = EngineClient(settings.door_socket)
        try:
            done = await client.ask(PublishFlow(draft=draft, by=NOBODY))
        except EngineAway:
            return complain("flow.engine_away")
        except Invalid as refused:
            return refuse(refused, as_json=as_json)
        except Refused as refused:
            return complain("flow.not_published", code=refused.code, facts=refused.facts)
        finally:
            await client.close()
        told = {"id": done.facts["flow_id"], "version": done.facts["version"]}
        sys.stdout.write(json.dumps(told) + "\n" if as_json else f"{told['id']}\t{told['version']}\n")
        return 0

    return asyncio.run(with_database(settings, work))
