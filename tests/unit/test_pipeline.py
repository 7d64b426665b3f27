"""From raw customers to labels: the invariants of the whole pipeline."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from segmentation import scoring
from segmentation.errors import TrainingError
from segmentation.features.recipes import match, recipe
from segmentation.modelling import assigners
from segmentation.modelling.fitting import FitOptions, Fitted, fit_model
from segmentation.modelling.metrics import quality
from segmentation.progress import no_progress

AS_OF = date(2026, 1, 1)
KINDS = {"plan": "category", "joined": "date", "member": "flag"}


def generated(n: int, seed: int = 5) -> tuple[list[SimpleNamespace], pd.DataFrame]:
    """Three groups of customers with everything a table can have: gaps, skew, a flag, a category, a date."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "spend": rng.lognormal(np.array([3.0, 5.0, 6.5])[group], 0.5),
            "visits": rng.poisson(np.array([2.0, 12.0, 5.0])[group]).astype(float),
            "balance": rng.normal(np.array([-20.0, 30.0, 60.0])[group], 20),
            "plan": np.array(["basic", "plus", "max"], dtype=object)[np.where(rng.random(n) < 0.8, group, 0)],
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 2000, n), "D"),
            "member": (rng.random(n) < 0.5).astype(float),
        },
        index=pd.Index(np.arange(1, n + 1), name="customer_id"),
    )
    frame.loc[rng.random(n) < 0.05, "visits"] = np.nan
    frame.loc[rng.random(n) < 0.05, "plan"] = None
    attributes = [
        SimpleNamespace(
            name=name, label=name.title(), kind=KINDS.get(name, "number"), role="other", unit=None, sensitive=False
        )
        for name in frame
    ]
    return attributes, frame


def fitted_on(data, progress=no_progress, **options) -> Fitted:
    attributes, frame = data
    return fit_model(
        match(recipe("all_usable"), attributes),
        attributes,
        frame,
        AS_OF,
        FitOptions(**{"k": 3, "validate": False, **options}),
        progress,
    )


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fitted_on(generated(400))


def test_row_by_row_equals_batch(fitted):
    _, frame = generated(400)
    batch = scoring.assign(fitted.bundle, frame)
    for i in range(0, 400, 7):
        one = scoring.assign(fitted.bundle, frame.iloc[i : i + 1])
        for name in ("label", "confidence", "distance", "runner_up"):
            assert getattr(one, name)[0] == getattr(batch, name)[i]


def test_chunks_change_nothing(fitted, monkeypatch):
    _, frame = generated(400)
    whole = scoring.assign(fitted.bundle, frame)
    monkeypatch.setattr(assigners, "CHUNK", 37)
    parts = scoring.assign(fitted.bundle, frame)
    np.testing.assert_array_equal(whole.label, parts.label)
    np.testing.assert_array_equal(whole.confidence, parts.confidence)


def test_permuting_the_rows_permutes_the_labels_and_nothing_else(fitted):
    _, frame = generated(400)
    order = np.random.default_rng(0).permutation(400)
    straight, shuffled = scoring.assign(fitted.bundle, frame), scoring.assign(fitted.bundle, frame.iloc[order])
    np.testing.assert_array_equal(straight.label[order], shuffled.label)
    np.testing.assert_array_equal(straight.confidence[order], shuffled.confidence)


def test_training_and_assigning_agree(fitted):
    """What was clustered in training is what the stored pipeline makes of the same customers."""
    _, frame = generated(400)
    np.testing.assert_array_equal(scoring.prepare(fitted.bundle, frame), fitted.X)
    np.testing.assert_array_equal(scoring.assign(fitted.bundle, frame).label, fitted.assigned.label)
    np.testing.assert_array_equal(fitted.bundle.pipeline.predict(frame), fitted.assigned.label)


