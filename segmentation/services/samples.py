"""The generated sample datasets, loaded the way any customer file is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from db.queries.datasets import dataset_by_slug
from db.session import Database
from segmentation import samples
from segmentation.config import Settings
from segmentation.lookups import require_dataset
from segmentation.progress import Progress, no_progress, part
from segmentation.services.imports import ImportOptions, ImportService

SLUG, NAME, CURRENCY = "loyalty", "Loyalty club (sample)", "EUR"
DESCRIPTION = (
    "2,000 generated members of a retail loyalty club and their purchases of 24 months up to {as_of}. "
    "They are drawn from six kinds of people; nobody in it exists."
)


class SampleService:
    """Puts the sample datasets into the store."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def load(self, by: str, progress: Progress = no_progress) -> dict[str, Any]:
        """Load the samples that are not there yet.

        The customers and their purchases come in as files through the ordinary import; what marks the
        dataset as a sample follows. A load that was cut short is completed by the
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
            lines = ImportOptions(kind="transactions", mapping={"channel": None}, as_of=sample.as_of.isoformat())
            ImportService(self._database, self._settings).import_file(
                purchases, SLUG, lines, by=by, progress=part(progress, 0.7, 0.95)
            )
            with self._database.writing() as session:
                dataset = require_dataset(session, SLUG)
                dataset.is_sample, dataset.currency = True, CURRENCY
                dataset.description = DESCRIPTION.format(as_of=sample.as_of.isoformat())
        progress(1.0, "done")
        return {"datasets": [SLUG], "loaded": [SLUG]}
