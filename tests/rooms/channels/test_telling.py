"""What is told outside, against a real mail server and a real HTTP server that speak as the services do."""

import asyncio
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from otklik.channels.systems.telling import send
from otklik.deliveries.model import Enclosure, Letter, Outcome, Security, Way, WayKind
from tests.rooms.channels.test_systems import answer, server

pytestmark = pytest.mark.fast

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LETTER = Letter(subject="Авария: ждут — sales, 7", text="Ждут в очереди: 7 (порог > 5)", topic="alert.fired")
LOCAL = ("127.0.0.1",)


class Mailbox:
    """What a mail server took, and what it says to whom. refuses: by recipient; breaks: at the end
    of a mail."""

    def __init__(self, refuses: dict[str, str] | None = None, breaks: str = "") -> None:
        self.taken: list[Envelope] = []
        self.logins: list[tuple[str, str]] = []
        self.refuses = refuses or {}
        self.breaks = breaks

    async def handle_RCPT(  # noqa: N802 - the server's own word
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.breaks:
            return self.breaks
        self.taken.append(envelope)
        return "250 2.0.0 Ok: queued as 4711"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        pair = (given.login.decode(), given.password.decode())
        self.logins.append(pair)
        return AuthResult(success=pair == ("alerts", "s3cret"), handled=False)

    def mail(self) -> EmailMessage:
        """The one that was taken."""
        (envelope,) = self.taken
        assert isinstance(envelope.content, bytes)
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@contextmanager
def mail_server(box: Mailbox, **more: Any) -> Iterator[int]:
    """Its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Controller(box, hostname="127.0.0.1", port=port, **more)
    running.start()
    try:
        yield port
    finally:
        running.stop()


def mail_way(port: int, **more: Any) -> Way:
    given = {
        "name": "mail",
        "kind": WayKind.EMAIL,
        "address": "127.0.0.1",
        "port": port,
        "security": Security.NONE,
        "sender": "otklik@example.org",
        "sender_name": "Отклик",
        "allowed_hosts": LOCAL,
    }
    return Way(**(given | more))


async def told(
    way: Way, secret: str = "", address: str = "", letter: Letter = LETTER, **more: Any
) -> Outcome:
    return await send(way, secret, address, letter, more.get("files", ()), at=AT, delivery_id=7)


# --- mail


async def test_a_mail_arrives_with_its_words_its_files_and_an_id_that_stays() -> None:
    box = Mailbox()
    with mail_server(box) as port:
        files = [Enclosure(name="отчёт.csv", media_type="text/csv", content=b"a,b\r\n")]
        letter = Letter(subject="Отчёт\r\nBcc: thief@example.org", text="Привет", html="<p>Привет</p>")
        outcome = await told(
            mail_way(port), address="vera@example.org, boss@example.org", letter=letter, files=files
        )
    assert outcome == Outcome(is_delivered=True, words="2.0.0 Ok: queued as 4711")
    assert box.taken[0].rcpt_tos == ["vera@example.org", "boss@example.org"]
    mail = box.mail()
    assert mail["Subject"] == "Отчёт Bcc: thief@example.org", "a subject has one line"
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == ("<otklik-7@example.org>", "auto-generated")
    assert str(mail["From"]) == "Отклик <otklik@example.org>"
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Привет"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("отчёт.csv", "text/csv")


async def test_a_mail_server_is_signed_in_to_and_what_it_says_is_kept() -> None:
    box = Mailbox()
    with mail_server(box, authenticator=box.authenticate, auth_require_tls=False) as port:
        good = await told(mail_way(port, login="alerts"), "s3cret", "vera@example.org")
        bad = await told(mail_way(port, login="alerts"), "wrong", "vera@example.org")
    assert good.is_delivered
    assert box.logins[0] == ("alerts", "s3cret")
    assert (bad.is_delivered, bad.is_final, bad.words[:3]) == (False, True, "535")
    assert "s3cret" not in bad.words
    assert "wrong" not in bad.words


@pytest.mark.parametrize(
    ("box", "is_final", "words"),
    [
        (Mailbox({"vera@example.org": "550 5.1.1 No such person"}), True, "550 5.1.1 No such person"),
        (Mailbox({"vera@example.org": "451 4.7.1 Greylisted"}), False, "451 4.7.1 Greylisted"),
        (Mailbox(breaks="452 4.3.1 Mailbox full"), False, "452 4.3.1 Mailbox full"),
        (Mailbox(breaks="554 5.7.1 Looks like spam"), True, "554 5.7.1 Looks like spam"),
    ],
)
async def test_what_a_mail_server_refuses_is_told_in_its_words(
    box: Mailbox, is_final: bool, words: str
) -> None:
    with mail_server(box) as port:
        outcome = await told(mail_way(port), address="vera@example.org")
    assert (outcome.is_delivered, outcome.is_final) == (False, is_final)
    assert words in outcome.words


async def test_a_mail_server_without_a_certificate_or_in_a_forbidden_place_gets_nothing() -> None:
    box = Mailbox()
    with mail_server(box) as port:
        bare = await told(mail_way(port, security=Security.STARTTLS), address="vera@example.org")
        inside = await told(mail_way(port, allowed_hosts=()), address="vera@example.org")
    away = await told(mail_way(port), address="vera@example.org")
    assert [one.is_delivered for one in (bare, inside, away)] == [False, False, False]
    assert inside.words == "host_forbidden"
    assert away.words == "connect_failed"
    assert box.taken == []


# --- messengers


def service(kind: WayKind, port: int, **more: Any) -> Way:
    given = {"name": kind.value, "kind": kind, "address": f"http://127.0.0.1:{port}", "allowed_hosts": LOCAL}
    return Way(**(given | more))


def sent(heard: list[bytes]) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The first line, the body and the headers of the one request."""
    (request,) = heard
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return first, json.loads(body), {name.lower(): value for name, value in headers.items()}


async def test_telegram_is_spoken_to_as_its_bot_api_says() -> None:
    ok = json.dumps({"ok": True, "result": {"message_id": 5}})
    async with server(answer(ok)) as (port, heard):
        outcome = await told(service(WayKind.TELEGRAM, port), "123:abc-DEF", " -100200 ")
    assert outcome.is_delivered
    first, body, _ = sent(heard)
    assert first == "POST /bot123:abc-DEF/sendMessage HTTP/1.1"
    assert (body["chat_id"], body["text"]) == ("-100200", f"{LETTER.subject}\n{LETTER.text}")


@pytest.mark.parametrize(
    ("status", "said", "is_final", "words", "wait"),
    [
        (
            "400 Bad Request",
            {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"},
            True,
            "400 Bad Request: chat not found",
            None,
        ),
        (
            "429 Too Many Requests",
            {
                "ok": False,
                "description": "Too Many Requests: retry after 17",
                "parameters": {"retry_after": 17},
            },
            False,
            "429 Too Many Requests: retry after 17",
            17,
        ),
        ("200 OK", {"ok": False, "description": "strange"}, False, "200 strange", None),
    ],
)
async def test_what_telegram_answers_is_understood(
    status: str, said: dict[str, Any], is_final: bool, words: str, wait: float | None
) -> None:
    async with server(answer(json.dumps(said), status)) as (port, _):
        outcome = await told(service(WayKind.TELEGRAM, port), "1:a", "5")
    assert (outcome.is_delivered, outcome.is_final, outcome.words) == (False, is_final, words)
    assert (outcome.wait.total_seconds() if outcome.wait else None) == wait


async def test_max_is_spoken_to_as_its_platform_says() -> None:
    taken = json.dumps({"message": {"body": {"mid": "mid.1"}}})
    for address, place in (("-72", "chat_id=-72"), ("user:4", "user_id=4")):
        async with server(answer(taken)) as (port, heard):
            outcome = await told(service(WayKind.MAX, port), "t0ken", address)
        first, body, headers = sent(heard)
        assert outcome.is_delivered
        assert first == f"POST /messages?{place} HTTP/1.1"
        assert (headers["authorization"], set(body)) == ("t0ken", {"text"})
    refusal = json.dumps({"code": "chat.denied", "message": "Not a participant"})
    async with server(answer(refusal, "403 Forbidden")) as (port, _):
        outcome = await told(service(WayKind.MAX, port), "t0ken", "5")
    assert (outcome.is_final, outcome.words) == (True, "403 chat.denied: Not a participant")


async def test_slack_and_teams_are_told_at_their_secret_addresses_only() -> None:
    async with server(answer("ok")) as (port, heard):
        secret = f"http://127.0.0.1:{port}/services/T1/B2/x3"
        assert (await told(service(WayKind.SLACK, port), secret)).is_delivered
    first, body, _ = sent(heard)
    assert (first, list(body)) == ("POST /services/T1/B2/x3 HTTP/1.1", ["text"])

    async with server(answer("", "202 Accepted")) as (port, heard):
        secret = f"http://127.0.0.1:{port}/workflows/9?sig=a%2Bb"
        assert (await told(service(WayKind.TEAMS, port), secret)).is_delivered
        elsewhere = await told(service(WayKind.TEAMS, port), "http://192.0.2.1/workflows/9")
    first, body, _ = sent(heard)
    assert first == "POST /workflows/9?sig=a%2Bb HTTP/1.1"
    card = body["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["body"][0]["text"] == LETTER.subject
    assert elsewhere.words == "secret_unfit"

    async with server(answer("no_service", "404 Not Found")) as (port, _):
        gone = await told(service(WayKind.SLACK, port), f"http://127.0.0.1:{port}/services/x")
    assert (gone.is_final, gone.words) == (True, "404 no_service")


async def test_a_webhook_is_signed_over_the_moment_and_the_body() -> None:
    async with server(answer("{}")) as (port, heard):
        way = service(WayKind.WEBHOOK, port, address=f"http://127.0.0.1:{port}/hook")
        assert (await told(way, "k3y")).is_delivered
    _, body, headers = sent(heard)
    raw = heard[0].partition(b"\r\n\r\n")[2]
    moment = str(int(AT.timestamp()))
    expected = hmac.new(b"k3y", moment.encode() + b"." + raw, hashlib.sha256).hexdigest()
    assert headers["otklik-signature"] == f"t={moment},v1={expected}"
    assert (body["topic"], body["subject"]) == ("alert.fired", LETTER.subject)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer("", "302 Found", "Location: http://169.254.169.254/\r\n"), "redirected"),
        (b"SSH-2.0-hello\r\n", "answer_unreadable"),
        (b"", "answer_unreadable"),
    ],
)
async def test_a_service_that_leads_elsewhere_or_talks_nonsense_got_nothing(said: bytes, words: str) -> None:
    async with server(said) as (port, _):
        outcome = await told(service(WayKind.TELEGRAM, port), "1:a", "5")
    assert (outcome.is_delivered, outcome.is_final, outcome.words) == (False, False, words)


