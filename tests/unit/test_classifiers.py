"""The surrogate classifiers are tested on customers that nothing about them was learnt from."""

import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from sklearn.preprocessing import StandardScaler
from sklearn.utils import parallel

from segmentation.errors import Cancelled
from segmentation.features.preparation import preparation
from segmentation.features.recipes import Feature
from segmentation.modelling.classifiers import score, surrogates

FEATURES = tuple(Feature(name, name.title(), "number", None, name) for name in ("a", "b", "noise"))


class Spy(StandardScaler):
    """Remembers how many customers each copy was fitted on."""

    fitted_on: list[int] = []  # noqa: RUF012

    def fit(self, X, y=None, sample_weight=None):
        Spy.fitted_on.append(len(X))
        return super().fit(X, y)


def grouped(n: int = 300, seed: int = 2) -> tuple[pd.DataFrame, np.ndarray]:
    """Three groups that touch, and a column that means nothing."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    centres = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])[labels]
    values = np.column_stack([centres + rng.normal(size=(n, 2)), rng.normal(size=n)])
    return pd.DataFrame(values, columns=["a", "b", "noise"]), labels


def test_the_scores_are_scikit_learns():
    rng = np.random.default_rng(0)
    known = rng.choice([2, 5, 9], 200)
    predicted = np.where(rng.random(200) < 0.7, known, rng.choice([2, 5, 9], 200))
    told = score("any", known, predicted, np.array([2, 5, 9]))
    assert told.confusion == confusion_matrix(known, predicted).tolist()
    macro = precision_recall_fscore_support(known, predicted, average="macro")[:3]
    assert (told.macro_precision, told.macro_recall, told.macro_f1) == pytest.approx(macro)


def test_preparation_learns_from_the_training_folds_only():
    Spy.fitted_on.clear()
    values, labels = grouped()
    prepare = ColumnTransformer([("all", Spy(), list(values))], verbose_feature_names_out=False)
    found = surrogates(FEATURES, values, labels, prepare, seed=1)
    assert found.folds == 5
    assert Spy.fitted_on == [240] * 5


def test_groups_are_learnt_and_noise_is_worth_nothing():
    values, labels = grouped()
    found = surrogates(FEATURES, values, labels, preparation(FEATURES, seed=1, plain=False), seed=1)
    assert [each.name for each in found.classifiers] == ["logistic_regression", "random_forest", "gradient_boosting"]
    assert all(0.8 < each.macro_f1 < 0.99 for each in found.classifiers)
    assert all(sum(map(sum, each.confusion)) == found.rows == 300 for each in found.classifiers)
    worth = {each.feature: each.mean for each in found.importances}
    assert min(worth["a"], worth["b"]) > 0.15 > 0.03 > abs(worth["noise"])
    assert found.summary_only == (max(each.macro_f1 for each in found.classifiers) < 0.9)


def test_the_filter_of_warnings_is_left_as_it_was(monkeypatch):
    """Scikit-learn's parallel code changes it for the whole process, and two threads can lose it."""
    values, labels = grouped(120)
    whole = parallel._FuncWrapper.__call__

    def losing(self, *args, **kwargs):
        try:
            return whole(self, *args, **kwargs)
        finally:
            if threading.current_thread() is not threading.main_thread():
                warnings.filters = [("ignore", None, Warning, None, 0)]

    monkeypatch.setattr(parallel._FuncWrapper, "__call__", losing)
    before = warnings.filters[:]
    surrogates(FEATURES, values, labels, preparation(FEATURES, seed=1, plain=False), seed=1)
    assert warnings.filters == before


def test_labels_of_no_meaning_cannot_be_learnt():
    values, _ = grouped()
    labels = np.random.default_rng(7).integers(0, 3, 300)
    found = surrogates(FEATURES, values, labels, preparation(FEATURES, seed=1, plain=False), seed=1)
    assert all(each.accuracy < 0.45 for each in found.classifiers)  # a leak of the held-out customers would show here
    assert found.summary_only


@pytest.mark.slow
def test_the_small_and_the_unassigned_are_left_out_and_the_same_seed_tells_the_same():
    values, labels = grouped()
    labels[:5] = 3
    labels[5:60] = 4
    prepare = preparation(FEATURES, seed=1, plain=False)
    found = surrogates(FEATURES, values, labels, prepare, seed=1, without={4})
    assert (found.labels, found.left_out, found.rows, found.customers) == ([0, 1, 2], [3], 240, 300)
    assert found == surrogates(FEATURES, values, labels, prepare, seed=1, without={4})
    assert surrogates(FEATURES, values, np.zeros(300, dtype=int), prepare, seed=1) is None


def test_a_cancelled_training_stops_between_two_fits():
    def cancel(share: float, phase: str) -> None:
        if share > 0.3:
            raise Cancelled("cancelled")

    values, labels = grouped()
    with pytest.raises(Cancelled):
        surrogates(FEATURES, values, labels, preparation(FEATURES, seed=1, plain=False), seed=1, progress=cancel)
