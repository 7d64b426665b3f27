"""Which columns a recipe has and could have, and one of them before and after its preparation."""

import pytest

from segmentation.features.checking import draft, problems
from segmentation.features.preview import columns, preview, resolve
from segmentation.features.recipes import match, recipe
from tests.unit.test_recipes import AS_OF, CAMPAIGN, usable_frame

DERIVED = [
    {"name": "rate", "label": "Rate", "expression": {"ratio": ["spend", {"feature": "days"}]}},
    {"name": "days", "label": "Days", "expression": {"days_before_as_of": "joined"}, "on": False},
]


def listed(features):
    attributes, frame = usable_frame()
    missing = {name: float(frame[name].isna().mean()) for name in frame}
    return {column.name: column for column in columns(features, attributes, frame, missing, AS_OF)}


def test_every_column_is_listed_once_with_the_reason_not_to_use_it():
    attributes, _ = usable_frame()
    found = listed(draft(recipe("all_usable"), attributes))
    assert set(found) == {attribute.name for attribute in attributes}
    assert not found["code"].possible
    assert not found["remark"].possible
    assert "over 40%" in found["sparse"].remark
    assert found["sparse"].possible  # proposed to stay out, not forbidden
    assert found["city"].remark == "200 different values among 200 customers"
    assert {name for name, column in found.items() if column.remark is None} == {"spend", "shop", "joined"}


def test_a_derived_column_is_told_in_words_and_takes_no_attribute_away():
    found = listed(DERIVED)
    assert found["rate"].made_of == "Spend divided by Days"
    assert found["days"].made_of == "Days from Joined to the as-of day"
    assert (found["rate"].on, found["days"].on, found["spend"].on) == (True, False, False)
    assert problems(DERIVED, usable_frame()[0]) == []


def test_a_preview_is_what_training_does_with_the_column():
    attributes, frame = usable_frame()
    feature = resolve([{"name": "spend", "label": "Spend", "expression": "spend", "weight": 2.0}], attributes)[0]
    seen = preview(feature, attributes, frame, AS_OF, seed=1)
    assert sum(seen.before["counts"]) + seen.before["above"] == sum(seen.after["counts"]) + seen.after["above"] == 200
    assert (seen.told["transform"], seen.told["weight"], seen.told["clipped"]) == ("log1p", 2.0, 2)
    constant = resolve([{"name": "constant", "label": "C", "expression": "constant"}], attributes)[0]
    assert preview(constant, attributes, frame, AS_OF, seed=1).problem == "every customer has the same value, 3"


def test_rare_levels_are_named_where_they_are_joined():
    attributes, frame = usable_frame()
    frame.loc[0, "shop"] = "Outpost"
    shop = resolve([{"name": "shop", "label": "Shop", "expression": "shop"}], attributes)[0]
    seen = preview(shop, attributes, frame, AS_OF, seed=1)
    assert seen.rare == ["Outpost"]
    assert seen.after["levels"][-1] == "Other"
    assert seen.after["counts"][-1] == 1


@pytest.mark.parametrize("name", ["engagement", "full_profile", "behaviour", "all_usable"])
def test_a_draft_of_a_recipe_is_the_recipe(name):

    assert resolve(draft(recipe(name), CAMPAIGN), CAMPAIGN) == match(recipe(name), CAMPAIGN).features
