"""Jobs run exactly once, whoever dies: real worker processes, killed, on both databases."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db.queries import jobs as queries
from db.session import Database
from segmentation.config import Settings
from segmentation.services.jobs import JobService
from tests.integration import slow_work  # noqa: F401  (adds the kind "nap")
from tests.integration.waiting import begun, ended, lives, until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def service(database: Database, settings: Settings) -> JobService:
    return JobService(database, settings)


def test_a_worker_does_a_job_and_the_store_keeps_its_result(service, start_worker, nap, tmp_path):
    job_id = nap()
    assert service.job(job_id).status == "queued"
    start_worker()
    running = until(lambda: service.job(job_id).progress and service.job(job_id))
    assert (running.status, running.progress, running.phase) == ("running", 0.5, "waiting for the file")
    (tmp_path / "go").touch()
    done = until(lambda: ended(service, job_id))
    assert (done.status, done.progress, done.error) == ("done", 1.0, None)
    assert done.result == {"pid": begun(tmp_path)[0]}  # without the problems, which quote customers
    json.dumps(done.as_json())


def test_kindred_worker_imports_trains_and_scores(service, start_worker, tmp_path):
    rows = [f"{number:03},{20 + number % 3 * 20},{number % 3 * 300 + number % 7}" for number in range(90)]
    (tmp_path / "people.csv").write_text("\n".join(["customer_id,age,spend", *rows]))
    payloads = {
        "import": {"path": str(tmp_path / "people.csv"), "options": {"key": "customer_id"}},
        "train": {"k": 3, "as_of": "2026-01-31"},
        "score": {},
    }
    ids = {kind: service.submit(kind, payload, "shop", by="ann") for kind, payload in payloads.items()}
    start_worker("dashboard", "worker")
    done = {kind: until(lambda job_id=job_id: ended(service, job_id), 90) for kind, job_id in ids.items()}
    assert {kind: (job.status, job.error) for kind, job in done.items()} == dict.fromkeys(ids, ("done", None))
    assert (done["import"].result["created"], done["import"].result["rejected"]) == (90, 0)
    assert done["train"].result["k"] == 3
    assert sum(segment["size"] for segment in done["score"].result["segments"]) == 90
    assert done["import"].started_at < done["train"].started_at < done["score"].started_at  # one dataset, in turn


def test_a_job_that_fails_says_why_and_quotes_no_customer(service, start_worker, nap, tmp_path):
    (tmp_path / "go").touch()
    ours, bug = nap(fails="kindred"), nap(fails="bug")
    start_worker()
    assert until(lambda: ended(service, ours)).error == "k = 9 is above n"
    failed = until(lambda: ended(service, bug))
    assert failed.status == "failed"
    assert "unexpected error (KeyError)" in failed.error
    assert "Jane" not in failed.error


def test_a_killed_child_is_a_failed_job_and_the_worker_goes_on(service, start_worker, nap, tmp_path):
    job_id, next_id = nap(), nap()
    start_worker()
    os.kill(until(lambda: begun(tmp_path))[0], signal.SIGKILL)
    failed = until(lambda: ended(service, job_id))
    assert failed.status == "failed"
    assert "killed by SIGKILL" in failed.error
    (tmp_path / "go").touch()
    assert until(lambda: ended(service, next_id)).status == "done"


def test_the_job_of_a_killed_worker_is_done_by_the_next_one(service, start_worker, nap, tmp_path):
    job_id = nap()
    first = start_worker()
    child = until(lambda: begun(tmp_path))[0]
    first.kill()
    first.wait()
    until(lambda: not lives(child))  # a job without its worker ends too
    (tmp_path / "go").touch()
    start_worker()
    done = until(lambda: ended(service, job_id))
    assert (done.status, len(begun(tmp_path))) == ("done", 2)


@pytest.mark.postgresql
def test_a_worker_outlives_its_connections(postgresql_url, tmp_path, monkeypatch):
    monkeypatch.setenv("KINDRED_DATABASE_URL", postgresql_url)
    settings = Settings(data_dir=tmp_path / "var", database_url=postgresql_url, secret_key="secret-of-the-tests")
    settings.make_folders()
    database = Database(postgresql_url)
    service = JobService(database, settings)
    job_id = service.submit("nap", {"folder": str(tmp_path)}, "shop")
    environment = {**os.environ, "KINDRED_DATA_DIR": str(settings.data_dir), "KINDRED_SECRET_KEY": settings.secret_key}
    command = [sys.executable, "-m", "tests.integration.slow_work", "worker"]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        until(lambda: begun(tmp_path))
        with database.writing() as session:
            others = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert session.connection().exec_driver_sql(others).all()
        (tmp_path / "go").touch()
        assert until(lambda: ended(service, job_id)).status == "done"
        assert (worker.poll(), len(begun(tmp_path))) == (None, 1)
    finally:
        worker.kill()
        worker.wait()
        database.dispose()


def test_a_worker_that_is_asked_to_stop_queues_its_job_again(service, start_worker, nap, tmp_path, database):
    job_id = nap()
    worker = start_worker()
    child = until(lambda: begun(tmp_path))[0]
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert not lives(child)
    assert service.job(job_id).status == "queued"
    with database.reading() as session:
        assert queries.job(session, job_id).attempts == 0  # being stopped is not the job's fault
        assert queries.workers(session) == []


@pytest.mark.parametrize("deaf", [False, *(pytest.param(deaf, marks=pytest.mark.slow) for deaf in (True, "library"))])
def test_a_cancelled_job_stops_also_when_it_does_not_listen(service, start_worker, nap, tmp_path, deaf):
    job_id = nap(deaf=deaf)
    start_worker()
    child = until(lambda: begun(tmp_path))[0]
    assert service.cancel(job_id).cancelling
    assert until(lambda: ended(service, job_id), 60).status == "cancelled"
    until(lambda: not lives(child))
