"""Keeping an installation well: schema, readiness, retention, backup and restore."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from db import dump, schema_version
from db.queries import jobs as job_queries
from db.queries.maintenance import signed_artifacts
from db.session import Database
from segmentation import archive, jobs, logs
from segmentation.config import Settings
from segmentation.errors import ArtifactError, BadFileError, ConfigurationError, ConflictError
from segmentation.space import require_space

log = structlog.get_logger()
GROWTH = 8  # a store takes at most about so many times its compressed backup


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
        """Remove received files and logs older than ``retention_days``; how many of each.

        Also what an import that was killed left in the staging folder, after a day.
        """
        days = self._settings.retention_days
        removed = {
            "uploads": logs.prune(self._settings.uploads, days),
            "logs": logs.prune(self._settings.logs, days),
            "staging": logs.prune(self._settings.staging, 1),
        }
        with self._database.writing() as session:
            job_queries.forget_workers(session, jobs.now() - timedelta(days=1))
        log.info("pruned", retention_days=days, **removed)
        return removed

    def backup(self, file: Path) -> dict[str, Any]:
        """Write everything the store holds into one file: one consistent view, while work goes on.

        Received files and snapshots stay out: the ones expire, the others are made anew. The secret is put in
        where the installation made it itself; where it comes from the environment it stays out.

        Returns
        -------
        dict
            ``file``, ``bytes``, ``tables``, ``rows``, ``schema``, ``warnings`` (sentences).
        """
        self.check()
        file = file.absolute()
        if not file.parent.is_dir():
            raise BadFileError(f"the folder {file.parent} does not exist; make it, or name another")
        part = file.with_name(file.name + ".part")
        with _reachable(), self._database.reading() as session, archive.create(part) as writer:
            connection = self._snapshot(session)
            require_space(file.parent, dump.size_in_bytes(connection), "write the backup")
            own = [table for table in dump.dataset_tables(connection) if dump.exists(connection, table)]
            tables = [*dump.fixed_tables(), *own]
            rows = sum(
                writer.add(table.name, dump.arrow_schema(table), dump.read(connection, table)) for table in tables
            )
            secret = self._own_secret()
            writer.finish(
                kindred=version("kindred"), schema=schema_version.head(), database=connection.dialect.name, rows=rows,
                created_at=jobs.now().isoformat(), secret=secret,
            )  # fmt: skip
        part.replace(file)
        log.info("backed_up", rows=rows, tables=len(tables))
        warning = (
            "The file holds this installation's secret and its customers: keep it where only you can read it."
            if secret
            else "The secret is not in the file: to restore its models elsewhere set KINDRED_SECRET_KEY, or "
            "KINDRED_PREVIOUS_SECRET_KEY, to this installation's."
        )
        facts = {"file": str(file), "bytes": file.stat().st_size, "tables": len(tables), "rows": rows}
        return {**facts, "schema": schema_version.head(), "warnings": [warning]}

    def _snapshot(self, session: Session) -> Connection:
        """One consistent view until the session ends: what SQLite's WAL gives by itself, PostgreSQL when asked."""
        if self._database.is_sqlite:
            return session.connection()
        return session.connection(execution_options={"isolation_level": "REPEATABLE READ"})

    def _own_secret(self) -> str | None:
        """The secret this installation made and keeps in its data folder; None when it was given one."""
        return None if self._settings.secret_key else self._settings.secret()

    def restore(self, file: Path) -> dict[str, Any]:
        """Read a backup into a store without datasets: all of it or, whatever happens, nothing.

        Models are signed anew with this installation's secret, if they were signed with it, with the previous one
        (``KINDRED_PREVIOUS_SECRET_KEY``) or with the one in the backup.

        Returns
        -------
        dict
            ``file``, ``tables``, ``rows``, ``schema``, ``warnings`` (sentences).

        Raises
        ------
        BadFileError
            The file is no backup, is damaged, or is of another schema.
        ConflictError
            The store holds datasets.
        ArtifactError
            No known secret vouches for a model.
        """
        self.check()
        with archive.open_checked(file) as reader:
            schema = reader.manifest["schema"]
            if schema != schema_version.head():
                raise BadFileError(
                    f"{file} is of schema {schema} (Kindred {reader.manifest['kindred']}), this version needs "
                    f"{schema_version.head()}; restore it with that version, then: kindred db upgrade"
                )
            if self._database.is_sqlite:
                require_space(self._settings.data_dir, GROWTH * file.stat().st_size, "restore the backup")
            try:
                with self._database.writing() as session:
                    tables, rows = self._read_in(session, reader)
            except IntegrityError:
                raise BadFileError(f"{file} contradicts itself; nothing was restored, take another backup") from None
        log.info("restored", rows=rows, tables=tables)
        return {"file": str(file.absolute()), "tables": tables, "rows": rows, "schema": schema, "warnings": []}

    def _read_in(self, session: Session, reader: archive.Reader) -> tuple[int, int]:
        connection = session.connection()
        if not dump.is_empty(connection):
            raise ConflictError(
                "the store holds datasets; a backup is restored into an empty one: set KINDRED_DATA_DIR or "
                "KINDRED_DATABASE_URL to a new place, or delete them (kindred delete-dataset)"
            )
        dump.clear(connection)
        fixed = dump.fixed_tables()
        rows = sum(dump.write(connection, table, reader.batches(table.name)) for table in fixed)
        own = [table for table in dump.dataset_tables(connection) if table.name in reader]
        for table in own:
            table.create(connection)
            rows += dump.write(connection, table, reader.batches(table.name))
        if rows != reader.manifest["rows"]:
            raise BadFileError(f"the backup says {reader.manifest['rows']} rows, {rows} were read; take another backup")
        job_queries.fail_unfinished(session, "it was not done when the backup was made; start it again", jobs.now())
        self._sign_anew(session, reader.manifest["secret"])
        return len(fixed) + len(own), rows

    def _sign_anew(self, session: Session, secret_of_backup: str | None) -> None:
        from segmentation.modelling.artifacts import sign

        present = self._settings.secret()
        known = [secret for secret in (present, self._settings.previous_secret_key, secret_of_backup) if secret]
        for artifact, slug in signed_artifacts(session):
            body, number = artifact.body, artifact.model_version_id
            macs = [sign(body, dataset=slug, version=number, secret=secret).hmac for secret in known]
            if artifact.hmac not in macs:
                raise ArtifactError(
                    f"model {number} of {slug} was signed with a secret that is not known here; set "
                    "KINDRED_PREVIOUS_SECRET_KEY to the secret of the installation that made the backup"
                )
            artifact.hmac = macs[0]
