"""The map: principal components of the clustered space, and a fair sample of customers to draw."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segmentation.directions import direction
from segmentation.wording import listed

DIMENSIONS = 3
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
    shares : ndarray of shape (n_features,), optional
        The same of every component there is, largest first; None in models stored before it was kept.
    """

    mean: np.ndarray
    axes: np.ndarray
    explained: np.ndarray
    shares: np.ndarray | None = None

    def points(self, X: np.ndarray) -> np.ndarray:
        """Coordinates of shape (n, 3) of the rows of X; an axis that does not exist is 0."""
        points = np.zeros((len(X), DIMENSIONS))
        points[:, : len(self.axes)] = (np.asarray(X) - self.mean) @ self.axes.T
        return points

    def stored(self, feature_names: Sequence[str], feature_labels: Sequence[str]) -> dict[str, Any]:
        """What is kept with a model version: the `components` of the map, and ``shares`` of all there are."""
        shares = None if self.shares is None else [float(share) for share in self.shares]
        return {"components": self.components(feature_names, feature_labels), "shares": shares}

    def components(self, feature_names: Sequence[str], feature_labels: Sequence[str]) -> list[dict[str, Any]]:
        """The axes as they are stored: ``explained``, and ``loadings``, largest first; `in_words` says more."""
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
    shares = values / total if total > 0 else np.zeros(len(values))
    return Projection(mean, axes, shares[: len(axes)], shares)


def _described(axis: np.ndarray, share: float, names: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    order = sorted(range(len(axis)), key=lambda i: (-round(abs(float(axis[i])), 9), i))
    loadings = [{"feature": names[i], "label": labels[i], "weight": float(axis[i])} for i in order]
    return {"explained": share, "loadings": loadings}


def in_words(component: Mapping[str, Any], flags: Collection[str] = ()) -> dict[str, Any]:
    """A stored component told: ``positive_words``, ``negative_words``, each loading with ``topic``, ``more``, ``less``.

    The words name at most two loadings, each at least half as large as the largest; of `flags` one has more or less
    often.

    >>> income = {"feature": "income", "label": "Income", "weight": 0.8}
    >>> told = in_words({"explained": 0.5, "loadings": [income, {"feature": "age", "label": "Age", "weight": -0.6}]})
    >>> told["positive_words"], told["negative_words"], told["loadings"][1]["more"]
    ('higher income, younger', 'lower income, older', 'older')
    """
    loadings = []
    for loading in component["loadings"]:
        words = direction(loading["feature"], loading["label"], "flag" if loading["feature"] in flags else "number")
        loadings.append({**loading, "topic": words.topic, "more": words.more, "less": words.less})
    said = [each for each in loadings[:2] if abs(each["weight"]) >= SAID * abs(loadings[0]["weight"])]
    positive = [each["more"] if each["weight"] > 0 else each["less"] for each in said]
    negative = [each["less"] if each["weight"] > 0 else each["more"] for each in said]
    ends = {"positive_words": _together(positive), "negative_words": _together(negative)}
    return {**component, **ends, "loadings": loadings}


def _together(phrases: Sequence[str]) -> str:
    """Phrases in a line; those that begin alike share the word.

    >>> _together(["more spending on home", "more spending on wine"]), _together(["higher income", "older"])
    ('more spending on home and wine', 'higher income, older')
    """
    if len(phrases) == 2:
        one, two = (phrase.split(" ") for phrase in phrases)
        same = next((at for at, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1]), 0)
        if 0 < same < min(len(one), len(two)):
            return listed([phrases[0], " ".join(two[same:])])
    return ", ".join(dict.fromkeys(phrases))


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
