"""The rows of a file that are not stored: as a file to correct, and whom they name."""

import csv
import heapq
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from segmentation.csv_safety import escaped
from segmentation.errors import ConfigurationError
from segmentation.ingest.cells import cut
from segmentation.ingest.mapping import Plan
from segmentation.ingest.problems import Checked
from segmentation.ingest.rejected import REMARKS, remarks, written_from
from segmentation.ingest.staging import RaggedRow, Staging


def other_keys(staging: Staging, plan: Plan, checked: Checked) -> Iterator[pa.RecordBatch]:
    """Keys in rows that are not given out: who is named there is not absent. A torn row's key is where it should be."""
    place = plan.key or 0
    torn = [cells[place].strip() for row in staging.ragged for cells in _cut(row, staging) if len(cells) > place]
    if torn and plan.key is not None:
        yield pa.RecordBatch.from_pydict({"customer_key": torn})
    if checked.rejected > len(staging.ragged):
        yield from staging.batches(
            f"SELECT DISTINCT {plan.key_expression} AS customer_key FROM staged "
            "SEMI JOIN left_out USING (row_number) WHERE customer_key IS NOT NULL"
        )


def write_rejects(path: Path, staging: Staging, named: Path | None = None) -> None:
    """The rejected rows as they came, in order, with the remarks behind the cells; safe in a spreadsheet.

    Put right, the file can be imported again: it has the same header, in front. `named` is what an error calls it.
    """
    header = staging.dialect.header
    width = len(header) - len(remarks(header))  # of a file that was rejected before, the reasons of today count
    cells = ", ".join(f"c{place}" for place in range(width))
    query = (
        f"SELECT row_number, reason, {cells} FROM staged JOIN (SELECT row_number, string_agg(reason, '; ') AS reason "
        "FROM left_out WHERE rejected GROUP BY row_number) USING (row_number) ORDER BY row_number"
    )
    source = written_from(staging.dialect.sha256)
    torn = [
        (row.row, _reason(row), _padded(cells, width), _line(row, cells, len(header)))
        for row in sorted(staging.ragged, key=lambda row: row.row)
        for cells in _cut(row, staging)
    ]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([escaped(name) for name in (*header[:width], *REMARKS)])
            whole = (
                (row["row_number"], row["reason"], [row[f"c{place}"] or "" for place in range(width)], "")
                for batch in staging.batches(query, 2_000)
                for row in batch.to_pylist()
            )
            for number, reason, values, line in heapq.merge(whole, torn, key=lambda row: row[0]):
                writer.writerow([*map(escaped, values), number, escaped(reason), source, escaped(line)])
    except OSError as error:
        raise ConfigurationError(f"the rejected rows cannot be written to {named or path}: {error.strerror}") from None


def _cut(row: RaggedRow, staging: Staging) -> list[list[str]]:
    """A torn row's cells; of lines that became one row the cells of each."""
    if row.lines > 1:
        return [line.split(staging.dialect.delimiter) for line in row.text.splitlines()]
    return [cut(row.text, staging.dialect.delimiter, staging.dialect.quote)]


def _reason(row: RaggedRow) -> str:
    if row.lines > 1:
        return f"a quotation mark is missing; {row.lines} lines became one row"
    return f"expected {row.expected} cells, found {row.found}"


def _line(row: RaggedRow, cells: list[str], width: int) -> str:
    """The line whose cells cannot be told; "" where they are as many as the columns."""
    if len(cells) == width:
        return ""
    return row.text if row.lines == 1 else ", ".join(cells)


def _padded(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[:width]
