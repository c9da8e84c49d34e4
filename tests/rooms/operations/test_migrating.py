"""The schema comes up to date once, and is not touched by an older program."""

import asyncio
import sys

import pytest
from alembic.script import ScriptDirectory

from otklik import database
from otklik.operations import migrating

pytestmark = pytest.mark.database


async def test_empty_database_comes_to_the_newest_revision(empty_database_url):
    assert await database.schema_revision(empty_database_url) is None

    await asyncio.to_thread(migrating.upgrade, empty_database_url)

    assert await migrating.is_up_to_date(empty_database_url)


async def test_second_run_changes_nothing(database_url):
    before = await tables(database_url)

    await asyncio.to_thread(migrating.upgrade, database_url)

    assert await tables(database_url) == before


async def test_three_nodes_may_migrate_at_once(empty_database_url):
    code = f"from otklik.operations import migrating; migrating.upgrade({empty_database_url!r})"
    nodes = [await asyncio.create_subprocess_exec(sys.executable, "-c", code) for _ in range(3)]

    assert [await node.wait() for node in nodes] == [0, 0, 0]
    assert await migrating.is_up_to_date(empty_database_url)


async def test_schema_of_a_newer_program_is_refused(database_url):
    connection = await database.connect(database_url, name="test")
    await connection.execute("update alembic_version set version_num = '9999'")
    await connection.close()

    with pytest.raises(migrating.SchemaRefused, match="newer Otklik"):
        await asyncio.to_thread(migrating.upgrade, database_url)


def test_revisions_are_one_line_from_the_first_to_the_newest():
    script = ScriptDirectory(str(migrating.FOLDER))

    assert migrating.newest_revision() == script.get_current_head()
    assert set(migrating.revisions()) == {found.revision for found in script.walk_revisions()}


async def tables(database_url: str) -> list[tuple[str, str]]:
    """Every column there is."""
    connection = await database.connect(database_url, name="test")
    rows = await connection.fetch(
        "select table_name || '.' || column_name, data_type from information_schema.columns "
        "where table_schema = 'public' order by 1"
    )
    await connection.close()
    return [(row[0], row[1]) for row in rows]
