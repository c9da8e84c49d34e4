"""Rows of a table become customers: which column is what, and what a row says. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from otklik.crm.model import CONSENTS, Card, Details
from otklik.crm.sheets import Table
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Invalid

NAME, PHONE, EMAIL, COMPANY, NOTE, CLASS, CODE, FIELD, AGENT = (
    "name",
    "phone",
    "email",
    "company",
    "note",
    "class",
    "code",
    "field",
    "personal_agent",
)
TARGETS: Final = (NAME, PHONE, EMAIL, COMPANY, NOTE, CLASS, CODE, FIELD, AGENT, *CONSENTS)
"""What a column may be; `phone` and `field` several, all others one."""

MOST_PHONES: Final = 20
_LONGEST = {NAME: 250, COMPANY: 250, NOTE: 4000, CLASS: 40, CODE: 64, EMAIL: 250, FIELD: 500}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_HEADS: Final = {
    "consent_calls": ("consent_calls", "calls allowed", "согласие на звонки", "можно звонить"),
    "consent_recording": ("consent_recording", "recording allowed", "согласие на запись"),
    "consent_mail": ("consent_mail", "mail allowed", "согласие на письма", "согласие на рассылку"),
    AGENT: ("personal_agent", "personal agent", "личный оператор", "личный менеджер", "ответственный"),
    NAME: ("name", "fio", "фио", "имя", "клиент", "customer", "full name", "контакт"),
    PHONE: ("phone", "tel", "mobile", "телефон", "тел", "моб", "номер", "number"),
    EMAIL: ("email", "e-mail", "mail", "почта"),
    COMPANY: ("company", "organisation", "organization", "компания", "организация", "фирма"),
    NOTE: ("note", "comment", "примечание", "комментарий", "заметка"),
    CLASS: ("class", "segment", "класс", "категория", "сегмент"),
    CODE: ("code", "id", "код", "карта", "договор", "лицевой"),
}
_GIVEN: Final = frozenset({"yes", "y", "true", "1", "+", "да", "д", "согласен", "согласна", "истина"})
_REFUSED: Final = frozenset(
    {"no", "n", "false", "0", "-", "нет", "н", "отказ", "отказался", "отказалась", "ложь"}
)
_UNASKED: Final = frozenset({"unknown", "?", "неизвестно", "не спрашивали"})


class ImportRow(Value):
    """What a row says. code, place: why it cannot be taken, "" it can."""

    line: int
    card: Card = Card()
    phones: tuple[str, ...] = ()
    code: str = ""
    place: str = ""


class Agents(Value):
    """Who may be somebody's personal agent: by login, and by name, both casefolded; 0 for a name that several
    have."""

    by_login: dict[str, AgentId] = msgspec.field(default_factory=dict)
    by_name: dict[str, AgentId] = msgspec.field(default_factory=dict)

    def find(self, text: str) -> AgentId:
        """Raises Invalid unknown_agent, ambiguous_agent. A login wins over a name."""
        sought = " ".join(text.casefold().split())
        found = self.by_login.get(sought, self.by_name.get(sought))
        if found is None:
            raise Invalid("unknown_agent")
        if not found:
            raise Invalid("ambiguous_agent")
        return found


NOBODY: Final = Agents()


def agents_of(people: Iterable[tuple[AgentId, str, str]]) -> Agents:
    """Of (id, login, name)."""
    by_login: dict[str, AgentId] = {}
    by_name: dict[str, AgentId] = {}
    for agent_id, login, name in people:
        by_login[login.casefold()] = agent_id
        key = " ".join(name.casefold().split())
        by_name[key] = AgentId(0) if key in by_name else agent_id
    return Agents(by_login=by_login, by_name=by_name)


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


def rows_of(
    table: Table, mapping: Mapping[int, str], country: str, agents: Agents = NOBODY
) -> list[ImportRow]:
    """Each row of the table. A row whose number of cells is another one than that of the head is refused: its
    cells may stand in wrong columns. agents: who a personal agent may be."""
    return [
        _row(line, cells, table, mapping, country, agents)
        if line not in table.ragged
        else _refused(line, "ragged")
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
    line: int,
    cells: tuple[str, ...],
    table: Table,
    mapping: Mapping[int, str],
    country: str,
    agents: Agents,
) -> ImportRow:
    said = _Said(country=country, agents=agents)
    for place, target in sorted(mapping.items()):
        if not cells[place]:
            continue
        try:
            said.take(target, table.columns[place], cells[place])
        except Invalid as wrong:
            return _refused(line, wrong.code, table.columns[place])
    if not said.phones and CODE not in said.texts:
        return _refused(line, "nothing_to_know_by")
    if len(said.phones) > MOST_PHONES:
        return _refused(line, "too_many_items")
    return ImportRow(line=line, card=said.card(), phones=tuple(dict.fromkeys(said.phones)))


@dataclass(slots=True)
class _Said:
    """What the cells of a row say."""

    country: str
    agents: Agents
    texts: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    phones: list[str] = field(default_factory=list)
    consents: dict[str, bool] = field(default_factory=dict)
    agent_id: AgentId = field(default=AgentId(0))

    def take(self, target: str, head: str, text: str) -> None:
        """Raises Invalid text_too_long, invalid_number, invalid_email, unknown_agent, ambiguous_agent,
        invalid_consent."""
        if len(text) > _LONGEST.get(target, 250):
            raise Invalid("text_too_long")
        if target == PHONE:
            parts = [one for one in re.split(r"[;,/\n]", text) if one.strip()]
            self.phones += [parse_phone(one, self.country).e164 for one in parts]
        elif target == FIELD:
            self.fields[head] = text
        elif target == AGENT:
            self.agent_id = self.agents.find(text)
        elif target in CONSENTS:
            given = _consent(text)
            if given is not None:
                self.consents[CONSENTS[target]] = given
        elif target == EMAIL and not _EMAIL.fullmatch(text):
            raise Invalid("invalid_email")
        else:
            self.texts[target] = text

    def card(self) -> Card:
        """All of it but the numbers."""
        return Card(
            name=self.texts.get(NAME, ""),
            company=self.texts.get(COMPANY, ""),
            note=self.texts.get(NOTE, ""),
            customer_class=self.texts.get(CLASS, ""),
            details=Details(
                code=self.texts.get(CODE, ""),
                email=self.texts.get(EMAIL, ""),
                fields=self.fields,
                personal_agent_id=self.agent_id,
                consents=self.consents,
            ),
        )


def _consent(text: str) -> bool | None:
    """What he agreed to or refused; None: he was not asked, and what is known stays."""
    answer = text.casefold().strip()
    if answer in _UNASKED:
        return None
    if answer not in _GIVEN and answer not in _REFUSED:
        raise Invalid("invalid_consent")
    return answer in _GIVEN
