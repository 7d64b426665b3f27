"""Slow work: who does a job, how far it is, and what becomes of it when its process dies.

Every step is one short transaction of its own, never inside the transaction of the work. A store that is locked
by a long import makes a step wait, not fail: a lease lasts a minute, and where one machine holds all workers
(as with SQLite) a process that lives is never taken for dead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

from db.queries import jobs as queries
from db.session import Database
from segmentation import processes
from segmentation.afterwards import stored_result
from segmentation.errors import Cancelled, ConflictError, KindredError, as_store_error
from segmentation.progress import Progress, no_progress

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.models import Job
    from segmentation.services import Services

LEASE = timedelta(seconds=60)  # a worker on another host that says nothing for so long is dead
BEAT_S = 10.0
WRITE_S = 0.25  # at most four progress writes a second
MAX_ATTEMPTS = 3
STORE_IS_AWAY = (OperationalError, InterfaceError)  # locked for long, restarted, or the network failed: try again

Handler = Callable[["Services", str, dict[str, Any], str, Progress], dict[str, Any]]
Answer = TypeVar("Answer")
log = structlog.get_logger()


@dataclass(frozen=True)
class Claim:
    """A job this process may do."""

    id: int
    kind: str
    dataset: str | None
    payload: dict[str, Any]
    by: str
    worker: str


def _import(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    from segmentation.services.imports import ImportOptions

    options = dict(payload.get("options", {}))
    if options.get("rejects"):
        options["rejects"] = Path(options["rejects"])
    result = services.imports.import_file(
        Path(payload["path"]), slug, ImportOptions(**options), by=by, progress=progress, upload=payload.get("upload")
    ).as_json()
    return result if options.get("dry_run") else _summarised(services, slug, result)


def _inspect(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    from segmentation.services.imports import ImportOptions

    options = ImportOptions(**payload["options"])
    services.imports.inspect_upload(payload["upload"], payload["dataset"], options, payload["likely"], progress)
    return {}


def _train(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    from segmentation.services.training import TrainOptions

    result = services.training.train(slug, TrainOptions(**payload), by=by, progress=progress).as_json()
    return _summarised(services, slug, result)


def _score(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    result = services.scoring.score(slug, payload.get("version"), payload.get("as_of"), by=by, progress=progress)
    return _summarised(services, slug, result.as_json())


def _undo(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    return _summarised(services, slug, services.imports.undo(payload["batch"], by=by, progress=progress))


def _summarised(services: Services, slug: str, result: dict[str, Any]) -> dict[str, Any]:
    """The result of a job that changed the customers or their segments, once what pages read of all is computed.

    What is stored stays stored where that fails: the page computes it again, and tells why it cannot.
    """
    try:
        services.rfm.view(slug)
        services.exploring.refresh(slug)
    except KindredError as error:
        log.warning("summary_failed", dataset=slug, reason=str(error))
    return result


def _snapshot(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    return services.studies.prepare(slug, progress)


def _dependence(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    return services.studies.dependence(slug, payload, progress)


def _compare_recipes(
    services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress
) -> dict[str, Any]:
    return services.studies.compare(slug, payload, progress)


def _compare_versions(
    services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress
) -> dict[str, Any]:
    return services.comparison.measure(payload["first"], payload["second"], progress)


def _regroup(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    version, segment, other = payload["version"], payload["segment"], payload.get("merge_with")
    if other is None:
        split = services.regrouping.split(slug, version, segment, by, progress)
        return _summarised(services, slug, split.as_json())
    merged = services.regrouping.merge(slug, version, segment, other, by, progress)
    return _summarised(services, slug, merged.as_json())


def _explore(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    return {"columns": services.exploring.refresh(slug, progress)}


def _compare(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    from segmentation.services.leaderboard import CompareOptions

    return services.leaderboard.compare(slug, CompareOptions(**payload), progress)


def _group(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    from segmentation.services.groups import Group

    return services.groups.run(slug, Group.of(payload["group"]), payload["changes"], progress).as_json()


def _ask_again(services: Services, slug: str, payload: dict[str, Any], by: str, progress: Progress) -> dict[str, Any]:
    return {"version": services.scenarios.rerun(payload["scenario"], by, progress).newest.version}


HANDLERS: dict[str, Handler] = {
    "explore": _explore,
    "import": _import, "inspect": _inspect, "undo": _undo, "train": _train, "score": _score, "snapshot": _snapshot,
    "dependence": _dependence, "compare_recipes": _compare_recipes, "compare_versions": _compare_versions,
    "compare": _compare, "regroup": _regroup,
    "group_whatif": _group, "rerun_scenario": _ask_again,
}  # fmt: skip


def execute(services: Services, claim: Claim, progress: Progress) -> dict[str, Any]:
    """Do the work of a claimed job; what it returns is JSON."""
    if claim.kind not in HANDLERS:
        raise ConflictError(f"job {claim.id} is of the unknown kind {claim.kind!r}; known: {', '.join(HANDLERS)}")
    return HANDLERS[claim.kind](services, claim.dataset or "", claim.payload, claim.by, progress)


def patiently(step: Callable[[], Answer], seconds: float = 300.0) -> Answer:
    """Do a step again while the store is locked or away; the last failure is raised when `seconds` are over."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            return step()
        except STORE_IS_AWAY:
            if time.monotonic() > give_up:
                raise
            log.warning("store_is_busy")
            time.sleep(1.0)


