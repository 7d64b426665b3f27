"""The transformers of a model's pipeline, each with scikit-learn's contract.

Numbers pass `MedianImputer`, `QuantileClipper`, `SkewTransformer`, a `StandardScaler` and, where a recipe says so,
`Weigher`; flags `MedianImputer` and `FlagScaler`; categories `CategoryEncoder`. What a recipe switches per column
comes as lists in the order of the columns, and is looked at in `fit` only.
"""

from collections.abc import Sequence
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
    clip : sequence of bool, length n_features, optional
        Which columns are clipped; None: all of them.

    Attributes
    ----------
    low_, high_ : ndarray, shape (n_features,)
        Infinite where nothing is clipped.
    clipped_ : ndarray of int, shape (n_features,)
        How many training values lay outside.

    Examples
    --------
    >>> clipper = QuantileClipper(0.25, 0.75).fit([[0.0], [1.0], [2.0], [3.0], [100.0]])
    >>> clipper.low_, clipper.high_, clipper.clipped_
    (array([1.]), array([3.]), array([2]))
    """

    def __init__(self, low: float = 0.005, high: float = 0.995, clip: Sequence[bool] | None = None) -> None:
        self.low = low
        self.high = high
        self.clip = clip

    def fit(self, X: Any, y: Any = None) -> Self:
        X = self._matrix(X, reset=True)
        self.low_ = np.full(X.shape[1], -np.inf)
        self.high_ = np.full(X.shape[1], np.inf)
        self.clipped_ = np.zeros(X.shape[1], dtype=np.int64)
        for j in range(X.shape[1]):
            known = X[:, j][~np.isnan(X[:, j])]
            if len(known) and (self.clip is None or self.clip[j]):
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
    asked : sequence of str, length n_features, optional
        What somebody decided per column: ``none``, ``log1p``, ``yeo-johnson``, or ``auto`` for the rule above.

    Attributes
    ----------
    skewness_ : ndarray, shape (n_features,)
        Before transforming; 0 for a constant column.
    chosen_ : list of str, length n_features
        ``none``, ``log1p`` or ``yeo-johnson``.
    why_ : list of str, length n_features
        The reason of each choice, in words.

    Examples
    --------
    >>> skew = SkewTransformer().fit([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [np.e - 1, 4.0]])
    >>> skew.chosen_, skew.skewness_.round(3)
    (['log1p', 'none'], array([1.155, 0.   ]))
    >>> skew.transform([[np.e - 1, 5.0]])
    array([[1., 5.]])
    """

    def __init__(self, random_state: int = 0, asked: Sequence[str] | None = None) -> None:
        self.random_state = random_state
        self.asked = asked

    def fit(self, X: Any, y: Any = None) -> Self:
        X = self._matrix(X, reset=True)
        smallest = np.fmin.reduce(X, axis=0)
        if len(X) > SKEW_ROWS:
            X = X[check_random_state(self.random_state).choice(len(X), SKEW_ROWS, replace=False)]
        self.skewness_ = np.array([_skewness(X[:, j]) for j in range(X.shape[1])])
        asked = ["auto"] * X.shape[1] if self.asked is None else list(self.asked)
        choices = [_choice(*each) for each in zip(asked, self.skewness_, smallest, strict=True)]
        self.chosen_ = [chosen for chosen, _ in choices]
        self.why_ = [why for _, why in choices]
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


def _choice(asked: str, skewness: float, smallest: float) -> tuple[str, str]:
    """The transform of a column and why.

    >>> _choice("auto", 3.21, 0.0)
    ('log1p', 'skewed to the right (3.2, over 1) and never negative')
    >>> _choice("auto", -0.04, 0.0)
    ('none', 'hardly skewed (0.0, at most 1)')
    """
    if asked != "auto":
        return asked, "switched off in the recipe" if asked == "none" else "asked for in the recipe"
    written = f"{round(skewness, 1) + 0.0:.1f}".replace("-", "\u2212")
    if abs(skewness) <= LARGEST_SKEWNESS:
        return "none", f"hardly skewed ({written}, at most 1)"
    if smallest < 0:
        return "yeo-johnson", f"skewed ({written}, beyond 1) and sometimes negative"
    if skewness < 0:
        return "none", f"skewed to the left ({written}), which a logarithm would make worse"
    return "log1p", f"skewed to the right ({written}, over 1) and never negative"


class Weigher(_Columnwise):
    """Multiplies each column by what somebody decided it should weigh, 1 being a z-scored number.

    Parameters
    ----------
    weights : sequence of float, length n_features, optional
        None: all 1.

    Examples
    --------
    >>> Weigher([2.0, 0.5]).fit_transform([[1.0, 1.0], [-1.0, 3.0]])
    array([[ 2. ,  0.5],
           [-2. ,  1.5]])
    """

    def __init__(self, weights: Sequence[float] | None = None) -> None:
        self.weights = weights

    def fit(self, X: Any, y: Any = None) -> Self:
        columns = self._matrix(X, reset=True).shape[1]
        self.weights_ = np.ones(columns) if self.weights is None else np.asarray(self.weights, dtype=np.float64)
        if self.weights_.shape != (columns,):
            raise ValueError(f"{self.weights_.size} weights for {columns} columns")
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self._matrix(X, reset=False) * self.weights_

    def inverse_transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return np.asarray(X, dtype=np.float64) / self.weights_


class FlagScaler(_Columnwise):
    """Centres 0/1 columns and spreads them to -1..1, or with ``standardise`` to unit variance.

    A flag that half of the customers have then weighs what a z-scored number does; a rare one weighs
    less, where standardising would turn its few owners into outliers that take a segment of their own.
    `weights`, one per column, multiply that.

    Attributes
    ----------
    mean_, scale_ : ndarray, shape (n_features,)

    Examples
    --------
    >>> FlagScaler().fit_transform([[0.0], [1.0], [0.0], [0.0]]).ravel()
    array([-0.5,  1.5, -0.5, -0.5])
    """

    def __init__(self, standardise: bool = False, weights: Sequence[float] | None = None) -> None:
        self.standardise = standardise
        self.weights = weights

    def fit(self, X: Any, y: Any = None) -> Self:
        X = self._matrix(X, reset=True)
        known = np.maximum((~np.isnan(X)).sum(axis=0), 1)
        self.mean_ = np.nansum(X, axis=0) / known
        variance = np.nansum((X - self.mean_) ** 2, axis=0) / known
        self.scale_ = np.full(X.shape[1], 0.5)
        if self.standardise:
            self.scale_ = np.where(variance > 0, np.sqrt(variance), 1.0)
        if self.weights is not None:
            self.scale_ = self.scale_ / np.asarray(self.weights, dtype=np.float64)
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return (self._matrix(X, reset=False) - self.mean_) / self.scale_

    def inverse_transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return np.asarray(X, dtype=np.float64) * self.scale_ + self.mean_
