"""How many people it takes to see a difference between two shares. Pure.

Two proportions in groups of different size, two-sided at 5 %, found with 80 % power, without continuity correction:
Fleiss, Levin and Paik (2003), *Statistical Methods for Rates and Proportions*, 3rd edition, formula 4.19 of section
4.3; with equal groups it is what R's ``power.prop.test`` computes.
"""

import math

from scipy.optimize import brentq
from scipy.stats import norm

ALPHA, POWER = 0.05, 0.80


def needed(baseline: float, treated: float, holdout: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """People in both groups together, not rounded, so that the difference between the two shares is seen.

    Parameters
    ----------
    baseline, treated : float
        Share who respond among those held out and among those treated, in [0, 1]; they differ.
    holdout : float
        Share of the people who are held out, in (0, 1).

    Examples
    --------
    >>> round(needed(0.50, 0.75, 0.5, power=0.9) / 2, 1)  # R: power.prop.test(p1 = .50, p2 = .75, power = .90)
    76.7
    """
    ratio = (1 - holdout) / holdout  # treated for each one held out
    mean = (baseline + ratio * treated) / (1 + ratio)
    by_chance = norm.isf(alpha / 2) * math.sqrt((1 + 1 / ratio) * mean * (1 - mean))
    by_effect = norm.isf(1 - power) * math.sqrt(baseline * (1 - baseline) + treated * (1 - treated) / ratio)
    return float(((by_chance + by_effect) / (treated - baseline)) ** 2 / holdout)


def smallest_lift(baseline: float, people: float, holdout: float) -> float | None:
    """The smallest rise of the share that so many people would show; None where not even everybody responding would.

    >>> round(smallest_lift(0.05, needed(0.05, 0.06, 0.2), 0.2), 6), smallest_lift(0.05, 5, 0.2)
    (0.01, None)
    """
    most = 1 - baseline
    if most <= 0 or needed(baseline, 1.0, holdout) > people:
        return None
    return float(brentq(lambda lift: needed(baseline, baseline + lift, holdout) - people, 1e-9, most))


def smallest_holdout(baseline: float, treated: float, people: float, most: float) -> float | None:
    """The smallest share in whole percent, up to `most`, to hold out of so many people; None where none is enough.

    >>> smallest_holdout(0.05, 0.06, 60_000, 0.5), smallest_holdout(0.05, 0.06, 1_000, 0.5)
    (0.08, None)
    """
    shares = (percent / 100 for percent in range(1, round(most * 100) + 1))
    return next((share for share in shares if needed(baseline, treated, share) <= people), None)
