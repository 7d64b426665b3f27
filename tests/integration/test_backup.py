"""A backup holds everything, and is restored into either database: all of it or nothing."""

import json
import math
import zipfile
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db import dump, models
from db.session import Database
from segmentation import archive
from segmentation.config import Settings
from segmentation.errors import ArtifactError, BadFileError, ConflictError
from segmentation.modelling.artifacts import sign
from segmentation.services.maintenance import MaintenanceService
from tests.integration.filled import BODY, NOW, contents, fill


def service(database: Database, settings: Settings) -> MaintenanceService:
    return MaintenanceService(database, settings)


@pytest.fixture
def filled(database: Database, settings: Settings) -> Database:
    fill(database, settings.secret())
    return database


def target(url: str, folder: Path, **changes: str) -> tuple[Database, Settings]:
    settings = Settings(**{"data_dir": folder, "database_url": url, "secret_key": "secret-of-the-tests", **changes})
    settings.make_folders()
    return Database(settings.url), settings


@pytest.mark.postgresql
@pytest.mark.parametrize("onto", ["sqlite", "postgresql"])
def test_every_row_comes_back_on_either_database(filled, settings, tmp_path, onto, request):
    written = service(filled, settings).backup(tmp_path / "all.kindred")
    before = contents(filled)
    assert (written["rows"], written["tables"]) == (sum(map(len, before.values())), len(before))
    assert all(before.values()), "a table without a row tests nothing"
    assert (tmp_path / "all.kindred").stat().st_mode & 0o777 == 0o600
    url = f"sqlite:///{tmp_path}/other.db" if onto == "sqlite" else _another_postgresql(request)
    database, other = target(url, tmp_path / "other")
    service(database, other).upgrade()
    read = service(database, other).restore(tmp_path / "all.kindred")
    assert read["rows"] == written["rows"]
    after = contents(database)
    job = after["job"][0]
    assert (job.pop("status"), job.pop("error") is not None, job.pop("finished_at") is not None) == (
        "failed",
        True,
        True,
    )
    for name in ("status", "error", "finished_at"):
        before["job"][0].pop(name)
    assert after == before
    assert after["dataset"][0]["created_at"] == NOW.astimezone(UTC)
    with database.writing() as session:  # the next id is free
        session.add(models.Dataset(slug="next", name="Next", created_at=NOW, updated_at=NOW))
    database.dispose()


def _another_postgresql(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue("postgresql_server")
    admin = Database(server.replace("/template_kindred", "/postgres"))
    name = f"o_{abs(hash(request.node.name)) % 10**8}"
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return server.replace("/template_kindred", f"/{name}")


def test_a_backup_is_one_moment_although_work_goes_on(filled, settings, tmp_path, monkeypatch):
    read = dump.read

    def read_while_somebody_writes(connection: sa.Connection, table: sa.Table) -> Any:
        if table.name == "dataset":
            with filled.writing() as session:
                session.add(
                    models.Recipe(dataset_id=7, name="late", version=1, spec={}, created_at=NOW, created_by="x")
                )
        return read(connection, table)

    monkeypatch.setattr(dump, "read", read_while_somebody_writes)
    service(filled, settings).backup(tmp_path / "all.kindred")
    with archive.open_checked(tmp_path / "all.kindred") as reader:
        assert reader.rows("recipe") == 1


def test_restore_refuses_a_store_with_datasets_and_changes_nothing(filled, settings, tmp_path):
    service(filled, settings).backup(tmp_path / "all.kindred")
    before = contents(filled)
    with pytest.raises(ConflictError, match="KINDRED_DATA_DIR or KINDRED_DATABASE_URL to a new place"):
        service(filled, settings).restore(tmp_path / "all.kindred")
    assert contents(filled) == before


def test_an_interrupted_restore_leaves_nothing(filled, settings, tmp_path, monkeypatch, request):
    service(filled, settings).backup(tmp_path / "all.kindred")
    database, other = target(f"sqlite:///{tmp_path}/other.db", tmp_path / "other")
    service(database, other).upgrade()
    write = dump.write

    def write_and_fail(connection: sa.Connection, table: sa.Table, batches: Any) -> int:
        if table.name == "customers_shop":
            write(connection, table, batches)
            raise KeyboardInterrupt
        return write(connection, table, batches)

    monkeypatch.setattr(dump, "write", write_and_fail)
    with pytest.raises(KeyboardInterrupt):
        service(database, other).restore(tmp_path / "all.kindred")
    assert not any(contents(database).values())
    assert "customers_shop" not in sa.inspect(database.engine).get_table_names()
    monkeypatch.undo()
    service(database, other).restore(tmp_path / "all.kindred")  # and it can be done again
    database.dispose()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "does not exist"),
        (lambda path: path.write_bytes(b"PK, but no zip"), "is not a backup of Kindred"),
        (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "cut short"),
        (lambda path: _flip_a_bit(path, b"Big, "), "damaged"),
        (lambda path: _manifest(path, schema="0000"), "is of schema 0000"),
        (lambda path: _manifest(path, format=99), "backup of format 99"),
        (lambda path: _manifest(path, rows=1), "says 1 rows"),
    ],
    ids=["missing", "another file", "cut", "a bit", "schema", "format", "rows"],
)
def test_a_file_that_is_not_whole_is_refused(sqlite_database, sqlite_settings, tmp_path, damage, message):
    fill(sqlite_database, sqlite_settings.secret())
    path = tmp_path / "all.kindred"
    service(sqlite_database, sqlite_settings).backup(path)
    damage(path)
    database, other = target(f"sqlite:///{tmp_path}/other.db", tmp_path / "other")
    service(database, other).upgrade()
    with pytest.raises(BadFileError, match=message):
        service(database, other).restore(path)
    assert not any(contents(database).values())
    database.dispose()


