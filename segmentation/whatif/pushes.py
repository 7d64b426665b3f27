"""Which attribute moves most members of a segment: each changed alone by a comparable step, everybody scored. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segmentation import scoring
from segmentation.controls import Control
from segmentation.modelling.artifacts import ModelBundle
from segmentation.simulator import HasBounds
from segmentation.whatif.group import ADD, SET, Change, Range, changed
from segmentation.whatif.limits import Limits, number

OF_MIDDLE = 0.5  # of the range that the middle half of all customers spans: from its middle to its edge
OF_MOST = 0.2  # of that from the 5th to the 95th of a hundred; of a normal distribution both are two thirds of an sd
MOST_LEVELS = 8
AT_ONCE = 100_000  # rows scored together


@dataclass(frozen=True)
class Push:
    """One change made to all members: how many are elsewhere then, and where, by label, the most first."""

    change: Change
    label: str
    unit: str | None
    kind: str
    moved: int
    to: list[tuple[int, int]]


def pushes(
    bundle: ModelBundle,
    members: pd.DataFrame,
    controls: Sequence[Control],
    limits: Mapping[str, Limits],
    ranges: Mapping[str, Range],
    everyone: Mapping[str, HasBounds],
) -> list[Push]:
    """Every comparable step of every input that is not locked, the one that moves most first.

    A number or a date is moved up and down by half of everyone's interquartile range, by a fifth of the range from
    the 5th to the 95th percentile where the middle half are alike, on two significant digits and by one step of its
    grid at least; where hardly anybody differs it is left out. A flag and a category (its eight most frequent levels)
    are set to one value. What is impossible stops at what can be, what is missing stays missing.

    Parameters
    ----------
    members : DataFrame, shape (n_members, n_attributes)
        Raw attributes as `Snapshots.frame` gives them.
    everyone : mapping by attribute name
        The stored profile of all customers.
    """
    asked = [
        (control, change)
        for control in controls
        if not limits[control.name].locked
        for change in _changes(control, limits[control.name], everyone.get(control.name))
    ]
    before = scoring.assign(bundle, members).label
    found = []
    together = max(1, AT_ONCE // max(1, len(members)))
    for at in range(0, len(asked), together):
        some = asked[at : at + together]
        frames = [changed(members, [change], controls, ranges).frame for _, change in some]
        after = scoring.assign(bundle, pd.concat(frames, ignore_index=True)).label.reshape(len(some), -1)
        found += [_push(*each, before, labels) for each, labels in zip(some, after, strict=True)]
    return sorted(found, key=lambda each: -each.moved)


def _changes(control: Control, limits: Limits, profile: HasBounds | None) -> Iterator[Change]:
    if control.kind in ("flag", "category"):
        levels: Sequence[Any] = (True, False) if control.kind == "flag" else control.levels[:MOST_LEVELS]
        for level in levels:
            yield Change(control.name, SET, level)
        return
    step = _step(control, limits, profile.quantiles if profile else None)
    if step:
        yield Change(control.name, ADD, step)
        yield Change(control.name, ADD, -step)


def _step(control: Control, limits: Limits, quantiles: Mapping[str, Any] | None) -> float:
    """A whole number of steps of the grid; 0 where nine in ten customers have the same value."""
    if not quantiles:
        return 0.0
    for low, high, part in (("0.25", "0.75", OF_MIDDLE), ("0.05", "0.95", OF_MOST)):
        width = number(quantiles[high], control.kind) - number(quantiles[low], control.kind)
        if width > 0:
            about = float(f"{width * part:.2g}")  # read sooner than 377.09
            return float(f"{max(1, round(about / limits.grid)) * limits.grid:.12g}")
    return 0.0


def _push(control: Control, change: Change, before: np.ndarray, after: np.ndarray) -> Push:
    gone = after[after != before]
    labels, counts = np.unique(gone, return_counts=True)
    to = sorted(zip(labels.tolist(), counts.tolist(), strict=True), key=lambda each: -each[1])
    return Push(change, control.label, control.unit, control.kind, len(gone), to)
