"""The same change for many customers at once: what is asked, and the changed rows. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from segmentation.controls import Control
from segmentation.errors import KindredError
from segmentation.lookups import near
from segmentation.simulator import HasBounds, rows, typed

SET, ADD, MULTIPLY, AT_MOST, AT_LEAST = HOW = ("set", "add", "multiply", "at_most", "at_least")
FITTING = {"number": HOW, "date": (SET, ADD, AT_MOST, AT_LEAST), "flag": (SET,), "category": (SET,)}
MOST_CHANGES = 20
PERCENT = "%"


@dataclass(frozen=True)
class Change:
    """One change of one attribute, the same for everybody.

    ``value`` is a number for ``add`` (of a date: days) and ``multiply``, else one of the attribute's own.
    """

    attribute: str
    how: str
    value: Any


@dataclass(frozen=True)
class Range:
    """What an attribute can be (``low`` to ``high``) and what was observed (``least`` to ``most``, or ``levels``).

    Dates are ISO text; None: open.
    """

    low: Any = None
    high: Any = None
    least: Any = None
    most: Any = None
    levels: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Changed:
    """Changed rows; by attribute how many were limited to what is possible, stayed missing, are out of what was seen.

    ``outside`` marks the rows that any changed attribute has taken out of the observed range.
    """

    frame: pd.DataFrame
    limited: dict[str, int]
    missing: dict[str, int]
    beyond: dict[str, int]
    outside: np.ndarray


def parse_changes(asked: Sequence[Mapping[str, Any]], controls: Sequence[Control]) -> list[Change]:
    """Changes as the browser and the store have them, checked against the inputs of the model.

    Raises
    ------
    KindredError
        No change, an attribute the model does not use, a change that does not fit it, or a value that cannot be.

    Examples
    --------
    >>> spend = Control("spend", "Spending", None, "number", value=40.0)
    >>> parse_changes([{"attribute": "spend", "how": "multiply", "value": "1.1"}], [spend])
    [Change(attribute='spend', how='multiply', value=1.1)]
    >>> parse_changes([{"attribute": "spend", "how": "add", "value": "much"}], [spend])
    Traceback (most recent call last):
    ...
    db.errors.KindredError: Spending: 'much' is not a number; give a number such as 40
    """
    if not asked:
        raise KindredError("nothing is changed yet; choose an attribute, what happens to it, and a value")
    if len(asked) > MOST_CHANGES:
        raise KindredError(f"{len(asked)} changes at once are too many; {MOST_CHANGES} are the most")
    known = {control.name: control for control in controls}
    return [_parsed(each, known) for each in asked]


def _parsed(asked: Mapping[str, Any], known: Mapping[str, Control]) -> Change:
    name, how, value = str(asked.get("attribute") or ""), asked.get("how"), asked.get("value")
    if name not in known:
        close = near(name, list(known))
        hint = f"did you mean {' or '.join(close)}?" if close else f"it uses: {', '.join(known)}"
        raise KindredError(f"the model does not use an attribute {name!r}, so changing it moves nobody; {hint}")
    own = known[name]
    if how not in FITTING[own.kind]:
        fitting = ", ".join(each.replace("_", " ") for each in FITTING[own.kind])
        raise KindredError(f"{own.label}: {how!r} does not fit a {own.kind}; what fits: {fitting}")
    if value is None or value == "":
        raise KindredError(f"{own.label}: give the value of the change")
    as_number = how in (ADD, MULTIPLY)
    asked_of = Control(name, own.label, None, "number", value=own.value) if as_number else own
    return Change(name, how, typed({name: value}, [asked_of])[name])


def ranges(controls: Sequence[Control], everyone: Mapping[str, HasBounds], as_of: date) -> dict[str, Range]:
    """What every input can be: not below zero where nobody is, not after `as_of` where nobody is, no share over 100 %.

    Parameters
    ----------
    everyone : mapping by attribute name
        The stored profile of all customers.
    """
    return {
        control.name: _range(control, everyone[control.name].quantiles if control.name in everyone else None, as_of)
        for control in controls
    }


def _range(control: Control, observed: Mapping[str, Any] | None, as_of: date) -> Range:
    if control.kind not in ("number", "date") or not observed:
        return Range(levels=list(control.levels))
    least, most = observed["min"], observed["max"]
    if control.kind == "date":
        return Range(None, as_of.isoformat() if str(most)[:10] <= as_of.isoformat() else None, least, most)
    low, high = 0.0 if least >= 0 else None, 100.0 if control.unit == PERCENT and most <= 100 else None
    return Range(low, high, least, most)


def changed(
    frame: pd.DataFrame, changes: Sequence[Change], controls: Sequence[Control], limits: Mapping[str, Range]
) -> Changed:
    """The customers after the changes, which apply one after another; what is impossible is limited at the end.

    A missing value stays missing unless it is set. Columns that the frame lacks are missing for everybody.

    Parameters
    ----------
    frame : DataFrame
        Raw attributes as `Snapshots.frame` gives them; left as it is.
    limits : mapping of attribute to Range
        An attribute that is not in it is not limited.
    """
    own = {control.name: control for control in controls}
    by_attribute: dict[str, list[Change]] = {}
    for change in changes:
        by_attribute.setdefault(change.attribute, []).append(change)
    columns: dict[str, np.ndarray] = {}
    limited, missing, beyond = {}, {}, {}
    outside = np.zeros(len(frame), dtype=bool)
    for name, asked in by_attribute.items():
        control, limit = own[name], limits.get(name, Range())
        values = _column(frame, control)
        for change in asked:
            values = _applied(values, change, control)
        within = _held(values, limit.low, limit.high, control)
        unknown = pd.isna(within)
        limited[name] = int(((within != values) & ~unknown).sum())
        missing[name] = int(unknown.sum())
        out = _beyond(within, limit, control) & ~unknown
        beyond[name] = int(out.sum())
        outside |= out
        columns[name] = within
    return Changed(frame.assign(**columns), limited, missing, beyond, outside)


def _column(frame: pd.DataFrame, control: Control) -> np.ndarray:
    if control.name in frame:
        return frame[control.name].to_numpy()
    return _same(None, control, len(frame))


def _same(value: Any, control: Control, times: int) -> np.ndarray:
    """One value of an input, `times` over, as a snapshot would have it."""
    return rows([{control.name: value}], [control])[control.name].to_numpy()[np.zeros(times, dtype=int)]


def _applied(values: np.ndarray, change: Change, control: Control) -> np.ndarray:
    if change.how == SET:
        return _same(change.value, control, len(values))
    if change.how == ADD and control.kind == "date":
        return values + np.timedelta64(round(change.value), "D")
    if change.how == ADD:
        return values + change.value
    if change.how == MULTIPLY:
        return values * change.value
    end = {AT_MOST: (None, change.value), AT_LEAST: (change.value, None)}[change.how]
    return _held(values, *end, control)


def _held(values: np.ndarray, low: Any, high: Any, control: Control) -> np.ndarray:
    """Within both ends; NaN and NaT stay."""
    if low is not None:
        values = np.maximum(values, _end(low, control, values))
    return values if high is None else np.minimum(values, _end(high, control, values))


def _beyond(values: np.ndarray, limit: Range, control: Control) -> np.ndarray:
    if control.kind == "category":
        return ~np.isin(values.astype(str), limit.levels) if limit.levels else np.zeros(len(values), dtype=bool)
    out = np.zeros(len(values), dtype=bool)
    if control.kind != "flag" and limit.least is not None:
        out |= values < _end(limit.least, control, values)
        out |= values > _end(limit.most, control, values)
    return out


def _end(value: Any, control: Control, values: np.ndarray) -> Any:
    if control.kind == "date":
        return np.datetime64(str(value)[:10]).astype(values.dtype)
    return math.nan if value is None else float(value)
