"""A way that does not end on the border: further on towards the middle of the target, until it is as sure as wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from segmentation import scoring
from segmentation.controls import Control
from segmentation.modelling.artifacts import ModelBundle
from segmentation.simulator import rows
from segmentation.whatif.landing import Landing
from segmentation.whatif.limits import Limits, number, written

STEPS = 20  # on the way to the middle


def safer(
    bundle: ModelBundle, controls: Sequence[Control], values: Mapping[str, Any], limits: Mapping[str, Limits],
    landing: Landing, middle: Mapping[str, Any], target: int, sure: float,
) -> Landing | None:  # fmt: skip
    """The first step beyond a landing that is at least as sure of the target as wanted; scored as any customer is.

    First only what the landing changes goes on, then all numbers and dates that may change.

    Parameters
    ----------
    values : mapping
        Of the customer, by input; None: missing.
    limits : mapping by input
        As `reach_of` gives them.
    middle : mapping
        The median member of the target, by input, as the form has it.
    sure : float
        The confidence wanted.

    Returns
    -------
    Landing or None
        None where the landing is that sure already, or where nothing within the limits is.
    """
    if landing.confidence >= sure:
        return None
    landed = {**values, **landing.changes}
    free = [
        each.name for each in controls
        if not limits[each.name].locked and each.kind in ("number", "date")
        and landed[each.name] is not None and middle.get(each.name) is not None
    ]  # fmt: skip
    stages = [[name for name in free if name in landing.changes], free]
    further = [
        {**landed, **{name: _towards(landed[name], middle[name], step / STEPS, limits[name]) for name in names}}
        for names in stages
        for step in range(1, STEPS + 1)
    ]
    X = scoring.prepare(bundle, rows([dict(values), *further], controls))
    assigned = scoring.assigner(bundle).assign(X[1:])
    there = np.flatnonzero((assigned.label == target) & (assigned.confidence >= sure))
    if not len(there):
        return None
    first = int(there[0])
    x, y, _ = bundle.projection.points(X[[first + 1]])[0].tolist()
    changes = {name: value for name, value in further[first].items() if value != values[name]}
    distance = float(np.linalg.norm(X[first + 1] - X[0]))
    return Landing(changes, distance, float(assigned.confidence[first]), (x, y))


def _towards(value: Any, middle: Any, share: float, own: Limits) -> Any:
    """A share of the way to the middle, on the attribute's steps, within its limits."""
    start, end = number(value, own.kind), number(middle, own.kind)
    aimed = start + (end - start) * share
    return written(min(own.around(aimed), key=lambda step: abs(step - aimed)), own.kind)
