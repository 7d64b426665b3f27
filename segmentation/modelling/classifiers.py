"""Surrogate classifiers: how well can the segments be told from the inputs by something other than the clusterer?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from segmentation.features.recipes import Feature
from segmentation.modelling.metrics import sample_rows
from segmentation.modelling.refits import WORKERS, each
from segmentation.progress import Progress, no_progress, part
from segmentation.withholding import FEW

FOLDS, FOLDS_OF_MANY, MANY = 5, 3, 1_000
TREES, STEPS = 50, 50  # of the forest and of boosting: twice as many change no second digit
REPEATS = 3
SUMMARY = 0.90  # macro F1 under which even the best classifier only sums the segments up (METHODS)
TAG = 7
LEARNING = "learning the segments"
# scikit-learn's own parallel code changes the filter of warnings of the whole process while it fits or predicts: the
# warnings of two forests at a time get past it. Boosting, by far the slowest, does so only while it bins.
ALONE = ("logistic_regression", "random_forest")


@dataclass(frozen=True)
class Scored:
    """One kind of classifier, cross-validated; ``confusion`` counts customers, rows true, columns predicted."""

    name: str
    accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    confusion: list[list[int]]


@dataclass(frozen=True)
class Importance:
    """What a feature is worth: how far accuracy falls when its values are shuffled among customers held out."""

    feature: str
    label: str
    mean: float
    sd: float


@dataclass(frozen=True)
class Surrogates:
    """Three classifiers on the same folds of ``rows`` customers.

    ``labels`` are the clusterer's integers in the order of the confusion matrices, ``left_out`` those of segments too
    small to be learnt. ``importances`` are those of the ``best`` classifier by macro F1, the greatest first.
    """

    rows: int
    customers: int
    folds: int
    labels: list[int]
    left_out: list[int]
    classifiers: list[Scored]
    best: str
    importances: list[Importance]

    @property
    def summary_only(self) -> bool:
        """Whether rules and classifiers are only a summary: the best macro F1 is under 0.90."""
        return max(each.macro_f1 for each in self.classifiers) < SUMMARY

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the model."""
        lists = {name: [vars(one) for one in getattr(self, name)] for name in ("classifiers", "importances")}
        return {**vars(self), **lists, "summary_only": self.summary_only}


def classifiers(seed: int) -> dict[str, BaseEstimator]:
    """The unfitted classifiers by name, the simplest first."""
    return {
        "logistic_regression": LogisticRegression(max_iter=2_000),
        "random_forest": RandomForestClassifier(TREES, random_state=seed),
        "gradient_boosting": HistGradientBoostingClassifier(
            max_iter=STEPS, learning_rate=0.2, max_leaf_nodes=15, early_stopping=False, random_state=seed
        ),
    }


def surrogates(
    features: Sequence[Feature],
    values: pd.DataFrame,
    labels: np.ndarray,
    prepare: BaseEstimator,
    *,
    seed: int,
    without: Collection[int] = (),
    progress: Progress = no_progress,
) -> Surrogates | None:
    """Cross-validate the classifiers on the labels; None where fewer than two segments have 10 members.

    Parameters
    ----------
    features : sequence of Feature
    values : DataFrame, shape (n, n_features)
        Before preparation.
    labels : ndarray of int, shape (n,)
        What is learnt: the segment of every customer.
    prepare : estimator
        The model's preparation. A copy is fitted on the training customers of each fold: nothing of those held out,
        not even a median, is known to the classifier that is tested on them.
    seed : int
        Of folds, sample and classifiers.
    without : collection of int
        Labels left out, such as that of the unassigned.

    Notes
    -----
    On at most 5,000 customers, a seeded sample of more; 5 folds, 3 above 1,000 customers. All figures are counted
    over the customers held out, all folds together. Importances shuffle a whole feature, a category with all its
    levels; 3 times in each fold, for the best classifier only.
    """
    kept, left_out = _learnable(labels, seed, without)
    rows, known = values.iloc[kept], labels[kept]
    found = np.unique(known)
    if len(found) < 2:
        return None
    folds = FOLDS if len(kept) <= MANY else FOLDS_OF_MANY
    parts = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(rows, known))
    prepared = [_prepared(clone(prepare), rows, train, test) for train, test in parts]
    kinds = classifiers(seed)
    tasks = [(name, fold) for name in kinds for fold in range(folds)]

    def fit(task: tuple[str, int]) -> tuple[BaseEstimator, np.ndarray]:
        name, fold = task
        fitted = clone(kinds[name]).fit(prepared[fold].train, known[parts[fold][0]])
        return fitted, fitted.predict(prepared[fold].test)

    alone = [task for task in tasks if task[0] in ALONE]
    beside = [task for task in tasks if task[0] not in ALONE]
    learnt = each(fit, alone, part(progress, 0.0, 0.3), LEARNING, workers=1)
    learnt += each(fit, beside, part(progress, 0.3, 0.8), LEARNING)
    done = dict(zip([*alone, *beside], learnt, strict=True))
    scored = []
    for name in kinds:
        predicted = np.empty_like(known)
        for fold, (_, test) in enumerate(parts):
            predicted[test] = done[name, fold][1]
        scored.append(score(name, known, predicted, found))
    best = max(scored, key=lambda one: one.macro_f1).name  # of equals the first, the simplest

    def shuffle(fold: int) -> np.ndarray:
        held = prepared[fold]
        return _falls(done[best, fold][0], held.test, known[parts[fold][1]], held.owners(features), [seed, TAG, fold])

    workers = 1 if best in ALONE else WORKERS
    worth = each(shuffle, range(folds), part(progress, 0.8, 1.0), "measuring what each input is worth", workers)
    falls = np.hstack(worth)
    importances = [
        Importance(f.name, f.label, float(mean), float(sd))
        for f, mean, sd in zip(features, falls.mean(axis=1), falls.std(axis=1), strict=True)
    ]
    importances.sort(key=lambda one: (-one.mean, one.feature))
    return Surrogates(
        len(kept), len(labels), folds, found.tolist(), left_out, scored, best, importances
    )  # fmt: skip


