"""The gap statistic: how much tighter the segments are than those of customers spread evenly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.modelling.dividing import KMEANS, Method
from segmentation.modelling.refits import STARTS, each
from segmentation.progress import Progress, no_progress

REFERENCES = 20
TAG = 1  # parts its random numbers from those of the other criteria
SMALLEST = 1e-12  # of the spread around one centre: what is left where every customer sits on a centre


@dataclass(frozen=True)
class Gap:
    """``gap`` and its standard error ``error`` by number of segments, 1 included."""

    gap: dict[int, float]
    error: dict[int, float]


def gap_statistic(
    X: np.ndarray,
    ks: Sequence[int],
    *,
    seed: int,
    references: int = REFERENCES,
    method: Method = KMEANS,
    progress: Progress = no_progress,
) -> Gap:
    """Gap(k) = mean over the references of log W(k), minus log W(k) of the customers.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        A few thousand rows.
    ks : sequence of int
        Numbers of segments; 1 is always added.
    seed : int
        Of the references and of every clustering.

    Returns
    -------
    Gap
        Higher is better; the error is ``sd * sqrt(1 + 1 / references)``, in the same unit (a logarithm).

    Notes
    -----
    W(k) is the inertia: R's ``cluster::clusGap(d.power = 2, spaceH0 = "scaledPCA")`` uses half of it, which
    cancels. A reference is uniform in the box that holds the customers along their principal axes.
    Source: Tibshirani, Walther & Hastie 2001.

    Examples
    --------
    Two points far apart, ten times each, are two segments with nothing left inside them:

    >>> found = gap_statistic(np.repeat([[0.0], [9.0]], 10, axis=0), [2, 3], seed=1)
    >>> found.gap[2] > 10 > found.gap[1], gap_choice(found.gap, found.error)
    (True, 2)
    """
    tried = sorted({1, *ks})
    centre = X.mean(axis=0)
    axes = np.linalg.svd(X - centre, full_matrices=False)[2]
    along = (X - centre) @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)
    floor = SMALLEST * max(_inertia(X, 1, seed, method), np.finfo(X.dtype).tiny)

    def log_w(rows: np.ndarray, start: int) -> list[float]:
        return [float(np.log(max(_inertia(rows, k, start, method), floor))) for k in tried]

    def reference(number: int | None) -> list[float]:
        if number is None:
            distinct = len(np.unique(X, axis=0))
            inertias = [_inertia(X, k, seed, method) if k <= distinct else 0.0 for k in tried]
            return [float(np.log(max(inertia, floor))) for inertia in inertias]
        rng = np.random.default_rng([seed, TAG, number])
        box = rng.uniform(low, high, along.shape).astype(X.dtype)
        return log_w(box @ axes, int(rng.integers(2**31)))

    told, *drawn = each(reference, [None, *range(references)], progress, "comparing with evenly spread customers")
    mean, sd = np.mean(drawn, axis=0), np.std(drawn, axis=0, ddof=1)
    error = sd * np.sqrt(1 + 1 / references)
    return Gap(
        dict(zip(tried, (mean - told).tolist(), strict=True)),
        dict(zip(tried, error.tolist(), strict=True)),
    )


def gap_choice(gap: Mapping[int, float], error: Mapping[int, float]) -> int | None:
    """The smallest k whose gap reaches that of k + 1 less its error; None when the gap rises to the end.

    >>> gap_choice({1: 0.1, 2: 0.5, 3: 0.55, 4: 0.5}, {1: 0.1, 2: 0.1, 3: 0.1, 4: 0.1})
    2
    """
    return next((k for k in sorted(gap) if k + 1 in gap and gap[k] >= gap[k + 1] - error[k + 1]), None)


def _inertia(X: np.ndarray, k: int, seed: int, method: Method) -> float:
    if k == 1:
        return float(((X - X.mean(axis=0)) ** 2).sum())
    return method.divide(X, k, seed=seed, n_init=STARTS).inertia