def now() -> datetime:
    return datetime.now(UTC)


def take_next(database: Database, worker: str) -> Claim | None:
    """The oldest job that may run now, now this worker's; None: nothing to do."""
    with database.reading() as session:
        if not queries.is_waiting(session):
            return None  # without asking for the store's one writing transaction
    try:
        with database.writing() as session:
            job = queries.claim_next(session, worker, now())
            return claim_of(job) if job else None
    except IntegrityError:
        return None  # another worker took a job of the same dataset at the same moment


def take(database: Database, job_id: int, worker: str) -> Claim | None:
    """Start the job this process keeps for itself; None: another job of the dataset is running."""
    try:
        with database.writing() as session:
            job = queries.claim(session, job_id, worker, now())
            return claim_of(job) if job else None
    except IntegrityError:
        return None


def claim_of(job: Job) -> Claim:
    """The claim of the process that holds `job`."""
    return Claim(job.id, job.kind, job.queue, job.payload, job.created_by, job.worker or "")


def reason_for(error: BaseException, job_id: int) -> str:
    """Why a job failed, in words for its row. Of an unexpected error only the kind: its text may quote a customer."""
    if isinstance(error, KindredError):
        return str(error)
    if refused := as_store_error(error):
        return str(refused)
    if isinstance(error, MemoryError):
        return "the machine has too little memory for it"
    log.error("job_crashed", job=job_id, exc_info=error)
    return f"unexpected error ({type(error).__name__}); the log tells where, in the event job_crashed of job {job_id}"


def close(
    database: Database, job_id: int, worker: str, status: str, *, result: Any = None, error: str | None = None
) -> bool:
    """Write how a job ended; False: it was not this worker's any more. What is in the store is done, not failed.

    The first problems of an import stay out of the row: they quote customers' values, and are kept where
    forgetting a customer finds them.
    """
    kept = {name: value for name, value in result.items() if name != "problems"} if isinstance(result, dict) else result

    def step() -> bool:
        with database.writing() as session:
            if status != "done" and _is_done(session, job_id, worker, error):
                return True
            return queries.finish(session, job_id, worker, status, now(), result=kept, error=error)

    done = patiently(step)
    log.info("job_ended", job=job_id, status=status if done else "lost")
    return done


def _is_done(session: Session, job_id: int, worker: str, error: str | None = None) -> bool:
    """Is the work in the store, though the process that did it cannot say so any more? Then its job is closed."""
    queries.close_batches(session, job_id, now(), error)
    job = queries.job(session, job_id)
    result = stored_result(session, job) if job and job.worker == worker else None
    return result is not None and queries.finish(session, job_id, worker, "done", now(), result=result, error=None)


