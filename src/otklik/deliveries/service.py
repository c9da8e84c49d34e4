"""What is asked of deliveries: to tell somebody something, in the caller's own transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from otklik.deliveries import store
from otklik.deliveries.model import (
    NEEDS_ADDRESS,
    SECRET_IS_ADDRESS,
    Enclosure,
    Letter,
    Receiver,
    Way,
    WayKind,
    due_at,
)
from otklik.vocabulary.ids import SiteId
from otklik.vocabulary.refusals import Invalid, NotFound, Refused

LONGEST_MAILBOX = 254


def check_way(way: Way) -> None:
    """Raises Invalid: required, address_unfit, mailbox_unfit."""
    if way.kind is WayKind.EMAIL:
        if not way.address:
            raise Invalid("required", "address")
        if not is_mailbox(way.sender):
            raise Invalid("mailbox_unfit", "sender")
    elif way.kind not in SECRET_IS_ADDRESS and not way.address.startswith(("https://", "http://")):
        raise Invalid("address_unfit", "address")


def check_receiver(receiver: Receiver, way: Way) -> None:
    """Raises Invalid: required, mailbox_unfit."""
    if way.kind in NEEDS_ADDRESS and not receiver.address.strip():
        raise Invalid("required", "address")
    if way.kind is WayKind.EMAIL:
        check_mailboxes(receiver.address, "address")


def check_mailboxes(addresses: str, place: str) -> list[str]:
    """Mailboxes with commas between them. Invalid `mailbox_unfit`."""
    found = [one.strip() for one in addresses.split(",") if one.strip()]
    if not found or any(not is_mailbox(one) for one in found):
        raise Invalid("mailbox_unfit", place)
    return found


def is_mailbox(text: str) -> bool:
    """Whether it may be written on an envelope: one @, no spaces and no signs that end a header."""
    name, at, host = text.partition("@")
    is_plain = text.isprintable() and not any(sign in text for sign in " <>\"',;:()[]\\")
    return bool(at and name and host and "@" not in host and is_plain and len(text) <= LONGEST_MAILBOX)


async def tell(  # noqa: PLR0913 - a letter, where it comes from and when
    connection: Any,
    site_id: SiteId,
    receiver: Receiver,
    letter: Letter,
    *,
    source: str,
    source_id: int,
    at: datetime,
    zone: str,
    is_critical: bool = False,
) -> int:
    """Something for a receiver, at once or at the end of his quiet hours; gives the delivery's id."""
    return await store.add_delivery(
        connection,
        site_id,
        way_id=receiver.way_id,
        receiver_id=receiver.receiver_id,
        address=receiver.address,
        letter=letter,
        source=source,
        source_id=source_id,
        at=at,
        due=due_at(receiver, at, zone, is_critical=is_critical),
    )


async def mail(  # noqa: PLR0913 - a mail, where it comes from and what goes with it
    connection: Any,
    site_id: SiteId,
    addresses: str,
    letter: Letter,
    *,
    source: str,
    source_id: int,
    at: datetime,
    enclosures: Sequence[Enclosure] = (),
    way_id: int = 0,
) -> int:
    """A mail with files, by the first mail server that is on (or the one named); gives the delivery's id.

    addresses: mailboxes with commas between them. Invalid `mailbox_unfit`; Refused `no_mail_server`.
    """
    check_mailboxes(addresses, "address")
    ways = await store.list_ways(connection, site_id)
    fit = [one for one in ways if one.kind is WayKind.EMAIL and one.is_on and way_id in (0, one.way_id)]
    if not fit:
        raise Refused("no_mail_server")
    return await store.add_delivery(
        connection,
        site_id,
        way_id=fit[0].way_id,
        receiver_id=0,
        address=addresses,
        letter=letter,
        source=source,
        source_id=source_id,
        at=at,
        due=at,
        enclosures=enclosures,
    )


async def find_way(connection: Any, site_id: SiteId, way_id: int) -> Way:
    """NotFound `unknown_way`."""
    found = await store.find_way(connection, site_id, way_id)
    if found is None:
        raise NotFound("unknown_way", way_id=way_id)
    return found


def chosen(
    receivers: Iterable[Receiver],
    *,
    receiver_ids: Iterable[int] = (),
    person_ids: Iterable[int] = (),
    team_ids: Iterable[int] = (),
) -> list[Receiver]:
    """Those that are named, and those of the people and teams named; each once, none that is off."""
    # 0 is nobody's: it names no one.
    wanted, persons, teams = set(receiver_ids), set(person_ids) - {0}, set(team_ids) - {0}
    return [
        one
        for one in receivers
        if one.is_on
        and (one.receiver_id in wanted or int(one.person_id) in persons or int(one.team_id) in teams)
    ]
