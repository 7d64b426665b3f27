"""Rules say what is true: found again where planted, counted as anybody would count, in the units of the file."""

import numpy as np
import pandas as pd
import pytest

from segmentation.features.recipes import Feature
from segmentation.modelling.rule_search import find_rules, roundest
from segmentation.rules import Condition, Rule, caught_by

FEATURES = (
    Feature("spend", "Total spending", "number", None, {"sum": ["wine", "fish"]}),
    Feature("age", "Age", "number", "years", {"years_before_as_of": "born"}),
    Feature("city", "City", "category", None, "city"),
    Feature("member", "Is member", "flag", None, "member"),
    Feature("noise", "Noise", "number", None, "noise"),
)


def planted(n: int = 3_000, seed: int = 3) -> tuple[pd.DataFrame, np.ndarray]:
    """0: over 1,020 and under 38; 1: of the rest who live in Oslo; 2: of the rest the members; 3: everybody else."""
    rng = np.random.default_rng(seed)
    values = pd.DataFrame(
        {
            "spend": rng.lognormal(6.8, 0.7, n).round(2),
            "age": rng.integers(18, 80, n).astype(float),
            "city": rng.choice(np.array(["Oslo", "Bergen", "Voss"], dtype=object), n),
            "member": rng.integers(0, 2, n).astype(float),
            "noise": rng.normal(size=n),
        }
    )
    first = (values["spend"] > 1020) & (values["age"] < 38)
    labels = np.select([first, values["city"] == "Oslo", values["member"] == 1], [0, 1, 2], 3)
    return values, labels


@pytest.fixture(scope="module")
def found() -> list[Rule]:
    return find_rules(FEATURES, *planted(), 4, seed=1)


def test_a_planted_rule_comes_back_in_words(found):
    assert found[0].sentences == ["age under 38 and total spending over 1,020"]
    assert [rule.good for rule in found] == [True] * 4
    assert {c.feature for rule in found for alternative in rule.alternatives for c in alternative} <= {
        "spend", "age", "city", "member",
    }  # fmt: skip


def test_the_figures_are_those_a_spreadsheet_counts(found):
    values, labels = planted()
    over, under = (next(c for c in found[0].alternatives[0] if c.feature == name) for name in ("spend", "age"))
    caught = (values["spend"] > over.over) & (values["age"] < under.under)
    assert found[0].caught == caught.sum()
    assert found[0].members == (labels == 0).sum()
    assert found[0].coverage == pytest.approx((caught & (labels == 0)).sum() / (labels == 0).sum())
    assert found[0].exclusivity == pytest.approx((caught & (labels == 0)).sum() / caught.sum())
    for rule in found:
        assert rule.rows == len(values)
        assert rule.caught == caught_by(rule.alternatives, values).sum()
        assert all(len(alternative) <= 4 for alternative in rule.alternatives)


def test_other_integers_for_the_segments_change_no_rule(found):
    values, labels = planted()
    swapped = np.array([2, 3, 0, 1])[labels]
    again = find_rules(FEATURES, values, swapped, 4, seed=1)
    assert [rule.sentences for rule in again] == [found[i].sentences for i in (2, 3, 0, 1)]


def test_the_unassigned_are_not_described():
    values, labels = planted(600)
    assert [rule.label for rule in find_rules(FEATURES, values, labels, 4, seed=1, without={3})] == [0, 1, 2]


def test_who_has_no_value_meets_no_condition_and_is_counted_as_missed():
    values, labels = planted()
    values.loc[::4, "age"] = np.nan
    values.loc[1::4, "city"] = None
    rule = find_rules(FEATURES, values, labels, 4, seed=1)[0]
    assert rule.coverage < 0.8  # a quarter of the members cannot be caught by their age
    assert not caught_by(rule.alternatives, values)[::4].any()
    for levels, without in ((("Oslo",), False), (("Oslo",), True)):
        held = Condition("city", "City", "category", levels=levels, without=without).holds(values["city"])
        assert not held[1::4].any()


def test_trees_grow_on_a_sample_of_many_and_the_figures_are_of_all():
    values, labels = planted(12_000)
    rules = find_rules(FEATURES, values, labels, 4, seed=1)
    assert [rule.rows for rule in rules] == [12_000] * 4
    assert sum(rule.members for rule in rules) == 12_000
    assert rules[0].sentences == ["age under 38 and total spending over 1,020"]


def test_a_segment_of_everybody_or_nobody_has_no_rule():
    values, _ = planted(50)
    everybody, nobody = find_rules(FEATURES, values, np.zeros(50, dtype=int), 2, seed=1)
    assert (everybody.alternatives, nobody.alternatives) == ((), ())
    assert (nobody.coverage, nobody.exclusivity, nobody.good) == (0.0, 0.0, False)


def test_a_stored_rule_reads_back_as_it_was(found):
    assert [Rule.of(rule.as_json()) for rule in found] == found


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.0, 1.0, 0.0), (99.5, 100.5, 100.0), (-3.2, -3.1, -3.2), (0.1, 0.1 + 1e-12, 0.1), (-1.0, 7.0, 0.0)],
)
def test_a_bound_is_round_and_parts_its_neighbours(low, high, said):
    bound = roundest(low, high, strict_high=True)
    assert bound == pytest.approx(said)
    assert low <= bound < high
