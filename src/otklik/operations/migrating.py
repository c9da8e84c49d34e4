"""Brings a database's schema up to date, and says whether it is.

The revisions stand in `otklik/migrations/versions/`. They go forward only: what is older is renewed, and a
schema that is newer than this program is refused, since an older program would write what the newer no longer
reads.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

import otklik
from otklik.database import schema_revision


class SchemaRefused(Exception):
    """The database's schema is newer than this program."""


def configuration(database_url: str) -> Config:
    """Alembic's configuration without a file: the revisions lie inside the package."""
    found = Config()
    found.set_main_option("script_location", str(Path(otklik.__file__).parent / "migrations"))
    found.set_main_option("path_separator", "os")
    found.attributes["database_url"] = database_url
    return found


def upgrade(database_url: str) -> None:
    """Run the revisions that are missing. Not to be called where an event loop runs: use a thread."""
    try:
        command.upgrade(configuration(database_url), "head")
    except CommandError as error:
        if "Can't locate revision" in str(error):
            raise SchemaRefused(
                "The database was made by a newer Otklik than this one: install that, or restore a backup."
            ) from error
        raise


def newest_revision() -> str | None:
    """The revision that this program wants."""
    return ScriptDirectory.from_config(configuration("")).get_current_head()


def is_known(revision: str) -> bool:
    """True if this program has the revision."""
    return revision in {
        found.revision for found in ScriptDirectory.from_config(configuration("")).walk_revisions()
    }


async def is_up_to_date(database_url: str) -> bool:
    """True if the database stands at the newest revision."""
    return await schema_revision(database_url) == newest_revision()
