"""Secrets that must be read again (SIP passwords of trunks and phones): sealed in table `secret`.

AES-256-GCM with the key in HOME/keys/secrets.key (0600), which is in no dump of the database. Each is bound
to its id and kind: a sealed value that is copied to another row does not open. `web` and the first start
write them, the engine process reads them; they stand in no event, snapshot or log.
"""

import asyncio
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from otklik import database
from otklik.access import store
from otklik.access.model import SignInId
from otklik.vocabulary.ids import SecretId
from otklik.vocabulary.refusals import NotFound, Refused

KEY_FILE = "secrets.key"
KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"
SECRET_BYTES = 24
LONGEST_SECRET = 1024
NO_SIGN_IN = SignInId(0)


class SecretKey:
    """Seals and opens. `folder` is HOME/keys; the key is made at its first use and never changed
    afterwards."""

    def __init__(self, folder: Path) -> None:
        self._cipher = AESGCM(_kept_key(folder / KEY_FILE))

    def seal(self, secret_id: SecretId, kind: str, value: str) -> bytes:
        """What is stored: version, nonce, ciphertext with its tag."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, value.encode(), _bound(secret_id, kind))

    def open(self, secret_id: SecretId, kind: str, sealed: bytes) -> str:
        """The value. Raises Refused `secret_unreadable`: another key, or a value moved or changed."""
        if sealed[:1] != VERSION:
            raise Refused("secret_unreadable", secret_id=secret_id)
        nonce = sealed[1 : 1 + NONCE_BYTES]
        try:
            return self._cipher.decrypt(nonce, sealed[1 + NONCE_BYTES :], _bound(secret_id, kind)).decode()
        except InvalidTag:
            raise Refused("secret_unreadable", secret_id=secret_id) from None


def new_secret() -> str:
    """192 random bits in characters that every SIP phone takes."""
    return secrets.token_urlsafe(SECRET_BYTES)


async def write_secret(
    connection: Any,
    key: SecretKey,
    kind: str,
    value: str,
    *,
    at: datetime,
    sign_in_id: SignInId = NO_SIGN_IN,
) -> SecretId:
    """Store a secret. kind: trunk, device, browser. With a sign-in it goes when that ends."""
    secret_id = await store.next_secret_id(connection)
    sealed = key.seal(secret_id, kind, value)
    await store.insert_secret(connection, secret_id, kind, sealed, at=at, sign_in_id=sign_in_id)
    return secret_id


async def read_secret(connection: Any, key: SecretKey, secret_id: SecretId) -> str:
    """The value. Raises NotFound `unknown_secret`, Refused `secret_unreadable`."""
    found = await store.find_secret(connection, secret_id)
    if found is None:
        raise NotFound("unknown_secret", secret_id=secret_id)
    kind, sealed = found
    return key.open(secret_id, kind, sealed)


async def delete_secret(connection: Any, secret_id: SecretId) -> None:
    """Forget a secret; one that is not there is forgotten already."""
    await store.delete_secret(connection, secret_id)


class SecretStore:
    """Reads secrets over a connection of its own, which is opened at first use and again after a loss."""

    def __init__(self, folder: Path, database_url: str, *, name: str = "otklik secrets") -> None:
        self._key = SecretKey(folder)
        self._database_url = database_url
        self._name = name
        self._connection: Any = None
        self._one_at_a_time = asyncio.Lock()

    async def read(self, secret_id: SecretId) -> str:
        """The value. Raises NotFound `unknown_secret`, Refused `secret_unreadable`; outside failures as they
        are."""
        async with self._one_at_a_time:
            if self._connection is None or self._connection.is_closed():
                self._connection = await database.connect(self._database_url, name=self._name)
            return await read_secret(self._connection, self._key, secret_id)

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            await self._connection.close()


def _bound(secret_id: SecretId, kind: str) -> bytes:
    return f"otklik secret {int(secret_id)} {kind}".encode()


def _kept_key(path: Path) -> bytes:
    """The key in a file that only its owner may read; two processes that make it at once get the same one."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first: its key counts
        finally:
            fresh.unlink()
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Refused("secret_key_damaged", path=str(path))
    return key
