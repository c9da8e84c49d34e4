"""Brings a database's schema up to date, and says whether it is.

The revisions stand in `otklik/migrations/versions/`. They go forward only: what is older is renewed, and a
schema that is newer than this program is refused, since an older program would write what the newer no longer
reads. Alembic is loaded only when there is something to do: a start asks at each time whether there is.
"""

import ast
from pathlib import Path

import otklik
from otklik.database import schema_revision

FOLDER = Path(otklik.__file__).parent / "migrations"


class SchemaRefused(Exception):
    """The database's schema is newer than this program."""


def upgrade(database_url: str) -> None:
    """Run the revisions that are missing. Not to be called where an event loop runs: use a thread."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    configuration = Config()
    configuration.set_main_option("script_location", str(FOLDER))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["database_url"] = database_url
    try:
        command.upgrade(configuration, "head")
    except CommandError as error:
        if "Can't locate revision" in str(error):
            raise SchemaRefused(
                "The database was made by a newer Otklik than this one: install that, or restore a backup."
            ) from error
        raise


def revisions() -> dict[str, str | None]:
    """Every revision of this program, with the one before it."""
    found = {}
    for file in sorted((FOLDER / "versions").glob("*.py")):
        names: dict[str, str | None] = {}
        for node in ast.parse(file.read_text("utf-8")).body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() | None as value))
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str() | None as value))
                ):
                    names[name] = value
        if revision := names.get("revision"):
            found[revision] = names.get("down_revision")
    return found


def newest_revision() -> str | None:
    """The revision that this program wants: the one that no other follows."""
    found = revisions()
    return next((revision for revision in found if revision not in found.values()), None)


def is_known(revision: str) -> bool:
    """True if this program has the revision."""
    return revision in revisions()


async def is_up_to_date(database_url: str) -> bool:
    """True if the database stands at the newest revision."""
    return await schema_revision(database_url) == newest_revision()
