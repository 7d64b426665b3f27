"""The way into a segment where nothing is straight: mixtures, and inputs that act through several features at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from segmentation import scoring
from segmentation.features.expressions import evaluate
from segmentation.whatif.exact import Point
from segmentation.whatif.landing import Landing, Question, candidates, tried
from segmentation.whatif.levers import Levers, feature_values
from segmentation.whatif.limits import number, written
from segmentation.whatif.linear import EPOCH
from segmentation.whatif.regions import margins
from segmentation.whatif.search import nearest

SAMPLES = 500  # places looked at for a start
STARTS = 2  # places the search begins at
MOST_OPTIONS = 2  # of switches that are tried one by one
PAST = (1e-3, 0.1)


@dataclass(frozen=True)
class Moves:
    """What the search turns, each from 0 to 1: first the slides, then the tangled inputs."""

    question: Question
    tangled: list[str]
    low: np.ndarray
    high: np.ndarray
    now: np.ndarray

    def place(self, moves: np.ndarray) -> np.ndarray:
        """The rows in the clustered space."""
        levers = self.question.levers
        at = self.low + moves * (self.high - self.low)
        Z = np.repeat(levers.start[None, :], len(moves), axis=0)
        slides = len(levers.slides)
        Z[:, [slide.column for slide in levers.slides]] = at[:, :slides]
        if self.tangled:
            self._tangle(Z, at[:, slides:])
        return Z

    def _tangle(self, Z: np.ndarray, values: np.ndarray) -> None:
        bundle, limits = self.question.bundle, self.question.limits
        numbers = [feature for feature in bundle.features if feature.kind == "number"]
        prepare = bundle.pipeline.named_steps["prepare"]
        columns = np.arange(Z.shape[1])[prepare.output_indices_["number"]]
        own = [at for at, feature in enumerate(numbers) if set(feature.attributes) & set(self.tangled)]
        frame = pd.DataFrame({name: self._filled(name, len(Z)) for at in own for name in numbers[at].attributes})
        for name, column in zip(self.tangled, values.T, strict=True):
            frame[name] = _as_stored(column, limits[name].kind)
        matrix = pd.DataFrame(feature_values(bundle, Z), columns=[feature.name for feature in numbers])
        for at in own:
            matrix[numbers[at].name] = evaluate(numbers[at].expression, frame, bundle.as_of)
        Z[:, columns[own]] = prepare.named_transformers_["number"].transform(matrix)[:, own]

    def _filled(self, name: str, n: int) -> np.ndarray:
        value, kind = self.question.levers.values[name], self.question.limits[name].kind
        if kind in ("number", "date", "flag"):
            return _as_stored(np.full(n, np.nan if value is None else number(value, kind)), kind)
        return np.full(n, value, dtype=object)


def _as_stored(column: np.ndarray, kind: str) -> np.ndarray:
    if kind != "date":
        return column
    return (np.datetime64(EPOCH, "us") + (column * 86_400_000_000).astype("timedelta64[us]")).astype("datetime64[us]")


def bent_path(question: Question, seed: int = 0) -> Landing | None:
    """A rounded change that lands, by search; None where none was found."""
    found = [_search(question, turn, seed) for turn in _turns(question)]
    landed = [each for each in found if each is not None]
    return min(landed, key=lambda each: each.distance, default=None)


def _turns(question: Question) -> list[tuple[int, int] | None]:
    """No switch, and the single options that by themselves lead furthest towards the target."""
    levers = question.levers
    assigner = scoring.assigner(question.bundle)
    options = [(at, n) for at, switch in enumerate(levers.switches) for n in range(len(switch.changes))]
    if not options:
        return [None]
    Z = np.repeat(levers.start[None, :], len(options), axis=0)
    for row, (at, n) in zip(Z, options, strict=True):
        row[levers.switches[at].columns] = levers.switches[at].places[n]
    inside = margins(assigner, Z, question.target).min(axis=1)
    return [None, *(options[at] for at in np.argsort(-inside, kind="stable")[:MOST_OPTIONS])]


def _turned(question: Question, turn: tuple[int, int] | None) -> Question:
    """The question with one switch set."""
    if turn is None:
        return question
    switch, n = question.levers.switches[turn[0]], turn[1]
    start = question.levers.start.copy()
    start[switch.columns] = switch.places[n]
    return replace(question, levers=replace(question.levers, start=start))


def _search(question: Question, turn: tuple[int, int] | None, seed: int) -> Landing | None:
    moves = _moves(_turned(question, turn))
    assigner = scoring.assigner(question.bundle)

    def inside(Z: np.ndarray) -> np.ndarray:
        return margins(assigner, Z, question.target)

    starts = _starts(moves, inside, seed) if len(moves.now) else np.empty((1, 0))
    for past in PAST:
        best = nearest(moves.place, inside, moves.now, starts, past) if len(moves.now) else moves.now
        if best is None:
            return None
        landed = tried(question, _candidates(moves, best, turn))
        if landed is not None:
            return landed
    return None


def _moves(question: Question) -> Moves:
    levers, limits = question.levers, question.limits
    tangled = [name for name in levers.tangled if limits[name].kind in ("number", "date")]
    tangled = [name for name in tangled if np.isfinite(limits[name].low) and limits[name].high > limits[name].low]
    slides = [slide for slide in levers.slides if slide.high > slide.low]
    levers = replace(levers, slides=slides)
    low = np.array([slide.low for slide in slides] + [limits[name].low for name in tangled])
    high = np.array([slide.high for slide in slides] + [limits[name].high for name in tangled])
    values = [levers.values[name] for name in tangled]
    here = [
        (limits[name].low + limits[name].high) / 2 if value is None else number(value, limits[name].kind)
        for name, value in zip(tangled, values, strict=True)
    ]
    at = np.array([levers.start[slide.column] for slide in slides] + here)
    now = (at - low) / (high - low) if len(at) else at
    return Moves(replace(question, levers=levers), tangled, low, high, now)


def _starts(moves: Moves, inside: Callable[[np.ndarray], np.ndarray], seed: int) -> np.ndarray:
    """Where the search begins: the nearest of many places inside, or those that come closest."""
    rng = np.random.default_rng(seed)
    drawn = rng.random((SAMPLES, len(moves.now)))
    mixed = moves.now + rng.random((SAMPLES, 1)) * (drawn - moves.now)
    Z = moves.place(mixed)
    worst = inside(Z).min(axis=1)
    distance = np.linalg.norm(Z - moves.question.levers.start, axis=1)
    order = np.lexsort((np.where(worst >= 0, distance, -worst), worst < 0))
    return np.asarray(mixed[order[:STARTS]])


def _candidates(moves: Moves, best: np.ndarray, turn: tuple[int, int] | None) -> list[dict[str, Any]]:
    levers: Levers = moves.question.levers
    chosen = [-1] * len(levers.switches)
    if turn is not None:
        chosen[turn[0]] = turn[1]
    at = moves.low + best * (moves.high - moves.low)
    slid = levers.start.copy()
    for slide, place in zip(levers.slides, at, strict=False):
        slid[slide.column] = place
    rounded: list[dict[str, Any]] = [{}]
    for name, value in zip(moves.tangled, at[len(levers.slides) :], strict=True):
        own = moves.question.limits[name]
        steps = [written(step, own.kind) for step in own.around(float(value))]
        if len(rounded) >= 2**6:
            steps = steps[-1:]
        rounded = [{**before, name: step} for before in rounded for step in steps]
    return [
        {**change, **each} for change in candidates(moves.question, Point(slid, tuple(chosen), 0.0)) for each in rounded
    ]
