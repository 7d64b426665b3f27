"""What the columns of a dataset hold before any model: how values lie, gaps, far values, what goes together. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from segmentation.effects import V_BANDS
from segmentation.profiles import profile
from segmentation.withholding import FEW

FENCE = 3.0  # quartile ranges beyond the quartiles: Tukey's outer fences
MOST_LEVELS = 20  # of a category in an association; the rarer ones count as one
STRONG = tuple((least, word) for least, word in V_BANDS)  # Cohen's bands of a correlation: 0.5, 0.3, 0.1


class AttributeLike(Protocol):
    """What exploring needs to know of an attribute."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def unit(self) -> str | None: ...


@dataclass(frozen=True)
class Pair:
    """How far two attributes go together, over the ``customers`` with both.

    ``measure``: "pearson" (numbers, flags, dates; ``rank_value`` is then Spearman's), "cramers_v" (categories) or
    "correlation_ratio" (a category and one of the others; 1 where the category tells the value). ``strength`` in
    [0, 1] orders them: the size of Spearman's, else ``value``.
    """

    first: str
    second: str
    measure: str
    value: float
    rank_value: float | None
    customers: int

    @property
    def strength(self) -> float:
        return abs(self.value if self.rank_value is None else self.rank_value)


def describe(column: pd.Series, attribute: AttributeLike) -> dict[str, Any]:
    """One column as JSON: what `db.models.SegmentProfile` holds of everyone, ``distinct`` values and ``far`` ones.

    ``far`` counts values more than three quartile ranges below the lower or above the upper quartile, with the
    fences; None where half of the customers share a value, or there is nothing to measure.

    >>> from types import SimpleNamespace
    >>> income = SimpleNamespace(name="income", label="Income", kind="number", role="other", unit=None)
    >>> told = describe(pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 99.0, np.nan], name="income"), income)
    >>> told["missing"], told["distinct"], told["far"]
    (1, 6, {'low': -5.25, 'high': 12.25, 'below': 0, 'above': 1})
    """
    row = profile(column.to_frame(attribute.name), np.zeros(len(column), np.int64), 1, [attribute], ())[0]
    kept = ("customers", "missing", "mean", "sd", "quantiles", "histogram", "levels")
    told = {name: getattr(row, name) for name in kept}
    far = _far(column) if attribute.kind == "number" else None
    return told | {"distinct": int(column.nunique()), "far": far}


def _far(column: pd.Series) -> dict[str, Any] | None:
    values = column.to_numpy(np.float64)
    values = values[~np.isnan(values)]
    if not values.size:
        return None
    lower, upper = np.quantile(values, [0.25, 0.75])
    if lower == upper:
        return None
    low, high = float(lower - FENCE * (upper - lower)), float(upper + FENCE * (upper - lower))
    return {"low": low, "high": high, "below": int((values < low).sum()), "above": int((values > high).sum())}


def pairs(frame: pd.DataFrame, attributes: Sequence[AttributeLike]) -> list[Pair]:
    """Every pair of comparable columns, the strongest first.

    Texts, keys and columns without two different values are left out, and pairs that fewer than 10 customers have.

    Parameters
    ----------
    frame : DataFrame
        Numbers and flags as float with NaN, categories as object with None, dates as datetime64.

    Examples
    --------
    >>> from types import SimpleNamespace as A
    >>> told = [A(name="a", kind="number", role="other"), A(name="b", kind="number", role="other")]
    >>> frame = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0) ** 3})
    >>> [(each.measure, round(each.value, 2), each.rank_value) for each in pairs(frame, told)]
    [('pearson', 0.91, 1.0)]
    """
    told = [each for each in attributes if each.kind != "text" and each.role != "id"]
    ordered = {each.name: _ordered(frame[each.name], each.kind) for each in told if each.kind != "category"}
    numbers = pd.DataFrame({name: values for name, values in ordered.items() if _varies(values)}, index=frame.index)
    codes = {each.name: _codes(frame[each.name]) for each in told if each.kind == "category"}
    codes = {name: found for name, found in codes.items() if len(np.unique(found[found >= 0])) > 1}
    found = [*_numeric(numbers), *_of_categories(codes), *_mixed(codes, numbers)]
    place = {each.name: at for at, each in enumerate(told)}
    return sorted(found, key=lambda each: (-each.strength, place[each.first], place[each.second]))


