"""Is a segment of the new model the one we knew? And the address and colour of one we did not."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

SAME = 0.5  # member Jaccard from which a segment keeps its identity (Hennig's dissolution point)
PERHAPS = 0.3  # from here up to SAME the product asks
NOWHERE = -1  # of a customer in no segment, in the place of a label or an identity
COLOURS = range(1, 11)
UNASSIGNED, UNASSIGNED_SLUG, UNASSIGNED_COLOUR = "Unassigned", "unassigned", 0  # of those in no segment
RESERVED_SLUGS = frozenset({UNASSIGNED_SLUG, "compare"})  # the second is a page beside those of the segments


@dataclass(frozen=True)
class Overlap:
    """Customers whom both versions know, counted by new label and old identity.

    ``counts`` has shape (k, n_identities): a row per label, a column per entry of ``identities``, which are all
    of the version before, those that now have nobody included. ``order`` holds the labels by their first
    customer: what is tied is decided by people, never by the clusterer's numbers. ``joined`` counts by label those
    who were in no segment before, ``left`` by identity those who are in none now, ``outside`` those in none of both.
    """

    identities: list[int]
    counts: np.ndarray
    order: list[int]
    joined: np.ndarray
    left: np.ndarray
    outside: int = 0

    @property
    def customers(self) -> int:
        return int(self.counts.sum() + self.joined.sum() + self.left.sum()) + self.outside

    @property
    def now(self) -> np.ndarray:
        """Members by label, shape (k,): who was in no segment before is one too."""
        return np.asarray(self.counts.sum(axis=1) + self.joined)

    @property
    def before(self) -> np.ndarray:
        """Members by identity, shape (n_identities,): who is in no segment now was one too."""
        return np.asarray(self.counts.sum(axis=0) + self.left)

    @property
    def jaccard(self) -> np.ndarray:
        """Share of the members of either who are in both; shape (k, n_identities), 0 where both are empty."""
        union = self.now[:, None] + self.before - self.counts
        return self.counts / np.maximum(union, 1)


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

    @property
    def kind(self) -> str:
        """``same``, ``doubtful`` (new until an analyst says otherwise) or ``new``."""
        if self.identity_id is not None:
            return "same"
        return "doubtful" if self.jaccard >= PERHAPS else "new"


def overlap(previous: pd.Series, current: pd.Series, k: int, identities: Collection[int] = ()) -> Overlap:
    """Count the customers both know.

    Parameters
    ----------
    previous : Series of int, index customer_id
        Identity of each customer under the version before, at the same ``as_of``; `NOWHERE` in no segment.
    current : Series of int, index customer_id
        Label in 0..k-1 under the new version; `NOWHERE` in no segment.
    k : int
        Number of labels.
    identities : collection of int, optional
        Those of the version before, where some may have nobody now.

    Examples
    --------
    >>> found = overlap(pd.Series([7, 7, 9], index=[1, 2, 3]), pd.Series([1, 0, 0], index=[1, 2, 3]), 2, [8])
    >>> found.identities, found.counts.tolist()
    ([7, 8, 9], [[1, 0, 1], [1, 0, 0]])

    Who fell out of a segment, or was in none, keeps it from being the same:

    >>> fell = overlap(pd.Series([7, 7, 7, -1]), pd.Series([0, -1, -1, 0]), 1)
    >>> fell.left.tolist(), fell.joined.tolist(), fell.jaccard.tolist()
    ([2], [1], [[0.25]])
    """
    at = previous.index.get_indexer(current.index)
    labels, old = current.to_numpy()[at >= 0], previous.to_numpy()[at[at >= 0]]
    known = sorted({*np.unique(old).tolist(), *identities} - {NOWHERE})
    there, first = np.unique(labels[labels != NOWHERE], return_index=True)
    order = there[np.argsort(first)].tolist()
    order += sorted(set(range(k)) - set(order))
    # in no segment is one row and one column more, the last
    rows = np.where(labels == NOWHERE, k, labels)
    columns = np.where(old == NOWHERE, len(known), np.searchsorted(np.array(known, dtype=np.int64), old))
    wide = len(known) + 1
    table = np.bincount(rows * wide + columns, minlength=(k + 1) * wide).reshape(k + 1, wide)
    return Overlap(known, table[:-1, :-1], order, table[:-1, -1], table[-1, :-1], int(table[-1, -1]))


def matches(overlap: Overlap) -> list[Match]:
    """Pair the labels of a new version with known identities by the members they share.

    Returns
    -------
    list of Match
        One per label, in order. Pairs maximise the sum of Jaccard overlaps (Hungarian assignment) over
        the customers both know; a pair under 0.5 is told, but counts as new.

    Examples
    --------
    >>> nobody = np.zeros(2, dtype=int)
    >>> told = matches(Overlap([7, 9], np.array([[1, 1], [2, 0]]), [0, 1], nobody, nobody))
    >>> [(match.label, match.identity_id, round(match.jaccard, 2)) for match in told]
    [(0, 9, 0.5), (1, 7, 0.67)]
    """
    found = [Match(label, None, 0.0) for label in range(len(overlap.counts))]
    jaccard = overlap.jaccard[overlap.order]
    for row, column in zip(*linear_sum_assignment(-jaccard), strict=True):
        label, shared, identity = overlap.order[row], float(jaccard[row, column]), overlap.identities[column]
        if shared > 0:
            found[label] = Match(label, identity if shared >= SAME else None, shared, identity)
    return found


class SaidToBe(Protocol):
    """What is asked of a stored identity."""

    @property
    def same_as_id(self) -> int | None: ...


Known = TypeVar("Known", bound=SaidToBe)


def resolved(identity_id: int | None, known: Mapping[int, Known]) -> Known | None:
    """The identity itself, or the older one an analyst said it is; None where it is not known."""
    found = known.get(identity_id) if identity_id is not None else None
    while found is not None and found.same_as_id is not None:
        found = known.get(found.same_as_id)
    return found


def free_name(name: str, taken: Collection[str]) -> str:
    """A name nobody else in the version has: those who kept theirs come first.

    >>> free_name("Savers", ["Spenders"]), free_name("Savers", ["savers", "Savers (2)"])
    ('Savers', 'Savers (3)')
    """
    used = {each.casefold() for each in taken}
    number, free = 2, name
    while free.casefold() in used:
        free, number = f"{name} ({number})", number + 1
    return free


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
