"""Every row of the store as Arrow batches, and back: what a backup is made of, the same on both databases."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from db import before, customers, transactions
from db.base import Base
from db.bulk import bulk_insert
from db.models import Attribute, Dataset, Worker

ROWS = 20_000  # read at a time: keeps peak memory flat
NOT_KEPT = {Worker.__tablename__}  # processes of this moment

_ARROW_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], pa.DataType], ...] = (
    (sa.JSON, pa.large_string()),
    (sa.Boolean, pa.bool_()),
    (sa.Integer, pa.int64()),
    (sa.Float, pa.float64()),
    (sa.LargeBinary, pa.large_binary()),
    (sa.Date, pa.date32()),
    (sa.DateTime, pa.timestamp("us")),
    (sa.String, pa.large_string()),
)


def fixed_tables() -> list[sa.Table]:
    """The tables the migrations made, each after those it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in NOT_KEPT]


def dataset_tables(connection: sa.Connection) -> list[sa.Table]:
    """The typed tables each dataset may have, as its attribute rows describe them; see `exists`."""
    named = connection.execute(sa.select(Dataset.id, Dataset.slug).order_by(Dataset.id)).all()
    described = [(slug, _columns(connection, dataset_id)) for dataset_id, slug in named]
    return [
        table
        for slug, columns in described
        for table in (
            customers.customers_table(slug, columns),
            before.before_table(slug, columns),
            transactions.transactions_table(slug),
        )
    ]


def exists(connection: sa.Connection, table: sa.Table) -> bool:
    """Is the table there?"""
    return sa.inspect(connection).has_table(table.name)


def _columns(connection: sa.Connection, dataset_id: int) -> list[Any]:
    select = sa.select(Attribute.name, Attribute.kind).where(Attribute.dataset_id == dataset_id)
    return list(connection.execute(select.order_by(Attribute.position)))


def arrow_schema(table: sa.Table) -> pa.Schema:
    """The columns of `table` in Arrow's types; instants as UTC without zone, JSON as text."""
    return pa.schema([pa.field(column.name, _arrow_type(column.type)) for column in table.columns])


def _arrow_type(kind: sa.types.TypeEngine[Any]) -> pa.DataType:
    if isinstance(kind, sa.TypeDecorator):
        kind = kind.impl_instance
    return next(arrow for sql, arrow in _ARROW_TYPES if isinstance(kind, sql))


def read(connection: sa.Connection, table: sa.Table) -> Iterator[pa.RecordBatch]:
    """All rows by primary key, in batches of 20,000."""
    schema = arrow_schema(table)
    is_json = [isinstance(column.type, sa.JSON) for column in table.columns]
    select = sa.select(table).order_by(*table.primary_key.columns)
    result = connection.execution_options(stream_results=True, max_row_buffer=ROWS).execute(select)
    for rows in result.partitions(ROWS):
        columns = [
            pa.array(map(_as_text, values) if json_ else map(_without_zone, values), field.type)
            for values, field, json_ in zip(zip(*rows, strict=True), schema, is_json, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _as_text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _without_zone(value: Any) -> Any:
    """Instants come in UTC; Arrow would refuse to drop their zone."""
    return value.replace(tzinfo=None) if getattr(value, "tzinfo", None) else value


def is_empty(connection: sa.Connection) -> bool:
    """Does the store hold no dataset?"""
    return connection.scalar(sa.select(sa.func.count()).select_from(Dataset)) == 0


def clear(connection: sa.Connection) -> None:
    """Remove what a store without datasets may still hold: finished jobs, events."""
    for table in reversed(fixed_tables()):
        connection.execute(table.delete())


def write(connection: sa.Connection, table: sa.Table, batches: Iterable[pa.RecordBatch]) -> int:
    """Insert the rows of `read`, on the same or the other database; answers how many.

    On PostgreSQL the next id given out is beyond those inserted.
    """
    if connection.dialect.name != "postgresql":
        return bulk_insert(connection, table, batches)
    connection.execute(sa.text("SET LOCAL TIME ZONE 'UTC'"))  # instants come without their zone
    rows = bulk_insert(connection, table, map(_bytes_as_hex, batches))
    key = table.autoincrement_column
    if key is not None and rows:
        name = connection.dialect.identifier_preparer.format_table(table)
        sequence = sa.func.pg_get_serial_sequence(name, key.name)
        connection.execute(sa.select(sa.func.setval(sequence, sa.select(sa.func.max(key)).scalar_subquery())))
    return rows


def _bytes_as_hex(batch: pa.RecordBatch) -> pa.RecordBatch:
    """COPY takes bytes as text."""
    columns = [
        pa.array([None if value is None else rf"\x{value.hex()}" for value in column.to_pylist()], pa.large_string())
        if pa.types.is_large_binary(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def size_in_bytes(connection: sa.Connection) -> int:
    """How much the store takes on disk, roughly."""
    if connection.dialect.name == "postgresql":
        return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())
