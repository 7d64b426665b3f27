"""What holds for every column, expression and recipe, whatever their values (Hypothesis)."""

import json
from datetime import date
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentation.errors import TrainingError
from segmentation.features.categories import OTHER, CategoryEncoder
from segmentation.features.checking import problems
from segmentation.features.expressions import evaluate
from segmentation.features.plan import Plan, plan
from segmentation.features.preparation import preparation, report
from segmentation.features.recipes import Feature, match, parse, recipe
from segmentation.features.schema import structure
from segmentation.features.transformers import SkewTransformer
from segmentation.recipe_views import tidy
from tests.unit.test_recipes import CAMPAIGN, Attribute

AS_OF = date(2024, 1, 1)
few = settings(max_examples=25, deadline=None)
transforms = st.sampled_from(["auto", "none", "log1p", "yeo-johnson"])
weights = st.floats(0.1, 10)
# Multiples of a thousandth: steps so small that they drown in the last digit of a logarithm are no order to keep.
values = st.integers(-2_000_000, 90_000_000).map(lambda n: n / 1000)


@few
@given(st.lists(values, min_size=5, max_size=60), transforms)
def test_a_transform_keeps_the_order_of_the_customers(column, asked):
    ordered = np.sort(np.array(column)).reshape(-1, 1)
    straight = SkewTransformer(asked=[asked]).fit_transform(ordered).ravel()
    assert np.isfinite(straight).all()
    assert (np.diff(straight) >= -1e-9 * np.abs(straight).max()).all()


@st.composite
def tables(draw):
    """Customers with everything a table can have, gaps included, and what a recipe switches for each column."""
    n = draw(st.integers(6, 40))
    gaps = st.one_of(st.just(np.nan), st.floats(-1e6, 1e9, allow_subnormal=False))
    frame = pd.DataFrame(
        {
            "spend": draw(arrays(np.float64, n, elements=gaps)),
            "score": draw(arrays(np.float64, n, elements=st.floats(0, 100))),
            "member": draw(arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0, np.nan]))),
            "plan": pd.Series(
                draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=n, max_size=n)), dtype=object
            ),
        }
    )
    kinds = {"spend": "number", "score": "number", "member": "flag", "plan": "category"}
    features = tuple(
        Feature(name, name, kind, None, name, False, draw(transforms), draw(st.booleans()), draw(weights))
        for name, kind in kinds.items()
    )
    return features, frame


@pytest.mark.slow
@few
@given(tables(), st.randoms(use_true_random=False))
def test_a_prepared_matrix_has_no_gap_and_its_rows_follow_the_customers(table, random):
    features, frame = table
    prepare = preparation(features, seed=1, plain=False)
    X = prepare.fit_transform(frame)
    assert np.isfinite(X).all()
    order = list(range(len(frame)))
    random.shuffle(order)
    other = preparation(features, seed=1, plain=False).fit_transform(frame.iloc[order])
    np.testing.assert_allclose(other, X[order], rtol=1e-6, atol=1e-6)
    strange = pd.DataFrame({"spend": [np.nan], "score": [1e12], "member": [np.nan], "plan": ["never seen"]})
    assert np.isfinite(prepare.transform(strange)).all()


@few
@given(tables())
def test_no_column_weighs_more_than_the_recipe_says(table):
    features, frame = table
    prepare = preparation(features, seed=1, plain=False)
    X = prepare.fit_transform(frame)
    owner = [str(name).partition("=")[0] for name in prepare.get_feature_names_out()]
    told = {row["feature"]: row for row in report(Plan(features, frame, ()), prepare)}
    for feature in features:
        spread = np.sqrt(X[:, [j for j, name in enumerate(owner) if name == feature.name]].var(axis=0).sum())
        assert spread <= feature.weight * (1 + 1e-6)
        if feature.kind == "category":
            assert spread == pytest.approx(told[feature.name]["weight"], rel=1e-6, abs=1e-9)


@few
@given(st.lists(st.sampled_from(["a", "b", None]), min_size=3, max_size=40), st.text(max_size=8))
def test_a_level_never_seen_counts_as_other_or_as_the_average(column, level):
    frame = pd.DataFrame({"x": pd.Series([*column, "a", "b", "b"], dtype=object)})
    encoder = CategoryEncoder(rare=0.2).fit(frame)
    if level in ("a", "b"):
        return
    row = encoder.transform(pd.DataFrame({"x": pd.Series([level], dtype=object)}))
    if OTHER in encoder.levels_[0]:
        rare = next(each for each in ("a", "b") if each not in encoder.levels_[0])
        assert (row == encoder.transform(pd.DataFrame({"x": pd.Series([rare], dtype=object)}))).all()
    else:
        assert (row == 0).all()


names = st.sampled_from(["income", "recency", "mnt_wines", "num_web_purchases"])
operands = st.one_of(names, st.integers(1, 9), st.integers(-9, -1).map(float))
expressions = st.recursive(
    names,
    lambda inner: st.one_of(
        st.builds(lambda op, first, rest: {op: [first, *rest]}, st.sampled_from(["sum", "product"]), inner,
                  st.lists(st.one_of(inner, operands), min_size=1, max_size=2)),
        st.builds(lambda op, a, b: {op: [a, b]}, st.sampled_from(["ratio", "difference"]), inner, inner),
    ),
    max_leaves=6,
)  # fmt: skip


