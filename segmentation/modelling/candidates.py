"""The numbers of segments under comparison, each clustered and measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segmentation.errors import TrainingError
from segmentation.modelling.dividing import Division, Method
from segmentation.modelling.metrics import quality_of_assigned
from segmentation.progress import Progress, no_progress

FEWEST, MOST = 2, 10
CUSTOMERS_PER_SEGMENT = 30


@dataclass(frozen=True)
class Candidate:
    """One number of segments: the customers divided so, and the figures of it."""

    k: int
    division: Division
    metrics: dict[str, float | None]
    smallest_share: float


def numbers_to_try(n: int, k: int | None = None) -> list[int]:
    """2 to 10, never more than n / 30 but always 2; and the number asked for.

    >>> numbers_to_try(200), numbers_to_try(20), numbers_to_try(100, k=8)
    ([2, 3, 4, 5, 6], [2], [2, 3, 8])
    """
    most = max(FEWEST, min(MOST, n // CUSTOMERS_PER_SEGMENT))
    return sorted({*range(FEWEST, most + 1), k or FEWEST})


def check_distinct(X: np.ndarray, k: int | None) -> int:
    """How many different customers X has, at least `k` (or 2); TrainingError says so when there are fewer."""
    needed = k or FEWEST
    distinct = 0
    for rows in (X[:5_000], X):  # the first few thousand nearly always suffice
        distinct = len(np.unique(rows, axis=0))
        if distinct >= max(needed, MOST):
            return distinct
    if distinct < needed:
        alike = "all customers are" if distinct == 1 else f"the customers fall into only {distinct} groups that are"
        raise TrainingError(
            f"{alike} exactly alike in the features used, too few for {needed} segments; "
            + ("use a recipe with other features" if needed == FEWEST else f"ask for at most {distinct}")
        )
    return distinct


def candidates(
    X: np.ndarray,
    ks: Sequence[int],
    *,
    method: Method,
    seed: int,
    n_init: int,
    progress: Progress = no_progress,
) -> list[Candidate]:
    """Cluster X, of at most a few thousand rows, into every number of segments in `ks`."""
    found = []
    for i, k in enumerate(ks):
        progress(i / len(ks), f"trying {k} segments")
        found.append(candidate(X, method.divide(X, k, seed=seed, n_init=n_init)))
    return found


def candidate(X: np.ndarray, division: Division) -> Candidate:
    """Measure a division of X; the unassigned count for the share alone."""
    labels, k = division.labels, division.k
    sizes = np.bincount(labels[labels >= 0], minlength=k)
    share = float(sizes.min() / len(X)) if k else 0.0
    return Candidate(k, division, quality_of_assigned(X, labels), share)


def as_row(candidate: Candidate, validated: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The candidate's row of the selection table, with what `Validation.row` adds; what was not computed is None."""
    return {
        "k": candidate.k,
        "inertia": candidate.division.inertia,
        **candidate.metrics,
        "gap": None,
        "gap_se": None,
        "prediction_strength": None,
        "stability": None,
        **(validated or {}),
        "smallest_share": candidate.smallest_share,
        "excluded": None,
        "recommended": False,
    }
