"""Rows that a quotation mark without its partner made of several lines, told from texts of several lines."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from segmentation.ingest.cells import raw

_NUMBER = re.compile(r"\s*[-+]?\d[\d.,]*\s*")


def swallowing(batch: pa.RecordBatch, delimiter: str, quote: str) -> list[int]:
    """The places of the rows with a cell that holds further rows of the table."""
    if quote == "none" or batch.num_columns < 2:
        return []
    found: set[int] = set()
    for place, column in enumerate(batch.columns):
        if b"\n" not in raw(column):
            continue
        for row in pc.indices_nonzero(pc.match_substring(column, "\n")).to_pylist():
            before = [str(each[row]) for each in batch.columns[:place]]
            if swallows(before, str(column[row]), batch.num_columns, delimiter, quote):
                found.add(row)
    return sorted(found)


def swallows(before: list[str], cell: str, width: int, delimiter: str, quote: str) -> bool:
    """Does this cell, behind those `before` it, hold further rows of a table of `width` columns?

    A line of it is cut into as many cells as the table has; and either the mark that closes it began another cell, so
    that this one's own is left at the end, or that line has numbers where the row has numbers.

    >>> swallows(["2", "31"], 'bad\\n3,23,fine\\n4,40,ok"', 3, ",", '"')
    True
    >>> swallows(["2", "31"], "Dear Ann\\nthanks, yes, again", 3, ",", '"')
    False
    """
    first, *middle, last = cell.split("\n")
    whole = [line.split(delimiter) for line in middle if line.count(delimiter) == width - 1]
    if last.count(delimiter) == len(before) and first.count(delimiter) == width - 1 - len(before):
        whole.append(last.split(delimiter))
    if not whole:
        return False
    if cell.endswith(quote) and cell.count(quote) % 2:
        return True
    numbers = [place for place, value in enumerate(before) if _NUMBER.fullmatch(value)]
    return bool(numbers) and any(all(_NUMBER.fullmatch(line[place]) for place in numbers) for line in whole)
