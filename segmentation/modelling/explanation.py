"""What is said of a model beside its segments: rules in the units of the file, and how well they can be relearnt."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from segmentation.features.recipes import Feature
from segmentation.modelling.classifiers import surrogates
from segmentation.modelling.rule_search import find_rules
from segmentation.progress import Progress, no_progress, part

SCHEMA = 1


def explain(
    features: Sequence[Feature],
    values: pd.DataFrame,
    labels: np.ndarray,
    k: int,
    prepare: BaseEstimator,
    *,
    seed: int,
    without: Collection[int] = (),
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """What is stored as ``model_version.explanation``.

    Parameters
    ----------
    features, values, labels, k, prepare, seed, without
        As for `find_rules` and `surrogates`.

    Returns
    -------
    dict
        ``schema`` (1), ``seed``, ``rules`` (by label, `Rule.as_json`), ``surrogate`` (`Surrogates.as_json`, or None).
    """
    rules = find_rules(
        features, values, labels, k, seed=seed, without=without, progress=part(progress, 0.0, 0.2)
    )  # fmt: skip
    found = surrogates(
        features, values, labels, prepare, seed=seed, without=without, progress=part(progress, 0.2, 1.0)
    )  # fmt: skip
    return {
        "schema": SCHEMA,
        "seed": seed,
        "rules": [rule.as_json() for rule in rules],
        "surrogate": found.as_json() if found else None,
    }
