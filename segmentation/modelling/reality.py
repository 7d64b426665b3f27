"""The reality check: are the groups more than what any such table of one population would show?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from sklearn.metrics import pairwise_distances

from segmentation.modelling.copies import Block, OnePopulation
from segmentation.modelling.dividing import KMEANS, Method
from segmentation.modelling.metrics import sample_rows
from segmentation.modelling.refits import distinct, divide, each, row_kinds
from segmentation.modelling.splits import TOGETHER, split_columns
from segmentation.progress import Progress, no_progress

COPIES = 20
ROWS = 2_000
GROUPS, HINT = 3.0, 2.0
BESIDE_A_SPLIT = 6.0  # a column in two lifts z by itself, up to about 3; groups that split a column reach 25 and more
TAG = 4


@dataclass(frozen=True)
class RealityCheck:
    """The verdict and what it rests on.

    Attributes
    ----------
    verdict : str
        ``groups``: z reached what is needed; ``split``: a column falls into two; ``none``: a way to divide.
    z : float or None
        (score - null_mean) / null_sd; None when the copies could not be measured.
    score : float or None
        Best mean silhouette over the numbers of segments tried, on the sample.
    nulls : list of float
        The same of every copy without groups.
    needed : float
        3, or 6 where one column alone falls into two.
    columns : list of str
        Features that fall into two, the clearest first; told whatever the verdict.
    rows : int
        Customers in the sample.
    best_k : int or None
        The number of segments that has the score.
    algorithm : str
        What clustered the sample and the copies.
    at : list of dict
        By number of segments tried (``k``) its ``score`` and the ``null_mean`` and ``null_sd`` of the copies divided
        into as many: what a division in use is held against, which need not be the best one.
    """

    verdict: Literal["groups", "split", "none"]
    z: float | None
    score: float | None
    null_mean: float | None
    null_sd: float | None
    needed: float
    columns: list[str]
    nulls: list[float]
    rows: int
    best_k: int | None = None
    algorithm: str = KMEANS.name
    at: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def reality_check(
    X: np.ndarray,
    blocks: Sequence[Block],
    ks: Sequence[int],
    *,
    tested: Mapping[str, np.ndarray],
    seed: int,
    copies: int = COPIES,
    method: Method = KMEANS,
    progress: Progress = no_progress,
) -> RealityCheck:
    """Compare the best silhouette with that of copies that hold no groups.

    Parameters
    ----------
    X : ndarray, shape (n, n_columns)
        The prepared matrix; of more than 2,000 rows a seeded sample is taken.
    blocks : sequence of Block
        Which columns a feature became.
    ks : sequence of int
        The range of segments searched, for the customers and for every copy alike.
    tested : mapping of str to ndarray
        By name the jittered columns that the dip test looks at; of a sample of their own.

    Notes
    -----
    SigClust's and the gap statistic's idea with a null that keeps margins and rank correlations. Known
    limit: a strongly curved relation counts as structure.
    """
    rows = X[sample_rows(len(X), seed, ROWS)]
    one_population = OnePopulation.of(rows, blocks)

    def measured(number: int | None) -> dict[int, float]:
        rng = np.random.default_rng([seed, TAG, 0 if number is None else number + 1])
        return silhouettes(
            rows if number is None else one_population.draw(rng), ks, seed=int(rng.integers(2**31)), method=method
        )

    own, *drawn = each(measured, [None, *range(copies)], progress, "comparing with copies that hold no groups")
    best_k = max(own, key=lambda k: own[k], default=None)
    score = None if best_k is None else own[best_k]
    nulls = [max(values.values()) for values in drawn if values]
    z = null_mean = null_sd = None
    if score is not None and len(nulls) > 1:
        null_mean, null_sd = float(np.mean(nulls)), float(np.std(nulls, ddof=1))
        z = (score - null_mean) / max(null_sd, 1e-9)
    columns = list(split_columns(tested))
    needed = needed_of(columns)
    return RealityCheck(
        verdict_of(z, columns), z, score, null_mean, null_sd, needed, columns, nulls, len(rows), best_k, method.name,
        [row for k in own if (row := _at(k, own[k], [values[k] for values in drawn if k in values]))],
    )  # fmt: skip


def _at(k: int, score: float, nulls: Sequence[float]) -> dict[str, Any] | None:
    if len(nulls) < 2:
        return None
    return {"k": k, "score": score, "null_mean": float(np.mean(nulls)), "null_sd": float(np.std(nulls, ddof=1))}


def verdict_of(z: float | None, columns: Sequence[str]) -> Literal["groups", "split", "none"]:
    """Groups from the z needed on; else a split where a column falls into two; else none.

    >>> verdict_of(3.1, []), verdict_of(3.1, ["spend"]), verdict_of(2.9, []), verdict_of(None, [])
    ('groups', 'split', 'none', 'none')
    """
    if z is not None and z >= needed_of(columns):
        return "groups"
    return "split" if columns else "none"


def needed_of(columns: Sequence[str]) -> float:
    """The z that makes groups: more where a single column falls into two, which is no group yet.

    >>> needed_of([]), needed_of(["spend"]), needed_of(["spend", "age"])
    (3.0, 6.0, 3.0)
    """
    return BESIDE_A_SPLIT if len([name for name in columns if name != TOGETHER]) == 1 else GROUPS


def silhouettes(X: np.ndarray, ks: Sequence[int], *, seed: int, method: Method = KMEANS) -> dict[int, float]:
    """The mean silhouette by number of segments, where it is defined."""
    apart = pairwise_distances(X)
    different = distinct(row_kinds(X))
    labels = {k: divide(X, k, seed=seed, distinct=different, method=method).labels for k in ks if k <= different}
    return {k: value for k, each in labels.items() if (value := mean_silhouette(apart, each)) is not None}


def mean_silhouette(apart: np.ndarray, labels: np.ndarray) -> float | None:
    """Mean silhouette from the distances between all rows: one matrix product instead of one pass per row.

    Parameters
    ----------
    apart : ndarray, shape (n, n)
    labels : ndarray of int, shape (n,)

    Returns
    -------
    float or None
        In [-1, 1], as scikit-learn's; None with fewer than 2 groups or as many as rows.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 10.0, 11.0])
    >>> round(mean_silhouette(np.abs(x[:, None] - x), np.array([0, 0, 1, 1])), 4)
    0.8997
    """
    names, label = np.unique(labels, return_inverse=True)
    n, k = len(label), len(names)
    if not 2 <= k < n:
        return None
    member = np.zeros((n, k), dtype=apart.dtype)
    member[np.arange(n), label] = 1
    sizes = member.sum(axis=0)
    total = (apart @ member).astype(float)
    own = sizes[label]
    within = total[np.arange(n), label] / np.maximum(own - 1, 1)
    mean = total / sizes
    mean[np.arange(n), label] = np.inf
    nearest = mean.min(axis=1)
    widest = np.maximum(within, nearest)
    value = np.divide(nearest - within, widest, out=np.zeros(n), where=(own > 1) & (widest > 0))
    return float(value.mean())
