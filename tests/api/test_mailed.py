"""Reports by mail: planned, sent at their hour through a real mail server, and only what their owner may."""

import io
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import pytest_asyncio
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from otklik.access.secrets import SecretStore
from otklik.wiring.mailing import ReportMail
from tests.api.house import ANNA, SITE, Browser, House, rows
from tests.api.test_deliveries import office
from tests.rooms.channels.test_telling import Mailbox, mail_server
from tests.walks.centre import CUSTOMER, NUMBER

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/mailed-reports"


@pytest_asyncio.fixture(loop_scope="module")
async def secrets(house: House) -> Any:
    found = SecretStore(house.parts.settings.keys, house.url)
    yield found
    await found.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_before(house: House) -> None:
    async with house.parts.writing() as connection:
        for table in ("mailed_report", "delivery", "receiver", "delivery_way"):
            await connection.execute(f"delete from {table}")


async def mail_way(admin: Browser, port: int) -> None:
    await admin.post(
        "/api/v1/delivery-ways",
        {
            "name": "mail",
            "kind": "email",
            "address": "127.0.0.1",
            "port": port,
            "security": "none",
            "sender": "otklik@example.org",
            "allowed_hosts": ["127.0.0.1"],
        },
    )


def planned(**more: Any) -> dict[str, Any]:
    return {"name": "Утро", "addresses": "boss@example.org, owner@example.org", **more}


def mailer(house: House) -> ReportMail:
    return ReportMail(house.parts.pool, house.parts.clock, SITE)


async def state(house: House) -> list[dict[str, Any]]:
    return await rows(house, "select told, sent_at, due_at, is_on from mailed_report order by mailed_id")


async def hour_comes(house: House) -> None:
    """Without waiting a night: it was due a moment ago."""
    async with house.parts.writing() as connection:
        await connection.execute("update mailed_report set due_at = $1", house.parts.clock.now())


async def test_a_report_goes_out_once_at_its_hour_with_its_numbers(
    house: House, secrets: SecretStore
) -> None:
    admin = await house.signed_in("admin")
    caller = house.centre.driver.call(NUMBER, CUSTOMER)
    await house.centre.pass_time(30)
    caller.hang_up()
    await house.centre.pass_time(5)
    box = Mailbox()
    with mail_server(box) as port:
        await mail_way(admin, port)
        made = await admin.post(ROOT, planned(every="day", at="08:00"))
        assert (made["owner"], made["told"], made["sent_at"]) == ("Admin", "", None)
        await mailer(house).work()
        assert [one["told"] for one in await state(house)] == [""]

        # Of the day before: let that day be today's.
        await house.centre.pass_time(timedelta(days=1).total_seconds())
        await hour_comes(house)
        await mailer(house).work()
        await mailer(house).work()
        await office(house, secrets).work()

    (envelope,), message = box.taken, box.mail()
    (book,) = [part for part in message.iter_attachments()]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.get_content())).get_sheet_by_name("Отчёт")
    lines = sheet.to_python()
    assert sorted(envelope.rcpt_tos) == ["boss@example.org", "owner@example.org"]
    assert message["Subject"].startswith("Утро: ")
    assert lines[0][2:5] == ["Очередь", "Поступило", "Принято"]
    assert sum(line[3] for line in lines[1:]) >= 1
    assert "Поступило: " in message.get_body(("plain",)).get_content()
    (kept,) = await state(house)
    assert kept["told"] == "sent"
    assert kept["due_at"] > house.parts.clock.now()


async def test_without_a_mail_server_it_says_so_and_waits_for_the_next_hour(house: House) -> None:
    admin = await house.signed_in("admin")
    await admin.post(ROOT, planned())
    await hour_comes(house)

    await mailer(house).work()

    (kept,) = await state(house)
    assert kept["told"] == "no_mail_server"
    assert kept["due_at"] > house.parts.clock.now()
    assert await rows(house, "select 1 from delivery") == []


