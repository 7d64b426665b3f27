"""Two versions of the segments of the same customers: how far they agree, and who moves where. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from segmentation.identity import SAME


@dataclass(frozen=True)
class Agreement:
    """How two divisions of the same customers agree.

    ``counts`` has a row per label of the first version and a column per label of the second. ``ari`` is the adjusted
    Rand index (1: the same division, 0: no more than chance); ``stay`` the share of customers, in [0, 1], who are in
    both of a pair of segments that are the same; ``pairs`` these pairs of labels.
    """

    counts: list[list[int]]
    ari: float
    stay: float
    pairs: list[tuple[int, int]]

    @property
    def customers(self) -> int:
        return sum(map(sum, self.counts))

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "customers": self.customers}


def crossed(first: np.ndarray, second: np.ndarray, k: int, m: int) -> np.ndarray:
    """Customers by label of the first (rows) and of the second version (columns); shape (k, m).

    >>> crossed(np.array([0, 0, 1]), np.array([1, 1, 0]), 2, 2)
    array([[0, 2],
           [1, 0]])
    """
    return np.bincount(first * m + second, minlength=k * m).reshape(k, m)


def agreement(counts: np.ndarray, known: Sequence[tuple[int, int]] = ()) -> Agreement:
    """What a table of `crossed` says.

    Two segments are the same when they are `known` to be (pairs of labels with one identity), or when at least half of
    the members of either are in both and no other pairing of the segments left shares more (Hungarian assignment on
    Jaccard overlaps, as identities are matched).

    Examples
    --------
    >>> told = agreement(np.array([[8, 2], [0, 10]]))
    >>> round(told.ari, 3), told.stay, told.pairs
    (0.621, 0.9, [(0, 0), (1, 1)])
    """
    counts = np.asarray(counts)
    union = counts.sum(axis=1, keepdims=True) + counts.sum(axis=0) - counts
    jaccard = counts / np.maximum(union, 1)
    for i, j in known:
        jaccard[i], jaccard[:, j] = 0.0, 0.0
    rows, columns = linear_sum_assignment(-jaccard)
    found = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if jaccard[i, j] >= SAME]
    pairs = sorted([*known, *found])
    total = int(counts.sum())
    stay = sum(int(counts[pair]) for pair in pairs) / total if total else 0.0
    return Agreement(counts.tolist(), adjusted_rand(counts), stay, pairs)


def adjusted_rand(counts: np.ndarray) -> float:
    """Adjusted Rand index of a table of counts (Hubert & Arabie 1985); 1 where both versions have one segment.

    >>> adjusted_rand(np.array([[3, 0], [0, 4]])), adjusted_rand(np.array([[5]]))
    (1.0, 1.0)
    """
    cells, rows, columns = (_pairs(part) for part in (counts, counts.sum(axis=1), counts.sum(axis=0)))
    every = _pairs(counts.sum())
    expected = rows * columns / every if every else 0.0
    most = (rows + columns) / 2
    return float((cells - expected) / (most - expected)) if most != expected else 1.0


def _pairs(sizes: np.ndarray) -> float:
    sizes = np.asarray(sizes, dtype=np.float64)
    return float((sizes * (sizes - 1) / 2).sum())


def from_story(story: Sequence[Mapping[str, Any]] | None, version: int, identities: Mapping[int, int]) -> Any:
    """The table a version's story holds of it and of the one it was compared with, None where that is another.

    Parameters
    ----------
    story : sequence of mapping or None
        Of the later version.
    version : int
        The earlier one.
    identities : mapping of identity to label
        Of the earlier one.

    Returns
    -------
    ndarray or None
        Shape (labels of the earlier, labels of the later).

    Examples
    --------
    >>> told = {"kind": "compared", "version": 3, "identities": [7, 9], "counts": [[1, 2], [3, 4]]}
    >>> from_story([told], 3, {9: 0, 7: 1})
    array([[2, 4],
           [1, 3]])

    With customers in no segment, one before and two now, whose label is the last of either version:

    >>> apart = {**told, "joined": [5, 0], "left": [6, 7], "outside": 8}
    >>> from_story([apart], 3, {9: 0, 7: 1, 11: 2})
    array([[2, 4, 7],
           [1, 3, 6],
           [5, 0, 8]])
    """
    compared = next((entry for entry in story or [] if entry["kind"] == "compared"), None)
    if compared is None or compared["version"] != version or not set(compared["identities"]) <= identities.keys():
        return None
    counts = np.asarray(compared["counts"])
    k, outside = len(counts), compared.get("outside", 0)
    joined, left = compared.get("joined", [0] * k), compared.get("left", [0] * len(compared["identities"]))
    table = np.zeros((len(identities), k + bool(sum(left) + outside)), dtype=np.int64)
    for column, identity in enumerate(compared["identities"]):
        table[identities[identity], :k] = counts[:, column]
        table[identities[identity], k:] = left[column]
    nowhere = set(identities) - set(compared["identities"])
    if len(nowhere) == 1:  # Unassigned is the one identity of the earlier version that is no segment
        table[identities[nowhere.pop()]] = [*joined, outside][: table.shape[1]]
    return table
