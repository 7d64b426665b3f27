"""Unusual customers are found by how far they really are, capped or not, and it is said in what."""

import numpy as np
import pandas as pd
import pytest

from segmentation.features.preparation import preparation
from segmentation.features.recipes import Feature
from segmentation.unusual import MOST, between, unusual

FEATURES = (
    Feature("income", "Income", "number", None, "income"),
    Feature("visits", "Visits", "number", None, "visits"),
    Feature("plan", "Plan", "category", None, "plan"),
)


def two_groups(n: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(4)
    label = np.arange(2 * n) // n
    values = pd.DataFrame(
        {
            "income": rng.normal(40 + 30 * label, 4),
            "visits": rng.normal(5 + 6 * label, 1),
            "plan": np.where(rng.random(2 * n) < 0.5, "basic", "plus").astype(object),
        }
    )
    return values, label


def told(values: pd.DataFrame, label: np.ndarray, **more) -> dict:
    prepare = preparation(FEATURES, seed=1, plain=False)
    X = prepare.fit_transform(values)
    centres = np.array([X[label == each].mean(axis=0) for each in range(label.max() + 1)])
    columns = [str(name) for name in prepare.get_feature_names_out()]
    ids = np.arange(len(values)) + 1000
    return unusual(ids, values, X, prepare, centres, label, FEATURES, columns, **more)


def test_nobody_is_unusual_where_everybody_is_ordinary():
    assert told(*two_groups()) == {"customers": 0, "by_label": [0, 0], "top": []}


def test_a_value_that_preparing_caps_is_found_with_what_it_is():
    values, label = two_groups()
    values.loc[7, "income"] = 666_666.0
    found = told(values, label)
    assert (found["customers"], found["by_label"]) == (1, [1, 0])
    [one] = found["top"]
    assert (one["customer_id"], one["label"]) == (1007, 0)
    assert one["times"] > 20
    [income] = one["features"]
    assert (income["feature"], income["value"]) == ("income", 666_666.0)
    assert income["share"] > 0.99
    low, high = income["usual"]
    assert 30 < low < 40 < high < 50


def test_who_is_far_from_their_own_but_in_another_segment_is_not_unusual():
    values, label = two_groups()
    values.loc[3, ["income", "visits"]] = [70.0, 11.0]  # the middle of the other group
    assert told(values, label)["customers"] == 0


def test_small_segments_and_the_unassigned_have_nobody_unusual():
    values, label = two_groups()
    values.loc[7, "income"] = 666_666.0
    assert told(values, label, unassigned=0)["customers"] == 0
    few = np.where(np.arange(len(label)) < 20, 2, label)
    assert told(values, few)["by_label"][2] == 0


@pytest.mark.parametrize("seed", range(3))
def test_permuting_rows_and_labels_changes_nobody(seed):
    values, label = two_groups()
    values.loc[[7, 400, 401], "income"] = [666_666.0, -9_000.0, 8_000.0]
    first = {each["customer_id"]: each for each in told(values, label)["top"]}
    assert set(first) == {1007, 1400, 1401}
    other = {each["customer_id"]: each for each in told(values, 1 - label)["top"]}
    assert {key: {**each, "label": 1 - each["label"]} for key, each in other.items()} == first


def test_of_many_between_the_most_often_are_kept():
    n = 100
    elsewhere = np.linspace(0, 1, n)
    found = between(np.arange(n), np.zeros(n, dtype=int), np.arange(n), elsewhere, 1)
    assert (found["sampled"], found["customers"]) == ([n], [80])
    assert [each["customer_id"] for each in found["top"]] == list(range(n - 1, n - 1 - MOST, -1))
