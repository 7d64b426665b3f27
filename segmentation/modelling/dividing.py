"""One call per division: a matrix and a number of segments in, labels and what labels others out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import linkage
from sklearn.base import BaseEstimator
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.mixture import GaussianMixture

from segmentation.modelling.algorithms import Algorithm, algorithm
from segmentation.modelling.assigners import Mixture, Nearest, stand_in
from segmentation.modelling.density import (
    FEWEST_NEIGHBOURS,
    UNASSIGNED,
    crowd_needed,
    dbscan,
    hdbscan,
    knee_distance,
    neighbours_needed,
)
from segmentation.modelling.kprototypes import ROUNDS, KPrototypes

MANY_ROWS = 200_000  # above this one start is enough, and ten take long
WIDTH = 0.05  # least variance of a mixture's component: without it one closes in on a category or a round number
MIXTURE_STARTS, MIXTURE_ROUNDS = 3, 200
TREES = 64  # kept: those of all refits of one number of segments
BATCH, PASSES, STILL = 4_096, 20, 1e-4  # of mini-batch: rows, most passes, and the movement that ends them


@dataclass(frozen=True)
class Division:
    """Customers divided.

    Attributes
    ----------
    labels : ndarray of int, shape (n,)
        The algorithm's own, 0 to k - 1; -1 for those it leaves unassigned.
    k : int
        Segments, Unassigned not among them.
    inertia : float
        Sum of the squared distances to the segments' centres, over the assigned.
    points, label_of : ndarray
        What the nearest of says the label of others: centres, or the customers themselves.
    settled : bool
        The rounds ended by themselves.
    settings : dict
        What was taken from the data or given beside k, as stored: ``eps``, ``min_samples``, ``min_cluster_size``.
    mixture : Mixture or None
    """

    labels: np.ndarray
    k: int
    inertia: float
    points: np.ndarray
    label_of: np.ndarray
    settled: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    mixture: Mixture | None = None

    def labels_of(self, X: np.ndarray) -> np.ndarray:
        """The label of other customers, at most a few thousand, for criteria that need them quickly.

        >>> near = Division(np.array([0, 1]), 2, 0.0, np.array([[1.0], [5.0]]), np.array([0, 1]))
        >>> near.labels_of(np.array([[0.0], [4.0], [6.0]]))
        array([0, 1, 1])
        """
        if self.mixture is not None:
            return self.mixture.predict(X)
        points = self.points
        nearest = (np.einsum("ij,ij->i", points, points) - 2 * (X @ points.T)).argmin(axis=1)
        return np.asarray(self.label_of[nearest])

    def assigner(self, X: np.ndarray, *, predicts: bool, seed: int) -> Nearest | Mixture:
        """What is stored with the model; X the rows that were divided. Unassigned is its last label, k."""
        if self.mixture is not None:
            return self.mixture
        if predicts:
            return Nearest(np.asarray(self.points, dtype=np.float64))
        return stand_in(X, np.where(self.labels == UNASSIGNED, self.k, self.labels), seed=seed)


@dataclass(frozen=True)
class Method:
    """An algorithm with everything it needs beside the number of segments.

    Attributes
    ----------
    name : str
    categories : tuple of tuple of int
        The columns of each category of the matrix: k-prototypes counts them as one.
    eps, min_samples, min_cluster_size
        Of DBSCAN and HDBSCAN; None is taken from the rows that are divided.
    """

    name: str = "kmeans"
    categories: tuple[tuple[int, ...], ...] = ()
    eps: float | None = None
    min_samples: int | None = None
    min_cluster_size: int | None = None
    _trees: dict[bytes, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def algorithm(self) -> Algorithm:
        return algorithm(self.name)

    def divide(self, X: np.ndarray, k: int, *, seed: int, n_init: int) -> Division:
        """Divide the rows of X, of which at least k differ; `k` counts only where the algorithm asks for it."""
        if self.name in ("dbscan", "hdbscan"):
            return self._crowds(X)
        if k == 1 and self.name != "kprototypes":
            return _by_labels(X, np.zeros(len(X), dtype=np.int64), X.mean(axis=0, keepdims=True))
        if self.name == "ward":
            return _by_labels(X, cut(self._tree(np.asarray(X, dtype=np.float64)), k))
        if self.name == "kprototypes":
            return _of(KPrototypes(k, self.categories, n_init, seed).fit(X), ROUNDS)
        return DIVIDERS[self.name](X, k, seed, n_init)

    def _tree(self, X: np.ndarray) -> np.ndarray:
        """Ward's tree of these rows: the same for every number of segments, so the last few are kept."""
        key = blake2b(X.tobytes(), digest_size=16).digest()
        if key not in self._trees:
            if len(self._trees) >= TREES:
                self._trees.clear()
            self._trees[key] = linkage(X, "ward")
        return self._trees[key]

    def _crowds(self, X: np.ndarray) -> Division:
        if self.name == "dbscan":
            needed = self.min_samples or neighbours_needed(X.shape[1])
            eps = self.eps or knee_distance(X, min(needed, len(X) - 1))
            labels, settings = dbscan(X, eps, needed), {"eps": eps, "min_samples": needed}
        else:
            crowd = min(self.min_cluster_size or crowd_needed(len(X)), len(X))
            needed = min(self.min_samples or FEWEST_NEIGHBOURS, len(X))
            labels, settings = hdbscan(X, crowd, needed), {"min_cluster_size": crowd, "min_samples": needed}
        return _by_labels(X, labels, settings=settings)


