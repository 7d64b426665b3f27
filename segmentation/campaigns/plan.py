"""A campaign worked out: who is treated, what it may bring, and whether its effect could be seen. Pure."""

import math
from dataclasses import dataclass

from segmentation.campaigns.assumptions import MOST_HOLDOUT, Assumed
from segmentation.campaigns.forecast import Forecast, forecast
from segmentation.campaigns.power import needed, smallest_holdout, smallest_lift

FEW_RESPONSES = 10  # expected among those held out; fewer, and the formulas for shares are rough


@dataclass(frozen=True)
class Seen:
    """Whether the effect would be seen: all shares are of everybody in a group, reached or not.

    ``lift`` is what the campaign is assumed to add to the share who respond. ``needed`` people in the file would show
    it (None: it adds nothing), ``enough`` says whether there are as many. ``smallest`` is the smallest lift that those
    there are would show, ``holdout`` the smallest holdout with which they are enough; None where none does.
    ``held_responses`` of those held out are expected to respond anyway.
    """

    lift: float
    needed: int | None
    enough: bool
    smallest: float | None
    holdout: float | None
    held_responses: float


@dataclass(frozen=True)
class Planned:
    """``treated`` and ``held`` people, as expected of the split. ``seen`` is None without reach, response and baseline,
    ``forecast`` while an assumption is ``missing``.
    """

    treated: float
    held: float
    missing: list[str]
    exact: list[str]
    forecast: Forecast | None
    seen: Seen | None


def fixed_split(treated: int, held: int, asked: float) -> tuple[int, float]:
    """People of a campaign and the share of them held out; as it was asked for where a side has nobody left.

    >>> fixed_split(30, 10, 0.2), fixed_split(30, 0, 0.2)
    ((40, 0.25), (30, 0.2))
    """
    people = treated + held
    return people, held / people if 0 < held < people else asked


def planned(assumed: Assumed, people: int, holdout: float, seed: int) -> Planned:
    """Work a campaign out for so many people who may be written to, of whom a share is held out.

    Examples
    --------
    >>> from segmentation.campaigns.assumptions import assumed
    >>> told = assumed({"reach": {"likely": 1}, "response": {"likely": 0.06}, "baseline": {"likely": 0.05}})
    >>> seen = planned(told, 20_000, 0.5, 42).seen
    >>> round(seen.lift, 3), seen.needed, seen.enough, round(seen.smallest, 4), seen.holdout
    (0.01, 16316, True, 0.009, 0.3)
    """
    held = people * holdout
    known = assumed.estimates
    chances = forecast(known, people - held, seed) if not assumed.missing else None
    seen = _seen(assumed, people, holdout) if {"reach", "response", "baseline"} <= known.keys() else None
    return Planned(people - held, held, assumed.missing, assumed.exact, chances, seen)


def _seen(assumed: Assumed, people: int, holdout: float) -> Seen:
    reach, response, baseline = (assumed.estimates[name].likely for name in ("reach", "response", "baseline"))
    lift = reach * (response - baseline)
    total = math.ceil(needed(baseline, baseline + lift, holdout)) if lift > 0 else None
    return Seen(
        lift,
        total,
        total is not None and total <= people,
        smallest_lift(baseline, people, holdout),
        smallest_holdout(baseline, baseline + lift, people, MOST_HOLDOUT) if lift > 0 else None,
        people * holdout * baseline,
    )
