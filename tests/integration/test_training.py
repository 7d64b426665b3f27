"""Training, scoring and promoting through the services, on both databases."""

import json

import numpy as np
import pandas as pd
import pytest
from integration.trained import N, customers, labels, one, rows, train
from sqlalchemy import func, select
from stored import change_state, store_customers

from db.models import (
    Assignment,
    AuditEvent,
    Dataset,
    ModelAlias,
    ModelVersion,
    ProjectionPoint,
    Recipe,
    RunSegment,
    ScoringRun,
    Segment,
    SegmentIdentity,
    SegmentProfile,
)
from segmentation.errors import Cancelled
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


def test_everybody_is_assigned_and_the_sums_are_equal(training, database, shop):
    result = train(training)
    run = one(database, select(ScoringRun))
    counts = one(database, select(func.sum(RunSegment.customers)))
    assigned = one(database, select(func.count()).select_from(Assignment))
    assert N == result.customers == run.customers == assigned == counts == sum(s.size for s in result.segments)
    assert sum(segment.share for segment in result.segments) == pytest.approx(1)
    value = float(customers()["spend_food"].sum())
    assert run.value == pytest.approx(value)
    assert one(database, select(func.sum(RunSegment.value))) == pytest.approx(value)
    assert one(database, select(func.sum(Segment.size))) == N


def test_the_json_of_the_design(training, shop):
    printed = json.loads(json.dumps(train(training, k="auto", validate=True).as_json()))
    assert {
        "version",
        "recipe",
        "algorithm",
        "k",
        "reason",
        "metrics",
        "reality_check",
        "selection",
        "segments",
    } <= set(printed)
    assert {"silhouette", "davies_bouldin", "calinski_harabasz", "inertia", "stability"} == set(printed["metrics"])
    assert {"name", "slug", "size", "share", "stability"} == set(printed["segments"][0])
    assert [row["k"] for row in printed["selection"]] == list(range(2, 11))
    assert all(None not in (row["gap"], row["gap_se"], row["prediction_strength"]) for row in printed["selection"])
    assert {"verdict", "z", "score", "null_mean", "null_sd", "columns"} <= set(printed["reality_check"])
    assert len(printed["reality_check"]["nulls"]) == 20
    used = next(row for row in printed["selection"] if row["k"] == printed["k"])
    # On 400 customers everybody is in the sample: the table's weakest segment is the model's.
    assert used["stability"] == pytest.approx(min(segment["stability"] for segment in printed["segments"]))
    assert 0 < printed["metrics"]["stability"] <= 1
    told = json.loads(json.dumps(training.models("shop")[0].as_json()))
    assert {
        "version", "created_at", "created_by", "recipe", "recipe_version", "algorithm", "k", "seed", "as_of",
        "customers", "metrics", "verdict", "champion", "promoted_at", "parent", "duration_s", "libraries",
    } <= set(told)  # fmt: skip
    assert told["champion"]
    assert told["created_by"] == "ana"
    assert set(told["libraries"]) >= {"scikit-learn", "numpy"}


def test_the_same_seed_gives_the_same_result_twice(training, database, shop):
    first, second = train(training, k="auto"), train(training, k="auto")
    runs = [run for (run,) in rows(database, select(ScoringRun.id).order_by(ScoringRun.id))]
    assert labels(database, runs[0]) == labels(database, runs[1])
    told = [{**result.as_json(), "version": None, "story": None} for result in (first, second)]
    assert told[0] == told[1]
    profiles = [
        rows(
            database,
            select(SegmentProfile.attribute, SegmentProfile.mean, SegmentProfile.effect)
            .where(SegmentProfile.scoring_run_id == run)
            .order_by(SegmentProfile.id),
        )
        for run in runs
    ]
    assert profiles[0] == profiles[1]


def test_a_retrained_segment_keeps_its_identity_and_a_new_one_gets_its_own_colour(training, database, shop):
    train(training)
    train(training, k=4)
    found = rows(
        database, select(Segment.model_version_id, SegmentIdentity.slug, SegmentIdentity.colour)
        .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
    )  # fmt: skip
    by_version = {
        v: {slug: colour for version, slug, colour in found if version == v} for v in {row[0] for row in found}
    }
    first, second = (by_version[version] for version in sorted(by_version))
    assert len(set(first) & set(second)) >= 2
    assert len(second) == len(set(second.values())) == 4


def test_a_recipe_is_stored_once_per_spec(training, database, shop):
    train(training)
    train(training, k=4)
    assert one(database, select(func.count()).select_from(Recipe)) == 1


def test_what_a_run_stores(training, database, shop):
    result = train(training)
    run = one(database, select(ScoringRun))
    profiles = one(database, select(func.count()).select_from(SegmentProfile))
    assert profiles == len(customers().columns) * (3 + 1)
    assert one(database, select(func.count()).select_from(ProjectionPoint)) == N
    model = one(database, select(ModelVersion))
    assert model.as_of == customers()["joined_on"].max().date() == run.as_of
    assert len(model.projection["components"]) == 3
    assert {row["feature"] for row in model.preparation} == set(customers().columns)
    counts = rows(database, select(RunSegment.confidence, RunSegment.typical, RunSegment.border, RunSegment.customers))
    for confidence, typical, border, size in counts:
        assert len(confidence["percentiles"]) == 101
        assert confidence["percentiles"] == sorted(confidence["percentiles"])
        assert len(typical) == len(border) == min(10, size)
    positions = rows(database, select(Segment.position, Segment.centroid).order_by(Segment.position))
    spending = [centroid["spend_food"] for _, centroid in positions]
    assert spending == sorted(spending, reverse=True)  # the value role decides the order on every page
    assert positions[0].centroid["plan"] in {"basic", "plus", "max"}
    audit = one(database, select(AuditEvent).where(AuditEvent.action == "train"))
    assert audit.details["version"] == result.version


