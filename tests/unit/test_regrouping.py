"""Merging and splitting in the clustered space, of centres and of mixtures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.errors import TrainingError
from segmentation.modelling.assigners import Assigner, Mixture, Nearest
from segmentation.modelling.regrouping import divided, merged


def assigners(seed: int, k: int) -> tuple[Assigner, Assigner]:
    rng = np.random.default_rng(seed)
    points = rng.normal(scale=3, size=(k, 2))
    roots = np.tile(np.eye(2), (k, 1, 1))
    return Nearest(points), Mixture(np.full(k, 1 / k), points, roots)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 6), st.data())
def test_merging_changes_no_border_but_the_one_that_goes(seed, k, data):
    first, second = data.draw(st.lists(st.integers(0, k - 1), min_size=2, max_size=2, unique=True))
    X = np.random.default_rng(seed).normal(scale=4, size=(300, 2))
    nearest, mixture = assigners(seed, k)
    for each in (nearest, mixture):
        before = each.assign(X)
        after = merged(each, first, second, X, before.label).assign(X)
        into, gone = sorted((first, second))
        expected = np.where(before.label == gone, into, before.label - (before.label > gone))
        if each is nearest:  # two bells that add up may take over what lies between them and a third
            assert (after.label == expected).all()
        assert (after.label != after.runner_up).all()
        assert after.label.max() <= k - 2
        assert ((after.confidence >= 0) & (after.confidence <= 1)).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5), st.data())
def test_splitting_moves_nobody_of_the_others(seed, k, data):
    label = data.draw(st.integers(0, k - 1))
    X = np.random.default_rng(seed).normal(scale=4, size=(300, 2))
    for each in assigners(seed, k):
        before = each.assign(X)
        try:
            after = divided(each, label, X, before.label, seed).assign(X)
        except TrainingError:
            assert (before.label == label).sum() < 100
            continue
        own = before.label == label
        assert set(after.label[own]) == {label, label + 1}
        assert (after.label[~own] == before.label[~own] + (before.label[~own] > label)).all()
        assert (after.confidence[~own] == before.confidence[~own]).all()
        assert (after.confidence <= before.confidence).all()
        assert (after.label != after.runner_up).all()


@pytest.mark.parametrize("which", [0, 1])
def test_beside_a_split_others_are_merged_and_its_parts_become_what_they_were(which):
    X = np.random.default_rng(3).normal(scale=4, size=(400, 2))
    each = assigners(9, 4)[which]
    before = each.assign(X)
    split = divided(each, 1, X, before.label, seed=1)
    labels = split.assign(X).label
    whole = merged(split, 2, 1, X, labels).assign(X)
    for name, told in vars(before).items():
        np.testing.assert_array_equal(getattr(whole, name), told)
    beside = merged(split, 4, 0, X, labels)
    joint = merged(each, 3, 0, X, before.label).assign(X)
    after = beside.assign(X)
    np.testing.assert_array_equal(after.label - (after.label > 1), joint.label)
    assert len(beside.middles) == 4
    assert (after.label != after.runner_up).all()
    with pytest.raises(TrainingError, match="a part of a segment that was split by hand, and can be merged with its"):
        merged(split, 2, 3, X, labels)


def test_a_segment_too_small_for_two_parts_says_so():
    X = np.arange(12.0)[:, None]
    with pytest.raises(TrainingError, match="the segment has 12 members; two parts of at least 10 need 20"):
        divided(Nearest(np.array([[0.0], [99.0]])), 0, X, np.zeros(12, dtype=int), 1)
    X = np.append(np.zeros(30), [50.0, 51.0])[:, None]
    with pytest.raises(TrainingError, match="falls into 30 members and 2"):
        divided(Nearest(np.array([[0.0], [99.0]])), 0, X, np.zeros(32, dtype=int), 1)
