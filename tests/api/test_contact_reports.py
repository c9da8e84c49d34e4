"""Reports on hours, waits, repeats, numbers and outcomes, as a browser asks for them."""

import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from tests.api.house import House
from tests.walks.centre import NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

RESTLESS = "+79165550909"


async def test_who_called_twice_is_listed_masked_for_who_may_not_see_numbers(house: House) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    for _ in range(2):
        call = house.centre.driver.call(NUMBER, RESTLESS)
        await house.centre.pass_time(12)
        call.hang_up()
        await house.centre.pass_time(30)
    day = house.centre.clock.now().date()
    days = f"from={day - timedelta(days=1)}&to={day + timedelta(days=1)}"
    role = next(one for one in await admin.get("/api/v1/roles") if one["name_en"] == "Supervisor")
    form = {name: role[name] for name in ("name_ru", "name_en", "sees")}

    async def with_rights(without: set[str]) -> None:
        kept = [right for right in role["rights"] if right not in without]
        await admin.put(f"/api/v1/roles/{role['id']}", {**form, "rights": kept})

    try:
        await with_rights({"view.numbers"})
        masked = await vera.ask("GET", f"/api/v1/reports/repeats?{days}")
        await with_rights({"view.interactions"})
        without_list = await vera.get(f"/api/v1/reports/repeats?{days}")
    finally:
        await with_rights(set())
    whole = await admin.get(f"/api/v1/reports/repeats?{days}")

    row = next(one for one in whole["customers"] if one["number"] == RESTLESS)
    assert (row["contacts"], row["answered"], row["unanswered"]) == (2, 0, 2)
    assert masked.status == 200
    assert "5550909" not in masked.body.decode()
    assert "+7••••••0909" in masked.body.decode()
    assert without_list["customers"] == []
    assert without_list["often"] == whole["often"]


@pytest.mark.parametrize(
    ("report", "first"),
    [
        ("heat?rows=weekday", "День недели"),
        ("heat?rows=day", "День"),
        ("waits?table=queues", "Очередь"),
        ("waits?table=steps", "Дольше"),
        ("repeats?table=queues", "Очередь"),
        ("repeats?table=customers", "Номер"),
        ("numbers?table=numbers", "Набранный номер"),
        ("numbers?table=hours", "Набранный номер"),
        ("outcomes?by=none", "Результат"),
        ("outcomes?by=agent", "Оператор"),
        ("sales?by=agent", "Оператор"),
        ("sales?by=day", "День"),
        ("costs?by=queue", "Очередь"),
        ("costs?by=day", "День"),
        ("growth?table=agents", "Оператор"),
        ("growth?table=weeks", "Неделя с"),
        ("growth?table=peaks", "День недели"),
        ("growth?table=queues", "Очередь"),
    ],
)
async def test_each_is_a_workbook_with_words_in_its_head(house: House, report: str, first: str) -> None:
    admin = await house.signed_in("admin")
    day = house.centre.clock.now().date()

    reply = await admin.ask(
        "GET",
        f"/api/v1/reports/{report}&from={day}&to={day + timedelta(days=1)}&format=xlsx&locale=ru",
    )

    assert reply.status == 200, reply.body.decode()
    head = CalamineWorkbook.from_filelike(io.BytesIO(reply.body)).get_sheet_by_name("Отчёт").to_python()[0]
    assert head[0] == first
    assert not [title for title in head if "_" in str(title)], "every column has a word"
