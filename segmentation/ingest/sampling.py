"""Values of a column from all over the file, in an order that does not hang on the file's own; always the same ones.

Of a file of few rows these are all values. Each question costs what all columns of the table together cost to look up,
so that they are read many columns at a time, whereas a large file is read to its end once for all columns.
"""

from segmentation.ingest.staging import WIDE, Staging

SAMPLE = 2000
SPREAD = 3  # times as many rows are set apart for the samples: some have no value
TOGETHER = 500  # columns of a file of few rows


def has_few_rows(staging: Staging) -> bool:
    """Are the samples of its columns whole columns?"""
    return staging.rows <= SAMPLE


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
    start = place - place % TOGETHER
    if start not in staging.seeded:
        places = range(start, min(start + TOGETHER, len(staging.dialect.header)))
        columns = ", ".join(f"c{each}" for each in places)
        staging.seeded = {start: staging.table(f"SELECT {columns} FROM staged ORDER BY hash(row_number)")}
    values: list[str] = staging.seeded[start].column(f"c{place}").drop_null().to_pylist()
    return values
