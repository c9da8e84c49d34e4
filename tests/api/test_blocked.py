"""The list of blocked numbers over HTTP: kept, told to the engine, and fed by what agents and calls say."""

from datetime import timedelta

import pytest

from otklik.access.rights import Right
from otklik.switchboard.requests import ReadBlocked
from otklik.vocabulary.time import to_ms
from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/blocked"


async def test_a_number_is_blocked_changed_and_freed(house: House) -> None:
    admin = await house.signed_in("admin")
    form = {"number": "8 916 700-00-01", "reason": "swears"}
    made = await admin.ask("POST", ROOT, form)
    assert made.status == 201
    assert isinstance(house.asked[-1], ReadBlocked), "the engine reads the list anew"
    again = (await admin.ask("PUT", f"{ROOT}/{made.json['id']}", {**form, "treatment": "busy"})).json
    (row,) = await admin.get(ROOT)
    assert (row["id"], row["number"], row["treatment"], row["is_over"]) == (
        again["id"],
        "+79167000001",
        "busy",
        False,
    )
    moved = await admin.ask("PUT", f"{ROOT}/{row['id']}", {"number": "+79167000002"})
    assert [one["number"] for one in await admin.get(ROOT)] == ["+79167000002"]
    row = moved.json
    reply = await admin.ask("POST", ROOT, {"number": "+7", "is_prefix": True})
    assert (reply.status, reply.code) == (422, "prefix_too_short")
    assert (await admin.ask("DELETE", f"{ROOT}/{row['id']}")).status == 204
    assert (await admin.ask("DELETE", f"{ROOT}/{row['id']}")).status == 404
    assert await admin.get(ROOT) == []


async def test_numbers_that_are_worth_a_look_are_found(house: House) -> None:
    admin = await house.signed_in("admin")
    now = house.parts.clock.now()
    async with house.parts.writing() as connection:
        spam = await connection.fetchval(
            "insert into disposition (site_id, name_ru, name_en, kind) values (1, 'Спам', 'Spam', 'spam')"
            " returning disposition_id"
        )
        for party, number in ((71, "+79167000071"), (72, "+79167000072"), (73, "+79167000073")):
            await connection.execute("insert into party values (1, $1, $2)", party, number)
        calls = [(71, 60_000)] * 2 + [(72, 2_000)] * 5 + [(73, 2_000)] * 4
        for place, (party, lasts) in enumerate(calls):
            start = to_ms(now - timedelta(hours=1)) + place
            await connection.execute(
                """
                insert into interaction values
                    (1, $1, 1, 1, 1, $2, 1, 1, 0, 0, $3, 0, $3::bigint + $4::bigint, 1, 1, 0, 1, 0, 0, 0, 1)
                """,
                9000 + place,
                party,
                start,
                lasts,
            )
            if party == 71:
                await connection.execute(
                    "insert into outcome (site_id, interaction_id, disposition_id, note, saved_at, saved_by)"
                    " values (1, $1, $2, '', $3, 1)",
                    9000 + place,
                    spam,
                    now,
                )
    found = await admin.get(f"{ROOT}/suspects")
    assert [(row["number"], row["wrong"], row["short"]) for row in found] == [
        ("+79167000071", 2, 0),
        ("+79167000072", 0, 5),
    ]
    await admin.post(ROOT, {"number": "+7916700007", "is_prefix": True})
    assert await admin.get(f"{ROOT}/suspects") == [], "blocked ones are no news"


async def test_only_who_may_block_can(house: House) -> None:
    program = await house.program(Right.MANAGE_NUMBERS)
    assert (await program.ask("GET", ROOT)).status == 403
