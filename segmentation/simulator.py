"""One imagined customer: the form that describes them, and why they would be in the segment they are in. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import pandas as pd

from segmentation import scoring
from segmentation.controls import Control
from segmentation.errors import KindredError
from segmentation.lookups import near
from segmentation.modelling.artifacts import ModelBundle
from segmentation.reasons import Reason, reasons
from segmentation.wording import amount, figure, lowered

LEANING = 25  # percentile of a segment's confidences under which a member only leans to it
GUESS = "The answer outside what was observed is a guess."
YES, NO = ("yes", "true", "1", "y", "t", "on"), ("no", "false", "0", "n", "f", "off", "")


@dataclass(frozen=True)
class Answer:
    """Where the imagined customer lands; labels are the clusterer's, ``runner_up`` None with one segment only."""

    label: int
    runner_up: int | None
    confidence: float
    point: tuple[float, float, float]
    reasons: list[Reason]


class HasBounds(Protocol):
    """The observed range of an attribute; a stored profile of everyone has it."""

    @property
    def quantiles(self) -> dict[str, Any] | None: ...


def typed(values: Mapping[str, Any], controls: Sequence[Control]) -> dict[str, Any]:
    """The values of every input: what was given, checked and typed, and the median customer's for the rest.

    Parameters
    ----------
    values : mapping of attribute name to value
        Numbers may be text; an empty value means unknown, and is imputed as in training.
    controls : sequence of Control

    Raises
    ------
    KindredError
        An attribute the model does not use, or a value that cannot be one of it.

    Examples
    --------
    >>> age = Control("age", "Age", "years", "number", value=40.0)
    >>> typed({"age": "52"}, [age]), typed({}, [age])
    ({'age': 52.0}, {'age': 40.0})
    >>> typed({"age": "old"}, [age])
    Traceback (most recent call last):
    ...
    db.errors.KindredError: Age: 'old' is not a number; give a number such as 40
    """
    known = {control.name: control for control in controls}
    for name in values:
        if name not in known:
            close = near(name, list(known))
            hint = f"did you mean {' or '.join(close)}?" if close else f"it uses: {', '.join(known)}"
            raise KindredError(f"the model does not use an attribute {name!r}; {hint}")
    return {name: _typed(values[name], control) if name in values else control.value for name, control in known.items()}


def _typed(value: Any, control: Control) -> Any:
    if value is None or value == "":
        return None
    if control.kind == "number":
        return _number(value, control)
    if control.kind == "flag":
        return _flag(value, control)
    if control.kind == "date":
        try:
            return date.fromisoformat(str(value)[:10]).isoformat()
        except ValueError:
            raise KindredError(
                f"{control.label}: {value!r} is not a date; give one as year-month-day, such as 2024-05-31"
            ) from None
    return str(value)


def _number(value: Any, control: Control) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        example = figure(control.value) if isinstance(control.value, float) else "1"
        raise KindredError(f"{control.label}: {value!r} is not a number; give a number such as {example}")
    return number


def _flag(value: Any, control: Control) -> bool:
    text = str(value).strip().casefold().removesuffix(".0")
    if text not in YES + NO:
        raise KindredError(f"{control.label}: {value!r} is neither yes nor no; give yes or no")
    return text in YES


def warnings(values: Mapping[str, Any], controls: Sequence[Control], observed: Mapping[str, HasBounds]) -> list[str]:
    """What of the values nobody in the data has, in words."""
    found = []
    for control in controls:
        value = values[control.name]
        bounds = observed[control.name].quantiles if control.name in observed else None
        if value is None:
            continue
        if control.kind == "category":
            if control.levels and value not in control.levels:
                found.append(f"Nobody in the data has “{value}” as {lowered(control.label)}. It counts as Other.")
        elif control.kind != "flag" and bounds:
            found += _outside(value, control, bounds)
    return found


def _outside(value: Any, control: Control, bounds: Mapping[str, Any]) -> list[str]:
    low, high, what = bounds["min"], bounds["max"], lowered(control.label)
    if control.kind == "date":
        if value > high:
            return [f"Nobody in the data has a later {what} than {high}. {GUESS}"]
        return [f"Nobody in the data has an earlier {what} than {low}. {GUESS}"] if value < low else []
    unit = f" {control.unit}" if control.unit else ""
    if value > high:
        return [f"Nobody in the data has more than {amount(high, what)}{unit} in {what}. {GUESS}"]
    return [f"Nobody in the data has less than {amount(low, what)}{unit} in {what}. {GUESS}"] if value < low else []


def rows(customers: Sequence[Mapping[str, Any]], controls: Sequence[Control]) -> pd.DataFrame:
    """Customers, each with a value for every control, as a snapshot would have them."""
    columns: dict[str, Any] = {}
    for control in controls:
        values = [customer[control.name] for customer in customers]
        if control.kind in ("number", "flag"):
            columns[control.name] = np.array([np.nan if value is None else float(value) for value in values])
        elif control.kind == "date":
            columns[control.name] = np.array([value or "NaT" for value in values], dtype="datetime64[us]")
        else:
            columns[control.name] = np.array(values, dtype=object)
    return pd.DataFrame(columns)


def answer(bundle: ModelBundle, frame: pd.DataFrame) -> Answer:
    """Where one customer lands, and why: the steps of `scoring.assign`, of which the reasons need each.

    Parameters
    ----------
    frame : DataFrame of one row
    """
    derived = bundle.pipeline.named_steps["derive"].transform(frame)
    X, centres = bundle.pipeline.named_steps["prepare"].transform(derived), scoring.centroids(bundle)
    assigned = scoring.assigner(bundle).assign(X)
    x, y, z = bundle.projection.points(X)[0].tolist()
    runner_up = int(assigned.runner_up[0])
    return Answer(
        label=int(assigned.label[0]),
        runner_up=runner_up if runner_up >= 0 else None,
        confidence=float(assigned.confidence[0]),
        point=(x, y, z),
        reasons=reasons(bundle.features, bundle.feature_names, derived, X, centres, assigned.label, assigned.runner_up)[
            0
        ],
    )


def percentile(confidence: float, percentiles: Sequence[float]) -> int | None:
    """Share of the members, in whole percent, who are less sure of their segment; None where nobody is in it.

    >>> percentile(0.5, [i / 100 for i in range(101)]), percentile(0.9, [0.0] * 50 + [0.9] * 51), percentile(0.5, [])
    (50, 50, None)
    """
    if not percentiles:
        return None
    return min(100, int(np.searchsorted(np.asarray(percentiles), confidence, side="left")))


def confidence_word(confidence: float, percentile_: int | None, border: float = scoring.BORDERLINE) -> str:
    """``borderline`` under `border`, ``leaning`` among the least sure quarter of the segment, else ``clear``.

    >>> confidence_word(0.04, 90), confidence_word(0.2, 10), confidence_word(0.2, 60)
    ('borderline', 'leaning', 'clear')
    """
    if confidence < border:
        return "borderline"
    return "leaning" if percentile_ is not None and percentile_ < LEANING else "clear"
