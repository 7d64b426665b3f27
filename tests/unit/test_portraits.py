"""A portrait says what distinguishes a segment: the right things, in the right order, in words."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from segmentation import portrait_pictures, portraits
from segmentation.profiles import ProfileRow, profile

KINDS = {"purchases": "number", "income": "number", "city": "category", "member": "flag", "joined": "date"}


@pytest.fixture(scope="module")
def told() -> dict[int | None, dict[str, ProfileRow]]:
    """Label 0 buys much and lives in Oslo, 1 little and in Bergen, 2 is like 0 with less income."""
    rng = np.random.default_rng(4)
    labels = np.repeat([0, 1, 2], [100, 200, 60])
    frame = pd.DataFrame(
        {
            "purchases": rng.normal(np.array([22.0, 8.0, 20.0])[labels], 2).round(),
            "income": rng.normal(np.array([60.0, 55.0, 30.0])[labels], 10).round(1),
            "city": np.where(rng.random(360) < np.array([0.9, 0.1, 0.8])[labels], "Oslo", "Bergen").astype(object),
            "member": (rng.random(360) < np.array([0.8, 0.3, 0.5])[labels]).astype(float),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 99, 360), "D"),
        }
    )
    columns = [SimpleNamespace(name=n, label=n.capitalize(), kind=kind, unit=None) for n, kind in KINDS.items()]
    by_label: dict[int | None, dict[str, ProfileRow]] = {}
    for row in profile(frame, labels, 3, columns, {"purchases", "city"}):
        by_label.setdefault(row.segment_label, {})[row.attribute] = row
    return by_label


def test_what_formed_the_segments_comes_first_and_then_the_furthest(told):
    found = portraits.distinctions(told[0], told[None], count=3)
    assert {each.attribute for each in found} == {"purchases", "city", "member"}
    assert [abs(each.effect) for each in found] == sorted((abs(each.effect) for each in found), reverse=True)


def test_a_category_is_told_by_the_level_there_is_more_of(told):
    city = {each.attribute: each for each in portraits.distinctions(told[1], told[None])}["city"]
    assert (city.level, city.full_label, city.is_share) == ("Bergen", "City: Bergen", True)
    assert city.effect == pytest.approx(portraits.level_effect_size(city.mean, city.population_mean))


def test_an_unused_date_is_left_to_the_feature_made_of_it(told):
    assert "joined" not in {each.attribute for each in portraits.distinctions(told[0], told[None], count=9)}
    assert "joined" in portraits.table(told[0], told[None], None)["attribute"].tolist()


def test_the_sentence_says_who_they_are(told):
    sentence = portraits.who(100, portraits.distinctions(told[0], told[None]))
    assert sentence.startswith("100 customers: ")
    assert "more purchases (" in sentence
    assert "mostly Oslo (" in sentence
    assert portraits.who(5, []) == "5 customers much like everyone."


def test_the_neighbour_has_figures_of_the_same_things(told):
    found = portraits.distinctions(told[0], told[None])
    beside = {each.attribute: each for each in portraits.with_neighbour(found, told[2])}
    assert beside["purchases"].neighbour_mean == told[2]["purchases"].mean
    oslo = next(level for level in told[2]["city"].levels if level["level"] == "Oslo")
    assert beside["city"].neighbour_mean == oslo["share"]


def test_the_nearest_segment_is_the_one_alike_in_what_formed_them(told):
    everyone = told[None]
    assert portraits.distance(told[0], told[2], everyone) < portraits.distance(told[0], told[1], everyone)
    assert portraits.distance(told[0], told[0], everyone) == 0
    assert portraits.distance(told[0], told[1], everyone) == portraits.distance(told[1], told[0], everyone)


def test_lifts_run_from_more_to_less_and_leave_out_the_few(told):
    lifts = portrait_pictures.lifts(told[0], told[None])
    assert [each.lift for each in lifts] == sorted((each.lift for each in lifts), reverse=True)
    assert all(each.customers >= 10 for each in lifts)
    assert "Member" in {each.text for each in lifts}
    assert "no" not in {each.level for each in lifts}
    assert portrait_pictures.lifts_title(lifts).startswith("More often ")
    assert portrait_pictures.lifts_title([]) == ""


def test_the_distribution_is_that_of_the_most_distinguishing_number(told):
    found = portraits.distinctions(told[1], told[None])
    shown = portrait_pictures.distribution(told[1], told[None], found)
    assert shown.attribute == "purchases"
    assert (shown.customers, shown.population) == (200, 360)
    assert shown.title.startswith("Half of them are at 8 or below in purchases; half of everyone at ")
    assert portrait_pictures.distribution(told[1], told[None], []) is None
