"""The eleven groups of recency, frequency and value, and how they lie across the segments."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from db.models import Attribute, Dataset, Summary
from db.queries.datasets import attributes_of
from db.queries.imports import newest_transactions
from db.queries.segments import SegmentOfRun, champion_of, newest_run, segments_of_run
from db.queries.summaries import summary_of
from db.session import Database
from segmentation.as_of import choose_as_of
from segmentation.config import Settings
from segmentation.errors import KindredError
from segmentation.features import rfm
from segmentation.lookups import require_dataset
from segmentation.rfm_views import RfmSegment, RfmView, association, doubts, expected_in, grid_of, groups_of
from segmentation.scoring import borderline_under
from segmentation.services.run_snapshots import RunSnapshots
from segmentation.snapshots import Snapshots

KIND = "rfm"
DAYS = {"days": 1.0, "months": 30.44, "years": 365.25}


@dataclass(frozen=True)
class _Found:
    """Whose three figures are known: their ids, scores (None of nobody) and values, of so many ``customers``."""

    customers: int
    as_of: date
    ids: np.ndarray
    scored: rfm.Scored | None
    value: np.ndarray
    history_days: float
    newest_days: float

    def summary(self, run: Path | None) -> dict[str, Any]:
        """What the page is made of, as JSON; with the segments of a run's file."""
        body: dict[str, Any] = {
            "customers": self.customers, "scored": len(self.ids), "as_of": self.as_of.isoformat()
        }  # fmt: skip
        if self.scored is None:
            return body
        segment = _segments(run, self.ids) if run else None
        return body | rfm.summarised(self.scored, self.value, segment) | {
            "distinct": [len(each.scores) for each in self.scored.scales],
            "history_days": self.history_days, "newest_days": self.newest_days,
        }  # fmt: skip


