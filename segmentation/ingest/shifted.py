"""Rows of more cells than the columns have names: decimal commas that nothing tells from those between cells."""

import re
from collections.abc import Sequence

from segmentation import vocabulary
from segmentation.errors import BadFileError
from segmentation.ingest.layout import Layout, rows_of

ALIKE = 0.9  # of the rows have more cells than there are names
_NUMBER = re.compile(r"[-+]?\d[\d.,]*")
_POINT = re.compile(r"[-+]?\d*\.\d+")
_BEFORE, _BEHIND = re.compile(r"[-+]?\d+"), re.compile(r"\d{1,6}")
_QUOTED_NUMBER = re.compile(r'^"\d+",.*\b\d', re.MULTILINE)


def refuse_shifted(shown: str, text: str, layout: Layout) -> None:
    """BadFileError where names cannot be given to the cells below them; messages call the file `shown`.

    One cell more than names may be the name of a row, as R writes it: then it is in quotes, or the first name is
    nothing that the first cells could be.
    """
    if layout.header[:1] != ("column_1",):
        return
    rows = [row for row in rows_of(text, layout.delimiter, layout.quote) if any(map(str.strip, row))]
    place = next((place for place, row in enumerate(rows) if _are_names(row)), None)
    if place is None:
        return
    names, below = rows[place], rows[place + 1 :]
    longer = [row for row in below if len(row) > len(names) and all(map(str.strip, row[len(names) :]))]
    if not longer or len(longer) < ALIKE * len(below):
        return
    pair = _decimals(longer) if layout.delimiter == "," else None
    if layout.row_names and (not pair or _QUOTED_NUMBER.search(text) or not _could_key(names[0], longer)):
        return
    if pair:
        found = ",".join(longer[0][pair : pair + 2])
        raise BadFileError(
            f"{shown} has {len(names)} names of columns and rows of {len(longer[0])} cells: its decimals seem to be "
            f"written with the comma that separates the cells (like {found}), so nobody can tell them apart; save it "
            "with semicolons between the cells, or with decimal points"
        )
    if len(names) > 2 and not layout.row_names:
        raise BadFileError(
            f"{shown} has {len(names)} names of columns and rows of {len(longer[0])} cells "
            f"({layout.delimiter.join(longer[0])[:60]!r}); put quotes around cells with the separator in them, or give "
            "every column a name"
        )


def _are_names(row: Sequence[str]) -> bool:
    """Could these be the names of several columns?"""
    filled = [cell for cell in row if cell.strip()]
    return len(filled) > 1 and not row[0].startswith("#") and not any(_NUMBER.fullmatch(cell.strip()) for cell in row)


def _decimals(rows: Sequence[Sequence[str]]) -> int | None:
    """The first place from which on whole numbers and further digits follow each other in nearly every row.

    >>> _decimals([["a", "21", "5"], ["b", "34", "25"]]), _decimals([["a", "1.5", "2"], ["b", "3", "4"]])
    (1, None)
    """
    if any(_POINT.fullmatch(cell.strip()) for row in rows for cell in row):
        return None
    for place in range(max(map(len, rows)) - 2, -1, -1):
        pairs = [row[place : place + 2] for row in rows if len(row) > place + 1]
        fit = sum(bool(_BEFORE.fullmatch(a.strip()) and _BEHIND.fullmatch(b.strip())) for a, b in pairs)
        if len(pairs) == len(rows) and fit >= ALIKE * len(rows):
            return place
    return None


def _could_key(name: str, rows: Sequence[Sequence[str]]) -> bool:
    """Does the first name fit the first cells: none at all, or a customer's key over different values?"""
    return not name.strip() or (
        vocabulary.canonical(name) == "customer_id" and len({row[0] for row in rows}) == len(rows)
    )
