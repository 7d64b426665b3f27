"""The recipes page over HTTP, and the service below it: what is saved is what is trained."""

import json

import pytest
from unit.test_pipeline import generated

from db.models import Job
from segmentation.errors import ConflictError, NotFoundError, RecipeError, TrainingError
from segmentation.features.recipes import parse
from segmentation.recipe_views import chosen
from segmentation.services import Services, studies
from segmentation.services.training import TrainOptions
from tests.integration.test_pages_http import Pages
from tests.stored import store_customers

BASE = {"start": "all_usable", "label": "All usable attributes", "saved": False}
PER_VISIT = {"name": "per_visit", "label": "Spending per visit",
             "expression": {"ratio": ["spend_food", {"sum": ["visits", 1]}]}}  # fmt: skip


def shop():
    _, frame = generated(300)
    return frame.rename(columns={"spend": "spend_food", "joined": "joined_on"}).assign(age=40.0 + frame.index % 30)


@pytest.fixture
def services(settings):
    """A shop of 300 customers on both databases."""
    services = Services(settings)
    store_customers(services.database, "shop", shop())
    yield services
    services.close()


@pytest.fixture
def page(sqlite_settings):
    services = Services(sqlite_settings)
    store_customers(services.database, "shop", shop())
    pages = Pages(services)
    pages.services = services
    yield pages
    services.close()


def document(services, *more, without=()):
    columns = services.studies.open("shop", "all_usable").columns
    return [*(c.feature for c in columns if c.on and c.name not in without), *more]


def test_saving_makes_versions_and_changes_none(services):
    first = services.recipes.save("shop", "Value & visits", document(services, PER_VISIT), "ana", note="a start")
    again = services.recipes.save("shop", " value  & visits", document(services, PER_VISIT), "ana")
    second = services.recipes.save("shop", "Value & visits", document(services, without=["plan"]), "bea")
    assert (first.name, first.version, second.version, second.created_by) == ("value_visits", 1, 3, "bea")
    assert again.version == 2  # another label
    assert [view.version for view in services.recipes.versions("shop", "value_visits")] == [3, 2, 1]
    kept = services.recipes.get("shop", "value_visits", 1)
    assert kept["note"] == "a start"
    assert kept["features"][-1]["expression"] == {"ratio": ["spend_food", {"sum": ["sessions", 1]}]}  # canonical
    assert services.recipes.save("shop", "Value & visits", document(services, without=["plan"]), "bea").version == 3


def test_a_saved_recipe_is_trained_by_its_newest_version_and_then_stays_for_the_model(services):
    spend = {**document(services)[0], "transform": "none", "clip": False, "weight": 2.0}
    services.recipes.save("shop", "Weighed", document(services, without=["spend_food"]), "ana")
    services.recipes.save("shop", "Weighed", [spend, *document(services, without=["spend_food"])], "ana")
    told = services.training.train("shop", TrainOptions(recipe="weighed", k=3, validate=False), by="ana")
    model = services.training.model(told.version)
    assert (model.recipe, model.recipe_version) == ("weighed", 2)
    prepared = {row["feature"]: row for row in model.preparation}["spend_food"]
    assert (prepared["transform"], prepared["clipped"], prepared["weight"]) == (None, 0, 2.0)
    assert prepared["why"] == "switched off in the recipe"
    assert "weighed" in {fit.name for fit in services.training.recipes("shop")}

    assert services.recipes.remove("shop", "weighed", "ana").models == [told.version]
    assert not [view for view in services.recipes.list("shop") if view.saved]
    with pytest.raises(NotFoundError, match="no saved recipe 'weighed'"):
        services.recipes.remove("shop", "weighed", "ana")
    with pytest.raises(TrainingError, match="there is no recipe 'weighed'; recipes are: all_usable"):
        services.training.train("shop", TrainOptions(recipe="weighed"), by="ana")
    assert services.training.model(told.version).recipe_version == 2
    assert services.scoring.score("shop", told.version, by="ana").customers == 300
    assert services.recipes.save("shop", "Weighed", document(services), "ana").version == 3


def test_names_of_the_product_are_its_own(services):
    features = document(services)
    for label, words in {
        "behaviour": "belongs to a recipe that comes with Kindred", "All usable attributes": "belongs to a recipe",
        "": "has no name", "…": "no letter from a to z", "x" * 61: "at most 60",
    }.items():  # fmt: skip
        with pytest.raises(RecipeError, match=words):
            services.recipes.save("shop", label, features, "ana")
    services.recipes.save("shop", "Spend, visits", features, "ana")
    with pytest.raises(RecipeError, match="too much like 'Spend, visits'"):
        services.recipes.save("shop", "Spend & visits", features, "ana")
    with pytest.raises(ConflictError, match="comes with Kindred and cannot be removed"):
        services.recipes.remove("shop", "mall", "ana")


