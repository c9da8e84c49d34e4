"""Rows of a table become customers: which column is what, and what a row says. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from otklik.crm.model import Card, Details
from otklik.crm.sheets import Table
from otklik.vocabulary.messages import Value
from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Invalid

NAME, PHONE, EMAIL, COMPANY, NOTE, CLASS, CODE, FIELD = (
    "name",
    "phone",
    "email",
    "company",
    "note",
    "class",
    "code",
    "field",
)
TARGETS: Final = (NAME, PHONE, EMAIL, COMPANY, NOTE, CLASS, CODE, FIELD)
"""What a column may be; `phone` and `field` several, all others one."""

MOST_PHONES: Final = 20
_LONGEST = {NAME: 250, COMPANY: 250, NOTE: 4000, CLASS: 40, CODE: 64, EMAIL: 250, FIELD: 500}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_HEADS: Final = {
    NAME: ("name", "fio", "фио", "имя", "клиент", "customer", "full name", "контакт"),
    PHONE: ("phone", "tel", "mobile", "телефон", "тел", "моб", "номер", "number"),
    EMAIL: ("email", "e-mail", "mail", "почта"),
    COMPANY: ("company", "organisation", "organization", "компания", "организация", "фирма"),
    NOTE: ("note", "comment", "примечание", "комментарий", "заметка"),
    CLASS: ("class", "segment", "класс", "категория", "сегмент"),
    CODE: ("code", "id", "код", "карта", "договор", "лицевой"),
}


class ImportRow(Value):
    """What a row says. code, place: why it cannot be taken, "" it can."""

    line: int
    card: Card = Card()
    phones: tuple[str, ...] = ()
    code: str = ""
    place: str = ""


def guess(columns: tuple[str, ...]) -> dict[int, str]:
    """What each column probably is; those that say nothing are left out."""
    found: dict[int, str] = {}
    for place, head in enumerate(columns):
        lowered = head.casefold().strip()
        words = set(re.split(r"[\s_.,-]+", lowered))
        for target, heads in _HEADS.items():
            if target != PHONE and target in found.values():
                continue
            if lowered in heads or words & set(heads) or any(lowered.startswith(one) for one in heads[2:]):
                found[place] = target
                break
    return found


def check_mapping(table: Table, mapping: Mapping[int, str]) -> None:
    """Raises Invalid unknown_column, unknown_target, target_twice, nothing_to_know_by (neither a phone nor a
    code)."""
    for place, target in mapping.items():
        if not 0 <= place < len(table.columns):
            raise Invalid("unknown_column", f"mapping.{place}")
        if target not in TARGETS:
            raise Invalid("unknown_target", f"mapping.{place}", target=target)
        if target not in (PHONE, FIELD) and list(mapping.values()).count(target) > 1:
            raise Invalid("target_twice", f"mapping.{place}", target=target)
    if not {PHONE, CODE} & set(mapping.values()):
        raise Invalid("nothing_to_know_by", "mapping")


def rows_of(table: Table, mapping: Mapping[int, str], country: str) -> list[ImportRow]:
    """Each row of the table. A row whose number of cells is another one than that of the head is refused: its
    cells may stand in wrong columns."""
    return [
        _row(line, cells, table, mapping, country) if line not in table.ragged else _refused(line, "ragged")
        for line, cells in zip(table.lines, table.rows, strict=True)
    ]


def merged(before: Card, given: Card) -> Card:
    """What a card holds after a row, or after another card of the same customer: what is empty in what was
    given stays. Who refused on either has refused."""
    old, new = before.details, given.details
    return Card(
        name=given.name or before.name,
        company=given.company or before.company,
        note=given.note or before.note,
        customer_class=given.customer_class or before.customer_class,
        details=Details(
            code=new.code or old.code,
            email=new.email or old.email,
            fields={**old.fields, **new.fields},
            personal_agent_id=new.personal_agent_id or old.personal_agent_id,
            consents={
                name: old.consents.get(name, True) and new.consents.get(name, True)
                for name in {**old.consents, **new.consents}
            },
        ),
    )


def _refused(line: int, code: str, place: str = "") -> ImportRow:
    return ImportRow(line=line, code=code, place=place)


def _row(
    line: int, cells: tuple[str, ...], table: Table, mapping: Mapping[int, str], country: str
) -> ImportRow:
    said: dict[str, str] = {}
    fields: dict[str, str] = {}
    phones: list[str] = []
    for place, target in sorted(mapping.items()):
        text = cells[place]
        head = table.columns[place]
        if not text:
            continue
        if len(text) > _LONGEST.get(target, 250):
            return _refused(line, "text_too_long", head)
        if target == PHONE:
            try:
                phones += [
                    parse_phone(one, country).e164 for one in re.split(r"[;,/\n]", text) if one.strip()
                ]
            except Invalid:
                return _refused(line, "invalid_number", head)
        elif target == FIELD:
            fields[head] = text
        elif target == EMAIL and not _EMAIL.fullmatch(text):
            return _refused(line, "invalid_email", head)
        else:
            said[target] = text
    if not phones and CODE not in said:
        return _refused(line, "nothing_to_know_by")
    if len(phones) > MOST_PHONES:
        return _refused(line, "too_many_items")
    card = Card(
        name=said.get(NAME, ""),
        company=said.get(COMPANY, ""),
        note=said.get(NOTE, ""),
        customer_class=said.get(CLASS, ""),
        details=Details(code=said.get(CODE, ""), email=said.get(EMAIL, ""), fields=fields),
    )
    return ImportRow(line=line, card=card, phones=tuple(dict.fromkeys(phones)))
