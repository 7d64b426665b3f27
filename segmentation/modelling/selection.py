"""How many segments: a table of criteria, and one recommendation with its reason in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from kneed import KneeLocator
from scipy.stats import rankdata

SMALLEST_SEGMENT = 10
SMALLEST_SHARE = 0.01
SMALL_SIZE, SMALL_SHARE = 30, 0.05  # METHODS: a segment under either is warned of
TOO_SMALL = "The smallest segment has"
TRUSTED = 0.60  # of the weakest segment's stability

# Columns that rank the numbers of segments: +1 where more is better. Other criteria name one number each.
RANKED = {"silhouette": 1, "calinski_harabasz": 1, "davies_bouldin": -1}
WORDS = {
    "silhouette": "the segments are most clearly set apart (silhouette {silhouette:.2f})",
    "calinski_harabasz": "they are tightest for the distance between them",
    "davies_bouldin": "neighbouring segments overlap least",
    "elbow": "more segments would explain little more",
    "gap": "they exceed what evenly spread customers show",
    "prediction_strength": "no larger number is confirmed by customers left out",
}


@dataclass(frozen=True)
class Selection:
    """The table, the recommended number and why.

    ``rows`` are the dicts of `candidates.as_row` with ``excluded`` and ``recommended`` filled in; ``elbow``
    is None when the inertia has no clear knee; ``ranks`` the median rank of each k that was not excluded.
    """

    k: int
    reason: str
    rows: list[dict[str, Any]]
    elbow: int | None
    ranks: dict[int, float]


def select(
    rows: Sequence[dict[str, Any]],
    n: int,
    *,
    asked: int | None = None,
    sampled: int | None = None,
    named: Mapping[str, int | None] | None = None,
) -> Selection:
    """Recommend a number of segments, or keep the one asked for and say which separates best.

    Parameters
    ----------
    rows : sequence of dict
        From `candidates.as_row`, by rising k.
    n : int
        Customers in all, of whom the smallest segment must hold 1 % and 10.
    asked : int, optional
        The number the analyst fixed.
    sampled : int, optional
        On how many customers the criteria were measured, when not on all.
    named : mapping, optional
        The k that ``gap`` and ``prediction_strength`` name; None for no answer.

    Returns
    -------
    Selection
        The k with the best median rank over the criteria, ties to the smaller k. Silhouette,
        Calinski-Harabasz and Davies-Bouldin rank the k; elbow, gap and prediction strength each name one,
        and the others rank by their distance from it. A k is left out when a segment is too small, or when
        the weakest comes back to less than 0.60 in the refits (``stability``).

    Examples
    --------
    >>> row = dict(smallest_share=0.2, excluded=None, recommended=False)
    >>> rows = [dict(row, k=k, inertia=i, silhouette=s, calinski_harabasz=c, davies_bouldin=d)
    ...         for k, i, s, c, d in [(2, 100, 0.3, 50, 1.1), (3, 40, 0.5, 90, 0.6), (4, 35, 0.4, 80, 0.9)]]
    >>> select(rows, n=300).reason  # doctest: +NORMALIZE_WHITESPACE
    '3 segments fit best of 2 to 4 tried: the segments are most clearly set apart (silhouette 0.50), they are
     tightest for the distance between them and neighbouring segments overlap least.'
    """
    rows = [dict(row, excluded=_too_small(row, n) or _unstable(row)) for row in rows]
    elbow = find_elbow([row["k"] for row in rows], [row["inertia"] for row in rows])
    open_rows = [row for row in rows if row["excluded"] is None]
    named = {"elbow": elbow, **(named or {})}
    ranks = median_ranks(open_rows, *named.values())
    best = min(ranks, key=lambda k: (ranks[k], k)) if ranks else rows[0]["k"]
    for row in rows:  # of a number asked for alone all criteria are computed: nothing to recommend by
        row["recommended"] = asked is None and row["k"] == best
    reason = _reason(rows, open_rows, best, named, n) if asked is None else _asked(rows, asked, n)
    if sampled is not None:
        reason = f"{reason[:-1]} (measured on a sample of {sampled:,} of {n:,} customers)."
    return Selection(best if asked is None else asked, reason, rows, elbow, ranks)


def find_elbow(ks: Sequence[int], inertias: Sequence[float]) -> int | None:
    """Where the falling inertia bends (Kneedle, S = 1); None when there is no clear knee.

    >>> find_elbow([2, 3, 4, 5, 6], [100.0, 50.0, 20.0, 18.0, 16.0])
    4
    >>> find_elbow([2, 3, 4, 5, 6], [100.0, 80.0, 60.0, 40.0, 20.0]) is None
    True
    """
    if len(ks) < 3 or min(inertias) == max(inertias):
        return None
    knee = KneeLocator(ks, inertias, S=1.0, curve="convex", direction="decreasing").knee
    return None if knee is None else int(knee)


def median_ranks(rows: Sequence[dict[str, Any]], *named: int | None) -> dict[int, float]:
    """The median rank of each k over the criteria, 1 for the best; `named` are the k that criteria name.

    A criterion that is missing for a k puts it last; one that is missing for all does not count.
    """
    ks = np.array([row["k"] for row in rows])
    ranks = []
    for name, direction in RANKED.items():
        values = np.array([np.nan if row[name] is None else -direction * row[name] for row in rows], dtype=float)
        if not np.isnan(values).all():
            ranks.append(rankdata(np.where(np.isnan(values), np.inf, values)))
    ranks += [rankdata(np.abs(ks - number)) for number in named if number is not None]
    if not ranks:  # nothing could be measured: fewer is simpler
        return {int(k): float(i + 1) for i, k in enumerate(ks)}
    return {int(k): float(rank) for k, rank in zip(ks, np.median(ranks, axis=0), strict=True)}


def size_warnings(sizes: Sequence[int], customers: int) -> list[str]:
    """What to know of segments of these sizes; empty where none is too small to be one.

    >>> size_warnings([990, 8], 998)
    ['The smallest segment has 8 customers, fewer than the 10 that are worth one.']
    >>> size_warnings([980, 18], 998)
    ['The smallest segment has 18 customers, 2% of all: under 30 or 5% its figures depend on a few people.']
    >>> size_warnings([500, 498], 998)
    []
    """
    smallest, least = min(sizes), int(np.ceil(max(SMALLEST_SEGMENT, SMALLEST_SHARE * customers)))
    if smallest < least:
        return [f"{TOO_SMALL} {smallest:,} customers, fewer than the {least:,} that are worth one."]
    if smallest >= max(SMALL_SIZE, SMALL_SHARE * customers):
        return []
    few = f"under {SMALL_SIZE} or {SMALL_SHARE:.0%} its figures depend on a few people"
    return [f"{TOO_SMALL} {smallest:,} customers, {smallest / customers:.0%} of all: {few}."]


def _too_small(row: dict[str, Any], n: int) -> str | None:
    smallest, least = round(row["smallest_share"] * n), max(SMALLEST_SEGMENT, SMALLEST_SHARE * n)
    if smallest >= least:
        return None
    return f"its smallest segment would have {smallest:,} customers, fewer than {int(np.ceil(least)):,}"


def _unstable(row: dict[str, Any]) -> str | None:
    stability = row.get("stability")
    if stability is None or stability >= TRUSTED:
        return None
    return f"its weakest segment comes back only to {stability:.0%} of itself, less than {TRUSTED:.0%}"


def _reason(
    rows: list[dict[str, Any]], open_rows: list[dict[str, Any]], best: int, named: Mapping[str, int | None], n: int
) -> str:
    fickle = any(_unstable(row) and not _too_small(row, n) for row in rows)
    tried = f"{rows[0]['k']} to {rows[-1]['k']}" if len(rows) > 1 else str(best)
    if not open_rows and fickle:
        return f"{best} segments, the fewest: no number tried gives segments that are large enough and all come back."
    if not open_rows:
        least = int(np.ceil(max(SMALLEST_SEGMENT, SMALLEST_SHARE * n)))
        return f"{best} segments, the fewest: any number tried leaves a segment with fewer than {least:,} customers."
    if len(open_rows) == 1:
        other = "leaves one too small or one that does not come back" if fickle else "leaves one too small"
        why = f"{n:,} customers are too few for more" if len(rows) == 1 else f"any other number {other}"
        return f"{best} segments: {why}."
    row = next(row for row in open_rows if row["k"] == best)
    said = [
        WORDS[name].format(**row) for name, direction in RANKED.items() if _is_best(row, open_rows, name, direction)
    ]
    said += [WORDS[name] for name, number in named.items() if number == best]
    if not said:
        return f"{best} segments are the best compromise of {tried} tried: first on none, but the best middle rank."
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    return f"{best} segments fit best of {tried} tried: {listed}."


def _asked(rows: list[dict[str, Any]], asked: int, n: int) -> str:
    compared = [row for row in rows if row["silhouette"] is not None and not _too_small(row, n)]
    if len(compared) < 2:
        return f"You asked for {asked} segments."
    best = max(compared, key=lambda row: (row["silhouette"], -row["k"]))
    tried = f"of {rows[0]['k']} to {rows[-1]['k']} tried (silhouette {best['silhouette']:.2f})"
    if best["k"] == asked:
        return f"You asked for {asked} segments; they also separate best {tried}."
    return f"You asked for {asked} segments; by separation alone, {best['k']} would come first {tried}."


def _is_best(row: dict[str, Any], rows: list[dict[str, Any]], name: str, direction: int) -> bool:
    values = [direction * other[name] for other in rows if other[name] is not None]
    return row[name] is not None and direction * row[name] == max(values)
