"""What is remarked on about a column of dates: each can be read, but perhaps not as it was meant."""

import shlex

from segmentation.ingest.asking import which_first
from segmentation.ingest.dates import COUNTED, has_two_digits, is_zoned
from segmentation.ingest.problems import Checked, Problem, collect
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnType


def date_remarks(staging: Staging, place: int, kind: ColumnType, checked: Checked) -> None:
    """Warnings about column `place`, once each: orders of day and month, years of two digits, zones."""
    header, cell, value = staging.dialect.header[place], f"c{place}", kind.expression(f"c{place}")
    if kind.ambiguous:
        checked.add([_ambiguous(staging, place, kind)])
    if kind.by_earlier and (found := _first(staging, cell, value, "true")):
        row, text, read = found
        told = f"a date that tells its day from its month; read as {read[:10]}, like the dates of an earlier file"
        checked.add([Problem(row, header, text, told, "earlier_order", "warning")])
    if (own := kind.usual) is not None:
        odd = f"({value}) IS NOT NULL AND ({own.expression(cell)}) IS NULL"
        collect(staging, cell, odd, header, own.expected, "mixed_dates", checked, "warning")
    if kind.style not in ("iso", "%Y%m%d", *COUNTED) and (found := _first(staging, cell, value, has_two_digits(cell))):
        row, text, read = found
        told = f"a year of four digits; read as {read[:10]}, for two digits mean {kind.until - 99} to {kind.until}"
        checked.add([Problem(row, header, text, told, "two_digit_year", "warning")])
    moved = f"{is_zoned(cell)} AND ({value}) <> TRY_CAST({cell} AS TIMESTAMP)"
    if kind.style in COUNTED and (found := _first(staging, cell, value, "true")):
        row, text, read = found
        told = f"a date; read as {read}, for numbers here can be {kind.style}"
        checked.add([Problem(row, header, text, told, "counted_date", "warning")])
    if kind.zoned and (found := _first(staging, cell, value, moved)):
        row, text, read = found
        told = f"a time in UTC; stored as {read} in UTC, as every time of this column that names another zone"
        checked.add([Problem(row, header, text, told, "other_zone", "warning")])


def _first(staging: Staging, cell: str, value: str, condition: str) -> tuple[int, str, str] | None:
    """Row, text and reading of the first date of which this holds."""
    found = staging.rows_of(
        f"SELECT row_number, {cell}, CAST({value} AS VARCHAR) FROM staged WHERE {condition} "
        f"AND ({value}) IS NOT NULL ORDER BY row_number LIMIT 1"
    )
    return found[0] if found else None


def _ambiguous(staging: Staging, place: int, kind: ColumnType) -> Problem:
    """Every date could be read either way; they are read day first."""
    header = staging.dialect.header[place]
    row, cell = staging.rows_of(
        f"SELECT row_number, c{place} FROM staged WHERE c{place} IS NOT NULL ORDER BY row_number LIMIT 1"
    )[0]
    day, month = (words.rpartition(": ")[2] for words in which_first(header, cell, kind.until).choices.values())
    otherwise = f"If {month} is meant: --date-order {shlex.quote(f'{header}=mdy')}"
    told = f"a date that tells its day from its month; read as {day}. {otherwise}"
    return Problem(row, header, cell, told, "ambiguous_date", "warning")
