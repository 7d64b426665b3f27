"""Every algorithm through the services: stored, scored again, compared; and nothing half-stored."""

import json
import threading
from types import SimpleNamespace

import psutil
import pytest
from integration.trained import N, customers, labels, one, rows, train
from sqlalchemy import func, select
from stored import store_customers

from db.models import Assignment, Job, ModelVersion, ScoringRun, Segment, SegmentIdentity
from segmentation.errors import Cancelled, ConflictError, TrainingError
from segmentation.modelling.algorithms import ALGORITHMS
from segmentation.services import Services, bundles
from segmentation.services.leaderboard import CompareOptions
from segmentation.services.scoring import ScoringService
from segmentation.services.training import TrainingService, TrainOptions

CROWDS = {"hdbscan": {"min_cluster_size": 12}, "dbscan": {"eps": 1.55, "min_samples": 8}}


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    store_customers(services.database, "shop", customers())
    yield services
    services.close()


def options_for(name: str) -> dict:
    return {"algorithm": name, "k": 3 if ALGORITHMS[name].counts else "auto", **CROWDS.get(name, {})}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_an_algorithm_trains_and_scores_by_the_same_labels(services, name, monkeypatch):
    result = train(services.training, **options_for(name))
    assert result.algorithm == name
    monkeypatch.setattr(bundles, "_cache", bundles.BundleCache())  # loaded as another process would
    again = services.scoring.score("shop", by="ana")
    runs = [labels(services.database, run) for (run,) in rows(services.database, select(ScoringRun.id))]
    assert runs[0] == runs[1]
    assert len(runs[0]) == N == sum(segment.size for segment in result.segments) == again.customers
    printed = json.loads(json.dumps(result.as_json()))
    assert len(printed["segments"]) == printed["k"] + any(each["slug"] == "unassigned" for each in printed["segments"])
    assert ("agreement" in printed["metrics"]) == (name in ("bisecting", "ward", "hdbscan", "dbscan"))
    for slug in {each["slug"] for each in printed["segments"]}:
        assert services.profiles.segment("shop", slug).summary.customers > 0
    simulated = services.simulation.simulate("shop", {})
    assert simulated.slug in runs[0].values()
    assert simulated.reasons


def test_the_unassigned_have_an_identity_of_their_own_that_lasts(services):
    for seed in (1, 2):
        train(services.training, seed=seed, **options_for("hdbscan"))
    stored = select(
        Segment.position, SegmentIdentity.slug, SegmentIdentity.name, SegmentIdentity.colour, Segment.stability
    )
    found = rows(
        services.database,
        stored.join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id).order_by(Segment.id),
    )
    nobody = [row for row in found if row.slug == "unassigned"]
    assert len(nobody) == 2
    assert {(row.name, row.colour, row.stability) for row in nobody} == {("Unassigned", 0, None)}
    assert nobody[0].position == len(found) // 2 - 1  # last in display order
    identities = rows(services.database, select(SegmentIdentity.slug).where(SegmentIdentity.colour == 0))
    assert [slug for (slug,) in identities] == ["unassigned"]
    assert all(row.name != "Unassigned" for row in found if row not in nobody)
    story = services.training.models("shop")[0]
    assert "Unassigned" not in json.dumps(story.as_json(), default=str).replace('"name": "Unassigned"', "")
    told = services.profiles.overview("shop")
    assert not any("Unassigned" in each.title for each in told.findings)
    assert any(each.about == "unassigned" and "in no segment" in each.title for each in told.findings)


def test_k_means_after_crowds_brings_no_unassigned(services):
    train(services.training, **options_for("hdbscan"))
    result = train(services.training)
    assert "unassigned" not in {segment.slug for segment in result.segments}


def test_algorithms_are_compared_on_the_same_matrix_as_a_job(services):
    asked = {"algorithms": ["kmeans", "ward", "dbscan", "gmm"], "k": 3, "recipe": "all_usable"}
    result = services.jobs.run_here("compare", asked, "shop", by="ana")
    measured = result["rows"]
    assert {row["algorithm"] for row in measured} == {"kmeans", "ward", "gmm", "dbscan"}
    assert {row["error"] for row in measured} == {None}
    assert [row["rank"] for row in measured] == sorted(row["rank"] for row in measured)
    for row in measured:
        assert row["k"] == 3 or row["algorithm"] == "dbscan"
        assert (row["note"] is None) == (row["algorithm"] != "dbscan")
        assert 0 < row["silhouette"] < 1
        assert 0 < row["stability"] <= 1
        assert 0.02 < row["smallest_share"] < 0.51
        assert row["seconds"] > 0
        assert row["memory_mb"] >= 0
        assert (row["agreement"] is None) == (row["algorithm"] in ("kmeans", "gmm"))
    assert one(services.database, select(func.count()).select_from(ModelVersion)) == 0
    stored = one(services.database, select(Job.result))
    assert stored == json.loads(json.dumps(result))
    by_hand = train(services.training, algorithm="ward")
    assert next(row for row in measured if row["algorithm"] == "ward")["silhouette"] == by_hand.metrics["silhouette"]


