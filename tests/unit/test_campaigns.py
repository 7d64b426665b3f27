"""The planner's figures: drawn from what was assumed, needed to see an effect, and what an effect was."""

import numpy as np
import pytest
from scipy import stats

from segmentation.campaigns import lift, power
from segmentation.campaigns.assumptions import ASSUMPTIONS, Estimate, assumed
from segmentation.campaigns.forecast import forecast, gain
from segmentation.campaigns.plan import planned
from segmentation.errors import KindredError

TYPED = {
    "reach": Estimate(0.6, 0.8, 0.9), "response": Estimate(0.03, 0.05, 0.08), "baseline": Estimate(0.02, 0.03, 0.04),
    "value": Estimate(40, 60, 100), "margin": Estimate(0.5, 0.5, 0.5), "cost": Estimate(0.2, 0.25, 0.3),
    "fixed": Estimate(50, 100, 300),
}  # fmt: skip


def mean(estimate):
    return (estimate.low + 4 * estimate.likely + estimate.high) / 6


def test_the_expected_gain_is_that_of_the_means_as_the_assumptions_are_independent():
    told = forecast(TYPED, 900, 42)
    exact = gain({name: mean(estimate) for name, estimate in TYPED.items()}, 900)
    assert told.expected == pytest.approx(exact, abs=0.02 * (told.high - told.low))
    assert told.low < told.expected < told.high
    assert 0 < told.pays < 1
    assert told.likely == pytest.approx(900 * 0.8 * (0.02 * 60 * 0.5 - 0.25) - 100)
    assert forecast(TYPED, 900, 42) == told
    assert forecast(TYPED, 900, 7).expected != told.expected


def test_a_changed_assumption_leaves_the_draws_of_the_others():
    known = {name: Estimate(each.likely, each.likely, each.likely) for name, each in TYPED.items()}
    one, other = (
        forecast(known | {"response": TYPED["response"], "fixed": Estimate(fixed, fixed, fixed)}, 900, 42)
        for fixed in (0, 100)
    )
    assert one.low - other.low == pytest.approx(100)
    assert one.expected - other.expected == pytest.approx(100)


def test_the_range_hangs_on_what_swings_widest_and_not_on_what_is_known():
    swings = forecast(TYPED, 900, 42).swings
    assert swings[0].name == "response"
    assert {each.name for each in swings} == set(ASSUMPTIONS) - {"margin"}
    assert [each.width for each in swings] == sorted((each.width for each in swings), reverse=True)
    costs = next(each for each in swings if each.name == "cost")
    assert costs.at_low - costs.at_high == pytest.approx(900 * 0.8 * 0.1)


@pytest.mark.parametrize(
    ("baseline", "treated", "holdout", "first_group"),
    [  # statsmodels 0.15.0, samplesize_proportions_2indep_onetail, two-sided, alpha 0.05, power 0.80: size of one group
        (0.05, 0.06, 0.5, 8157.731447849275),
        (0.50, 0.75, 0.5, 57.673436738908386),
        (0.30, 0.20, 0.5, 293.15128550648706),
    ],
)
def test_the_people_needed_are_those_of_statsmodels(baseline, treated, holdout, first_group):
    assert power.needed(baseline, treated, holdout) * holdout == pytest.approx(first_group, rel=1e-9)


def test_the_people_needed_with_groups_of_different_size_are_those_of_statsmodels():
    # as above with ratio 9 and 4: nobs1 is the group whose share is prop2 + diff
    assert power.needed(0.05, 0.06, 0.9) / 10 == pytest.approx(4402.699224835254, rel=1e-9)
    assert power.needed(0.02, 0.025, 0.8) / 5 == pytest.approx(8397.866308476032, rel=1e-9)


