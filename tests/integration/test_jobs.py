"""Jobs run exactly once, whoever dies: real worker processes, killed, on both databases."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.models import Dataset, ImportBatch, Job
from db.queries import jobs as queries
from db.session import Database
from segmentation import jobs, processes
from segmentation.config import Settings
from segmentation.errors import Cancelled, ConflictError, NotFoundError, TrainingError
from segmentation.services.jobs import JobService
from tests.integration import slow_work  # noqa: F401  (adds the kind "nap")

ROOT = Path(__file__).resolve().parents[2]

CLAIMER = """
import sys
from db.session import Database
from segmentation import jobs, logs, processes
from segmentation.config import load_settings
logs.configure(load_settings())
database, worker = Database(sys.argv[1]), processes.process_name("worker")
misses = 0
while misses < 20:
    claim = jobs.take_next(database, worker)
    misses = 0 if claim else misses + 1
    if claim:
        print(claim.id, flush=True)
        jobs.close(database, claim.id, worker, "done", result={"worker": worker})
"""


def until(true: Callable[[], Any], seconds: float = 90.0) -> Any:
    """What `true` answers as soon as it answers something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = true()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def service(database: Database, settings: Settings) -> JobService:
    return JobService(database, settings)


@pytest.fixture
def start_worker(settings: Settings) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts real workers; those still there at the end of the test are stopped."""
    started: list[subprocess.Popen] = []
    environment = {**os.environ, "KINDRED_DATA_DIR": str(settings.data_dir), "KINDRED_DATABASE_URL": settings.url}
    environment["KINDRED_SECRET_KEY"] = settings.secret_key

    def start(*module: str) -> subprocess.Popen:
        command = [sys.executable, "-m", *(module or ("tests.integration.slow_work", "worker"))]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def nap(tmp_path: Path, service: JobService) -> Callable[..., int]:
    """Asks for work that goes on until the file ``go`` is there."""

    def ask(**payload: Any) -> int:
        return service.submit("nap", {"folder": str(tmp_path), **payload}, "shop", by="test")

    return ask


def begun(folder: Path) -> list[int]:
    """Process ids of the children that began, in order."""
    path = folder / "begun"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def ended(service: JobService, job_id: int) -> Any:
    view = service.job(job_id)
    return None if view.active else view


def lives(pid: int) -> bool:
    """Does the process do anything (a zombie, ended but not yet buried by an orphan's keeper, does not)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_forty_jobs_by_three_workers_run_once_each(service, settings):
    ids = [service.submit("train", {}, f"shop_{number % 7}") for number in range(40)]
    with ThreadPoolExecutor(3) as pool:
        command = [sys.executable, "-c", CLAIMER, settings.url]
        runs = list(
            pool.map(lambda _: subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True), range(3))
        )
    taken = [int(line) for run in runs for line in run.stdout.split()]
    assert sorted(taken) == ids
    assert {service.job(job_id).status for job_id in ids} == {"done"}


def test_jobs_of_one_dataset_take_turns(service, database):
    first, second = service.submit("train", {}, "shop"), service.submit("import", {"path": "a.csv"}, "shop")
    other = service.submit("train", {}, "mall")
    assert [jobs.take_next(database, "worker|h|1|1").id for _ in range(2)] == [first, other]
    assert jobs.take_next(database, "worker|h|2|1") is None
    assert jobs.close(database, first, "worker|h|1|1", "done", result={})
    assert jobs.take_next(database, "worker|h|2|1").id == second


def test_a_worker_does_a_job_and_the_store_keeps_its_result(service, start_worker, nap, tmp_path):
    job_id = nap()
    assert service.job(job_id).status == "queued"
    start_worker()
    running = until(lambda: service.job(job_id).phase and service.job(job_id))
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


