"""Finds the rules that describe segments: a shallow decision tree per segment, its branches made short and round."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from segmentation.features.categories import OTHER, merged_levels
from segmentation.features.recipes import Feature
from segmentation.modelling.metrics import sample_rows
from segmentation.progress import Progress, no_progress
from segmentation.rules import Condition, Rule, caught_by, measured

DEPTH = 4
ALTERNATIVES = 3
FEWEST = 5  # customers behind the end of a branch
DEARER = 0.01  # of the F1 that a condition more must bring
ROUNDER = 0.004  # of the F1 that a rounder bound may cost
ANOTHER = 0.04  # of the F1 that an alternative more must bring


@dataclass(frozen=True)
class _Column:
    """A column the tree splits: a number, a flag, or one level of a category."""

    feature: Feature
    values: np.ndarray  # as the tree sees them, without gaps
    level: str | None = None
    other: str | None = None  # the only other level there is
    whole: bool = False


def find_rules(
    features: Sequence[Feature],
    values: pd.DataFrame,
    labels: np.ndarray,
    k: int,
    *,
    seed: int,
    without: Collection[int] = (),
    progress: Progress = no_progress,
) -> list[Rule]:
    """A rule per segment, by label.

    Parameters
    ----------
    features : sequence of Feature
    values : DataFrame, shape (n, n_features)
        Before preparation, in original units; derived features and ages as the model has them.
    labels : ndarray of int, shape (n,)
    k : int
        Number of labels.
    seed : int
        Of the sample of 5,000 customers on which the trees are grown where there are more.
    without : collection of int
        Labels that are not told of: who was left unassigned has nothing in common.

    Returns
    -------
    list of Rule
        Measured on all n customers. From a tree of depth 4 that tells the members from everybody else, the
        branch (or up to three) with the best harmonic mean of coverage and exclusivity; bounds on one number are
        merged, conditions that hardly help left out, and bounds rounded as far as they part the same customers.

    Notes
    -----
    One tree per segment rather than one for all: a branch then need not spend its four questions on telling other
    segments from each other. The customers without a value take the median, or the most frequent level, while the
    tree grows; of the finished rule they meet no condition, as in any other tool that applies it.
    """
    rows = sample_rows(len(labels), seed)
    sample, known = values.iloc[rows], labels[rows]
    columns = _columns(features, sample)
    table = np.column_stack([column.values for column in columns])
    found = []
    for label in range(k):
        progress(label / k, "describing the segments by rules")
        if label in without:
            continue
        members = known == label
        chosen = _search(columns, table, sample, members, seed) if 0 < members.sum() < len(members) else []
        found.append(measured(label, chosen, values, labels == label))
    return found


def _columns(features: Sequence[Feature], sample: pd.DataFrame) -> list[_Column]:
    columns = []
    for feature in features:
        values = sample[feature.name]
        if feature.kind == "category":
            kept = merged_levels(values)
            levels = [level for level in kept if level != OTHER]
            texts = values.where(values.notna()).map(str, na_action="ignore")
            second = kept[1] if len(kept) == 2 and OTHER not in kept else None
            columns += [
                _Column(feature, (texts == level).to_numpy(dtype=float), level, second)
                for level in (levels[:1] if second else levels)
            ]
            continue
        numbers = values.to_numpy(dtype=np.float64)
        present = numbers[~np.isnan(numbers)]
        middle = float(np.median(present)) if len(present) else 0.0
        whole = bool(len(present) and (present == np.rint(present)).all())
        columns.append(_Column(feature, np.where(np.isnan(numbers), middle, numbers), whole=whole))
    return columns


def _search(
    columns: list[_Column], table: np.ndarray, sample: pd.DataFrame, members: np.ndarray, seed: int
) -> list[list[Condition]]:
    """The best branch, and others that add to it; empty where none is better than saying nothing."""
    branches: list[list[Condition]] = []
    for weight in (None, "balanced"):
        tree = DecisionTreeClassifier(
            max_depth=DEPTH, min_samples_leaf=min(FEWEST, max(1, len(members) // 20)), class_weight=weight,
            random_state=seed,
        ).fit(table, members)  # fmt: skip
        branches += _branches(tree, columns, table)
    caught = [caught_by([branch], sample) for branch in branches]
    chosen: list[list[Condition]] = []
    so_far, score = np.zeros(len(members), dtype=bool), 0.0
    for number in range(ALTERNATIVES):
        worth = [
            _f1(so_far | each, members) - DEARER * len(branch) for each, branch in zip(caught, branches, strict=True)
        ]
        best = int(np.argmax(worth)) if worth else 0
        if not worth or worth[best] + DEARER * len(branches[best]) < score + (ANOTHER if number else 1e-9):
            break
        branch = _rounded(_shortened(branches[best], so_far, sample, members), so_far, sample, members)
        chosen.append(branch)
        so_far |= caught_by([branch], sample)
        score = _f1(so_far, members)
    return chosen


def _f1(caught: np.ndarray, members: np.ndarray) -> float:
    """Harmonic mean of coverage and exclusivity."""
    both = np.count_nonzero(caught & members)
    return 2 * both / (np.count_nonzero(caught) + np.count_nonzero(members))


def _shortened(
    branch: list[Condition], so_far: np.ndarray, sample: pd.DataFrame, members: np.ndarray
) -> list[Condition]:
    """The branch without the conditions that hardly help, the least helpful first."""
    while len(branch) > 1:
        whole = _f1(so_far | caught_by([branch], sample), members)
        shorter = [branch[:i] + branch[i + 1 :] for i in range(len(branch))]
        scores = [_f1(so_far | caught_by([each], sample), members) for each in shorter]
        best = int(np.argmax(scores))
        if scores[best] < whole - DEARER:
            return branch
        branch = shorter[best]
    return branch


def _rounded(branch: list[Condition], so_far: np.ndarray, sample: pd.DataFrame, members: np.ndarray) -> list[Condition]:
    """The branch with two digits to a bound where that parts nearly the same customers."""
    for at, condition in enumerate(branch):
        if condition.over is None and condition.under is None:
            continue
        over, under = (two_digits(bound, whole=condition.whole) for bound in (condition.over, condition.under))
        rounder = [*branch[:at], replace(condition, over=over, under=under), *branch[at + 1 :]]
        before, after = (_f1(so_far | caught_by([each], sample), members) for each in (branch, rounder))
        branch = rounder if after >= before - ROUNDER else branch
    return branch


def two_digits(value: float | None, *, whole: bool) -> float | None:
    """A bound as people would say it; what is counted stays whole.

    >>> two_digits(3871.0, whole=True), two_digits(0.938, whole=False), two_digits(7.0, whole=True)
    (3900.0, 0.94, 7.0)
    """
    if value is None or value == 0:
        return value
    digits = 1 - int(np.floor(np.log10(abs(value))))
    return float(np.round(value, min(digits, 0) if whole else digits))


def _branches(tree: DecisionTreeClassifier, columns: list[_Column], table: np.ndarray) -> list[list[Condition]]:
    """The conditions of every node but the root, each feature told once."""
    inner, found = tree.tree_, []
    waiting: list[tuple[int, list[Condition]]] = [(0, [])]
    while waiting:
        node, path = waiting.pop()
        if path:
            found.append(path)
        if inner.children_left[node] < 0:
            continue
        column, cut = columns[inner.feature[node]], float(inner.threshold[node])
        seen = table[:, inner.feature[node]]
        low, high = float(seen[seen <= cut].max()), float(seen[seen > cut].min())
        waiting.append((inner.children_right[node], _merged(path, _side(column, low, high, above=True))))
        waiting.append((inner.children_left[node], _merged(path, _side(column, low, high, above=False))))
    return found


def _side(column: _Column, low: float, high: float, *, above: bool) -> Condition:
    """One side of a split between the neighbouring values `low` and `high`."""
    f = column.feature
    if column.level is not None:
        if column.other is not None:
            return Condition(f.name, f.label, f.kind, levels=(column.level if above else column.other,))
        return Condition(f.name, f.label, f.kind, levels=(column.level,), without=not above)
    if f.kind == "flag":
        return Condition(f.name, f.label, f.kind, levels=("yes",) if above else ("no",))
    plain = Condition(f.name, f.label, f.kind, f.unit, whole=column.whole)
    if above:
        return replace(plain, over=roundest(low, high, strict_high=True))
    return replace(plain, under=roundest(low, high, strict_high=False))


def roundest(low: float, high: float, *, strict_high: bool) -> float:
    """The number with the fewest digits that parts `low` from `high`.

    From [low, high) with `strict_high` (for "over"), else from (low, high] (for "under").

    >>> roundest(1019.0, 1023.0, strict_high=True), roundest(37.0, 38.0, strict_high=True)
    (1020.0, 37.0)
    >>> roundest(37.0, 38.0, strict_high=False), roundest(0.4121, 0.4188, strict_high=False)
    (38.0, 0.415)
    """
    size = max(abs(low), abs(high))
    step = 10.0 ** np.ceil(np.log10(size)) if size > 0 else 1.0
    for _ in range(18):
        for unit in (step, step / 2, step / 5):
            middle = np.round((low + high) / 2 / unit) * unit
            for number in (middle, np.floor(high / unit) * unit, np.ceil(low / unit) * unit):
                number = float(np.round(number, 12))
                if (low <= number < high) if strict_high else (low < number <= high):
                    return number
        step /= 10
    return low if strict_high else high


def _merged(path: list[Condition], new: Condition) -> list[Condition]:
    """The path with one condition more; what is said of the same feature becomes one."""
    for at, known in enumerate(path):
        if known.feature != new.feature:
            continue
        merged = _both(known, new)
        return [*path[:at], merged, *path[at + 1 :]] if merged else [*path, new]
    return [*path, new]


def _both(known: Condition, new: Condition) -> Condition | None:
    """Two conditions on one feature as one; None where they are said apart."""
    if known.kind != "category":
        if new.over is not None:
            return replace(new, under=known.under)
        return replace(new, over=known.over) if new.under is not None else new
    if known.without and new.without:
        return replace(known, levels=(*known.levels, *new.levels))
    return known if new.without else new  # being Oslo already says not Bergen
