"""How good a division of X is, measured on the very matrix that was clustered."""

import numpy as np
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.utils import check_random_state

from segmentation.modelling.assigners import Assigned

SAMPLE = 5_000  # a silhouette compares every pair: exact up to here, else on a seeded sample


def sample_rows(n: int, seed: int, size: int = SAMPLE) -> np.ndarray:
    """Positions of all rows, or ascending of a seeded sample of `size` of them.

    >>> sample_rows(3, seed=1), len(sample_rows(10_000, seed=1))
    (array([0, 1, 2]), 5000)
    """
    if n <= size:
        return np.arange(n)
    return np.sort(check_random_state(seed).choice(n, size, replace=False))


def quality(X: np.ndarray, labels: np.ndarray) -> dict[str, float | None]:
    """Silhouette, Calinski-Harabasz and Davies-Bouldin of a division.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        At most a few thousand rows: the silhouette's time and memory grow with n².
    labels : ndarray of int, shape (n,)

    Returns
    -------
    dict
        ``silhouette`` in [-1, 1] and ``calinski_harabasz`` (higher is better), ``davies_bouldin`` (lower is
        better); each None where it is not defined: fewer than 2 groups, or as many groups as rows.

    Examples
    --------
    Two pairs, one apart inside and ten between: a = 1, b = (10 + 11) / 2 or (9 + 10) / 2.

    >>> quality(np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([0, 0, 1, 1]))["silhouette"].__round__(4)
    0.8997
    """
    groups = len(np.unique(labels))
    if not 2 <= groups < len(X):
        return {"silhouette": None, "calinski_harabasz": None, "davies_bouldin": None}
    return {
        "silhouette": float(silhouette_score(X, labels)),
        "calinski_harabasz": float(calinski_harabasz_score(X, labels)),
        "davies_bouldin": float(davies_bouldin_score(X, labels)),
    }


def quality_of_everyone(X: np.ndarray, assigned: Assigned, k: int) -> dict[str, float | None]:
    """`quality` with everybody in a segment, those of the label k, in none, in the nearest.

    What is held against another division, or against copies, of which everybody is in a segment, has to count
    everybody too: leaving out who lies between the crowds separates by itself.
    """
    return quality(X, np.where(assigned.label == k, assigned.runner_up, assigned.label))


def quality_of_assigned(X: np.ndarray, labels: np.ndarray) -> dict[str, float | None]:
    """`quality` of those who are in a segment; the label -1 is none, and would not separate from anything."""
    known = labels >= 0
    return quality(X, labels) if known.all() else quality(X[known], labels[known])