KMEANS = Method()


def default_n_init(n: int) -> int:
    """How many starts k-means gets: 10, above 200,000 rows 1.

    >>> default_n_init(200_000), default_n_init(200_001)
    (10, 1)
    """
    return 10 if n <= MANY_ROWS else 1


def _kmeans(X: np.ndarray, k: int, seed: int, n_init: int) -> Division:
    return _of(KMeans(k, n_init=n_init, random_state=seed).fit(X), 300)


def _minibatch(X: np.ndarray, k: int, seed: int, n_init: int) -> Division:
    """Starts from k-means of some thousand rows, then passes over all in batches until the centres stand still.

    (`MiniBatchKMeans.fit` looks at every row after each batch.)
    """
    rng = np.random.default_rng(seed)
    some = X if len(X) <= BATCH else X[np.sort(rng.choice(len(X), BATCH, replace=False))]
    start = KMeans(min(k, len(np.unique(some, axis=0))), n_init=n_init, random_state=seed).fit(some).cluster_centers_
    if len(start) < k:
        start = KMeans(k, n_init=1, random_state=seed).fit(X).cluster_centers_
    found = MiniBatchKMeans(k, init=start, n_init=1, random_state=seed, reassignment_ratio=0.0, batch_size=BATCH)
    spread = float(X[: 10 * BATCH].var(axis=0).mean())
    settled, before = False, start
    for _pass in range(PASSES):
        order = rng.permutation(len(X))
        for at in range(0, len(X), BATCH):
            found.partial_fit(X[order[at : at + BATCH]])
        moved = float(((found.cluster_centers_ - before) ** 2).sum(axis=1).max())
        before = found.cluster_centers_.copy()
        if moved <= STILL * spread:
            settled = True
            break
    points = Nearest(np.asarray(before, dtype=np.float64))
    assigned = points.assign(X)
    inertia = float((assigned.distance**2).sum())
    return Division(assigned.label, k, inertia, before, np.arange(k), settled)


def _bisecting(X: np.ndarray, k: int, seed: int, n_init: int) -> Division:
    found = BisectingKMeans(k, n_init=n_init, random_state=seed).fit(X)
    return Division(np.asarray(found.labels_), k, float(found.inertia_), found.cluster_centers_, np.arange(k))


def _mixture(X: np.ndarray, k: int, seed: int, n_init: int) -> Division:
    """Full covariances; rounds that do not settle are told in ``settled``, not as a warning."""
    found = GaussianMixture(
        k, reg_covar=WIDTH, n_init=min(n_init, MIXTURE_STARTS), max_iter=MIXTURE_ROUNDS, random_state=seed
    ).fit(np.asarray(X, dtype=np.float64))
    mixture = Mixture(found.weights_, found.means_, np.triu(found.precisions_cholesky_))
    labels = mixture.predict(X)
    return _by_labels(X, labels, found.means_, settled=bool(found.converged_), mixture=mixture)


DIVIDERS: dict[str, Callable[[np.ndarray, int, int, int], Division]] = {
    "kmeans": _kmeans,
    "minibatch": _minibatch,
    "bisecting": _bisecting,
    "gmm": _mixture,
}


def _of(found: BaseEstimator, rounds: int) -> Division:
    """From an estimator with centres that decide."""
    centres = found.cluster_centers_
    settled = bool(found.n_iter_ < rounds)
    return Division(found.labels_, len(centres), float(found.inertia_), centres, np.arange(len(centres)), settled)


def _by_labels(X: np.ndarray, labels: np.ndarray, points: np.ndarray | None = None, **told: Any) -> Division:
    """From labels alone: others go with their nearest customer, where there are no points that decide."""
    k = int(labels.max()) + 1 if points is None else len(points)
    inertia = sum(float(((own - own.mean(axis=0)) ** 2).sum()) for i in range(k) if len(own := X[labels == i]))
    if points is None:
        return Division(labels, k, inertia, X, labels, **told)
    return Division(labels, k, inertia, points, np.arange(k), **told)


def cut(tree: np.ndarray, k: int) -> np.ndarray:
    """Labels of k segments from a tree of joins: the last k - 1 are undone.

    >>> cut(linkage([[0.0], [1.0], [9.0], [10.0], [20.0]], "ward"), 3)
    array([1, 1, 2, 2, 0])
    """
    n = len(tree) + 1
    group = np.arange(2 * n - k)
    for step in range(n - k - 1, -1, -1):  # from the last join that stays down to the first
        group[tree[step, :2].astype(np.int64)] = group[n + step]
    return np.asarray(np.unique(group[:n], return_inverse=True)[1].ravel())
