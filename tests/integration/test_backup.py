"""A backup holds everything, and is restored into either database: all of it or nothing."""

import json
import math
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from db import before, customers, dump, models, transactions
from db.bulk import bulk_insert
from db.session import Database
from segmentation import archive
from segmentation.config import Settings
from segmentation.errors import ArtifactError, BadFileError, ConflictError
from segmentation.modelling.artifacts import sign
from segmentation.services.maintenance import MaintenanceService

NOW = datetime(2026, 1, 31, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=5)))
BODY = bytes(range(256)) * 5


def fill(database: Database, secret: str) -> None:
    """At least one row in every table, with the values that are lost most easily."""
    attributes = [
        models.Attribute(dataset_id=7, position=place, name=name, label=name, kind=kind, source_header=name)
        for place, (name, kind) in enumerate(
            {"spend": "number", "member": "flag", "city": "category", "since": "date", "note": "text"}.items()
        )
    ]
    by = {"created_at": NOW, "created_by": "test"}
    with database.writing() as session:
        session.add(
            models.Dataset(id=7, slug="shop", name="Shop", customers=3, state="s1", created_at=NOW, updated_at=NOW)
        )
        session.add(
            models.FileFormat(
                id=8, dataset_id=7, signature="ab", choices={"delimiter": ";"}, updated_at=NOW, updated_by="test"
            )
        )
        session.add(models.AuditEvent(id=9, at=NOW, actor="test", action="import", dataset="shop", details={"n": 3}))
        session.flush()
        session.add_all(attributes)
        session.add(
            models.ImportBatch(
                id=3, dataset_id=7, file_name="ä.csv", sha256="0", dialect={"delimiter": ";"}, mapping={}, blank="keep",
                on_duplicate="update", status="committed", rows_read=4, created=3, rejected=1, problem_counts={"x": 1},
                **by,
            )
        )  # fmt: skip
        session.add(
            models.Job(id=5, kind="train", dataset_id=7, queue="shop", payload={"k": 3}, status="running", **by)
        )
        session.add(models.Recipe(id=2, dataset_id=7, name="all_usable", version=1, spec={"features": ["spend"]}, **by))
        session.add(
            models.SegmentIdentity(id=4, dataset_id=7, slug="big", name='Big, "spenders"', colour=1, created_at=NOW)
        )
        session.flush()
        session.add(
            models.ImportProblem(
                batch_id=3,
                row_number=2,
                column="spend",
                value="",
                expected="1,5\nor more",
                cause="type",
                severity="error",
            )
        )
        session.add(
            models.Strategy(
                identity_id=4, objective="Win back", owner="ann", status="draft", updated_at=NOW, updated_by="ann"
            )
        )
        for number, parent in ((11, None), (12, 11)):
            session.add(
                models.ModelVersion(
                    id=number, dataset_id=7, recipe_id=2, parent_id=parent, algorithm="kmeans", parameters={}, k=1,
                    reason="fixed", seed=42, as_of=date(2026, 1, 31), customers=3, dataset_state="s1",
                    metrics={"silhouette": 0.1 + 0.2}, selection=[{"k": 1, "gap": None}], reality_check=None,
                    stability=None, preparation=[], projection={}, libraries={}, duration_s=0.5, **by,
                )
            )  # fmt: skip
            session.flush()
        signed = sign(BODY, dataset="shop", version=12, secret=secret)
        session.add(models.ModelArtifact(model_version_id=12, body=signed.body, sha256=signed.sha256, hmac=signed.hmac))
        session.add(models.ModelAlias(dataset_id=7, model_version_id=12, since=NOW, set_by="test"))
        session.add(
            models.ScoringRun(
                id=21, dataset_id=7, model_version_id=12, as_of=date(2026, 1, 31), customers=3, value=None,
                borderline=0, dataset_state="s1", **by,
            )
        )  # fmt: skip
        session.add(
            models.Segment(
                id=31, model_version_id=12, identity_id=4, label=0, position=0, auto_name="Big", size=3, centroid={}
            )
        )
        session.flush()
        session.add(
            models.RunSegment(
                scoring_run_id=21, segment_id=31, customers=3, borderline=0, confidence={}, typical=[1], border=[]
            )
        )
        session.add(
            models.SegmentProfile(
                scoring_run_id=21, attribute="spend", label="Spend", kind="number", used=True, customers=2, missing=1
            )
        )
        session.add(
            models.ProjectionPoint(
                scoring_run_id=21, customer_id=1, segment_id=31, x=1.5, y=-2.0, z=1 / 3, confidence=1.0
            )
        )
        session.add_all(
            models.Assignment(scoring_run_id=21, customer_id=number, segment_id=31, confidence=1.0, distance=0.1)
            for number in (1, 2, 3)
        )
        connection = session.connection()
        table = customers.create(connection, "shop", attributes)
        rows = pa.record_batch(
            {
                "customer_id": [1, 2, 3],
                "customer_key": ["0001", "0002", "ö\n3"],
                "import_batch_id": [3, 3, None],
                "spend": [0.1, None, 1e300],
                "member": [True, False, None],
                "city": ["", None, 'a,"b"'],
                "since": pa.array(["2020-02-29 01:02:03", None, "1899-01-01"]).cast(pa.timestamp("us")),
                "note": ["=1+1", "\\N", None],
            }
        )
        bulk_insert(connection, table, [rows])
        images = before.create(connection, "shop", attributes)
        image = {"_changed_by": 3, "customer_id": 1, "import_batch_id": None, "spend": 0.3, "member": True}
        connection.execute(sa.insert(images), [image])
        lines = pa.record_batch(
            {
                "customer_key": ["0001", "unknown"],
                "occurred_at": pa.array(["2025-12-31 23:00:00", "2026-01-01 00:00:00"]).cast(pa.timestamp("us")),
                "amount": [12.34, -5.0],
                "category": [None, "wine"],
                "import_batch_id": [3, 3],
            }
        )
        transactions.load(connection, "shop", [lines])


def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as Python values."""
    with database.reading() as session:
        connection = session.connection()
        tables = [*dump.fixed_tables(), *dump.dataset_tables(connection)]
        return {
            table.name: [row._asdict() for row in connection.execute(sa.select(table).order_by(*list(table.c)[:2]))]
            for table in tables
            if dump.exists(connection, table)
        }


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
