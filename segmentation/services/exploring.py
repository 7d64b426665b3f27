"""The columns of a dataset before any model: computed once per state of the customers, and kept in the store.

What a filter finds is looked at when it is asked for; a process remembers the last few.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy.orm import Session

from db.base import Base
from db.bulk import bulk_insert
from db.models import Attribute, Dataset, Summary
from db.queries.datasets import attributes_of
from db.queries.summaries import correlations_among, correlations_of, forget_correlations, summary_of
from db.session import Database
from segmentation.config import Settings
from segmentation.exploration import Pair, describe, pairs, strength_word
from segmentation.explore_views import ColumnView, ExploreView, core
from segmentation.filters import Filter
from segmentation.lookups import require_dataset
from segmentation.progress import Progress, no_progress
from segmentation.services.customers import CustomerService
from segmentation.snapshots import SAMPLE_ROWS, Snapshots
from segmentation.withholding import FEW

KIND = "columns"
FORMAT = "1"  # of what is kept; another one means look again
MOST_CELLS = 1_000_000  # so many values are looked at while a page waits
STRONGEST = 40  # pairs a page begins with
KEPT = 4  # filters a process remembers
SEED = 42
_FIELDS = ("customers", "missing", "distinct", "mean", "sd", "quantiles", "histogram", "levels", "far")


@dataclass(frozen=True)
class _Looked:
    """What a filter finds, and every pair of it."""

    view: ExploreView
    pairs: list[Pair]


class ExploreService:
    """See the module. What it remembers are answers, by question and state of the data; nothing of a user."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._snapshots = Snapshots(database, settings)
        self._customers = CustomerService(database, settings)
        self._looked: OrderedDict[tuple[int, str, bytes], _Looked] = OrderedDict()
        self._lock = Lock()

    def view(self, slug: str, by: Filter | None = None) -> ExploreView:
        """The columns of a dataset; of a small one they are computed now where the customers changed.

        With a filter, those of the customers it finds: at most a million values, of a seeded sample of them.

        Raises
        ------
        NotFoundError
            There is no such dataset.
        """
        if by is not None:
            return self._among(slug, by).view
        view = self._stored(slug)
        if view.state == "ready" or view.customers < FEW:
            return view
        with self._database.reading() as session:
            cells = view.customers * len(attributes_of(session, require_dataset(session, slug).id))
        if cells > MOST_CELLS:
            return view
        self.refresh(slug)
        return self._stored(slug)

    def pairs_of(self, slug: str, attribute: str, by: Filter | None = None) -> list[Pair]:
        """Every pair of one attribute, the strongest first; empty for one that is not compared."""
        if by is not None:
            return [each for each in self._among(slug, by).pairs if attribute in (each.first, each.second)]
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            return [_pair(row) for row in correlations_of(session, dataset.id, attribute)]

    def among(self, slug: str, attributes: list[str]) -> list[Pair]:
        """The pairs within a few attributes."""
        with self._database.reading() as session:
            return [_pair(row) for row in correlations_among(session, require_dataset(session, slug).id, attributes)]

    def core(self, slug: str, by: Filter | None = None) -> tuple[list[str], list[Pair]]:
        """The attributes of the strongest pairs, and every pair within them."""
        if by is not None:
            found = self._among(slug, by).pairs
            names = core(found[:STRONGEST])
            return names, [each for each in found if {each.first, each.second} <= set(names)]
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            names = core([_pair(row) for row in correlations_of(session, dataset.id, most=STRONGEST)])
            return names, [_pair(row) for row in correlations_among(session, dataset.id, names)]

    def refresh(self, slug: str, progress: Progress = no_progress) -> int:
        """Look at every column again unless that was done for the customers as they are; returns how many.

        One column is in memory at a time; pairs are compared on a seeded sample of at most 5,000 customers.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            kept = summary_of(session, dataset.id, KIND)
            if (kept is not None and kept.state == _state(dataset)) or dataset.customers < FEW:
                return len(attributes)
        told = {}
        for at, each in enumerate(attributes):
            progress(0.8 * at / len(attributes), f"looking at {each.label}")
            told[each.name] = describe(self._snapshots.frame(slug, [each.name])[each.name], each)
        progress(0.8, "comparing the columns")
        sample = self._snapshots.sample(slug, [each.name for each in attributes])
        found = pairs(sample, attributes)
        strong = sum(strength_word(each.strength) == "strong" for each in found)
        body = {"columns": told, "compared": len(found), "strong": strong, "sampled": len(sample)}
        with self._database.writing() as session:
            now = datetime.now(UTC)
            session.merge(Summary(dataset_id=dataset.id, kind=KIND, state=_state(dataset), body=body, computed_at=now))
            session.flush()
            forget_correlations(session, dataset.id)
            if found:
                bulk_insert(session.connection(), Base.metadata.tables["correlation"], [_rows(dataset.id, found)])
        progress(1.0, "done")
        return len(attributes)

    def _among(self, slug: str, by: Filter) -> _Looked:
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
        ids = self._customers.ids(slug, by)
        question = (dataset.id, dataset.state, blake2b(ids.tobytes()).digest())
        with self._lock:
            if question in self._looked:
                self._looked.move_to_end(question)
                return self._looked[question]
        looked = self._look(slug, attributes, ids)
        with self._lock:
            self._looked[question] = looked
            while len(self._looked) > KEPT:
                self._looked.popitem(last=False)
        return looked

    def _look(self, slug: str, attributes: Sequence[Attribute], ids: np.ndarray) -> _Looked:
        if len(ids) < FEW:
            return _Looked(ExploreView("missing", len(ids)), [])
        rng, most = np.random.default_rng(SEED), max(MOST_CELLS // len(attributes), SAMPLE_ROWS)
        picked = ids if len(ids) <= most else rng.choice(ids, most, replace=False)
        frame = self._snapshots.rows(slug, picked, [each.name for each in attributes])
        sample = frame.sample(min(SAMPLE_ROWS, len(frame)), random_state=SEED).sort_index()
        found = pairs(sample, attributes)
        view = ExploreView(
            "ready",
            len(ids),
            [_column(each, describe(frame[each.name], each)) for each in attributes],
            found[:STRONGEST],
            compared=len(found),
            strong=sum(strength_word(each.strength) == "strong" for each in found),
            sampled=len(sample),
            looked=None if len(frame) == len(ids) else len(frame),
        )
        return _Looked(view, found)

    def _stored(self, slug: str) -> ExploreView:
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            kept = summary_of(session, dataset.id, KIND)
            if kept is None or not kept.state.startswith(f"{FORMAT} ") or dataset.customers < FEW:
                return ExploreView("missing", dataset.customers)
            return _view(session, dataset, kept)


def _state(dataset: Dataset) -> str:
    return f"{FORMAT} {dataset.state}"


def _view(session: Session, dataset: Dataset, kept: Summary) -> ExploreView:
    told = kept.body["columns"]
    return ExploreView(
        state="ready" if kept.state == _state(dataset) else "stale",
        customers=dataset.customers,
        columns=[
            _column(each, told[each.name]) for each in attributes_of(session, dataset.id) if each.name in told
        ],
        pairs=[_pair(row) for row in correlations_of(session, dataset.id, most=STRONGEST)],
        compared=kept.body["compared"],
        strong=kept.body["strong"],
        sampled=kept.body["sampled"],
        computed_at=kept.computed_at,
    )  # fmt: skip


def _column(attribute: Attribute, told: dict[str, Any]) -> ColumnView:
    return ColumnView(
        attribute.name, attribute.label, attribute.kind, attribute.role, attribute.unit, attribute.sensitive,
        attribute.position, **{field: told[field] for field in _FIELDS},
    )  # fmt: skip


def _pair(row: object) -> Pair:
    return Pair(**{name: getattr(row, name) for name in Pair.__annotations__})


def _rows(dataset_id: int, found: list[Pair]) -> pa.RecordBatch:
    columns = {name: [getattr(each, name) for each in found] for name in (*Pair.__annotations__, "strength")}
    return pa.record_batch({"dataset_id": [dataset_id] * len(found)} | columns)
