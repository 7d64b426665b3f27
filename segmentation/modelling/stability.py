"""Stability: do the segments come back when the model is fitted again to other draws of the customers?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from segmentation.modelling.density import UNASSIGNED
from segmentation.modelling.dividing import KMEANS, Method
from segmentation.modelling.refits import contingency, distinct, divide, each, row_kinds
from segmentation.modelling.selection import TRUSTED
from segmentation.progress import Progress, no_progress

REFITS = 50
READY = 0.75
OFTEN = 0.20  # of the refits in another segment: the customer sits on a border
TAG = 3
WORDS = (
    (0.85, "highly stable"), (READY, "stable"), (TRUSTED, "a pattern with doubtful members"), (0.0, "do not trust"),
)  # fmt: skip


@dataclass(frozen=True)
class Refits:
    """What the refits for one k say of every customer: ``label`` (-1: unassigned) and whether they were ``drawn``.

    Shape (n_refits, n) both; the labels of different refits have nothing to do with each other, and a refit that
    finds its number itself may have more or fewer than ``k``.
    """

    k: int
    label: np.ndarray
    drawn: np.ndarray


@dataclass(frozen=True)
class Stability:
    """How well a division comes back.

    Attributes
    ----------
    segments : list of float
        By label, in [0, 1]: mean over the refits of the Jaccard overlap with the best match.
    dissolved : list of float
        By label: share of the refits in which the best match overlaps by 0.5 or less.
    ari : float
        Mean adjusted Rand index between the division and the refits; 1 is identical, 0 chance.
    elsewhere : ndarray, shape (n,)
        Per customer the share of the refits that put them into another segment; over 0.2 is a border.
    refits : int
    """

    segments: list[float]
    dissolved: list[float]
    ari: float
    elsewhere: np.ndarray
    refits: int

    @property
    def weakest(self) -> float:
        return min(self.segments)

    def as_json(self) -> dict[str, Any]:
        """What is stored with the model, without the customers."""
        doubtful = float((self.elsewhere > OFTEN).mean())
        kept = {"segments": self.segments, "dissolved": self.dissolved, "ari": self.ari, "weakest": self.weakest}
        return {**kept, "borderline_share": doubtful, "refits": self.refits, "rows": len(self.elsewhere)}


def stability_word(stability: float | None) -> str | None:
    """Hennig's bands in words.

    >>> [stability_word(s) for s in (0.9, 0.85, 0.8, 0.7, 0.5, None)]
    ['highly stable', 'highly stable', 'stable', 'a pattern with doubtful members', 'do not trust', None]
    """
    if stability is None:
        return None
    return next(word for least, word in WORDS if stability >= least)


def refit(
    X: np.ndarray,
    ks: Sequence[int],
    *,
    seed: int,
    refits: int = REFITS,
    method: Method = KMEANS,
    progress: Progress = no_progress,
) -> dict[int, Refits]:
    """Cluster `refits` bootstrap draws of the rows into every number of segments in `ks`.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        A few thousand rows.

    Notes
    -----
    A row drawn twice counts once, as in ``fpc::clusterboot(bootmethod = "boot")``, whose default is
    ``multipleboot = FALSE``: a refit sees about 63 % of the rows. The others are labelled by its centres.
    """
    kinds, n = row_kinds(X), len(X)

    def one(task: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        k, number = task
        rng = np.random.default_rng([seed, TAG, number])  # the same draw for every k: they are compared
        drawn = np.zeros(n, dtype=bool)
        drawn[rng.integers(0, n, n)] = True
        start = int(rng.integers(2**31))
        found = divide(X[drawn], k, seed=start, distinct=distinct(kinds[drawn]), method=method)
        return found.labels_of(X).astype(np.int32), drawn

    tasks = [(k, number) for k in ks for number in range(refits)]
    done = each(one, tasks, progress, "refitting to other draws of the customers")
    by_k = [done[i * refits : (i + 1) * refits] for i in range(len(ks))]
    return {
        k: Refits(k, np.array([label for label, _ in mine]), np.array([drawn for _, drawn in mine]))
        for k, mine in zip(ks, by_k, strict=True)
    }


def stability(labels: np.ndarray, refits: Refits) -> Stability:
    """How well the division `labels` of the same rows comes back in the refits.

    A customer the division leaves unassigned has the label -1.
    Overlap and index are taken over the customers that a refit drew, ``elsewhere`` over all: there the
    segments of a refit are paired with the division's so that they share most.

    Source: Hennig 2007; Hubert & Arabie 1985.

    Examples
    --------
    One refit over all four customers puts the third into the first segment: overlaps 2/3 and 1/2.

    >>> told = stability(np.array([0, 0, 1, 1]), Refits(2, np.array([[0, 0, 0, 1]]), np.ones((1, 4), bool)))
    >>> [round(s, 3) for s in told.segments], told.dissolved, told.elsewhere
    ([0.667, 0.5], [0.0, 1.0], array([0., 0., 1., 0.]))
    """
    k, most = refits.k, max(int(refits.label.max()) + 1, refits.k)
    best, indices, elsewhere = [], [], np.zeros(len(labels))
    for label, drawn in zip(refits.label, refits.drawn, strict=True):
        best.append(_overlaps(labels[drawn], label[drawn], k, most).max(axis=1))
        indices.append(adjusted_rand_score(labels[drawn], label[drawn]))
        shared = contingency(labels + 1, label + 1, k + 1, most + 1)[1:, 1:]
        mine, theirs = linear_sum_assignment(-shared)
        partner = np.full(most + 1, UNASSIGNED)  # the last is what -1 picks: unassigned is unassigned
        partner[theirs] = mine
        elsewhere += partner[label] != labels
    overlap = np.array(best)
    return Stability(
        overlap.mean(axis=0).tolist(),
        (overlap <= 0.5).mean(axis=0).tolist(),
        float(np.mean(indices)),
        elsewhere / len(refits.label),
        len(refits.label),
    )


def _overlaps(first: np.ndarray, second: np.ndarray, k: int, most: int) -> np.ndarray:
    """Jaccard overlap of every segment of the first with every one of the second; an empty pair has none."""
    table = contingency(first + 1, second + 1, k + 1, most + 1).astype(float)  # the unassigned come first
    shared = table[1:, 1:]
    union = table[1:].sum(axis=1)[:, None] + table[:, 1:].sum(axis=0)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
