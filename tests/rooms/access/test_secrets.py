"""Secrets that must be read again are of no use to whoever has the database alone."""

import asyncio
import stat
from pathlib import Path

import pytest

from otklik.access import secrets, service
from otklik.access.secrets import SecretKey, SecretStore
from otklik.vocabulary.ids import SecretId
from otklik.vocabulary.refusals import NotFound, Refused
from tests.rooms.access.conftest import AT, Centre

pytestmark = pytest.mark.database


async def test_secret_comes_back_and_stands_nowhere_in_the_database(
    centre: Centre, tmp_path: Path, database_url: str
) -> None:
    key = SecretKey(tmp_path / "keys")
    secret_id = await centre.do(secrets.write_secret, key, "trunk", "canary-7f3a пароль", at=AT)

    reader = SecretStore(tmp_path / "keys", database_url)
    assert await reader.read(secret_id) == "canary-7f3a пароль"
    async with centre.pool.acquire() as connection:
        raw = await connection.fetchval("select sealed from secret where secret_id = $1", secret_id)
    assert b"canary" not in raw
    await reader.close()


async def test_reader_opens_its_connection_again(centre: Centre, tmp_path: Path, database_url: str) -> None:
    key = SecretKey(tmp_path)
    secret_id = await centre.do(secrets.write_secret, key, "device", "once", at=AT)
    reader = SecretStore(tmp_path, database_url)
    await reader.read(secret_id)

    async with centre.pool.acquire() as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'otklik secrets'"
        )
    for _ in range(3):
        try:
            found = await reader.read(secret_id)
            break
        except Exception:  # noqa: BLE001, the first read after the loss may meet it
            await asyncio.sleep(0.05)
    assert found == "once"
    await reader.close()


async def test_deleted_secret_is_gone(centre: Centre, tmp_path: Path) -> None:
    key = SecretKey(tmp_path)
    secret_id = await centre.do(secrets.write_secret, key, "trunk", "gone", at=AT)

    await centre.do(secrets.delete_secret, secret_id)

    with pytest.raises(NotFound):
        await centre.do(secrets.read_secret, key, secret_id)


async def test_browser_secret_lives_as_long_as_its_sign_in(centre: Centre, tmp_path: Path) -> None:
    await centre.add("anna", "agent")
    opened = await centre.sign_in("anna")
    anna = await centre.asker(opened.token)
    key = SecretKey(tmp_path)
    browser = await centre.do(
        secrets.write_secret, key, "browser", "short", at=AT, sign_in_id=opened.sign_in.sign_in_id
    )
    device = await centre.do(secrets.write_secret, key, "device", "long", at=AT)

    await centre.do(service.sign_out, by=anna, at=AT)

    with pytest.raises(NotFound):
        await centre.do(secrets.read_secret, key, browser)
    assert await centre.do(secrets.read_secret, key, device) == "long"


async def test_sealed_value_moved_to_another_row_does_not_open(centre: Centre, tmp_path: Path) -> None:
    key = SecretKey(tmp_path)
    cheap = await centre.do(secrets.write_secret, key, "device", "cheap", at=AT)
    dear = await centre.do(secrets.write_secret, key, "trunk", "dear", at=AT)

    async with centre.pool.acquire() as connection:
        await connection.execute(
            "update secret set sealed = other.sealed from secret other"
            " where other.secret_id = $1 and secret.secret_id = $2",
            dear,
            cheap,
        )

    with pytest.raises(Refused) as caught:
        await centre.do(secrets.read_secret, key, cheap)
    assert caught.value.code == "secret_unreadable"


def test_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    sealed = SecretKey(folder).seal(SecretId(1), "trunk", "word")

    assert SecretKey(folder).open(SecretId(1), "trunk", sealed) == "word"
    assert stat.S_IMODE((folder / "secrets.key").stat().st_mode) == 0o600
    assert [found.name for found in folder.iterdir()] == ["secrets.key"]


def test_other_key_changed_byte_and_damaged_key_are_told(tmp_path: Path) -> None:
    sealed = SecretKey(tmp_path / "one").seal(SecretId(1), "trunk", "word")

    with pytest.raises(Refused, match="secret_unreadable"):
        SecretKey(tmp_path / "two").open(SecretId(1), "trunk", sealed)
    with pytest.raises(Refused, match="secret_unreadable"):
        SecretKey(tmp_path / "one").open(SecretId(1), "trunk", sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(Refused, match="secret_unreadable"):
        SecretKey(tmp_path / "one").open(SecretId(1), "trunk", b"")
    (tmp_path / "one" / "secrets.key").write_bytes(b"short")
    with pytest.raises(Refused, match="secret_key_damaged"):
        SecretKey(tmp_path / "one")