def test_scoring_again_gives_what_training_gave(training, scoring, database, shop):
    train(training)
    result = scoring.score("shop", by="ana")
    trained, scored = (
        rows(
            database,
            select(Assignment.customer_id, Assignment.segment_id, Assignment.confidence, Assignment.runner_up_id)
            .where(Assignment.scoring_run_id == run)
            .order_by(Assignment.customer_id),
        )
        for run in (result.run - 1, result.run)
    )
    assert trained == scored
    assert json.loads(json.dumps(result.as_json()))["customers"] == N


def test_a_model_that_is_not_promoted_changes_nothing_in_use(training, shop):
    first = train(training)
    second = train(training, k=4, promote=False)
    champions = {model.version: model.champion for model in training.models("shop")}
    assert champions == {first.version: True, second.version: False}
    assert training.model(second.version).parent == first.version


def test_promoting_keeps_the_history_and_scores_what_the_version_never_saw(training, database, shop):
    first, second = train(training), train(training, k=4)
    runs = select(func.count()).select_from(ScoringRun)
    assert training.promote(first.version, by="ben").champion
    assert one(database, runs) == 2  # it had scored these very customers
    change_state(database, "shop", "another-state")
    assert training.promote(second.version, by="ben").champion
    assert one(database, runs) == 3
    aliases = rows(database, select(ModelAlias.model_version_id, ModelAlias.until).order_by(ModelAlias.id))
    assert [version for version, _ in aliases] == [first.version, second.version, first.version, second.version]
    assert [until is None for _, until in aliases] == [False, False, False, True]
    assert [model.version for model in training.models("shop")] == [second.version, first.version]


def test_another_day_moves_the_dates(training, scoring, database, shop):
    train(training, as_of="2026-01-01")
    assert one(database, select(ModelVersion.as_of)).isoformat() == "2026-01-01"
    result = scoring.score("shop", as_of="2030-01-01", by="ana")
    assert result.as_of.isoformat() == "2030-01-01"


def test_rows_of_a_file_get_the_label_they_have_in_the_store(training, scoring, database, tmp_path, shop):
    train(training)
    stored = customers()
    file, out = tmp_path / "rows.csv", tmp_path / "labels.csv"
    stored.rename_axis("id").to_csv(file)
    answer = scoring.assign_file("shop", file, out)
    run = one(database, select(ScoringRun.id))
    expected = labels(database, run)
    assert [row["customer"] for row in answer["assignments"]] == [str(key) for key in stored.index]
    assert [row["slug"] for row in answer["assignments"]] == [expected[i] for i in range(1, N + 1)]
    assert set(answer["assignments"][0]) == {"customer", "segment", "slug", "confidence", "runner_up"}
    written = pd.read_csv(out)
    assert written["slug"].tolist() == [expected[i] for i in range(1, N + 1)]
    np.testing.assert_allclose(written["confidence"], [row["confidence"] for row in answer["assignments"]])
    assert one(database, select(Dataset.customers).where(Dataset.slug == "shop")) == N


def test_training_tells_its_phases_in_words_and_can_be_cancelled(training, database, shop):
    phases: list[tuple[float, str]] = []
    training.train("shop", TrainOptions(), by="ana", progress=lambda share, phase: phases.append((share, phase)))
    shares = [share for share, _ in phases]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert ["trying 4 segments" in phase for _, phase in phases].count(True) == 1

    def cancel(share: float, phase: str) -> None:
        if share > 0.3:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        training.train("shop", TrainOptions(), by="ana", progress=cancel)
    assert len(training.models("shop")) == 1


def test_recipes_say_which_fit_and_what_the_others_miss(training, shop):
    fits = {fit.name: fit for fit in training.recipes("shop")}
    assert next(iter(fits)) == "all_usable"
    assert fits["all_usable"].fits
    assert not fits["mall"].fits
    assert fits["mall"].missing == ["Gender", "Age", "Income", "Spending score"]


def test_permuting_the_labels_changes_no_name(training, database, shop):
    """Another seed numbers the clusters differently; who is called what must not depend on it."""
    first, second = train(training, seed=1), train(training, seed=2)
    runs = [run for (run,) in rows(database, select(ScoringRun.id).order_by(ScoringRun.id))]
    assert labels(database, runs[0]) == labels(database, runs[1])
    assert [segment.name for segment in first.segments] == [segment.name for segment in second.segments]


def test_a_model_that_cannot_be_loaded_does_not_cost_the_segments_their_identity(training, database, shop, monkeypatch):
    train(training)
    monkeypatch.setattr(bundles, "_cache", bundles.BundleCache())
    with database.writing() as session:
        session.scalars(select(ModelVersion)).one().libraries = {"scikit-learn": "0.1"}
    train(training)
    assert one(database, select(func.count()).select_from(SegmentIdentity)) == 3


def test_what_was_not_checked_is_stored_as_not_checked(training, shop):
    printed = train(training).as_json()
    assert printed["reality_check"] is printed["metrics"]["stability"] is None
    assert {segment["stability"] for segment in printed["segments"]} == {None}


def test_of_a_number_asked_for_only_that_one_is_looked_into(training, shop):
    printed = train(training, k=4, validate=True).as_json()
    assert {row["k"]: row["stability"] is not None for row in printed["selection"]} == {k: k == 4 for k in range(2, 11)}
    assert printed["reality_check"]["verdict"] in ("groups", "split", "none")
