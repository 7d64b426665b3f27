"""From customers and a recipe to a model: plan, prepare, compare, fit. Pure: frames in, a model out."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from segmentation import projection
from segmentation.features.plan import Plan, plan
from segmentation.features.preparation import preparation, prepared_columns, report
from segmentation.features.recipes import AttributeLike, Match
from segmentation.modelling.algorithms import algorithm
from segmentation.modelling.artifacts import ModelBundle
from segmentation.modelling.assigners import Assigned, Mixture, Nearest, stand_in_agreement
from segmentation.modelling.candidates import check_distinct, numbers_to_try
from segmentation.modelling.choosing import Chosen, choose
from segmentation.modelling.density import UNASSIGNED
from segmentation.modelling.dividing import MANY_ROWS, Division, Method, default_n_init
from segmentation.modelling.limits import check_any, check_features, check_fitting, check_k, check_pairs
from segmentation.modelling.metrics import quality_of_assigned, quality_of_everyone, sample_rows
from segmentation.modelling.pipeline import assemble
from segmentation.modelling.reality import RealityCheck
from segmentation.modelling.selection import Selection, size_warnings
from segmentation.modelling.stability import Stability, stability
from segmentation.modelling.validation import check_reality
from segmentation.progress import Progress, no_progress, part


@dataclass(frozen=True)
class FitOptions:
    """How to cluster; `n_init` None is 10 starts, above 200,000 customers 1.

    Without `validate` neither gap, prediction strength, stability nor reality are looked into: the result
    says that they were not checked. With `sample` the segments are formed on so many customers, drawn by the seed,
    and everybody is assigned. `eps`, `min_samples` and `min_cluster_size` are DBSCAN's and HDBSCAN's; None is taken
    from the data.
    """

    algorithm: str = "kmeans"
    k: int | Literal["auto"] = "auto"
    seed: int = 42
    plain: bool = False
    n_init: int | None = None
    validate: bool = True
    sample: int | None = None
    eps: float | None = None
    min_samples: int | None = None
    min_cluster_size: int | None = None


@dataclass(frozen=True)
class Fitted:
    """A model and everything said of how it came about.

    ``X`` is the matrix that was clustered, ``assigned`` the training customers' labels, ``plan`` holds the
    features' values before preparation, ``preparation`` what was done to them. ``reality`` and ``stability``
    are None when they were not checked. ``settings`` is what the algorithm took beside k, ``warnings`` what the
    analyst should know of how it went, ``measured`` the positions of the customers that stability looked at.
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
    settings: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    measured: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


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
    with threadpool_limits(1 if len(frame) <= MANY_ROWS else None), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what did not settle is told in `Fitted.warnings`
        return _fit(match, attributes, frame, as_of, options, progress)


def _fit(
    match: Match,
    attributes: Sequence[AttributeLike],
    frame: pd.DataFrame,
    as_of: date,
    options: FitOptions,
    progress: Progress,
) -> Fitted:
    chosen_algorithm, k, seed = algorithm(options.algorithm), check_k(options.k, len(frame)), options.seed
    check_fitting(chosen_algorithm, k)
    formed_on = min(options.sample or len(frame), len(frame))
    check_pairs(chosen_algorithm, formed_on, columns=max(len(match.features), 1))
    progress(0.0, "deriving the features")
    planned, prepare, X = prepared(
        match, attributes, frame, as_of, seed=seed, plain=options.plain, progress=part(progress, 0.1, 0.2)
    )
    check_features(planned, chosen_algorithm)
    method = method_for(options, planned, prepare)
    places = sample_rows(len(X), seed, formed_on)
    formed = X if formed_on == len(X) else X[places]
    distinct = check_distinct(formed, k)
    n_init = options.n_init or default_n_init(len(formed))
    chosen = choose(
        formed, method, k, distinct=distinct, seed=seed, n_init=n_init, validated=options.validate,
        progress=part(progress, 0.2, 0.75),
    )  # fmt: skip
    reality = None
    if options.validate:
        reality = check_reality(
            planned.features, planned.values, prepare, X, [few for few in numbers_to_try(len(X)) if few <= distinct],
            seed=seed, method=method, progress=part(progress, 0.75, 0.9),
        )  # fmt: skip
    progress(0.9, "assigning everybody and measuring the result")
    assigner = chosen.division.assigner(formed, predicts=chosen_algorithm.predicts, seed=seed)
    assigned = assigner.assign(X)
    agreement = _agreement(chosen.division, formed, assigner, method, seed)
    metrics, steady = _measured(X, formed, assigned, chosen, method, seed, agreement)
    names, labels = zip(*prepared_columns(planned.features, prepare), strict=True)
    bundle = ModelBundle(
        pipeline=assemble(planned.features, as_of, prepare, assigner),
        projection=projection.fit(X, seed),
        features=planned.features,
        inputs=list(dict.fromkeys(name for feature in planned.features for name in feature.attributes)),
        feature_names=list(names),
        feature_labels=list(labels),
        as_of=as_of,
        k=chosen.division.k,
        leaves_out=bool((chosen.division.labels == UNASSIGNED).any()),
        algorithm=options.algorithm,
    )
    settings = dict(chosen.division.settings) | ({"formed_on": formed_on} if formed_on < len(X) else {})
    return Fitted(
        bundle, planned, X, assigned, chosen.selection, metrics, report(planned, prepare), n_init, reality, steady,
        settings, _warnings(assigned, chosen, bundle, method), places[chosen.measured],
    )  # fmt: skip


