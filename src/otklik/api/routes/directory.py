"""The directory: colleagues with their presence, people outside the centre, everybody's own speed dial.

Whoever takes calls or leads those who do may look. Own entries are everybody's to make; shared ones are kept
by who has the right to.
"""

import asyncio
from collections import Counter
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from otklik.access import service as access
from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.engine import question
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.directory import (
    ColleagueRow,
    Directory,
    DirectoryLine,
    DirectoryRead,
    DirectoryReport,
    EntryFields,
    EntryRow,
    FavouriteKey,
    Favourites,
    Seen,
    SpeedDialKey,
)
from otklik.api.sights import viewer_of
from otklik.api.sign_in import Who, address_of, requires
from otklik.api.tables import FILE, MOST_LINES, Trial, mapping_of, shown_table, table_of
from otklik.organization import store as organization
from otklik.organization.model import SELF_TEST
from otklik.teamwork import directory as rules
from otklik.teamwork import directory_store as store
from otklik.teamwork.directory import DirectoryRow, Viewer
from otklik.teamwork.model import Entry, Favourite, FavouriteKind, SeenBy
from otklik.vocabulary.ids import PersonId, TeamId
from otklik.vocabulary.refusals import Forbidden, NotFound

router = APIRouter(prefix="/api/v1/directory", tags=["directory"], route_class=Route)

Looks = Annotated[Who, requires(Right.TAKE_CALLS, Right.DIRECT_AGENTS, Right.MANAGE_DIRECTORY)]
Keeps = Annotated[Who, requires(Right.MANAGE_DIRECTORY)]
MOST_SHOWN = 200
NOTED = "directory_entry"


@router.get("")
async def show_directory(
    who: Looks, parts: Serves, find: Annotated[str, Query(max_length=80)] = ""
) -> Directory:
    """Colleagues and people outside whose name, company, note or number holds what was typed."""
    now = (await question(parts, "targets"))["agents"]
    async with parts.reading() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        found = await store.list_entries(connection, parts.site_id, viewer, find=find, limit=MOST_SHOWN + 1)
        favourites = await store.list_favourites(connection, parts.site_id, who.person_id)
        colleagues = await _colleagues(connection, parts, now, find)
        teams = await organization.list_things(connection, "team", site_id=parts.site_id)
    return Directory(
        colleagues=[one for one in colleagues if one.id != who.person_id],
        entries=[_row(viewer, one) for one in found[:MOST_SHOWN]],
        has_more=len(found) > MOST_SHOWN,
        favourites=[FavouriteKey(kind=one.kind.value, id=one.id) for one in favourites],
        teams={team.team_id: team.name for team in teams},
    )


@router.get("/speed-dial")
async def show_speed_dial(who: Looks, parts: Serves) -> list[SpeedDialKey]:
    """One's own keys with what they call now; those whose target is gone are left out."""
    now = (await question(parts, "targets"))["agents"]
    async with parts.reading() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        keys = await store.list_favourites(connection, parts.site_id, who.person_id)
        wanted = [key.id for key in keys if key.kind is FavouriteKind.ENTRY]
        found = await store.entries_by_id(connection, parts.site_id, viewer, wanted)
        colleagues = {one.id: one for one in await _colleagues(connection, parts, now, "")}
    entries = {one.entry_id: one for one in found}
    refusals: dict[str, Any] = {}
    if entries and who.may(Right.DIAL_NUMBERS):
        asked = await question(parts, "dialable", numbers=[one.number for one in found])
        refusals = asked["refusals"]
    elif entries:
        refusals = {one.number: {"code": "right_missing"} for one in found}
    shown = []
    for key in keys:
        if key.kind is FavouriteKind.ENTRY and key.id in entries:
            entry = entries[key.id]
            why = refusals.get(entry.number, {}).get("code", "")
            shown.append(
                SpeedDialKey(
                    kind="entry",
                    id=key.id,
                    name=entry.name,
                    company=entry.company,
                    number=entry.number,
                    state=None,
                    reason_id=None,
                    can_call=not why,
                    why=why,
                )
            )
        elif key.kind is FavouriteKind.PERSON and key.id in colleagues:
            person = colleagues[key.id]
            shown.append(
                SpeedDialKey(
                    kind="person",
                    id=key.id,
                    name=person.name,
                    company="",
                    number="",
                    state=person.state,
                    reason_id=person.reason_id,
                    can_call=person.can_be_called,
                    why="",
                )
            )
    return shown


