"""The simulator: its form, what it accepts, and that it answers exactly as scoring does."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation import profiles, scoring, simulator
from segmentation.controls import Control, controls
from segmentation.errors import KindredError
from segmentation.features.recipes import match, recipe
from segmentation.modelling.fitting import FitOptions, fit_model

KINDS = {"spend": "number", "visits": "number", "member": "flag", "city": "category", "joined_on": "date"}


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    n = 400
    group = rng.integers(0, 3, n)
    return pd.DataFrame(
        {
            "spend": np.round(rng.lognormal(4 + group, 0.3), 2),
            "visits": rng.poisson(3 + 5 * group).astype(float),
            "member": (rng.random(n) < 0.2 + 0.3 * group).astype(float),
            "city": rng.choice(["Oslo", "Bergen", "Hamar"], n, p=[0.6, 0.3, 0.1]).astype(object),
            "joined_on": (pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D")).astype(
                "datetime64[us]"
            ),
        }
    )


@pytest.fixture(scope="module")
def attributes() -> dict[str, SimpleNamespace]:
    return {
        name: SimpleNamespace(
            name=name, label=name.replace("_", " ").capitalize(), kind=kind, role="other", unit=None, sensitive=False
        )
        for name, kind in KINDS.items()
    }


@pytest.fixture(scope="module")
def bundle(customers, attributes):
    matched = match(recipe("all_usable"), list(attributes.values()))
    return fit_model(matched, list(attributes.values()), customers, date(2023, 1, 1), FitOptions(k=3, seed=1)).bundle


@pytest.fixture(scope="module")
def everyone(customers, attributes):
    rows = profiles.profile(customers, np.zeros(len(customers), dtype=int), 1, list(attributes.values()), set())
    return {row.attribute: row for row in rows if row.segment_label is None}


@pytest.fixture(scope="module")
def form(bundle, attributes, everyone) -> list[Control]:
    return controls(bundle.inputs, attributes, everyone)


def test_the_form_is_set_to_the_median_customer(form, customers):
    by_name = {control.name: control for control in form}
    assert list(by_name) == list(KINDS)
    assert by_name["visits"].value == customers.visits.median()
    assert by_name["spend"].value == pytest.approx(customers.spend.median(), abs=by_name["spend"].step / 2)
    assert by_name["member"].value == (customers.member.mean() >= 0.5)
    assert by_name["city"].value == "Oslo"
    assert by_name["city"].levels == ["Oslo", "Bergen", "Hamar"]
    assert abs(pd.Timestamp(by_name["joined_on"].value) - customers.joined_on.median()) <= pd.Timedelta(days=1)


def test_ranges_lie_on_the_grid_and_hold_98_percent(form, customers):
    for name in ("spend", "visits"):
        control = next(control for control in form if control.name == name)
        assert control.low <= customers[name].quantile(0.01)
        assert control.high >= customers[name].quantile(0.99)
        assert control.low <= control.typical_low <= control.value <= control.typical_high <= control.high
        for value in (control.low, control.high, control.value, control.typical_low):
            assert value / control.step == pytest.approx(round(value / control.step))
    assert next(control for control in form if control.name == "visits").step == 1.0


def test_an_input_nobody_has_a_value_of_still_has_a_control(attributes):
    (control,) = controls(["spend"], attributes, {})
    assert (control.low, control.value, control.step) == (None, None, 1.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 399))
def test_the_answer_is_that_of_scoring(customers, bundle, form, position):
    stored = customers.iloc[[position]]
    values = {name: stored[name].iloc[0] for name in KINDS} | {
        "joined_on": str(stored["joined_on"].iloc[0].date()),
        "member": bool(stored["member"].iloc[0]),
    }
    answer = simulator.answer(bundle, simulator.rows([simulator.typed(values, form)], form))
    among_all = scoring.assign(bundle, customers)
    assert answer.label == among_all.label[position]
    assert answer.runner_up == among_all.runner_up[position]
    assert answer.confidence == among_all.confidence[position]


def test_reasons_add_up_to_the_difference_of_the_squared_distances(customers, bundle, form):
    for position in range(20):
        frame = customers.iloc[[position]]
        answer = simulator.answer(bundle, frame)
        X, centres = scoring.prepare(bundle, frame)[0], scoring.centroids(bundle)
        difference = ((X - centres[answer.runner_up]) ** 2).sum() - ((X - centres[answer.label]) ** 2).sum()
        assert sum(reason.pull for reason in answer.reasons) == pytest.approx(difference)
        assert sum(reason.share for reason in answer.reasons) == pytest.approx(1)
        assert {reason.attribute for reason in answer.reasons} == set(KINDS)  # levels are told together
        assert answer.point == pytest.approx(bundle.projection.points(X[None])[0])


def test_an_empty_field_is_imputed_as_in_training(customers, bundle, form):
    complete = simulator.typed({"spend": "", "city": None, "joined_on": ""}, form)
    assert (complete["spend"], complete["city"], complete["joined_on"]) == (None, None, None)
    answer = simulator.answer(bundle, simulator.rows([complete], form))
    assert {reason.attribute: reason.value for reason in answer.reasons}["spend"] is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"spend": "a lot"}, "Spend: 'a lot' is not a number; give a number such as"),
        ({"spend": "nan"}, "Spend: 'nan' is not a number"),
        ({"visits": float("inf")}, "Visits: inf is not a number"),
        ({"member": "perhaps"}, "Member: 'perhaps' is neither yes nor no"),
        ({"joined_on": "31/05/2024"}, "Joined on: '31/05/2024' is not a date"),
        ({"visit": 3}, "does not use an attribute 'visit'; did you mean visits"),
        ({"zzz": 3}, "does not use an attribute 'zzz'; it uses: spend, visits"),
    ],
)
def test_impossible_input_is_refused_in_words(form, values, message):
    with pytest.raises(KindredError, match=message.replace("?", r"\?")):
        simulator.typed(values, form)


@pytest.mark.parametrize(("given_", "taken"), [(True, True), (0.0, False), ("Yes", True), ("n", False), (1, True)])
def test_flags_are_taken_in_any_usual_writing(form, given_, taken):
    assert simulator.typed({"member": given_}, form)["member"] is taken


def test_what_nobody_has_is_warned_of(customers, form, everyone):
    most = int(customers.visits.max())
    values = simulator.typed({"visits": most + 5, "city": "Rome", "joined_on": "2031-01-01", "spend": -1}, form)
    told = simulator.warnings(values, form, everyone)
    assert f"Nobody in the data has more than {most} in visits. {simulator.GUESS}" in told
    assert "Nobody in the data has “Rome” as city. It counts as Other." in told
    assert any("a later joined on" in warning for warning in told)
    assert any("less than" in warning and "spend" in warning for warning in told)
    assert simulator.warnings(simulator.typed({}, form), form, everyone) == []
