"""Several algorithms on the very same matrix, measured by the same criteria, with their time and memory."""

import threading
import time
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import psutil
from scipy.stats import rankdata
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from segmentation.errors import TrainingError
from segmentation.modelling.algorithms import ALGORITHMS
from segmentation.modelling.assigners import stand_in_agreement
from segmentation.modelling.choosing import NO_NUMBER, check_crowding
from segmentation.modelling.density import UNASSIGNED
from segmentation.modelling.dividing import MANY_ROWS, Division, Method, default_n_init
from segmentation.modelling.limits import check_pairs
from segmentation.modelling.metrics import quality_of_everyone, sample_rows
from segmentation.modelling.stability import refit, stability
from segmentation.modelling.validation import COSTLY_ROWS
from segmentation.progress import Progress, no_progress, part

LOOKS_EVERY = 0.01  # seconds
RANKED = {"silhouette": 1, "calinski_harabasz": 1, "davies_bouldin": -1, "stability": 1}


@dataclass(frozen=True)
class Entry:
    """One algorithm of a comparison; what could not be measured is None.

    Attributes
    ----------
    k : int
        Segments it made; Unassigned is none.
    silhouette, calinski_harabasz, davies_bouldin : float
        Of everybody, those in no segment counted in the nearest; on a sample of 5,000 where there are more.
    stability : float in [0, 1]
        Mean overlap of the weakest segment with its best match over 50 refits, on 2,000 customers at most.
    smallest_share, unassigned_share : float in [0, 1]
    agreement : float in [0, 1]
        Of the stand-in that assigns with the algorithm; None where the algorithm assigns itself.
    seconds : float
        To form the segments and assign everybody, on this machine now.
    memory_mb : float
        Most memory this process held meanwhile over what it held before, looked at every hundredth of a second. What
        it had freed before is used again first, so that below some 10 MB the figure says nothing.
    rank : float
        Median rank over silhouette, Calinski-Harabasz, Davies-Bouldin and stability; 1 is best.
    error : str
        Why it could not.
    """

    algorithm: str
    label: str
    k: int | None = None
    silhouette: float | None = None
    calinski_harabasz: float | None = None
    davies_bouldin: float | None = None
    stability: float | None = None
    smallest_share: float | None = None
    unassigned_share: float | None = None
    agreement: float | None = None
    seconds: float | None = None
    memory_mb: float | None = None
    rank: float | None = None
    note: str | None = None
    error: str | None = None


def leaderboard(
    X: np.ndarray,
    methods: Sequence[Method],
    k: int,
    *,
    seed: int,
    sample: int | None = None,
    progress: Progress = no_progress,
) -> list[Entry]:
    """Divide X by every method; the best median rank first, those that could not last.

    Parameters
    ----------
    X : ndarray, shape (n, n_columns)
        The prepared matrix.
    k : int
        For those that take a number of segments.
    sample : int, optional
        Form the segments on so many customers, drawn by the seed.
    """
    entries = []
    with threadpool_limits(1 if len(X) <= MANY_ROWS else None), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for at, method in enumerate(methods):
            step = part(progress, at / len(methods), (at + 1) / len(methods))
            step(0.0, f"dividing with {method.algorithm.label}")
            try:
                entries.append(_measured(X, method, k, seed, sample, step))
            except TrainingError as refused:
                entries.append(Entry(method.name, method.algorithm.label, error=str(refused)))
    return ranked(entries)