@router.put("/speed-dial", status_code=204, response_class=Response)
async def change_speed_dial(who: Looks, parts: Serves, body: Favourites) -> None:
    """All keys, in this order; one that is named twice stands where it is named first."""
    keys = list(dict.fromkeys(Favourite(kind=FavouriteKind(one.kind), id=one.id) for one in body.keys))
    async with parts.writing() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        names = await people.names_of(connection)
        wanted = [key.id for key in keys if key.kind is FavouriteKind.ENTRY]
        there = {one.entry_id for one in await store.entries_by_id(connection, parts.site_id, viewer, wanted)}
        for place, key in enumerate(keys):
            known = key.id in there if key.kind is FavouriteKind.ENTRY else PersonId(key.id) in names
            if not known:
                raise NotFound("unknown_entry", id=key.id, place=f"keys.{place}")
        await store.set_favourites(connection, parts.site_id, who.person_id, keys)


@router.post("/entries", status_code=201)
async def create_entry(who: Looks, request: Request, parts: Serves, body: EntryFields) -> EntryRow:
    """Somebody outside the centre."""
    return await _save(who, request, parts, body, 0)


@router.put("/entries/{entry_id}")
async def change_entry(
    who: Looks, request: Request, parts: Serves, entry_id: Id, body: EntryFields
) -> EntryRow:
    """Change one."""
    return await _save(who, request, parts, body, entry_id)


