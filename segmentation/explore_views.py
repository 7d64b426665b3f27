"""What the Explore page shows of the columns, and the sentence each of them is worth. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segmentation.exploration import Pair

GAPPY = 0.4  # more missing than this is proposed for leaving out (METHODS)


@dataclass(frozen=True)
class ColumnView:
    """One attribute among everyone. The figures are those of `segmentation.exploration.describe`."""

    name: str
    label: str
    kind: str
    role: str
    unit: str | None
    sensitive: bool
    position: int
    customers: int
    missing: int
    distinct: int
    mean: float | None
    sd: float | None
    quantiles: dict[str, Any] | None
    histogram: dict[str, Any] | None
    levels: list[dict[str, Any]] | None
    far: dict[str, Any] | None

    @property
    def missing_share(self) -> float:
        everyone = self.customers + self.missing
        return self.missing / everyone if everyone else 0.0

    @property
    def far_values(self) -> int:
        return self.far["below"] + self.far["above"] if self.far else 0

    @property
    def skew(self) -> float:
        """How far the mean lies from the median, in standard deviations; 0 where there is neither."""
        if self.mean is None or not self.sd or not self.quantiles or isinstance(self.quantiles["0.5"], str):
            return 0.0
        return (self.mean - float(self.quantiles["0.5"])) / self.sd


@dataclass(frozen=True)
class ExploreView:
    """The page. ``pairs`` are the strongest of ``compared``, of which ``strong`` ones are strong; they were computed on
    ``sampled`` customers. The columns were read of ``looked``; None: of all ``customers``. ``state`` is "ready",
    "stale" (customers changed since), or "missing" (nothing is computed yet; a job does it).
    """

    state: str
    customers: int
    columns: Sequence[ColumnView] = ()
    pairs: Sequence[Pair] = ()
    compared: int = 0
    strong: int = 0
    sampled: int = 0
    looked: int | None = None
    computed_at: datetime | None = None


ORDERS = {
    "position": "As in the file", "missing": "Most missing first", "far": "Most far values first",
    "skew": "Most lopsided first", "label": "By name",
}  # fmt: skip


def ordered(columns: Sequence[ColumnView], by: str, find: str = "") -> list[ColumnView]:
    """The columns whose label or name holds `find`, in an order of `ORDERS`."""
    wanted = find.strip().lower()
    keys: dict[str, Any] = {
        "missing": lambda each: (-each.missing, each.position), "far": lambda each: (-each.far_values, each.position),
        "skew": lambda each: (-abs(each.skew), each.position), "label": lambda each: each.label.lower(),
    }  # fmt: skip
    found = [each for each in columns if wanted in each.label.lower() or wanted in each.name]
    return sorted(found, key=keys.get(by, lambda each: each.position))


def core(pairs: Sequence[Pair], most: int = 12) -> list[str]:
    """The attributes of the strongest pairs, at most `most`, the strongest first.

    >>> a, b = Pair("x", "y", "pearson", 0.9, 0.9, 20), Pair("y", "z", "pearson", 0.5, 0.5, 20)
    >>> core([a, b]), core([a, b], 2)
    (['x', 'y', 'z'], ['x', 'y'])
    """
    found: dict[str, None] = {}
    for pair in pairs:
        found |= dict.fromkeys((pair.first, pair.second))
    return list(found)[:most]
