"""The transformers of the pipeline keep scikit-learn's contract and do what METHODS says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import PowerTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from segmentation.features.categories import OTHER, CategoryEncoder
from segmentation.features.transformers import FlagScaler, MedianImputer, QuantileClipper, SkewTransformer


@parametrize_with_checks([MedianImputer(), QuantileClipper(), SkewTransformer(), FlagScaler(), FlagScaler(True)])
def test_scikit_learns_contract(estimator, check):
    check(estimator)


def test_the_median_of_the_training_rows_fills_gaps_at_scoring_time():
    imputer = MedianImputer().fit([[1.0, np.nan], [2.0, np.nan], [9.0, np.nan]])
    assert imputer.transform([[np.nan, np.nan]]).tolist() == [[2.0, 0.0]]


def test_half_a_percent_is_clipped_at_each_end_and_nobody_is_dropped():
    X = np.arange(1001.0).reshape(-1, 1)
    clipper = QuantileClipper().fit(X)
    assert (clipper.low_[0], clipper.high_[0], clipper.clipped_[0]) == (5, 995, 10)
    assert clipper.transform(X).shape == X.shape
    assert clipper.transform([[1e9]])[0, 0] == 995


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (np.random.default_rng(0).lognormal(3, 1, 500), "log1p"),
        (np.random.default_rng(0).lognormal(3, 1, 500) - 50, "yeo-johnson"),
        (-np.random.default_rng(0).lognormal(3, 1, 500), "yeo-johnson"),
        (100 - np.clip(np.random.default_rng(0).lognormal(1, 1, 500), 0, 100), "none"),  # left skew, never negative
        (np.random.default_rng(0).normal(50, 9, 500), "none"),
        (np.full(500, 7.0), "none"),
    ],
)
def test_the_transform_is_chosen_by_skewness_and_sign(column, expected):
    skew = SkewTransformer().fit(column.reshape(-1, 1))
    assert skew.chosen_ == [expected]


def test_yeo_johnson_is_scikit_learns():
    X = np.random.default_rng(0).lognormal(3, 1, (500, 1)) - 50
    expected = PowerTransformer("yeo-johnson", standardize=False).fit_transform(X)
    np.testing.assert_allclose(SkewTransformer().fit_transform(X), expected)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, (30, 2), elements=st.floats(-1e3, 1e4, allow_subnormal=False)))
def test_a_straightened_column_can_be_bent_back(X):
    skew = SkewTransformer().fit(X)
    back = skew.inverse_transform(skew.transform(X))
    assert np.abs(back - X).max() <= 1e-4 * max(1.0, np.abs(X).max())


@settings(max_examples=40, deadline=None)
@given(arrays(np.bool_, (25, 3)), st.booleans())
def test_a_scaled_flag_can_be_scaled_back(X, standardise):
    X = X.astype(float)
    scaler = FlagScaler(standardise).fit(X)
    np.testing.assert_allclose(scaler.inverse_transform(scaler.transform(X)), X, atol=1e-12)


def test_a_rare_flag_weighs_less_than_a_balanced_one():
    flags = np.c_[np.r_[np.ones(50), np.zeros(50)], np.r_[np.ones(2), np.zeros(98)]]
    spread = FlagScaler().fit_transform(flags).std(axis=0)
    assert spread == pytest.approx([1.0, 2 * np.sqrt(0.02 * 0.98)])
    assert FlagScaler(standardise=True).fit_transform(flags).std(axis=0) == pytest.approx([1.0, 1.0])


levels = st.lists(st.sampled_from(["a", "b", "c", "d", "e", None]), min_size=3, max_size=60)


@settings(max_examples=60, deadline=None)
@given(levels.filter(lambda values: any(value is not None for value in values)))
def test_one_category_never_carries_more_variance_than_one_number(values):
    block = CategoryEncoder().fit_transform(pd.DataFrame({"x": pd.Series(values, dtype=object)}))
    assert block.var(axis=0).sum() <= 1 + 1e-9


def test_a_category_of_equally_frequent_levels_carries_exactly_one():
    for m in (2, 3, 5):
        block = CategoryEncoder().fit_transform(pd.DataFrame({"x": list("abcde"[:m]) * 20}))
        assert block.var(axis=0).sum() == pytest.approx(1.0)


def test_rare_levels_are_merged_and_unseen_ones_join_them():
    frame = pd.DataFrame({"x": ["a"] * 600 + ["b"] * 395 + ["YOLO"] * 3 + ["Absurd"] * 2})
    encoder = CategoryEncoder().fit(frame)
    assert encoder.levels_ == [["a", "b", OTHER]]
    rows = encoder.transform(pd.DataFrame({"x": ["YOLO", "never seen"]}))
    assert (rows[0] == rows[1]).all()
    assert encoder.get_feature_names_out().tolist() == ["x=a", "x=b", "x=Other"]


def test_an_unseen_level_pulls_to_no_segment_where_no_level_was_rare():
    encoder = CategoryEncoder().fit(pd.DataFrame({"x": ["a", "b", "c"] * 10}))
    assert encoder.transform(pd.DataFrame({"x": ["z"]})).tolist() == [[0.0, 0.0, 0.0]]


def test_a_missing_level_counts_as_the_most_frequent():
    encoder = CategoryEncoder().fit(pd.DataFrame({"x": ["a", "a", "b", None]}))
    rows = encoder.transform(pd.DataFrame({"x": ["a", None]}))
    assert (rows[0] == rows[1]).all()


def test_the_order_of_rows_does_not_change_the_columns():
    values = ["b", "a", "c", "c", "a", "b"]
    first = CategoryEncoder().fit(pd.DataFrame({"x": values}))
    assert first.levels_ == CategoryEncoder().fit(pd.DataFrame({"x": values[::-1]})).levels_ == [["a", "b", "c"]]


def test_plain_leaves_one_hot_columns_unweighted_and_scales_two_levels_like_a_number():
    three = CategoryEncoder(weighted=False).fit_transform(pd.DataFrame({"x": ["a", "b", "c"] * 4}))
    assert np.ptp(three, axis=0).tolist() == pytest.approx([1, 1, 1])
    two = CategoryEncoder(weighted=False).fit_transform(pd.DataFrame({"x": ["a"] * 6 + ["b"] * 2}))
    assert two.shape == (8, 1)
    assert two.std() == pytest.approx(1.0)
