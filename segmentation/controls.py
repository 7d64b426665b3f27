"""The simulator's form: one control per attribute the model needs, set to the median customer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from segmentation.histograms import nice_step

MOST_STEPS = 2_000  # of a slider
SKEWED = 0.25  # usual values in the first quarter of a slider: it needs another scale
MOST_POWER = 4


class AttributeLike(Protocol):
    """What is asked of an attribute."""

    @property
    def name(self) -> Any: ...
    @property
    def label(self) -> Any: ...
    @property
    def kind(self) -> Any: ...
    @property
    def unit(self) -> Any: ...


class ProfileLike(Protocol):
    """What is asked of the stored profile of everyone."""

    @property
    def mean(self) -> float | None: ...
    @property
    def quantiles(self) -> dict[str, Any] | None: ...
    @property
    def histogram(self) -> dict[str, Any] | None: ...
    @property
    def levels(self) -> list[Any] | None: ...


@dataclass(frozen=True)
class Control:
    """One input of the form.

    A number has its observed 1 to 99 % range (``low``, ``high``), its typical middle half and a ``step`` on whose
    grid all of them lie; on a slider the share p of its width stands for low + (high - low) * p ** ``power``, which
    gives many small values room. A date has the same as ISO dates, with a step of 1 day; a flag is True or False; a
    category has its ``levels``, most frequent first. ``value`` is the median customer's, None where nobody has one.
    """

    name: str
    label: str
    unit: str | None
    kind: str
    low: Any = None
    high: Any = None
    step: float | None = None
    typical_low: Any = None
    typical_high: Any = None
    value: Any = None
    levels: list[str] = field(default_factory=list)
    power: int = 1

    def place(self, value: float | None) -> float:
        """Where a number lies on the slider, as a share of its width.

        >>> Control("spend", "Spending", None, "number", low=0.0, high=800.0, power=3).place(100.0)
        0.5
        """
        if value is None or self.high <= self.low:
            return 0.0
        return float(min(max((value - self.low) / (self.high - self.low), 0.0), 1.0) ** (1 / self.power))


def controls(
    inputs: Sequence[str], attributes: Mapping[str, AttributeLike], everyone: Mapping[str, ProfileLike]
) -> list[Control]:
    """A control for every input, in order.

    Parameters
    ----------
    inputs : sequence of str
        Raw attributes the model needs.
    attributes, everyone : mapping by attribute name
        An attribute without a profile gets a control without range or value.
    """
    return [_control(attributes[name], everyone.get(name)) for name in inputs if name in attributes]


def _control(attribute: AttributeLike, profile: ProfileLike | None) -> Control:
    base = (attribute.name, attribute.label, attribute.unit)
    if attribute.kind == "flag":
        known = profile is not None and profile.mean is not None
        return Control(*base, "flag", value=(profile.mean or 0.0) >= 0.5 if known and profile else None)
    if attribute.kind in ("category", "text"):
        levels = [level["level"] for level in (profile.levels or [])] if profile else []
        return Control(*base, "category", value=levels[0] if levels else None, levels=levels)
    if profile is None or not profile.quantiles:
        return Control(*base, attribute.kind, step=1.0)
    q = profile.quantiles
    if attribute.kind == "date":
        return Control(*base, "date", q["0.01"], q["0.99"], 1.0, q["0.25"], q["0.75"], q["0.5"])
    low, high = (q["0.01"], q["0.99"]) if q["0.99"] > q["0.01"] else (q["min"], q["max"])
    step = slider_step(high - low, (profile.histogram or {}).get("grid"))
    return Control(
        *base,
        "number",
        low=snapped(math.floor(round(low / step, 9)) * step, step),
        high=snapped(math.ceil(round(high / step, 9)) * step, step),
        step=step,
        typical_low=snapped(q["0.25"], step),
        typical_high=snapped(q["0.75"], step),
        value=snapped(q["0.5"], step),
        power=slider_power(low, high, (q["0.5"] + q["0.75"]) / 2),
    )


def slider_power(low: float, high: float, usual: float) -> int:
    """1, or what brings the upper part of the middle half near the middle of the slider, at most 4.

    >>> slider_power(0, 100, 40), slider_power(0, 100, 12), slider_power(0, 100, 1), slider_power(0, 100, 0)
    (1, 3, 4, 4)
    """
    share = (usual - low) / (high - low) if high > low else 1.0
    if share >= SKEWED:
        return 1
    return min(MOST_POWER, max(2, round(math.log(share, 0.5)))) if share > 0 else MOST_POWER


def at_median(control: Control, members: ProfileLike | None) -> Control:
    """The control set to the median member of a segment, its typical range that of the members.

    What can be chosen stays: range, step and levels are those of everyone. Without a profile nothing changes.

    >>> from types import SimpleNamespace
    >>> members = SimpleNamespace(mean=50.0, quantiles={"0.25": 44.2, "0.5": 51.7, "0.75": 60.0}, levels=None)
    >>> age = Control("age", "Age", "years", "number", 18.0, 70.0, 1.0, 29.0, 49.0, 36.0)
    >>> found = at_median(age, members)
    >>> found.value, found.typical_low, found.typical_high, found.high
    (52.0, 44.0, 60.0, 70.0)
    """
    if members is None:
        return control
    if control.kind == "flag":
        return control if members.mean is None else replace(control, value=members.mean >= 0.5)
    if control.kind == "category":
        levels = [level for level in members.levels or [] if level["level"] in control.levels]
        most = max(levels, key=lambda level: level["customers"], default=None)
        return replace(control, value=most["level"]) if most else control
    q = members.quantiles
    if not q:
        return control
    places = [q[name] for name in ("0.25", "0.5", "0.75")]
    if control.kind == "number" and control.step:
        places = [snapped(place, control.step) for place in places]
    return replace(control, typical_low=places[0], value=places[1], typical_high=places[2])


def slider_step(reach: float, grid: float | None) -> float:
    """The attribute's grid, or a round multiple of it where that would make a slider of over 2,000 steps.

    >>> slider_step(60, 1.0), slider_step(94_000, 1.0), slider_step(3.2, None)
    (1.0, 100.0, 0.0025)
    """
    if reach <= 0:
        return grid or 1.0
    if grid and reach / grid <= MOST_STEPS:
        return grid
    step = nice_step(2 * reach / MOST_STEPS)
    while grid and (step < grid or round(step / grid, 6) % 1):
        step = nice_step(2 * step)
    return step


def snapped(value: float, step: float) -> float:
    """The multiple of `step` nearest to `value`, without digits that only rounding made.

    >>> snapped(2.44, 0.05), snapped(990.4, 1.0)
    (2.45, 990.0)
    """
    return float(f"{round(value / step) * step:.12g}")
