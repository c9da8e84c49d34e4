"""One mail by a mail server: SMTP over a connection of its own, to an address that was looked at."""

import asyncio
import socket
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import aiosmtplib

from otklik.channels.systems.egress import place_of
from otklik.channels.systems.failures import AskFailed
from otklik.channels.systems.posting import tls_context
from otklik.deliveries.model import Enclosure, Letter, Outcome, Security, Way

USUAL_PORTS = (25, 465, 587, 2525)
OWN_PORT = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}
SECONDS = 30.0
_TEMPORARY = range(400, 500)


async def send_mail(
    way: Way,
    secret: str,
    addresses: str,
    letter: Letter,
    enclosures: Sequence[Enclosure],
    *,
    at: datetime,
    key: str,
) -> Outcome:
    """What came of it. key: of the delivery; the same one makes the same Message-ID, so a mail that is sent
    twice is known for one."""
    message = mail_of(way, addresses, letter, enclosures, at=at, key=key)
    try:
        async with asyncio.timeout(SECONDS):
            return await _send(way, secret, message)
    except TimeoutError:
        return Outcome(is_delivered=False, words="timeout")
    except AskFailed as failed:
        return Outcome(is_delivered=False, words=failed.reason)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        # Nobody was let in: it is temporary if it is so for one of them.
        codes = [one.code for one in refused.recipients]
        words = "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in refused.recipients)
        return Outcome(
            is_delivered=False, words=words, is_final=all(code not in _TEMPORARY for code in codes)
        )
    except aiosmtplib.SMTPResponseException as refused:
        is_final = refused.code not in _TEMPORARY and not isinstance(refused, aiosmtplib.SMTPConnectError)
        return Outcome(is_delivered=False, words=f"{refused.code} {refused.message}", is_final=is_final)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Outcome(is_delivered=False, words=f"connect_failed {error}".strip())


async def _send(way: Way, secret: str, message: EmailMessage) -> Outcome:
    port = way.port or OWN_PORT[way.security]
    place = await place_of(way.address, port, way.allowed_hosts, usual_ports=USUAL_PORTS)
    family = socket.AF_INET6 if ":" in place else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    line.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(line, (place, port))
    except OSError as error:
        line.close()
        raise AskFailed("connect_failed") from error
    is_secured = way.security is not Security.NONE
    client = aiosmtplib.SMTP(
        hostname=way.address,
        sock=line,
        use_tls=way.security is Security.TLS,
        start_tls=way.security is Security.STARTTLS,
        tls_context=tls_context(way.ca) if is_secured else None,
        timeout=SECONDS,
    )
    try:
        async with client:
            if way.login:
                await client.login(way.login, secret.strip())
            refused, words = await client.send_message(message)
    finally:
        line.close()
    if refused:
        told = "; ".join(f"{name}: {answer.code} {answer.message}" for name, answer in refused.items())
        return Outcome(is_delivered=True, words=f"{words}; {told}")
    return Outcome(is_delivered=True, words=words)


def mail_of(
    way: Way, addresses: str, letter: Letter, enclosures: Sequence[Enclosure], *, at: datetime, key: str
) -> EmailMessage:
    """The mail: text, its HTML beside it if there is one, and files."""
    message = EmailMessage()
    message["Subject"] = _line(letter.subject)
    name, _, host = way.sender.partition("@")
    message["From"] = Address(_line(way.sender_name), name, host)
    message["To"] = ", ".join(one.strip() for one in addresses.split(",") if one.strip())
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<otklik-{key}@{host}>" if key else make_msgid(domain=host)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text or letter.subject)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
        page = message.get_body(("html",))
        for one in enclosures:
            if one.content_id and page is not None:
                main, _, sub = one.media_type.partition("/")
                page.add_related(one.content, maintype=main, subtype=sub, cid=f"<{one.content_id}>")
    for one in enclosures:
        if one.content_id:
            continue
        main, _, sub = one.media_type.partition("/")
        message.add_attachment(
            one.content,
            maintype=main or "application",
            subtype=sub or "octet-stream",
            filename=_line(one.name),
        )
    return message


def _line(text: str) -> str:
    """A header has one line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