def _measured(X: np.ndarray, method: Method, k: int, seed: int, sample: int | None, progress: Progress) -> Entry:
    algorithm = method.algorithm
    formed = X if sample is None or sample >= len(X) else X[sample_rows(len(X), seed, sample)]
    check_pairs(algorithm, *formed.shape)
    if method.name == "dbscan":
        check_crowding(formed, method, seed)
    began = time.perf_counter()
    with Memory() as memory:
        division = method.divide(formed, k, seed=seed, n_init=default_n_init(len(formed)))
        if division.k < 2:
            raise TrainingError(f"it finds {'one dense crowd' if division.k else 'no dense crowd'}")
        assigned = division.assigner(formed, predicts=algorithm.predicts, seed=seed).assign(X)
    seconds = time.perf_counter() - began
    progress(0.4, f"refitting {algorithm.label} to other draws of the customers")
    labels = np.where(assigned.label == division.k, UNASSIGNED, assigned.label)
    sizes = np.bincount(labels[labels >= 0], minlength=division.k)
    rows, some = sample_rows(len(X), seed), sample_rows(len(formed), seed, COSTLY_ROWS)
    drawn = np.ascontiguousarray(formed[some], dtype=np.float32)
    refits = refit(drawn, [division.k], seed=seed, method=method, progress=part(progress, 0.4, 0.95))
    separation = quality_of_everyone(X[rows], assigned.of(rows), division.k)
    return Entry(
        method.name,
        algorithm.label,
        division.k,
        separation["silhouette"],
        separation["calinski_harabasz"],
        separation["davies_bouldin"],
        stability=stability(division.labels[some], refits[division.k]).weakest,
        smallest_share=float(sizes.min() / len(X)),
        unassigned_share=float((labels == UNASSIGNED).mean()),
        agreement=None if algorithm.predicts else _agreement(formed, division, seed),
        seconds=seconds,
        memory_mb=memory.peak / 2**20,
        note=None if algorithm.counts else NO_NUMBER,
    )


def _agreement(formed: np.ndarray, division: Division, seed: int) -> float:
    rows = sample_rows(len(formed), seed)
    own = division.labels[rows]
    return stand_in_agreement(formed[rows], np.where(own == UNASSIGNED, division.k, own), seed=seed)


def ranked(entries: Sequence[Entry]) -> list[Entry]:
    """With their median ranks, the best first; ties in the order given, those with an error last.

    >>> one = Entry("a", "A", silhouette=0.3, calinski_harabasz=90.0, davies_bouldin=1.0, stability=0.9)
    >>> two = Entry("b", "B", silhouette=0.4, calinski_harabasz=99.0, davies_bouldin=0.8, stability=0.8)
    >>> [(each.algorithm, each.rank) for each in ranked([one, two, Entry("c", "C", error="too many")])]
    [('b', 1.0), ('a', 2.0), ('c', None)]
    """
    measured = [each for each in entries if each.error is None]
    ranks = []
    for name, direction in RANKED.items():
        values = np.array([np.nan if getattr(e, name) is None else -direction * getattr(e, name) for e in measured])
        ranks.append(rankdata(np.where(np.isnan(values), np.inf, values).round(3)))  # further digits are no merit
    medians = np.median(ranks, axis=0) if measured else []
    found = [Entry(**{**vars(each), "rank": float(rank)}) for each, rank in zip(measured, medians, strict=True)]
    return sorted(found, key=lambda each: each.rank or 0.0) + [each for each in entries if each.error is not None]


class Memory:
    """The most memory this process holds during a block, over what it held at its start; ``peak`` in bytes."""

    def __init__(self) -> None:
        self.peak = 0
        self._process = psutil.Process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)

    def __enter__(self) -> Self:
        self._start = self._process.memory_info().rss
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.peak = max(self.peak, self._process.memory_info().rss - self._start)
            if self._ended.wait(LOOKS_EVERY):
                return


def serving(kinds: Collection[str]) -> list[str]:
    """The algorithms worth comparing on features of these kinds.

    k-prototypes is k-means where there is no category, and the only one where there is nothing else.

    >>> serving({"number"})[-1], serving({"category"}), len(serving({"number", "category"}))
    ('dbscan', ['kprototypes'], 8)
    """
    if set(kinds) == {"category"}:
        return ["kprototypes"]
    return [name for name in ALGORITHMS if name != "kprototypes" or "category" in kinds]


def as_json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    return [dict(vars(each)) for each in entries]
