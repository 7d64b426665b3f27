"""The generated sample datasets, loaded the way any customer file is."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy.orm import Session

from db import transactions
from db.models import Dataset, ImportBatch
from db.queries.datasets import dataset_by_slug
from db.session import Database
from segmentation import samples
from segmentation.config import Settings
from segmentation.ingest.dialect import detect
from segmentation.progress import Progress, no_progress, part
from segmentation.services.imports import ImportOptions, ImportService

SLUG, NAME, CURRENCY = "loyalty", "Loyalty club (sample)", "EUR"
DESCRIPTION = (
    "2,000 generated members of a retail loyalty club and their purchases of 24 months up to {as_of}. "
    "They are drawn from six kinds of people; nobody in it exists."
)
BATCH_ROWS = 50_000


class SampleService:
    """Puts the sample datasets into the store."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def load(self, by: str, progress: Progress = no_progress) -> dict[str, Any]:
        """Load the samples that are not there yet.

        The customers come in as a file through the ordinary import; their purchases and what marks the
        dataset as a sample follow in one transaction. A load that was cut short is completed by the
        next one; a dataset of the user's own with the same slug is left alone.

        Returns
        -------
        dict
            ``{"datasets": slugs of the samples, "loaded": slugs of those loaded by this call}``.
        """
        with self._database.reading() as session:
            there = dataset_by_slug(session, SLUG)
        if there is not None and (there.is_sample or there.name != NAME):
            return {"datasets": [SLUG], "loaded": []}
        progress(0.0, "generating the sample customers")
        sample = samples.generate()
        with tempfile.TemporaryDirectory(dir=self._settings.staging) as folder:
            customers, purchases = samples.write_csv(sample, Path(folder))
            options = ImportOptions(key="customer_no", dataset_name=NAME)
            ImportService(self._database, self._settings).import_file(
                customers, SLUG, options, by=by, progress=part(progress, 0.1, 0.7)
            )
            progress(0.7, "storing their purchases")
            with self._database.writing() as session:
                self._store_purchases(session, sample, purchases, by)
        progress(1.0, "done")
        return {"datasets": [SLUG], "loaded": [SLUG]}

    def _store_purchases(self, session: Session, sample: samples.Sample, file: Path, by: str) -> None:
        """The purchases as one batch, and the dataset marked as the sample."""
        dataset = dataset_by_slug(session, SLUG)
        assert dataset is not None  # just imported
        lines = sample.transactions.rename(columns={"customer_no": "customer_key"}).drop(columns="channel")
        batch = _batch(dataset, file, len(lines), by)
        session.add(batch)
        session.flush()
        table = pa.Table.from_pandas(lines.assign(import_batch_id=batch.id), preserve_index=False)
        transactions.load(session.connection(), SLUG, table.to_batches(BATCH_ROWS))
        dataset.is_sample, dataset.currency = True, CURRENCY
        dataset.description = DESCRIPTION.format(as_of=sample.as_of.isoformat())


def _batch(dataset: Dataset, file: Path, lines: int, by: str) -> ImportBatch:
    """The record of the purchases received, as an import leaves it."""
    now, dialect = datetime.now(UTC), detect(file)
    return ImportBatch(
        dataset_id=dataset.id,
        file_name=file.name,
        sha256=dialect.sha256,
        kind="transactions",
        dialect=dialect.as_json(),
        mapping={"customer_no": "customer_key"},
        on_duplicate="update",
        blank="keep",
        status="committed",
        rows_read=lines,
        created=lines,
        problem_counts={},
        created_at=now,
        created_by=by,
        finished_at=now,
    )
