"""Segments as dense crowds: HDBSCAN and DBSCAN, with settings taken from the data where none are given."""

from math import ceil

import numpy as np
from kneed import KneeLocator
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.neighbors import NearestNeighbors

from segmentation.modelling.selection import SMALLEST_SEGMENT, SMALLEST_SHARE

FEWEST_NEIGHBOURS, MOST_NEIGHBOURS = 5, 20
CROWD_SHARE = 0.02  # of the customers make a crowd of HDBSCAN's
UNASSIGNED = -1


def neighbours_needed(columns: int) -> int:
    """How many neighbours make a place dense: twice the columns, from 5 to 20.

    Twice the dimensions is Sander et al. 1998; the bounds are ours: one-hot columns are no dimensions.

    >>> neighbours_needed(2), neighbours_needed(4), neighbours_needed(32)
    (5, 8, 20)
    """
    return max(FEWEST_NEIGHBOURS, min(2 * columns, MOST_NEIGHBOURS))


def crowd_needed(n: int) -> int:
    """How many customers HDBSCAN calls a crowd: 2 % of them, at least 10.

    >>> crowd_needed(200), crowd_needed(2240)
    (10, 45)
    """
    return max(SMALLEST_SEGMENT, ceil(CROWD_SHARE * n))


def knee_distance(X: np.ndarray, neighbours: int) -> float:
    """DBSCAN's distance: where the curve of everybody's distance to their n-th neighbour bends upwards.

    Parameters
    ----------
    X : ndarray, shape (n, n_columns)
        More rows than `neighbours`.

    Returns
    -------
    float
        Above 0. Where the curve has no clear knee, the distance that nine in ten stay under.

    Notes
    -----
    Ester et al. 1996 read it off the same curve by eye; Kneedle (Satopaa et al. 2011) does it here.
    """
    found = NearestNeighbors(n_neighbors=neighbours).fit(X).kneighbors(X)[0][:, -1]
    curve = np.sort(found.astype(np.float64))
    knee = None
    if curve[0] < curve[-1]:
        knee = KneeLocator(np.arange(len(curve)), curve, S=1.0, curve="convex", direction="increasing").knee
    eps = float(curve[int(knee)] if knee is not None else np.quantile(curve, 0.9))
    return max(eps, float(np.finfo(np.float32).eps))


def dbscan(X: np.ndarray, eps: float, min_samples: int) -> np.ndarray:
    """Label of every customer; -1 for those in no crowd."""
    return large_enough(DBSCAN(eps=eps, min_samples=min_samples).fit_predict(X))


def hdbscan(X: np.ndarray, min_cluster_size: int, min_samples: int) -> np.ndarray:
    """Label of every customer; -1 for those in no crowd."""
    found = HDBSCAN(min_cluster_size=min_cluster_size, min_samples=min_samples, copy=True).fit_predict(X)
    return large_enough(found)


def large_enough(labels: np.ndarray) -> np.ndarray:
    """The labels, the largest crowd first; one of fewer than 10 customers or 1 % of them is none.

    >>> large_enough(np.repeat([0, 1, 2, -1], [3, 12, 20, 5]))[[0, 3, 15, 35]].tolist()
    [-1, 1, 0, -1]
    """
    found, counts = np.unique(labels[labels != UNASSIGNED], return_counts=True)
    least = max(SMALLEST_SEGMENT, SMALLEST_SHARE * len(labels))
    order = np.argsort(-counts, kind="stable")
    kept = [found[at] for at in order if counts[at] >= least]
    result = np.full(len(labels), UNASSIGNED, dtype=np.int64)
    for number, label in enumerate(kept):
        result[labels == label] = number
    return result
