"""Values of a column from all over the file, in an order that does not hang on the file's own; always the same ones.

Of a file of few rows these are all values. Each question costs what all columns of the table together cost to look up,
so that they are read many columns at a time, whereas a large file is read to its end once for all columns.
"""

from collections.abc import Iterator

from segmentation.ingest.staging import WIDE, Staging

SAMPLE = 2000
SPREAD = 3  # times as many rows are set apart for the samples: some have no value
TOGETHER = 500  # columns
CELLS = 1_000_000  # of the columns that are looked at together
EXACT_ROWS = 100_000  # different values are counted exactly up to here, estimated beyond


def has_few_rows(staging: Staging) -> bool:
    """Are the samples of its columns whole columns?"""
    return staging.rows <= SAMPLE


def is_counted_by_cells(staging: Staging) -> bool:
    """Are its columns counted below each other, a group at a time, and their different values exactly?"""
    return has_few_rows(staging) or (len(staging.dialect.header) > WIDE and staging.rows <= EXACT_ROWS)


def groups(staging: Staging) -> Iterator[range]:
    """The places of the columns that are looked at together, as many as memory holds."""
    width = len(staging.dialect.header)
    step = max(min(CELLS // max(staging.rows, 1), TOGETHER), 1)
    return (range(start, min(start + step, width)) for start in range(0, width, step))


def sample_of(staging: Staging, place: int) -> list[str]:
    """Up to 2,000 values of column `place`, without missing ones."""
    if has_few_rows(staging):
        return _whole(staging, place)
    for table in ("sampled", "staged") if _is_set_apart(staging) else ("staged",):
        spread = f"SELECT c{place} FROM {table} WHERE c{place} IS NOT NULL ORDER BY hash(row_number) LIMIT {SAMPLE}"
        found = [value for (value,) in staging.rows_of(spread)]
        if len(found) == SAMPLE:
            break  # else too few of the sampled rows have a value
    return found


def set_rows_apart(staging: Staging) -> None:
    """The rows that most samples are of."""
    if _is_set_apart(staging):
        highest = 2**64 * SPREAD * SAMPLE // staging.rows
        staging.run(f"CREATE OR REPLACE TABLE sampled AS SELECT * FROM staged WHERE hash(row_number) < {highest}")


def _is_set_apart(staging: Staging) -> bool:
    return staging.rows > SPREAD * SAMPLE and len(staging.dialect.header) <= WIDE


def _whole(staging: Staging, place: int) -> list[str]:
    if place not in staging.seeded:
        group = next(group for group in groups(staging) if place in group)
        columns = ", ".join(f"c{each}" for each in group)
        table = staging.table(f"SELECT {columns} FROM staged ORDER BY hash(row_number)")
        staging.seeded = dict(zip(group, table.columns, strict=True))
    values: list[str] = staging.seeded[place].drop_null().to_pylist()
    return values
