"""One scoring run, computed: who is in which segment, and every small table the pages read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from segmentation import profiles, projection
from segmentation.features.plan import FeatureBuilder
from segmentation.features.recipes import AttributeLike, Feature
from segmentation.modelling.artifacts import ModelBundle
from segmentation.profiles import ProfileRow
from segmentation.progress import Progress, no_progress
from segmentation.scoring import Assigned, borderline_under, centroids
from segmentation.unusual import between, unusual
from segmentation.value import value_attributes

POINTS = 5_000  # customers drawn on the map
EXAMPLES = 10  # typical members, and members on the border, per segment
BATCH = 100_000
PERCENTILES = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class SegmentCounts:
    """What is kept of one label in one run; ``value`` None where the dataset has no value attributes."""

    customers: int
    value: float | None
    borderline: int
    confidence: dict[str, Any]
    typical: list[int]
    border: list[int]


@dataclass(frozen=True)
class Run:
    """A scoring run before it is stored.

    ``k`` counts Unassigned too; ``unassigned`` is its label, None where everybody has a segment.
    ``counts`` and the centroids of the features in original units, ``centroids``, are by label; ``points``
    holds the positions of the customers on the map and ``places`` their coordinates. ``unusual`` and ``between`` are
    as `segmentation.unusual` has them; ``between`` is None where no refits tell who is as often in another segment.
    """

    customer_ids: np.ndarray
    assigned: Assigned
    k: int
    value: float | None
    counts: list[SegmentCounts]
    centroids: list[dict[str, Any]]
    profiles: list[ProfileRow]
    points: np.ndarray
    places: np.ndarray
    unusual: dict[str, Any]
    between: dict[str, Any] | None = None
    unassigned: int | None = None

    @property
    def borderline(self) -> int:
        return sum(count.borderline for count in self.counts)


def compute_run(
    bundle: ModelBundle,
    frame: pd.DataFrame,
    attributes: Sequence[AttributeLike],
    X: np.ndarray,
    assigned: Assigned,
    *,
    seed: int,
    elsewhere: tuple[np.ndarray, np.ndarray] | None = None,
    progress: Progress = no_progress,
) -> Run:
    """Everything a run stores.

    Parameters
    ----------
    frame : DataFrame, index customer_id
        All customers, with every attribute.
    X : ndarray, shape (n_customers, n_columns)
        They, prepared.
    assigned : Assigned
        They, labelled.
    seed : int
        Of the sample of customers on the map.
    elsewhere : pair of ndarray, optional
        Positions of the customers whom stability looked at, and the share of refits that put them elsewhere.
    """
    progress(0.0, "profiling the segments")
    derived = FeatureBuilder(bundle.features, bundle.as_of).transform(frame)
    described = profile_columns(bundle.features, attributes)
    new = [column.name for column in described if column.name not in frame]
    table = frame.assign(**{name: derived[name] for name in new}) if new else frame
    rows = profiles.profile(table, assigned.label, bundle.labels, described, used_columns(bundle.features))
    progress(0.7, "drawing the map")
    points = projection.sample(assigned.label, POINTS, seed)
    value = customer_value(frame, attributes)
    ids = frame.index.to_numpy()
    return Run(
        customer_ids=ids,
        assigned=assigned,
        k=bundle.labels,
        value=None if value is None else float(value.sum()),
        counts=_counts(ids, assigned, bundle, value),
        centroids=_centroids(bundle.features, derived, assigned.label, bundle.labels),
        profiles=rows,
        points=points,
        places=bundle.projection.points(X[points]),
        unusual=unusual(
            ids,
            derived,
            X,
            bundle.pipeline.named_steps["prepare"],
            centroids(bundle),
            assigned.label,
            bundle.features,
            bundle.feature_names,
            bundle.unassigned,
        ),
        between=between(ids, assigned.label, *elsewhere, bundle.labels) if elsewhere else None,
        unassigned=bundle.unassigned,
    )


def customer_value(frame: pd.DataFrame, attributes: Sequence[AttributeLike]) -> np.ndarray | None:
    """Value of every customer: the sum of `value_attributes`, missing as 0; None without any."""
    names = value_attributes(attributes)
    if not names:
        return None
    total = np.zeros(len(frame))
    for name in names:
        total += np.nan_to_num(frame[name].to_numpy(dtype=np.float64))
    return total


def profile_columns(features: Iterable[Feature], attributes: Sequence[AttributeLike]) -> list[Any]:
    """What is profiled: every attribute that describes a customer, then the features derived from several."""
    stored = [attribute for attribute in attributes if attribute.role != "id" and attribute.kind != "text"]
    names = {attribute.name for attribute in attributes}
    derived = [
        SimpleNamespace(name=f.name, label=f.label, kind=f.kind, unit=f.unit)
        for f in features
        if not isinstance(f.expression, str) and f.name not in names
    ]
    return [*stored, *derived]


def used_columns(features: Iterable[Feature]) -> set[str]:
    """Names of the profiled columns that formed the segments.

    An attribute taken as it is counts under its own name, a derived feature under the feature's.
    """
    return {feature.expression if isinstance(feature.expression, str) else feature.name for feature in features}


def _counts(
    customer_ids: np.ndarray, assigned: Assigned, bundle: ModelBundle, value: np.ndarray | None
) -> list[SegmentCounts]:
    order = np.argsort(assigned.label, kind="stable")
    sizes = np.bincount(assigned.label, minlength=bundle.labels)
    border = borderline_under(bundle.algorithm)
    counts = []
    for label, members in enumerate(np.split(order, np.cumsum(sizes)[:-1])):
        confidence = assigned.confidence[members]
        counts.append(
            SegmentCounts(
                customers=len(members),
                value=None if value is None else float(value[members].sum()),
                borderline=0 if label == bundle.unassigned else int((confidence < border).sum()),
                confidence=_spread(confidence),
                typical=_smallest(assigned.distance, members, customer_ids),
                border=_smallest(assigned.confidence, members, customer_ids),
            )
        )
    return counts


def _spread(confidence: np.ndarray) -> dict[str, Any]:
    if not len(confidence):
        return {"mean": None, "percentiles": []}
    return {"mean": float(confidence.mean()), "percentiles": np.quantile(confidence, PERCENTILES).round(6).tolist()}


def _smallest(figure: np.ndarray, members: np.ndarray, customer_ids: np.ndarray) -> list[int]:
    """The members with the smallest figure, smallest first; equal ones by customer id."""
    values = figure[members]
    if len(members) > EXAMPLES:
        members = members[values <= np.partition(values, EXAMPLES - 1)[EXAMPLES - 1]]
    order = np.lexsort((customer_ids[members], figure[members]))
    return customer_ids[members[order][:EXAMPLES]].tolist()


def _centroids(features: Sequence[Feature], values: pd.DataFrame, labels: np.ndarray, k: int) -> list[dict[str, Any]]:
    """Mean of each feature in original units by label, of a category its most frequent level; None without a value."""
    centres: list[dict[str, Any]] = [{} for _ in range(k)]
    for feature in features:
        column = values[feature.name]
        if feature.kind == "category":
            table = pd.crosstab(labels, column.to_numpy(dtype=object))
            found: dict[int, Any] = dict(zip(table.index.tolist(), table.idxmax(axis=1).astype(str), strict=True))
        else:
            numbers = column.to_numpy(dtype=np.float64)
            known = ~np.isnan(numbers)
            totals = np.bincount(labels[known], weights=numbers[known], minlength=k)
            sizes = np.bincount(labels[known], minlength=k)
            found = {label: float(totals[label] / sizes[label]) for label in range(k) if sizes[label]}
        for label in range(k):
            centres[label][feature.name] = found.get(label)
    return centres


def assignment_batches(run: Run, scoring_run_id: int, segment_ids: Sequence[int]) -> Iterable[pa.RecordBatch]:
    """The rows of ``assignment``, in the order of customers; `segment_ids` is by label."""
    ids = np.array(segment_ids, dtype=np.int64)
    assigned, order = run.assigned, np.argsort(run.customer_ids)
    for start in range(0, len(run.customer_ids), BATCH):
        part = order[start : start + BATCH]
        runner_up = assigned.runner_up[part]
        yield pa.record_batch(
            {
                "scoring_run_id": np.full(len(runner_up), scoring_run_id, dtype=np.int64),
                "customer_id": run.customer_ids[part],
                "segment_id": ids[assigned.label[part]],
                "confidence": assigned.confidence[part],
                "distance": assigned.distance[part],
                "runner_up_id": pa.array(ids[runner_up], mask=runner_up < 0),
            }
        )
