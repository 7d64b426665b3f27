"""The map: principal components with a fixed sign, and a sample in which every segment is present."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from segmentation import projection


@pytest.fixture
def X() -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) + 3


def test_axes_and_shares_are_those_of_scikit_learn(X):
    ours, theirs = projection.fit(X), PCA(3).fit(X)
    assert ours.explained == pytest.approx(theirs.explained_variance_ratio_)
    assert np.abs(np.sum(ours.axes * theirs.components_, axis=1)) == pytest.approx(1)
    assert np.abs(ours.points(X)) == pytest.approx(np.abs(theirs.transform(X)))


def test_every_direction_is_stored_and_a_model_of_before_says_that_it_was_not(X):
    fitted = projection.fit(X)
    names = list("abcde")
    told = fitted.stored(names, names)
    assert told["shares"] == pytest.approx(PCA().fit(X).explained_variance_ratio_)
    assert told["components"] == fitted.components(names, names)
    before = projection.Projection(fitted.mean, fitted.axes, fitted.explained)
    assert before.stored(names, names)["shares"] is None


def test_the_sign_is_fixed(X):
    fitted = projection.fit(X)
    assert all(axis[np.argmax(np.abs(axis))] > 0 for axis in fitted.axes)
    assert fitted.axes == pytest.approx(projection.fit(X[::-1]).axes)


@pytest.mark.parametrize("features", [1, 2])
def test_fewer_features_than_axes_leave_the_rest_at_zero(features):
    X = np.random.default_rng(0).normal(size=(20, features))
    points = projection.fit(X).points(X)
    assert points.shape == (20, 3)
    assert (points[:, features:] == 0).all()


def test_data_that_does_not_vary_has_no_variance_to_explain():
    assert projection.fit(np.ones((5, 3))).explained.tolist() == [0, 0, 0]


def test_axes_are_told_in_words():
    fitted = projection.Projection(np.zeros(3), np.array([[0.8, -0.59, 0.1]]), np.array([0.5]))
    (stored,) = fitted.components(["spend", "age", "city"], ["Spending", "Age", "City"])
    axis = projection.in_words(stored)
    assert axis["positive_words"] == "more spending, younger"
    assert axis["negative_words"] == "less spending, older"
    assert [loading["label"] for loading in axis["loadings"]] == ["Spending", "Age", "City"]


def test_it_survives_pickling(X):
    fitted = projection.fit(X)
    assert (pickle.loads(pickle.dumps(fitted)).points(X) == fitted.points(X)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=10), st.integers(10, 200), st.integers(0, 5))
def test_a_sample_has_its_size_and_every_segment(counts, size, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    picked = projection.sample(labels, size, seed)
    assert len(picked) == len(set(picked.tolist())) == min(size, labels.size)
    assert set(labels[picked]) == set(labels)
    assert (picked == projection.sample(labels, size, seed)).all()
