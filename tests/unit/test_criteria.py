"""The five tests, the gate and the effect sizes, against what anybody could count from the customers themselves."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from segmentation import criteria as tests_of
from segmentation.criteria import Play, Size, criteria, reality_passed, why_not_ready
from segmentation.effects import effects
from segmentation.profiles import ProfileRow, profile

KINDS = {
    "spend": "number", "visits": "number", "city": "category", "agreed": "flag", "post": "flag", "joined": "date",
}  # fmt: skip
ROLES = {"agreed": "consent", "post": "channel"}
REAL = {"verdict": "groups", "null_mean": 0.3, "z": 5.0}


def customers() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(8)
    labels = np.repeat([0, 1, 2], [200, 300, 20])
    n = len(labels)
    frame = pd.DataFrame(
        {
            "spend": rng.normal(np.array([90.0, 20.0, 50.0])[labels], 10),
            "visits": rng.poisson(np.array([3.0, 3.0, 4.0])[labels]).astype(float),
            "city": rng.choice(np.array(["Oslo", "Bergen"], dtype=object), n),
            "agreed": (rng.random(n) < np.array([0.8, 0.3, 0.5])[labels]).astype(float),
            "post": (rng.random(n) < 0.6).astype(float),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
        }
    )
    frame.loc[:59, "visits"] = np.nan
    frame.loc[200:209, "agreed"] = np.nan
    return frame, labels


@pytest.fixture(scope="module")
def told() -> dict[int | None, dict[str, ProfileRow]]:
    frame, labels = customers()
    columns = [SimpleNamespace(name=n, label=n.capitalize(), kind=kind, unit=None) for n, kind in KINDS.items()]
    found: dict[int | None, dict[str, ProfileRow]] = {}
    for row in profile(frame, labels, 3, columns, {"spend", "visits"}):
        found.setdefault(row.segment_label, {})[row.attribute] = row
    return found


def of(told, label, **given):
    size = given.get("size", Size(200, 0.38, 0.7))
    found = criteria(told[label], told[None], given.get("roles", ROLES), size, given.get("stability", 0.9),
                     given.get("play"))  # fmt: skip
    assert [each.name for each in found] == list(tests_of.Name.__args__)
    return {each.name: each for each in found}


def test_measurable_counts_what_is_missing_of_the_inputs_alone(told):
    first, second = of(told, 0)["measurable"], of(told, 1)["measurable"]
    assert (first.value, first.met) == (60 / 400, False)  # 60 of 2 x 200 inputs
    assert "15.0% of the values of two inputs are missing, most in visits" in first.text
    assert (second.value, second.met, second.text) == (0.0, True, "Two inputs, filled for every member.")


@pytest.mark.parametrize(
    ("size", "met"),
    [
        (Size(30, 0.05), True),
        (Size(29, 0.5), False),
        (Size(400, 0.04), False),
        (Size(400, 0.04, 0.2), True),  # few, but they bring a fifth of the value
    ],
)
def test_substantial_is_large_or_rich_enough(size, met):
    found = tests_of.substantial(size)
    assert found.met == met
    assert found.value == max(size.share, size.value_share or 0)


def test_accessible_is_who_agreed_and_not_known_without_such_a_column(told):
    frame, labels = customers()
    for label, met in ((0, True), (1, False)):
        found = of(told, label)["accessible"]
        share = (frame["agreed"][labels == label] == 1).mean()  # who did not say yes cannot be written to
        assert (found.value, found.met) == (pytest.approx(share), met)
        assert found.parts["Post"] == pytest.approx((frame["post"][labels == label] == 1).mean())
    by_channel = of(told, 0, roles={"post": "channel"})["accessible"]
    assert "whether they agreed is not known" in by_channel.text
    unknown = of(told, 0, roles={})["accessible"]
    assert (unknown.met, unknown.word, unknown.text) == (None, "not known", "Not known: no channel or consent column.")


def test_differentiable_asks_for_distance_and_stability(told):
    found = of(told, 0)["differentiable"]
    distances = [abs(told[0][name].effect) for name in ("spend", "visits")]
    assert (found.value, found.met) == (pytest.approx(np.mean(distances)), True)
    assert of(told, 0, stability=0.74)["differentiable"].word == "not stable"
    assert of(told, 0, stability=None)["differentiable"].met is None
    alike = {name: told[None][name] for name in KINDS}
    assert of({0: alike, None: told[None]}, 0)["differentiable"].word == "too alike"


@pytest.mark.parametrize(
    ("play", "met"),
    [
        (None, False),
        (Play("Win back", "", "planned", None), False),
        (Play("Win back", "Ana", "ended", None), False),
        (Play("Win back", "Ana", "running", None), True),
    ],
)
def test_actionable_is_a_play_that_somebody_owns(play, met):
    assert tests_of.actionable(play).met == met


def test_a_play_is_ready_only_when_stable_substantial_and_real():
    large = Size(200, 0.4)
    assert why_not_ready(large, 0.75, None) is None
    assert why_not_ready(large, 0.74, None) == "the segment is not stable (0.74, needed 0.75)"
    assert why_not_ready(large, None, None) == "whether the segment comes back was not checked"
    assert "too small" in why_not_ready(Size(20, 0.4), 0.9, None)
    split = reality_passed({"verdict": "split", "null_mean": 0.3, "z": 1.0}, {"silhouette": 0.4}, 3)
    assert why_not_ready(large, 0.9, split) == "the reality check found a split, not groups"
    assert reality_passed(REAL, {"silhouette": 0.4}, 3) is None
    another = {"silhouette": 0.29}  # another number of segments is real, not this one
    assert "do not stand out from copies" in reality_passed(REAL, another, 3)
    told = Play("Win back", "Ana", "planned", "it is too small").as_json()
    assert told == {"objective": "Win back", "status": "planned", "ready": False, "why_not": "it is too small"}


def test_effect_sizes_from_profiles_are_those_of_the_customers(told):
    frame, labels = customers()
    found = {each.attribute: each for each in effects(told)}
    for name in ("spend", "visits"):
        known = frame[name].notna().to_numpy()
        values, of_ = frame[name].to_numpy()[known], labels[known]
        means = np.array([values[of_ == label].mean() for label in range(3)])[of_]
        assert found[name].value == pytest.approx(
            ((means - values.mean()) ** 2).sum() / ((values - values.mean()) ** 2).sum()
        )
    for name in ("city", "agreed"):
        known = frame[name].notna().to_numpy()
        table = pd.crosstab(labels[known], frame[name][known])
        chi2 = chi2_contingency(table, correction=False).statistic
        assert found[name].value == pytest.approx(np.sqrt(chi2 / known.sum()))  # two levels: divided by 1
        assert found[name].statistic == "cramers_v"
    assert (found["spend"].word, found["city"].word) == ("large", "negligible")
    assert next(iter(found)) == "spend"
    assert 0 <= found["joined"].value < 0.05