def prepared(
    match: Match,
    attributes: Sequence[AttributeLike],
    frame: pd.DataFrame,
    as_of: date,
    *,
    seed: int,
    plain: bool,
    progress: Progress = no_progress,
) -> tuple[Plan, ColumnTransformer, np.ndarray]:
    """The features, their fitted preparation, and the matrix that is divided; shape (n_customers, n_columns).

    TrainingError when no attribute can form segments.
    """
    planned = plan(match, attributes, frame, as_of)
    check_any(planned)
    progress(0.0, "preparing the features")
    prepare = preparation(planned.features, seed=seed, plain=plain)
    return planned, prepare, np.ascontiguousarray(prepare.fit_transform(planned.values))


def method_for(options: FitOptions, planned: Plan, prepare: ColumnTransformer) -> Method:
    """The algorithm with its settings; k-prototypes is told which columns are one category."""
    columns = [str(name) for name in prepare.get_feature_names_out()]
    blocks: dict[str, list[int]] = {}
    if options.algorithm == "kprototypes":
        categories = {feature.name for feature in planned.features if feature.kind == "category"}
        numbers = {feature.name for feature in planned.features} - categories
        for at, column in enumerate(columns):
            name = column.partition("=")[0]
            if column not in numbers and name in categories:
                blocks.setdefault(name, []).append(at)
    return Method(
        options.algorithm, tuple(tuple(block) for block in blocks.values()), options.eps, options.min_samples,
        options.min_cluster_size,
    )  # fmt: skip


def _agreement(
    division: Division, formed: np.ndarray, assigner: Nearest | Mixture, method: Method, seed: int
) -> float | None:
    """How often what assigns agrees with the algorithm; None where the algorithm itself assigns."""
    if method.name == "bisecting":  # assigns by the nearest centre, not down its tree of splits
        return float((assigner.predict(formed) == division.labels).mean())
    if method.algorithm.predicts:
        return None
    rows = sample_rows(len(formed), seed)
    own = division.labels[rows]
    return stand_in_agreement(formed[rows], np.where(own == UNASSIGNED, division.k, own), seed=seed)


def _measured(
    X: np.ndarray, formed: np.ndarray, assigned: Assigned, chosen: Chosen, method: Method, seed: int,
    agreement: float | None,
) -> tuple[dict[str, Any], Stability | None]:  # fmt: skip
    """The model's metrics and stability, of the labels that are stored; who is unassigned is in no segment.

    Where somebody is, ``everyone`` has the metrics with them in the nearest segment, to be compared by.
    """
    k = chosen.division.k
    labels = np.where(assigned.label == k, UNASSIGNED, assigned.label)
    rows = sample_rows(len(X), seed)
    refits = chosen.validation.refits.get(k) if chosen.validation else None
    steady = None
    if refits:
        own = chosen.division.labels if len(formed) < len(X) or not method.algorithm.predicts else labels
        steady = stability(own[chosen.measured], refits)
    # k-means' own sum where it is the model's; of the others that of everybody to their segment's centre
    everyone = len(formed) == len(X) and method.name in ("kmeans", "kprototypes")
    inertia = chosen.division.inertia if everyone else float((assigned.distance[labels >= 0] ** 2).sum())
    metrics: dict[str, Any] = {
        **quality_of_assigned(X[rows], labels[rows]),
        "inertia": inertia,
        "stability": steady.ari if steady else None,
    }
    if (labels == UNASSIGNED).any():
        metrics["everyone"] = quality_of_everyone(X[rows], assigned.of(rows), k)
    return metrics | ({} if agreement is None else {"agreement": agreement}), steady


def _warnings(assigned: Assigned, chosen: Chosen, bundle: ModelBundle, method: Method) -> list[str]:
    found = []
    if not chosen.division.settled:
        found.append(
            f"{method.algorithm.label} did not settle within its rounds: its borders may still move a little. "
            "Another seed or fewer segments may help."
        )
    sizes = np.bincount(assigned.label, minlength=bundle.labels)[: bundle.k]
    return found + size_warnings(sizes.tolist(), len(assigned.label))
