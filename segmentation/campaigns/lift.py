"""What a campaign changed: shares, sums per person and the difference between two groups, with intervals. Pure."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A figure with the interval that covers the true one in 95 of 100 such campaigns."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether it says more than nothing: zero lies outside."""
        return self.low > 0 or self.high < 0


def share(responded: int, people: int) -> Interval:
    """A share with Wilson's score interval (Wilson 1927; no continuity correction).

    >>> told = share(15, 148)  # Newcombe 1998, table I of the paper on single proportions: 0.0624 to 0.1605
    >>> round(told.low, 4), round(told.high, 4)
    (0.0624, 0.1605)
    """
    z, p = float(norm.isf((1 - LEVEL) / 2)), responded / people
    centre = (p + z * z / (2 * people)) / (1 + z * z / people)
    half = z * math.sqrt(p * (1 - p) / people + z * z / (4 * people**2)) / (1 + z * z / people)
    return Interval(p, max(0.0, centre - half), min(1.0, centre + half))


def difference(responded: int, people: int, held_responded: int, held: int) -> Interval:
    """The share of the treated less that of those held out, with Newcombe's hybrid score interval.

    Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions: comparison of
    eleven methods, *Statistics in Medicine* 17, 873-890: method 10, without continuity correction.

    >>> told = difference(56, 70, 48, 80)  # the paper's first example: 0.0524 to 0.3339
    >>> round(told.value, 4), round(told.low, 4), round(told.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    one, other = share(responded, people), share(held_responded, held)
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return Interval(value, low, high)


def mean_difference(treated: np.ndarray, held: np.ndarray) -> Interval | None:
    """The mean of the treated less that of those held out, with Welch's interval (Welch 1947).

    None where a group has fewer than two people or neither differs within itself.

    >>> told = mean_difference(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    >>> round(told.value, 2), round(told.low, 2), round(told.high, 2)
    (2.0, -2.16, 6.16)
    """
    if min(len(treated), len(held)) < 2:
        return None
    parts = [float(values.var(ddof=1)) / len(values) for values in (treated, held)]
    if sum(parts) == 0:
        return None
    freedom = sum(parts) ** 2 / sum(part**2 / (n - 1) for part, n in zip(parts, (len(treated), len(held)), strict=True))
    value = float(treated.mean() - held.mean())
    half = float(t.isf((1 - LEVEL) / 2, freedom)) * math.sqrt(sum(parts))
    return Interval(value, value - half, value + half)