async def test_a_report_stops_when_its_owner_may_take_nothing_away_any_more(house: House) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post(ROOT, planned(report="agents"))
    async with house.parts.writing() as connection:
        await connection.execute("update mailed_report set owner_id = $1", int(ANNA))
    await hour_comes(house)

    await mailer(house).work()
    reply = await admin.ask("POST", f"{ROOT}/{made['id']}/send")

    assert [one["told"] for one in await state(house)] == ["right_missing"]
    assert (reply.status, reply.code) == (403, "right_missing")


async def test_one_sees_and_changes_ones_own_and_an_administrator_all(house: House) -> None:
    admin, supervisor, agent = [await house.signed_in(name) for name in ("admin", "vera", "anna")]
    of_admin = await admin.post(ROOT, planned(name="Чужой"))
    own = await supervisor.post(ROOT, planned(name="Мой", every="week", queue_ids=[1]))

    listed = [one["name"] for one in await supervisor.get(ROOT)]
    others = await supervisor.ask("PUT", f"{ROOT}/{of_admin['id']}", planned())
    changed = await admin.put(f"{ROOT}/{own['id']}", planned(name="Мой", at="09:15"))
    of_agents = await supervisor.ask("POST", ROOT, planned(report="agents"))
    refused = await agent.ask("GET", ROOT)

    assert listed == ["Мой"]
    assert (others.status, others.code) == (404, "unknown_mailed_report")
    assert (changed["owner"], changed["at"]) == ("Vera", "09:15")
    assert (of_agents.status, of_agents.code) == (403, "right_missing")
    assert refused.status == 403
    assert (await supervisor.ask("DELETE", f"{ROOT}/{own['id']}")).status == 204
    assert [one["name"] for one in await admin.get(ROOT)] == ["Чужой"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"addresses": "not a mailbox"}, "mailbox_unfit"),
        ({"addresses": "a@b\r\nBcc: c@d"}, ""),
        ({"at": "24:00"}, ""),
        ({"weekdays": []}, "no_weekday"),
        ({"source": 77}, "unknown_source"),
    ],
)
async def test_what_cannot_be_sent_is_refused(house: House, body: dict[str, Any], code: str) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("POST", ROOT, planned(**body))

    assert reply.status in (404, 422)
    assert code in ("", reply.code)
    assert await state(house) == []


async def test_a_page_goes_out_in_words_with_a_pdf(house: House, secrets: SecretStore) -> None:
    admin = await house.signed_in("admin")
    box = Mailbox()
    with mail_server(box) as port:
        await mail_way(admin, port)
        for report, form in (("page", "pdf"), ("timesheet", "pdf_letter"), ("teams", "xlsx")):
            made = await admin.post(ROOT, planned(name="Сводка", report=report, form=form))
            reply = await admin.ask("POST", f"{ROOT}/{made['id']}/send")
            assert reply.status == 204, reply.body
        await office(house, secrets).work()

    by_name = {}
    for envelope in box.taken:
        message = message_from_bytes(envelope.content, policy=policy.default)
        (file,) = [part for part in message.iter_attachments()]
        by_name[file.get_filename().split("-")[0]] = (message, file.get_content())
    assert set(by_name) == {"page", "timesheet", "teams"}
    message, paper = by_name["page"]
    (words,) = PdfReader(io.BytesIO(paper)).pages
    said = message.get_body(("plain",)).get_content()
    sentence = "Обращений не было." if "Обращений не было." in said else "Цель"
    assert sentence in said
    assert sentence in message.get_body(("html",)).get_content()
    assert sentence in words.extract_text()
    assert PdfReader(io.BytesIO(by_name["timesheet"][1])).pages[0].mediabox.height == 612
    assert "К оплате: " in by_name["timesheet"][0].get_body(("plain",)).get_content()


async def test_numbers_of_everybody_are_sent_by_who_sees_everybody(house: House) -> None:
    supervisor, admin = await house.signed_in("vera"), await house.signed_in("admin")
    for report in ("page", "timesheet", "teams", "agents"):
        refused = await supervisor.ask("POST", ROOT, planned(report=report))
        assert (refused.status, refused.code) == (403, "right_missing"), report
    unfit = await admin.ask("POST", ROOT, planned(report="teams", source=7))
    assert (unfit.status, unfit.code) == (422, "report_not_of_source")