def score(name: str, known: np.ndarray, predicted: np.ndarray, labels: np.ndarray) -> Scored:
    """Accuracy and, averaged over the labels as equals, precision, recall and F1.

    Examples
    --------
    Two of three of the first are found, one of one of the second, and half of those called second are.

    >>> told = score("any", np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), np.array([0, 1]))
    >>> told.confusion, told.accuracy, told.macro_precision, round(told.macro_recall, 3), round(told.macro_f1, 3)
    ([[2, 1], [0, 1]], 0.75, 0.75, 0.833, 0.733)
    """
    k = len(labels)
    at = np.searchsorted(labels, known) * k + np.searchsorted(labels, predicted)
    table = np.bincount(at, minlength=k * k).reshape(k, k)
    right = np.diag(table).astype(float)
    precision = right / np.maximum(table.sum(axis=0), 1)
    recall = right / np.maximum(table.sum(axis=1), 1)
    f1 = 2 * right / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)
    accuracy = right.sum() / table.sum()
    means = (float(accuracy), float(precision.mean()), float(recall.mean()), float(f1.mean()))
    return Scored(name, *means, confusion=table.tolist())


@dataclass(frozen=True)
class _Prepared:
    """The customers of one fold in the clustered space that its training customers make."""

    train: np.ndarray
    test: np.ndarray
    columns: list[str]

    def owners(self, features: Sequence[Feature]) -> list[np.ndarray]:
        """Which columns each feature became."""
        names = {feature.name for feature in features}
        owner = np.array([name if name in names else name.partition("=")[0] for name in self.columns])
        return [np.flatnonzero(owner == feature.name) for feature in features]


def _prepared(prepare: BaseEstimator, rows: pd.DataFrame, train: np.ndarray, test: np.ndarray) -> _Prepared:
    seen = prepare.fit_transform(rows.iloc[train])
    return _Prepared(seen, prepare.transform(rows.iloc[test]), [str(name) for name in prepare.get_feature_names_out()])


def _learnable(labels: np.ndarray, seed: int, without: Collection[int]) -> tuple[np.ndarray, list[int]]:
    """Positions of the customers to learn from, and the labels too rare among them."""
    rows = sample_rows(len(labels), seed)
    rows = rows[~np.isin(labels[rows], list(without))]
    found, counts = np.unique(labels[rows], return_counts=True)
    present = {int(label) for label in np.unique(labels)} - set(without)
    enough = set(found[counts >= FEW].tolist())
    return rows[np.isin(labels[rows], list(enough))], sorted(present - enough)


def _falls(
    fitted: BaseEstimator, X: np.ndarray, known: np.ndarray, owners: list[np.ndarray], seed: list[int]
) -> np.ndarray:
    """By how much accuracy falls per feature and repeat; shape (n_features, REPEATS)."""
    rng = np.random.default_rng(seed)
    whole = np.mean(fitted.predict(X) == known)
    falls = np.zeros((len(owners), REPEATS))
    for feature, columns in enumerate(owners):
        for repeat in range(REPEATS):
            shuffled = X.copy()
            shuffled[:, columns] = X[rng.permutation(len(X))][:, columns]
            falls[feature, repeat] = whole - np.mean(fitted.predict(shuffled) == known)
    return falls
