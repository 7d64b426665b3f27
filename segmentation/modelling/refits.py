"""Many clusterings of one matrix: on both cores, in a fixed order, with progress and cancel in between."""

import os
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from segmentation.modelling.dividing import KMEANS, Division, Method
from segmentation.progress import Progress, no_progress

Task = TypeVar("Task")
Result = TypeVar("Result")

WORKERS = min(os.cpu_count() or 1, 4)
STARTS = 3  # inside a criterion; a mixture gets one, it starts from k-means already


def each(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    progress: Progress = no_progress,
    phase: str = "comparing",
    workers: int = WORKERS,
) -> list[Result]:
    """The results of `work`, in the order of the tasks, whichever thread ran them.

    k-means and the matrix products let go of Python's lock, so threads use both cores without copying the
    matrix; inside each thread one core does the work, hence the same digits on any machine. Progress is
    told from the calling thread after every task; when it raises (cancelled), tasks not begun never begin.
    Of `workers` 1 one task runs at a time. Scikit-learn sets the filter of warnings, which is the whole process's, from
    its threads; it is given back as it was.

    >>> each(lambda x: x * x, [3, 1, 2])
    [9, 1, 4]
    """
    todo = list(tasks)
    found: list[Result] = []
    with (
        warnings.catch_warnings(),
        threadpool_limits(1),
        ThreadPoolExecutor(workers, initializer=_one_core) as pool,
    ):
        waiting = [pool.submit(work, task) for task in todo]
        try:
            for done, future in enumerate(waiting):
                progress(done / len(todo), f"{phase} ({done + 1} of {len(todo)})")
                found.append(future.result())
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return found


def _one_core() -> None:
    threadpool_limits(1)  # OpenMP keeps its limit per thread


def divide(X: np.ndarray, k: int, *, seed: int, distinct: int, method: Method = KMEANS) -> Division:
    """X divided in `k`, in fewer when it has fewer than `k` `distinct` rows."""
    return method.divide(X, max(1, min(k, distinct)), seed=seed, n_init=1 if method.name == "gmm" else STARTS)


def row_kinds(X: np.ndarray) -> np.ndarray:
    """A number per row, equal for rows exactly alike: tells quickly how many distinct rows a part of X has.

    >>> row_kinds(np.array([[1.0], [0.0], [1.0]]))
    array([1, 0, 1])
    """
    return np.unique(X, axis=0, return_inverse=True)[1].ravel()


def distinct(kinds: np.ndarray) -> int:
    """How many different rows stand behind these `row_kinds`."""
    return int(np.count_nonzero(np.bincount(kinds)))


def contingency(first: np.ndarray, second: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """How many have label i of the first and j of the second; shape (rows, columns).

    >>> contingency(np.array([0, 0, 1]), np.array([1, 1, 0]), 2, 2)
    array([[0, 2],
           [1, 0]])
    """
    return np.bincount(first * columns + second, minlength=rows * columns).reshape(rows, columns)
