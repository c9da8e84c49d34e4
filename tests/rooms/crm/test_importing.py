"""Tables of customers: whatever encoding, delimiter and shape, each row is taken or refused by name."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from otklik.crm.importing import agents_of, check_mapping, guess, merged, rows_of
from otklik.crm.model import Card, Details
from otklik.crm.sheets import ENCODINGS, MOST_UNPACKED, Table, encoding_of, read_table
from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

TEXT = "ФИО;Телефон;Город\nИванова Анна;8 (916) 123-45-67;Тверь\nПётр;+74951234567, 89161111111;Орёл\n"
MAPPING = {0: "name", 1: "phone", 2: "field"}


def xlsx(*rows: tuple[Any, ...]) -> bytes:
    """As a spreadsheet writes it, with dates as dates."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd.mm.yyyy"}) as book:
        sheet = book.add_worksheet("Лист1")
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(place, column, cell)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_is_found_out(encoding: str) -> None:
    body = TEXT.encode(encoding)
    assert encoding_of(body) == encoding
    table = read_table(body)
    assert (table.columns, table.delimiter) == (("ФИО", "Телефон", "Город"), ";")
    assert table.rows[0] == ("Иванова Анна", "8 (916) 123-45-67", "Тверь")


def test_a_mark_and_other_delimiters_are_understood() -> None:
    for delimiter in (",", "\t", ";"):
        text = f'name{delimiter}phone\n"a{delimiter}b"{delimiter}1\n'
        table = read_table(b"\xef\xbb\xbf" + text.encode())
        assert table.columns == ("name", "phone")
        assert table.rows == ((f"a{delimiter}b", "1"),)


def test_a_sheet_of_a_spreadsheet_is_read_with_its_gaps_and_spoilt_numbers() -> None:
    body = xlsx(
        ("name", None, "phone", "since", "sum"),
        (),
        ("Анна", None, 79161234567.0, date(2026, 11, 22), 12.5),
    )
    table = read_table(body)
    assert table.columns == ("name", "", "phone", "since", "sum")
    assert table.rows == (("Анна", "", "79161234567", "2026-11-22", "12.5"),)
    assert table.lines == (3,)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "table_empty"),
        (b"only;a;head\n", "table_empty"),
        (b"PK\x03\x04broken", "table_unreadable"),
        (xlsx(("a", "b"))[:-200], "table_unreadable"),
        (xlsx(("a", "b")).replace(b"xl/workbook.xml", b"xl/workbook.xmm"), "table_unreadable"),
        (b"\xd0\xcf\x11\xe0broken", "table_unreadable"),
        (xlsx(("a", "b")), "table_empty"),
        (b"a;b\n" + b"1;2\n" * 5001, "table_too_large"),
    ],
)
def test_what_is_no_table_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_table(body)
    assert refused.value.code == code


def test_what_would_unpack_to_very_much_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (MOST_UNPACKED + 1))
    with pytest.raises(Invalid, match="table_too_large"):
        read_table(out.getvalue())


def test_rows_become_cards_with_all_their_numbers() -> None:
    first, second = rows_of(read_table(TEXT.encode()), MAPPING, "RU")
    assert (first.line, first.card.name, first.phones) == (2, "Иванова Анна", ("+79161234567",))
    assert first.card.details.fields == {"Город": "Тверь"}
    assert second.phones == ("+74951234567", "+79161111111")


def test_each_row_that_cannot_be_taken_says_why_and_where() -> None:
    text = "name;phone;mail\nA;12;\n\nB;;\nC;89161234567;nowhere\nD;89161234567;;x\nE;89161234567;e@x.ru\n"
    found = rows_of(read_table(text.encode()), {0: "name", 1: "phone", 2: "email"}, "RU")
    assert [(row.line, row.code, row.place) for row in found] == [
        (2, "invalid_number", "phone"),
        (4, "nothing_to_know_by", ""),
        (5, "invalid_email", "mail"),
        (6, "ragged", ""),
        (7, "", ""),
    ]


def test_heads_are_guessed() -> None:
    heads = ("ФИО клиента", "Телефон 1", "Телефон 2", "E-mail", "Договор", "Что-то")
    assert guess(heads) == {0: "name", 1: "phone", 2: "phone", 3: "email", 4: "code"}


