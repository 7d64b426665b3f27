"""With plain preparation the silhouettes of METHODS come out: the pipeline computes what it says."""

import pytest

from db.session import Database
from segmentation.features.recipes import match, recipe
from segmentation.modelling.fitting import FitOptions, fit_model
from segmentation.services.imports import ImportOptions, ImportService
from segmentation.services.reading import read_customers
from segmentation.services.training import TrainingService, TrainOptions

# "Published figures for the example files do not reproduce": k-means, z-scored, mean silhouette at k = 3, 4, 5, 6.
# Of the marketing file without one income of 666666 and three births before 1920.
PUBLISHED = {
    "behaviour": (0.373, 0.334, 0.341, 0.322),
    "engagement": (0.262, 0.192, 0.188, 0.183),
    "full_profile": (0.205, 0.130, 0.126, 0.124),
    "mall": (0.260, 0.298, 0.304, 0.331),
    "mall_interactions": (0.342, 0.331, 0.329, 0.319),
}
FILES = {"mall": ("Mall_Customers.csv", "CustomerID", 200), "campaign": ("marketing_campaign.csv", "ID", 2240)}


@pytest.fixture
def store(sqlite_settings, shared_data):
    database = Database(sqlite_settings.url)
    imports = ImportService(database, sqlite_settings)
    for slug, (file, key, rows) in FILES.items():
        assert imports.import_file(shared_data / file, slug, ImportOptions(key=key)).created == rows
    yield database, sqlite_settings
    database.dispose()


def silhouettes(selection: list[dict]) -> list[float]:
    return [row["silhouette"] for row in selection if 3 <= row["k"] <= 6]


@pytest.mark.parametrize("name", PUBLISHED)
def test_all_customers_agree_to_two_hundredths(store, name):
    """What the commands do: import the file, train with --plain; nobody is left out."""
    slug = "mall" if name.startswith("mall") else "campaign"
    result = TrainingService(*store).train(slug, TrainOptions(recipe=name, plain=True, validate=False), by="test")
    assert result.customers == FILES[slug][2] == sum(segment.size for segment in result.segments)
    assert silhouettes(result.selection) == pytest.approx(PUBLISHED[name], abs=0.02)


@pytest.mark.parametrize("name", ["behaviour", "engagement", "full_profile"])
def test_without_the_four_odd_rows_they_agree_to_the_last_digit_given(store, name):
    customers = read_customers(*store, "campaign")
    frame = customers.frame
    frame = frame[(frame["income"] != 666666) & (frame["year_birth"] >= 1920)]
    assert len(frame) == 2236
    matched = match(recipe(name), customers.attributes)
    as_of = frame["dt_customer"].max().date()
    fitted = fit_model(matched, customers.attributes, frame, as_of, FitOptions(plain=True, validate=False))
    assert silhouettes(fitted.selection.rows) == pytest.approx(PUBLISHED[name], abs=0.0006)


def test_the_first_components_of_the_full_profile_carry_what_is_published(store):
    customers = read_customers(*store, "campaign")
    frame = customers.frame
    frame = frame[(frame["income"] != 666666) & (frame["year_birth"] >= 1920)]
    matched = match(recipe("full_profile"), customers.attributes)
    as_of = frame["dt_customer"].max().date()
    fitted = fit_model(matched, customers.attributes, frame, as_of, FitOptions(plain=True, k=3, validate=False))
    assert fitted.bundle.projection.explained[:2].sum() == pytest.approx(0.474, abs=0.0006)


@pytest.mark.parametrize(("slug", "name"), [("mall", "mall_interactions"), ("campaign", "behaviour")])
def test_the_same_seed_gives_the_same_result_twice(store, slug, name):
    first, second = (
        TrainingService(*store).train(slug, TrainOptions(recipe=name, validate=slug == "mall"), by="test").as_json()
        for _ in range(2)
    )
    assert {**first, "version": 0} == {**second, "version": 0}
