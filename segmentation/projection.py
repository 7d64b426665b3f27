"""The map: principal components of the clustered space, and a fair sample of customers to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segmentation.wording import level_text, listed, lowered, more_or_higher

DIMENSIONS = 3
AGO = " (days ago)"  # how the feature made of a date is called
SAID = 0.5  # a loading is named at the end of an axis from this share of the largest one


@dataclass(frozen=True)
class Projection:
    """Principal components of X; arrays only, so that it travels inside a model's bundle.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
    axes : ndarray of shape (n_components, n_features)
        Unit vectors; n_components = min(3, n_features).
    explained : ndarray of shape (n_components,)
        Share of the variance of X along each axis, in [0, 1]; 0 where X does not vary.
    """

    mean: np.ndarray
    axes: np.ndarray
    explained: np.ndarray

    def points(self, X: np.ndarray) -> np.ndarray:
        """Coordinates of shape (n, 3) of the rows of X; an axis that does not exist is 0."""
        points = np.zeros((len(X), DIMENSIONS))
        points[:, : len(self.axes)] = (np.asarray(X) - self.mean) @ self.axes.T
        return points

    def components(self, feature_names: Sequence[str], feature_labels: Sequence[str]) -> list[dict[str, Any]]:
        """The axes in words: ``explained``, ``negative_words``, ``positive_words`` and ``loadings``.

        Loadings are sorted by size, largest first; the words name at most two of them, each at least half
        as large as the largest.
        """
        return [
            _described(axis, float(share), feature_names, feature_labels)
            for axis, share in zip(self.axes, self.explained, strict=True)
        ]


def fit(X: np.ndarray, seed: int = 0) -> Projection:
    """Principal components of X of shape (n, n_features), at most three.

    The largest loading of each axis is positive, so that the map does not turn over between two
    trainings. The decomposition is exact; `seed` is accepted for samples of X and unused.

    >>> line = fit(np.array([[0.0, 0.0], [1.0, -2.0], [2.0, -4.0]]))
    >>> line.axes[0].round(3).tolist(), line.explained.round(3).tolist()
    ([-0.447, 0.894], [1.0, 0.0])
    >>> line.points(np.array([[1.0, -2.0]])).tolist()  # the mean lies in the origin
    [[0.0, 0.0, 0.0]]
    """
    X = np.asarray(X, dtype=np.float64)
    mean = X.mean(axis=0)
    # n x n_features stays as it is: the covariance is X'X - n mm', a few numbers however many rows.
    covariance = X.T @ X / len(X) - np.outer(mean, mean)
    values, vectors = np.linalg.eigh(covariance)
    values = np.clip(values[::-1], 0.0, None)
    axes = vectors[:, ::-1].T[: min(DIMENSIONS, X.shape[1])].copy()
    largest = np.argmax(np.abs(axes).round(9), axis=1)
    axes *= np.where(axes[np.arange(len(axes)), largest] < 0, -1.0, 1.0)[:, None]
    total = values.sum()
    return Projection(mean, axes, values[: len(axes)] / total if total > 0 else np.zeros(len(axes)))


def _described(axis: np.ndarray, share: float, names: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    order = sorted(range(len(axis)), key=lambda i: (-round(abs(float(axis[i])), 9), i))
    said = [i for i in order[:2] if abs(axis[i]) >= SAID * abs(axis[order[0]])]
    return {
        "explained": share,
        "negative_words": _words(axis, said, labels, -1),
        "positive_words": _words(axis, said, labels, 1),
        "loadings": [{"feature": names[i], "label": labels[i], "weight": float(axis[i])} for i in order],
    }


def _words(axis: np.ndarray, said: list[int], labels: Sequence[str], direction: int) -> str:
    """``more purchases``, ``higher income, lower age``, ``less often two year``; a level's label is "column: level"."""
    groups: dict[str, list[str]] = {}
    for i in said:
        more = bool(axis[i] * direction > 0)
        column, _, level = labels[i].partition(": ")
        if level:
            word, what = "more often" if more else "less often", level_text(column, level)
        elif column.endswith(AGO):  # many days ago is early
            word, what = "earlier" if more else "later", lowered(column.removesuffix(AGO))
        else:
            word, what = more_or_higher(column, more), lowered(column)
        groups.setdefault(word, []).append(what)
    return ", ".join(f"{word} {listed(what)}" for word, what in groups.items())


def sample(labels: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Positions of at most `size` rows, drawn by segment in proportion, every segment present.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
    size : int
        At least the number of segments.
    seed : int
        The same seed draws the same rows.

    Returns
    -------
    ndarray of int
        Ascending positions, ``min(size, n)`` of them.

    Examples
    --------
    >>> picked = sample(np.array([0] * 90 + [1] * 9 + [2]), 20, seed=1)
    >>> np.bincount(np.array([0] * 90 + [1] * 9 + [2])[picked]).tolist()
    [18, 1, 1]
    """
    labels = np.asarray(labels)
    if labels.size <= size:
        return np.arange(labels.size)
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    quota = _quota(counts, size)
    shuffled = np.random.default_rng(seed).permutation(labels.size)
    by_segment = shuffled[np.argsort(codes[shuffled], kind="stable")]
    starts = np.cumsum(counts) - counts
    return np.sort(np.concatenate([by_segment[s : s + q] for s, q in zip(starts, quota, strict=True)]))


def _quota(counts: np.ndarray, size: int) -> np.ndarray:
    """How many of each: in proportion, at least one, summing up to `size` (largest remainders first)."""
    exact = counts * (size / counts.sum())
    quota = np.clip(np.floor(exact).astype(int), 1, counts)
    while quota.sum() > size:  # the small ones were rounded up: the best served large one gives
        quota[np.argmax(np.where(quota > 1, quota - exact, -np.inf))] -= 1
    for i in np.argsort(quota - exact, kind="stable")[: size - quota.sum()]:
        quota[i] += 1
    return quota
