"""The directory: who sees an entry and may change it, and what a row of a table says. Pure."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from otklik.crm.importing import guess as guess_columns
from otklik.crm.sheets import Table
from otklik.teamwork.model import Entry, SeenBy
from otklik.vocabulary.ids import PersonId, TeamId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Invalid
from otklik.vocabulary.text import one_line

NAME, COMPANY, PHONE, NOTE = "name", "company", "phone", "note"
TARGETS: Final = (NAME, COMPANY, PHONE, NOTE)
"""What a column may be."""
LONGEST_NAME: Final = 120
LONGEST_NOTE: Final = 500


class Viewer(Value):
    """Whoever looks: his own teams and those he leads. is_keeper: he keeps the shared entries."""

    person_id: PersonId
    team_ids: frozenset[TeamId] = frozenset()
    is_keeper: bool = False


class DirectoryRow(Value):
    """What a row says: an entry for each of its numbers. code, place: why it cannot be taken, "" it can."""

    line: int
    entries: tuple[Entry, ...] = ()
    code: str = ""
    place: str = ""


def may_see(viewer: Viewer, entry: Entry) -> bool:
    """Own ones always, others' own ones never."""
    match entry.seen_by:
        case SeenBy.OWN:
            return entry.owner_id == viewer.person_id
        case SeenBy.TEAMS:
            return viewer.is_keeper or not viewer.team_ids.isdisjoint(entry.team_ids)
        case SeenBy.ALL:
            return True


def may_change(viewer: Viewer, entry: Entry) -> bool:
    """One's own; shared ones are the keepers'."""
    return entry.owner_id == viewer.person_id if entry.seen_by is SeenBy.OWN else viewer.is_keeper


def checked(entry: Entry, country: str, teams: Collection[TeamId]) -> Entry:
    """The entry, tidy. Raises Invalid: those of texts and numbers, `required` (teams), `unknown_team`."""
    team_ids = tuple(dict.fromkeys(entry.team_ids)) if entry.seen_by is SeenBy.TEAMS else ()
    if entry.seen_by is SeenBy.TEAMS and not team_ids:
        raise Invalid("required", "team_ids")
    for place, team_id in enumerate(team_ids):
        if team_id not in teams:
            raise Invalid("unknown_team", f"team_ids.{place}", id=team_id)
    try:
        number = parse_phone(entry.number, country).e164
    except Invalid as error:
        raise Invalid("invalid_number", "number", why=error.facts.get("why", "")) from error
    return Entry(
        entry_id=entry.entry_id,
        name=one_line(entry.name, "name", longest=LONGEST_NAME),
        company=one_line(entry.company, "company", longest=LONGEST_NAME, may_be_empty=True),
        number=number,
        note=one_line(entry.note.replace("\n", " "), "note", longest=LONGEST_NOTE, may_be_empty=True),
        seen_by=entry.seen_by,
        team_ids=team_ids,
        owner_id=entry.owner_id,
        changed_at=entry.changed_at,
    )


# --- tables


def guess(columns: tuple[str, ...]) -> dict[int, str]:
    """What each column probably is."""
    return {place: target for place, target in guess_columns(columns).items() if target in TARGETS}


def check_mapping(table: Table, mapping: Mapping[int, str]) -> None:
    """Raises Invalid unknown_column, unknown_target, target_twice, column_missing (name or phone)."""
    chosen = list(mapping.values())
    for place, target in mapping.items():
        if not 0 <= place < len(table.columns):
            raise Invalid("unknown_column", f"mapping.{place}")
        if target not in TARGETS:
            raise Invalid("unknown_target", f"mapping.{place}", target=target)
        if target != PHONE and chosen.count(target) > 1:
            raise Invalid("target_twice", f"mapping.{place}", target=target)
    for needed in (NAME, PHONE):
        if needed not in chosen:
            raise Invalid("column_missing", "mapping", target=needed)


def rows_of(
    table: Table, mapping: Mapping[int, str], like: Entry, country: str, teams: Collection[TeamId]
) -> list[DirectoryRow]:
    """Each row of the table. like: who sees what it brings, and whose it is."""
    return [
        DirectoryRow(line=line, code="ragged")
        if line in table.ragged
        else _row(line, cells, table, mapping, like, country, teams)
        for line, cells in zip(table.lines, table.rows, strict=True)
    ]


def _row(
    line: int,
    cells: tuple[str, ...],
    table: Table,
    mapping: Mapping[int, str],
    like: Entry,
    country: str,
    teams: Collection[TeamId],
) -> DirectoryRow:
    said = {target: cells[place] for place, target in mapping.items() if target != PHONE}
    numbers = [
        (table.columns[place], one.strip())
        for place, target in sorted(mapping.items())
        if target == PHONE
        for one in re.split(r"[;,/\n]", cells[place])
        if one.strip()
    ]
    if not numbers:
        return DirectoryRow(line=line, code="number_missing")
    heads = {target: table.columns[place] for place, target in mapping.items()}
    found: dict[str, Entry] = {}
    for head, number in numbers:
        try:
            entry = checked(
                Entry(
                    name=said.get(NAME, ""),
                    company=said.get(COMPANY, ""),
                    note=said.get(NOTE, ""),
                    number=number,
                    seen_by=like.seen_by,
                    team_ids=like.team_ids,
                    owner_id=like.owner_id,
                ),
                country,
                teams,
            )
        except Invalid as error:
            place = head if error.place == "number" else heads.get(error.place, error.place)
            return DirectoryRow(line=line, code=error.code, place=place)
        found[entry.number] = entry
    return DirectoryRow(line=line, entries=tuple(found.values()))