def _ordered(column: pd.Series, kind: str) -> np.ndarray:
    if kind != "date":
        return column.to_numpy(np.float64)
    days = column.to_numpy("datetime64[s]")
    return np.where(np.isnat(days), np.nan, days.astype(np.float64) / 86_400)


def _varies(values: np.ndarray) -> bool:
    known = values[~np.isnan(values)]
    return bool(known.size >= FEW and np.ptp(known) > 0)


def _codes(column: pd.Series) -> np.ndarray:
    """Levels as numbers, the most frequent as they come, the rarer ones together; missing is -1."""
    codes, levels = pd.factorize(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    rank = np.empty(len(levels), np.int64)
    rank[np.lexsort((np.asarray(levels, dtype=str), -counts))] = np.arange(len(levels))
    return np.where(codes >= 0, np.minimum(np.append(rank, 0)[codes], MOST_LEVELS), -1)


def _numeric(numbers: pd.DataFrame) -> Iterator[Pair]:
    if numbers.shape[1] < 2:
        return
    names, known = list(numbers.columns), numbers.notna().to_numpy(np.float64)
    customers = (known.T @ known).astype(int)
    pearson = numbers.corr(min_periods=FEW).to_numpy()
    whole = not numbers.isna().to_numpy().any()  # then ranks are made once per column, not once per pair
    spearman = (numbers.rank().corr() if whole else numbers.corr(method="spearman", min_periods=FEW)).to_numpy()
    for i, j in zip(*np.triu_indices(numbers.shape[1], 1), strict=True):
        if not (np.isnan(pearson[i, j]) or np.isnan(spearman[i, j])):
            first, second = names[i], names[j]
            value, rank = float(pearson[i, j].round(12)), float(spearman[i, j].round(12))
            yield Pair(first, second, "pearson", value, rank, int(customers[i, j]))


def _of_categories(codes: dict[str, np.ndarray]) -> Iterator[Pair]:
    names = list(codes)
    for at, first in enumerate(names):
        for second in names[at + 1 :]:
            both = (codes[first] >= 0) & (codes[second] >= 0)
            value = cramers_v(codes[first][both], codes[second][both]) if both.sum() >= FEW else None
            if value is not None:
                yield Pair(first, second, "cramers_v", value, None, int(both.sum()))


def _mixed(codes: dict[str, np.ndarray], numbers: pd.DataFrame) -> Iterator[Pair]:
    for first, levels in codes.items():
        for second in numbers.columns:
            values = numbers[second].to_numpy()
            both = (levels >= 0) & ~np.isnan(values)
            value = correlation_ratio(levels[both], values[both]) if both.sum() >= FEW else None
            if value is not None:
                yield Pair(first, second, "correlation_ratio", value, None, int(both.sum()))


def cramers_v(first: np.ndarray, second: np.ndarray) -> float | None:
    """Cramer's V of two columns of codes; None where one has a single level.

    >>> cramers_v(np.array([0, 0, 1, 1]), np.array([3, 3, 5, 5])), cramers_v(np.array([0, 0]), np.array([0, 1]))
    (1.0, None)
    """
    rows, columns = (np.unique(codes, return_inverse=True)[1] for codes in (first, second))
    shape = (rows.max(initial=0) + 1, columns.max(initial=0) + 1)
    if min(shape) < 2:
        return None
    table = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / table.sum() / (min(shape) - 1)).round(12))


def correlation_ratio(levels: np.ndarray, values: np.ndarray) -> float | None:
    """Root of the share of variance that lies between the levels, in [0, 1]; None without levels or variance.

    >>> correlation_ratio(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 3.0, 3.0]))
    1.0
    """
    groups = np.unique(levels, return_inverse=True)[1]
    total = ((values - values.mean()) ** 2).sum() if values.size else 0.0
    if total == 0 or groups.max(initial=0) == 0:
        return None
    counts, sums = np.bincount(groups), np.bincount(groups, weights=values)
    between = (counts * (sums / counts - values.mean()) ** 2).sum()
    return float(np.sqrt(min(between / total, 1.0)).round(12))


def strength_word(strength: float) -> str:
    """Cohen's word for a correlation.

    >>> strength_word(0.62), strength_word(0.04)
    ('strong', 'negligible')
    """
    words = {"large": "strong", "medium": "moderate", "small": "weak"}
    return next((words[word] for least, word in STRONG if strength >= least), "negligible")
