"""What a division must stand before it is believed: the criteria that need many fits, and the reality check."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer

from segmentation.features.recipes import Feature
from segmentation.modelling.candidates import Candidate
from segmentation.modelling.copies import Block
from segmentation.modelling.dividing import KMEANS, Method
from segmentation.modelling.gap import Gap, gap_choice, gap_statistic
from segmentation.modelling.metrics import sample_rows
from segmentation.modelling.prediction_strength import prediction_strength, strength_choice
from segmentation.modelling.reality import ROWS, RealityCheck, reality_check
from segmentation.modelling.splits import TOGETHER, jitter
from segmentation.modelling.stability import Refits, refit, stability
from segmentation.progress import Progress, no_progress, part

TAG = 5
COSTLY_ROWS = 2_000  # of the many fits of an algorithm that is slow, where k-means takes all rows of the sample


@dataclass(frozen=True)
class Validation:
    """The criteria that need many fits, for the numbers of segments in ``ks``, measured on one sample.

    ``rows`` are the positions of that sample among the rows that were divided; ``gap`` is None and ``strength``
    empty for an algorithm that finds its number itself, ``gap`` also for k-prototypes: what is spread evenly in a
    box has no categories.
    """

    ks: list[int]
    rows: np.ndarray
    gap: Gap | None
    strength: dict[int, float | None]
    refits: dict[int, Refits]
    weakest: dict[int, float]

    def row(self, k: int) -> dict[str, Any]:
        """What the selection table says of k."""
        if k not in self.weakest:
            return {}
        return {
            "gap": self.gap.gap[k] if self.gap else None,
            "gap_se": self.gap.error[k] if self.gap else None,
            "prediction_strength": self.strength.get(k),
            "stability": self.weakest[k],
        }

    def named(self) -> dict[str, int | None]:
        """The number of segments that gap and prediction strength name; none from a single number."""
        if len(self.ks) < 2:
            return {}
        return {
            "gap": gap_choice(self.gap.gap, self.gap.error) if self.gap else None,
            "prediction_strength": strength_choice(self.strength),
        }


def validate(
    X: np.ndarray, candidates: Sequence[Candidate], *, seed: int, method: Method, progress: Progress = no_progress
) -> Validation:
    """Gap, prediction strength and stability of the candidates, which were fitted to these very rows of X.

    The many fits run in single precision, which changes no third digit; those of Ward, HDBSCAN, DBSCAN and mixtures
    on 2,000 of the rows at most.
    """
    ks = [candidate.k for candidate in candidates]
    costly = method.algorithm.pairs or method.name == "gmm"
    rows = sample_rows(len(X), seed, COSTLY_ROWS) if costly else np.arange(len(X))
    sample = np.ascontiguousarray(X[rows] - X.mean(axis=0), dtype=np.float32)
    gap, strength = None, {}
    if method.algorithm.counts and not method.categories:
        gap = gap_statistic(sample, ks, seed=seed, method=method, progress=part(progress, 0.0, 0.35))
    if method.algorithm.counts:
        strength = prediction_strength(sample, ks, seed=seed, method=method, progress=part(progress, 0.35, 0.6))
    rest = part(progress, 0.6 if method.algorithm.counts else 0.0, 1.0)
    refits = refit(sample, ks, seed=seed, method=method, progress=rest)
    weakest = {each.k: stability(each.division.labels[rows], refits[each.k]).weakest for each in candidates}
    return Validation(ks, rows, gap, strength, refits, weakest)


def check_reality(
    features: tuple[Feature, ...],
    values: pd.DataFrame,
    prepare: ColumnTransformer,
    X: np.ndarray,
    ks: Sequence[int],
    *,
    seed: int,
    method: Method = KMEANS,
    progress: Progress = no_progress,
) -> RealityCheck:
    """The reality check of prepared customers.

    Parameters
    ----------
    features : tuple of Feature
    values : DataFrame, shape (n, n_features)
        Before preparation; the dip test looks at them jittered and straightened, unclipped.
    prepare : ColumnTransformer
        Fitted.
    X : ndarray, shape (n, n_columns)
        What `prepare` made of the values.
    method : Method
        Of the model; one that finds the number itself has no best number of segments, and k-means stands in for it.
    """
    if not method.algorithm.counts:
        method = KMEANS
    rows = sample_rows(len(X), seed, ROWS)
    sample = np.ascontiguousarray(X[rows], dtype=np.float32)
    tested = tested_columns(values.iloc[rows], prepare, seed)
    blocks = blocks_of(features, prepare)
    return reality_check(sample, blocks, ks, tested=tested, seed=seed, method=method, progress=progress)


def blocks_of(features: tuple[Feature, ...], prepare: ColumnTransformer) -> list[Block]:
    """Which columns of the matrix each feature became, in their order."""
    kinds = {feature.name: feature.kind for feature in features}
    columns: dict[str, list[int]] = {}
    for position, name in enumerate(prepare.get_feature_names_out()):
        feature = str(name) if name in kinds else str(name).partition("=")[0]
        columns.setdefault(feature, []).append(position)
    return [
        Block(name, "flag" if kinds[name] == "category" and len(at) == 1 else kinds[name], tuple(at))
        for name, at in columns.items()
    ]


def tested_columns(values: pd.DataFrame, prepare: ColumnTransformer, seed: int) -> dict[str, np.ndarray]:
    """Every number jittered by its grid, then straightened as in the model; and their main direction."""
    rng = np.random.default_rng([seed, TAG])
    for kind, fitted, names in prepare.transformers_:
        if kind == "number":
            spread = np.column_stack([jitter(values[name].to_numpy(dtype=float), rng) for name in names])
            straighten = fitted.named_steps.get("straighten")
            straight = spread if straighten is None else straighten.transform(spread)
            tested = dict(zip(names, straight.T, strict=True))
            return tested if len(names) == 1 else tested | {TOGETHER: _main_direction(straight)}
    return {}


def _main_direction(columns: np.ndarray) -> np.ndarray:
    """First principal component of the scaled columns, clipped as in the model, missing ones in the middle."""
    low, high = np.nanquantile(columns, [0.005, 0.995], axis=0)
    clipped = np.clip(columns, low, high)
    spread = np.nanstd(clipped, axis=0)
    scaled = np.nan_to_num((clipped - np.nanmean(clipped, axis=0)) / np.where(spread > 0, spread, 1.0))
    return scaled @ np.linalg.svd(scaled, full_matrices=False)[2][0]
