"""Is the schema the one this code was written for? And the way to make it so."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from db.errors import SchemaError
from db.session import Database


def alembic_config(url: str) -> Config:
    """Alembic's settings for the migrations that were installed with this code."""
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def head() -> str:
    """The revision this code was written for."""
    revision = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    assert revision is not None
    return revision


def current(database: Database) -> str | None:
    """The revision the database is at; None: no schema yet."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database) -> None:
    """Bring the schema to head, in one transaction; nothing happens when it is there already."""
    found = current(database)
    if found == head():
        return
    _refuse_foreign(database)
    _refuse_unknown(found)
    command.upgrade(alembic_config(database.url), "head")


def check(database: Database) -> None:
    """Raise SchemaError unless the schema is at head; the message names the command that helps."""
    found, expected = current(database), head()
    if found == expected:
        return
    if found is None:
        _refuse_foreign(database)
        raise SchemaError("the database has no Kindred schema yet; run: kindred db upgrade")
    _refuse_unknown(found)
    raise SchemaError(f"the database is at schema {found}, this version needs {expected}; run: kindred db upgrade")


def _refuse_unknown(found: str | None) -> None:
    known = {revision.revision for revision in ScriptDirectory.from_config(alembic_config("")).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaError(
            f"the database is at schema {found}, which this version of Kindred (schema {head()}) does not know; "
            "it was made by a newer version: install that one, or restore a backup"
        )


def _refuse_foreign(database: Database) -> None:
    """A database that holds somebody else's `dataset` table is not ours to migrate."""
    names = inspect(database.engine).get_table_names()
    if "dataset" in names and "alembic_version" not in names:
        raise SchemaError(
            "the database has tables of another program (a table 'dataset' without Kindred's schema); "
            "set KINDRED_DATABASE_URL to an empty database"
        )