def test_everything_impossible_is_told_at_once(services):
    wrong = [
        {"name": "a", "label": "A", "expression": {"sum": ["plan", "visits"]}},
        {"name": "b", "label": "B", "expression": "visitz"},
        {"name": "c", "label": "C", "expression": {"ratio": ["visits", "joined_on"]}},
        {"name": "d", "label": "D", "expression": "plan", "transform": "log1p"},
        {"name": "e", "label": "E", "expression": {"sum": [1, 2]}},
    ]
    assert services.recipes.check("shop", wrong) == [
        "A: plan is a category and cannot be added up; choose numbers",
        "B: the dataset has no 'visitz'; did you mean visits?",
        "C: Customer since is a date and cannot be divided; count the days before the as-of day instead",
        "D: it is a category, which is neither straightened nor capped; leave both as they are",
        "E: it is the same number for every customer; name an attribute",
    ]
    with pytest.raises(RecipeError) as refused:
        services.recipes.save("shop", "", wrong, "ana")
    assert len(refused.value.problems) == 6


def test_a_saved_recipe_survives_as_json_and_names_no_dataset(services):
    view = services.recipes.save("shop", "Ages", document(services, PER_VISIT), "ana")
    written = services.recipes.get("shop", view.name)
    assert parse(json.loads(json.dumps(written))) == parse(written)
    assert [f["expression"] for f in written["features"] if f["name"] == "age"] == ["age"]


def test_what_hangs_on_sensitive_columns_is_measured_and_kept(services):
    features = chosen(document(services))
    job = services.jobs.run_here("dependence", {"features": features, "label": "Everything"}, "shop", "ana")
    assert job["sensitive"] == ["Age"]
    assert job["without_all"]["labels"] == ["Age"]
    assert 0 <= job["without_all"]["ari"] <= 1
    found = services.studies.dependence_of("shop", features)
    assert (found["without_all"], found["stale"]) == (job["without_all"], False)
    assert services.studies.dependence_of("shop", features[1:]) is None


@pytest.mark.slow
def test_two_recipes_divide_the_same_customers(services):
    asked = {"first": {"recipe": "all_usable"}, "second": {"features": chosen(document(services, without=["age"]))}}
    job = services.jobs.run_here("compare_recipes", asked, "shop", "ana")
    first, second = job["recipes"]
    assert sum(move["customers"] for move in job["moves"]) == job["sample"] == 300
    assert sum(segment["customers"] for segment in first["segments"]) == 300
    assert first["label"] == "All usable attributes"
    assert -1 <= job["ari"] <= 1
    assert all(each["stability"] is not None and each["verdict"] for each in (first, second))
    assert services.studies.newest_comparison("shop")["ari"] == job["ari"]


def query(slug="shop", recipe=None):
    return ("recipes--query", "data", {"dataset": slug, "recipe": recipe})


def opened(page, recipe="all_usable"):
    return page.call(
        [("recipes--start", "value", recipe), ("recipes--changed", "data", 0),
         ("recipes-prepare--job-done", "data", None)], [query()],
    )  # fmt: skip


def draft_of(page, recipe="all_usable"):
    return opened(page, recipe)["recipes--draft.data"]


def test_the_page_opens_a_recipe_with_every_column_of_the_dataset(page):
    answer = opened(page)
    draft = answer["recipes--draft.data"]
    assert {feature["name"] for feature in draft["features"]} == set(shop().columns)
    assert [feature["name"] for feature in draft["features"] if feature["sensitive"]] == ["age"]
    assert "300 customers" not in answer["recipes--columns-says.children"]  # everybody is looked at
    assert answer["recipes--picked.data"] == "spend_food"
    offered = page.call([query(), ("recipes--changed", "data", 0)], [("recipes--start", "value", None)])
    lacking = [o["label"] for o in offered["recipes--start.options"] if o["value"] == "mall"]
    assert lacking == ["Mall (the dataset has no gender, income and no spending score)"]


def test_many_customers_are_read_by_a_job_and_not_while_the_page_waits(page, monkeypatch):
    monkeypatch.setattr(studies, "MOST_CELLS", 1000)
    job = opened(page)["recipes-prepare--job.data"]
    assert page.services.jobs.job(job).kind == "snapshot"
    assert opened(page) == {"recipes-prepare--job.data": job}  # a reload asks for no second one
    assert page.services.studies.prepare("shop") == {"sample": 300}
    assert draft_of(page)["start"] == "all_usable"


def shown(page, draft, picked):
    return page.call(
        [("recipes--draft", "data", draft), ("recipes--picked", "data", picked),
         ("recipes-dependence--job-done", "data", None)], [query()],
    )  # fmt: skip


