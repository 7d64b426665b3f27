"""The queue: who may take a job, who closes it, what is told of it; on both databases."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.models import Dataset, ImportBatch, Job
from db.session import Database
from segmentation import jobs, processes
from segmentation.config import Settings
from segmentation.errors import Cancelled, ConflictError, NotFoundError, TrainingError
from segmentation.services.jobs import JobService
from tests.integration import slow_work  # noqa: F401  (adds the kind "nap")
from tests.integration.waiting import until

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


@pytest.fixture
def service(database: Database, settings: Settings) -> JobService:
    return JobService(database, settings)


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
            assert time.monotonic() - begun_at < 25  # a store that is waited for is given up after 30
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


def test_a_job_that_has_not_begun_says_what_it_waits_for(service, nap, database):
    first, second = nap(), nap()
    assert service.job(first).phase == "waiting for the worker"
    jobs.take_next(database, processes.process_name("worker"))
    assert service.job(second).phase == f"waiting for job {first} (nap) of the same dataset"
    other = service.submit("nap", {}, "bar")
    assert service.job(other).phase == f"waiting for job {first} (nap of shop), which the worker is busy with"
    assert service.job(first).phase == ""


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
    with pytest.raises(ConflictError, match=r"known: .*import, .*train"):
        service.submit("dance", {})
    with pytest.raises(NotFoundError, match="no job 4711"):
        service.job(4711)
