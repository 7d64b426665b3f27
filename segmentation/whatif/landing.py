"""From a place in the clustered space to values a customer can have, each tried through the ordinary scoring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from segmentation import scoring
from segmentation.controls import Control
from segmentation.modelling.artifacts import ModelBundle
from segmentation.simulator import rows
from segmentation.whatif.exact import Point
from segmentation.whatif.levers import Levers, feature_values, moved
from segmentation.whatif.limits import Limits

MARGINS = (1e-3, 1e-2, 0.05, 0.15, 0.3)  # standard deviations past the border; more only where rounding needs it
BOTH_WAYS = 6  # inputs that are rounded both ways, all combinations
UNMOVED = 1e-9


@dataclass(frozen=True)
class Landing:
    """Values that land in the target: what changed, how far that is in the clustered space, and how sure."""

    changes: dict[str, Any]
    distance: float
    confidence: float
    place: tuple[float, float]


@dataclass(frozen=True)
class Question:
    """Where a customer should get, and by which rules."""

    bundle: ModelBundle
    controls: Sequence[Control]
    limits: Mapping[str, Limits]
    levers: Levers
    target: int


def land(question: Question, solve: Callable[[float], Point | None]) -> Landing | None:
    """The nearest rounded values that land; None where none does.

    Parameters
    ----------
    solve : callable
        The place to aim at, that far inside the borders.
    """
    for margin in MARGINS:
        point = solve(margin)
        if point is None:
            return None
        landed = tried(question, candidates(question, point))
        if landed is not None:
            return landed
    return None


def candidates(question: Question, point: Point) -> list[dict[str, Any]]:
    """The changes that come near the point, every input rounded one way and the other."""
    levers = question.levers
    fixed: dict[str, Any] = {}
    for switch, option in zip(levers.switches, point.chosen, strict=True):
        fixed |= switch.changes[option] if option >= 0 else {}
    shifts = np.array([abs(point.z[slide.column] - levers.start[slide.column]) for slide in levers.slides])
    if not (shifts > UNMOVED).any():
        return [fixed]
    values = feature_values(question.bundle, point.z[None, :])[0]
    ways = []
    for at in np.argsort(-shifts, kind="stable"):
        if shifts[at] > UNMOVED:
            slide = levers.slides[at]
            ways.append(moved(slide, float(values[slide.feature]), levers.values, question.limits))
    many = [*ways[:BOTH_WAYS], *(way[-1:] for way in ways[BOTH_WAYS:])]
    return [fixed | {name: value for each in picked for name, value in each.items()} for picked in product(*many)]


def tried(question: Question, changes: Sequence[Mapping[str, Any]]) -> Landing | None:
    """Of these changes the one that lands and is the nearest; scored as any customer is."""
    values, bundle = question.levers.values, question.bundle
    X = scoring.prepare(bundle, rows([{**values, **each} for each in changes], question.controls))
    assigned = scoring.assigner(bundle).assign(X)
    distances = np.linalg.norm(X - question.levers.start, axis=1)
    distances[assigned.label != question.target] = np.inf
    best = int(distances.argmin())
    if not np.isfinite(distances[best]):
        return None
    x, y, _ = bundle.projection.points(X[[best]])[0].tolist()
    kept = {name: value for name, value in changes[best].items() if value != values[name]}
    return Landing(kept, float(distances[best]), float(assigned.confidence[best]), (x, y))
