"""Groups are found where they were planted, and not in customers of one population."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from bench.structures import (
    AS_OF,
    STRUCTURELESS,
    attributes_of,
    checked,
    one_split,
    planted,
    skewed_spend,
    structureless,
)
from segmentation.features.recipes import match, recipe
from segmentation.modelling.copies import Block, OnePopulation, latent_correlation
from segmentation.modelling.fitting import FitOptions, Fitted, fit_model
from segmentation.modelling.reality import mean_silhouette
from segmentation.modelling.splits import grid, jitter, split_columns

SIZES = (200, 300, 400)


def fitted(frame, **options) -> Fitted:
    attributes = attributes_of(frame)
    return fit_model(match(recipe("all_usable"), attributes), attributes, frame, AS_OF, FitOptions(**options))


@pytest.mark.slow
def test_at_most_one_of_twenty_structureless_sets_raises_the_alarm():
    alarms = []
    for seed in range(20):
        kind = STRUCTURELESS[seed % len(STRUCTURELESS)]
        found = checked(structureless(kind, SIZES[seed % 3], 2 + seed % 5, seed))
        if found.verdict != "none":
            alarms.append((kind, seed, found.verdict, found.z, found.columns))
    assert len(alarms) <= 1, alarms


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["even", "unequal", "noise", "skewed"])
def test_planted_groups_are_groups(shape):
    found = checked(planted(4, 4, 5.0, seed=3, n=300, shape=shape).drop(columns="group"))
    assert found.verdict == "groups"
    assert found.z > 3
    assert found.score > max(found.nulls)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zero-inflated", "bimodal"])
def test_one_column_in_two_is_a_split_and_never_groups(kind):
    found = checked(one_split(kind, 400, 3, seed=2))
    assert found.verdict == "split"
    assert "x0" in found.columns
    assert found.needed == 6


@pytest.mark.slow
def test_planted_groups_are_counted_and_come_back():
    frame = planted(4, 4, 6.0, seed=5, n=300)
    told = fitted(frame.drop(columns="group"))
    assert told.bundle.k == 4
    assert told.stability.weakest > 0.95
    assert told.metrics["stability"] > 0.95
    assert told.reality.verdict == "groups"
    assert (told.stability.elsewhere <= 0.2).mean() > 0.95


@pytest.mark.slow
def test_skewed_spending_does_not_eat_the_segments():
    frame = skewed_spend()
    largest = {
        plain: np.bincount(fitted(frame, k=3, plain=plain, validate=False).assigned.label).max() / len(frame)
        for plain in (True, False)
    }
    assert largest[True] >= 0.85, largest
    assert largest[False] <= 0.60, largest


def test_the_check_is_seeded():
    frame = structureless("mixture", 200, 4, seed=1)
    assert checked(frame, seed=5) == checked(frame, seed=5)


def test_a_copy_keeps_margins_and_rank_correlations_and_loses_the_groups():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(1500)
    level = np.digitize(x + 0.5 * rng.standard_normal(1500), [-0.5, 0.5])
    X = np.column_stack([x, np.exp(x + rng.standard_normal(1500)), np.eye(3)[level]])
    blocks = [Block("x", "number", (0,)), Block("y", "number", (1,)), Block("c", "category", (2, 3, 4))]
    copy = OnePopulation.of(X, blocks).draw(rng)
    np.testing.assert_array_equal(np.sort(copy[:, 1]), np.sort(X[:, 1]))
    np.testing.assert_array_equal(copy[:, 2:].sum(axis=0), X[:, 2:].sum(axis=0))
    assert set(copy[:, 2:].sum(axis=1)) == {1.0}
    kept, was = latent_correlation(copy[:, :2])[0, 1], latent_correlation(X[:, :2])[0, 1]
    assert kept == pytest.approx(was, abs=0.06)
    means = [matrix[matrix[:, 4] == 1, 0].mean() for matrix in (X, copy)]
    assert means[1] == pytest.approx(means[0], abs=0.15)


def test_ties_do_not_weaken_the_latent_correlation():
    rng = np.random.default_rng(1)
    z = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 20_000)
    coarse = np.column_stack([z[:, 0], np.digitize(z[:, 1], [-0.3, 0.8])])
    assert latent_correlation(coarse)[0, 1] == pytest.approx(0.7, abs=0.03)


def test_the_quick_silhouette_is_scikit_learns():
    rng = np.random.default_rng(2)
    X, labels = rng.standard_normal((200, 3)), rng.integers(0, 4, 200)
    labels[0] = 9  # a segment of one counts as 0
    apart = np.linalg.norm(X[:, None] - X[None], axis=2)
    assert mean_silhouette(apart, labels) == pytest.approx(silhouette_score(X, labels))


@pytest.mark.parametrize("step", [0.01, 0.5, 1.0, 5.0, 5000.0])
def test_the_grid_of_rounded_values_is_found(step):
    values = np.round(np.random.default_rng(3).lognormal(1, 0.5, 500) * 20) * step
    assert grid(values) == pytest.approx(step)


def test_rounded_incomes_do_not_split():
    rng = np.random.default_rng(4)
    incomes = np.round(rng.lognormal(10.8, 0.4, 2000) / 5000) * 5000
    assert split_columns({"income": incomes})  # the piles at round numbers look like humps
    assert not split_columns({"income": np.log1p(jitter(incomes, rng))})