async def test_a_service_inside_is_reached_only_if_it_was_named() -> None:
    async with server(answer("{}")) as (port, heard):
        outcome = await told(service(WayKind.WEBHOOK, port, allowed_hosts=()))
    assert (outcome.words, heard) == ("host_forbidden", [])


async def test_a_long_answer_is_cut_and_an_endless_one_left() -> None:
    async def forever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 100000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 10_000)
            await writer.drain()

    async with server(forever) as (port, _):
        outcome = await told(service(WayKind.WEBHOOK, port))
    assert outcome.words.startswith("500 xxx")
    assert len(outcome.words) < 20_000


async def test_a_certificate_of_ones_own_authority_must_be_given() -> None:
    outcome = await told(service(WayKind.MAX, 1, address="https://127.0.0.1:1", ca="nonsense"), "t", "5")
    assert outcome.words == "ca_unfit"
    assert ssl.create_default_context().check_hostname


@pytest.mark.parametrize(
    "address", ["вера@пример.рф", "vera@пример.рф", "вера@example.org", "a@[1.2.3.4]", "a..b@x"]
)
async def test_no_mailbox_breaks_the_sending(address: str) -> None:
    """What a person typed is refused by somebody in words, and never by an exception."""
    box = Mailbox()
    with mail_server(box) as port:
        outcome = await told(mail_way(port), address=address)
        sender = await told(mail_way(port, sender=address), address="vera@example.org")
    assert outcome.is_delivered or outcome.words
    assert sender.is_delivered or sender.words