def test_chance_finds_the_effect_as_often_as_it_was_planned_for():
    baseline, treated, holdout = 0.10, 0.14, 0.25
    people = power.needed(baseline, treated, holdout)
    held, sent = round(people * holdout), round(people * (1 - holdout))
    rng = np.random.default_rng(3)
    a, b = rng.binomial(held, baseline, 4000) / held, rng.binomial(sent, treated, 4000) / sent
    pooled = (a * held + b * sent) / (held + sent)
    z = (b - a) / np.sqrt(pooled * (1 - pooled) * (1 / held + 1 / sent))
    assert (np.abs(z) > stats.norm.isf(0.025)).mean() == pytest.approx(0.80, abs=0.02)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # statsmodels 0.15.0, confint_proportions_2indep(method="newcomb", compare="diff")
        ((56, 70, 48, 80), 0.05243147240236498, 0.33387265403690614),
        ((9, 10, 3, 10), 0.1705227239345029, 0.809017973535488),
        ((10, 10, 0, 20), 0.6790860371419145, 1.0),
        ((0, 10, 0, 20), -0.1611251580528194, 0.27753279986288926),
        ((120, 1800, 8, 200), -0.011763469517117368, 0.049893046848479596),
    ],
)
def test_the_interval_of_a_lift_is_newcombes(counts, low, high):
    told = lift.difference(*counts)
    assert (told.low, told.high) == pytest.approx((low, high), abs=1e-9)
    assert told.value == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])


def test_the_interval_of_a_difference_of_sums_is_welchs():
    rng = np.random.default_rng(1)
    sent, held = rng.gamma(0.5, 40, 300), rng.gamma(0.5, 30, 50)
    told = lift.mean_difference(sent, held)
    reference = stats.ttest_ind(sent, held, equal_var=False).confidence_interval(0.95)
    assert (told.low, told.high) == pytest.approx((reference.low, reference.high))
    assert lift.mean_difference(np.zeros(5), np.zeros(5)) is None
    assert lift.mean_difference(np.ones(1), held) is None


def test_a_plan_says_what_is_missing_and_whether_the_effect_would_be_seen():
    told = planned(assumed({"cost": {"likely": 1}}), 1000, 0.1, 42)
    assert (told.forecast, told.seen) == (None, None)
    assert told.missing == ["reach", "response", "baseline", "value", "margin", "fixed"]
    typed = {name: {"low": each.low, "likely": each.likely, "high": each.high} for name, each in TYPED.items()}
    small, large = (planned(assumed(typed), people, 0.1, 42) for people in (1000, 40_000))
    assert small.seen.lift == pytest.approx(0.8 * 0.02)
    assert small.seen.needed == large.seen.needed == int(np.ceil(power.needed(0.03, 0.046, 0.1)))
    assert (small.seen.enough, small.seen.holdout, large.seen.enough) == (False, None, True)
    assert power.needed(0.03, 0.03 + large.seen.smallest, 0.1) == pytest.approx(40_000)
    assert (
        power.needed(0.03, 0.046, large.seen.holdout) <= 40_000 < power.needed(0.03, 0.046, large.seen.holdout - 0.01)
    )
    assert small.exact == ["margin"]
    nothing = planned(assumed(typed | {"response": {"likely": 0.03}}), 1000, 0.1, 42).seen
    assert (nothing.needed, nothing.enough, nothing.holdout) == (None, False, None)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"response": {"low": 0.01}}, "Response of those reached: say the likely value too"),
        ({"value": {"likely": "many"}}, "Value of a response: likely 'many' is no number"),
        ({"cost": {"likely": -1}}, "Cost of a contact: likely -1 is not between 0"),
        ({"reach": {"likely": 0.5, "high": 0.4}}, "Reach: high 40% is below likely 50%"),
        ({"fixed": {"likely": float("inf")}}, "Fixed costs: likely inf is not between"),
    ],
)
def test_an_assumption_that_cannot_be_is_refused(given, why):
    with pytest.raises(KindredError, match=why):
        assumed(given)
