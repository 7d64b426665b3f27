"""Every algorithm through the one path: the invariants, what is published of a stand-in, and what is refused."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture
from unit.test_artifacts import OPTIONS
from unit.test_pipeline import AS_OF, fitted_on, generated

from segmentation import naming, scoring, vocabulary
from segmentation.errors import Cancelled, TrainingError
from segmentation.features.recipes import match, recipe, recipes
from segmentation.modelling import artifacts, dividing
from segmentation.modelling.algorithms import ALGORITHMS
from segmentation.modelling.assigners import stand_in, stand_in_agreement
from segmentation.modelling.density import UNASSIGNED
from segmentation.modelling.dividing import Method
from segmentation.modelling.fitting import FitOptions, Fitted, fit_model
from segmentation.modelling.kprototypes import KPrototypes
from segmentation.modelling.leaderboard import leaderboard
from segmentation.modelling.metrics import quality_of_assigned
from segmentation.runs import compute_run
from segmentation.samples import generate

SAID = ("label", "confidence", "distance", "runner_up")
MAY_REFUSE = ("dbscan", "hdbscan", "gmm")  # no crowds in few customers, a component that takes nobody
CROWDS = {"dbscan": {"eps": 1.2, "min_samples": 5}, "hdbscan": {"min_cluster_size": 15}}


def crowded(n: int = 240) -> tuple[list[SimpleNamespace], pd.DataFrame]:
    """Three crowds that stand apart in two numbers and mostly have a plan of their own; one in twenty in between."""
    rng = np.random.default_rng(1)
    X, group = make_blobs(n, centers=[[0, 0], [9, 0], [0, 9]], cluster_std=0.7, random_state=3)
    between = np.arange(n) < n // 20
    X[between] = rng.uniform(-4, 13, (n // 20, 2))
    plan = np.array(["basic", "plus", "max"], dtype=object)[np.where(between, rng.integers(0, 3, n), group)]
    attributes, frame = generated(n)
    frame = frame[["plan"]].assign(plan=plan, visits=X[:, 0], spend=X[:, 1])
    return [each for name in frame for each in attributes if each.name == name], frame


def fitted_with(name: str, data=None, **options) -> Fitted:
    found = {"k": 3} if ALGORITHMS[name].counts else {"k": "auto", **CROWDS[name]}
    return fitted_on(data or crowded(), algorithm=name, **{**found, **options})


@pytest.fixture(scope="module", params=ALGORITHMS)
def fitted(request) -> Fitted:
    return fitted_with(request.param)


def check_invariants(fitted: Fitted, frame: pd.DataFrame, step: int = 29) -> None:
    """STYLE's invariants that need no store: row by row, saved and loaded, permuted, the very matrix, everybody."""
    batch = scoring.assign(fitted.bundle, frame)
    for i in range(0, len(frame), step):
        one = scoring.assign(fitted.bundle, frame.iloc[i : i + 1])
        assert [getattr(one, name)[0] for name in SAID] == [getattr(batch, name)[i] for name in SAID]
    signed = artifacts.dump(fitted.bundle, dataset="shop", version=7, secret="secret")
    loaded = scoring.assign(artifacts.load(signed, **OPTIONS), frame)
    order = np.random.default_rng(0).permutation(len(frame))
    shuffled = scoring.assign(fitted.bundle, frame.iloc[order])
    for name in SAID:
        np.testing.assert_array_equal(getattr(batch, name), getattr(loaded, name))
        np.testing.assert_array_equal(getattr(batch, name)[order], getattr(shuffled, name))
        np.testing.assert_array_equal(getattr(batch, name), getattr(fitted.assigned, name))
    sizes = np.bincount(batch.label, minlength=fitted.bundle.labels)
    assert sizes.sum() == len(frame)
    assert len(sizes) == fitted.bundle.labels
    labels = np.where(batch.label == fitted.bundle.k, UNASSIGNED, batch.label)
    measured = quality_of_assigned(fitted.X, labels)
    assert {name: fitted.metrics[name] for name in measured} == measured
    assert ((batch.confidence >= 0) & (batch.confidence <= 1)).all()