def test_a_switched_transform_is_seen_before_anything_is_trained(page):
    draft = draft_of(page)
    usual = json.dumps(shown(page, draft, "spend_food")["recipes--preview.children"])
    assert "Logarithm: skewed to the right" in usual
    changed = page.call(
        [("recipes--transform", "value", "none"), ("recipes--clip", "value", False), ("recipes--weight", "value", 2)],
        [("recipes--picked", "data", "spend_food"), ("recipes--draft", "data", draft)],
    )["recipes--draft.data"]
    answer = shown(page, changed, "spend_food")
    assert "As it is: switched off in the recipe" in json.dumps(answer["recipes--preview.children"])
    assert "weight 2 instead of 1" in json.dumps(answer["recipes--changes.children"])
    assert "All usable attributes, changed" in json.dumps(answer["recipes--head.children"])
    refused = shown(page, {**draft, "features": [{**f, "transform": "log1p"} for f in draft["features"]]}, "balance")
    assert "a logarithm needs values of at least 0" in json.dumps(refused["recipes--preview.children"])


def derive(page, draft, operation, a, b, fixed, name):
    parts = [a, b, None, None]
    return page.call(
        [("recipes--derive", "n_clicks", 1)],
        [("recipes--operation", "value", operation),
         *[(f"recipes--part-{letter}", "value", part) for letter, part in zip("abcd", parts, strict=True)],
         ("recipes--fixed", "value", fixed), ("recipes--derived-name", "value", name),
         ("recipes--draft", "data", draft), query()],
    )  # fmt: skip


def test_a_column_of_others_joins_the_recipe_or_says_what_is_wrong(page):
    draft = draft_of(page)
    nothing = json.dumps(derive(page, draft, "ratio", "spend_food", None, None, " "))
    assert "Choose what it is made of" in nothing
    assert "Give the column a name" in nothing
    assert "Nothing can be divided by 0" in json.dumps(derive(page, draft, "ratio", "visits", None, 0, "Bad")).replace(
        "Bad: nothing", "Nothing"
    )
    made = derive(page, draft, "ratio", "spend_food", "visits", None, "Spending per visit")["recipes--draft.data"]
    twice = derive(page, made, "product", "feature:spending_per_visit", None, 2, "Twice")["recipes--draft.data"]
    assert [feature["name"] for feature in twice["features"][:2]] == ["twice", "spending_per_visit"]
    off = {**twice, "features": [{**f, "on": f["name"] == "twice"} for f in twice["features"]]}
    saved = save(page, off, "Twice")
    assert "saved as version 1" in json.dumps(saved["recipes--saved.children"])
    features = page.services.recipes.get("shop", "twice")["features"]
    assert [(f["name"], f.get("on", True)) for f in features] == [("twice", True), ("spending_per_visit", False)]
    assert page.services.recipes.list("shop")[-1].features == 1


def save(page, draft, name, button="save"):
    return page.call(
        [("recipes--save", "n_clicks", 1), ("recipes--train", "n_clicks", 0)],
        [("recipes--name", "value", name), ("recipes--description", "value", ""), ("recipes--note", "value", ""),
         ("recipes--draft", "data", draft), query()],
        triggered=f"recipes--{button}.n_clicks",
    )  # fmt: skip


def test_training_from_the_page_saves_first_what_was_changed(page):
    draft = draft_of(page)
    job = save(page, draft, "", "train")["recipes-train--job.data"]
    assert page.services.jobs.job(job).kind == "train"
    changed = {**draft, "features": [{**f, "on": f["name"] == "visits"} for f in draft["features"]]}
    refused = save(page, changed, "", "train")
    assert "The recipe has no name; give it one" in json.dumps(refused)
    assert "recipes-train--job.data" not in refused
    answer = save(page, changed, "Visits", "train")
    assert answer["recipes--changed.data"] == "visits"
    assert page.services.recipes.list("shop")[-1].note.startswith("Without ")


def test_what_is_compared_keeps_the_name_it_had(page):
    draft = draft_of(page)
    changed = {**draft, "features": [{**f, "on": f["name"] != "age"} for f in draft["features"]]}
    job = page.call(
        [("recipes--compare", "n_clicks", 1), query()],
        [("recipes--first", "value", "all_usable"), ("recipes--second", "value", "here"),
         ("recipes--draft", "data", changed)],
    )["recipes-compare--job.data"]  # fmt: skip
    with page.services.database.reading() as session:
        asked = session.get(Job, job).payload
    assert asked["first"] == {"recipe": "all_usable"}
    assert asked["second"]["label"] == "All usable attributes, changed"
    assert "age" not in {feature["name"] for feature in asked["second"]["features"]}


def test_without_customers_the_page_says_what_to_do(sqlite_settings):
    services = Services(sqlite_settings)
    answer = Pages(services).call([query(None), ("recipes--changed", "data", 0)], [("recipes--start", "value", None)])
    assert answer["recipes--content.hidden"]
    assert "Add a customer file" in json.dumps(answer["recipes--head.children"])
    services.close()
