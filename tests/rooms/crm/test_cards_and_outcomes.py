"""Cards by number and outcomes by interaction, against a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otklik import database
from otklik.crm import service
from otklik.crm.model import Acquaintance, Card, Details, Outcome
from otklik.vocabulary.ids import AgentId, DispositionId, InteractionId, PartyId, PersonId, SiteId
from otklik.vocabulary.refusals import NotFound

pytestmark = pytest.mark.database

SITE = SiteId(1)
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ANNA, VERA = PersonId(1), PersonId(9)
PARTY, OTHER, ANONYMOUS = PartyId(11), PartyId(12), PartyId(13)
CALL = InteractionId(21)


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    found = await database.connect(database_url, name="test")
    await found.executemany(
        "insert into party (site_id, party_id, e164) values (1, $1, $2)",
        [(PARTY, "+79161234567"), (OTHER, "+79160000000"), (ANONYMOUS, None)],
    )
    yield found
    await found.close()


async def save(connection: Any, card: Card, *, by: PersonId = ANNA, party: PartyId = PARTY) -> Any:
    async with connection.transaction():
        return await service.save_customer(connection, SITE, party, card, by=by, at=AT)


def draft(note: str, *, by: PersonId = ANNA, after: float = 0, disposition: int = 0) -> Outcome:
    return Outcome(
        interaction_id=CALL,
        disposition_id=DispositionId(disposition),
        note=note,
        saved_at=AT + timedelta(minutes=after),
        saved_by=by,
    )


async def kept(connection: Any) -> list[str]:
    return [
        row["note"] for row in await connection.fetch("select note from outcome_history order by saved_at")
    ]


async def test_a_number_without_a_card_has_an_empty_one(connection: Any) -> None:
    found = await service.find_customer(connection, SITE, PARTY)

    assert found.customer_id == 0
    assert found.card == Card()
    assert found.numbers == ("+79161234567",)


async def test_an_address_that_nobody_ever_used_has_none(connection: Any) -> None:
    with pytest.raises(NotFound, match="unknown_party"):
        await service.find_customer(connection, SITE, PartyId(99))
    with pytest.raises(NotFound, match="unknown_party"):
        await save(connection, Card(name="x"), party=PartyId(99))


async def test_a_caller_without_a_number_can_have_a_card(connection: Any) -> None:
    saved = await save(connection, Card(name="Secret"), party=ANONYMOUS)

    assert saved.numbers == ()
    assert saved.card.name == "Secret"


async def test_the_first_save_makes_the_card_and_each_other_one_leaves_a_line(connection: Any) -> None:
    first = await save(connection, Card(name="Darya"))
    second = await save(connection, Card(name="Darya", note="likes mornings"), by=VERA)
    same = await save(connection, Card(name="Darya", note="likes mornings"))

    assert first.customer_id == second.customer_id == same.customer_id
    changes = await service.list_customer_changes(connection, SITE, PARTY)
    assert {(change.by, change.card.note) for change in changes} == {(ANNA, ""), (VERA, "likes mornings")}


async def test_two_first_saves_at_once_make_one_card(connection: Any, database_url: str) -> None:
    other = await database.connect(database_url, name="test")
    try:
        found = await asyncio.gather(
            save(connection, Card(name="one")), save(other, Card(name="two")), return_exceptions=True
        )
    finally:
        await other.close()

    cards = await connection.fetch("select name from customer")
    assert len(cards) == 1
    assert {one.customer_id for one in found} == {found[0].customer_id}


async def test_names_and_numbers_are_those_that_are_there(connection: Any) -> None:
    await save(connection, Card(name="Darya"))
    await save(connection, Card(company="only a company"), party=OTHER)

    wanted = [PARTY, OTHER, ANONYMOUS, PartyId(0), PartyId(99)]
    assert await service.names_of(connection, SITE, wanted) == {PARTY: "Darya"}
    assert await service.numbers_of(connection, SITE, wanted) == {
        PARTY: "+79161234567",
        OTHER: "+79160000000",
    }
    assert await service.names_of(connection, SITE, []) == {}


async def test_a_draft_of_one_sitting_is_one_version(connection: Any) -> None:
    for minute, note in enumerate(("p", "pr", "promised")):
        await service.save_outcome(connection, SITE, draft(note, after=minute))

    found = await service.outcomes_of(connection, SITE, [CALL])
    assert found[CALL].note == "promised"
    assert await kept(connection) == []


async def test_a_later_change_of_the_same_person_keeps_what_was_there(connection: Any) -> None:
    await service.save_outcome(connection, SITE, draft("promised"))
    await service.save_outcome(connection, SITE, draft("sold", after=6))

    assert await kept(connection) == ["promised"]


async def test_a_change_of_another_person_keeps_what_was_there(connection: Any) -> None:
    await service.save_outcome(connection, SITE, draft("promised"))
    await service.save_outcome(connection, SITE, draft("checked", by=VERA, after=1))

    assert await kept(connection) == ["promised"]


async def test_the_same_outcome_again_changes_nothing(connection: Any) -> None:
    first = await service.save_outcome(connection, SITE, draft("sold", disposition=3))
    again = await service.save_outcome(connection, SITE, draft("sold", disposition=3, by=VERA, after=60))

    assert again == first
    assert await kept(connection) == []


async def test_a_disposition_can_be_taken_back(connection: Any) -> None:
    await service.save_outcome(connection, SITE, draft("", disposition=3))
    await service.save_outcome(connection, SITE, draft("", after=1))

    found = await service.outcomes_of(connection, SITE, [CALL])
    assert found[CALL].disposition_id == 0
    assert await connection.fetchval("select disposition_id from outcome") is None


async def test_a_card_of_another_site_is_not_seen(connection: Any) -> None:
    await save(connection, Card(name="Darya"))

    assert await service.names_of(connection, SiteId(2), [PARTY]) == {}
    with pytest.raises(NotFound):
        await service.find_customer(connection, SiteId(2), PARTY)


async def test_a_class_stays_when_a_card_is_saved_without_it(connection: Any) -> None:
    await save(connection, Card(name="Darya", customer_class="vip"))
    async with connection.transaction():
        saved = await service.save_customer(
            connection, SITE, PARTY, Card(name="Daria"), by=VERA, at=AT, keeps_class=True
        )

    assert saved.card == Card(name="Daria", customer_class="vip")
    changes = await service.list_customer_changes(connection, SITE, PARTY)
    assert {(change.card.name, change.card.customer_class) for change in changes} == {
        ("Darya", "vip"),
        ("Daria", "vip"),
    }


async def test_who_calls_is_known_by_his_class_and_the_agent_of_his_last_talk(connection: Any) -> None:
    assert await service.acquaintance(connection, SITE, PARTY) == Acquaintance()

    await save(connection, Card(name="Darya", customer_class="vip"))
    # The last stay had no talk: he gave up waiting for agent 9.
    await stays(connection, [(7, 1000, 30_000), (8, 2000, 30_000), (9, 3000, 0)])

    known = await service.acquaintance(connection, SITE, PARTY)
    assert known == Acquaintance(last_agent_id=AgentId(8), customer_class="vip")
    assert await service.acquaintance(connection, SITE, OTHER) == Acquaintance()


async def test_who_calls_for_the_first_time_is_known_by_the_number_on_his_card(connection: Any) -> None:
    """His address is not written yet when the flow asks."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    await connection.execute(
        "insert into customer (site_id, name, company, note, class, changed_at, changed_by)"
        " values ($1, 'Imported', '', '', 'vip', $2, 1)",
        SITE,
        at,
    )
    await connection.execute(
        "insert into customer_phone (site_id, e164, customer_id, place)"
        " select $1, '+79160000001', customer_id, 0 from customer where name = 'Imported'",
        SITE,
    )
    unwritten = PartyId(987_654)

    known = await service.acquaintance(connection, SITE, unwritten, "+79160000001")

    assert known == Acquaintance(customer_class="vip")
    assert await service.acquaintance(connection, SITE, unwritten, "+79160000002") == Acquaintance()


