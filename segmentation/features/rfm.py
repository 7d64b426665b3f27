"""Recency, frequency and monetary value: scores from 1 to 5, and the eleven groups they make. Pure.

Quintiles of the customers who bought; who shares a figure shares a score. R is the score of recency (5: bought last),
FM that of frequency and value together: their mean, halves rounded up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

SCORES = 5
LEAST_BUYERS, LEAST_HISTORY, LEAST_RECENT = 500, 180, 30  # customers; days; days


class AttributeLike(Protocol):
    """What the choice of columns needs to know of an attribute."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True)
class Group:
    """One of the eleven groups: its name, alone and in a sentence, who they are, and what is usually done."""

    name: str
    people: str
    who: str
    play: str


GROUPS = tuple(
    Group(*told)
    for told in (
        ("Champions", "Champions", "Bought lately, buy often and for the most money",
         "Thank them and let them in first: previews, a say in the range. No discounts, they buy anyway"),
        ("Loyal", "Loyal customers", "Buy often and were here not long ago",
         "Offer what goes with what they have, and a reward for recommending you"),
        ("Potential loyalist", "Potential loyalists", "Bought lately, more than once or for good money",
         "Give a reason for the next purchase soon: membership, or what others bought next"),
        ("New", "New customers", "Bought lately, and only a little so far",
         "Welcome them, help them with what they bought, and ask for a second purchase within weeks"),
        ("Promising", "Promising customers", "Bought not long ago, and only a little so far",
         "Show the range and what is popular; a small incentive for the second purchase"),
        ("Need attention", "Customers who need attention", "Average in everything, and cooling",
         "Remind them with something limited in time that fits what they bought"),
        ("About to sleep", "Customers about to sleep", "Bought some time ago, seldom and for little",
         "A cheap reminder of what is new; do not spend more than they bring"),
        ("At risk", "Customers at risk", "Used to buy well, and have not for some time",
         "Write in person, ask what is missing, and make one good offer to come back"),
        ("Cannot lose", "Customers you cannot lose", "Were among the best, and have not bought for long",
         "Call or write by name before anything else; find out why they left"),
        ("Hibernating", "Hibernating customers", "Bought long ago, seldom and for little",
         "Leave them in the usual mail at low cost; one offer to return a year is enough"),
        ("Lost", "Lost customers", "Bought longest ago, seldom and for little",
         "Stop paying for reach; drop them from campaigns after one last try"),
    )
)  # fmt: skip
NAMES = tuple(group.name for group in GROUPS)

_OF_CELLS = {  # by R the group of FM 1 to 5
    5: ("New", "Potential loyalist", "Potential loyalist", "Champions", "Champions"),
    4: ("Promising", "Potential loyalist", "Potential loyalist", "Loyal", "Champions"),
    3: ("About to sleep", "About to sleep", "Need attention", "Loyal", "Loyal"),
    2: ("Hibernating", "Hibernating", "At risk", "At risk", "Cannot lose"),
    1: ("Lost", "Lost", "At risk", "Cannot lose", "Cannot lose"),
}


def group_of(r: int, fm: int) -> str:
    """The group of a cell of the grid.

    >>> group_of(5, 5), group_of(3, 3), group_of(1, 1)
    ('Champions', 'Need attention', 'Lost')
    """
    return _OF_CELLS[r][fm - 1]


@dataclass(frozen=True)
class Columns:
    """The attributes that say when somebody bought last, how often, and for how much (the last two are added up)."""

    recency: str
    is_date: bool
    frequency: tuple[str, ...]
    value: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.recency, *self.frequency, *self.value)


def columns_of(attributes: Sequence[AttributeLike]) -> Columns | str:
    """What the grid is computed from; else what is lacking: "dates", "purchases" or "spending".

    Purchases that were imported say all three; a file says them by the roles of its columns.

    >>> from collections import namedtuple
    >>> A = namedtuple("A", "name kind role computed", defaults=(False,))
    >>> last, (web, shop) = A("last", "date", "recency"), [A(name, "number", "frequency") for name in ("web", "shop")]
    >>> columns_of([web, shop]), columns_of([last, web, shop])
    ('dates', 'spending')
    >>> columns_of([last, web, shop, A("spend", "number", "value")]).frequency
    ('web', 'shop')
    """
    computed = {each.name for each in attributes if getattr(each, "computed", False)}
    measured = [_of_purchases(computed, name) for name in ("recency_days", "frequency", "monetary_value")]
    if all(measured):
        recency, frequency, value = map(str, measured)
        return Columns(recency, False, (frequency,), (value,))
    given = [each for each in attributes if each.name not in computed]
    recencies = [each for each in given if each.role == "recency" and each.kind in ("number", "date")]
    counted = tuple(each.name for each in given if each.role == "frequency" and each.kind == "number")
    valued = tuple(each.name for each in given if each.role == "value" and each.kind == "number")
    if not recencies:
        return "dates"
    if not counted:
        return "purchases"
    return Columns(recencies[0].name, recencies[0].kind == "date", counted, valued) if valued else "spending"


