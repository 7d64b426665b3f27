"""Two halves of one piece of work at the same time, each on a processor of its own; in order, and a step ahead at most.

Worth it where the half that goes to the thread is spent in pyarrow or DuckDB, which let Python go on meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The items; while one is used the next is made.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    iterator, end = iter(items), object()
    with ThreadPoolExecutor(1) as beside:
        coming: Future[Any] = beside.submit(next, iterator, end)
        while (item := coming.result()) is not end:
            coming = beside.submit(next, iterator, end)
            yield item


def use_each(items: Iterable[T], use: Callable[[T], object]) -> None:
    """Call `use` with every item; meanwhile the next is made.

    >>> used = []
    >>> use_each("abc", used.append)
    >>> used
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(1) as beside:
        used: Future[object] | None = None
        for item in items:
            if used is not None:
                used.result()
            used = beside.submit(use, item)
        if used is not None:
            used.result()