async def stays(connection: Any, rows: list[tuple[int, int, int]]) -> None:
    """Segments of the party: agent, entered (ms), talk (ms)."""
    columns = await connection.fetch(
        "select column_name, data_type from information_schema.columns"
        " where table_name = 'segment' and is_nullable = 'NO'"
    )
    await connection.execute("create table if not exists segment_test partition of segment default")
    for number, (agent_id, enter_ms, talk_ms) in enumerate(rows, start=1):
        given = {
            "site_id": SITE,
            "segment_id": number,
            "customer_id": PARTY,
            "agent_id": agent_id,
            "enter_ms": enter_ms,
            "talk_ms": talk_ms,
        }
        values = [given.get(row["column_name"], _nothing(row["data_type"])) for row in columns]
        names = ", ".join(row["column_name"] for row in columns)
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        await connection.execute(f"insert into segment ({names}) values ({places})", *values)


def _nothing(data_type: str) -> Any:
    return {"boolean": False, "text": ""}.get(data_type, 0)


async def test_a_flow_changes_the_class_and_leaves_the_rest_of_a_card(connection: Any) -> None:
    await save(connection, Card(name="Darya", note="likes mornings", customer_class="debtor"))
    for party, chosen in ((PARTY, "vip"), (OTHER, "new"), (ANONYMOUS, ""), (PartyId(99), "vip")):
        async with connection.transaction():
            await service.assign_class(connection, SITE, party, chosen, at=AT + timedelta(minutes=1))
    found = await service.find_customer(connection, SITE, PARTY)
    assert found.card == Card(name="Darya", note="likes mornings", customer_class="vip")
    changes = await service.list_customer_changes(connection, SITE, PARTY)
    assert changes[0].by == service.PROGRAM
    assert (await service.find_customer(connection, SITE, OTHER)).card == Card(customer_class="new")
    assert (await service.find_customer(connection, SITE, ANONYMOUS)).customer_id == 0