def _flip_a_bit(path: Path, _where: bytes) -> None:
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as whole:
        content[whole.getinfo("dataset.arrows").header_offset + 200] ^= 1
    path.write_bytes(content)


def _manifest(path: Path, **changes: Any) -> None:
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members[archive.MANIFEST] = json.dumps({**json.loads(members[archive.MANIFEST]), **changes}).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)


def test_models_are_vouched_for_by_the_secret_of_the_new_place(sqlite_database, sqlite_settings, tmp_path):
    fill(sqlite_database, sqlite_settings.secret())
    written = service(sqlite_database, sqlite_settings).backup(tmp_path / "all.kindred")
    assert "secret is not in the file" in written["warnings"][0]
    assert b"secret-of-the-tests" not in (tmp_path / "all.kindred").read_bytes()
    place = f"sqlite:///{tmp_path}/other.db"
    database, stranger = target(place, tmp_path / "other", secret_key="another")
    service(database, stranger).upgrade()
    with pytest.raises(ArtifactError, match="set KINDRED_PREVIOUS_SECRET_KEY"):
        service(database, stranger).restore(tmp_path / "all.kindred")
    assert not any(contents(database).values())
    _, told = target(place, tmp_path / "other", secret_key="another", previous_secret_key="secret-of-the-tests")
    service(database, told).restore(tmp_path / "all.kindred")
    signed = sign(BODY, dataset="shop", version=12, secret="another")
    assert contents(database)["model_artifact"][0]["hmac"] == signed.hmac
    database.dispose()


def test_a_local_installation_moves_with_its_backup(tmp_path):
    here, there = Settings(data_dir=tmp_path / "here"), Settings(data_dir=tmp_path / "there")
    databases = []
    for settings in (here, there):
        settings.make_folders()
        databases.append(Database(settings.url))
        service(databases[-1], settings).upgrade()
    fill(databases[0], here.secret())
    written = service(databases[0], here).backup(tmp_path / "all.kindred")
    assert "keep it where only you can read it" in written["warnings"][0]
    service(databases[1], there).restore(tmp_path / "all.kindred")
    signed = sign(BODY, dataset="shop", version=12, secret=there.secret())
    assert contents(databases[1])["model_artifact"][0]["hmac"] == signed.hmac
    assert here.secret() != there.secret()
    for database in databases:
        database.dispose()


def test_a_failing_backup_leaves_the_last_one(sqlite_database, sqlite_settings, tmp_path, monkeypatch):
    (tmp_path / "all.kindred").write_text("the last one")
    monkeypatch.setattr(dump, "size_in_bytes", lambda _: math.inf)
    with pytest.raises(Exception, match="not enough disk space"):
        service(sqlite_database, sqlite_settings).backup(tmp_path / "all.kindred")
    assert [path.name for path in tmp_path.glob("all*")] == ["all.kindred"]
    assert (tmp_path / "all.kindred").read_text() == "the last one"
    with pytest.raises(BadFileError, match="does not exist; make it"):
        service(sqlite_database, sqlite_settings).backup(tmp_path / "nowhere" / "all.kindred")


def test_what_is_kept_too_long_is_removed(sqlite_database, sqlite_settings):
    import os
    import time

    from segmentation import logs

    old = time.time() - 91 * 86_400
    for folder in (sqlite_settings.uploads, sqlite_settings.logs, sqlite_settings.staging):
        for name, when in (("old.csv", old), ("new.csv", time.time())):
            (folder / name).write_text("x")
            os.utime(folder / name, (when, when))
    assert service(sqlite_database, sqlite_settings).prune() == {"uploads": 1, "logs": 1, "staging": 1}
    assert (sqlite_settings.uploads / "new.csv").exists()
    assert logs.prune(sqlite_settings.uploads, days=1, now=time.time() + 2 * 86_400) == 1


def test_readiness_tells_whether_work_will_be_done(database, settings):
    from segmentation import jobs, processes

    assert service(database, settings).ready()["status"] == "degraded"
    jobs.seen(database, processes.process_name("worker"))
    ready = service(database, settings).ready()
    assert (ready["status"], ready["workers"], ready["waiting"]) == ("ok", 1, 0)
