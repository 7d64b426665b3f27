"""Is a segment of the new model the one we knew? And the address and colour of one we did not."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

SAME = 0.5  # member Jaccard from which a segment keeps its identity (Hennig's dissolution point)
PERHAPS = 0.3  # from here up to SAME the product will ask
COLOURS = range(1, 11)


@dataclass(frozen=True)
class Match:
    """What a label of the new version was matched with.

    ``identity_id`` is None for a new segment; ``candidate_id`` is the identity it shares members with
    under the best pairing, whatever the overlap, and ``jaccard`` that overlap in [0, 1].
    """

    label: int
    identity_id: int | None
    jaccard: float
    candidate_id: int | None = None


def match(previous: pd.Series | None, current: pd.Series, k: int) -> list[Match]:
    """Pair the labels of a new version with known identities by the members they share.

    Parameters
    ----------
    previous : Series of int, index customer_id, or None
        Identity of each customer under the version before, at the same ``as_of``; None: there is none.
    current : Series of int, index customer_id
        Label in 0..k-1 under the new version.
    k : int
        Number of labels.

    Returns
    -------
    list of Match
        One per label, in order. Pairs maximise the sum of Jaccard overlaps (Hungarian assignment) over
        the customers both know; a pair under 0.5 is told, but counts as new.

    Examples
    --------
    >>> before = pd.Series([7, 7, 7, 9], index=[1, 2, 3, 4])
    >>> after = pd.Series([1, 1, 0, 0], index=[1, 2, 3, 4])
    >>> [(m.label, m.identity_id, round(m.jaccard, 2)) for m in match(before, after, 2)]
    [(0, 9, 0.5), (1, 7, 0.67)]
    """
    unknown = [Match(label, None, 0.0) for label in range(k)]
    if previous is None:
        return unknown
    at = previous.index.get_indexer(current.index)
    if not (at >= 0).any():
        return unknown
    labels = current.to_numpy()[at >= 0]
    identities, codes = np.unique(previous.to_numpy()[at[at >= 0]], return_inverse=True)
    shared = np.bincount(labels * len(identities) + codes, minlength=k * len(identities)).reshape(k, -1)
    union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0) - shared
    jaccard = shared / np.maximum(union, 1)
    matches = unknown
    for label, column in zip(*linear_sum_assignment(-jaccard), strict=True):
        overlap, identity = float(jaccard[label, column]), int(identities[column])
        if overlap > 0:
            matches[label] = Match(int(label), identity if overlap >= SAME else None, overlap, identity)
    return matches


def slugify(name: str, taken: Collection[str] = ()) -> str:
    """An address for a name: lower-case letters, digits and hyphens, at most 60 characters, not in `taken`.

    >>> slugify("Café regulars, low income")
    'cafe-regulars-low-income'
    >>> slugify("Quiet high spenders", {"quiet-high-spenders"})
    'quiet-high-spenders-2'
    >>> slugify("高")
    'segment'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "segment"
    number, free = 2, slug
    while free in taken:
        free, number = f"{slug}-{number}", number + 1
    return free


def free_colour(taken: Collection[int]) -> int:
    """The lowest palette number no living identity has; with all ten in use the least used, lowest first.

    >>> free_colour({1, 2, 4}), free_colour([]), free_colour([*range(1, 11), 1])
    (3, 1, 2)
    """
    taken = list(taken)
    return min(COLOURS, key=lambda colour: (taken.count(colour), colour))
