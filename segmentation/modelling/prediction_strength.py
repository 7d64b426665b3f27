"""Prediction strength: do customers who were not there when the segments were formed fall into the same ones?"""

from collections.abc import Mapping, Sequence

import numpy as np

from segmentation.modelling.dividing import KMEANS, Method
from segmentation.modelling.refits import contingency, distinct, divide, each, row_kinds
from segmentation.progress import Progress, no_progress

SPLITS = 20
ENOUGH = 0.8
TAG = 2


def prediction_strength(
    X: np.ndarray,
    ks: Sequence[int],
    *,
    seed: int,
    splits: int = SPLITS,
    method: Method = KMEANS,
    progress: Progress = no_progress,
) -> dict[int, float | None]:
    """The share of pairs in the worst segment that the other half of the customers keeps together.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        A few thousand rows, each split into halves `splits` times.
    ks : sequence of int
    seed : int

    Returns
    -------
    dict
        By k, in [0, 1], higher is better: mean over the splits and both directions; None where a half has
        fewer than 2 k customers.

    Notes
    -----
    As ``fpc::prediction.strength`` in R with ``classification = "centroid"``; a segment of one customer
    counts as 1. Source: Tibshirani & Walther 2005.

    Examples
    --------
    >>> two = np.array([[0.0], [0.1], [0.2], [0.3], [9.0], [9.1], [9.2], [9.3]])
    >>> prediction_strength(two, [2, 3], seed=1)
    {2: 1.0, 3: None}
    """
    half = len(X) // 2
    tried = [k for k in ks if half >= 2 * k]
    kinds = row_kinds(X)

    def strength(task: tuple[int, int]) -> float:
        k, split = task
        rng = np.random.default_rng([seed, TAG, k, split])
        order = rng.permutation(len(X))
        halves = order[:half], order[half:]
        found = [
            divide(X[rows], k, seed=int(rng.integers(2**31)), distinct=distinct(kinds[rows]), method=method)
            for rows in halves
        ]
        worst = [_worst(found[i].labels, found[1 - i].labels_of(X[rows]), k) for i, rows in enumerate(halves)]
        return float(np.mean(worst))

    tasks = [(k, split) for k in tried for split in range(splits)]
    found = each(strength, tasks, progress, "asking whether unseen customers agree")
    by_k = dict(zip(tried, np.reshape(found, (len(tried), splits)).mean(axis=1).tolist(), strict=True))
    return {k: by_k.get(k) for k in ks}


def strength_choice(strength: Mapping[int, float | None]) -> int | None:
    """The largest k with at least 0.8; 1 when no k reaches it; None when nothing was measured.

    >>> strength_choice({2: 0.95, 3: 0.85, 4: 0.4}), strength_choice({2: 0.4}), strength_choice({2: None})
    (3, 1, None)
    """
    measured = {k: value for k, value in strength.items() if value is not None}
    return max((k for k, value in measured.items() if value >= ENOUGH), default=1) if measured else None


def _worst(own: np.ndarray, predicted: np.ndarray, k: int) -> float:
    """The smallest share of pairs of one segment that are one segment in the prediction too."""
    table = contingency(own, predicted, k, k).astype(float)
    sizes = table.sum(axis=1)
    together = (table * (table - 1)).sum(axis=1)
    pairs = sizes * (sizes - 1)
    return float(np.divide(together, pairs, out=np.ones(k), where=pairs > 0).min())
