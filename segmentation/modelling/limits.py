"""What cannot be trained, said before it is tried: too few or too many customers, nothing to tell them apart by."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import psutil

from segmentation.errors import TrainingError
from segmentation.features.plan import Plan
from segmentation.features.recipes import Feature
from segmentation.modelling.algorithms import Algorithm
from segmentation.modelling.candidates import CUSTOMERS_PER_SEGMENT, FEWEST

SAMPLE_OFFERED = 10_000
WARD_BYTES = 8  # per pair and its mirror image: the distances, and the copy that the joins work on
NEIGHBOUR_BYTES = 10  # per customer and neighbour: its number, and what a growing list keeps in reserve
HDBSCAN_SECONDS = 4e-9  # per pair, mirror image and column, measured on one core
LONGEST = 3_600.0


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


def check_fitting(algorithm: Algorithm, k: int | None) -> None:
    """TrainingError when a number of segments is asked of an algorithm that finds it itself."""
    if k is not None and not algorithm.counts:
        raise TrainingError(f"{algorithm.label} finds the number of segments itself; leave k at auto instead of k={k}")


def check_settings(sample: int | None, **settings: float | None) -> None:
    """TrainingError when a sample is too small for segments, or a setting of DBSCAN or HDBSCAN is not above 0.

    >>> check_settings(10_000, eps=0.5, min_samples=None)
    >>> check_settings(None, eps=-1.0)
    Traceback (most recent call last):
    ...
    segmentation.errors.TrainingError: eps=-1.0 is not allowed; give a number above 0, or leave it out: the data say
    """
    if sample is not None and sample < 2 * CUSTOMERS_PER_SEGMENT:
        raise TrainingError(
            f"a sample of {sample:,} customer{'s' * (sample != 1)} cannot form segments; give at least "
            f"{2 * CUSTOMERS_PER_SEGMENT}, or leave it out"
        )
    for name, value in settings.items():
        if value is not None and not 0 < value < math.inf:  # nan is neither
            raise TrainingError(f"{name}={value} is not allowed; give a number above 0, or leave it out: the data say")
    if settings.get("min_cluster_size") == 1:
        raise TrainingError("min_cluster_size=1 is not allowed; a crowd has at least 2 customers")


def check_pairs(algorithm: Algorithm, rows: int, columns: int, free: int | None = None) -> None:
    """TrainingError when Ward would not fit into memory, or HDBSCAN would take longer than an hour.

    Parameters
    ----------
    rows, columns : int
        What it is to be formed on.
    free : int, optional
        Bytes; default what the machine, or the container, has left.

    Examples
    --------
    >>> from segmentation.modelling.algorithms import algorithm
    >>> check_pairs(algorithm("ward"), 1_000_000, 12, free=4 * 10**9)  # doctest: +NORMALIZE_WHITESPACE
    Traceback (most recent call last):
    ...
    segmentation.errors.TrainingError: Ward compares every pair of customers: 1,000,000 of them need 8,000.0 GB of
    memory and 4.0 GB are free; form the segments on a sample (10,000, say), and a stand-in assigns the others
    """
    if algorithm.name == "ward":
        free = free_memory() if free is None else free
        offer = _offer((free / 2 / WARD_BYTES) ** 0.5)
        if (needed := WARD_BYTES * rows**2) > free:
            raise TrainingError(
                f"Ward compares every pair of customers: {rows:,} of them need {_size(needed)} of memory and "
                f"{_size(free)} are free; {offer}"
            )
    if algorithm.name == "hdbscan" and (seconds := HDBSCAN_SECONDS * rows**2 * columns) > LONGEST:
        raise TrainingError(
            f"HDBSCAN compares every pair of customers: {rows:,} of them would take about {seconds / 3600:,.0f} hours; "
            f"{_offer(SAMPLE_OFFERED)}"
        )


def check_neighbours(rows: int, share: float, eps: float, free: int | None = None) -> None:
    """TrainingError when DBSCAN's lists of neighbours would not fit into memory; `share` of all pairs are within `eps`.

    >>> check_neighbours(1_000_000, 0.05, 0.8, free=4 * 10**9)  # doctest: +NORMALIZE_WHITESPACE
    Traceback (most recent call last):
    ...
    segmentation.errors.TrainingError: DBSCAN lists everybody's neighbours: within a distance of 0.8 the 1,000,000
    customers have 50,000 each, which needs 500.0 GB of memory and 4.0 GB are free; form the segments on a sample
    (10,000, say), and a stand-in assigns the others
    """
    free = free_memory() if free is None else free
    if (needed := NEIGHBOUR_BYTES * share * rows**2) > free:
        raise TrainingError(
            f"DBSCAN lists everybody's neighbours: within a distance of {eps:.3g} the {rows:,} customers have "
            f"{share * rows:,.0f} each, which needs {_size(needed)} of memory and {_size(free)} are "
            f"free; {_offer((free / 2 / NEIGHBOUR_BYTES / share) ** 0.5)}"
        )


def free_memory() -> int:
    """Bytes that this process may still take: of the machine, or of the container that holds it."""
    free = psutil.virtual_memory().available
    limit, used = (_number(Path("/sys/fs/cgroup") / name) for name in ("memory.max", "memory.current"))
    return min(free, limit - used) if os.name == "posix" and limit and used else free


def _offer(fitting: float) -> str:
    """The way out: a sample of a round number of customers, of whom so many would fit.

    >>> _offer(22_360.7), _offer(250.2)[:40]  # doctest: +NORMALIZE_WHITESPACE
    ('form the segments on a sample (10,000, say), and a stand-in assigns the others',
     'form the segments on a sample (250, say)')
    """
    rows = int(max(2 * CUSTOMERS_PER_SEGMENT, min(SAMPLE_OFFERED, fitting)))
    rows -= rows % 10 ** max(len(str(rows)) - 2, 0)
    return f"form the segments on a sample ({rows:,}, say), and a stand-in assigns the others"


def _size(count: float) -> str:
    """Bytes as people say them.

    >>> _size(8e12), _size(1.28e6)
    ('8,000.0 GB', '1.3 MB')
    """
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def check_any(planned: Plan) -> None:
    """TrainingError when no feature is left."""
    if not planned.features:
        raise TrainingError(_nothing_usable(planned))


def check_features(planned: Plan, algorithm: Algorithm) -> None:
    """TrainingError when there are categories only, which but one algorithm can work with."""
    if algorithm.name != "kprototypes" and all(feature.kind == "category" for feature in planned.features):
        raise TrainingError(_no_numbers(planned.features, algorithm))


def _no_numbers(features: Sequence[Feature], algorithm: Algorithm) -> str:
    """Between words there are no distances, only equal or different."""
    labels = [feature.label for feature in features]
    named = ", ".join(labels[:3]) + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")
    return (
        f"there is no number among the attributes, only categories ({named}), and {algorithm.label} measures distances "
        "between numbers; choose k-prototypes (kprototypes), or import a column such as spending, visits or age"
    )


def _nothing_usable(planned: Plan) -> str:
    reasons = "; ".join(f"{told['label']}: {told['excluded']}" for told in planned.excluded[:5])
    more = f"; and {len(planned.excluded) - 5} more" if len(planned.excluded) > 5 else ""
    return f"no attribute can form segments ({reasons}{more})" if reasons else "the dataset has no attributes to use"
