"""Inputs of a model that nobody has a value in any more are said wherever the model speaks."""

import pytest
from integration.test_identity import people
from integration.test_model_pages import shown, words
from integration.test_pages_http import Pages
from integration.trained import train

from db.queries.customers import columns_with_values
from segmentation.inputs import gaps
from segmentation.services import Services
from segmentation.services import gaps as services_gaps
from segmentation.services.imports import ImportOptions
from segmentation.snapshots import Snapshots

CENTRES = {"a": (20, 20), "b": (20, 80), "c": (70, 50)}
GONE = "Nobody has a value left in loyalty points"


@pytest.fixture
def services(settings):
    """On both databases."""
    services = Services(settings)
    yield services
    services.close()


def bring(services, folder, frame, name):
    frame.to_csv(folder / name)
    return services.imports.import_file(folder / name, "shop", ImportOptions(key="id"), by="ana").batch


def found(services):
    return [finding.title for finding in services.profiles.overview("shop").findings if finding.about == "inputs"]


def test_a_column_that_was_taken_back_is_said_everywhere(services, tmp_path):
    frame = people(40, 3, **CENTRES)
    bring(services, tmp_path, frame, "customers.csv")
    points = frame.assign(points=[7 * i % 50 for i in range(len(frame))]).drop(columns=["visits", "spend_food"])
    batch = bring(services, tmp_path, points, "points.csv")
    first = train(services.training)
    assert (first.warnings, found(services)) == ([], [])
    assert services.scoring.assign_file("shop", tmp_path / "points.csv")["warnings"][0].startswith(
        "Nobody in points.csv has a value in sessions and spending on food: two of the three inputs"
    )
    services.imports.undo(batch, by="ana")
    for scored in (False, True):  # the pages know it at once, and from the run's own counts
        if scored:
            assert services.scoring.score("shop", by="ana").as_json()["warnings"][0].startswith(f"{GONE}: one of the ")
        assert found(services) == [GONE]
        assert services.simulation.simulate("shop", {}).warnings[0].startswith(GONE)
        assert any(each.startswith(GONE) for each in services.passports.passport(first.version)["limits"])
        pages = Pages(services)
        assert GONE in words(shown(pages, first.version)["model--body.children"])
        assert GONE in words(pages.call([("overview--query", "data", {"dataset": "shop"})]))
    told = services.scoring.assign_file("shop", tmp_path / "customers.csv")
    assert told["warnings"][0].startswith("Nobody in customers.csv has a value in loyalty points: one of the")

    second = train(services.training)
    assert second.as_json()["warnings"] == ["Left out of the model: loyalty points (nobody has a value)."]
    assert found(services) == []
    made_of = {each.version: each.batches for each in services.training.models("shop")}
    assert made_of == {first.version: [batch - 1], second.version: [batch - 1]}  # what was taken back is none any more
    assert services.training.model(second.version).parameters["warnings"] == second.warnings
    assert train(services.training).warnings == []  # the version in use has no such input any more


def test_a_saved_recipe_says_what_it_lost(sqlite_settings, tmp_path):
    services = Services(sqlite_settings)
    frame = people(40, 3, **CENTRES)
    bring(services, tmp_path, frame, "customers.csv")
    more = frame[["visits"]].assign(points=[7 * i % 50 for i in range(len(frame))], fish=range(120))
    batch = bring(services, tmp_path, more, "more.csv")
    spent = {"name": "spent", "label": "All spending", "expression": {"sum": ["spend_food", "fish"]}}
    features = [{"name": name, "label": name.title(), "expression": name} for name in ("visits", "points")]
    services.recipes.save("shop", "Mine", [*features, spent], "ana")
    assert train(services.training, recipe="mine").warnings == []
    services.imports.undo(batch, by="ana")
    told = train(services.training, recipe="mine").warnings
    assert told == [
        "Left out of the model: points (nobody has a value).",
        "All spending is counted without fish: nobody has a value in it.",
    ]
    assert found(services) == ["Nobody has a value left in fish"]
    services.close()


@pytest.mark.parametrize(
    ("present", "says"),
    [
        ({"pay", "age", "wine", "fish", "born"}, []),
        ({"age", "fish", "wine", "born"}, ["in income: one of the four inputs of the model is empty, and every"]),
        ({"fish", "wine", "born"}, ["in income and age: two of the four inputs of the model are empty, and"]),
        ({"pay", "age", "wine", "born"}, ["in fish: spending is counted without it."]),
        (set(), ["in income, age, spending and one more: all four inputs of the model are empty, and every "
                 "customer gets the same segment. Bring the columns in again, or train without them."]),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_by_label_and_in_number(present, says):
    inputs = {
        "Income": "pay",
        "Age": "age",
        "Spending": {"sum": ["wine", "fish"]},
        "Tenure": {"days_before_as_of": "born"},
    }
    told = [gap.sentence for gap in gaps(inputs, present, {"wine": "Wine", "fish": "Fish"})]
    assert len(told) == len(says)
    for sentence, part in zip(told, says, strict=True):
        assert sentence.startswith(f"Nobody has a value left {part}")


def test_an_empty_column_takes_one_look_at_the_customers_of_a_state(sqlite_settings, tmp_path, monkeypatch):
    services = Services(sqlite_settings)
    frame = people(40, 3, **CENTRES)
    bring(services, tmp_path, frame, "customers.csv")
    points = frame[["visits"]].assign(points=[7 * i % 50 for i in range(len(frame))])
    batch = bring(services, tmp_path, points, "points.csv")
    train(services.training)
    services.imports.undo(batch, by="ana")
    looks = []

    def look(session, customers, names):
        looks.append(names)
        return columns_with_values(session, customers, names)

    monkeypatch.setattr(services_gaps, "columns_with_values", look)
    assert found(services) == found(services) == [GONE]
    assert len(looks) == 1
    Snapshots(services.database, services.settings).path("shop")  # writes the columnar copy, which knows without a look
    other = Services(sqlite_settings)
    assert found(other) == [GONE]
    assert len(looks) == 1
    other.close()
    services.close()