class RfmService:
    """Computed once per state of the customers and run of the champion, and kept in the store."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._snapshots, self._runs = Snapshots(database, settings), RunSnapshots(database, settings)

    def view(self, slug: str) -> RfmView:
        """The groups of a dataset, computed now where the customers or the segments changed.

        Raises
        ------
        NotFoundError
            There is no such dataset.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            columns = rfm.columns_of(attributes)
            if isinstance(columns, str):
                return RfmView(needs=columns)
            model = champion_of(session, dataset.id)
            run = newest_run(session, model.id) if model else None
            segments = segments_of_run(session, run.id) if run else []
            state = f"{dataset.state} {run.id if run else 0}"
            kept = summary_of(session, dataset.id, KIND)
            body = kept.body if kept is not None and kept.state == state else None
            purchased = _purchased(session, dataset)
        if body is None:
            self._snapshots.path(slug)  # before that of the run: writing the customers' copy removes older files
            run_file = (
                self._runs.path(slug, run, segments, borderline_under(model.algorithm)) if run and model else None
            )
            body = self._scored(dataset, attributes, columns, purchased).summary(run_file)
            self._keep(dataset.id, state, body)
        return _view(dataset, attributes, columns, body, segments)

    def groups_file(self, slug: str) -> Path:
        """The Parquet file of everybody scored, with the columns customer_id and rfm_group, the name; written now if
        it is not there. A cache beside the copy of the customers, and removed with it.

        Raises
        ------
        KindredError
            The columns do not say when customers bought last, how often, and for how much.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            purchased = _purchased(session, dataset)
        columns = rfm.columns_of(attributes)
        if isinstance(columns, str):
            raise KindredError(f"dataset {slug!r} has no RFM groups: its columns tell no {columns}; add purchases")
        file = self._snapshots.path(slug).with_suffix(".rfm.parquet")
        if not file.exists():
            found = self._scored(dataset, attributes, columns, purchased)
            names = np.array(rfm.NAMES)[found.scored.group] if found.scored else np.array([], dtype=str)
            unfinished = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
            try:
                pq.write_table(pa.table({"customer_id": found.ids, "rfm_group": names}), unfinished)
                unfinished.replace(file)
            finally:
                unfinished.unlink(missing_ok=True)
        return file

    def _scored(
        self, dataset: Dataset, attributes: Sequence[Attribute], columns: rfm.Columns, purchased: date | None
    ) -> "_Found":
        aged = [each for each in attributes if each.kind == "date" or each.role == "tenure" or _is_tenure(each)]
        frame = self._snapshots.frame(dataset.slug, list(dict.fromkeys([*columns.names, *(a.name for a in aged)])))
        day = purchased
        if day is None or columns.is_date:
            day = choose_as_of(None, frame, attributes, dataset.updated_at.date(), day)
        recency = _days(frame[columns.recency], day) if columns.is_date else frame[columns.recency].to_numpy(float)
        frequency, value = _sum(frame, columns.frequency), _sum(frame, columns.value)
        known = ~(np.isnan(recency) | np.isnan(frequency) | np.isnan(value))
        ids = frame.index.to_numpy()[known]
        if not known.any():
            return _Found(len(frame), day, ids, None, value[known], 0.0, 0.0)
        told = max([float(np.nanmax(recency)), *(_oldest(frame[each.name], each, day) for each in aged)])
        scored = rfm.score(recency[known], frequency[known], value[known])
        return _Found(len(frame), day, ids, scored, value[known], told, float(recency[known].min()))

    def _keep(self, dataset_id: int, state: str, body: dict[str, Any]) -> None:
        with self._database.writing() as session:
            kept = Summary(dataset_id=dataset_id, kind=KIND, state=state, body=body, computed_at=datetime.now(UTC))
            session.merge(kept)


def _purchased(session: Session, dataset: Dataset) -> date | None:
    """The day that imported purchases are measured at; None without purchases."""
    batch = newest_transactions(session, dataset.id)
    told = (batch.facts or {}).get("as_of") if batch else None
    return date.fromisoformat(told) if told else None


def _sum(frame: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """The columns added up; what is missing counts nothing unless all is."""
    return frame[list(names)].sum(axis=1, min_count=1).to_numpy(float)


def _days(dates: pd.Series, day: date) -> np.ndarray:
    """Days from each date to `day`, at least 0."""
    return np.maximum((pd.Timestamp(day) - dates.dt.normalize()).dt.days.to_numpy(float), 0.0)


def _is_tenure(attribute: Attribute) -> bool:
    return attribute.computed and attribute.name in ("tenure_days", "rfm_tenure_days")


def _oldest(column: pd.Series, attribute: Attribute, day: date) -> float:
    """How many days ago the first customer came, as far as this column knows."""
    if attribute.role != "tenure" and not _is_tenure(attribute):
        return 0.0
    days = _days(column, day) if attribute.kind == "date" else None
    if days is None and attribute.kind == "number" and attribute.unit in DAYS:
        days = column.to_numpy(float) * DAYS[attribute.unit]
    return float(np.nanmax(days)) if days is not None and not np.isnan(days).all() else 0.0


def _segments(run: Path, ids: np.ndarray) -> np.ndarray:
    """The segment of each customer, -1 for whoever the run does not know."""
    table = pq.read_table(run, columns=["customer_id", "segment_id"])
    known, segment = table.column("customer_id").to_numpy(), table.column("segment_id").to_numpy()
    at = np.minimum(np.searchsorted(known, ids), max(len(known) - 1, 0))
    return np.where(known[at] == ids, segment[at], -1) if len(known) else np.full(len(ids), -1)


def _view(
    dataset: Dataset,
    attributes: Sequence[Attribute],
    columns: rfm.Columns,
    body: dict[str, Any],
    segments: Sequence[SegmentOfRun],
) -> RfmView:
    labels = {each.name: each.label for each in attributes}
    common = {
        "needs": None, "customers": body["customers"], "scored": body["scored"], "currency": dataset.currency,
        "labels": (labels[columns.recency], _named(columns.frequency, labels, "purchases"),
                   _named(columns.value, labels, "spending")),
    }  # fmt: skip
    if not body["scored"]:
        return RfmView(**common)
    computed = any(each.computed and each.name == columns.recency for each in attributes)
    crossed = _crossed(body, segments)
    counts = np.array([each.counts for each in crossed]) if crossed else np.zeros((0, 0))
    return RfmView(
        **common,
        as_of=date.fromisoformat(body["as_of"]) if columns.is_date or computed else None,
        total=sum(value for _, value in body["groups"]),
        groups=groups_of(body),
        grid=grid_of(body),
        distinct=tuple(body["distinct"]),
        doubts=doubts(body["scored"], body["history_days"], body["newest_days"]),
        segments=crossed,
        association=association(counts) if crossed else None,
    )


def _named(names: Sequence[str], labels: dict[str, str], what: str) -> str:
    return labels[names[0]] if len(names) == 1 else f"{what} ({len(names)} columns added up)"


def _crossed(body: dict[str, Any], segments: Sequence[SegmentOfRun]) -> list[RfmSegment]:
    none = [0] * len(rfm.GROUPS)
    told = [(each, body["segments"].get(str(each.segment.id), none)) for each in segments]
    if not any(sum(counts) for _, counts in told):
        return []
    expected = expected_in(np.array([counts for _, counts in told]))
    return [
        RfmSegment(each.identity.slug, each.identity.name, each.identity.colour, sum(counts), counts, row.tolist())
        for (each, counts), row in zip(told, expected, strict=True)
    ]
