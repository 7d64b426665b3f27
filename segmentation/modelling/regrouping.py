"""Segments merged or split by hand: everybody else stays where the model puts them."""

import numpy as np
from sklearn.cluster import KMeans

from segmentation.errors import TrainingError
from segmentation.modelling.assigners import Assigned, Assigner, Mixture, Nearest, nearest

FEWEST = 10  # members of a part: fewer are not described


class Divided(Assigner):
    """One segment of another assigner, in two.

    Its first part keeps the label, the second has the next one, and those after it move up by one.

    Parameters
    ----------
    base : Assigner
    label : int
        The segment that is divided.
    points : ndarray, shape (2, n_columns)
        The centres of the parts.

    Examples
    --------
    Segments at 0 and 10, the first in two parts at -1 and 1: who is at 2 is in the second of them.

    >>> two = Divided(Nearest(np.array([[0.0], [10.0]])), 0, np.array([[-1.0], [1.0]]))
    >>> found = two.assign(np.array([[2.0], [0.0], [9.0]]))
    >>> found.label, found.runner_up, found.confidence.round(2), found.distance
    (array([1, 0, 2]), array([0, 1, 1]), array([0.5, 0. , 0.8]), array([1., 1., 1.]))
    """

    def __init__(self, base: Assigner, label: int, points: np.ndarray) -> None:
        self.base = base
        self.label = label
        self.points = points

    @property
    def posterior(self) -> bool:  # type: ignore[override]
        return self.base.posterior

    @property
    def middles(self) -> np.ndarray:
        before = self.base.middles
        return np.vstack([before[: self.label], self.points, before[self.label + 1 :]])

    def assign(self, X: np.ndarray) -> Assigned:
        found = self.base.assign(X)
        inside, beside = found.label == self.label, found.runner_up == self.label
        label, runner_up = self._moved(found.label), self._moved(found.runner_up)
        confidence, distance = found.confidence.copy(), found.distance.copy()
        if beside.any():
            runner_up[beside] += nearest(X[beside], self.points).label
        if inside.any():
            parts = nearest(X[inside], self.points)
            apart = 0.5 + 0.5 * parts.confidence if self.posterior else parts.confidence
            label[inside] += parts.label
            distance[inside] = parts.distance
            other = self.label + parts.runner_up
            runner_up[inside] = np.where(apart < confidence[inside], other, runner_up[inside])
            confidence[inside] = np.minimum(apart, confidence[inside])
        return Assigned(label, confidence, distance, runner_up)

    def _moved(self, labels: np.ndarray) -> np.ndarray:
        return np.asarray(labels + (labels > self.label))


def merged(assigner: Assigner, first: int, second: int, X: np.ndarray, labels: np.ndarray) -> Assigner:
    """The two segments as one, which has the smaller of the labels; those after the larger move down by one.

    Parameters
    ----------
    X : ndarray, shape (n, n_columns)
        Prepared customers, the middle of whom the new segment gets.
    labels : ndarray of int, shape (n,)
        Their segments by `assigner`.

    Raises
    ------
    TrainingError
        One of them is a part of a split by hand, the other is not its other part: what lies next to a member of
        both together is not known.

    Examples
    --------
    >>> one = merged(Nearest(np.array([[0.0], [4.0], [10.0]])), 0, 1, np.array([[0.0], [4.0]]), np.array([0, 1]))
    >>> one.predict([[1.0], [6.0], [9.0]]), one.middles.ravel()
    (array([0, 0, 1]), array([ 2., 10.]))
    """
    into, gone = sorted((first, second))
    if isinstance(assigner, Divided):
        return _merged_around(assigner, into, gone, X, labels)
    old = np.arange(len(assigner.middles))
    new = np.where(old == gone, into, old - (old > gone))
    middles = np.delete(assigner.middles, gone, axis=0)
    members = X[np.isin(labels, (into, gone))]
    if len(members):
        middles[into] = members.mean(axis=0)
    if isinstance(assigner, Nearest):
        return Nearest(assigner.points, new if assigner.label_of is None else new[assigner.label_of], middles)
    if isinstance(assigner, Mixture):
        of = new if assigner.label_of is None else new[assigner.label_of]
        return Mixture(assigner.weights, assigner.centres, assigner.roots, of, middles)
    raise TypeError(f"no way to merge segments of a {type(assigner).__name__}")


def _merged_around(split: Divided, into: int, gone: int, X: np.ndarray, labels: np.ndarray) -> Assigner:
    """The two parts of the split as what they were, or two other segments beside it."""
    parts = {split.label, split.label + 1}
    if parts == {into, gone}:
        return split.base
    if parts & {into, gone}:
        raise TrainingError(
            "one of the two is a part of a segment that was split by hand, and can be merged with its other part only; "
            "take the version before the split into use again, merge there, and then split"
        )
    into, gone = (label - (label > split.label) for label in (into, gone))
    base = merged(split.base, into, gone, X, labels - (labels > split.label))
    return Divided(base, split.label - (split.label > gone), split.points)


def divided(assigner: Assigner, label: int, X: np.ndarray, labels: np.ndarray, seed: int) -> Divided:
    """A segment in two where its members differ most: k-means with two centres among them alone.

    TrainingError where a part would have fewer than 10 members.
    """
    members = X[labels == label]
    if len(members) < 2 * FEWEST:
        raise TrainingError(
            f"the segment has {len(members):,} members; two parts of at least {FEWEST} need {2 * FEWEST}"
        )
    found = KMeans(2, n_init=10, random_state=seed).fit(members)
    sizes = np.bincount(found.labels_, minlength=2)
    if sizes.min() < FEWEST:
        raise TrainingError(
            f"it falls into {sizes.max():,} members and {sizes.min():,}; a part of fewer than {FEWEST} is no segment"
        )
    return Divided(assigner, label, found.cluster_centers_[np.argsort(-sizes, kind="stable")])
