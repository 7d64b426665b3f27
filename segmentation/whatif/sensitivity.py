"""How sure a customer's segment stays while one input moves and all others stay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segmentation import scoring
from segmentation.controls import Control
from segmentation.modelling.artifacts import ModelBundle
from segmentation.simulator import rows
from segmentation.whatif.limits import number, written

STEPS = 24  # places along an input


@dataclass(frozen=True)
class Along:
    """One input from its low to its high end, as its slider shows it.

    ``shares`` are places on the slider in [0, 1], ``values`` the input there; ``labels`` and ``confidence`` what the
    customer would be. ``change`` is the value nearest to the customer's own at which the segment is another, None
    where it stays.
    """

    name: str
    shares: np.ndarray
    values: list[Any]
    labels: np.ndarray
    confidence: np.ndarray
    change: Any


def sensitivity(bundle: ModelBundle, controls: Sequence[Control], values: Mapping[str, Any]) -> list[Along]:
    """Every number and date of a customer, moved along its range with all else as it is."""
    moving = [c for c in controls if c.kind in ("number", "date") and c.low is not None and c.high is not None]
    if not moving:
        return []
    shares = np.linspace(0.0, 1.0, STEPS)
    along = [[_at(control, share) for share in shares] for control in moving]
    asked = [dict(values)]
    for control, places in zip(moving, along, strict=True):
        asked += [{**values, control.name: place} for place in places]
    assigned = scoring.assign(bundle, rows(asked, controls))
    labels = assigned.label[1:].reshape(len(moving), STEPS)
    sure = assigned.confidence[1:].reshape(len(moving), STEPS)
    return [
        Along(control.name, shares, places, own, confidence, _change(control, values, places, own, assigned.label[0]))
        for control, places, own, confidence in zip(moving, along, labels, sure, strict=True)
    ]


def _at(control: Control, share: float) -> Any:
    """The value at a share of the slider's width."""
    low, high = number(control.low, control.kind), number(control.high, control.kind)
    value = low + (high - low) * share**control.power
    step = control.step or 0.0
    return written(float(f"{round(value / step) * step:.12g}") if step else value, control.kind)


def _change(control: Control, values: Mapping[str, Any], places: Sequence[Any], labels: np.ndarray, now: int) -> Any:
    others = [place for place, label in zip(places, labels, strict=True) if label != now]
    if not others or values[control.name] is None:
        return None
    here = number(values[control.name], control.kind)
    return min(others, key=lambda place: abs(number(place, control.kind) - here))


def runs(labels: np.ndarray) -> list[tuple[int, int]]:
    """Neighbouring places with the same label: (label, how many).

    >>> runs(np.array([2, 2, 0]))
    [(2, 2), (0, 1)]
    """
    cuts = np.flatnonzero(np.diff(labels)) + 1
    return [(int(part[0]), len(part)) for part in np.split(labels, cuts)]
