"""What a campaign may bring, drawn from its assumptions, and which of them the range hangs on. Pure.

Everybody in the file is treated or held out; of those treated some are reached, and what these buy beyond what they
would have bought anyway is the gain: ``people x (1 - holdout) x reach x ((response - baseline) x value x margin - cost)
- fixed``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segmentation.campaigns.assumptions import ASSUMPTIONS, Estimate

DRAWS = 20_000
RANGE = (0.05, 0.95)  # nine in ten draws


@dataclass(frozen=True)
class Swing:
    """The gain with one assumption at its low and its high value, all others at their likely one."""

    name: str
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Forecast:
    """``expected`` is the mean of the draws, nine in ten of which lie from ``low`` to ``high``; ``pays`` is the share
    of them above zero. ``likely`` is the gain if every assumption takes its likely value, ``swings`` the widest first.
    """

    expected: float
    low: float
    high: float
    pays: float
    likely: float
    swings: list[Swing]


def gain(values: Mapping[str, np.ndarray | float], treated: float) -> np.ndarray | float:
    """The gain of a campaign that treats so many people, for one value or an array of values of each assumption.

    >>> typed = dict(reach=0.8, response=0.05, baseline=0.03, value=60, margin=0.5, cost=0.25, fixed=100)
    >>> round(float(gain(typed, 1000)), 6)  # 800 reached: 16 more x 30 = 480, less 200 and 100
    180.0
    """
    more = (values["response"] - values["baseline"]) * values["value"] * values["margin"]
    return treated * values["reach"] * (more - values["cost"]) - values["fixed"]


def drawn(estimate: Estimate, rng: np.random.Generator, size: int = DRAWS) -> np.ndarray:
    """Values between low and high, most of them near the likely one: the PERT distribution, shape (size,).

    A beta distribution with mean ``(low + 4 likely + high) / 6`` (Malcolm, Roseboom, Clark and Fazar 1959, as Vose
    2008 writes it: shapes ``1 + 4 (likely - low) / (high - low)`` and ``1 + 4 (high - likely) / (high - low)``).

    >>> values = drawn(Estimate(1.0, 2.0, 6.0), np.random.default_rng(1))
    >>> round(float(values.mean()), 1), bool(values.min() >= 1), bool(values.max() <= 6)
    (2.5, True, True)
    """
    span = estimate.high - estimate.low
    if span == 0:
        return np.full(size, estimate.likely)
    before, after = (estimate.likely - estimate.low) / span, (estimate.high - estimate.likely) / span
    return estimate.low + span * rng.beta(1 + 4 * before, 1 + 4 * after, size)


def forecast(estimates: Mapping[str, Estimate], treated: float, seed: int) -> Forecast:
    """What the campaign may bring; every assumption is drawn by itself, from a stream of its own.

    Parameters
    ----------
    estimates : mapping of str to Estimate
        All of `ASSUMPTIONS`.
    treated : float
        People who are not held out.
    seed : int
        The same seed gives the same figures; another assumption changed leaves the draws of this one as they are.
    """
    streams = np.random.SeedSequence(seed).spawn(len(ASSUMPTIONS))
    values = {
        name: drawn(estimates[name], np.random.default_rng(stream))
        for name, stream in zip(ASSUMPTIONS, streams, strict=True)
    }
    gains = np.asarray(gain(values, treated))
    likely = {name: estimates[name].likely for name in ASSUMPTIONS}
    swings = [
        Swing(
            name,
            float(gain(likely | {name: estimates[name].low}, treated)),
            float(gain(likely | {name: estimates[name].high}, treated)),
        )
        for name in ASSUMPTIONS
        if not estimates[name].is_exact
    ]
    low, high = np.quantile(gains, RANGE).tolist()
    return Forecast(
        expected=float(gains.mean()),
        low=low,
        high=high,
        pays=float((gains > 0).mean()),
        likely=float(gain(likely, treated)),
        swings=sorted(swings, key=lambda each: -each.width),
    )
