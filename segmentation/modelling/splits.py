"""Does one column fall into two? Hartigan's dip test, after undoing what rounding does to it."""

from collections.abc import Mapping

import numpy as np
from diptest import diptest

SIGNIFICANT = 0.01
TOGETHER = "first_component"  # among the columns of a split: not one of them alone, but their main direction
NEARLY_ALL = 0.95
MOST_STEPS = 200
FEWEST = 20


def grid(values: np.ndarray) -> float:
    """The step the values are rounded to: the largest that divides nearly all of their differences; 0 for none.

    >>> grid(np.array([15_000.0, 20_000, 35_000, 60_000])), grid(np.array([1.0, 2, 3, 5, 4]))
    (5000.0, 1.0)
    >>> grid(np.array([0.1234, 0.5678, 0.9999, 0.31416]) ** 0.5)
    0.0
    """
    steps = np.diff(np.unique(values))
    if not len(steps):
        return 0.0
    most = steps.max()
    powers = 10.0 ** np.arange(np.floor(np.log10(most)), np.floor(np.log10(most)) - 7, -1)
    # The steps that occur, the commonest first, and round numbers: one that fits is one of them.
    found, counts = np.unique(np.round(steps, 9), return_counts=True)
    tried = np.concatenate([found[np.argsort(-counts)][:MOST_STEPS], np.outer(powers, [1, 2, 5]).ravel()])
    for step in np.sort(tried[(tried > 0) & (tried <= most)])[::-1]:
        parts = steps / step
        if np.mean(np.abs(parts - np.rint(parts)) < 1e-4 * np.maximum(1.0, np.abs(parts) ** 0.5)) >= NEARLY_ALL:
            return float(step)
    return 0.0


def jitter(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The values spread over their grid's step, so that piles at round numbers are no gaps between them.

    NaN stays. Where nothing is negative the values are spread upwards, else half a step to either side: a
    logarithm that comes afterwards still meets nothing negative.

    >>> spread = jitter(np.array([0.0, 5.0, 10.0, np.nan]), np.random.default_rng(0))
    >>> np.floor(spread / 5)
    array([ 0.,  1.,  2., nan])
    """
    known = values[~np.isnan(values)]
    step = grid(known)
    if not step:
        return values
    low = 0.0 if known.min() >= 0 else -0.5
    return values + step * rng.uniform(low, low + 1, len(values))


def split_columns(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The columns that are not one hump, with the p-value of each.

    Parameters
    ----------
    columns : mapping of str to ndarray
        Jittered values; NaN is left out, a column of fewer than 20 values is not tested.

    Returns
    -------
    dict
        Those with p < 0.01 / number of columns tested (Bonferroni), smallest p first.

    Notes
    -----
    Hartigan & Hartigan 1985: the largest distance between the distribution and the nearest with one mode.

    Examples
    --------
    >>> one, two = np.linspace(0, 1, 100), np.concatenate([np.linspace(0, 1, 50), np.linspace(9, 10, 50)])
    >>> list(split_columns({"age": one, "spend": two}))
    ['spend']
    """
    known = {name: values[~np.isnan(values)] for name, values in columns.items()}
    known = {name: values for name, values in known.items() if len(values) >= FEWEST and np.ptp(values) > 0}
    p_values = {name: float(diptest(np.ascontiguousarray(values, dtype=float))[1]) for name, values in known.items()}
    found = {name: p for name, p in p_values.items() if p < SIGNIFICANT / len(p_values)}
    return dict(sorted(found.items(), key=lambda item: item[1]))
