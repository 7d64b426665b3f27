"""What training and scoring refuse, with a message that says what to do, and store nothing."""

import pandas as pd
import pytest
from integration.trained import N, customers, one, train
from sqlalchemy import func, select
from stored import change_state, store_customers

from db.models import Assignment, ModelAlias, ModelArtifact, ModelVersion, Recipe, ScoringRun, Segment, SegmentIdentity
from segmentation.errors import ArtifactError, BadFileError, ConflictError, NotFoundError, TrainingError
from segmentation.services import bundles
from segmentation.services.scoring import ScoringService
from segmentation.services.training import TrainingService, TrainOptions


@pytest.fixture
def training(database, settings) -> TrainingService:
    return TrainingService(database, settings)


@pytest.fixture
def scoring(database, settings) -> ScoringService:
    return ScoringService(database, settings)


@pytest.fixture
def shop(database) -> str:
    store_customers(database, "decoy", customers(60))
    store_customers(database, "shop", customers())
    return "shop"


def test_a_file_with_other_columns_is_refused(training, scoring, tmp_path, shop):
    train(training)
    file = tmp_path / "rows.csv"
    file.write_text("id,shoe\n1,44\n2,39\n")
    with pytest.raises(BadFileError, match="none of the columns the model uses: Spending on food, Sessions"):
        scoring.assign_file("shop", file)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"recipe": "vip"}, TrainingError, "no recipe 'vip'; recipes are: all_usable"),
        ({"recipe": "mall"}, TrainingError, "recipe 'mall' does not fit dataset 'shop': it needs Gender, Age"),
        ({"k": N + 1}, TrainingError, f"k={N + 1} is more than the {N} customers"),
        ({"k": 1}, TrainingError, "k=1 is not a division"),
        ({"algorithm": "magic"}, TrainingError, "no algorithm 'magic'"),
        ({"as_of": "31/12/2020"}, TrainingError, "'31/12/2020' is not a date"),
        ({"as_of": "1999-01-01"}, TrainingError, "lies before every date in the data"),
        ({"seed": -1}, TrainingError, "seed -1 is not allowed"),
    ],
)
def test_options_that_cannot_be_store_nothing(training, database, shop, options, error, message):
    with pytest.raises(error, match=message):
        train(training, **options)
    for table in (ModelVersion, Recipe, Segment, SegmentIdentity, ScoringRun, Assignment, ModelAlias):
        assert one(database, select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (customers().head(0), "has no customers"),
        (customers().head(1), "only one customer"),
        (pd.DataFrame({"a": [1.0] * 30, "plan": ["basic"] * 30}), "no attribute can form segments"),
        (pd.DataFrame({"a": [1.0, 2.0] * 20}), "only 2 groups that are exactly alike"),
    ],
)
def test_customers_that_cannot_be_divided(training, database, frame, message):
    store_customers(database, "odd", frame)
    with pytest.raises(TrainingError, match=message):
        train(training, "odd")


def test_an_unknown_dataset_names_the_known_ones(training, scoring, shop):
    with pytest.raises(NotFoundError, match="no dataset 'sop'; known datasets: decoy, shop"):
        train(training, "sop")
    with pytest.raises(NotFoundError, match="dataset 'shop' has no model yet"):
        scoring.score("shop", by="ana")
    with pytest.raises(NotFoundError, match="no model version 99"):
        training.promote(99, by="ana")


def test_a_model_of_another_dataset_is_refused(training, scoring, shop):
    version = train(training).version
    with pytest.raises(NotFoundError, match=f"model version {version} belongs to dataset 'shop', not to 'decoy'"):
        scoring.score("decoy", version, by="ana")


@pytest.mark.parametrize("column", ["body", "hmac", "sha256"])
def test_a_tampered_artifact_is_refused(training, scoring, database, shop, monkeypatch, column):
    train(training)
    monkeypatch.setattr(bundles, "_cache", bundles.BundleCache())  # as in another process
    with database.writing() as session:
        artifact = session.scalars(select(ModelArtifact)).one()
        found = getattr(artifact, column)
        setattr(artifact, column, found[:-1] + (b"x" if column == "body" else "x"))
    with pytest.raises(ArtifactError, match="of dataset 'shop'"):
        scoring.score("shop", by="ana")
    assert one(database, select(func.count()).select_from(ScoringRun)) == 1


def test_customers_that_changed_meanwhile_store_nothing(training, database, shop):
    def change(share: float, phase: str) -> None:
        if phase.startswith("profiling"):
            change_state(database, "shop", "changed")

    with pytest.raises(ConflictError, match="changed meanwhile; nothing was stored"):
        training.train("shop", TrainOptions(k=3), by="ana", progress=change)
    assert one(database, select(func.count()).select_from(ModelVersion)) == 0