@pytest.mark.parametrize("deaf", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_cancelled_job_stops_also_when_it_does_not_listen(service, start_worker, nap, tmp_path, deaf):
    job_id = nap(deaf=deaf)
    start_worker()
    child = until(lambda: begun(tmp_path))[0]
    assert service.cancel(job_id).cancelling
    assert until(lambda: ended(service, job_id), 60).status == "cancelled"
    until(lambda: not lives(child))


def test_a_waiting_job_is_cancelled_at_once_and_a_finished_one_stays(service, database, nap):
    job_id = nap()
    assert service.cancel(job_id).status == "cancelled"
    assert jobs.take_next(database, "worker|h|1|1") is None
    assert service.cancel(job_id).status == "cancelled"


def _held(database: Database, worker: str, **changes: Any) -> int:
    long_ago = jobs.now() - 2 * jobs.LEASE
    values = {"kind": "train", "payload": {}, "status": "running", "created_at": long_ago, "heartbeat_at": long_ago}
    with database.writing() as session:
        job = Job(**{**values, "worker": worker, "queue": None, "attempts": 1, "created_by": "test"} | changes)
        session.add(job)
        session.flush()
        return job.id


def test_the_reaper_frees_what_the_dead_hold_and_nothing_else(database, service):
    elsewhere = "worker|another-host|1|1.00"
    ours = processes.process_name("worker")
    dead_here = ours.rsplit("|", 1)[0] + "|1.00"  # our process id, begun at another time
    silent = _held(database, elsewhere)
    speaking = _held(database, elsewhere, heartbeat_at=jobs.now() - timedelta(seconds=50))
    alive_but_blocked = _held(database, ours)
    here = _held(database, dead_here, heartbeat_at=jobs.now())
    too_often = _held(database, dead_here, attempts=jobs.MAX_ATTEMPTS)
    cancelled = _held(database, dead_here, cancel_requested=True)
    command = _held(database, "command" + dead_here.removeprefix("worker"))
    withdrawn = _held(database, "command" + dead_here.removeprefix("worker"), status="queued")
    assert jobs.reap(database) == [silent, here, too_often, cancelled, command, withdrawn]
    found = {job_id: service.job(job_id).status for job_id in (silent, speaking, alive_but_blocked, here)}
    assert found == {silent: "queued", speaking: "running", alive_but_blocked: "running", here: "queued"}
    assert "died 3 times" in service.job(too_often).error
    assert service.job(cancelled).status == "cancelled"
    assert "the command that ran it ended" in service.job(command).error
    assert service.job(withdrawn).status == "failed"
    assert jobs.reap(database) == []


def test_the_batch_of_a_killed_import_is_closed_with_its_job(database, service):
    when = {"created_at": jobs.now(), "created_by": "test"}
    with database.writing() as session:
        for number, slug in ((1, "shop"), (2, "mall")):
            session.add(Dataset(id=number, slug=slug, name=slug, created_at=jobs.now(), updated_at=jobs.now()))
            session.flush()
            session.add(
                ImportBatch(
                    id=number, dataset_id=number, file_name="a.csv", sha256="", dialect={}, mapping={}, blank="keep",
                    on_duplicate="update", status="running", problem_counts={}, **when,
                )
            )  # fmt: skip
    killed = _held(database, processes.process_name("worker").rsplit("|", 1)[0] + "|1.00", kind="import", queue="shop")
    assert jobs.reap(database) == [killed]
    with database.reading() as session:
        assert [session.get_one(ImportBatch, number).status for number in (1, 2)] == ["failed", "running"]


def test_a_job_that_was_given_away_is_not_closed_by_its_first_worker(database, service):
    job_id = _held(database, "worker|another-host|1|1.00")
    jobs.reap(database)
    assert jobs.take_next(database, "worker|h|2|1").id == job_id
    assert not jobs.close(database, job_id, "worker|another-host|1|1.00", "done", result={})
    assert service.job(job_id).status == "running"


def test_progress_waits_for_a_locked_store_while_the_work_goes_on(sqlite_database, sqlite_settings):
    service = JobService(sqlite_database, sqlite_settings)
    service.submit("nap", {}, "shop")
    claim = jobs.take_next(sqlite_database, "worker|h|1|1")
    with jobs.Reporter(sqlite_database, claim.id, claim.worker) as reporter:
        with sqlite_database.writing():
            begun_at = time.monotonic()
            for step in range(100):
                reporter(step / 100, "merging")
            assert time.monotonic() - begun_at < 0.2
            time.sleep(0.6)
        assert until(lambda: service.job(claim.id).progress, 10) == pytest.approx(0.99)


def test_progress_is_written_at_most_four_times_a_second(sqlite_database, sqlite_settings):
    from sqlalchemy import event

    service = JobService(sqlite_database, sqlite_settings)
    service.submit("nap", {}, "shop")
    claim = jobs.take_next(sqlite_database, "worker|h|1|1")
    written = []
    event.listen(
        sqlite_database.engine, "before_cursor_execute", lambda *args: written.append(args[2].startswith("UPDATE job"))
    )
    with jobs.Reporter(sqlite_database, claim.id, claim.worker) as reporter:
        end = time.monotonic() + 1.1
        while time.monotonic() < end:
            reporter(min((1.1 - end + time.monotonic()) / 1.1, 1), "counting")
            time.sleep(0.001)
    assert 2 <= sum(written) <= 5


def test_a_command_does_its_job_here_and_waits_its_turn(service, nap, tmp_path, database):
    running = nap()
    assert jobs.take_next(database, processes.process_name("worker")).id == running
    (tmp_path / "go").touch()
    seen: list[str] = []
    answers: list[dict] = []
    thread = threading.Thread(
        target=lambda: answers.append(
            service.run_here("nap", {"folder": str(tmp_path)}, "shop", "me", lambda _share, phase: seen.append(phase))
        )
    )
    thread.start()
    until(lambda: seen)
    assert not answers
    jobs.close(database, running, processes.process_name("worker"), "done", result={})
    thread.join(20)
    assert seen[0] == f"waiting for job {running} (nap) of the same dataset"
    assert answers[0]["problems"] == [{"value": "Jane Doe"}]  # the command prints them; the row does not keep them
    assert [view.status for view in service.recent("shop")] == ["done", "done"]


def test_a_command_that_fails_or_is_cancelled_closes_its_job(service, tmp_path):
    (tmp_path / "go").touch()
    with pytest.raises(TrainingError, match="k = 9"):
        service.run_here("nap", {"folder": str(tmp_path), "fails": "kindred"}, "shop")
    assert service.recent("shop")[0].error == "k = 9 is above n"

    def stop(share: float, phase: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Cancelled, match="nothing of it is kept"):
        service.run_here("nap", {"folder": str(tmp_path)}, "shop", progress=stop)
    assert service.recent("shop")[0].status == "cancelled"


def test_unknown_kinds_and_jobs_are_refused(service):
    with pytest.raises(ConflictError, match=r"known: import, .*train"):
        service.submit("dance", {})
    with pytest.raises(NotFoundError, match="no job 4711"):
        service.job(4711)
