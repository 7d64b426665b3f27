"""What a campaign assumes, with its uncertainty, and the plan that is kept: checked. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentation.errors import KindredError
from segmentation.holdout import SEED

ASSUMPTIONS = ("reach", "response", "baseline", "value", "margin", "cost", "fixed")
SHARES = ("reach", "response", "baseline", "margin")  # in [0, 1]
LABELS = {
    "reach": "Reach", "response": "Response of those reached", "baseline": "Response without the campaign",
    "value": "Value of a response", "margin": "Margin", "cost": "Cost of a contact", "fixed": "Fixed costs",
}  # fmt: skip
POINTS = ("low", "likely", "high")
MOST = 1e12  # of a number: beyond it somebody's finger slipped
LONGEST_NAME = 60
HOLDOUT, MOST_HOLDOUT = 0.1, 0.5


@dataclass(frozen=True)
class Estimate:
    """A figure nobody knows exactly: the lowest that is plausible, the likeliest and the highest."""

    low: float
    likely: float
    high: float

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Assumed:
    """Assumptions as far as they are known: ``estimates`` by name, and the names of those that are ``missing``."""

    estimates: dict[str, Estimate]
    missing: list[str]

    @property
    def exact(self) -> list[str]:
        """The names of what is counted as known exactly."""
        return [name for name in ASSUMPTIONS if name in self.estimates and self.estimates[name].is_exact]


def assumed(given: Mapping[str, Mapping[str, Any]]) -> Assumed:
    """Assumptions as a form or the store has them.

    Parameters
    ----------
    given : mapping of str to mapping
        By name: ``low``, ``likely`` and ``high``, None or absent where empty; shares in [0, 1]. A bound that is empty
        is the likely value: nothing is made up about its uncertainty.

    Raises
    ------
    KindredError
        Something is no number, outside its range, or in the wrong order; every problem is told.

    Examples
    --------
    >>> told = assumed({"response": {"low": 0.01, "likely": 0.02, "high": 0.04}, "cost": {"likely": 1}})
    >>> told.estimates["response"], told.estimates["cost"].is_exact, told.missing[:2]
    (Estimate(low=0.01, likely=0.02, high=0.04), True, ['reach', 'baseline'])
    >>> assumed({"reach": {"low": 0.9, "likely": 0.8}, "margin": {"likely": 40}})
    Traceback (most recent call last):
    db.errors.KindredError: Reach: low 90% is above likely 80%; Margin: likely 4,000% is above 100%
    """
    estimates, problems = {}, []
    for name in ASSUMPTIONS:
        try:
            estimate = _estimate(name, given.get(name) or {})
        except KindredError as problem:
            problems.append(f"{LABELS[name]}: {problem}")
            continue
        if estimate is not None:
            estimates[name] = estimate
    if problems:
        raise KindredError("; ".join(problems))
    return Assumed(estimates, [name for name in ASSUMPTIONS if name not in estimates])


def _estimate(name: str, given: Mapping[str, Any]) -> Estimate | None:
    points = {point: _number(name, point, given.get(point)) for point in POINTS}
    likely = points["likely"]
    if likely is None:
        if any(value is not None for value in points.values()):
            raise KindredError("say the likely value too, between low and high")
        return None
    low, high = (likely if points[point] is None else points[point] for point in ("low", "high"))
    assert low is not None
    assert high is not None
    if low > likely:
        raise KindredError(f"low {_words(name, low)} is above likely {_words(name, likely)}")
    if high < likely:
        raise KindredError(f"high {_words(name, high)} is below likely {_words(name, likely)}")
    return Estimate(low, likely, high)


def _number(name: str, point: str, given: Any) -> float | None:
    if given is None or given == "":
        return None
    try:
        value = float(given)
    except (TypeError, ValueError):
        raise KindredError(f"{point} {given!r} is no number") from None
    if not math.isfinite(value) or not 0 <= value <= MOST:
        raise KindredError(f"{point} {given!r} is not between 0 and {MOST:,.0f}")
    if name in SHARES and value > 1:
        raise KindredError(f"{point} {value:,.0%} is above 100%")
    return value


def _words(name: str, value: float) -> str:
    return f"{value * 100:.4g}%" if name in SHARES else f"{value:,.12g}"


def checked_holdout(given: Any) -> float:
    """The share held out: more than nothing, at most half.

    >>> checked_holdout(0.1)
    0.1
    >>> checked_holdout(0.8)
    Traceback (most recent call last):
    db.errors.KindredError: the holdout 0.8 is not between 1% and 50%; give a share such as 10%
    """
    try:
        share = float(given)
    except (TypeError, ValueError):
        share = math.nan
    if not 0.01 <= share <= MOST_HOLDOUT:
        raise KindredError(f"the holdout {given!r} is not between 1% and 50%; give a share such as 10%")
    return share


def checked_seed(given: Any) -> int:
    """The number that decides who is held out, and the draws.

    >>> checked_seed(None), checked_seed("7")
    (42, 7)
    """
    if given in (None, ""):
        return SEED
    try:
        seed = int(given)
    except (TypeError, ValueError):
        seed = -1
    if not 0 <= seed < 2**31 or str(given).strip() != str(seed):
        raise KindredError(f"the seed {given!r} is no whole number from 0 on; leave it as it is, or give one such as 7")
    return seed


def checked_name(given: Any) -> str:
    """What the campaign is called.

    >>> checked_name("  Win   back ")
    'Win back'
    """
    name = " ".join(str(given or "").split())
    if not name:
        raise KindredError("give the campaign a name, such as: Win back, spring")
    if len(name) > LONGEST_NAME:
        raise KindredError(f"the name has {len(name)} characters; {LONGEST_NAME} are the most")
    if not name.isprintable():
        raise KindredError("the name holds a sign that cannot be read; type it anew")
    return name