@few
@given(expressions, arrays(np.float64, (12, 4), elements=st.one_of(st.just(np.nan), st.floats(-1e3, 1e3))))
def test_an_expression_is_about_one_customer_at_a_time_and_never_divides_by_zero(expression, matrix):
    frame = pd.DataFrame(matrix, columns=["income", "recency", "mnt_wines", "num_web_purchases"])
    whole = evaluate(expression, frame, AS_OF)
    order = np.arange(12)[::-1]
    np.testing.assert_array_equal(evaluate(expression, frame.iloc[order], AS_OF), whole[order])
    np.testing.assert_array_equal(evaluate(expression, frame.iloc[3:4], AS_OF), whole[3:4])
    if np.abs(matrix[np.isfinite(matrix)]).min(initial=1.0) >= 1e-3:
        assert not np.isinf(whole).any()


@few
@given(arrays(np.float64, (9, 2), elements=st.floats(-1e6, 1e6)))
def test_a_difference_is_a_sum_with_the_opposite(matrix):
    frame = pd.DataFrame(matrix, columns=["a", "b"])
    difference = evaluate({"difference": ["a", "b"]}, frame, AS_OF)
    np.testing.assert_allclose(difference, evaluate({"sum": ["a", {"product": ["b", -1]}]}, frame, AS_OF))


@st.composite
def documents(draw):
    """The features of a saved recipe on the marketing file, in the order and with the switches of a page."""
    made = draw(st.lists(expressions, min_size=1, max_size=5))
    return [
        {"name": f"f{i}", "label": f"Feature {i}", "expression": each, "on": True,
         "transform": draw(transforms) if isinstance(each, dict) else "auto", "clip": draw(st.booleans()),
         "weight": draw(weights)}
        for i, each in enumerate(made)
    ]  # fmt: skip


@few
@given(documents())
def test_a_saved_recipe_survives_as_json(features):
    kept = [tidy(feature) for feature in features]
    assert [tidy(feature) for feature in kept] == kept
    assert problems(kept, CAMPAIGN) == []
    written = {"name": "mine", "label": "Mine", "description": "", "features": kept}
    read = parse(json.loads(json.dumps(written)))
    assert read == parse(written)
    assert match(read, CAMPAIGN).features == match(parse({**written, "features": features}), CAMPAIGN).features


@few
@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3), min_size=1))
def test_a_feature_made_of_itself_is_found_however_long_the_way(graph):
    features = [
        {"name": name, "label": name, "expression": {"sum": ["income", *({"feature": other} for other in others)]}}
        for name, others in graph.items()
    ]
    wrong = structure(features)
    assert any("does not have" in line for line in wrong) == any(
        o not in graph for each in graph.values() for o in each
    )
    try:
        list(TopologicalSorter(graph).static_order())
        assert not any("cannot be made of itself" in line for line in wrong)
    except CycleError:
        assert any("cannot be made of itself" in line for line in wrong)


def test_a_feature_of_an_older_model_is_prepared_as_ever():
    old = object.__new__(Feature)
    before = {"name": "a", "label": "A", "kind": "number", "unit": None, "expression": "a", "sensitive": False}
    old.__dict__.update(before)  # as a pickle of that time restores it
    assert (old.transform, old.clip, old.weight) == ("auto", True, 1.0)
    assert old.as_json() == before
    assert Feature(**before) == old


def test_what_a_recipe_lists_twice_or_cannot_read_is_told_line_by_line():
    one = {"name": "a", "label": "A", "expression": "income"}
    wrong = structure([one, one, {**one, "name": "b", "weight": 0}, {**one, "name": "c", "transform": "sqrt"}])
    assert wrong == [
        "A: weight 0 is not allowed; give a number above 0, at most 10",
        "A: there is no transform 'sqrt'; there are: auto, none, log1p, yeo-johnson",
        "two features are called 'a'",
    ]
    deep = "income"
    for _ in range(9):
        deep = {"sum": [deep, 1]}
    assert structure([{**one, "expression": deep}]) == ["A: it is nested more than 8 times"]
    assert structure([{**one, "on": False}]) == ["the recipe has no feature; choose at least one column"]


def test_a_logarithm_of_negative_values_is_refused_by_the_columns_name():
    columns = [Attribute("balance")]
    asked = {"name": "balance", "label": "Balance", "expression": "balance", "transform": "log1p"}
    frame = pd.DataFrame({"balance": np.linspace(-50, 100, 200)})
    matched = match(parse({"name": "r", "label": "R", "description": "", "features": [asked]}), columns)
    with pytest.raises(
        TrainingError, match=r"Balance: a logarithm needs values of at least 0.*choose the transform Yeo"
    ):
        plan(matched, columns, frame, AS_OF)


def test_a_recipe_with_switches_is_another_spec_and_one_without_reads_as_before():
    plain = match(recipe("behaviour"), CAMPAIGN).features[0].as_json()
    assert set(plain) == {"name", "label", "kind", "unit", "expression", "sensitive"}
