"""How each kind of way is spoken to: the request that it documents, and what its answer means."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from otklik.channels.systems.failures import AskFailed
from otklik.channels.systems.mailing import send_mail
from otklik.channels.systems.posting import Answered, post
from otklik.deliveries.model import Enclosure, Letter, Outcome, Way, WayKind

SECONDS = 15.0
LONGEST = {WayKind.TELEGRAM: 4096, WayKind.MAX: 4000, WayKind.SLACK: 12_000, WayKind.TEAMS: 12_000}
JSON = {"Content-Type": "application/json; charset=utf-8"}
_FINAL = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})
"""Trying the same again gives the same."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


async def send(
    way: Way,
    secret: str,
    address: str,
    letter: Letter,
    enclosures: Sequence[Enclosure],
    *,
    at: datetime,
    delivery_id: int,
) -> Outcome:
    """What came of it; never raises for what the other side does."""
    if way.kind is WayKind.EMAIL:
        return await send_mail(way, secret, address, letter, enclosures, at=at, key=str(delivery_id))
    try:
        request = request_of(way, secret, address, letter, at=at, delivery_id=delivery_id)
        answered = await post(
            request.url,
            request.body,
            request.headers,
            allowed_hosts=way.allowed_hosts,
            ca=way.ca,
            seconds=SECONDS,
        )
    except AskFailed as failed:
        return Outcome(is_delivered=False, words=failed.reason)
    return judged(way.kind, answered)


def request_of(
    way: Way, secret: str, address: str, letter: Letter, *, at: datetime, delivery_id: int
) -> Request:
    """The request of a kind of way. Raises AskFailed `secret_unfit`."""
    secret = secret.strip()
    text = f"{letter.subject}\n{letter.text}".strip()
    text = text[: LONGEST.get(way.kind, len(text))]
    base = way.address.rstrip("/")
    match way.kind:
        case WayKind.TELEGRAM:
            body = {"chat_id": address.strip(), "text": text, "link_preview_options": {"is_disabled": True}}
            return _json(f"{base}/bot{quote(secret, safe=':')}/sendMessage", body)
        case WayKind.MAX:
            chat = address.strip()
            # A person is written to by his own id, a chat by that of the chat.
            place = f"user_id={quote(chat[5:])}" if chat.startswith("user:") else f"chat_id={quote(chat)}"
            return _json(f"{base}/messages?{place}", {"text": text}, {"Authorization": secret})
        case WayKind.SLACK:
            return _json(_secret_address(way, secret), {"text": text})
        case WayKind.TEAMS:
            return _json(_secret_address(way, secret), card_of(letter, text))
        case _:
            told = {
                "id": str(delivery_id),
                "at": at.isoformat(timespec="milliseconds"),
                "topic": letter.topic,
                "subject": letter.subject,
                "text": letter.text,
            }
            request = _json(way.address, told)
            return Request(request.url, request.body, request.headers | signature(secret, at, request.body))


def signature(secret: str, at: datetime, body: bytes) -> dict[str, str]:
    """Headers by which the receiver knows us: HMAC-SHA-256 of the moment in seconds, a point, the body."""
    if not secret:
        return {}
    moment = str(int(at.timestamp()))
    told = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Otklik-Signature": f"t={moment},v1={told}"}


def card_of(letter: Letter, text: str) -> dict[str, Any]:
    """An Adaptive Card, which is what a Teams workflow takes."""
    blocks: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": letter.subject, "weight": "Bolder", "wrap": True}
    ]
    rest = text.removeprefix(letter.subject).strip()
    if rest:
        blocks.append({"type": "TextBlock", "text": rest.replace("\n", "\n\n"), "wrap": True})
    card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
    content_type = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": content_type, "content": card}]}


def judged(kind: WayKind, answered: Answered) -> Outcome:
    """What an answer means: Telegram and MAX say in the body whether it was taken."""
    said = _object(answered.words)
    wait = answered.retry_after
    words = answered.words.strip()
    is_taken = answered.is_well
    if kind is WayKind.TELEGRAM and said:
        is_taken = is_taken and said.get("ok") is True
        words = str(said.get("description", words))
        asked = said.get("parameters")
        if isinstance(asked, dict) and isinstance(asked.get("retry_after"), int):
            wait = float(asked["retry_after"])
    elif kind is WayKind.MAX and said:
        is_taken = is_taken and "message" in said and "code" not in said
        if "code" in said:
            words = f"{said['code']}: {said.get('message', '')}"
    if is_taken:
        return Outcome(is_delivered=True, words=str(answered.status))
    return Outcome(
        is_delivered=False,
        words=f"{answered.status} {words}".strip(),
        is_final=answered.status in _FINAL,
        wait=None if wait is None else timedelta(seconds=wait),
    )


def _secret_address(way: Way, secret: str) -> str:
    """The whole address, which must lead where the way says that it leads."""
    given, told = urlsplit(secret), urlsplit(way.address)
    if not secret or (given.scheme, given.netloc.lower()) != (told.scheme, told.netloc.lower()):
        raise AskFailed("secret_unfit")
    return secret


def _json(url: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Request:
    return Request(url, json.dumps(body, ensure_ascii=False).encode(), JSON | (headers or {}))


def _object(words: str) -> dict[str, Any]:
    try:
        found = json.loads(words)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