def test_the_invariants_hold(fitted):
    check_invariants(fitted, crowded()[1])


@st.composite
def tables(draw) -> tuple[list[SimpleNamespace], pd.DataFrame]:
    """Small tables of every kind of column, with gaps, ties and repeated customers."""
    n, seed = draw(st.integers(40, 90)), draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    makers = {
        "number": lambda: rng.lognormal(3, draw(st.sampled_from([0.2, 1.5])), n).round(draw(st.sampled_from([0, 3]))),
        "flag": lambda: (rng.random(n) < 0.4).astype(float),
        "category": lambda: rng.choice(np.array(["a", "b", "c", "dd"], dtype=object), n),
        "date": lambda: pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
    }
    kinds = ["number", *draw(st.lists(st.sampled_from(list(makers)), min_size=1, max_size=4))]
    frame = pd.DataFrame({f"{kind}_{at}": makers[kind]() for at, kind in enumerate(kinds)})
    frame.index = pd.Index(np.arange(1, n + 1), name="customer_id")
    frame.loc[rng.random(n) < 0.1, frame.columns[0]] = np.nan
    attributes = [
        SimpleNamespace(name=name, label=name, kind=kind, role="other", unit=None, sensitive=False)
        for name, kind in zip(frame, kinds, strict=True)
    ]
    return attributes, frame


@pytest.mark.slow
@settings(max_examples=16, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=tables(), name=st.sampled_from(list(ALGORITHMS)), plain=st.booleans())
@example(data=crowded(60), name="kprototypes", plain=True)
def test_the_invariants_hold_on_any_table(data, name, plain):
    found = fitted_or_refused(data, algorithm=name, plain=plain, k=3 if ALGORITHMS[name].counts else "auto")
    if found is None:
        assert name in MAY_REFUSE
    else:
        check_invariants(found, data[1])


def fitted_or_refused(data, **options) -> Fitted | None:
    try:
        return fitted_on(data, **options)
    except TrainingError:
        return None


def club() -> tuple[list[SimpleNamespace], pd.DataFrame]:
    """The sample's customers with what the recipes ask for."""
    customers = generate(150, seed=3).customers.drop(columns="customer_no")
    frame = customers.assign(
        spending_score=customers.filter(like="spend_").sum(axis=1) % 100, frequency=5.0 + np.arange(150) % 7,
        monetary_value=customers.filter(like="spend_").sum(axis=1), age=2026.0 - customers["year_of_birth"],
    )  # fmt: skip
    attributes = []
    for name in frame:
        entry, values = vocabulary.match(name), frame[name]
        kind = "date" if pd.api.types.is_datetime64_any_dtype(values) else "number"
        kind = kind if pd.api.types.is_numeric_dtype(values) or kind == "date" else "category"
        frame[name] = values.astype(float) if kind == "number" else values
        role = "value" if name.startswith("spend_") else entry.role if entry else "other"
        attributes.append(SimpleNamespace(name=name, label=name, kind=kind, role=role, unit=None, sensitive=False))
    frame.index = pd.Index(np.arange(1, 151), name="customer_id")
    return attributes, frame


@pytest.mark.slow
@pytest.mark.parametrize("name", recipes())
def test_the_invariants_hold_for_every_recipe(name):
    attributes, frame = club()
    matched = match(recipe(name), attributes)
    assert matched.fits, matched.missing
    for algorithm, takes in ALGORITHMS.items():
        options = FitOptions(algorithm, k=4 if takes.counts else "auto", validate=False, min_cluster_size=10)
        try:
            found = fit_model(matched, attributes, frame, AS_OF, options)
        except TrainingError:
            assert algorithm in MAY_REFUSE
        else:
            check_invariants(found, frame, step=50)


