"""Why customers are in their segment rather than in the next one: what each feature does. Pure, for any list."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segmentation.features.recipes import Feature


@dataclass(frozen=True)
class Reason:
    """What one feature does: ``pull`` > 0 keeps the customer in the nearest segment, < 0 draws to the runner-up.

    ``pull`` is (x - c2)² - (x - c1)² summed over the feature's columns in the clustered space; over all features
    it sums up to the difference of the squared distances. ``share`` is its size among all, in [0, 1].
    """

    attribute: str
    label: str
    value: float | str | None
    pull: float
    share: float


def reasons(
    features: Sequence[Feature],
    columns: Sequence[str],
    values: pd.DataFrame,
    X: np.ndarray,
    centres: np.ndarray,
    label: np.ndarray,
    runner_up: np.ndarray,
) -> list[list[Reason]]:
    """The reasons of every customer of a list, the strongest first.

    Parameters
    ----------
    features : sequence of Feature
        Of the model (`ModelBundle.features`).
    columns : sequence of str, length n_columns
        Of the clustered space (`ModelBundle.feature_names`): a feature's name, or ``name=level``.
    values : DataFrame, shape (n, n_features)
        The features before preparation, as the step ``derive`` gives them; missing values are told as None.
    X : ndarray, shape (n, n_columns)
        The customers in the clustered space.
    centres : ndarray, shape (k, n_columns)
        Centre of every segment there. Exact for k-means, whose borders are halfway between the centres; of other
        algorithms it says which features lie nearer to the one average than to the other.
    label, runner_up : ndarray of int, shape (n,)
        The segment and the next one, as numbers of `centres`; no reasons where either is -1.

    Returns
    -------
    list of list of Reason
        One list per customer, in the order of the rows.

    Examples
    --------
    One customer at 1, in the segment around 0 and not in that around 4: (1 - 4)² - (1 - 0)² = 8.

    >>> age = Feature("age", "Age", "number", "years", "age")
    >>> [[told]] = reasons([age], ["age"], pd.DataFrame({"age": [30.0]}), np.array([[1.0]]), np.array([[0.0], [4.0]]),
    ...                    np.array([0]), np.array([1]))
    >>> told
    Reason(attribute='age', label='Age', value=30.0, pull=8.0, share=1.0)
    """
    names = {feature.name: at for at, feature in enumerate(features)}
    owner = np.array([names[column if column in names else column.partition("=")[0]] for column in columns])
    known = (label >= 0) & (runner_up >= 0)
    first, second = centres[np.where(known, label, 0)], centres[np.where(known, runner_up, 0)]
    by_column = (X - second) ** 2 - (X - first) ** 2
    pulls = np.zeros((len(X), len(features)))
    for column, at in enumerate(owner):
        pulls[:, at] += by_column[:, column]
    sizes = np.abs(pulls)
    total = sizes.sum(axis=1, keepdims=True)
    shares = np.divide(sizes, total, out=np.zeros_like(sizes), where=total > 0)
    told = [values[feature.name].array for feature in features]
    return [
        sorted(
            (
                Reason(f.name, f.label, _plain(told[j][i]), float(pulls[i, j]), float(shares[i, j]))
                for j, f in enumerate(features)
            ),
            key=lambda reason: (-abs(reason.pull), reason.attribute),
        )
        if known[i]
        else []
        for i in range(len(X))
    ]


def _plain(value: Any) -> float | str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, str) else float(value)
