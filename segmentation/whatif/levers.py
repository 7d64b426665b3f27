"""What of a customer can be moved, as the model's own space sees it: inputs that act alone, and tangled ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segmentation import scoring
from segmentation.controls import Control
from segmentation.features.recipes import Feature
from segmentation.modelling.artifacts import ModelBundle
from segmentation.simulator import rows
from segmentation.whatif.limits import Limits, number, written
from segmentation.whatif.linear import linear

Values = Mapping[str, Any]
MOST_FLAGS = 12  # of one feature that counts them


@dataclass(frozen=True)
class Slide:
    """One column of the clustered space that moves freely between two ends; ``weights`` are those of its inputs."""

    column: int
    low: float
    high: float
    feature: int  # among the bundle's numbers, in the order of the prepared columns
    weights: dict[str, float]
    constant: float
    influenced: bool


@dataclass(frozen=True)
class Switch:
    """Columns that jump: each option is what changes, and where the columns then are."""

    columns: np.ndarray
    changes: list[dict[str, Any]]
    places: np.ndarray  # shape (n_options, n_columns)
    influenced: bool


@dataclass(frozen=True)
class Levers:
    """A customer, and all that can be moved. ``tangled`` are the inputs that act through several features at once."""

    values: dict[str, Any]
    start: np.ndarray
    slides: list[Slide]
    switches: list[Switch]
    tangled: list[str]


def levers(
    bundle: ModelBundle, controls: Sequence[Control], values: Values, all_limits: Mapping[str, Limits]
) -> Levers:
    """The levers of a customer with these values.

    Parameters
    ----------
    values : mapping of every input to its value; None: missing
    all_limits : mapping by input
        Ranges already reach to the customer's own value (`Limits.within`).
    """
    columns = _columns(bundle)
    numbers = [f for f in bundle.features if f.kind == "number"]
    asked: list[dict[str, Any]] = [dict(values)]
    slides, switches, tangled = [], [], []
    for inputs, features in _knots(bundle.features):
        own = [all_limits[name] for name in inputs if name in all_limits]
        free = [each for each in own if not each.locked]
        if not free:
            continue
        if len(inputs) == 1 and own[0].kind in ("flag", "category"):
            options = [{own[0].name: level} for level in own[0].levels if level != values[own[0].name]]
            switches.append((features, own, options, len(asked)))
            asked += [{**values, **option} for option in options]
        elif len(features) == 1 and len(inputs) <= MOST_FLAGS and _counts_flags(features[0], own):
            options = _flips(free, values)
            switches.append((features, own, options, len(asked)))
            asked += [{**values, **option} for option in options]
        elif found := _straight(features, own, bundle):
            weights, constant = found
            stays = sum(weights[each.name] * number(values[each.name] or 0, each.kind) for each in own if each.locked)
            slides.append((features[0], own, weights, constant + stays, len(asked)))
            asked += [{**values, **_end(own, weights, high)} for high in (False, True)]
        else:
            tangled += [each.name for each in free]
    places = scoring.prepare(bundle, rows(asked, controls))
    return Levers(
        dict(values),
        places[0],
        [_slide(slide, places, columns, numbers) for slide in slides],
        [_switch(switch, places, columns) for switch in switches if switch[2]],
        tangled,
    )


def _knots(features: Sequence[Feature]) -> list[tuple[list[str], list[Feature]]]:
    """Groups of inputs and features that hang together: none of one group touches another."""
    groups: list[tuple[list[str], list[Feature]]] = []
    for feature in features:
        inputs, members = list(feature.attributes), [feature]
        apart = []
        for others, theirs in groups:
            if set(others) & set(inputs):
                inputs, members = list(dict.fromkeys([*others, *inputs])), [*theirs, *members]
            else:
                apart.append((others, theirs))
        groups = [*apart, (inputs, members)]
    return groups


def _columns(bundle: ModelBundle) -> dict[str, list[int]]:
    """The columns of each feature."""
    names = {feature.name for feature in bundle.features}
    found: dict[str, list[int]] = {}
    for at, column in enumerate(bundle.feature_names):
        found.setdefault(column if column in names else column.partition("=")[0], []).append(at)
    return found


def _straight(
    features: Sequence[Feature], own: Sequence[Limits], bundle: ModelBundle
) -> tuple[dict[str, float], float] | None:
    """Weights and constant of a feature that is a weighted sum of numbers and dates, and of these alone."""
    [feature, *others] = features
    if others or feature.kind != "number" or any(each.kind not in ("number", "date") for each in own):
        return None
    return linear(feature.expression, frozenset(each.name for each in own if each.kind == "date"), bundle.as_of)


def _counts_flags(feature: Feature, own: Sequence[Limits]) -> bool:
    counted = isinstance(feature.expression, dict) and next(iter(feature.expression)) in ("flags", "sum")
    return counted and all(each.kind == "flag" for each in own)


def _flips(free: Sequence[Limits], values: Values) -> list[dict[str, Any]]:
    """One more flag set at a time, and one more taken away; which of them is the same to the model."""
    unset = [each.name for each in free if not values[each.name]]
    is_set = [each.name for each in free if values[each.name]]
    up = [dict.fromkeys(unset[: n + 1], True) for n in range(len(unset))]
    return up + [dict.fromkeys(is_set[: n + 1], False) for n in range(len(is_set))]


def _end(own: Sequence[Limits], weights: Mapping[str, float], high: bool) -> dict[str, Any]:
    """The inputs where the feature is highest, or lowest."""
    return {
        each.name: written(each.high if (weights[each.name] > 0) == high else each.low, each.kind)
        for each in own
        if not each.locked and np.isfinite(each.low)
    }


def _slide(
    found: tuple[Any, ...], places: np.ndarray, columns: Mapping[str, list[int]], numbers: list[Feature]
) -> Slide:
    feature, own, weights, constant, at = found
    [column] = columns[feature.name]
    free = {each.name: weights[each.name] for each in own if not each.locked and np.isfinite(each.low)}
    low, high = sorted([places[at, column], places[at + 1, column]])
    now = places[0, column]
    return Slide(
        column, min(low, now), max(high, now), numbers.index(feature), free, constant,
        all(each.influenced for each in own if not each.locked),
    )  # fmt: skip


def _switch(found: tuple[Any, ...], places: np.ndarray, columns: Mapping[str, list[int]]) -> Switch:
    features, own, options, at = found
    own_columns = np.array([column for feature in features for column in columns[feature.name]])
    influenced = all(each.influenced for each in own if not each.locked)
    return Switch(own_columns, options, places[at : at + len(options)][:, own_columns], influenced)


def feature_values(bundle: ModelBundle, Z: np.ndarray) -> np.ndarray:
    """The numbers behind the rows of the clustered space, in their own units; shape (n, n_numbers)."""
    prepare = bundle.pipeline.named_steps["prepare"]
    fitted = prepare.named_transformers_["number"]
    values = Z[:, prepare.output_indices_["number"]]
    for step in ("weigh", "scale", "straighten"):
        if step in fitted.named_steps:
            values = fitted.named_steps[step].inverse_transform(values)
    return np.asarray(values)


def moved(slide: Slide, value: float, values: Values, all_limits: Mapping[str, Limits]) -> list[dict[str, Any]]:
    """Changes of the inputs that bring the slide's feature to `value`, rounded to their steps one way and the other.

    Of several inputs the one with the most room goes first, so that few change.
    """
    now = {
        name: number(values[name], all_limits[name].kind) if values[name] is not None else 0.0 for name in slide.weights
    }
    if len(slide.weights) == 1:
        [(name, weight)] = slide.weights.items()
        return [_written(name, step, all_limits) for step in all_limits[name].around((value - slide.constant) / weight)]
    missing = value - slide.constant - sum(weight * now[name] for name, weight in slide.weights.items())
    up = missing > 0
    changes: dict[str, Any] = {}
    room = {name: _room(all_limits[name], now[name], weight, up) for name, weight in slide.weights.items()}
    for name in sorted(room, key=lambda each: -abs(room[each])):
        own = all_limits[name]
        if abs(missing) <= abs(room[name]):
            last = own.around(now[name] + missing / slide.weights[name])
            return [{**changes, **_written(name, step, all_limits)} for step in last]
        changes |= _written(name, now[name] + room[name] / slide.weights[name], all_limits)
        missing -= room[name]
    return [changes]


def _room(own: Limits, now: float, weight: float, up: bool) -> float:
    return weight * ((own.high if (weight > 0) == up else own.low) - now)


def _written(name: str, value: float, all_limits: Mapping[str, Limits]) -> dict[str, Any]:
    return {name: written(value, all_limits[name].kind)}
