"""What the RFM page shows: the eleven groups, the grid, and both crossed with the segments. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from segmentation.features.rfm import GROUPS, LEAST_BUYERS, LEAST_HISTORY, LEAST_RECENT, Group, group_of
from segmentation.segment_views import ratio


@dataclass(frozen=True)
class RfmGroup:
    """One of the eleven groups with its customers; shares are of all who are scored."""

    name: str
    people: str
    who: str
    play: str
    customers: int
    share: float
    value: float
    value_share: float | None
    per_customer: float | None

    @classmethod
    def of(cls, group: Group, customers: int, value: float, scored: int, total: float) -> "RfmGroup":
        """A group with its share of `scored` customers and of a `total` value, which has shares only above 0."""
        return cls(
            group.name, group.people, group.who, group.play, customers, customers / scored, value,
            ratio(value, total) if total > 0 else None, ratio(value, customers),
        )  # fmt: skip


@dataclass(frozen=True)
class RfmCell:
    """One of the 25 cells."""

    r: int
    fm: int
    group: str
    customers: int
    share: float
    value: float


@dataclass(frozen=True)
class RfmSegment:
    """A segment against the groups: of its ``customers`` who are scored, how many are in each.

    ``expected`` is how many there would be if the segment were like everybody in segments.
    """

    slug: str
    name: str
    colour: int
    customers: int
    counts: list[int]
    expected: list[float]

    def lift(self, at: int) -> float | None:
        """How many times as often group `at` occurs here as among everybody; None where it occurs nowhere."""
        return ratio(self.counts[at], self.expected[at])


@dataclass(frozen=True)
class RfmView:
    """The page. ``needs`` says what the columns lack ("dates", "purchases", "spending"); then all else is empty.

    ``grid`` has R 5 first, each row FM 1 to 5. ``distinct`` counts the scores in use of recency, frequency and value.
    ``doubts`` are the reasons why all this rests on little. ``association`` is Cramer's V of groups and segments,
    None without segments. ``as_of`` is None where the file itself says how many days ago somebody bought.
    """

    needs: str | None
    customers: int = 0
    scored: int = 0
    as_of: date | None = None
    labels: tuple[str, str, str] = ("", "", "")
    currency: str | None = None
    total: float = 0.0
    groups: Sequence[RfmGroup] = ()
    grid: Sequence[Sequence[RfmCell]] = ()
    distinct: tuple[int, int, int] = (5, 5, 5)
    doubts: Sequence[str] = ()
    segments: Sequence[RfmSegment] = ()
    association: float | None = None


def doubts(scored: int, history_days: float, newest_days: float) -> list[str]:
    """Why the groups rest on little; empty where they do not.

    >>> doubts(1000, 400, 3), doubts(1, 20, 45)
    ([], ['1 customer is scored, and 500 are the least', '20 days of history are there, and 180 are the least', \
'nobody bought in the last 30 days'])
    """
    found = []
    if scored < LEAST_BUYERS:
        found.append(f"{scored:,} customer{' is' if scored == 1 else 's are'} scored, and {LEAST_BUYERS} are the least")
    if history_days < LEAST_HISTORY:
        found.append(f"{history_days:,.0f} days of history are there, and {LEAST_HISTORY} are the least")
    if newest_days > LEAST_RECENT:
        found.append(f"nobody bought in the last {LEAST_RECENT} days")
    return found


def groups_of(body: dict[str, Any]) -> list[RfmGroup]:
    """The eleven groups of a stored summary, in their order."""
    scored, total = body["scored"], sum(value for _, value in body["groups"])
    return [
        RfmGroup.of(group, customers, value, scored, total)
        for group, (customers, value) in zip(GROUPS, body["groups"], strict=True)
    ]


def grid_of(body: dict[str, Any]) -> list[list[RfmCell]]:
    """The cells of a stored summary, R 5 first."""
    return [
        [
            RfmCell(r, fm, group_of(r, fm), customers, customers / body["scored"], value)
            for fm, (customers, value) in enumerate(body["grid"][r - 1], start=1)
        ]
        for r in range(5, 0, -1)
    ]


def expected_in(counts: np.ndarray) -> np.ndarray:
    """How many of each group a segment would have if it were like all segments together.

    Parameters
    ----------
    counts : ndarray of shape (n_segments, n_groups)

    Examples
    --------
    >>> expected_in(np.array([[6, 0, 4], [4, 0, 6]])).tolist()
    [[5.0, 0.0, 5.0], [5.0, 0.0, 5.0]]
    """
    return np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(counts.sum(), 1)


def association(counts: np.ndarray) -> float | None:
    """Cramer's V of segments and groups; None with fewer than two of either.

    >>> association(np.array([[10, 0], [0, 10]])), association(np.array([[10, 5]]))
    (1.0, None)
    """
    table = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    smaller = min(table.shape) - 1
    if smaller < 1:
        return None
    expected = expected_in(table)
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / table.sum() / smaller))
