"""What is remarked on about columns of numbers: each can be read, but perhaps not as it was meant."""

from collections.abc import Mapping

from segmentation.ingest.asking import decimal_doubts
from segmentation.ingest.numbers import BESIDE, number_expression
from segmentation.ingest.problems import Checked, Problem, collect
from segmentation.ingest.sampling import has_few_rows, sample_of
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnType

WHOLE = 0.5  # of a column's sampled numbers have no mark: codes may be among them
DIGITS = 16  # from so many on a number may lose the last ones
OPTIONS = {".": "point", ",": "comma"}


def number_remarks(staging: Staging, types: Mapping[int, ColumnType], checked: Checked) -> None:
    """Warnings about the columns of numbers among `types`, by place."""
    numbers = {place: kind for place, kind in types.items() if kind.kind == "number"}
    for place, kind in numbers.items():
        if kind.style.startswith(BESIDE):
            cell = f"c{place}"
            text = f"({kind.expression(cell)}) IS NOT NULL AND ({number_expression(cell, 'plain')}) IS NULL"
            told = f"a cell with a number; this is a text, and is read like {kind.style.removeprefix(BESIDE)}"
            collect(staging, cell, text, staging.dialect.header[place], told, "text_number", checked, "warning")
    for doubt in decimal_doubts(staging, numbers):
        told = (
            f"a number that tells decimals from thousands; read as {doubt.read}. "
            f"If {doubt.otherwise} is meant: --decimal {OPTIONS[doubt.other_mark]}"
        )
        header = staging.dialect.header[doubt.place]
        checked.add([Problem(doubt.row, header, doubt.example, told, "ambiguous_number", "warning")])


def damaged_numbers(staging: Staging, types: Mapping[int, ColumnType], checked: Checked) -> None:
    """Warnings about codes among numbers: one loses its leading zeros, a long one its last digits."""
    for place in _suspicious(staging, [place for place, kind in types.items() if kind.kind == "number"]):
        cell, header = f"c{place}", staging.dialect.header[place]
        zeros = f"{cell} >= '00' AND {cell} < '0:' AND regexp_full_match({cell}, '0[0-9]+')"
        told = "a number; the zeros before it are lost. If these are codes, make the column a text"
        collect(staging, cell, zeros, header, told, "lost_zeros", checked, "warning")
        exact = f"TRY_CAST({cell} AS HUGEINT) = TRY_CAST(TRY_CAST({cell} AS DOUBLE) AS HUGEINT)"
        long = f"regexp_full_match({cell}, '[+-]?[0-9]{{{DIGITS - 1},}}[1-9]0*') AND NOT coalesce({exact}, false)"
        told = "at most 15 digits in a number; the last ones are lost. If these are codes, make the column a text"
        collect(staging, cell, long, header, told, "lost_digits", checked, "warning")


def _suspicious(staging: Staging, places: list[int]) -> list[int]:
    """The columns with a cell like 0123, or with one of many digits, among numbers without marks."""
    samples = {place: sample_of(staging, place) for place in places}
    whole = [place for place, cells in samples.items() if sum(map(str.isdigit, cells)) > WHOLE * len(cells)]
    if has_few_rows(staging):
        return [place for place in whole if any("00" <= cell < "0:" or len(cell) >= DIGITS for cell in samples[place])]
    if not whole:
        return []
    parts = (f"bool_or(c{place} >= '00' AND c{place} < '0:' OR strlen(c{place}) >= {DIGITS})" for place in whole)
    found = staging.rows_of(f"SELECT {', '.join(parts)} FROM staged")[0]
    return [place for place, some in zip(whole, found, strict=True) if some]
