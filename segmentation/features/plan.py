"""Which features a model is trained on, decided on the data: what cannot form segments is left out, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from segmentation.errors import TrainingError
from segmentation.features.categories import OTHER, merged_levels
from segmentation.features.expressions import evaluate
from segmentation.features.recipes import AttributeLike, Feature, Match

MOST_MISSING = 0.4
NEAR_UNIQUE = 0.5  # distinct levels per customer
CLIP = (0.005, 0.995)


class FeatureBuilder(TransformerMixin, BaseEstimator):
    """Raw attributes in, the features of a recipe out: the first step of every model.

    Parameters
    ----------
    features : sequence of Feature
    as_of : date
        The day ages and tenures are counted to.

    Notes
    -----
    It learns nothing. An attribute that the frame does not have is missing for everybody. Numbers and
    flags come out as float64 with NaN, categories as object with None.
    """

    def __init__(self, features: Sequence[Feature] = (), as_of: date = date.min) -> None:
        self.features = features
        self.as_of = as_of

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({f.name: _column(f, X, self.as_of) for f in self.features}, index=X.index, copy=False)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        return np.asarray([feature.name for feature in self.features], dtype=object)


def _column(feature: Feature, frame: pd.DataFrame, as_of: date) -> Any:
    if feature.kind != "category":
        return evaluate(feature.expression, frame, as_of)
    if feature.expression in frame:
        return frame[feature.expression]
    return np.full(len(frame), None, dtype=object)


@dataclass(frozen=True)
class Plan:
    """The features used, their values, and what was left out with the reason in words."""

    features: tuple[Feature, ...]
    values: pd.DataFrame  # one column per feature used
    excluded: tuple[dict[str, Any], ...]  # {"feature", "label", "kind", "missing", "excluded", "sensitive"}


def plan(match: Match, attributes: Sequence[AttributeLike], frame: pd.DataFrame, as_of: date) -> Plan:
    """Derive the features of a matched recipe and leave out those that cannot form segments.

    Parameters
    ----------
    match : Match
        That fits.
    attributes : sequence of AttributeLike
        Of the dataset; what `all_usable` leaves out among them is told.
    frame : DataFrame, shape (n_customers, n_attributes)
        Raw attributes.
    as_of : date

    Raises
    ------
    TrainingError
        The recipe asks for the logarithm of negative values.

    Returns
    -------
    Plan
        Left out are ids, text, consent, constants, categories in which nearly every customer differs or no
        level has 1 %, and, in `all_usable`, what more than 40 % of the customers lack. A recipe that names
        its features keeps them as long as anybody has a value.
    """
    everything = match.recipe.features is None
    asked = attributes if everything else ()
    excluded = [_told(attribute, frame, reason) for attribute in asked if (reason := unusable(attribute, frame))]
    named = {told["feature"] for told in excluded}
    candidates = [feature for feature in match.features if feature.name not in named]
    values = FeatureBuilder(candidates, as_of).transform(frame)
    _check_logarithms(candidates, values)
    used = []
    for feature in candidates:
        reason = useless(feature, values[feature.name], MOST_MISSING if everything else 1.0)
        if reason:
            excluded.append(_told(feature, values, reason))
        else:
            used.append(feature)
    return Plan(tuple(used), values[[feature.name for feature in used]], tuple(excluded))


def _check_logarithms(features: Sequence[Feature], values: pd.DataFrame) -> None:
    """A logarithm somebody asked for has to exist for everybody, but for those who are clipped."""
    wrong = []
    for feature in features:
        if feature.transform != "log1p" or feature.kind != "number":
            continue
        known = values[feature.name].dropna().to_numpy()
        smallest = np.quantile(known, CLIP[0] if feature.clip else 0.0) if len(known) else 0.0
        if smallest < 0:
            wrong.append(f"{feature.label}: a logarithm needs values of at least 0, and there are some of {smallest:g}")
    if wrong:
        raise TrainingError(f"{'; '.join(wrong)}; choose the transform Yeo-Johnson or automatic")


def _told(column: Any, frame: pd.DataFrame, reason: str) -> dict[str, Any]:
    missing = int(frame[column.name].isna().sum()) if column.name in frame else len(frame)
    return {
        "feature": column.name,
        "label": column.label,
        "kind": column.kind,
        "missing": missing,
        "excluded": reason,
        "sensitive": column.sensitive,
    }


def unusable(attribute: AttributeLike, frame: pd.DataFrame) -> str | None:
    """Why an attribute is not taken up by `all_usable`, whatever its distribution."""
    if attribute.role == "id":
        return "it names the customer and says nothing of them"
    if attribute.role == "consent":
        return "it says whether the customer may be written to, not who they are"
    if attribute.kind == "text":
        distinct = frame[attribute.name].nunique() if attribute.name in frame else 0
        return (
            "nearly every customer has a text of their own"
            if distinct > NEAR_UNIQUE * len(frame)
            else "it is free text"
        )
    if attribute.kind == "number" and attribute.name in frame and _counts_rows(frame[attribute.name].to_numpy(float)):
        return "it numbers the rows"
    return None


def _counts_rows(values: np.ndarray) -> bool:
    """Whether the values are the integers from some number on, each once: 1 to n in any order."""
    if len(values) < 20 or np.isnan(values).any() or values.max() - values.min() != len(values) - 1:
        return False
    return bool(len(np.unique(values)) == len(values) and (values == np.rint(values)).all())


def useless(feature: Feature, values: pd.Series, most_missing: float) -> str | None:
    """Why a feature cannot form segments of these customers."""
    known = values.dropna()
    if known.empty:
        return "nobody has a value"
    missing = 1 - len(known) / len(values)
    if missing > most_missing:
        return f"{missing:.0%} of the customers have no value (at most {most_missing:.0%})"
    if feature.kind == "category":
        distinct = known.nunique()
        if distinct == 1:
            return f"every customer has the same value, {str(known.iloc[0])[:40]}"
        if distinct > NEAR_UNIQUE * len(known):
            return f"{distinct:,} different values among {len(known):,} customers"
        if merged_levels(known) == [OTHER]:
            return "no level is shared by 1 % of the customers"
        return None
    low, high = known.min(), known.max()
    if low == high:
        return f"every customer has the same value, {low:g}"
    if feature.kind == "number":
        numbers = known.to_numpy()
        # Whatever nearly everybody has, is the median, and that of some thousands too.
        middle = np.median(numbers[:: max(1, len(numbers) // 10_000)])
        same = float((numbers == middle).mean())
        if same >= CLIP[1]:
            return f"{same:.1%} of the customers have the same value, {middle:g}"
    return None