@router.delete("/entries/{entry_id}", status_code=204, response_class=Response)
async def remove_entry(who: Looks, request: Request, parts: Serves, entry_id: Id) -> None:
    """Nobody sees it any more."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        entry = await _known(connection, parts, viewer, entry_id)
        await store.remove_entry(connection, parts.site_id, entry_id, by=who.person_id, at=at)
        await _note(connection, who, request, parts, "directory.removed", entry)


@router.post("/import/read", openapi_extra=FILE)
async def read_directory_import(
    who: Keeps, request: Request, encoding: Annotated[str, Query(max_length=20)] = ""
) -> DirectoryRead:
    """What a CSV or XLSX file holds, before anything is taken."""
    table = await table_of(request, encoding)
    return DirectoryRead.model_validate(shown_table(table, rules.guess(table.columns)))


@router.post("/import", openapi_extra=FILE)
async def import_directory(  # noqa: PLR0913, what is asked for in the query
    who: Keeps,
    request: Request,
    parts: Serves,
    mapping: Annotated[str, Query(max_length=4000)],
    encoding: Annotated[str, Query(max_length=20)] = "",
    seen_by: Seen = "all",
    team_id: Annotated[list[Id] | None, Query(max_length=100)] = None,
    is_trial: Annotated[bool, Query()] = True,
) -> DirectoryReport:
    """Takes the rows of a file, all in one transaction, or only says what would come of each. Who
    stands there already with the same number and the same readers gets what the row says."""
    chosen = mapping_of(mapping)
    table = await table_of(request, encoding)
    rules.check_mapping(table, chosen)
    lines: list[DirectoryLine] = []
    at = parts.clock.now()
    try:
        async with parts.writing() as connection:
            teams = await _team_ids(connection, parts)
            like = rules.checked(
                Entry(
                    name="-",
                    number="+74950000000",
                    seen_by=SeenBy(seen_by),
                    team_ids=tuple(TeamId(one) for one in team_id or ()),
                    owner_id=who.person_id,
                ),
                "RU",
                teams,
            )
            country = await _country(connection, parts)
            rows = await asyncio.to_thread(rules.rows_of, table, chosen, like, country, teams)
            lines = await _take(connection, who, parts, rows, like)
            if is_trial:
                raise Trial
            await access.note(
                connection,
                "directory.imported",
                by=who,
                at=at,
                address=address_of(request),
                entity=NOTED,
                facts=dict(Counter(one.outcome for one in lines)),
            )
    except Trial:
        pass
    lines.sort(key=lambda one: (one.outcome != "refused", one.line))
    return DirectoryReport(
        is_trial=is_trial, counts=dict(Counter(one.outcome for one in lines)), lines=lines[:MOST_LINES]
    )


async def _take(
    connection: Any, who: Who, parts: Parts, rows: list[DirectoryRow], like: Entry
) -> list[DirectoryLine]:
    numbers = [entry.number for row in rows for entry in row.entries]
    there = await store.entries_by_number(connection, parts.site_id, numbers, like)
    lines = []
    for row in rows:
        if row.code:
            lines.append(
                DirectoryLine(line=row.line, outcome="refused", name="", code=row.code, place=row.place)
            )
        for entry in row.entries:
            known = there.get(entry.number)
            kept = msgspec.structs.replace(
                entry,
                entry_id=known.entry_id if known else 0,
                company=entry.company or (known.company if known else ""),
                note=entry.note or (known.note if known else ""),
                owner_id=known.owner_id if known else who.person_id,
                changed_at=known.changed_at if known else None,
            )
            if kept != known:
                entry_id = await store.save_entry(
                    connection, parts.site_id, kept, by=who.person_id, at=parts.clock.now()
                )
                there[entry.number] = msgspec.structs.replace(kept, entry_id=entry_id)
            outcome = "made" if known is None else "unchanged" if kept == known else "changed"
            lines.append(
                DirectoryLine(
                    line=row.line,
                    outcome=outcome,  # type: ignore[arg-type]  # one of the three above
                    name=entry.name,
                    code="",
                    place="",
                )
            )
    return lines


async def _save(who: Who, request: Request, parts: Parts, body: EntryFields, entry_id: int) -> EntryRow:
    at = parts.clock.now()
    async with parts.writing() as connection:
        viewer = await viewer_of(connection, parts.site_id, who)
        before = await _known(connection, parts, viewer, entry_id) if entry_id else None
        entry = rules.checked(
            Entry(
                entry_id=entry_id,
                name=body.name,
                company=body.company,
                number=body.number,
                note=body.note,
                seen_by=SeenBy(body.seen_by),
                team_ids=tuple(TeamId(one) for one in body.team_ids),
                owner_id=before.owner_id if before else who.person_id,
                changed_at=at,
            ),
            await _country(connection, parts),
            await _team_ids(connection, parts),
        )
        if not rules.may_change(viewer, entry):
            raise Forbidden("right_missing", rights=[Right.MANAGE_DIRECTORY.value])
        saved_id = await store.save_entry(connection, parts.site_id, entry, by=who.person_id, at=at)
        saved = msgspec.structs.replace(entry, entry_id=saved_id)
        await _note(connection, who, request, parts, "directory.saved", saved)
    return _row(viewer, saved)


async def _known(connection: Any, parts: Parts, viewer: Viewer, entry_id: int) -> Entry:
    """One that the asker may change; what he may not see is not there."""
    found = await store.entries_by_id(connection, parts.site_id, viewer, [entry_id])
    if not found:
        raise NotFound("unknown_entry", id=entry_id)
    if not rules.may_change(viewer, found[0]):
        raise Forbidden("right_missing", rights=[Right.MANAGE_DIRECTORY.value])
    return found[0]


async def _note(connection: Any, who: Who, request: Request, parts: Parts, action: str, entry: Entry) -> None:
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity=NOTED,
        entity_id=entry.entry_id,
        facts={"seen_by": entry.seen_by.value},
    )


async def _colleagues(connection: Any, parts: Parts, now: dict[str, Any], find: str) -> list[ColleagueRow]:
    """People of the centre, those who can be called first."""
    wanted = find.strip().casefold()
    agents = {
        one.agent_id: one
        for one in await organization.list_things(connection, "agent", site_id=parts.site_id)
        if one.is_active
    }
    rows = []
    for person in await people.list_people(connection):
        if person.person_id == SELF_TEST or person.is_blocked or wanted not in person.name.casefold():
            continue
        state = now.get(str(person.person_id), {}) if person.person_id in agents else {}
        rows.append(
            ColleagueRow(
                id=person.person_id,
                name=person.name,
                team_ids=list(agents[person.person_id].team_ids) if person.person_id in agents else [],
                state=state.get("state"),
                reason_id=int(state.get("reason_id", 0)) or None,
                is_reachable=bool(state.get("is_reachable")),
                can_be_called=bool(state.get("is_callable")),
            )
        )
    rows.sort(
        key=lambda one: (
            not one.can_be_called,
            one.state in (None, "signed_out"),
            one.name.casefold(),
        )
    )
    return rows


def _row(viewer: Viewer, entry: Entry) -> EntryRow:
    return EntryRow(
        id=entry.entry_id,
        name=entry.name,
        company=entry.company,
        number=entry.number,
        note=entry.note,
        seen_by=entry.seen_by.value,
        team_ids=list(entry.team_ids),
        may_change=rules.may_change(viewer, entry),
        changed_at=entry.changed_at,
    )


async def _country(connection: Any, parts: Parts) -> str:
    site = await organization.find_site(connection, site_id=parts.site_id)
    return site.country if site else "RU"


async def _team_ids(connection: Any, parts: Parts) -> set[TeamId]:
    return {
        team.team_id for team in await organization.list_things(connection, "team", site_id=parts.site_id)
    }
