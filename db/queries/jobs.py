"""Selects and updates of the job queue; each answers one question or makes one step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Update, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from db.models import AuditEvent, Dataset, ImportBatch, Job, Worker


def is_waiting(session: Session) -> bool:
    """Is there a job that any worker may take?"""
    return session.scalar(_free()) is not None


def claim_next(session: Session, worker: str, now: datetime) -> Job | None:
    """Give `worker` the oldest waiting job whose queue is idle; None: there is none.

    One statement, so that no two workers get the same job. A second job of the same queue, claimed
    at the same moment, fails on the index ``uq_job_running_in_queue`` (IntegrityError): try again.
    """
    chosen = _free().with_for_update(skip_locked=True).scalar_subquery()
    return session.scalar(_start(worker, now).where(Job.id == chosen))


def claim(session: Session, job_id: int, worker: str, now: datetime) -> Job | None:
    """Start the job that `worker` keeps for itself; None: its queue is busy (or IntegrityError, as above)."""
    return session.scalar(_start(worker, now).where(Job.id == job_id, Job.worker == worker, ~_queue_is_busy(Job)))


def tell_progress(session: Session, job_id: int, worker: str, share: float, phase: str, now: datetime) -> bool | None:
    """Store how far a job is; answers whether its cancellation was asked for, None: the job is not ours any more."""
    return session.scalar(
        _ours(job_id, worker)
        .values(progress=share, phase=phase, heartbeat_at=now)
        .returning(Job.cancel_requested)
        .execution_options(synchronize_session=False)
    )


def beat(session: Session, job_id: int, worker: str, now: datetime) -> bool:
    """Say that a job is still worked on; False: it is not ours any more."""
    statement = update(Job).where(Job.id == job_id, Job.worker == worker, Job.status.in_(("queued", "running")))
    return _changed(session, statement.values(heartbeat_at=now))


def cancellation(session: Session, job_id: int, worker: str) -> bool | None:
    """Was the cancellation of a running job asked for? None: the job is not ours any more."""
    return session.scalar(
        select(Job.cancel_requested).where(Job.id == job_id, Job.worker == worker, Job.status == "running")
    )


def finish(
    session: Session, job_id: int, worker: str, status: str, now: datetime, *, result: Any = None, error: str | None
) -> bool:
    """Close a running job; False: it is not ours any more, and nothing is changed.

    A job of a dataset that did not exist when it was asked for now belongs to it, and goes with it.
    """
    dataset_id = select(Dataset.id).where(Dataset.slug == Job.queue).scalar_subquery()
    values: dict[str, Any] = {"status": status, "error": error, "finished_at": now, "dataset_id": dataset_id}
    if status == "done":
        values |= {"result": result, "progress": 1.0, "phase": ""}
    return _changed(session, _ours(job_id, worker).values(**values)) and close_batches(session, job_id, now, error)


def requeue(session: Session, job_id: int, worker: str, now: datetime, *, counts: bool) -> bool:
    """Give a running job back to whoever comes next; `counts` as an attempt unless the worker was asked to stop."""
    attempts = Job.attempts if counts else Job.attempts - 1
    waiting = {"status": "queued", "worker": None, "progress": 0.0, "phase": "", "started_at": None}
    changed = _changed(session, _ours(job_id, worker).values(attempts=attempts, **waiting))
    return changed and close_batches(session, job_id, now)


def withdraw(session: Session, job_id: int, worker: str, status: str, error: str | None, now: datetime) -> bool:
    """Close a job whose command ended before its turn came."""
    statement = update(Job).where(Job.id == job_id, Job.worker == worker, Job.status == "queued")
    return _changed(session, statement.values(status=status, error=error, finished_at=now))


def close_batches(session: Session, job_id: int, now: datetime, error: str | None = None) -> bool:
    """Batches of the dataset still said to be running are those of a process that was killed: none runs any more.

    On PostgreSQL this waits for a commit of theirs that is under way.
    """
    slug = select(Job.queue).where(Job.id == job_id).scalar_subquery()
    dataset = select(Dataset.id).where(Dataset.slug == slug).scalar_subquery()
    left = update(ImportBatch).where(ImportBatch.dataset_id == dataset, ImportBatch.status == "running")
    why = error or "its process ended before it was done; nothing was stored"
    _changed(session, left.values(status="failed", error=why, finished_at=now))
    return True


def fail_unfinished(session: Session, error: str, now: datetime) -> None:
    """Close what waits or runs: nobody will come back to it."""
    unfinished = update(Job).where(Job.status.in_(("queued", "running")))
    session.execute(unfinished.values(status="failed", error=error, finished_at=now))


def ask_to_cancel(session: Session, job_id: int, now: datetime) -> None:
    """A waiting job is cancelled at once; a running one is asked to stop; a finished one stays as it is."""
    session.execute(
        update(Job).where(Job.id == job_id, Job.status == "queued").values(status="cancelled", finished_at=now)
    )
    session.execute(update(Job).where(Job.id == job_id, Job.status == "running").values(cancel_requested=True))


def job(session: Session, job_id: int) -> Job | None:
    """One job."""
    return session.get(Job, job_id)


def told_since(session: Session, action: str, dataset: str | None, since: datetime) -> dict[str, Any] | None:
    """What the newest such action on a dataset told the audit since then; None: there was none."""
    mine = (AuditEvent.action == action, AuditEvent.dataset == dataset, AuditEvent.at >= since)
    return session.scalar(select(AuditEvent.details).where(*mine).order_by(AuditEvent.id.desc()).limit(1))


def batch(session: Session, batch_id: int) -> ImportBatch | None:
    """One import."""
    return session.get(ImportBatch, batch_id)


def held_jobs(session: Session) -> list[Job]:
    """Jobs that a process has taken or keeps for itself: what the reaper looks at."""
    held = (Job.status == "running") | ((Job.status == "queued") & Job.worker.is_not(None))
    return list(session.scalars(select(Job).where(held).order_by(Job.id)))


def recent_jobs(session: Session, queue: str | None, limit: int) -> list[Job]:
    """The newest jobs first, of one dataset or of all."""
    statement = select(Job).order_by(Job.id.desc()).limit(limit)
    return list(session.scalars(statement if queue is None else statement.where(Job.queue == queue)))


def unfinished(session: Session, kind: str) -> list[Job]:
    """The jobs of a kind that wait or run, oldest first."""
    waiting = select(Job).where(Job.kind == kind, Job.status.in_(("queued", "running")))
    return list(session.scalars(waiting.order_by(Job.id)))


def newest_done(session: Session, queue: str, kind: str, limit: int) -> list[Job]:
    """The newest jobs of a kind that a dataset's queue finished, newest first."""
    done = select(Job).where(Job.queue == queue, Job.kind == kind, Job.status == "done")
    return list(session.scalars(done.order_by(Job.id.desc()).limit(limit)))


