"""The company's logo over HTTP: seen by everybody, changed by who manages the site, printed on papers."""

import io

import pytest
from pypdf import PdfReader

from otklik.api.mailed import compose
from otklik.channels.systems.mailing import mail_of
from otklik.deliveries.model import Way, WayKind
from otklik.reports.mailing import Every, MailedReport
from otklik.vocabulary.ids import PersonId
from tests.api.house import SITE, House, rows
from tests.rooms.organization.test_logo import png

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

DAY = "/api/v1/reports/days?from=2026-11-23&to=2026-11-24&format=pdf&locale=ru"


def pictures(paper: bytes) -> int:
    return sum(len(page.images) for page in PdfReader(io.BytesIO(paper)).pages)


async def test_a_logo_stands_on_pages_and_papers_until_it_is_removed(house: House) -> None:
    admin, supervisor = await house.signed_in("admin"), await house.signed_in("vera")
    stranger = house.stranger()
    before = await admin.ask("GET", DAY)
    assert (await stranger.get("/api/v1/public"))["logo"] == ""
    assert (await stranger.ask("GET", "/api/v1/logo")).status == 404

    for browser, body, code in (
        (supervisor, png(), "right_missing"),
        (admin, b"<svg/>", "picture_unknown"),
        # Its header is that of a picture, and the rest is not.
        (admin, png()[:45] + bytes(40), "picture_unreadable"),
    ):
        refused = await browser.ask("PUT", "/api/v1/logo", data=body)
        assert refused.code == code
    saved = await admin.ask("PUT", "/api/v1/logo", data=png())
    shown = await stranger.ask("GET", "/api/v1/logo")
    version = (await stranger.get("/api/v1/public"))["logo"]
    printed = await admin.ask("GET", DAY)

    assert saved.status == 204
    assert (shown.status, shown.body, shown.headers["Content-Type"]) == (200, png(), "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert version
    assert (pictures(before.body), pictures(printed.body)) == (0, 1)

    async with house.parts.pool.acquire() as connection:
        mailed = MailedReport(
            owner_id=PersonId(20),
            name="<b>Утро</b>",
            report="page",
            every=Every.DAY,
            at="08:00",
            addresses="boss@example.org",
            form="csv",
            due_at=house.parts.clock.now(),
        )
        now = house.parts.clock.now()
        composed = await compose(connection, mailed, site_id=SITE, due=now, now=now)
    way = Way(name="mail", kind=WayKind.EMAIL, sender="otklik@example.org")
    mail = mail_of(way, "boss@example.org", composed.letter, composed.enclosures, at=now, key="1")
    (attached,) = [part for part in mail.iter_attachments()]
    assert attached.get_filename().startswith("page-")
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<logo@otklik>"
    assert picture.get_content() == png()
    assert 'src="cid:logo@otklik"' in composed.letter.html
    assert "&lt;b&gt;Утро" in composed.letter.html

    assert (await admin.ask("DELETE", "/api/v1/logo")).status == 204
    assert (await admin.ask("DELETE", "/api/v1/logo")).code == "no_logo"
    assert (await stranger.get("/api/v1/public"))["logo"] == ""
    noted = await rows(house, "select action from audit where action like 'logo.%' order by audit_id")
    assert [one["action"] for one in noted] == ["logo.saved", "logo.removed"]
