"""From features to the matrix that is clustered, and what was done on the way, feature by feature."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from segmentation.features.categories import OTHER, CategoryEncoder
from segmentation.features.plan import CLIP, Plan
from segmentation.features.recipes import Feature
from segmentation.features.transformers import FlagScaler, MedianImputer, QuantileClipper, SkewTransformer, Weigher


def preparation(features: tuple[Feature, ...], *, seed: int, plain: bool) -> ColumnTransformer:
    """Numbers: impute, clip, straighten, scale. Flags: impute, scale. Categories: merge, encode, weight.

    Each feature says whether it is clipped, how it is straightened and what it weighs. With `plain` nothing is
    clipped, straightened or weighted, whatever they say: numbers and flags are z-scored, one-hot columns stay 0/1.
    """
    of = {kind: [f for f in features if f.kind == kind] for kind in ("number", "flag", "category")}
    weights = {kind: None if plain else _weights(those) for kind, those in of.items()}
    steps: list[tuple[str, BaseEstimator]] = [("impute", MedianImputer())]
    if not plain:
        clip = [f.clip for f in of["number"]]
        asked = [f.transform for f in of["number"]]
        steps.append(("clip", QuantileClipper(*CLIP, clip=None if all(clip) else clip)))
        steps.append(("straighten", SkewTransformer(seed, None if set(asked) <= {"auto"} else asked)))
    steps.append(("scale", StandardScaler()))
    if weights["number"]:
        steps.append(("weigh", Weigher(weights["number"])))
    flags = Pipeline([("impute", MedianImputer()), ("scale", FlagScaler(plain, weights["flag"]))])
    categories = CategoryEncoder(weighted=not plain, weights=weights["category"])
    blocks = {"number": Pipeline(steps), "flag": flags, "category": categories}
    return ColumnTransformer(
        [(kind, blocks[kind], [f.name for f in those]) for kind, those in of.items() if those],
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )


def _weights(features: list[Feature]) -> list[float] | None:
    """What the recipe weighs each by; None when it weighs none."""
    weights = [feature.weight for feature in features]
    return None if all(weight == 1 for weight in weights) else weights


def prepared_columns(features: tuple[Feature, ...], prepare: ColumnTransformer) -> list[tuple[str, str]]:
    """Name and label of each column of the matrix: the feature's own, with the level for a category."""
    labels = {feature.name: feature.label for feature in features}
    columns = []
    for name in prepare.get_feature_names_out():
        feature, _, level = (name, "", "") if name in labels else str(name).partition("=")
        columns.append((str(name), f"{labels[feature]}: {level}" if level else labels[feature]))
    return columns


def report(plan: Plan, prepare: ColumnTransformer) -> list[dict[str, Any]]:
    """What was done to each feature, those left out last.

    Returns
    -------
    list of dict
        ``feature``, ``label``, ``kind``, ``unit``, ``attributes``, ``sensitive``, ``missing`` (customers),
        ``imputed`` (the value they got), ``clipped`` (customers), ``low`` and ``high`` (what they were clipped
        to), ``skew`` (sample skewness after clipping), ``transform`` (None, ``log1p``, ``yeo-johnson``), ``why``
        (the reason for it, in words), ``factor`` (what the recipe multiplies it by), ``weight`` (standard
        deviation of all its columns together, factor included; a z-scored number has 1, a category or flag at
        most 1), ``levels``, ``merged`` (how many rare levels became Other), ``excluded`` (None, or why). What
        does not apply is None.
    """
    done = {feature.name: _described(feature, plan.values[feature.name]) for feature in plan.features}
    for kind, fitted, columns in prepare.transformers_:
        if kind == "number":
            _tell_numbers(done, fitted, columns)
        elif kind == "flag":
            for j, name in enumerate(columns):
                done[name] |= {
                    "imputed": float(fitted["impute"].medians_[j]),
                    "weight": float(_spread(fitted["scale"], j)),
                }
        elif kind == "category":
            for name, levels, weight in zip(columns, fitted.levels_, fitted.spreads_, strict=True):
                seen = plan.values[name].nunique()
                kept = len(levels) - (levels[-1] == OTHER)
                done[name] |= {"imputed": levels[0], "weight": weight, "levels": levels, "merged": int(seen - kept)}
    return [*done.values(), *({**_nothing(), **told} for told in plan.excluded)]


def _spread(scaler: FlagScaler, j: int) -> float:
    """Standard deviation of a scaled flag: 1 where half of the customers have it, less the rarer it is."""
    share = scaler.mean_[j]
    return np.sqrt(share * (1 - share)) / scaler.scale_[j]


def _tell_numbers(done: dict[str, dict[str, Any]], fitted: Pipeline, columns: list[str]) -> None:
    clip, straighten, weigh = (fitted.named_steps.get(step) for step in ("clip", "straighten", "weigh"))
    for j, name in enumerate(columns):
        weight = 1.0 if weigh is None else float(weigh.weights_[j])
        done[name] |= {"imputed": float(fitted["impute"].medians_[j]), "clipped": 0, "weight": weight}
        if clip is None:
            continue
        if np.isfinite(clip.low_[j]):
            limits = {"low": float(clip.low_[j]), "high": float(clip.high_[j])}
            done[name] |= {"clipped": int(clip.clipped_[j]), **limits}
        done[name] |= {
            "skew": float(straighten.skewness_[j]),
            "transform": None if straighten.chosen_[j] == "none" else straighten.chosen_[j],
            "why": straighten.why_[j],
        }


def _described(feature: Feature, values: pd.Series) -> dict[str, Any]:
    return _nothing() | {
        "feature": feature.name,
        "label": feature.label,
        "kind": feature.kind,
        "unit": feature.unit,
        "attributes": feature.attributes,
        "sensitive": feature.sensitive,
        "missing": int(values.isna().sum()),
        "factor": feature.weight,
    }


def _nothing() -> dict[str, Any]:
    keys = (
        "feature", "label", "kind", "unit", "attributes", "sensitive", "missing", "imputed", "clipped", "low", "high",
        "skew", "transform", "why", "factor", "weight", "levels", "merged", "excluded",
    )  # fmt: skip
    return dict.fromkeys(keys)