def test_permuting_the_labels_changes_no_name(fitted):
    attributes, frame = crowded()
    k = fitted.bundle.k
    order = np.random.default_rng(1).permutation(k)
    turned = np.append(order, k)[fitted.assigned.label]
    names = []
    for labels in (fitted.assigned.label, turned):
        run = compute_run(fitted.bundle, frame, attributes, fitted.X, replace(fitted.assigned, label=labels), seed=1)
        segments = [row for row in run.profiles if row.segment_label is None or row.segment_label < k]
        names.append(naming.name_segments(segments, k))
    assert names[0] == [names[1][order[label]] for label in range(k)]


def test_what_cannot_predict_publishes_how_well_its_stand_in_agrees(fitted):
    algorithm = ALGORITHMS[fitted.bundle.algorithm]
    assert ("agreement" in fitted.metrics) == (not algorithm.predicts or algorithm.name == "bisecting")
    if "agreement" in fitted.metrics:
        assert 0.85 < fitted.metrics["agreement"] <= 1


def test_planted_groups_are_found_by_all(fitted):
    """Three crowds far apart: whoever divides in three finds them."""
    _, frame = crowded()
    _, truth = make_blobs(len(frame), centers=[[0, 0], [9, 0], [0, 9]], cluster_std=0.7, random_state=3)
    known = np.arange(len(frame)) >= len(frame) // 20
    assert fitted.bundle.k == 3
    assert adjusted_rand_score(truth[known], fitted.assigned.label[known]) > 0.9


@pytest.mark.parametrize("name", CROWDS)
def test_who_is_in_no_crowd_is_unassigned_and_counted(name):
    found = fitted_with(name)
    sizes = np.bincount(found.assigned.label)
    assert found.bundle.unassigned == found.bundle.k == len(sizes) - 1
    assert 0 < sizes[-1] < 30
    assert sizes.sum() == 240
    row = found.selection.rows[0]
    assert len(found.selection.rows) == 1
    assert row["recommended"]
    assert row["gap"] is row["prediction_strength"] is None
    assert set(row["not_applicable"]) == {"gap", "gap_se", "prediction_strength"}
    assert "finds 3 segments by itself" in found.selection.reason


@pytest.mark.parametrize("name", ["ward", "hdbscan"])
def test_stability_and_reality_are_checked_where_the_number_is_not_chosen(name):
    found = fitted_with(name, validate=True)
    assert found.reality.verdict == "groups"
    assert found.reality.algorithm == ("kmeans" if name == "hdbscan" else name)
    assert found.reality.best_k == 3
    assert found.stability.weakest > 0.6
    assert len(found.stability.segments) == 3


def test_the_divisions_are_those_of_scikit_learn():
    X, _ = make_blobs(150, n_features=3, centers=4, cluster_std=2.5, random_state=5)
    theirs = {
        "kmeans": KMeans(4, n_init=5, random_state=1).fit_predict(X),
        "ward": AgglomerativeClustering(4).fit_predict(X),
        "gmm": GaussianMixture(4, n_init=3, reg_covar=dividing.WIDTH, max_iter=200, random_state=1).fit_predict(X),
    }
    for name, labels in theirs.items():
        own = Method(name).divide(X, 4, seed=1, n_init=5)
        assert adjusted_rand_score(own.labels, labels) == 1.0, name
        assert quality_of_assigned(X, own.labels)["silhouette"] == pytest.approx(silhouette_score(X, labels))


def test_the_posterior_is_scikit_learns():
    X, _ = make_blobs(120, n_features=3, centers=3, cluster_std=3.0, random_state=2)
    theirs = GaussianMixture(3, n_init=3, reg_covar=dividing.WIDTH, max_iter=200, random_state=4).fit(X)
    own = Method("gmm").divide(X, 3, seed=4, n_init=10).mixture.assign(X)
    np.testing.assert_allclose(own.confidence, theirs.predict_proba(X).max(axis=1), rtol=1e-9)
    np.testing.assert_allclose(own.distance, np.linalg.norm(X - theirs.means_[own.label], axis=1))


