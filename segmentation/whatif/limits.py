"""What may change, and how far: the observed range, the steps and the locks of every input."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from segmentation.controls import Control
from segmentation.histograms import nice_step
from segmentation.simulator import HasBounds
from segmentation.whatif.linear import EPOCH

# Roles that something a company does can move. Who the customer is, and since when, it cannot.
INFLUENCED = ("value", "frequency", "recency", "response", "engagement", "discount", "channel")
FIXED = ("demographic", "tenure", "id", "consent")
FINEST = 5_000  # steps in the observed range of what has no grid


@dataclass(frozen=True)
class Limits:
    """How one input may change.

    ``low`` and ``high`` are the observed 1 to 99 % range of a number, of a date in days since 1970; ``grid`` its steps.
    A category has the ``levels`` that were observed. What is ``locked`` stays; ``influenced`` is what marketing can
    move.
    """

    name: str
    label: str
    kind: str
    low: float = -math.inf
    high: float = math.inf
    grid: float = 1.0
    levels: list[Any] = field(default_factory=list)
    locked: bool = False
    influenced: bool = False

    def within(self, value: float | None) -> "Limits":
        """The range in whole steps; a value outside it may stay or come nearer.

        >>> Limits("age", "Age", "number", 18.4, 70.0, 1.0).within(75.0).reach
        (19.0, 75.0)
        """
        if not math.isfinite(self.low):
            return self
        low, high = math.ceil(self.low / self.grid - 1e-9), math.floor(self.high / self.grid + 1e-9)
        ends = (low * self.grid, high * self.grid) if low <= high else (self.low, self.high)
        low_end, high_end = (float(f"{end:.12g}") for end in ends)
        if value is not None:
            low_end, high_end = min(low_end, value), max(high_end, value)
        return replace(self, low=low_end, high=high_end)

    @property
    def reach(self) -> tuple[float, float]:
        return self.low, self.high

    def around(self, value: float) -> list[float]:
        """The steps below and above, within the range.

        >>> Limits("spend", "Spend", "number", 0.0, 100.0, 5.0).around(12.0)
        [10.0, 15.0]
        """
        place = value / self.grid
        nearest = round(place)
        places = [nearest] if abs(place - nearest) < 1e-9 else [math.floor(place), math.ceil(place)]
        steps = [float(f"{each * self.grid:.12g}") for each in places]
        return list(dict.fromkeys(min(max(step, self.low), self.high) for step in steps))


def limits(
    controls: Sequence[Control], everyone: Mapping[str, HasBounds], attributes: Mapping[str, Any]
) -> dict[str, Limits]:
    """The limits of every input, locked where nobody can influence it.

    Parameters
    ----------
    everyone : mapping by attribute name
        The stored profile of all customers.
    attributes : mapping by attribute name
        With ``role`` and ``sensitive``.
    """
    found = {}
    for control in controls:
        attribute, profile = attributes[control.name], everyone.get(control.name)
        fixed = attribute.role in FIXED or attribute.sensitive
        own = Limits(
            control.name,
            control.label,
            control.kind,
            levels=[False, True] if control.kind == "flag" else list(control.levels),
            locked=fixed,
            influenced=attribute.role in INFLUENCED and not fixed,
        )
        quantiles = profile.quantiles if profile else None
        if control.kind in ("number", "date") and quantiles:
            low, high = (number(quantiles[end], control.kind) for end in ("0.01", "0.99"))
            if high <= low:
                low, high = (number(quantiles[end], control.kind) for end in ("min", "max"))
            step = (getattr(profile, "histogram", None) or {}).get("grid")
            if control.kind == "date":
                step = 1.0
            own = replace(
                own, low=low, high=high, grid=step or (nice_step((high - low) / FINEST) if high > low else 1.0)
            )
        found[control.name] = own
    return found


def relocked(
    all_limits: Mapping[str, Limits], lock: Collection[str], unlock: Collection[str] = ()
) -> dict[str, Limits]:
    """The limits with more, or fewer, inputs locked."""
    return {
        name: replace(own, locked=(own.locked or name in lock) and name not in unlock)
        for name, own in all_limits.items()
    }


def number(value: Any, kind: str) -> float:
    """A value on the scale that limits have: a date as days since 1970, a flag as 0 or 1.

    >>> number("1970-02-01", "date"), number(True, "flag")
    (31.0, 1.0)
    """
    return float((date.fromisoformat(str(value)[:10]) - EPOCH).days) if kind == "date" else float(value)


def written(value: float, kind: str) -> Any:
    """A value as the form has it.

    >>> written(31.0, "date"), written(2.5, "number")
    ('1970-02-01', 2.5)
    """
    return (EPOCH + timedelta(days=round(value))).isoformat() if kind == "date" else float(value)
