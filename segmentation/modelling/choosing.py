"""How the customers are divided: numbers of segments compared and one chosen, or the number an algorithm finds."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances
from threadpoolctl import threadpool_limits

from segmentation.errors import TrainingError
from segmentation.modelling.candidates import as_row, candidate, candidates, numbers_to_try
from segmentation.modelling.density import UNASSIGNED, knee_distance, neighbours_needed
from segmentation.modelling.dividing import KMEANS, Division, Method, default_n_init
from segmentation.modelling.limits import check_neighbours
from segmentation.modelling.metrics import SAMPLE, sample_rows
from segmentation.modelling.selection import Selection, select
from segmentation.modelling.validation import COSTLY_ROWS, Validation, validate
from segmentation.progress import Progress, part
from segmentation.wording import percent

NO_NUMBER = "the algorithm finds the number of segments itself: there is nothing to compare it with"


@dataclass(frozen=True)
class Chosen:
    """The division the model is made of, and how it was come to.

    ``measured`` are the positions, among the rows that were divided, of the sample the criteria were measured on.
    """

    selection: Selection
    division: Division
    validation: Validation | None
    measured: np.ndarray


def choose(
    X: np.ndarray,
    method: Method,
    k: int | None,
    *,
    distinct: int,
    seed: int,
    n_init: int,
    validated: bool,
    progress: Progress,
) -> Chosen:
    """Divide X: in `k` segments, in the number that fits best, or in what the algorithm finds.

    Of more than 5,000 rows the numbers of segments are compared on a sample; of one asked for all is measured.

    Raises
    ------
    TrainingError
        The algorithm leaves a segment empty, or finds fewer than two.
    """
    if not method.algorithm.counts:
        return _found(X, method, seed=seed, n_init=n_init, validated=validated, progress=progress)
    rows = sample_rows(len(X), seed)
    tried = [number for number in numbers_to_try(len(X), k) if number <= min(distinct, len(rows)) or number == k]
    starts = n_init if len(rows) == len(X) else default_n_init(len(rows))
    measurable = [number for number in tried if number <= len(rows)]
    sample = X if len(rows) == len(X) else X[rows]
    with threadpool_limits(1):  # a few thousand rows: threads would wait for each other
        found = candidates(sample, measurable, method=method, seed=seed, n_init=starts,
                           progress=part(progress, 0.0, 0.12))  # fmt: skip
    validation = None
    if validated:
        deeper = [each for each in found if k in (None, each.k)]
        validation = validate(sample, deeper, seed=seed, method=method, progress=part(progress, 0.12, 0.7))
    table = [as_row(each, validation.row(each.k) if validation else None) for each in found]
    named = validation.named() if validation else None
    selection = select(table, len(X), asked=k, sampled=len(rows) if len(rows) < len(X) else None, named=named)
    progress(0.75, f"forming {selection.k} segments of {len(X):,} customers")
    # On few customers the candidates were fitted on everybody: the chosen one is the model.
    division = next((each.division for each in found if each.k == selection.k), found[-1].division)
    if len(X) > SAMPLE:
        division = method.divide(X, selection.k, seed=seed, n_init=n_init)
    sizes = np.bincount(division.labels, minlength=selection.k)
    if not sizes.all():
        raise TrainingError(
            f"{method.algorithm.label} fills only {np.count_nonzero(sizes)} of {selection.k} segments with customers; "
            f"ask for at most {np.count_nonzero(sizes)}, or choose another algorithm"
        )
    return Chosen(selection, division, validation, rows[validation.rows] if validation else rows)


def number_for(X: np.ndarray, method: Method | None, k: int | None, *, seed: int) -> tuple[int, str]:
    """The number of segments several algorithms are compared at: the one asked for, or what k-means recommends.

    It is decided without the criteria that need many fits; `method` stands in for k-means where there is no number.
    """
    if k is not None:
        return k, f"You asked for {k} segments."
    rows = sample_rows(len(X), seed)
    distinct = len(np.unique(X[rows], axis=0))
    ks = [number for number in numbers_to_try(len(X)) if number <= distinct]
    found = candidates(X[rows], ks, method=method or KMEANS, seed=seed, n_init=default_n_init(len(rows)))
    chosen = select([as_row(each) for each in found], len(X), sampled=len(rows) if len(rows) < len(X) else None)
    return chosen.k, chosen.reason


def _found(X: np.ndarray, method: Method, *, seed: int, n_init: int, validated: bool, progress: Progress) -> Chosen:
    """One row: what a density algorithm finds by itself."""
    label = method.algorithm.label
    progress(0.0, f"looking for dense crowds with {label}")
    if method.name == "dbscan":
        check_crowding(X, method, seed)
    division = method.divide(X, 0, seed=seed, n_init=n_init)
    said = _settings_in_words(division)
    if division.k < 2:
        way_out = (
            f"a {'smaller' if division.k else 'larger'} distance (eps)"
            if "eps" in division.settings
            else "another crowd size (min_cluster_size)"
        )
        raise TrainingError(
            f"{label} finds {'one dense crowd' if division.k else 'no dense crowd'} among {len(X):,} customers "
            f"({said}), and segments need two; set {way_out}, or choose k-means"
        )
    rows = sample_rows(len(X), seed)
    if not method.algorithm.counts and validated:
        rows = rows[sample_rows(len(rows), seed, COSTLY_ROWS)]
    measured = candidate(X[rows], _of(division, rows))
    validation = None
    if validated:
        validation = validate(X[rows], [measured], seed=seed, method=method, progress=part(progress, 0.3, 0.9))
    row = as_row(measured, validation.row(division.k) if validation else None)
    row |= {"recommended": True, "not_applicable": dict.fromkeys(("gap", "gap_se", "prediction_strength"), NO_NUMBER)}
    lonely = float((division.labels == UNASSIGNED).mean())
    left = f"{percent(lonely)} of the customers are in none of them" if lonely else "nobody is left out"
    reason = f"{label} finds {division.k} segments by itself ({said}); {left}."
    return Chosen(Selection(division.k, reason, [row], None, {}), division, validation, rows)


def _of(division: Division, rows: np.ndarray) -> Division:
    """The same division, seen on some of its rows."""
    return Division(division.labels[rows], division.k, division.inertia, division.points, division.label_of)


def check_crowding(X: np.ndarray, method: Method, seed: int) -> None:
    """TrainingError when DBSCAN's lists of neighbours would not fit; judged by a sample."""
    some = X[sample_rows(len(X), seed, COSTLY_ROWS)]
    needed = method.min_samples or neighbours_needed(X.shape[1])
    eps = method.eps or knee_distance(some, min(needed, len(some) - 1))
    check_neighbours(len(X), float((pairwise_distances(some) <= eps).mean()), eps)


def _settings_in_words(division: Division) -> str:
    settings = division.settings
    if "eps" in settings:
        return f"a distance of {settings['eps']:.3g}, {settings['min_samples']} neighbours"
    return f"crowds of at least {settings['min_cluster_size']}, {settings['min_samples']} neighbours"
