"""Histograms with round edges that every segment shares."""

import math
from typing import Any

import numpy as np

BINS = 20
GRIDS = tuple(factor * 10.0**power for power in range(-2, 7) for factor in (1, 5))
MAX_VALUES = 25  # integers over a shorter range get one bin each


def nice_edges(ordered: np.ndarray) -> np.ndarray | None:
    """Round edges for about 20 bins over sorted values; None where there is no value.

    Integers that span fewer than 25 steps get one bin per value. A tail more than as long again as the
    range from 1 to 99 % is cut off, or one customer would press all others into the first bin; `count_in`
    says how many are cut off.

    Parameters
    ----------
    ordered : ndarray of float, shape (n,)
        Ascending, without NaN.

    Returns
    -------
    ndarray of shape (n_bins + 1,) or None

    Examples
    --------
    >>> nice_edges(np.array([0.0, 1.0, 1.0, 2.0]))
    array([-0.5,  0.5,  1.5,  2.5])
    >>> edges = nice_edges(np.linspace(3, 1970, 50) + 0.5)
    >>> float(edges[0]), float(edges[-1]), len(edges) - 1
    (0.0, 2000.0, 20)
    """
    if not ordered.size:
        return None
    whole = bool(np.all(ordered == np.rint(ordered)))
    low, high = _without_long_tails(ordered)
    if whole and high - low < MAX_VALUES:
        return np.arange(low, high + 2) - 0.5
    if high == low:
        reach = abs(high) / 2 or 0.5
        return np.array([low - reach, high + reach])
    step = nice_step((high - low) / BINS)
    if whole:
        step = max(1.0, math.ceil(step))
    first, last = math.floor(low / step), math.ceil(high / step)
    if whole and last * step == high:  # the last bin must not hold one value more than the others
        last += 1
    # Written in decimals, or 3 * 0.1 would stand on the axis as 0.30000000000000004.
    decimals = max(0, 1 - math.floor(math.log10(step)))
    return np.round(np.arange(first, last + 1) * step, decimals)


def _without_long_tails(ordered: np.ndarray) -> tuple[float, float]:
    low, high = float(ordered[0]), float(ordered[-1])
    p1, p99 = ordered[int(0.01 * (ordered.size - 1))], ordered[math.ceil(0.99 * (ordered.size - 1))]
    core = float(p99 - p1)
    if core > 0:
        high = float(p99) if high - p99 > core else high
        low = float(p1) if p1 - low > core else low
    return low, high


def grid(ordered: np.ndarray) -> float | None:
    """The step values are counted in: the largest of 0.01, 0.05, 0.1, 0.5, 1, 5, 10, ... that nearly all share.

    99 % of the different ones among (at most 1,000 evenly picked) sorted values must be multiples of it, and
    over 1 they must span two steps; None for values without a grid.

    >>> grid(np.array([0.0, 1.0, 3.0])), grid(np.array([5000.0, 20000.0, 25000.0])), grid(np.array([0.123456, 2.0]))
    (1.0, 5000.0, None)
    """
    if not ordered.size:
        return None
    picked = np.unique(ordered[np.linspace(0, ordered.size - 1, min(ordered.size, 1000)).astype(int)])
    found = None
    for step in GRIDS:  # each divides the next: the first that does not fit ends the search
        multiples = picked / step
        fits = np.mean(np.abs(multiples - np.rint(multiples)) < 1e-6) >= 0.99
        if not fits or (step > 1 and np.ptp(picked) < 2 * step):
            break
        found = step
    return found


def nice_step(raw: float) -> float:
    """The round number (1, 2, 2.5, 5 or 10 times a power of ten) nearest to `raw` > 0, by ratio.

    >>> nice_step(126.2), nice_step(0.031), nice_step(8)
    (100.0, 0.025, 10.0)
    """
    power = 10.0 ** math.floor(math.log10(raw))
    best = min((1.0, 2.0, 2.5, 5.0, 10.0), key=lambda factor: abs(math.log(raw / power / factor)))
    return float(f"{best * power:.12g}")


def count_in(ordered: np.ndarray, edges: np.ndarray) -> dict[str, Any]:
    """Counts of sorted values per bin, and how many lie below the first and above the last edge.

    A bin holds its lower edge; the last bin holds its upper edge too.
    ``below + sum(counts) + above`` is the number of values.

    >>> count_in(np.array([0.0, 1.0, 2.0, 9.0]), np.array([0.0, 1.0, 2.0]))
    {'edges': [0.0, 1.0, 2.0], 'counts': [1, 2], 'below': 0, 'above': 1}
    """
    at = np.searchsorted(ordered, edges, side="left")
    at[-1] = np.searchsorted(ordered, edges[-1], side="right")
    return {
        "edges": edges.tolist(),
        "counts": np.diff(at).tolist(),
        "below": int(at[0]),
        "above": int(ordered.size - at[-1]),
    }
