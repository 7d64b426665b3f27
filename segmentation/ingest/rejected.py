"""The columns that a file of rejected rows has behind the cells: which row it was, why, of which file, and the line.

The line stands only where the cells of the row are not as many as the columns. The row is refused until it is put
right and the line taken out: its first cells alone might pass as other values.
"""

from collections.abc import Sequence

from segmentation.ingest.problems import Checked, refuse
from segmentation.ingest.staging import Staging

REMARKS = ("rejected_row", "rejected_because", "rejected_from", "rejected_line")
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


def came_from(staging: Staging) -> list[str]:
    """The beginnings of the hashes of the files whose rejected rows these are; [] for any other file."""
    places = remarks(staging.dialect.header)
    if len(places) < len(REMARKS):
        return []
    cell = f"c{places[2]}"
    named = staging.rows_of(
        f"SELECT DISTINCT {cell} FROM staged WHERE regexp_full_match({cell}, '{_FROM}[0-9a-f]{{16}}')"
    )
    return sorted(name.removeprefix(_FROM) for (name,) in named)


def refuse_torn(staging: Staging, checked: Checked) -> None:
    """Refuse the rows that are not put right yet."""
    places = remarks(staging.dialect.header)
    if len(places) == len(REMARKS):
        cell, header = f"c{places[3]}", staging.dialect.header[places[3]]
        expected = "an empty cell here, once the cells of the row are put right"
        refuse(staging, cell, f"{cell} IS NOT NULL", header, expected, "still_torn", checked)
