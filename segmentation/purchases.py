"""The purchases of a dataset as columns, beside the store: what the measures of its customers are computed from.

One Parquet file per batch of purchases in the data folder, named by the state of its lines. A cache only: missing or
stale means that it is written again from the store, and any process may delete it.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from db import transactions
from db.models import Dataset, ImportBatch
from db.queries.imports import stored_lines
from segmentation.config import Settings
from segmentation.ingest.workplace import workplace
from segmentation.space import require_space

MEMORY_LIMIT = "256MB"
SCHEMA = transactions.MEASURED
STATE = "lines"  # among the facts of a batch: another after every change of its lines
BYTES_PER_LINE = 40

_MEASURES = """
WITH invoices AS (
  SELECT customer_key, fsum(amount) AS amount, sum(quantity) AS quantity,
         min(occurred_at) FILTER (amount >= 0) AS bought_at
  FROM read_parquet($files) WHERE customer_key IS NOT NULL AND occurred_at < $as_of + 1
  GROUP BY customer_key, CASE WHEN invoice IS NULL THEN 'at ' || occurred_at
    WHEN amount < 0 AND upper(invoice[1]) IN ('C', 'R') THEN invoice[2:] ELSE invoice END
), counted AS (
  SELECT *, bought_at IS NOT NULL AND (amount > 0.005 OR (amount > -0.005 AND quantity > 0)) AS bought FROM invoices
)
SELECT customer_key,
       CAST(date_diff('day', max(bought_at) FILTER (bought), $as_of) AS DOUBLE) AS recency_days,
       CAST(count(*) FILTER (bought) AS DOUBLE) AS frequency, fsum(amount) AS monetary_value,
       fsum(amount) / nullif(count(*) FILTER (bought), 0) AS mean_basket,
       CAST(date_diff('day', min(bought_at) FILTER (bought), $as_of) AS DOUBLE) AS tenure_days
FROM counted GROUP BY customer_key
"""  # 0.005: sums of amounts are not exact


class Purchases:
    """Files of the purchases of datasets; see the module."""

    def __init__(self, settings: Settings) -> None:
        self._folder, self._work = settings.snapshots, settings.staging

    def files(self, session: Session, dataset: Dataset, fresh: Mapping[int, Path] | None = None) -> list[Path]:
        """A file for every batch of purchases that is stored, the oldest first; what is not there is written now.

        `fresh` names files of batches that are being stored and are not kept yet. Files of earlier states go.
        """
        found: list[Path] = []
        for batch in stored_lines(session, dataset.id):
            if fresh and batch.id in fresh:
                found.append(fresh[batch.id])
                continue
            if STATE not in (batch.facts or {}):
                batch.facts = {**(batch.facts or {}), STATE: new_state()}
            path = self._path(dataset.slug, batch)
            if not path.exists():
                self._write(session, dataset, batch, path)
            found.append(path)
        for file in self._folder.glob(f"{dataset.slug}.*.purchases"):
            if file not in found:
                file.unlink(missing_ok=True)
        return found

    def keep(self, session: Session, slug: str, batch_id: int, file: Path) -> None:
        """Keep the file of a batch that has been stored, unless its lines changed again since."""
        batch = session.get_one(ImportBatch, batch_id)
        if batch.status == "committed" and STATE in (batch.facts or {}):
            self._folder.mkdir(parents=True, exist_ok=True)
            file.replace(self._path(slug, batch))

    def newest_day(self, files: Sequence[Path]) -> date | None:
        """The day of the latest purchase or return; None when there is none."""
        with self._reader() as reader:
            newest = "SELECT CAST(max(occurred_at) AS DATE) FROM read_parquet($files)"
            found: tuple[date | None] | None = reader.execute(newest, {"files": _names(files)}).fetchone()
            return found[0] if found else None

    def measures(self, files: Sequence[Path], as_of: date) -> pa.Table:
        """``customer_key`` and the measures of `db.rfm` at `as_of`, for every customer with lines until then.

        A purchase is an invoice that is worth something once its returns are in: an amount above 0 or, when it was
        free, a quantity above 0. A cancellation numbered like its invoice with a letter in front belongs to it.
        ``recency_days`` and ``tenure_days`` (days since the last and the first purchase) and ``mean_basket``
        (``monetary_value`` per purchase) are missing, and ``frequency`` 0, where nothing was bought in the end.
        ``monetary_value`` is the sum of all lines, returns included. A line without an invoice is an invoice of its
        own.
        """
        with self._reader() as reader:
            return reader.sql(_MEASURES, params={"files": _names(files), "as_of": as_of}).to_arrow_table()

    def _path(self, slug: str, batch: ImportBatch) -> Path:
        return self._folder / f"{slug}.{(batch.facts or {})[STATE]}.purchases"

    def _write(self, session: Session, dataset: Dataset, batch: ImportBatch, path: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        require_space(self._folder, batch.created * BYTES_PER_LINE, "write a snapshot")
        unfinished = self._folder / f".{dataset.slug}.{uuid.uuid4().hex}"
        try:
            write_lines(unfinished, transactions.read_lines(session.connection(), dataset.slug, batch.id))
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @contextmanager
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with workplace(self._work) as work:
            # one thread adds in the order of the lines: the same lines give the same sums, to the last digit
            reader = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": 1, "temp_directory": str(work)})
            try:
                yield reader
            finally:
                reader.close()


def _names(files: Sequence[Path]) -> list[str]:
    return [str(file) for file in files]


def new_state() -> str:
    """A name for the lines of a batch as they are now."""
    return uuid.uuid4().hex


def write_lines(path: Path, batches: Iterable[pa.RecordBatch]) -> None:
    """The lines of a batch into a file."""
    for _batch in passing(path, batches):
        pass


def passing(path: Path, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches as they are, each written into the file on its way."""
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for batch in batches:
            writer.write_batch(batch.select(SCHEMA.names).cast(SCHEMA))
            yield batch


def forget_states(session: Session, dataset_id: int) -> None:
    """The lines of a dataset change: whatever file holds them, on whichever host, is out of date."""
    for batch in stored_lines(session, dataset_id):
        batch.facts = {name: value for name, value in (batch.facts or {}).items() if name != STATE}