def job_in_the_way(session: Session, queue: str | None) -> Job | None:
    """The running job of a queue."""
    return session.scalar(select(Job).where(Job.queue == queue, Job.status == "running"))


def running_jobs(session: Session) -> list[Job]:
    """What is being worked on, oldest first."""
    return list(session.scalars(select(Job).where(Job.status == "running").order_by(Job.id)))


def dataset_id(session: Session, slug: str | None) -> int | None:
    """The id of a dataset, None when there is none (yet)."""
    return session.scalar(select(Dataset.id).where(Dataset.slug == slug))


def worker_seen(session: Session, name: str, now: datetime) -> None:
    """A worker says that it lives."""
    if not _changed(session, update(Worker).where(Worker.name == name).values(seen_at=now)):
        session.add(Worker(name=name, started_at=now, seen_at=now))


def worker_gone(session: Session, name: str) -> None:
    """A worker says good-bye."""
    session.execute(delete(Worker).where(Worker.name == name))


def forget_workers(session: Session, before: datetime) -> None:
    """Workers not seen since `before` are no longer counted as dead."""
    session.execute(delete(Worker).where(Worker.seen_at < before))


def workers(session: Session) -> list[Worker]:
    """Every worker that has not said good-bye."""
    return list(session.scalars(select(Worker).order_by(Worker.name)))


def queue_length(session: Session) -> int:
    """How many jobs wait."""
    return session.scalar(select(func.count()).select_from(Job).where(Job.status == "queued")) or 0


def _free() -> Any:
    """Jobs nobody keeps for itself, whose queue is idle, oldest first."""
    waiting = aliased(Job)  # an alias: inside the UPDATE the plain table would be taken for the updated one
    free = select(waiting.id).where(waiting.status == "queued", waiting.worker.is_(None), ~_queue_is_busy(waiting))
    return free.order_by(waiting.id).limit(1)


def _queue_is_busy(job: Any) -> Any:
    other = aliased(Job)
    return exists().where(other.queue == job.queue, other.status == "running").correlate(job)


def _start(worker: str, now: datetime) -> Any:
    values = {"status": "running", "worker": worker, "started_at": now, "heartbeat_at": now}
    return (
        update(Job)
        .where(Job.status == "queued")
        .values(attempts=Job.attempts + 1, error=None, **values)
        .returning(Job)
        .execution_options(synchronize_session=False)
    )


def _ours(job_id: int, worker: str) -> Update:
    return update(Job).where(Job.id == job_id, Job.worker == worker, Job.status == "running")


def _changed(session: Session, statement: Any) -> bool:
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return bool(result.rowcount)
