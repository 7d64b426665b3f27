"""What it would take: nothing shorter exists, everything told lands, and what is called not reachable is."""

from datetime import date
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from segmentation import profiles, scoring
from segmentation.controls import controls
from segmentation.features.recipes import match, parse
from segmentation.modelling.assigners import Nearest
from segmentation.modelling.fitting import FitOptions, fit_model
from segmentation.modelling.regrouping import divided, merged
from segmentation.simulator import rows
from segmentation.whatif.limits import limits, number, relocked
from segmentation.whatif.linear import linear
from segmentation.whatif.paths import UNREACHABLE, find_path
from segmentation.whatif.polyhedron import project
from segmentation.whatif.regions import cells, margins

KINDS = {
    "wine": ("number", "value"), "fish": ("number", "value"), "visits": ("number", "frequency"),
    "first": ("flag", "response"), "second": ("flag", "response"), "plan": ("category", "engagement"),
    "age": ("number", "demographic"), "joined_on": ("date", "tenure"),
}  # fmt: skip
FEATURES = [
    {"name": "spending", "label": "Spending", "expression": {"sum": ["wine", "fish"]}},
    {"name": "visits", "label": "Visits", "expression": "visits"},
    {"name": "answered", "label": "Answered", "expression": {"flags": ["first", "second"]}},
    {"name": "plan", "label": "Plan", "expression": "plan"},
    {"name": "age", "label": "Age", "expression": "age"},
    {"name": "years", "label": "Years", "expression": {"years_before_as_of": "joined_on"}},
]
TANGLED = [
    *FEATURES[:3],
    {"name": "each", "label": "Each", "expression": {"ratio": [{"sum": ["wine", "fish"]}, "visits"]}},
]
PEOPLE = 300


def shop():
    rng = np.random.default_rng(4)
    group = rng.integers(0, 4, PEOPLE)
    return pd.DataFrame(
        {
            "wine": np.round(rng.lognormal(3 + group / 2, 0.4), 1),
            "fish": np.round(rng.lognormal(3 + (group % 2), 0.4), 1),
            "visits": rng.poisson(4 + 4 * (group % 3)) + 1.0,
            "first": (rng.random(PEOPLE) < 0.2 + 0.2 * group).astype(float),
            "second": (rng.random(PEOPLE) < 0.1 + 0.1 * group).astype(float),
            "plan": rng.choice(["basic", "plus", "gold"], PEOPLE).astype(object),
            "age": rng.integers(18, 80, PEOPLE).astype(float),
            "joined_on": (pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, PEOPLE), "D")).astype(
                "datetime64[us]"
            ),
        }
    )


class Shop:
    """A fitted model with its form and limits."""

    def __init__(self, features=FEATURES, **options):
        self.frame = shop()
        attributes = {
            name: SimpleNamespace(name=name, label=name, kind=kind, role=role, unit=None, sensitive=False)
            for name, (kind, role) in KINDS.items()
        }
        recipe = parse({"name": "r", "label": "R", "description": "", "features": features})
        matched = match(recipe, list(attributes.values()))
        asked = FitOptions(**{"k": 4, "seed": 1, **options})
        self.bundle = fit_model(matched, list(attributes.values()), self.frame, date(2023, 1, 1), asked).bundle
        told = profiles.profile(self.frame, np.zeros(PEOPLE, int), 1, list(attributes.values()), set())
        everyone = {row.attribute: row for row in told if row.segment_label is None}
        self.controls = controls(self.bundle.inputs, attributes, everyone)
        self.limits = limits(self.controls, everyone, attributes)
        self.labels = scoring.assign(self.bundle, self.frame).label

    def values(self, at):
        row = self.frame.iloc[at]
        typed = {"flag": bool, "date": lambda day: str(day.date())}
        return {c.name: typed.get(c.kind, lambda value: value)(row[c.name]) for c in self.controls}

    def label(self, values):
        return int(scoring.assign(self.bundle, rows([values], self.controls)).label[0])

    def place(self, values):
        return scoring.prepare(self.bundle, rows([values], self.controls))[0]

    def path(self, at, target, own_limits=None):
        return find_path(self.bundle, self.controls, self.values(at), own_limits or self.limits, target)


