"""Slow work, the processes that do it, and who did what."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.models.common import JOB_STATUSES, one_of


class Job(Base):
    """Slow work, its progress and its result."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), index=True)
    queue: Mapped[str | None]  # slug, also of a dataset that an import will create: one job of a queue runs at a time
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(index=True)
    progress: Mapped[float] = mapped_column(default=0.0)  # share done, 0 to 1
    phase: Mapped[str] = mapped_column(default="")  # what it is doing, in words
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    worker: Mapped[str | None]
    heartbeat_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_by: Mapped[str]
    __table_args__ = (
        one_of("status", JOB_STATUSES),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress_is_a_share"),
        Index(
            "uq_job_running_in_queue", "queue", unique=True,
            sqlite_where=text("status = 'running'"), postgresql_where=text("status = 'running'"),
        ),
    )  # fmt: skip


class Worker(Base):
    """A worker process that was seen lately: how `/readyz` knows that work will be done."""

    __tablename__ = "worker"
    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class AuditEvent(Base):
    """Who did what and when. Holds no customer data: a forgotten customer is named by a keyed hash."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    dataset: Mapped[str | None]  # slug, not a key: outlives the dataset
    details: Mapped[dict[str, Any]]
