"""Categories as numbers: rare levels merged, one-hot, weighted, centred."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

OTHER = "Other"
RARE = 0.01


def merged_levels(column: pd.Series, rare: float = RARE) -> list[str]:
    """The levels kept apart, most frequent first, then `OTHER` when rare ones were merged into it.

    A level is rare under the share `rare` of the customers with a value.

    >>> merged_levels(pd.Series(["a"] * 6 + ["b"] * 3 + ["c"] + [None]), rare=0.2)
    ['a', 'b', 'Other']
    """
    counts = column.value_counts()  # of the values first: making text of a million of them takes half a second
    counts = counts.groupby(counts.index.map(str)).sum()
    names = sorted(counts.index, key=lambda level: (-counts[level], level))  # never by order of appearance
    kept = [level for level in names if counts[level] >= rare * counts.sum() and level != OTHER]
    return kept + [OTHER] * (len(kept) < len(names))


class CategoryEncoder(TransformerMixin, BaseEstimator):
    """One-hot columns, so weighted that one category carries no more variance than one number.

    A block of m one-hot columns has at most the variance 1 - 1/m (all levels equally frequent); it is
    multiplied by ``sqrt(m / (m - 1))``. Two customers with different levels of a two-level category are
    then as far apart as the two sides of a z-scored balanced flag. Two levels make one column.
    Missing counts as the most frequent level. A level not seen in training counts as `OTHER`; where
    training had no such level it takes the average of everybody, which pulls to no segment.

    Parameters
    ----------
    rare : float
        Levels under this share of the training rows are merged into `OTHER`.
    weighted : bool
        False: more than two levels are left 0/1, two are z-scored like a number.
    weights : sequence of float, optional
        What a recipe multiplies each category by; None: 1.

    Attributes
    ----------
    levels_ : list of list of str
        Per column, most frequent first, `OTHER` last.
    weights_ : list of float
        What the one-hot columns were multiplied by.
    spreads_ : list of float
        Standard deviation of the whole block among the training rows; a z-scored number has 1.

    Examples
    --------
    >>> encoder = CategoryEncoder().set_output(transform="pandas")
    >>> encoder.fit_transform(pd.DataFrame({"plan": ["a", "a", "b", "b"]})).to_dict("list")
    {'plan=b': [-1.0, -1.0, 1.0, 1.0]}
    """

    def __init__(self, rare: float = RARE, weighted: bool = True, weights: Sequence[float] | None = None) -> None:
        self.rare = rare
        self.weighted = weighted
        self.weights = weights

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        self.levels_ = [merged_levels(X[name], self.rare) or [OTHER] for name in X]
        self.weights_: list[float] = []
        self.means_: list[np.ndarray] = []
        self.spreads_: list[float] = []
        asked = [1.0] * X.shape[1] if self.weights is None else self.weights
        for name, levels, factor in zip(X, self.levels_, asked, strict=True):
            codes = self._codes(X[name], levels)
            shares = np.bincount(codes, minlength=len(levels)) / max(len(codes), 1)
            self.means_.append(shares)
            self.weights_.append(factor * self._weight(shares))
            variance = np.prod(shares) if len(shares) == 2 else 1 - (shares**2).sum()
            self.spreads_.append(float(self.weights_[-1] * np.sqrt(max(variance, 0.0))))
        return self

    def _weight(self, shares: np.ndarray) -> float:
        m = len(shares)
        if m < 2:
            return 1.0
        if self.weighted:
            # One column of a two-level category stands for two mirrored ones, hence twice its root.
            return 2.0 if m == 2 else float(np.sqrt(m / (m - 1)))
        return float(1 / np.sqrt(np.prod(shares))) if m == 2 and shares.all() else 1.0

    def _codes(self, column: pd.Series, levels: list[str]) -> np.ndarray:
        """Position among the levels; -1 where a level was not seen and there is no `OTHER`."""
        codes, found = pd.factorize(column)
        position = {level: i for i, level in enumerate(levels)}
        unseen = position.get(OTHER, -1)
        # The last entry is what factorize's -1, missing, picks: the most frequent level.
        lookup = np.array([*(position.get(str(level), unseen) for level in found), 0])
        return lookup[codes]

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """The weighted columns of every category; shape (n_customers, n_columns), float64."""
        check_is_fitted(self)
        blocks = [
            self._block(X[name], levels, means, weight)
            for name, levels, means, weight in zip(
                self.feature_names_in_, self.levels_, self.means_, self.weights_, strict=True
            )
        ]
        return np.hstack(blocks) if blocks else np.empty((len(X), 0))

    def _block(self, column: pd.Series, levels: list[str], means: np.ndarray, weight: float) -> np.ndarray:
        # One row of the table per level, and a last one, of zeros, that the code -1 picks.
        table = np.vstack([(np.eye(len(levels)) - means) * weight, np.zeros(len(levels))])
        if len(levels) == 2:
            table = table[:, 1:]
        return table[self._codes(column, levels)]

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """``name=level`` for each column."""
        check_is_fitted(self)
        names = [
            f"{name}={level}"
            for name, levels in zip(self.feature_names_in_, self.levels_, strict=True)
            for level in (levels[1:] if len(levels) == 2 else levels)
        ]
        return np.asarray(names, dtype=object)
