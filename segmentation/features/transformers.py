"""The transformers of a model's pipeline, each with scikit-learn's contract.

Numbers pass `MedianImputer`, `QuantileClipper`, `SkewTransformer` and a `StandardScaler`; flags
`MedianImputer` and `FlagScaler`; categories `CategoryEncoder`.
"""

from typing import Any, Self

import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import PowerTransformer
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

LARGEST_SKEWNESS = 1.0
EXPONENTS = (-2.0, 4.0)  # of Yeo-Johnson, 1 changing nothing: further out digits are lost and cannot be brought back
SKEW_ROWS = 100_000  # more rows do not change a skewness that matters


class _Columnwise(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """What the numeric transformers share: their input is a float64 matrix in which NaN is missing."""

    def _matrix(self, X: Any, *, reset: bool) -> np.ndarray:
        return validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class MedianImputer(_Columnwise):
    """Missing becomes the median of the training rows; a column missing altogether becomes 0.

    (`SimpleImputer` does the same through masked arrays, ten times as slowly on a million rows.)

    Attributes
    ----------
    medians_ : ndarray, shape (n_features,)

    Examples
    --------
    >>> MedianImputer().fit_transform([[1.0], [np.nan], [3.0], [10.0]]).ravel()
    array([ 1.,  3.,  3., 10.])
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        X = self._matrix(X, reset=True)
        self.medians_ = np.zeros(X.shape[1])
        for j in range(X.shape[1]):
            known = X[:, j][~np.isnan(X[:, j])]
            if len(known):
                self.medians_[j] = np.median(known)
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X = self._matrix(X, reset=False)
        return np.where(np.isnan(X), self.medians_, X)


class QuantileClipper(_Columnwise):
    """Values outside the training rows' quantiles are set to them (winsorised); nobody is dropped.

    Parameters
    ----------
    low, high : float
        Shares in [0, 1].

    Attributes
    ----------
    low_, high_ : ndarray, shape (n_features,)
    clipped_ : ndarray of int, shape (n_features,)
        How many training values lay outside.

    Examples
    --------
    >>> clipper = QuantileClipper(0.25, 0.75).fit([[0.0], [1.0], [2.0], [3.0], [100.0]])
    >>> clipper.low_, clipper.high_, clipper.clipped_
    (array([1.]), array([3.]), array([2]))
    """

    def __init__(self, low: float = 0.005, high: float = 0.995) -> None:
        self.low = low
        self.high = high

    def fit(self, X: Any, y: Any = None) -> Self:
        X = self._matrix(X, reset=True)
        self.low_ = np.full(X.shape[1], -np.inf)
        self.high_ = np.full(X.shape[1], np.inf)
        self.clipped_ = np.zeros(X.shape[1], dtype=np.int64)
        for j in range(X.shape[1]):
            known = X[:, j][~np.isnan(X[:, j])]
            if len(known):
                self.low_[j], self.high_[j] = np.quantile(known, [self.low, self.high])
                self.clipped_[j] = np.count_nonzero((known < self.low_[j]) | (known > self.high_[j]))
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return np.clip(self._matrix(X, reset=False), self.low_, self.high_)


class SkewTransformer(_Columnwise):
    """Straightens each skewed column: ``log1p`` where nothing is negative, else Yeo-Johnson.

    A column whose sample skewness is at most 1 passes as it is; so does one that is skewed to the
    left with nothing negative, which ``log1p`` would make worse.

    Parameters
    ----------
    random_state : int
        Of the sample of 100,000 rows that skewness and the Yeo-Johnson exponents are taken from.

    Attributes
    ----------
    skewness_ : ndarray, shape (n_features,)
        Before transforming; 0 for a constant column.
    chosen_ : list of str, length n_features
        ``none``, ``log1p`` or ``yeo-johnson``.

    Examples
    --------
    >>> skew = SkewTransformer().fit([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [np.e - 1, 4.0]])
    >>> skew.chosen_, skew.skewness_.round(3)
    (['log1p', 'none'], array([1.155, 0.   ]))
    >>> skew.transform([[np.e - 1, 5.0]])
    array([[1., 5.]])
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        X = self._matrix(X, reset=True)
        smallest = np.fmin.reduce(X, axis=0)
        if len(X) > SKEW_ROWS:
            X = X[check_random_state(self.random_state).choice(len(X), SKEW_ROWS, replace=False)]
        self.skewness_ = np.array([_skewness(X[:, j]) for j in range(X.shape[1])])
        self.chosen_ = [_choice(*pair) for pair in zip(self.skewness_, smallest, strict=True)]
        self.power_ = None
        if "yeo-johnson" in self.chosen_:
            self.power_ = PowerTransformer("yeo-johnson", standardize=False).fit(X[:, self._of("yeo-johnson")])
            self.power_.lambdas_ = np.clip(self.power_.lambdas_, *EXPONENTS)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Straightened columns; under ``log1p`` a value below 0, never seen in training, counts as 0."""
        check_is_fitted(self)
        X = self._matrix(X, reset=False).copy()
        for j in self._of("log1p"):
            X[:, j] = np.log1p(np.maximum(X[:, j], 0.0))
        if self.power_ is not None:
            power = self._of("yeo-johnson")
            X[:, power] = self.power_.transform(X[:, power])
        return X

    def inverse_transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X = np.array(X, dtype=np.float64)
        for j in self._of("log1p"):
            X[:, j] = np.expm1(X[:, j])
        if self.power_ is not None:
            power = self._of("yeo-johnson")
            X[:, power] = self.power_.inverse_transform(X[:, power])
        return X

    def _of(self, transform: str) -> list[int]:
        return [j for j, chosen in enumerate(self.chosen_) if chosen == transform]


def _skewness(column: np.ndarray) -> float:
    known = column[~np.isnan(column)]
    spread = np.std(known) if len(known) else 0.0
    # Below this the deviations are rounding errors, and so would be their skewness.
    if spread <= 1e-12 * max(1.0, np.abs(known).max(initial=0.0)):
        return 0.0
    return float(stats.skew(known))


def _choice(skewness: float, smallest: float) -> str:
    if smallest >= 0:
        return "log1p" if skewness > LARGEST_SKEWNESS else "none"
    return "yeo-johnson" if abs(skewness) > LARGEST_SKEWNESS else "none"


class FlagScaler(_Columnwise):
    """Centres 0/1 columns and spreads them to -1..1, or with ``standardise`` to unit variance.

    A flag that half of the customers have then weighs what a z-scored number does; a rare one weighs
    less, where standardising would turn its few owners into outliers that take a segment of their own.

    Attributes
    ----------
    mean_, scale_ : ndarray, shape (n_features,)

    Examples
    --------
    >>> FlagScaler().fit_transform([[0.0], [1.0], [0.0], [0.0]]).ravel()
    array([-0.5,  1.5, -0.5, -0.5])
    """

    def __init__(self, standardise: bool = False) -> None:
        self.standardise = standardise

    def fit(self, X: Any, y: Any = None) -> Self:
        X = self._matrix(X, reset=True)
        known = np.maximum((~np.isnan(X)).sum(axis=0), 1)
        self.mean_ = np.nansum(X, axis=0) / known
        variance = np.nansum((X - self.mean_) ** 2, axis=0) / known
        self.scale_ = np.full(X.shape[1], 0.5)
        if self.standardise:
            self.scale_ = np.where(variance > 0, np.sqrt(variance), 1.0)
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return (self._matrix(X, reset=False) - self.mean_) / self.scale_

    def inverse_transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return np.asarray(X, dtype=np.float64) * self.scale_ + self.mean_
