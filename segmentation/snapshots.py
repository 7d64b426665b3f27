"""The columnar copy of a dataset's customers: what training, scoring and filtered aggregates read.

One Parquet file per dataset state in the data folder. A cache only: missing or stale means that it is
written again from the store, and any process may delete it.
"""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from db.customers import arrow_schema, read_batches
from db.queries.datasets import attributes_of
from db.session import Database
from segmentation.config import Settings
from segmentation.filters import quoted
from segmentation.lookups import require_dataset
from segmentation.space import require_space

SAMPLE_ROWS = 5_000  # what previews and studies of recipes look at
PART_ROWS = 200_000
SAMPLE_SEED = "kindred sample 1"  # 16 bytes, as pandas' hash asks for
ATTEMPTS = 5  # a snapshot may be replaced by a newer one between finding and opening it


class Snapshots:
    """Frames of customers by dataset slug; see the module."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._folder = settings.snapshots

    def frame(self, slug: str, columns: list[str] | None = None) -> pd.DataFrame:
        """All customers of a dataset, ordered by ``customer_id``, which is the index (int64).

        Parameters
        ----------
        columns : list of str, optional
            Attribute names (and ``customer_key``), in the order wanted; default ``customer_key`` and every attribute.

        Returns
        -------
        pandas.DataFrame
            number and flag float64 (flag 1.0, 0.0, missing NaN), category and text object (missing None),
            date datetime64 (missing NaT).
        """
        return frame_of(self.table(slug, columns))

    def parts(self, slug: str, columns: list[str], ids: np.ndarray | None = None) -> Iterator[pd.DataFrame]:
        """As `frame`, about 200,000 customers at a time: memory does not grow with the dataset.

        Parameters
        ----------
        ids : ndarray of int, optional
            Only these customers, sorted; parts in which nobody is left are not given.
        """
        file = self._read(slug, pq.ParquetFile)
        for batch in file.iter_batches(PART_ROWS, columns=["customer_id", *columns]):
            if ids is not None:
                batch = batch.filter(pa.array(_among(batch.column("customer_id").to_numpy(), ids)))
            if batch.num_rows:
                yield frame_of(pa.Table.from_batches([batch]))

    def sample(self, slug: str, columns: list[str] | None = None) -> pd.DataFrame:
        """As `frame`, of at most 5,000 customers: a seeded sample, kept as a file beside the snapshot.

        Who is in it follows from the customers' keys, or, where the rows of the file are numbered, from their values:
        the same customers in a file in another order are sampled alike.
        """
        with self._database.reading() as session:
            keyed = require_dataset(session, slug).key_attribute is not None
        wanted = None if columns is None else ["customer_id", *columns]
        return frame_of(self._read(slug, lambda path: pq.read_table(self._sample(path, keyed), columns=wanted)))

    def is_written(self, slug: str) -> bool:
        """Whether the file of the dataset's present state is there already."""
        with self._database.reading() as session:
            return self._path(slug, require_dataset(session, slug).state).exists()

    def _sample(self, path: Path, keyed: bool) -> Path:
        """The file of the sample of a snapshot, written now if it is not there."""
        kept = path.with_suffix(".sample.parquet")
        if not kept.exists():
            unfinished = self._folder / f".{kept.name}.{uuid.uuid4().hex}"
            try:
                pq.write_table(_some_rows(path, keyed), unfinished)
                unfinished.replace(kept)
            finally:
                unfinished.unlink(missing_ok=True)
        return kept

    def missing(self, slug: str) -> dict[str, int]:
        """How many customers have no value, by attribute; read from what the file says of itself, not from its rows."""
        return _nulls(self._read(slug, pq.read_metadata))

    def filled(self, slug: str, state: str) -> set[str] | None:
        """The attributes in which anybody had a value in this state; None where its file is not there."""
        try:
            file = pq.read_metadata(self._path(slug, state))
        except FileNotFoundError:
            return None
        return {name for name, nulls in _nulls(file).items() if nulls < file.num_rows}

    def rows(self, slug: str, ids: np.ndarray, columns: list[str]) -> pd.DataFrame:
        """As `frame`, of the customers with these ids only; no more than they are is in memory."""
        names = ", ".join(f"c.{quoted(name)}" for name in ("customer_id", *columns))
        select = f"SELECT {names} FROM read_parquet(?) c SEMI JOIN wanted USING (customer_id) ORDER BY c.customer_id"

        def read(path: Path) -> pa.Table:
            with duckdb.connect() as connection:
                connection.register("wanted", pa.table({"customer_id": ids}))
                found: pa.Table = connection.sql(select, params=[str(path)]).to_arrow_table()
            return found.cast(pa.schema([pq.read_schema(path).field(name) for name in found.column_names]))

        return frame_of(self._read(slug, read))

    def table(self, slug: str, columns: list[str] | None = None) -> pa.Table:
        """As `frame`, as an Arrow table whose first column is ``customer_id``."""
        wanted = None if columns is None else ["customer_id", *(name for name in columns if name != "customer_id")]
        return self._read(slug, lambda path: pq.read_table(path, columns=wanted))

    def _read(self, slug: str, read: Callable[[Path], Any]) -> Any:
        for _attempt in range(ATTEMPTS - 1):
            try:
                return read(self.path(slug))
            except (FileNotFoundError, duckdb.IOException):
                continue
        return read(self.path(slug))

    def path(self, slug: str) -> Path:
        """The Parquet file of the dataset's present state, written now if it is not there."""
        with self._database.reading() as session:
            path = self._path(slug, require_dataset(session, slug).state)
        return path if path.exists() else self._write(slug)

    def remove(self, slug: str) -> int:
        """Delete every snapshot of a dataset, its runs and its purchases; returns how many there were."""
        files = list(self._folder.glob(f"{slug}.*"))
        for file in files:
            file.unlink(missing_ok=True)
        return len(files)

    def _path(self, slug: str, state: str) -> Path:
        return self._folder / f"{slug}.{state or 'empty'}.parquet"

    def _write(self, slug: str) -> Path:
        with self._database.reading() as session:
            connection = _one_view(session)
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            self._folder.mkdir(parents=True, exist_ok=True)
            require_space(self._folder, dataset.customers * (len(attributes) + 2) * 8, "write a snapshot")
            path = self._path(slug, dataset.state)
            unfinished = self._folder / f".{slug}.{uuid.uuid4().hex}"
            try:
                with pq.ParquetWriter(unfinished, arrow_schema(attributes)) as writer:
                    for batch in read_batches(connection, slug, attributes):
                        writer.write_batch(batch)
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
        self._remove_stale(slug, keep=path)
        return path

    def _remove_stale(self, slug: str, keep: Path) -> None:
        for file in self._folder.glob(f"{slug}.*.parquet"):
            if file != keep and file.stat().st_mtime < keep.stat().st_mtime:
                file.unlink(missing_ok=True)