def test_a_comparison_can_be_cancelled_and_leaves_nothing(services):
    def cancel(share: float, phase: str) -> None:
        if phase.startswith("refitting Ward"):
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        services.leaderboard.compare("shop", CompareOptions(algorithms=["kmeans", "ward"], k=3), cancel)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"algorithm": "magic"},
            r"there is no algorithm 'magic'; algorithms are: kmeans, minibatch, bisecting, gmm, wa",
        ),
        ({"algorithm": "hdbscan", "k": 4}, r"HDBSCAN finds the number of segments itself; leave k at auto"),
        ({"algorithm": "ward", "k": N + 1}, r"k=401 is more than the 400 customers"),
        ({"algorithm": "dbscan", "k": "auto", "eps": 99.0}, r"DBSCAN finds one dense crowd among 400 customers"),
        ({"sample": 1}, r"a sample of 1 customer cannot form segments"),
        ({"algorithm": "dbscan", "k": "auto", "eps": 1e-9}, r"no dense crowd .* set a larger distance"),
        ({"eps": -1.0}, r"eps=-1.0 is not allowed"),
        ({"eps": float("nan")}, r"eps=nan is not allowed"),
    ],
)
def test_what_cannot_be_is_refused_and_stores_nothing(services, options, message):
    with pytest.raises(TrainingError, match=message):
        train(services.training, **options)
    for table in (ModelVersion, Segment, SegmentIdentity, ScoringRun, Assignment):
        assert one(services.database, select(func.count()).select_from(table)) == 0


def test_what_would_not_fit_into_memory_is_refused_with_a_way_out(services, monkeypatch):
    little = SimpleNamespace(available=10**6)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: little)
    message = r"400 of them need 1\.3 MB of memory and 1\.0 MB are free; form the segments on a sample \(250, say\)"
    phases: list[str] = []
    options = TrainOptions(algorithm="ward", k=3, validate=False)
    with pytest.raises(TrainingError, match=message):
        services.training.train("shop", options, by="ana", progress=lambda _share, phase: phases.append(phase))
    assert phases == ["reading the customers"]  # said before anything is computed
    assert one(services.database, select(func.count()).select_from(ModelVersion)) == 0
    result = train(services.training, algorithm="ward", sample=100)
    assert sum(segment.size for segment in result.segments) == N
    assert services.training.model(result.version).parameters["settings"] == {"formed_on": 100}
    compared = services.leaderboard.compare("shop", CompareOptions(algorithms=["ward", "kmeans"], k=3))
    assert [row["error"] is None for row in compared["rows"]] == [True, False]
    assert "form the segments on a sample" in compared["rows"][1]["error"]


def test_of_two_trainings_at_once_both_are_whole(services):
    """Side by side, past the job queue that would line them up: each stores all of its own."""
    failed: list[Exception] = []

    def work(seed: int) -> None:
        try:
            train(TrainingService(services.database, services.settings), seed=seed)
        except ConflictError as refused:
            failed.append(refused)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = one(services.database, select(func.count()).select_from(ModelVersion))
    assert versions + len(failed) == 2
    assert versions >= 1
    assert one(services.database, select(func.count()).select_from(Assignment)) == versions * N
    assert sum(model.champion for model in services.training.models("shop")) == 1


def test_a_cancelled_search_of_crowds_stores_nothing(services):
    def cancel(share: float, phase: str) -> None:
        if phase.startswith("refitting"):
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        services.training.train("shop", TrainOptions(**options_for("hdbscan")), by="ana", progress=cancel)
    assert one(services.database, select(func.count()).select_from(ModelVersion)) == 0


def test_a_model_stored_before_there_were_assigners_still_assigns(services):
    from dataclasses import replace

    from sklearn.cluster import KMeans
    from sklearn.pipeline import Pipeline

    from segmentation.modelling.artifacts import dump, libraries, load
    from segmentation.scoring import assign

    train(services.training)
    _, bundle = ScoringService(services.database, services.settings).bundle("shop")
    frame = customers()
    centres = bundle.pipeline[-1].centres
    old = KMeans(3, init=centres, n_init=1, max_iter=1).fit(centres)
    old.cluster_centers_ = centres
    before = replace(bundle, pipeline=Pipeline([*bundle.pipeline.steps[:-1], ("cluster", old)]))
    signed = dump(before, dataset="shop", version=1, secret="s")
    loaded = load(signed, dataset="shop", version=1, made_with=libraries(), secrets=["s"])
    assert (assign(loaded, frame).label == assign(bundle, frame).label).all()
