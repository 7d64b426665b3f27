"""What is said of a model beside its segments: rules in the units of the file, and how well they can be relearnt."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from segmentation.modelling.artifacts import ModelBundle
from segmentation.modelling.classifiers import surrogates
from segmentation.modelling.rule_search import find_rules
from segmentation.progress import Progress, no_progress, part
from segmentation.withholding import too_few

SCHEMA = 1


def explain(
    bundle: ModelBundle,
    values: pd.DataFrame,
    labels: np.ndarray,
    *,
    seed: int,
    without: Collection[int] = (),
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """What is stored as ``model_version.explanation``.

    Parameters
    ----------
    bundle : ModelBundle
        Its features, their preparation and its number of segments; the way it labels does not matter.
    values : DataFrame, shape (n, n_features)
        The features before preparation.
    labels : ndarray of int, shape (n,)
    seed : int
        Of the samples, folds and classifiers.
    without : collection of int
        Labels left out: the unassigned have nothing in common. So are those of fewer than 10 members.

    Returns
    -------
    dict
        ``schema`` (1), ``seed``, ``rules`` (by label, `Rule.as_json`), ``surrogate`` (`Surrogates.as_json`, or None).
    """
    few = [label for label, members in enumerate(np.bincount(labels, minlength=bundle.k)) if too_few(members)]
    rules = find_rules(
        bundle.features, values, labels, bundle.k,
        seed=seed, without={*without, *few}, progress=part(progress, 0.0, 0.2),
    )  # fmt: skip
    found = surrogates(
        bundle.features, values, labels, bundle.pipeline.named_steps["prepare"],
        seed=seed, without=without, progress=part(progress, 0.2, 1.0),
    )  # fmt: skip
    return {
        "schema": SCHEMA,
        "seed": seed,
        "rules": [rule.as_json() for rule in rules],
        "surrogate": found.as_json() if found else None,
    }
