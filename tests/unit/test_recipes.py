"""Recipes: data with a schema, matched to a dataset by what its columns mean."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from segmentation import vocabulary
from segmentation.as_of import choose_as_of, parse_as_of
from segmentation.errors import TrainingError
from segmentation.features.expressions import attributes_of, evaluate
from segmentation.features.plan import plan
from segmentation.features.recipes import check_fit, match, parse, recipe, recipes

AS_OF = date(2014, 12, 31)


@dataclass
class Attribute:
    name: str
    kind: str = "number"
    role: str = "other"
    unit: str | None = None
    sensitive: bool = False

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()


def attributes(*headers: str) -> list[Attribute]:
    """As an import would guess them."""
    found = []
    for header in headers:
        entry = vocabulary.match(header)
        name = vocabulary.snake(header)
        found.append(Attribute(name, entry.kind, entry.role, entry.unit, entry.sensitive) if entry else Attribute(name))
    return found


CAMPAIGN = attributes(
    "Year_Birth", "Education", "Marital_Status", "Income", "Kidhome", "Teenhome", "Dt_Customer", "Recency", "MntWines",
    "MntFruits", "MntMeatProducts", "MntFishProducts", "MntSweetProducts", "MntGoldProds", "NumDealsPurchases",
    "NumWebPurchases", "NumCatalogPurchases", "NumStorePurchases", "NumWebVisitsMonth", "AcceptedCmp1", "AcceptedCmp2",
    "AcceptedCmp3", "AcceptedCmp4", "AcceptedCmp5", "Response", "Complain",
)  # fmt: skip
MALL = attributes("Gender", "Age", "Annual Income (k$)", "Spending Score (1-100)")


def test_every_recipe_of_the_product_has_a_label_and_says_what_it_is_for():
    named = {"engagement", "full_profile", "behaviour", "mall", "mall_interactions", "rfm"}
    assert set(recipes()) == {"all_usable", *named}
    for each in recipes().values():
        assert each.label
        assert each.description.endswith(".")


@pytest.mark.parametrize("name", ["engagement", "full_profile", "behaviour"])
def test_the_recipes_of_the_marketing_file_fit_it(name):
    assert match(recipe(name), CAMPAIGN).fits


@pytest.mark.parametrize("headers", [("Gender", "Annual Income (k$)"), ("Genre", "Annual_Income"), ("sex", "Income")])
def test_synonyms_are_the_same_attribute(headers):
    found = match(recipe("mall"), attributes(*headers, "Age", "Spending Score"))
    assert [feature.name for feature in found.features] == ["gender", "age", "annual_income", "spending_score"]
    assert found.features[0].expression == vocabulary.snake(headers[0])


def test_behaviour_counts_the_five_campaigns_and_the_last_response():
    campaigns = match(recipe("behaviour"), CAMPAIGN).features[2]
    assert campaigns.expression == {
        "flags": [*(f"accepted_cmp{i}" for i in range(1, 6)), "response"]
    }  # and not the complaint


def test_a_recipe_that_does_not_fit_says_what_is_missing_and_what_there_is():
    found = match(recipe("mall"), attributes("Age", "Income", "City"))
    assert not found.fits
    with pytest.raises(TrainingError, match=r"it needs Gender, Spending score; the dataset has: Age, Income, City"):
        check_fit(found, attributes("Age", "Income", "City"), "shop")


def test_an_unknown_recipe_names_those_that_exist():
    with pytest.raises(TrainingError, match=r"no recipe 'rfm_scores'; recipes are: all_usable, behaviour, engagement"):
        recipe("rfm_scores")


def test_a_derived_feature_of_a_sensitive_attribute_is_sensitive():
    found = {feature.name: feature for feature in match(recipe("engagement"), CAMPAIGN).features}
    assert found["age"].sensitive
    assert not found["web_purchases"].sensitive


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": [{"name": "a", "label": "A", "expression": {"median": ["x"]}}]}, "unknown operation 'median'"),
        ({"features": [{"name": "a", "label": "A", "expression": {"ratio": ["x"]}}]}, "a ratio has two parts"),
        ({"features": [{"name": "a", "label": "A", "expression": "x", "colour": 1}]}, "unknown key 'colour'"),
        ({"features": [{"name": "a", "label": "A", "expression": ["x"]}]}, "is not an expression"),
        ({"label": None, "features": [{"label": "A", "expression": "x"}]}, "has no name"),
    ],
)
def test_a_recipe_that_breaks_the_schema_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        parse({"name": "r", "label": "R", "description": "d", **change})


def test_expressions_by_hand():
    frame = pd.DataFrame(
        {
            "income": [15.0, np.nan, 0.0],
            "score": [39.0, 81.0, 6.0],
            "status": ["Married", None, "single"],
            "joined": pd.to_datetime(["2014-12-30", None, "2013-12-31"]),
            "yes": [1.0, 0.0, np.nan],
        }
    )

    def value(expression: object) -> list[float]:
        return evaluate(expression, frame, AS_OF).tolist()  # type: ignore[arg-type]

    assert value({"ratio": ["score", {"sum": ["income", 1]}]}) == pytest.approx([39 / 16, np.nan, 6], nan_ok=True)
    assert value({"product": ["income", "score"]}) == pytest.approx([585, np.nan, 0], nan_ok=True)
    assert value({"ratio": ["score", "income"]}) == pytest.approx([2.6, np.nan, np.nan], nan_ok=True)
    assert value({"is": ["status", "married", "Together"]}) == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert value({"days_before_as_of": "joined"}) == pytest.approx([1, np.nan, 365], nan_ok=True)
    assert value({"years_before_as_of": "joined"}) == pytest.approx([1 / 365.25, np.nan, 365 / 365.25], nan_ok=True)
    assert value({"flags": ["yes", "yes"]}) == pytest.approx([2, 0, np.nan], nan_ok=True)
    assert value({"sum": ["nowhere", "score"]}) == [39, 81, 6]
    assert attributes_of({"is": ["status", "married"]}) == ["status"]


def usable_frame() -> tuple[list[Attribute], pd.DataFrame]:
    n = 200
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "spend": rng.gamma(2, 50, n),
            "constant": np.full(n, 3.0),
            "nearly": np.r_[np.zeros(n - 1), 1.0],
            "sparse": np.where(rng.random(n) < 0.5, np.nan, 1.0 * rng.integers(0, 9, n)),
            "running": np.arange(n) + 1.0,
            "remark": [f"text {i}" for i in range(n)],
            "city": [f"c{i}" for i in range(n)],
            "shop": rng.choice(["North", "South"], n),
            "joined": pd.Timestamp("2014-01-01") + pd.to_timedelta(rng.integers(0, 300, n), "D"),
            "contact": rng.random(n).round(),
            "code": [f"{i}" for i in range(n)],
        }
    )
    kinds = {
        "remark": "text",
        "city": "category",
        "shop": "category",
        "joined": "date",
        "contact": "flag",
        "code": "text",
    }
    roles = {"contact": "consent", "code": "id"}
    return [Attribute(name, kinds.get(name, "number"), roles.get(name, "other")) for name in frame], frame


def test_all_usable_leaves_out_what_cannot_form_segments_and_says_why():
    columns, frame = usable_frame()
    found = plan(match(recipe("all_usable"), columns), columns, frame, AS_OF)
    assert [feature.name for feature in found.features] == ["spend", "shop", "joined"]
    reasons = {told["feature"]: told["excluded"] for told in found.excluded}
    assert set(reasons) == {"constant", "nearly", "sparse", "running", "remark", "city", "contact", "code"}
    assert reasons["constant"] == "every customer has the same value, 3"
    assert "no value (at most 40%)" in reasons["sparse"]
    assert reasons["running"] == "it numbers the rows"
    assert reasons["remark"] == "nearly every customer has a text of their own"
    assert reasons["city"] == "200 different values among 200 customers"


def test_a_recipe_that_names_a_sparse_attribute_keeps_it():
    columns, frame = usable_frame()
    named = parse(
        {
            "name": "r",
            "label": "R",
            "description": "",
            "features": [{"name": "s", "label": "S", "expression": "sparse"}],
        }
    )
    assert [feature.name for feature in plan(match(named, columns), columns, frame, AS_OF).features] == ["s"]


def test_a_date_becomes_the_days_before_as_of():
    columns, frame = usable_frame()
    found = plan(match(recipe("all_usable"), columns), columns, frame, AS_OF)
    assert (found.values["joined"] == (pd.Timestamp(AS_OF) - frame["joined"]).dt.days).all()


def test_as_of_is_the_newest_date_that_is_not_a_birth():
    columns = [Attribute("joined_on", "date"), Attribute("birth_date", "date")]
    frame = pd.DataFrame(
        {"joined_on": pd.to_datetime(["2013-05-01", "2014-06-29"]), "birth_date": pd.to_datetime(["2019-01-01", None])}
    )
    assert choose_as_of(None, frame, columns, date(2026, 1, 1)) == date(2014, 6, 29)
    assert choose_as_of(None, frame, [], date(2026, 1, 1)) == date(2026, 1, 1)
    assert choose_as_of(None, frame, columns, date(2026, 1, 1), purchased=date(2014, 9, 1)) == date(2014, 9, 1)
    assert choose_as_of(None, frame, columns, date(2026, 1, 1), purchased=date(2014, 5, 1)) == date(2014, 6, 29)
    with pytest.raises(
        TrainingError, match="2013-04-30 lies before every date in the data, of which the first is 2013"
    ):
        choose_as_of(date(2013, 4, 30), frame, columns, date(2026, 1, 1))


def test_as_of_in_another_notation_is_refused():
    with pytest.raises(TrainingError, match=r"'31\.12\.2014' is not a date; write it like 2014-12-31"):
        parse_as_of("31.12.2014")