def _nulls(file: pq.FileMetaData) -> dict[str, int]:
    """How many rows of a file have no value, by column."""
    counts: dict[str, int] = {}
    for group in range(file.num_row_groups):
        for position in range(file.num_columns):
            column = file.row_group(group).column(position)
            nulls = column.statistics.null_count if column.statistics else 0
            counts[column.path_in_schema] = counts.get(column.path_in_schema, 0) + nulls
    return counts


def _some_rows(path: Path, keyed: bool) -> pa.Table:
    """The rows whose seeded hash is smallest, in their order, one group of rows in memory at a time."""
    file = pq.ParquetFile(path)
    if file.metadata.num_rows <= SAMPLE_ROWS:
        return file.read()
    values = [name for name in file.schema_arrow.names if name not in ("customer_id", "customer_key")]
    names = values if values and not keyed else ["customer_key"]
    groups = range(file.num_row_groups)
    drawn = np.concatenate([_hashed(file.read_row_group(group, columns=names)) for group in groups])
    picked = np.sort(np.argsort(drawn, kind="stable")[:SAMPLE_ROWS])
    parts, start = [], 0
    for group in groups:
        size = file.metadata.row_group(group).num_rows
        here = picked[(picked >= start) & (picked < start + size)] - start
        parts.append(file.read_row_group(group).take(here))
        start += size
    return pa.concat_tables(parts)


def _among(values: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Which of the values are among the sorted ids."""
    if not len(ids):
        return np.zeros(len(values), dtype=bool)
    return np.asarray(ids[np.minimum(np.searchsorted(ids, values), len(ids) - 1)] == values)


def _hashed(rows: pa.Table) -> np.ndarray:
    """A number per row that its cells and the seed decide; shape (n,), uint64."""
    total = np.zeros(rows.num_rows, dtype=np.uint64)
    for column in rows.columns:
        cells = column.to_numpy() if not pa.types.is_string(column.type) else column.fill_null("").to_numpy()
        total = total * np.uint64(31) + pd.util.hash_array(cells, hash_key=SAMPLE_SEED, categorize=False)
    return total


def _one_view(session: Session) -> Connection:
    """PostgreSQL shows every statement its own moment unless asked; the state must fit the rows."""
    if session.get_bind().dialect.name == "postgresql":
        return session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session.connection()


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Rows of a snapshot as `Snapshots.frame` gives them."""
    index = pd.Index(table.column("customer_id").to_numpy(), name="customer_id")
    named = [name for name in table.column_names if name != "customer_id"]
    return pd.DataFrame({name: _series(table.column(name), index) for name in named}, index=index, columns=named)


def _series(column: pa.ChunkedArray, index: pd.Index) -> pd.Series:
    """One column; text as objects with None, because pandas would make its own text type with NaN."""
    if not pa.types.is_string(column.type):
        return pd.Series(column.to_numpy(), index=index)
    encoded = column.combine_chunks().dictionary_encode()  # one Python object per level, not one per row
    levels = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    return pd.Series(levels[encoded.indices.fill_null(-1).to_numpy()], index=index, dtype=object)