def give_back(database: Database, job_id: int, worker: str) -> bool:
    """Queue a job again because its worker was asked to stop; does not count as an attempt."""

    def step() -> bool:
        with database.writing() as session:
            if _is_done(session, job_id, worker):
                return True
            return queries.requeue(session, job_id, worker, now(), counts=False)

    return patiently(step)


def reap(database: Database) -> list[int]:
    """Free the jobs of processes that died: queued again, or failed after three attempts; answers their ids."""
    with database.reading() as session:
        dead = [job for job in queries.held_jobs(session) if _is_dead(job)]
    return [job.id for job in dead if _free(database, job)]


def _is_dead(job: Job) -> bool:
    alive = processes.lives(job.worker or "")
    return now() - (job.heartbeat_at or job.created_at) > LEASE if alive is None else not alive


def _free(database: Database, job: Job) -> bool:
    worker = job.worker or ""
    log.warning("job_of_dead_process", job=job.id, attempts=job.attempts)
    with database.writing() as session:
        if _is_done(session, job.id, worker):
            return True
        if worker.startswith("command|"):
            reason = "the command that ran it ended before it was done; nothing of it is kept: run it again"
            return queries.finish(session, job.id, worker, "failed", now(), error=reason) or queries.withdraw(
                session, job.id, worker, "failed", reason, now()
            )
        if job.cancel_requested:
            return queries.finish(session, job.id, worker, "cancelled", now(), error=None)
        if job.attempts >= MAX_ATTEMPTS:
            reason = f"its worker died {job.attempts} times while doing it (often: too little memory); see the log"
            return queries.finish(session, job.id, worker, "failed", now(), error=reason)
        return queries.requeue(session, job.id, worker, now(), counts=True)


def seen(database: Database, worker: str, job_id: int | None = None) -> None:
    """A worker, and the job it has in hand, is alive."""
    with database.writing() as session:
        queries.worker_seen(session, worker, now())
        if job_id is not None:
            queries.beat(session, job_id, worker, now())


def gone(database: Database, worker: str) -> None:
    """A worker ends in good order."""
    with database.writing() as session:
        queries.worker_gone(session, worker)


def cancellation(database: Database, job_id: int, worker: str) -> bool | None:
    """Was the cancellation of a job in hand asked for? None: the job was given to somebody else, or is gone."""
    with database.reading() as session:
        asked = queries.cancellation(session, job_id, worker)
        if asked is not None:
            return asked
        job = queries.job(session, job_id)  # its process may have closed it and be about to end
        return False if job is not None and job.finished_at is not None and job.worker == worker else None


class Reporter:
    """The progress of one job: told to the store by a thread of its own, so that the work never waits for it.

    Used as a context manager around the work, and called by it (see `segmentation.progress.Progress`).
    """

    def __init__(self, database: Database, job_id: int, worker: str, shown: Progress = no_progress) -> None:
        self._database, self._job_id, self._worker, self._shown = database, job_id, worker, shown
        self._share, self._phase = 0.0, ""
        self._cancelled = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="progress", daemon=True)

    def __call__(self, share: float, phase: str) -> None:
        self._share, self._phase = max(self._share, min(float(share), 1.0)), phase
        self._shown(self._share, phase)
        if self._cancelled and share < 1.0:  # at 1 it is stored: too late
            raise Cancelled("cancelled; nothing of it is kept")

    def __enter__(self) -> Reporter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _tell(self) -> None:
        told, beat_at = (0.0, ""), time.monotonic()
        while not self._ended.wait(WRITE_S):
            news = (self._share, self._phase)
            try:
                if news != told or time.monotonic() - beat_at > BEAT_S:
                    with self._database.writing() as session:
                        asked = queries.tell_progress(session, self._job_id, self._worker, *news, now())
                    told, beat_at = news, time.monotonic()
                else:
                    with self._database.reading() as session:
                        asked = queries.cancellation(session, self._job_id, self._worker)
            except STORE_IS_AWAY:
                continue  # locked for long: told at the next turn
            self._cancelled = asked is None or asked  # None: the job was given to somebody else