def _of_purchases(computed: set[str], measure: str) -> str | None:
    return next((name for name in (measure, f"rfm_{measure}") if name in computed), None)


@dataclass(frozen=True)
class Scale:
    """Scores of one measure. ``scores[i]`` is that of figures above ``cuts[i - 1]`` and not above ``cuts[i]``."""

    cuts: tuple[float, ...]
    scores: tuple[int, ...]

    def of(self, figures: np.ndarray) -> np.ndarray:
        """Scores of figures; shape (n,), int."""
        return np.asarray(self.scores)[np.searchsorted(np.asarray(self.cuts), figures, side="left")]


def scale(figures: np.ndarray) -> Scale:
    """Scores 1 (lowest fifth) to 5 (highest).

    Where many share a figure fewer than five fifths remain; their scores are spread, so that the lowest is 1 and the
    highest 5. One figure for everybody is 3.

    Parameters
    ----------
    figures : ndarray of float, shape (n,)
        Without NaN, at least one.

    Examples
    --------
    >>> scale(np.arange(10.0))
    Scale(cuts=(1.0, 3.0, 5.0, 7.0), scores=(1, 2, 3, 4, 5))
    >>> scale(np.array([1.0] * 6 + [2, 2, 3, 9]))  # most bought once
    Scale(cuts=(1.0, 2.0), scores=(1, 3, 5))
    """
    cuts = np.unique(np.quantile(figures, [0.2, 0.4, 0.6, 0.8], method="inverted_cdf"))
    cuts = cuts[cuts < figures.max()]
    n = len(cuts)
    scores = [1 + int((SCORES - 1) * at / n + 0.5) for at in range(n + 1)] if n else [3]
    return Scale(tuple(cuts.tolist()), tuple(scores))


@dataclass(frozen=True)
class Scored:
    """Everybody with all three figures. ``group`` holds the index in `GROUPS`; arrays of shape (n,)."""

    r: np.ndarray
    fm: np.ndarray
    group: np.ndarray
    scales: tuple[Scale, Scale, Scale]


def score(recency: np.ndarray, frequency: np.ndarray, value: np.ndarray) -> Scored:
    """Scores and groups of customers.

    Parameters
    ----------
    recency : ndarray of float, shape (n,)
        Days since the last purchase; fewer is better.
    frequency, value : ndarray of float, shape (n,)
        Without NaN.

    Examples
    --------
    >>> five = np.arange(1.0, 6.0)
    >>> [NAMES[at] for at in score(five, five[::-1], five[::-1]).group]
    ['Champions', 'Loyal', 'Need attention', 'Hibernating', 'Lost']
    """
    scales = (scale(-recency), scale(frequency), scale(value))
    r, f, m = scales[0].of(-recency), scales[1].of(frequency), scales[2].of(value)
    fm = (f + m + 1) // 2
    index = np.array([[NAMES.index(group_of(row, column)) for column in range(1, 6)] for row in range(1, 6)])
    return Scored(r, fm, index[r - 1, fm - 1], scales)


def summarised(scored: Scored, value: np.ndarray, segment: np.ndarray | None) -> dict[str, Any]:
    """Counts and sums as JSON: ``grid`` and ``groups`` as (customers, value), ``segments`` as counts by group.

    Parameters
    ----------
    value : ndarray of float, shape (n,)
    segment : ndarray of int, shape (n,), optional
        The id of each customer's segment, -1 for none.
    """
    cell = (scored.r - 1) * SCORES + scored.fm - 1
    grid = _counted(cell, value, SCORES * SCORES)
    ids = [] if segment is None else np.unique(segment[segment >= 0]).tolist()
    return {
        "grid": [grid[row * SCORES : (row + 1) * SCORES] for row in range(SCORES)],
        "groups": _counted(scored.group, value, len(GROUPS)),
        "segments": {str(each): np.bincount(scored.group[segment == each], minlength=len(GROUPS)).tolist()
                     for each in ids},
    }  # fmt: skip


def _counted(at: np.ndarray, value: np.ndarray, n: int) -> list[tuple[int, float]]:
    counts, sums = np.bincount(at, minlength=n), np.bincount(at, weights=value, minlength=n)
    return list(zip(counts.tolist(), sums.tolist(), strict=True))
