"""Counts tries to sign in, and makes those wait who guess. The rules stand in `delays.py`."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from otklik.access import delays, store
from otklik.access.service.audit import shown
from otklik.vocabulary.refusals import Refused

KNOWN_ADDRESS_LASTS = timedelta(days=30)


def delay_keys(login: str, address: str) -> tuple[bytes, bytes, bytes]:
    """Pair, address, login."""
    network = delays.network_of(address)
    return _key("pair", login.lower(), network), _key("address", network), login_key(login)


async def count_try(
    connection: Any, keys: tuple[bytes, bytes, bytes], *, login: str, address: str, at: datetime
) -> timedelta:
    """Refuse a try that comes too early, else count it as failed before it is looked at: a hundred at once
    are then no better than one after the other. Gives how much the answer shall be slowed."""
    pair, network, own = keys
    for key in sorted((pair, network)):
        await store.lock_key(connection, key)
    forgotten_before = at - delays.FORGOTTEN_AFTER
    failures = await store.failures_of(connection, [pair, network, own], since=forgotten_before)
    (of_pair, pair_at), (of_network, network_at), (of_login, _) = failures
    left = max(
        _left(delays.wait_of_pair(of_pair), pair_at, at),
        _left(delays.wait_of_address(of_network), network_at, at),
    )
    if left > timedelta(0):
        raise Refused("too_many_attempts", retry_after_seconds=max(1, round(left.total_seconds())))
    for key in (pair, network, own):
        await store.add_failure(connection, key, at=at, forgotten_before=forgotten_before)
    slowing = delays.slowing_of_login(of_login)
    if slowing and not await _is_known_here(connection, login, address, at):
        return slowing
    return timedelta(0)


async def forgive(connection: Any, keys: tuple[bytes, bytes, bytes]) -> None:
    """The password was right: the try counts as none, and those of this pair are forgotten."""
    pair, network, own = keys
    await store.forget_failures(connection, pair)
    await store.take_failure_back(connection, network)
    await store.take_failure_back(connection, own)


def login_key(login: str) -> bytes:
    """Under which the failures of a login are counted."""
    return _key("login", login.lower())


def _key(*words: str) -> bytes:
    return hashlib.sha256("\x00".join(words).encode("utf-8", "surrogatepass")).digest()


def _left(wait: timedelta, since: datetime | None, at: datetime) -> timedelta:
    return wait - (at - since) if wait and since is not None else timedelta(0)


async def _is_known_here(connection: Any, login: str, address: str, at: datetime) -> bool:
    found = await store.find_login(connection, login)
    return found is not None and await store.has_signed_in_from(
        connection, found[0].person_id, shown(address), since=at - KNOWN_ADDRESS_LASTS
    )
