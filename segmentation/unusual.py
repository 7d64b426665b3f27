"""Customers to look at twice: far from every segment, or as often in the next one. Nobody is left out for it."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from segmentation.features.recipes import Feature
from segmentation.features.transformers import QuantileClipper
from segmentation.modelling.assigners import in_parts

QUANTILE = 0.995  # of the segment's distances: beyond it a customer may be unusual
SPREADS = 5.0  # robust standard deviations beyond the median distance
TIMES = 2.0  # the median distance
FEWEST = 30  # members a segment needs before anybody in it is called unusual
MOST = 20  # customers kept per segment
NAMED = 3  # attributes named per customer
TELLING = 0.10  # of the squared distance: an attribute with less is not named
OFTEN = 0.20  # METHODS: of the refits in another segment
TO_NORMAL = 1.4826  # turns a median absolute deviation into a standard deviation
USUAL = (0.05, 0.95)


def unusual(
    customer_ids: np.ndarray,
    values: pd.DataFrame,
    X: np.ndarray,
    prepare: ColumnTransformer,
    centres: np.ndarray,
    label: np.ndarray,
    features: Sequence[Feature],
    columns: Sequence[str],
    unassigned: int | None = None,
) -> dict[str, Any]:
    """Who lies far from every segment, and in what.

    Parameters
    ----------
    customer_ids : ndarray of int, shape (n,)
    values : DataFrame, shape (n, n_features)
        The features in original units.
    X : ndarray, shape (n, n_columns)
        They, prepared. Preparing caps extreme values, so those who have one are prepared anew without it.
    prepare : ColumnTransformer
        Fitted.
    centres : ndarray, shape (n_labels, n_columns)
        Middle of each label.
    label : ndarray of int, shape (n,)
    features, columns : sequences
        Of the model: its features, and the name of each column of `X`.
    unassigned : int, optional
        The label of those without a segment: nobody among them is unusual, they all are.

    Returns
    -------
    dict
        ``customers``, how many are unusual; ``by_label``, how many in each; ``top``, at most 20 per label, the furthest
        first: ``customer_id``, ``label``, ``times`` (the distance to the nearest centre as a multiple of the
        median member's) and ``features``, the up to three that make most of it: ``feature``, ``value``, ``share`` of
        the squared distance and ``usual``, where 90 % of the members are (numbers only).

    Notes
    -----
    Unusual is who lies beyond three limits, taken over the members' distances to their centre: the 99.5 % quantile,
    the median plus five robust standard deviations (1.4826 times the median absolute deviation), and twice the
    median. The first alone would always find somebody; the second alone finds ordinary people where one attribute
    keeps everybody equally far from the centre, as a category does, and the spread is small.
    """
    capped = _capped(values, prepare)
    uncapped = _without_caps(prepare).transform(values.iloc[capped]) if len(capped) else X[:0]
    own = _to_own(X, centres, label)
    away = own.copy()
    away[capped] = _to_nearest(uncapped, centres)
    owner = _owners(features, columns)
    by_label, top = [], []
    for each in range(len(centres)):
        members = np.flatnonzero(label == each)
        if each == unassigned or len(members) < FEWEST:
            by_label.append(0)
            continue
        distance = own[members]
        median = float(np.median(distance))
        spread = TO_NORMAL * float(np.median(np.abs(distance - median)))
        limit = max(float(np.quantile(distance, QUANTILE)), median + SPREADS * spread, TIMES * median)
        found = members[away[members] > limit]
        points = X[found]
        place = np.minimum(np.searchsorted(capped, found), max(len(capped) - 1, 0))
        has_cap = capped[place] == found if len(capped) else np.zeros(len(found), dtype=bool)
        points[has_cap] = uncapped[place[has_cap]]
        to_nearest = _to_nearest(points, centres)  # another centre may be nearer where a stand-in assigns
        points, found, to_nearest = (part[to_nearest > limit] for part in (points, found, to_nearest))
        by_label.append(len(found))
        usual: dict[str, list[float] | None] = {}
        for i in np.lexsort((customer_ids[found], -to_nearest))[:MOST].tolist():
            parts = _parts((points[i] - centres[each]) ** 2, owner, features)
            top.append(
                {
                    "customer_id": int(customer_ids[found[i]]),
                    "label": each,
                    "times": float(to_nearest[i] / median) if median > 0 else None,
                    "features": [
                        {"feature": f.name, "value": _plain(values[f.name].iloc[found[i]]), "share": share,
                         "usual": _usual(usual, f, values, members)}
                        for f, share in parts
                    ],
                }
            )  # fmt: skip
    return {"customers": sum(by_label), "by_label": by_label, "top": top}


def _capped(values: pd.DataFrame, prepare: ColumnTransformer) -> np.ndarray:
    """Positions of the rows with a value that preparing would cap, in order."""
    beyond = np.zeros(len(values), dtype=bool)
    for clipper, names in _clippers(prepare):
        for j, name in enumerate(names):
            column = values[name].to_numpy(dtype=np.float64)
            beyond |= (column < clipper.low_[j]) | (column > clipper.high_[j])
    return np.flatnonzero(beyond)


def _clippers(prepare: ColumnTransformer) -> Iterable[tuple[QuantileClipper, Sequence[str]]]:
    for _name, fitted, columns in prepare.transformers_:
        for _step, part in fitted.steps if isinstance(fitted, Pipeline) else ():
            if isinstance(part, QuantileClipper):
                yield part, columns


def _without_caps(prepare: ColumnTransformer) -> ColumnTransformer:
    free = deepcopy(prepare)
    for clipper, _ in _clippers(free):
        clipper.low_ = np.full_like(clipper.low_, -np.inf)
        clipper.high_ = np.full_like(clipper.high_, np.inf)
    return free


def _to_own(X: np.ndarray, centres: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Distance of every row to the centre of its label."""
    away = np.empty(len(X))

    def fill(part: slice) -> None:
        step = X[part] - centres[label[part]]
        away[part] = np.sqrt(np.einsum("ij,ij->i", step, step))

    in_parts(fill, len(X))
    return away


def _to_nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Distance of every row to the nearest centre."""
    away = np.full(len(points), np.inf)
    for centre in centres:
        step = points - centre
        np.minimum(away, np.einsum("ij,ij->i", step, step), out=away)
    return np.sqrt(away)


def _owners(features: Sequence[Feature], columns: Sequence[str]) -> np.ndarray:
    places = {feature.name: at for at, feature in enumerate(features)}
    return np.array([places[column if column in places else column.partition("=")[0]] for column in columns])


def _parts(squared: np.ndarray, owner: np.ndarray, features: Sequence[Feature]) -> list[tuple[Feature, float]]:
    """The features that make most of a squared distance, with their share of it."""
    of_feature = np.bincount(owner, weights=squared, minlength=len(features))
    shares = of_feature / max(float(of_feature.sum()), 1e-12)
    order = sorted(range(len(features)), key=lambda j: (-shares[j], features[j].name))[:NAMED]
    return [(features[j], float(shares[j])) for j in order if shares[j] >= TELLING]


def _usual(
    known: dict[str, list[float] | None], feature: Feature, values: pd.DataFrame, members: np.ndarray
) -> list[float] | None:
    if feature.kind != "number":
        return None
    if feature.name not in known:
        column = values[feature.name].to_numpy(dtype=np.float64)[members]
        column = column[~np.isnan(column)]
        known[feature.name] = np.quantile(column, USUAL).tolist() if len(column) else None
    return known[feature.name]


def _plain(value: Any) -> float | str | None:
    if value is None or value != value:
        return None
    return value if isinstance(value, str) else float(value)


def between(
    customer_ids: np.ndarray, label: np.ndarray, rows: np.ndarray, elsewhere: np.ndarray, labels: int
) -> dict[str, Any]:
    """Who was put into another segment in more than 20 % of the stability refits.

    Parameters
    ----------
    customer_ids, label : ndarray of int, shape (n,)
    rows : ndarray of int, shape (n_sampled,)
        Positions of the customers the refits looked at.
    elsewhere : ndarray, shape (n_sampled,)
        Share of the refits that put each of them into another segment.
    labels : int
        How many labels there are.

    Returns
    -------
    dict
        ``sampled`` and ``customers`` (over 20 %) by label, and ``top``, at most 20 per label, the most often first:
        ``customer_id``, ``label``, ``elsewhere``.

    Examples
    --------
    >>> told = between(np.array([7, 8, 9]), np.array([0, 0, 1]), np.array([0, 2]), np.array([0.5, 0.1]), 2)
    >>> told["sampled"], told["customers"], told["top"]
    ([1, 1], [1, 0], [{'customer_id': 7, 'label': 0, 'elsewhere': 0.5}])
    """
    of = label[rows]
    often = elsewhere > OFTEN
    top = []
    for each in range(labels):
        found = np.flatnonzero(often & (of == each))
        order = np.lexsort((customer_ids[rows[found]], -elsewhere[found]))
        top += [
            {"customer_id": int(customer_ids[rows[i]]), "label": each, "elsewhere": float(elsewhere[i])}
            for i in found[order][:MOST].tolist()
        ]
    return {
        "sampled": np.bincount(of, minlength=labels).tolist(),
        "customers": np.bincount(of[often], minlength=labels).tolist(),
        "top": top,
    }


def still_between(
    told: dict[str, Any] | None, customer_ids: np.ndarray, segment_ids: np.ndarray
) -> dict[str, Any] | None:
    """What the refits of the training said, for a later run: without those who left or changed their segment since.

    Parameters
    ----------
    told : dict or None
        As stored with a run: `between` with ``segment_id`` in the place of ``label``.
    customer_ids, segment_ids : ndarray of int, shape (n,)
        Of the later run, in any order.

    Examples
    --------
    >>> told = {"top": [{"customer_id": 7, "segment_id": 1}, {"customer_id": 8, "segment_id": 1}]}
    >>> still_between(told, np.array([8, 7]), np.array([2, 1]))
    {'top': [{'customer_id': 7, 'segment_id': 1}]}
    """
    if told is None or not len(customer_ids):
        return told
    asked = np.array([each["customer_id"] for each in told["top"]], dtype=np.int64)
    order = np.argsort(customer_ids)
    at = order[np.minimum(np.searchsorted(customer_ids, asked, sorter=order), len(customer_ids) - 1)]
    same = [
        each
        for each, i in zip(told["top"], at.tolist(), strict=True)
        if customer_ids[i] == each["customer_id"] and segment_ids[i] == each["segment_id"]
    ]
    return {**told, "top": same}
