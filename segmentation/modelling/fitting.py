"""From customers and a recipe to a model: plan, prepare, compare, fit. Pure: frames in, a model out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from segmentation import projection
from segmentation.errors import TrainingError
from segmentation.features.plan import Plan, plan
from segmentation.features.preparation import preparation, prepared_columns, report
from segmentation.features.recipes import AttributeLike, Match
from segmentation.modelling.artifacts import ModelBundle
from segmentation.modelling.candidates import (
    CUSTOMERS_PER_SEGMENT,
    FEWEST,
    Candidate,
    as_row,
    candidates,
    check_distinct,
    numbers_to_try,
)
from segmentation.modelling.metrics import SAMPLE, quality, sample_rows
from segmentation.modelling.pipeline import MANY_ROWS, assemble, clusterer, default_n_init
from segmentation.modelling.reality import RealityCheck
from segmentation.modelling.selection import Selection, select
from segmentation.modelling.stability import Stability, stability
from segmentation.modelling.validation import Validation, check_reality, validate
from segmentation.progress import Progress, no_progress, part
from segmentation.scoring import Assigned, nearest


@dataclass(frozen=True)
class FitOptions:
    """How to cluster; `n_init` None is 10 starts, above 200,000 customers 1.

    Without `validate` neither gap, prediction strength, stability nor reality are looked into: the result
    says that they were not checked.
    """

    algorithm: str = "kmeans"
    k: int | Literal["auto"] = "auto"
    seed: int = 42
    plain: bool = False
    n_init: int | None = None
    validate: bool = True


@dataclass(frozen=True)
class Fitted:
    """A model and everything said of how it came about.

    ``X`` is the matrix that was clustered, ``assigned`` the training customers' labels, ``plan`` holds the
    features' values before preparation, ``preparation`` what was done to them. ``reality`` and ``stability``
    are None when they were not checked.
    """

    bundle: ModelBundle
    plan: Plan
    X: np.ndarray
    assigned: Assigned
    selection: Selection
    metrics: dict[str, Any]
    preparation: list[dict[str, Any]]
    n_init: int
    reality: RealityCheck | None
    stability: Stability | None


def fit_model(
    match: Match,
    attributes: Sequence[AttributeLike],
    frame: pd.DataFrame,
    as_of: date,
    options: FitOptions,
    progress: Progress = no_progress,
) -> Fitted:
    """Train one model.

    Parameters
    ----------
    match : Match
        A recipe that fits the dataset.
    attributes : sequence of AttributeLike
        Of the dataset.
    frame : DataFrame, shape (n_customers, n_attributes)
        Raw attributes in a fixed order of rows: the same rows and seed give the same model.
    as_of : date
        The day ages and tenures are counted to.

    Raises
    ------
    TrainingError
        The customers or the options do not allow a model; the message says why.

    Notes
    -----
    Up to 200,000 customers one thread does it: several add up in an order of their own, and the last digits
    would differ from one training to the next; on a busy machine they also wait for each other.
    """
    with threadpool_limits(1 if len(frame) <= MANY_ROWS else None):
        return _fit(match, attributes, frame, as_of, options, progress)


def _fit(
    match: Match,
    attributes: Sequence[AttributeLike],
    frame: pd.DataFrame,
    as_of: date,
    options: FitOptions,
    progress: Progress,
) -> Fitted:
    k = check_k(options.k, len(frame))
    progress(0.0, "deriving the features")
    planned = plan(match, attributes, frame, as_of)
    if not planned.features:
        raise TrainingError(_nothing_usable(planned))
    if all(feature.kind == "category" for feature in planned.features):
        raise TrainingError(_no_numbers(planned))
    progress(0.1, "preparing the features")
    prepare = preparation(planned.features, seed=options.seed, plain=options.plain)
    X = np.ascontiguousarray(prepare.fit_transform(planned.values))
    distinct = check_distinct(X, k)
    n_init = options.n_init or default_n_init(len(X))
    selection, chosen, validation = _select(X, k, distinct, options, n_init, part(progress, 0.2, 0.5))
    reality = None
    if options.validate:
        reality = check_reality(
            planned.features, planned.values, prepare, X, [few for few in numbers_to_try(len(X)) if few <= distinct],
            seed=options.seed, algorithm=options.algorithm, progress=part(progress, 0.5, 0.65),
        )  # fmt: skip
    progress(0.65, f"forming {selection.k} segments of {len(X):,} customers")
    # On few customers the candidates were fitted on everybody: the chosen one is the model.
    fitted = chosen.fitted if len(X) <= SAMPLE else clusterer(
        options.algorithm, selection.k, seed=options.seed, n_init=n_init
    ).fit(X)  # fmt: skip
    progress(0.9, "measuring the result")
    assigned = nearest(X, np.asarray(fitted.cluster_centers_))
    rows = sample_rows(len(X), options.seed)
    refits = validation.refits.get(selection.k) if validation else None
    steady = stability(assigned.label[rows], refits) if refits else None
    metrics = {
        **quality(X[rows], assigned.label[rows]),
        "inertia": float(fitted.inertia_),
        "stability": steady.ari if steady else None,
    }
    names, labels = zip(*prepared_columns(planned.features, prepare), strict=True)
    bundle = ModelBundle(
        pipeline=assemble(planned.features, as_of, prepare, fitted),
        projection=projection.fit(X, options.seed),
        features=planned.features,
        inputs=list(dict.fromkeys(name for feature in planned.features for name in feature.attributes)),
        feature_names=list(names),
        feature_labels=list(labels),
        as_of=as_of,
        k=selection.k,
    )
    told = report(planned, prepare)
    return Fitted(bundle, planned, X, assigned, selection, metrics, told, n_init, reality, steady)


def _select(
    X: np.ndarray, k: int | None, distinct: int, options: FitOptions, n_init: int, progress: Progress
) -> tuple[Selection, Candidate, Validation | None]:
    """Compare the numbers of segments, on a sample where there are many customers; of one asked for all is measured."""
    rows = sample_rows(len(X), options.seed)
    tried = [number for number in numbers_to_try(len(X), k) if number <= min(distinct, len(rows)) or number == k]
    starts = n_init if len(rows) == len(X) else default_n_init(len(rows))
    measurable = [number for number in tried if number <= len(rows)]
    with threadpool_limits(1):  # a few thousand rows: threads would wait for each other
        found = candidates(
            X[rows], measurable, algorithm=options.algorithm, seed=options.seed, n_init=starts,
            progress=part(progress, 0.0, 0.2),
        )  # fmt: skip
    sampled = len(rows) if len(rows) < len(X) else None
    validation = None
    if options.validate:
        deeper = [candidate for candidate in found if k in (None, candidate.k)]
        validation = validate(
            X[rows], deeper, seed=options.seed, algorithm=options.algorithm, progress=part(progress, 0.2, 1.0)
        )
    table = [as_row(candidate, validation.row(candidate.k) if validation else None) for candidate in found]
    named = validation.named() if validation else None
    selection = select(table, len(X), asked=k, sampled=sampled, named=named)
    chosen = next((candidate for candidate in found if candidate.k == selection.k), found[-1])
    return selection, chosen, validation


def check_k(k: int | str, customers: int) -> int | None:
    """The number of segments asked for, None for ``auto``; TrainingError when these customers cannot have it.

    >>> check_k("auto", 200), check_k(5, 200)
    (None, 5)
    >>> check_k(300, 200)
    Traceback (most recent call last):
    ...
    segmentation.errors.TrainingError: k=300 is more than the 200 customers; up to 6 is sensible for so many, or auto
    """
    if customers == 0:
        raise TrainingError("the dataset has no customers; import a customer file first")
    if customers < FEWEST:
        raise TrainingError("the dataset has only one customer, and segments need at least 2; import more customers")
    if k == "auto":
        return None
    if isinstance(k, bool) or not isinstance(k, int):
        raise TrainingError(f"k={k!r} is not a number of segments; give a whole number from 2 on, or auto")
    if k < FEWEST:
        raise TrainingError(f"k={k} is not a division; ask for at least 2 segments, or for auto")
    if k > customers:
        most = max(FEWEST, min(10, customers // CUSTOMERS_PER_SEGMENT))
        raise TrainingError(
            f"k={k} is more than the {customers:,} customers; up to {most} is sensible for so many, or auto"
        )
    return k


def _no_numbers(planned: Plan) -> str:
    """k-means averages and measures distances; between words there are none, only equal or different."""
    labels = [feature.label for feature in planned.features]
    named = ", ".join(labels[:3]) + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")
    return (
        f"there is no number among the attributes, only categories ({named}), and k-means measures distances "
        "between numbers; import a column such as spending, visits or age"
    )


def _nothing_usable(planned: Plan) -> str:
    reasons = "; ".join(f"{told['label']}: {told['excluded']}" for told in planned.excluded[:5])
    more = f"; and {len(planned.excluded) - 5} more" if len(planned.excluded) > 5 else ""
    return f"no attribute can form segments ({reasons}{more})" if reasons else "the dataset has no attributes to use"
