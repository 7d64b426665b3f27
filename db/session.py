"""The database: engine, transactions, address. Nothing is opened at import time."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from db.errors import DatabaseAddressError

BUSY_TIMEOUT_MS = 30_000


class Database:
    """One database, opened lazily. ``reading`` and ``writing`` are the only ways to a session.

    Parameters
    ----------
    url : str
        ``sqlite:///path`` or ``postgresql://...``.

    Notes
    -----
    SQLite has one writer: ``writing`` begins with ``BEGIN IMMEDIATE`` so that it waits (30 s) for
    its turn at the start, where nothing has been done yet, and never fails half way for want of it.
    """

    def __init__(self, url: str) -> None:
        self.url = normalised_url(url)
        self.engine: Engine = make_engine(self.url)
        self._writer = self.engine.execution_options(writes=True)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose changes are never kept: one consistent view of the store."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back on any exception."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def held(self) -> Iterator["HeldConnection"]:
        """One connection through several transactions; closed for good at the end, with its temporary tables.

        For work that fills a temporary table first, which locks nobody out, and then writes in one short transaction.
        """
        connection = self.engine.connect()
        connection.detach()
        driver: Any = connection.connection.dbapi_connection
        try:
            with connection:
                yield HeldConnection(connection)
        finally:
            driver.close()  # interrupted in a statement, SQLAlchemy lets go of it with its transaction and locks open

    def dispose(self) -> None:
        """Close every pooled connection, as a process that forks or ends must."""
        self.engine.dispose()


class HeldConnection:
    """Transactions one after the other on the same connection; see `Database.held`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def preparing(self) -> Iterator[Connection]:
        """A transaction that touches temporary tables only (on SQLite it waits for nobody)."""
        self._connection.execution_options(writes=False)
        with self._connection.begin():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """As `Database.writing`, where the temporary tables can be seen."""
        self._connection.execution_options(writes=True)
        with Session(self._connection, expire_on_commit=False) as session, session.begin():
            yield session


def normalised_url(url: str) -> str:
    """The address with the driver spelled out (``postgresql://`` means psycopg 3 here)."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseAddressError(
            "KINDRED_DATABASE_URL is not a database address; use sqlite:///path/to/file.db or postgresql://user@host/name"
        ) from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise DatabaseAddressError(
            f"Kindred stores in SQLite or PostgreSQL, not in {parsed.drivername!r}; check KINDRED_DATABASE_URL"
        )
    return parsed.render_as_string(hide_password=False)


def make_engine(url: str, *, foreign_keys: bool = True) -> Engine:
    """An engine set up as the product needs it.

    ``foreign_keys`` is off only in migrations: SQLite rebuilds a table to alter it, and dropping
    the old one would delete what refers to it. Values are kept out of error messages: they are
    customers' data, and messages are logged.
    """
    if url.startswith("postgresql"):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", partial(_prepare_sqlite, foreign_keys=foreign_keys))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any, *, foreign_keys: bool) -> None:
    connection.isolation_level = None  # the driver must not begin on its own: _begin_sqlite does
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA secure_delete=FAST")  # what is deleted is overwritten where that costs no writing
    connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