def test_k_prototypes_counts_mismatches_of_categories():
    """Against the definition: numbers squared, and gamma = 2m / (m - 1) for every category that differs."""
    rng = np.random.default_rng(0)
    numbers, codes = rng.standard_normal((80, 2)), rng.integers(0, 3, 80)
    root = np.sqrt(3 / 2)
    X = np.column_stack([numbers, (np.eye(3) - 1 / 3)[codes] * root])
    found = KPrototypes(3, [(2, 3, 4)], n_init=5, random_state=1).fit(X)
    modes = found.cluster_centers_[:, 2:].argmax(axis=1)
    apart = ((numbers[:, None] - found.cluster_centers_[None, :, :2]) ** 2).sum(axis=2)
    apart += 3.0 * (codes[:, None] != modes[None])
    np.testing.assert_array_equal(apart.argmin(axis=1), found.labels_)
    assert found.inertia_ == pytest.approx(apart.min(axis=1).sum())
    for label in range(3):
        members = found.labels_ == label
        np.testing.assert_allclose(found.cluster_centers_[label, :2], numbers[members].mean(axis=0))
        assert (codes[members] == modes[label]).sum() == np.bincount(codes[members]).max()


def test_categories_alone_are_k_prototypes_to_divide():
    rng = np.random.default_rng(2)
    group = rng.integers(0, 3, 120)
    frame = pd.DataFrame(
        {
            name: np.where(rng.random(120) < 0.9, levels[group], levels[0])
            for name, levels in {
                "plan": np.array(["a", "b", "c"], dtype=object), "town": np.array(["x", "y", "z"], dtype=object),
                "shop": np.array(["k", "l", "m"], dtype=object),
            }.items()
        },
        index=pd.Index(np.arange(1, 121), name="customer_id"),
    )  # fmt: skip
    attributes = [
        SimpleNamespace(name=name, label=name, kind="category", role="other", unit=None, sensitive=False)
        for name in frame
    ]
    with pytest.raises(TrainingError, match=r"and Ward measures distances between numbers; choose k-prototypes"):
        fitted_on((attributes, frame), algorithm="ward")
    found = fitted_on((attributes, frame), algorithm="kprototypes", validate=True)
    assert adjusted_rand_score(group, found.assigned.label) > 0.8
    assert {row["gap"] for row in found.selection.rows} == {None}
    check_invariants(found, frame)


@pytest.mark.slow
def test_a_stand_in_learns_a_curved_border_and_remembers_nobody():
    rng = np.random.default_rng(1)
    X = rng.uniform(-3, 3, (2_000, 2))
    labels = (np.linalg.norm(X, axis=1) > 1.5).astype(int)
    found = stand_in(X, labels, seed=1)
    assert (found.predict(X) == labels).mean() > 0.95
    assert stand_in_agreement(X, labels, seed=1) > 0.94
    assert len(found.points) <= 400
    assert not (found.points[:, None] == X[None]).all(axis=2).any()


def test_a_sample_forms_the_segments_and_everybody_gets_one():
    found = fitted_with("ward", crowded(400), sample=100)
    assert found.settings["formed_on"] == 100
    assert len(found.assigned.label) == 400
    assert found.metrics["agreement"] > 0.9
    check_invariants(found, crowded(400)[1], step=90)


def test_what_does_not_settle_is_told_and_is_no_warning(monkeypatch):
    monkeypatch.setattr(dividing, "MIXTURE_ROUNDS", 1)
    found = fitted_with("gmm", generated(200))
    assert found.warnings[0].startswith("Gaussian mixture did not settle within its rounds")
    assert fitted_with("kmeans").warnings == []


