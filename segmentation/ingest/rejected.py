"""The columns that a file of rejected rows has behind the cells: which row it was, why, of which file, and the line.

The line stands only where the cells of the row are not as many as the columns. The row is refused until it is put
right and the line taken out: its first cells alone might pass as other values.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from segmentation.ingest.problems import Checked, refuse
from segmentation.ingest.staging import Staging

REMARKS = ("rejected_row", "rejected_because", "rejected_from", "rejected_line")
SEARCHED = 1 << 22  # characters: the first row may be long
_FROM = "file-"


def remarks(header: Sequence[str]) -> tuple[int, ...]:
    """Where they stand, if the header ends with them, or with the first two as it did before.

    >>> remarks(("id", "age", *REMARKS)), remarks(("id", *REMARKS[:2])), remarks(("id", "rejected_row"))
    ((2, 3, 4, 5), (1, 2), ())
    """
    for number in (len(REMARKS), 2):
        own = len(header) - number
        if own > 0 and tuple(header[own:]) == REMARKS[:number]:
            return tuple(range(own, len(header)))
    return ()


def written_from(sha256: str) -> str:
    """What names a file in ``rejected_from``; letters in front, for a spreadsheet might take digits as a number."""
    return f"{_FROM}{sha256[:16]}"


def came_from(path: Path, encoding: str) -> str:
    """The beginning of the hash of the file whose rejected rows these are, as their first rows say; "" where none."""
    with path.open(encoding=encoding, errors="replace") as file:
        found = re.search(rf"\b{_FROM}([0-9a-f]{{16}})\b", file.read(SEARCHED))
    return found[1] if found else ""


def refuse_torn(staging: Staging, checked: Checked) -> None:
    """Refuse the rows that are not put right yet."""
    places = remarks(staging.dialect.header)
    if len(places) == len(REMARKS):
        cell, header = f"c{places[3]}", staging.dialect.header[places[3]]
        expected = "an empty cell here, once the cells of the row are put right"
        refuse(staging, cell, f"{cell} IS NOT NULL", header, expected, "still_torn", checked)
