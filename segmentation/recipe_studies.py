"""What a recipe does to the segments: how much hangs on sensitive columns, and how two recipes differ. Pure.

Both cluster the same sample of customers again with the same seed; nothing of it is stored but the figures.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from segmentation import naming
from segmentation.errors import TrainingError
from segmentation.features.recipes import AttributeLike, Feature, Match
from segmentation.modelling.fitting import FitOptions, Fitted, fit_model
from segmentation.progress import Progress, part
from segmentation.runs import compute_run
from segmentation.trust import verdict_words

MOST_ALONE = 8  # sensitive columns left out one at a time


def together(first: np.ndarray, second: np.ndarray) -> float:
    """Share of the pairs of customers in one segment of the first division that share one in the second too.

    Parameters
    ----------
    first, second : ndarray of int, shape (n_customers,)

    Returns
    -------
    float
        In [0, 1]; 1.0 where the first division has no pair.

    Examples
    --------
    Of the pairs (0, 1), (0, 2), (1, 2) only the first stays together.

    >>> together(np.array([0, 0, 0]), np.array([1, 1, 0])).__round__(2)
    0.33
    """
    counts = contingency_matrix(first, second).astype(np.int64)
    sizes = counts.sum(axis=1)
    pairs = (sizes * (sizes - 1)).sum()
    return float((counts * (counts - 1)).sum() / pairs) if pairs else 1.0


def dependence(
    matched: Match,
    attributes: Sequence[AttributeLike],
    frame: pd.DataFrame,
    as_of: date,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """How much of a segmentation depends on its sensitive columns.

    The recipe is clustered with its recommended number of segments, then into as many without all of its
    sensitive features, then without one at a time (at most eight).

    Returns
    -------
    dict
        ``k``; ``sensitive``, labels; ``without_all`` and, in ``without_one``, per feature: ``labels``, ``ari``
        in [-1, 1] and ``together`` in [0, 1], or ``why_not`` in words. ``without_all`` is None where nothing
        is sensitive.
    """
    progress(0.0, "forming the segments with everything")
    options = FitOptions(seed=seed, validate=False)
    whole = fit_model(matched, attributes, frame, as_of, options)
    used = whole.plan.features
    sensitive = [feature for feature in used if feature.sensitive]
    alone = [[feature] for feature in sensitive[:MOST_ALONE]] if len(sensitive) > 1 else []
    told = []
    for step, left_out in enumerate([sensitive, *alone] if sensitive else []):
        progress((step + 1) / (len(alone) + 2), f"forming them without {_listed(left_out)}")
        told.append(_without(left_out, matched, used, attributes, frame, as_of, whole, seed))
    return {
        "k": whole.bundle.k,
        "sensitive": [feature.label for feature in sensitive],
        "without_all": told[0] if told else None,
        "without_one": told[1:],
    }


def _without(
    left_out: Sequence[Feature], matched: Match, used: Sequence[Feature], attributes: Sequence[AttributeLike],
    frame: pd.DataFrame, as_of: date, whole: Fitted, seed: int,
) -> dict[str, Any]:  # fmt: skip
    labels = [feature.label for feature in left_out]
    rest = tuple(feature for feature in used if feature not in left_out)
    try:
        if not rest:
            raise TrainingError("nothing else is left to form segments by")
        options = FitOptions(k=whole.bundle.k, seed=seed, validate=False)
        other = fit_model(Match(matched.recipe, rest, ()), attributes, frame, as_of, options)
    except TrainingError as error:
        return {"labels": labels, "ari": None, "together": None, "why_not": str(error)}
    before, after = whole.assigned.label, other.assigned.label
    figures = {"ari": float(adjusted_rand_score(before, after)), "together": together(before, after)}
    return {"labels": labels, **figures, "why_not": None}


def _listed(features: Sequence[Feature]) -> str:
    return ", ".join(feature.label for feature in features)


def compare(
    recipes: Sequence[Match],
    attributes: Sequence[AttributeLike],
    frame: pd.DataFrame,
    as_of: date,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Two recipes on the same customers, each with the number of segments recommended for it.

    Returns
    -------
    dict
        ``recipes``: per recipe ``k``, ``features`` (labels), ``silhouette`` (on its own matrix), ``stability``
        (mean ARI over refits), ``verdict`` and ``verdict_words``, ``segments`` (``name``, ``customers``);
        ``ari`` between the two divisions; ``together``: of the pairs of the first the share that stays
        together in the second, and the other way round; ``moves``: ``from``, ``to``, ``customers``.
    """
    fits, told, names = [], [], []
    for place, matched in enumerate(recipes):
        fitted = fit_model(
            matched, attributes, frame, as_of, FitOptions(seed=seed), part(progress, place * 0.45, place * 0.45 + 0.4)
        )
        run = compute_run(fitted.bundle, frame, attributes, fitted.X, fitted.assigned, seed=seed)
        named = naming.name_segments(run.profiles, run.k)
        fits.append(fitted.assigned.label)
        names.append(named)
        told.append(_told(fitted, named))
    progress(0.95, "comparing who is where")
    first, second = fits
    counts = contingency_matrix(first, second)
    moves = [
        {"from": names[0][label], "to": names[1][to], "customers": int(counts[i, j])}
        for i, label in enumerate(np.unique(first))
        for j, to in enumerate(np.unique(second))
        if counts[i, j]
    ]
    return {
        "recipes": told,
        "ari": float(adjusted_rand_score(first, second)),
        "together": [together(first, second), together(second, first)],
        "moves": sorted(moves, key=lambda move: -move["customers"]),
    }


def _told(fitted: Fitted, names: Sequence[str]) -> dict[str, Any]:
    reality = fitted.reality.as_json() if fitted.reality else None
    sizes = np.bincount(fitted.assigned.label, minlength=len(names))
    segments = [{"name": name, "customers": int(size)} for name, size in zip(names, sizes, strict=True)]
    return {
        "k": fitted.bundle.k,
        "features": [feature.label for feature in fitted.plan.features],
        "silhouette": fitted.metrics["silhouette"],
        "stability": fitted.metrics["stability"],
        "verdict": reality["verdict"] if reality else None,
        "verdict_words": verdict_words(reality),
        "segments": sorted(segments, key=lambda segment: -segment["customers"]),
    }