def test_a_segment_below_the_minimum_is_told():
    found = fitted_with("kmeans", generated(60), k=12)
    assert "fewer than the 10 that are worth one" in found.warnings[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"algorithm": "dbscan", "k": 4},
            r"DBSCAN finds the number of segments itself; leave k at auto instead of k=4",
        ),
        ({"algorithm": "dbscan", "k": "auto", "eps": 900.0}, r"DBSCAN finds one dense crowd among 300 customers \(a"),
        ({"algorithm": "hdbscan", "k": "auto", "min_cluster_size": 290}, r"HDBSCAN finds no dense crowd among 300"),
        ({"algorithm": "ward", "k": 301}, r"k=301 is more than the 300 customers"),
    ],
)
def test_what_an_algorithm_cannot_do_is_refused(options, message):
    with pytest.raises(TrainingError, match=message):
        fitted_on(generated(300), **options)


def test_separation_is_compared_over_everybody_not_over_those_in_a_crowd_alone():
    rng = np.random.default_rng(7)
    crowds = np.concatenate([rng.normal(centre, 0.3, (60, 2)) for centre in ([0, 0], [4, 0], [2, 4])])
    X = np.concatenate([crowds, rng.uniform(-2, 6, (90, 2))])
    method = Method("hdbscan", min_cluster_size=15)
    [board] = leaderboard(X, [method], 3, seed=1)
    assert board.unassigned_share > 0.1
    division = method.divide(X, 0, seed=1, n_init=10)
    assigned = division.assigner(X, predicts=False, seed=1).assign(X)
    own = assigned.label < division.k
    middles = np.stack([X[assigned.label == label].mean(axis=0) for label in range(division.k)])
    nearest = np.linalg.norm(X[:, None] - middles, axis=2).argmin(axis=1)
    placed = silhouette_score(X, np.where(own, assigned.label, nearest))
    assert board.silhouette == pytest.approx(placed, abs=0.03)  # nearest by the stand-in's centres
    assert silhouette_score(X[own], assigned.label[own]) > board.silhouette + 0.05


def test_the_metrics_of_a_model_say_whom_they_are_of():
    assert "everyone" not in fitted_with("kmeans").metrics
    found = fitted_with("hdbscan", crowded(300))
    lonely = found.assigned.label == found.bundle.k
    assert lonely.any()
    placed = np.where(lonely, found.assigned.runner_up, found.assigned.label)
    assert found.metrics["everyone"]["silhouette"] == pytest.approx(silhouette_score(found.X, placed))
    assert found.metrics["silhouette"] > found.metrics["everyone"]["silhouette"]


def test_what_one_algorithm_cannot_do_does_not_spoil_the_comparison():
    X = np.random.default_rng(4).standard_normal((120, 2))
    rows = leaderboard(X, [Method("dbscan", eps=9.0), Method("kmeans")], 3, seed=1)
    assert [(row.algorithm, row.error, row.rank) for row in rows] == [
        ("kmeans", None, 1.0), ("dbscan", "it finds one dense crowd", None),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kmeans", "hdbscan"])
def test_the_selection_tells_how_far_it_is_and_stops_when_asked(name):
    told: list[tuple[float, str]] = []
    fitted_with(name, crowded(120), k="auto", validate=True, progress=lambda *news: told.append(news))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1
    assert max(after - before for before, after in pairwise(shares)) < 0.31
    phases = {phase.partition(" (")[0] for _, phase in told}
    assert "refitting to other draws of the customers" in phases
    assert "comparing with copies that hold no groups" in phases

    for stop in sorted(phases):
        seen: list[str] = []

        def cancel(_share: float, phase: str, stop: str = stop, seen: list[str] = seen) -> None:
            seen.append(phase)
            if phase.startswith(stop):
                raise Cancelled("cancelled")

        with pytest.raises(Cancelled):
            fitted_with(name, crowded(120), k="auto", validate=True, progress=cancel)
        assert seen[-1].startswith(stop)  # nothing is begun after it