def test_the_metrics_are_those_of_the_very_matrix_that_was_clustered(fitted):
    measured = quality(fitted.X, fitted.assigned.label)
    assert {name: fitted.metrics[name] for name in measured} == measured
    chosen = next(row for row in fitted.selection.rows if row["k"] == 3)
    assert chosen["silhouette"] == fitted.metrics["silhouette"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model():
    first, second = (fitted_on(generated(300), k="auto", validate=True) for _ in range(2))
    np.testing.assert_array_equal(first.assigned.label, second.assigned.label)
    assert first.selection == second.selection
    assert first.preparation == second.preparation
    assert first.reality == second.reality
    assert first.metrics == second.metrics


def test_confidence_is_the_margin_between_the_two_nearest_centres():
    assigned = scoring.nearest(np.array([[0.0], [5.0], [2.0]]), np.array([[0.0], [10.0]]))
    assert assigned.confidence.tolist() == [1.0, 0.0, 0.6]  # on the centre, on the border, (8 - 2) / 10
    assert assigned.runner_up.tolist() == [1, 1, 1]


def test_missing_columns_are_imputed_and_new_levels_are_no_error(fitted):
    _, frame = generated(400)
    few = scoring.assign(fitted.bundle, frame[["spend"]].head(5))
    assert len(few.label) == 5
    assert np.isfinite(few.distance).all()
    strange = frame.head(3).assign(plan="never seen")
    assert np.isfinite(scoring.assign(fitted.bundle, strange).distance).all()
    assert scoring.assign(fitted.bundle, frame.head(0)).label.shape == (0,)


def test_the_preparation_is_published_feature_by_feature(fitted):
    _, frame = generated(400)
    told = {row["feature"]: row for row in fitted.preparation}
    assert told["spend"]["transform"] == "log1p"
    assert told["spend"]["clipped"] == 4  # 0.5 % of 400 at each end
    assert told["spend"]["low"] == pytest.approx(np.quantile(frame["spend"], 0.005))
    assert told["visits"]["missing"] == frame["visits"].isna().sum()
    assert told["visits"]["imputed"] == frame["visits"].median()
    assert set(told["plan"]["levels"]) == {"basic", "plus", "max"}
    columns = [i for i, label in enumerate(fitted.bundle.feature_labels) if label.startswith("Plan: ")]
    assert told["plan"]["weight"] == pytest.approx(np.sqrt(fitted.X[:, columns].var(axis=0).sum()))
    assert 0.9 < told["plan"]["weight"] <= 1
    assert told["joined"]["label"] == "Joined (days ago)"
    assert all(row["excluded"] is None for row in fitted.preparation)


def test_plain_turns_clipping_skew_and_weights_off():
    _, frame = generated(400)
    plain = fitted_on(generated(400), plain=True)
    told = {row["feature"]: row for row in plain.preparation}
    assert told["spend"]["transform"] is None
    assert told["spend"]["clipped"] == 0
    z = (frame["spend"] - frame["spend"].mean()) / frame["spend"].std(ddof=0)
    np.testing.assert_allclose(plain.X[:, 0], z)


def test_categories_alone_are_refused_and_named():
    attributes = [
        SimpleNamespace(name=name, label=name.title(), kind="category", role="other", unit=None, sensitive=False)
        for name in ("plan", "shop", "colour", "town")
    ]
    frame = pd.DataFrame({each.name: np.array(list("abc") * 20, dtype=object) for each in attributes})
    with pytest.raises(
        TrainingError, match=r"no number among the attributes, only categories \(Plan, Shop, Colour and 1"
    ):
        fitted_on((attributes, frame), k="auto")


def test_constant_columns_alone_are_refused_with_the_reasons():
    attributes, frame = generated(50)
    frame = frame[["spend", "plan"]].assign(spend=1.0, plan="basic")
    with pytest.raises(
        TrainingError, match=r"no attribute can form segments \(Spend: every customer has the same value"
    ):
        fitted_on((attributes[:1] + attributes[3:4], frame))


def test_two_customers_can_be_two_segments():
    attributes, frame = generated(2)
    found = fitted_on((attributes, frame), k=2)
    assert sorted(found.assigned.label) == [0, 1]
    assert found.metrics["silhouette"] is None


@pytest.mark.slow
def test_many_customers_are_compared_on_a_sample_and_fitted_whole():
    found = fitted_on(generated(6000))
    assert "measured on a sample of 5,000 of 6,000 customers" in found.selection.reason
    assert len(found.assigned.label) == 6000
    assert found.bundle.k == 3


def test_more_segments_than_the_sample_holds_are_no_problem_for_the_rest():
    found = fitted_on(generated(300), k=40)
    assert found.bundle.k == 40
    assert found.selection.rows[-1]["k"] == 40
    assert len(np.unique(found.assigned.label)) == 40
