"""Keeping an installation well: schema, readiness, retention, backup and restore."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DatabaseError, OperationalError

from db import schema_version
from db.queries import jobs as job_queries
from db.session import Database
from segmentation import jobs, logs
from segmentation.config import Settings
from segmentation.errors import ConfigurationError

log = structlog.get_logger()


@contextmanager
def _reachable() -> Iterator[None]:
    """A database that does not answer becomes one line that says what to do; its own text may hold a password."""
    try:
        yield
    except OperationalError as error:
        first = str(error.orig).strip().splitlines()[0]
        raise ConfigurationError(f"the database cannot be reached ({first}); check KINDRED_DATABASE_URL") from None
    except DatabaseError as error:
        first = str(error.orig).strip().splitlines()[0]
        raise ConfigurationError(f"the database cannot be used ({first}); check KINDRED_DATABASE_URL") from None


class MaintenanceService:
    """What an operator asks of an installation."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def upgrade(self) -> dict[str, Any]:
        """Bring the schema to the one of this version; ``{"schema", "was"}``."""
        with _reachable():
            was = schema_version.current(self._database)
            schema_version.upgrade(self._database)
        return {"schema": schema_version.head(), "was": was}

    def check(self) -> dict[str, Any]:
        """``{"schema"}``; SchemaError unless it is the one of this version, ConfigurationError without a database."""
        with _reachable():
            schema_version.check(self._database)
        return {"schema": schema_version.head()}

    def prepare(self) -> None:
        """What every command does first: make the folders, then check the schema.

        The installation's own SQLite file is made when it is not there yet; a database that somebody named is
        never changed without `kindred db upgrade`.
        """
        self._settings.make_folders()
        path = self._settings.data_dir / "kindred.db"
        if not self._settings.database_url and not path.exists():
            self.upgrade()
        self.check()

    def ready(self) -> dict[str, Any]:
        """Can requests be served, and will work be done? Raises as `check` does when they cannot.

        Returns
        -------
        dict
            ``status`` ("ok", or "degraded" without a live worker), ``schema``, ``workers`` (alive), ``waiting`` (jobs).
        """
        checked = self.check()
        with _reachable(), self._database.reading() as session:
            seen = [worker.seen_at for worker in job_queries.workers(session)]
            waiting = job_queries.queue_length(session)
        alive = sum(jobs.now() - seen_at <= jobs.LEASE for seen_at in seen)
        return {"status": "ok" if alive else "degraded", **checked, "workers": alive, "waiting": waiting}

    def prune(self) -> dict[str, int]:
        """Remove received files and logs older than ``retention_days``; how many of each."""
        days = self._settings.retention_days
        removed = {
            "uploads": logs.prune(self._settings.uploads, days),
            "logs": logs.prune(self._settings.logs, days),
        }
        with self._database.writing() as session:
            job_queries.forget_workers(session, jobs.now() - timedelta(days=1))
        log.info("pruned", retention_days=days, **removed)
        return removed
