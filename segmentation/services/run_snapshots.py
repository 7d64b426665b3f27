"""The columnar copy of one scoring run: who is in which segment, and how surely, beside the copy of the customers.

One Parquet file per run in the data folder. A cache only: what is missing is written again from the store, and any
process may delete it, as `Snapshots.remove` does when customers are erased.
"""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from db.models import ScoringRun
from db.queries.customers import ASSIGNED, assignment_batches
from db.queries.segments import SegmentOfRun
from db.session import Database
from segmentation.config import Settings
from segmentation.scoring import BORDERLINE
from segmentation.simulator import LEANING
from segmentation.space import require_space

WORDS = ("clear", "leaning", "borderline")
BYTES_PER_CUSTOMER = 40
SCHEMA = ASSIGNED.append(pa.field("word", pa.string()))


class RunSnapshots:
    """Files of runs; see the module."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._folder = settings.snapshots

    def path(self, slug: str, run: ScoringRun, segments: Sequence[SegmentOfRun], border: float) -> Path:
        """The Parquet file of a run, written now if it is not there: customer_id, segment_id, confidence,
        runner_up_id, word.

        `border` is the confidence under which a customer is borderline.
        """
        # the moment as well: after a restore the same number may be another run
        path = self._folder / f"{slug}.run-{run.id}-{run.created_at:%Y%m%d%H%M%S%f}.parquet"
        if not path.exists():
            self._write(path, slug, run, segments, border)
        return path

    def _write(self, path: Path, slug: str, run: ScoringRun, segments: Sequence[SegmentOfRun], border: float) -> None:
        known = {each.segment.id: each.counts.confidence.get("percentiles", []) for each in segments}
        self._folder.mkdir(parents=True, exist_ok=True)
        require_space(self._folder, run.customers * BYTES_PER_CUSTOMER, "write a snapshot")
        unfinished = self._folder / f".{slug}.{uuid.uuid4().hex}"
        try:
            with self._database.reading() as session, pq.ParquetWriter(unfinished, SCHEMA) as writer:
                for batch in assignment_batches(session.connection(), run.id):
                    writer.write_batch(_with_words(batch, known, border))
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        for stale in self._folder.glob(f"{slug}.run-*.parquet"):
            if stale != path and stale.stat().st_mtime < path.stat().st_mtime:
                stale.unlink(missing_ok=True)


def _with_words(batch: pa.RecordBatch, known: Mapping[int, Sequence[float]], border: float) -> pa.RecordBatch:
    words = confidence_words(
        batch.column("segment_id").to_numpy(), batch.column("confidence").to_numpy(), known, border
    )
    return pa.RecordBatch.from_arrays([*batch.columns, pa.array(words, pa.string())], schema=SCHEMA)


def confidence_words(
    segment: np.ndarray, confidence: np.ndarray, percentiles: Mapping[int, Sequence[float]], border: float = BORDERLINE
) -> np.ndarray:
    """`segmentation.simulator.confidence_word` of many customers at once.

    Parameters
    ----------
    segment : ndarray of int, shape (n,)
    confidence : ndarray of float, shape (n,)
        In [0, 1].
    percentiles : mapping
        By segment the 101 percentiles of its confidences; empty where nobody is in it.

    Returns
    -------
    ndarray of object, shape (n,)

    >>> confidence_words(np.array([1, 1, 1]), np.array([0.01, 0.2, 0.9]), {1: [i / 100 for i in range(101)]}).tolist()
    ['borderline', 'leaning', 'clear']
    """
    words = np.full(len(segment), "clear", dtype=object)
    for each, sorted_ in percentiles.items():
        if len(sorted_):
            leaning = np.searchsorted(np.asarray(sorted_), confidence, side="left") < LEANING
            words[leaning & (segment == each)] = "leaning"
    words[confidence < border] = "borderline"
    return words