@pytest.fixture(scope="module")
def kmeans():
    return Shop()


def distances_of(found):
    return {way.kind: way.landing.distance for way in found.ways}


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6))
def test_the_border_point_is_that_of_a_general_solver(seed):
    """Random centres of 2 to 10 segments, bounds, and coordinates that are locked."""
    rng = np.random.default_rng(seed)
    k, n = int(rng.integers(2, 11)), int(rng.integers(2, 9))
    point = rng.normal(size=n)
    [cell] = cells(Nearest(rng.normal(size=(k, n))), 0)
    low, high = point - rng.exponential(1.5, n), point + rng.exponential(1.5, n)
    locked = rng.random(n) < 0.3
    low[locked] = high[locked] = point[locked]
    found = project(point, cell.A, cell.b, low, high)
    starts = [point, (low + high) / 2] if found is None else [found, point]
    solved = [
        minimize(
            lambda z: (((z - point) ** 2).sum(), 2 * (z - point)), start, jac=True, method="SLSQP",
            bounds=list(zip(low, high, strict=True)), options={"ftol": 1e-15, "maxiter": 500},
            constraints={"type": "ineq", "fun": lambda z: cell.A @ z - cell.b, "jac": lambda z: cell.A},
        )
        for start in starts
    ]  # fmt: skip
    inside = [each.x for each in solved if (cell.A @ each.x - cell.b).min() > -1e-9]
    if found is None:
        assert not inside
        return
    assert (cell.A @ found - cell.b).min() > -1e-9
    assert np.all((found >= low) & (found <= high))
    best = min(np.linalg.norm(each - point) for each in inside)
    assert np.linalg.norm(found - point) == pytest.approx(best, abs=1e-6)


def test_every_way_lands_and_keeps_locks_bounds_and_steps(kmeans):
    told = 0
    for at in range(0, PEOPLE, 30):
        values = kmeans.values(at)
        for target in set(range(4)) - {int(kmeans.labels[at])}:
            found = kmeans.path(at, target)
            assert found.method == "exact"
            for way in found.ways:
                changes = way.landing.changes
                told += 1
                changed = values | changes
                assert kmeans.label(changed) == target
                assert changes.keys().isdisjoint({"age", "joined_on"})  # nobody can influence them
                assert way.landing.distance == pytest.approx(
                    np.linalg.norm(kmeans.place(changed) - kmeans.place(values))
                )
                for name in changes.keys() & {"wine", "fish", "visits"}:
                    own = kmeans.limits[name].within(values[name])
                    assert own.low <= changes[name] <= own.high
                    assert changes[name] / own.grid == pytest.approx(round(changes[name] / own.grid))
            distances = distances_of(found)
            assert not distances or distances["least_effort"] == min(distances.values())
    assert told > 40


def test_no_rounded_change_beats_the_border_and_none_on_a_grid_lands_nearer(kmeans):
    """Every value of two inputs and both flags and plans: nothing that lands is nearer than the way told, by more
    than rounding and the step past the border cost."""
    only = relocked(kmeans.limits, {"fish", "second"})
    seen = {True: 0, False: 0}
    for at in (3, 77, 150):
        values = kmeans.values(at)
        wine, visits = (only[name].within(values[name]) for name in ("wine", "visits"))
        grid = [
            values | {"wine": float(w), "visits": float(v), "first": first, "plan": plan}
            for w, v, first, plan in product(
                np.linspace(wine.low, wine.high, 40), np.arange(visits.low, visits.high + 1), (False, True),
                ("basic", "plus", "gold"),
            )
        ]  # fmt: skip
        frame = rows(grid, kmeans.controls)
        X, labels = scoring.prepare(kmeans.bundle, frame), scoring.assign(kmeans.bundle, frame).label
        distances = np.linalg.norm(X - kmeans.place(values), axis=1)
        for target in set(range(4)) - {int(kmeans.labels[at])}:
            found = kmeans.path(at, target, only)
            seen[bool(found.ways)] += 1
            if found.ways:
                assert distances_of(found)["least_effort"] <= distances[labels == target].min(initial=np.inf) + 0.2
            else:
                assert found.reason == UNREACHABLE
                assert not (labels == target).any()
    assert seen[True]


