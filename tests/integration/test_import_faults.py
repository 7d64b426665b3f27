"""Killed at any moment, an import is not there or it is whole; real processes, kill -9, both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from segmentation.config import Settings
from segmentation.services import Services
from tests.integration.faulty import COUNTS, ROWS, Shop, counts_of, until, write_file

pytestmark = pytest.mark.slow

MERGED = "INSERT INTO audit_event"  # the last statement of an import's transaction
BEFORE_THE_END = {
    "reading": {"at": "reading the file"},
    "read": {"at": "reading the file", "share": 0.2},
    "checking": {"at": "checking every value"},
    "loading": {"at": "preparing the customers"},
    "loaded": {"at": "storing the customers"},
    "keeping before-images": {"at": "sql", "begins": "INSERT INTO customer_before"},
    "changing customers": {"at": "sql", "begins": "UPDATE customers_"},
    "adding customers": {"at": "sql", "begins": "INSERT INTO customers_"},
    "recording the batch": {"at": "sql", "begins": "UPDATE import_batch"},
    "closing": {"at": "commit", "after": MERGED},
}
AFTERWARDS = {"at": "sql", "begins": "(?s)UPDATE job SET .*status=", "after": MERGED}


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop.opened(settings, tmp_path)
    yield shop
    shop.close()


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    """Of the stored customers it has two thirds, half of them changed; a third of its rows are new."""
    return write_file(tmp_path / "changes.csv", first=ROWS // 3, richer=ROWS // 3)


def test_an_import_killed_at_any_point_is_not_there_or_whole(shop: Shop, changes: Path):
    before, about = shop.stored()
    shop.start_worker()
    for name, point in BEFORE_THE_END.items():
        job = shop.ended(shop.submit(changes, {**point, "then": "kill"}))
        assert shop.here.exists(), name
        shop.here.unlink()
        assert (job.status, "killed by SIGKILL" in str(job.error)) == ("failed", True), name
        assert "nothing of it is kept" in str(job.error)
        rows, told = shop.stored()
        assert told == about, name
        assert rows.equals(before), name
        statuses = [batch.status for batch in shop.batches()]
        assert (statuses.count("committed"), statuses.count("failed")) == (1, len(statuses) - 1), name
    again = shop.ended(shop.submit(changes, {**AFTERWARDS, "then": "kill"}))
    assert shop.here.exists()
    assert (again.status, again.error, counts_of(again.result)) == ("done", None, COUNTS)
    _is_complete(shop)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_job_of_a_killed_worker_is_done_once_by_the_next(shop: Shop, changes: Path):
    first = shop.start_worker()
    job_id = shop.submit(changes, {**BEFORE_THE_END["changing customers"], "then": "kill worker"})
    until(shop.here.exists)
    first.wait()
    shop.plan({**AFTERWARDS, "then": "kill worker"})
    shop.start_worker().wait()
    shop.start_worker()
    job = shop.ended(job_id)
    assert (job.status, counts_of(job.result)) == ("done", COUNTS)
    assert [batch.status for batch in shop.batches()] == ["committed", "failed", "committed"]
    _is_complete(shop)


def test_a_large_file_is_read_again_where_its_worker_was_killed(sqlite_settings: Settings):
    services = Services(sqlite_settings)
    shop = Shop(sqlite_settings, services)
    upload = services.imports.receive("shop.csv", [f"id,age,{'x' * 5000}\n1,30,2\n2,40,3\n".encode()]).id
    point = {"at": "counting in every column"}

    def ask() -> int:
        payload = {"upload": upload, "dataset": None, "options": {}, "likely": None}
        return services.jobs.submit("inspect", payload, None, "ana")

    try:
        shop.plan({**point, "then": "kill worker"})
        first = ask()
        shop.start_worker().wait()
        assert shop.here.exists()
        shop.here.unlink()
        shop.plan({**point, "then": "kill"})
        shop.start_worker()  # frees the job, and the process of this try dies too
        job = shop.ended(first)
        assert (job.status, "killed by SIGKILL" in str(job.error)) == ("failed", True)
        assert services.imports.inspected(upload) is None
        assert shop.ended(ask()).status == "done"
        assert services.imports.inspected(upload) == services.imports.inspect(services.imports.uploaded(upload).path)
        assert not list(sqlite_settings.staging.iterdir())
    finally:
        shop.close()


def _is_complete(shop: Shop) -> None:
    rows, (customers, _next, _state) = shop.stored()
    assert customers == rows.num_rows == 4 * ROWS // 3
    keys = rows["customer_key"].to_pylist()
    assert len(set(keys)) == len(keys)
    richer = range(ROWS // 3, 2 * ROWS // 3)
    spend = dict(zip(keys, rows["spend"].to_pylist(), strict=True))
    assert all(spend[f"C{number}"] == number / 4 + (number in richer) for number in range(customers))
