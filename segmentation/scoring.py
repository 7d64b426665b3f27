"""The one path to a label: batch, simulator, REST and command line all come through here."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmentation.modelling.artifacts import ModelBundle

CHUNK = 100_000  # rows prepared at a time: bounds memory, changes no result
BORDERLINE = 0.05  # confidence under which a customer might as well be in the runner-up


@dataclass(frozen=True)
class Assigned:
    """One entry per customer, in the order of the rows.

    ``label`` and ``runner_up`` (nearest and second nearest; -1 when there is only one segment) are the
    clusterer's integers, ``distance`` that to the nearest centroid in the clustered space, ``confidence``
    (d2 - d1) / (d2 + d1) in [0, 1]: 0 on the border, 1 on the centroid.
    """

    label: np.ndarray
    confidence: np.ndarray
    distance: np.ndarray
    runner_up: np.ndarray


def assign(bundle: ModelBundle, frame: pd.DataFrame) -> Assigned:
    """Label customers.

    Parameters
    ----------
    bundle : ModelBundle
        `ModelBundle.at` moves the day that ages and tenures are counted to.
    frame : DataFrame, shape (n_customers, n_attributes)
        Raw attributes as `Snapshots.frame` gives them. What is missing, a value or a whole column, is
        imputed as in training; a level not seen in training counts as Other.

    Returns
    -------
    Assigned
        One row alone gets exactly what it gets among others.
    """
    return nearest(prepare(bundle, frame), centroids(bundle))


def prepare(bundle: ModelBundle, frame: pd.DataFrame) -> np.ndarray:
    """The rows in the clustered space; shape (n_customers, n_columns), float64."""
    steps = bundle.pipeline[:-1]
    frame = frame[[name for name in bundle.inputs if name in frame]]
    X = np.empty((len(frame), len(bundle.feature_names)))

    def fill(part: slice) -> None:
        X[part] = steps.transform(frame.iloc[part])

    _in_parts(fill, len(frame))
    return X


def centroids(bundle: ModelBundle) -> np.ndarray:
    """Centre of each segment in the clustered space; shape (k, n_columns)."""
    return np.asarray(bundle.pipeline[-1].cluster_centers_, dtype=np.float64)


def nearest(X: np.ndarray, centres: np.ndarray) -> Assigned:
    """Nearest and second nearest centre of every row.

    Distances are summed feature by feature, not through scikit-learn's matrix product, whose last digits
    depend on how many rows are computed at once.

    >>> assigned = nearest(np.array([[1.0, 0.0], [3.0, 0.0]]), np.array([[0.0, 0.0], [4.0, 0.0]]))
    >>> assigned.label, assigned.confidence, assigned.distance
    (array([0, 1]), array([0.5, 0.5]), array([1., 1.]))
    """
    n, k = len(X), len(centres)
    first, second = np.empty(n), np.full(n, np.nan)
    label, runner_up = np.empty(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)

    def fill(part: slice) -> None:
        squared = _squared_distances(X[part], centres)
        rows = np.arange(squared.shape[1])
        label[part] = squared.argmin(axis=0)
        first[part] = squared[label[part], rows]
        if k > 1:
            squared[label[part], rows] = np.inf
            runner_up[part] = squared.argmin(axis=0)
            second[part] = squared[runner_up[part], rows]

    _in_parts(fill, n)
    d1, d2 = np.sqrt(first), np.sqrt(second)
    total = d1 + d2
    confidence = np.divide(d2 - d1, total, out=np.zeros(n), where=total > 0) if k > 1 else np.ones(n)
    return Assigned(label, confidence, d1, runner_up)


def _in_parts(fill: Callable[[slice], None], rows: int) -> None:
    """Call `fill` for each chunk of the rows; several chunks share the processor's cores."""
    parts = [slice(start, min(start + CHUNK, rows)) for start in range(0, rows, CHUNK)]
    if len(parts) <= 1:
        for part in parts:
            fill(part)
        return
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, parts))


def _squared_distances(X: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Shape (k, n); every entry is summed over the features in the same order, however many rows there are."""
    columns = np.ascontiguousarray(X.T)
    squared = np.zeros((len(centres), columns.shape[1]))
    step = np.empty(columns.shape[1])
    for j, column in enumerate(columns):
        for i in range(len(centres)):
            np.subtract(column, centres[i, j], out=step)
            squared[i] += np.multiply(step, step, out=step)
    return squared