def test_not_reachable_is_true(kmeans):
    """With visits alone to change, every whole number of visits is tried."""
    alone = relocked(kmeans.limits, set(KINDS) - {"visits"})
    missed = 0
    for at in range(0, PEOPLE, 10):
        values = kmeans.values(at)
        own = alone["visits"].within(values["visits"])
        every = rows([values | {"visits": v} for v in np.arange(own.low, own.high + 1)], kmeans.controls)
        there = set(scoring.assign(kmeans.bundle, every).label.tolist())
        for target in set(range(4)) - {int(kmeans.labels[at])}:
            found = kmeans.path(at, target, alone)
            assert bool(found.ways) == (target in there)
            missed += not found.ways
    assert missed > 20


def test_with_everything_locked_it_says_so(kmeans):
    found = kmeans.path(0, (int(kmeans.labels[0]) + 1) % 4, relocked(kmeans.limits, set(KINDS)))
    assert (found.ways, found.reason) == ([], "every input is locked; unlock at least one")


def test_fewest_changes_fewer_and_marketing_moves_only_what_it_can(kmeans):
    free = relocked(kmeans.limits, (), set(KINDS))
    fewer = 0
    for at in range(0, PEOPLE, 20):
        for target in set(range(4)) - {int(kmeans.labels[at])}:
            ways = {way.kind: way.landing for way in kmeans.path(at, target, free).ways}
            fewer += len(ways["fewest"].changes) < len(ways["least_effort"].changes)
            assert ways["fewest"].distance >= ways["least_effort"].distance
            if "marketing" in ways:
                assert ways["marketing"].changes.keys().isdisjoint({"age", "joined_on"})
    assert fewer > 3


@pytest.mark.slow
@pytest.mark.parametrize("change", ["merged", "divided", "ward"])
def test_segments_of_several_cells_have_exact_ways_too(change):
    """Merged and divided segments, and the stand-in of an algorithm that cannot label."""
    model = Shop(algorithm="ward") if change == "ward" else Shop()
    X = scoring.prepare(model.bundle, model.frame)
    assigner = scoring.assigner(model.bundle)
    if change != "ward":
        own = (
            merged(assigner, 0, 1, X, model.labels) if change == "merged" else divided(assigner, 1, X, model.labels, 0)
        )
        model.bundle.pipeline.steps[-1] = ("cluster", own)
        assigner = own
    labels = assigner.assign(X).label
    for target in np.unique(labels).tolist():
        found = cells(assigner, target)
        inside = np.array([any((cell.A @ x - cell.b).min() >= -1e-12 for cell in found) for x in X])
        assert inside.tolist() == (labels == target).tolist()
        assert ((margins(assigner, X, target).min(axis=1) >= 0) == inside).all()
        at = int(np.flatnonzero(labels != target)[0])
        way = model.path(at, target)
        assert way.method == "exact"
        assert all(model.label(model.values(at) | each.landing.changes) == target for each in way.ways)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"algorithm": "gmm"}, {"features": TANGLED}])
def test_where_borders_are_bent_a_search_finds_ways_that_land(options):
    model = Shop(**options)
    landed = 0
    for target in sorted(set(model.labels.tolist()) - {int(model.labels[1])}):
        found = model.path(1, target)
        assert found.method == "search"
        for way in found.ways:
            landed += 1
            assert model.label(model.values(1) | way.landing.changes) == target
    assert landed


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"difference": ["a", {"sum": ["a", "b", 2]}]}, ({"a": 0.0, "b": -1.0}, -2.0)),
        ({"product": [2, "a", 3]}, ({"a": 6.0}, 0.0)),
        ({"ratio": [{"days_before_as_of": "day"}, 7]}, ({"day": -1 / 7}, 10 / 7)),
        ({"product": ["a", "b"]}, None),
        ({"flags": ["a"]}, None),
    ],
)
def test_weighted_sums_are_known(expression, expected):
    found = linear(expression, frozenset({"day"}), date(1970, 1, 11))
    if expected is None:
        assert found is None
    else:
        assert found[0] == pytest.approx(expected[0])
        assert found[1] == pytest.approx(expected[1])


def test_dates_count_in_days():
    assert number("1970-01-11", "date") == 10
