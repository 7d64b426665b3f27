"""How a file was read where nobody said it: remembered for its rejected rows, and for later files in doubt."""

from collections.abc import Iterable
from typing import Any

from segmentation.ingest.dates import ELSE, MIXED, ORDERS
from segmentation.ingest.numbers import BESIDE, PERCENT
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnType

_FIRST = dict(zip(ORDERS, ("day", "month"), strict=True))


def read_as(staging: Staging, types: Iterable[tuple[int, ColumnType]], *, numbers: bool) -> dict[str, Any]:
    """Like `Reading`: ``dates``, what comes first where cells prove it, and ``decimal``, the mark all columns agree on.

    Parameters
    ----------
    types : iterable of (place, ColumnType)
    numbers : bool
        Look for the mark: it is asked of the cells, and only rejected rows need it.
    """
    dates, marks = {}, set()
    for place, kind in types:
        header = staging.dialect.header[place]
        if kind.kind == "date" and not kind.unsettled and header not in staging.dialect.choices.dates:
            own, _, other = kind.style.removeprefix(MIXED).partition(ELSE)
            if first := _FIRST.get(other or own):
                dates[header] = first
        elif kind.kind == "number" and numbers and not kind.style.startswith(BESIDE):
            if kind.style != "plain":
                marks.add(kind.style.removesuffix(PERCENT)[-2])
            elif staging.rows_of(f"SELECT count(*) > 0 FROM staged WHERE contains(c{place}, '.')")[0][0]:
                marks.add(".")
    return ({"dates": dates} if dates else {}) | ({"decimal": marks.pop()} if len(marks) == 1 else {})