def test_heads_of_agents_and_consents_are_guessed() -> None:
    heads = ("phone", "Личный оператор", "Согласие на звонки", "consent_mail", "E-mail", "Missed calls")
    assert guess(heads) == {
        0: "phone",
        1: "personal_agent",
        2: "consent_calls",
        3: "consent_mail",
        4: "email",
    }


STAFF = agents_of(
    [
        (AgentId(1), "anna", "Анна Белова"),
        (AgentId(2), "boris", "Борис  Орлов"),
        (AgentId(3), "orlov", "Борис Орлов"),
    ]
)
WITH_AGENT = {0: "phone", 1: "personal_agent", 2: "consent_calls", 3: "consent_mail"}


def row_of(*cells: str) -> Any:
    table = Table(columns=("p", "Кто", "Звонки", "Письма"), rows=(("89161234567", *cells),), lines=(2,))
    (row,) = rows_of(table, WITH_AGENT, "RU", STAFF)
    return row


@pytest.mark.parametrize(
    ("cells", "agent_id", "consents"),
    [
        (("anna", "да", "нет"), 1, {"calls": True, "mail": False}),
        (("ANNA", "", "?"), 1, {}),
        (("анна  белова", "1", ""), 1, {"calls": True}),
        (("orlov", "No", "TRUE"), 3, {"calls": False, "mail": True}),
        (("", "не спрашивали", "-"), 0, {"mail": False}),
    ],
)
def test_a_row_names_the_personal_agent_and_what_was_agreed_to(
    cells: tuple[str, ...], agent_id: int, consents: dict[str, bool]
) -> None:
    row = row_of(*cells)
    details = row.card.details
    assert (row.code, details.personal_agent_id, details.consents) == ("", agent_id, consents)


@pytest.mark.parametrize(
    ("cells", "code", "place"),
    [
        (("vera", "", ""), "unknown_agent", "Кто"),
        (("Борис Орлов", "", ""), "ambiguous_agent", "Кто"),
        (("anna", "maybe", ""), "invalid_consent", "Звонки"),
        (("anna", "да", "2"), "invalid_consent", "Письма"),
    ],
)
def test_an_unknown_agent_or_answer_is_refused_with_its_column(
    cells: tuple[str, ...], code: str, place: str
) -> None:
    row = row_of(*cells)
    assert (row.line, row.code, row.place) == (2, code, place)


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({9: "name"}, "unknown_column"),
        ({0: "shoe"}, "unknown_target"),
        ({0: "name", 1: "name"}, "target_twice"),
        ({0: "name"}, "nothing_to_know_by"),
    ],
)
def test_a_mapping_must_make_sense(mapping: dict[int, str], code: str) -> None:
    table = Table(columns=("a", "b"), rows=(), lines=())
    with pytest.raises(Invalid) as refused:
        check_mapping(table, mapping)
    assert refused.value.code == code


def test_empty_cells_leave_what_is_known() -> None:
    before = Card(
        name="Anna",
        note="mornings",
        details=Details(code="7", fields={"a": "1"}, personal_agent_id=AgentId(3), consents={"calls": True}),
    )
    given = Card(name="", company="X", details=Details(email="a@x.ru", fields={"b": "2"}))
    assert merged(before, given) == Card(
        name="Anna",
        company="X",
        note="mornings",
        details=Details(
            code="7",
            email="a@x.ru",
            fields={"a": "1", "b": "2"},
            personal_agent_id=AgentId(3),
            consents={"calls": True},
        ),
    )


def test_two_cards_of_one_customer_keep_his_refusals_and_his_agent() -> None:
    gone = Card(details=Details(personal_agent_id=AgentId(3), consents={"calls": True, "mail": False}))
    kept = Card(details=Details(personal_agent_id=AgentId(5), consents={"calls": False, "recording": True}))
    details = merged(gone, kept).details
    assert details.personal_agent_id == 5
    assert details.consents == {"calls": False, "mail": False, "recording": True}
    assert merged(gone, Card()).details.personal_agent_id == 3