async def test_a_customer_is_found_by_what_his_card_has_and_by_nothing_that_two_have(connection: Any) -> None:
    contract = Details(code="C7", fields={"contract": "4711", "city": "Tver"})
    saved = await save(connection, Card(name="Ivanov", customer_class="vip", details=contract))
    await save(connection, Card(name="Petrov", details=Details(fields={"city": "Tver"})), party=OTHER)

    by_code = await service.seek_customer(connection, SITE, code="C7")
    by_field = await service.seek_customer(connection, SITE, field="contract", value="4711")
    by_phone = await service.seek_customer(connection, SITE, phone="+79161234567")
    assert by_code is not None
    assert by_code == by_field == by_phone
    assert (by_code.customer_id, by_code.card.customer_class) == (saved.customer_id, "vip")
    assert await service.seek_customer(connection, SITE, field="city", value="Tver") is None
    assert await service.seek_customer(connection, SITE, field="contract", value="") is None
    assert await service.seek_customer(connection, SITE, code="4711") is None


async def test_who_is_identified_has_his_card_whatever_telephone_he_calls_from(connection: Any) -> None:
    ivanov = await save(connection, Card(name="Ivanov", customer_class="vip"))
    await save(connection, Card(name="Neighbour"), party=OTHER)
    async with connection.transaction():
        await service.note_identified(
            connection, SITE, [(CALL, ivanov.customer_id), (InteractionId(22), 999)]
        )

    found = await service.find_identified(connection, SITE, CALL)
    assert found is not None
    assert (found.card.name, found.numbers) == ("Ivanov", ("+79161234567",))
    assert await service.find_identified(connection, SITE, InteractionId(22)) is None

    async with connection.transaction():
        written = await service.save_identified(
            connection, SITE, CALL, Card(name="Ivanov", note="moved"), by=ANNA, at=AT, keeps_class=True
        )
        await service.assign_class(connection, SITE, OTHER, "debtor", at=AT, interaction_id=CALL)
    assert written is not None
    assert (written.card.note, written.card.customer_class) == ("moved", "vip")
    after = await service.find_customer(connection, SITE, PARTY)
    assert (after.card.note, after.card.customer_class) == ("moved", "debtor")
    neighbour = await service.find_customer(connection, SITE, OTHER)
    assert neighbour.card == Card(name="Neighbour"), "whose telephone it is"
