"""Jobs: ask for slow work, watch it, cancel it; or do it here and now (command line)."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from types import FrameType
from typing import Any

from sqlalchemy.orm import Session

from db.models import Job
from db.queries import jobs as queries
from db.session import Database
from segmentation import jobs, processes
from segmentation.config import Settings
from segmentation.errors import Cancelled, ConflictError, NotFoundError
from segmentation.jobs import Claim, Reporter
from segmentation.progress import Progress, no_progress
from segmentation.services import Services

WAIT_S = 0.5


@dataclass(frozen=True)
class JobView:
    """A job as pages and programs see it; ``progress`` is a share in [0, 1]."""

    id: int
    kind: str
    dataset: str | None
    status: str
    progress: float
    phase: str
    result: dict[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancelling: bool

    @property
    def active(self) -> bool:
        """Is it waiting or running?"""
        return self.status in ("queued", "running")

    def as_json(self) -> dict[str, Any]:
        """The same with instants in ISO format."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        }


class JobService:
    """The queue of slow work. Work of one dataset is done one after another."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def submit(self, kind: str, payload: dict[str, Any], dataset_slug: str | None = None, by: str = "") -> int:
        """Ask a worker for work; answers the job's id.

        Raises
        ------
        ConflictError
            The kind of work is not known.
        """
        return self._put(kind, payload, dataset_slug, by, worker=None)

    def job(self, job_id: int) -> JobView:
        """One job; NotFoundError when there is none of this number."""
        with self._database.reading() as session:
            job = queries.job(session, job_id)
            if job is None:
                raise NotFoundError(f"there is no job {job_id}; it may have been of a dataset that was deleted")
            waits = job.status == "queued"
            return replace(_view(job), phase=_waits_for(session, job)) if waits else _view(job)

    def asked(self, kind: str, payload: dict[str, Any]) -> int | None:
        """The job that waits or runs for the very same work; None: there is none."""
        with self._database.reading() as session:
            return next((job.id for job in queries.unfinished(session, kind) if job.payload == payload), None)

    def recent(self, dataset_slug: str | None = None, limit: int = 20) -> list[JobView]:
        """The newest jobs first, of one dataset or of all."""
        with self._database.reading() as session:
            return [_view(job) for job in queries.recent_jobs(session, dataset_slug, limit)]

    def cancel(self, job_id: int) -> JobView:
        """A waiting job is cancelled at once; a running one stops at its next step; a finished one stays."""
        with self._database.writing() as session:
            queries.ask_to_cancel(session, job_id, jobs.now())
        return self.job(job_id)

    def claimed(self, job_id: int, worker: str) -> Claim | None:
        """The claim of a job that `worker` is running; None when it is not its job any more."""
        with self._database.reading() as session:
            job = queries.job(session, job_id)
            return jobs.claim_of(job) if job and job.worker == worker and job.status == "running" else None

    def run_here(
        self,
        kind: str,
        payload: dict[str, Any],
        dataset_slug: str | None = None,
        by: str = "",
        progress: Progress = no_progress,
    ) -> dict[str, Any]:
        """Do work in this process, as a job that others see; waits its turn while the dataset is worked on.

        Ctrl-C and SIGTERM cancel it. Every error of the work is raised here after the job was closed.
        """
        worker = processes.process_name("command")
        job_id = self._put(kind, payload, dataset_slug, by, worker=worker)
        services = Services(self._settings)
        try:
            with _interruptible() as interrupted:
                return self._run(services, job_id, worker, progress, interrupted)
        finally:
            services.close()

    def _run(
        self, services: Services, job_id: int, worker: str, progress: Progress, interrupted: threading.Event
    ) -> dict[str, Any]:
        try:
            claim = self._wait_for_turn(job_id, worker, progress)
            with Reporter(self._database, job_id, worker, progress) as reporter:
                result = jobs.execute(services, claim, reporter)
        except BaseException as error:
            if interrupted.is_set() or isinstance(error, Cancelled | KeyboardInterrupt):
                self._end(job_id, worker, "cancelled", None)
                if (ended := self.job(job_id)).result is not None:
                    return ended.result  # it was stored already
                raise Cancelled("cancelled; nothing of it is kept") from None
            self._end(job_id, worker, "failed", jobs.reason_for(error, job_id))
            raise
        jobs.close(self._database, job_id, worker, "done", result=result)
        return result

    def _wait_for_turn(self, job_id: int, worker: str, progress: Progress) -> Claim:
        while True:
            jobs.reap(self._database)
            claim = jobs.take(self._database, job_id, worker)
            if claim:
                return claim
            with self._database.writing() as session:
                if not queries.beat(session, job_id, worker, jobs.now()):
                    raise Cancelled("cancelled before its turn came")
                job = queries.job(session, job_id)
                waits_for = _waits_for(session, job) if job else ""
            progress(0.0, waits_for)
            time.sleep(WAIT_S)

    def _end(self, job_id: int, worker: str, status: str, error: str | None) -> None:
        if not jobs.close(self._database, job_id, worker, status, error=error):
            with self._database.writing() as session:  # it never began
                queries.withdraw(session, job_id, worker, status, error, jobs.now())

    def _put(self, kind: str, payload: dict[str, Any], slug: str | None, by: str, worker: str | None) -> int:
        if kind not in jobs.HANDLERS:
            raise ConflictError(f"there is no work of the kind {kind!r}; known: {', '.join(jobs.HANDLERS)}")
        with self._database.writing() as session:
            job = Job(
                kind=kind, payload=payload, queue=slug, dataset_id=queries.dataset_id(session, slug), status="queued",
                worker=worker, heartbeat_at=jobs.now() if worker else None, created_at=jobs.now(), created_by=by,
            )  # fmt: skip
            session.add(job)
            session.flush()
            return job.id


def _waits_for(session: Session, job: Job) -> str:
    """Why a queued job has not begun."""
    other = queries.job_in_the_way(session, job.queue)
    if other:
        return f"waiting for job {other.id} ({other.kind.replace('_', ' ')}) of the same dataset"
    if job.worker is None and (running := queries.running_jobs(session)):
        first = running[0]
        of = f" of {first.queue}" if first.queue else ""
        return f"waiting for job {first.id} ({first.kind.replace('_', ' ')}{of}), which the worker is busy with"
    return "waiting for the worker"


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """SIGINT and SIGTERM end the block with KeyboardInterrupt; the event tells it from other errors they cause.

    A library in the middle of its own work may turn the interrupt into an error of its own.
    """
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # signals belong to the main thread; then only `cancel` stops it
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _view(job: Job) -> JobView:
    return JobView(
        id=job.id, kind=job.kind, dataset=job.queue, status=job.status, progress=job.progress, phase=job.phase,
        result=job.result, error=job.error, created_at=job.created_at, started_at=job.started_at,
        finished_at=job.finished_at, cancelling=job.cancel_requested and job.status == "running",
    )  # fmt: skip
