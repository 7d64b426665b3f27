"""Loading many rows at once, on the caller's own connection and in its own transaction."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import sqlalchemy as sa

SQLITE_ROWS = 500  # rows turned into Python objects at a time: few enough to stay in the processor's cache
_AS_CSV = pa_csv.WriteOptions(include_header=False)


def bulk_insert(connection: sa.Connection, table: sa.Table, batches: Iterable[pa.RecordBatch]) -> int:
    """Insert Arrow batches into `table`; COPY on PostgreSQL, prepared tuples on SQLite.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        With its transaction begun; nothing is committed here. Of a session: ``session.connection()``.
    table : sqlalchemy.Table
        Exists in the database. Columns that the batches do not name get their server default.
    batches : iterable of pyarrow.RecordBatch
        All with the same schema; field names are column names. Null and NaN are stored as NULL,
        timestamps without their zone (give instants in UTC), JSON as text made by the caller.

    Returns
    -------
    int
        Rows inserted.

    Examples
    --------
    >>> engine = sa.create_engine("sqlite://")
    >>> table = sa.Table("t", sa.MetaData(), sa.Column("key", sa.Text), sa.Column("spend", sa.Double))
    >>> with engine.begin() as connection:
    ...     table.create(connection)
    ...     batch = pa.record_batch({"key": ["a", "b"], "spend": [1.5, None]})
    ...     print(bulk_insert(connection, table, [batch]), connection.execute(sa.select(table)).all())
    2 [('a', 1.5), ('b', None)]
    >>> engine.dispose()
    """
    if connection.dialect.name == "postgresql":
        return _copy(connection, table, batches)
    return _insert_tuples(connection, table, batches)


def _names(connection: sa.Connection, table: sa.Table, columns: Sequence[str]) -> tuple[str, str]:
    """The quoted table name and the quoted, comma separated column names."""
    preparer = connection.dialect.identifier_preparer
    return preparer.format_table(table), ", ".join(preparer.format_column(table.c[name]) for name in columns)


def _insert_tuples(connection: sa.Connection, table: sa.Table, batches: Iterable[pa.RecordBatch]) -> int:
    inserted = 0
    for batch in batches:
        name, columns = _names(connection, table, batch.schema.names)
        statement = f"INSERT INTO {name} ({columns}) VALUES ({', '.join('?' * batch.num_columns)})"
        for start in range(0, batch.num_rows, SQLITE_ROWS):
            piece = batch.slice(start, SQLITE_ROWS)
            connection.exec_driver_sql(statement, list(zip(*map(_as_list, piece.columns), strict=True)))
        inserted += batch.num_rows
    return inserted


def _as_list(column: pa.Array) -> list[Any]:
    """Python values as sqlite3 takes them; dates as the text SQLAlchemy reads back. sqlite3 stores NaN as NULL."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us")).cast(pa.string())
    elif pa.types.is_date(column.type):
        column = column.cast(pa.string())
    elif pa.types.is_integer(column.type) and column.null_count:
        return list(column.to_pylist())  # to_numpy would make floats of them
    return list(column.to_numpy(zero_copy_only=False).tolist())  # five times as fast as to_pylist


def _copy(connection: sa.Connection, table: sa.Table, batches: Iterable[pa.RecordBatch]) -> int:
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        return 0
    name, columns = _names(connection, table, first.schema.names)
    inserted = 0
    driver: Any = connection.connection.dbapi_connection  # psycopg's
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT csv)") as copy:
        batch: pa.RecordBatch | None = first
        while batch is not None:
            text = BytesIO()
            pa_csv.write_csv(_csv_ready(batch), text, _AS_CSV)
            copy.write(text.getbuffer())
            inserted += batch.num_rows
            batch = next(batches, None)
    return inserted


def _csv_ready(batch: pa.RecordBatch) -> pa.RecordBatch:
    """NaN as null (an empty cell), instants without zone, categories as text."""
    columns = []
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        elif pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        elif pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us"))
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
