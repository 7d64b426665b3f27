"""The columns that a file of rejected rows has behind the cells: which row it was, and why."""

from collections.abc import Sequence

REMARKS = ("rejected_row", "rejected_because")


def remarks(header: Sequence[str]) -> tuple[int, ...]:
    """Where they stand, if the header ends with both.

    >>> remarks(("id", "age", *REMARKS)), remarks(("id", "rejected_row"))
    ((2, 3), ())
    """
    own = len(header) - len(REMARKS)
    return (own, own + 1) if own > 0 and tuple(header[own:]) == REMARKS else ()
