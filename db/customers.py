"""The typed table of a dataset: ``customers_<slug>``, one column per attribute, made at run time.

Readable by any SQL or BI tool. Nothing here commits; the caller's transaction decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv as pa_csv
import sqlalchemy as sa

SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "xmax", "cmin", "cmax", "ctid"})  # PostgreSQL has them in every table
RESERVED = frozenset({"customer_id", "customer_key", "import_batch_id"}) | SYSTEM_COLUMNS
MOST_ATTRIBUTES = 500  # SQLite stops at 2,000 columns, a PostgreSQL row at 8 kB
MOST_NAME_BYTES = 63  # PostgreSQL cuts a longer name without a word
READ_ROWS = 50_000

_SQL_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "number": sa.Double,
    "flag": sa.Boolean,
    "category": sa.Text,
    "date": sa.DateTime,
    "text": sa.Text,
}
_ARROW_TYPES = {
    "number": pa.float64(),
    "flag": pa.float64(),  # 1.0, 0.0, missing: as the frames have it
    "category": pa.string(),
    "date": pa.timestamp("us"),
    "text": pa.string(),
}
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class Column(Protocol):
    """An attribute, as far as its column is concerned; `db.models.Attribute` is one."""

    @property
    def name(self) -> Any: ...
    @property
    def kind(self) -> Any: ...


def table_name(slug: str) -> str:
    """Name of a dataset's customers table."""
    return f"customers_{slug}"


def customers_table(slug: str, attributes: Iterable[Column]) -> sa.Table:
    """The table of dataset `slug` with these attributes in this order; described, not created.

    Columns: ``customer_id`` (the primary key, given out by the dataset), ``customer_key`` (unique text),
    ``import_batch_id`` (the batch that last changed the row), then one nullable column per attribute.

    >>> from collections import namedtuple
    >>> age = namedtuple("A", "name kind")("age", "number")
    >>> [column.name for column in customers_table("mall", [age]).columns]
    ['customer_id', 'customer_key', 'import_batch_id', 'age']
    """
    return sa.Table(
        table_name(slug),
        sa.MetaData(),
        sa.Column("customer_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("customer_key", sa.Text, nullable=False, unique=True),
        sa.Column("import_batch_id", sa.Integer, nullable=True),
        *(sa.Column(attribute.name, _SQL_TYPES[attribute.kind]) for attribute in attributes),
    )


def create(connection: sa.Connection, slug: str, attributes: Iterable[Column]) -> sa.Table:
    """Create the table of a new dataset."""
    table = customers_table(slug, attributes)
    table.create(connection)
    return table


def add_columns(connection: sa.Connection, slug: str, attributes: Iterable[Column]) -> None:
    """Add a column for each new attribute; existing rows have it missing."""
    add_columns_to(connection, table_name(slug), attributes)


def add_columns_to(connection: sa.Connection, table: str, attributes: Iterable[Column]) -> None:
    """As `add_columns`, to any table with a column per attribute."""
    preparer = connection.dialect.identifier_preparer
    name = preparer.quote(table)
    for attribute in attributes:
        kind = _SQL_TYPES[attribute.kind]().compile(connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {preparer.quote(attribute.name)} {kind}")


def drop_columns(connection: sa.Connection, table: str, names: Iterable[str]) -> None:
    """Take columns away."""
    preparer = connection.dialect.identifier_preparer
    for name in names:
        connection.exec_driver_sql(f"ALTER TABLE {preparer.quote(table)} DROP COLUMN {preparer.quote(name)}")


def drop(connection: sa.Connection, slug: str) -> None:
    """Drop the dataset's table, if it is there."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {connection.dialect.identifier_preparer.quote(table_name(slug))}")


def arrow_schema(attributes: Iterable[Column]) -> pa.Schema:
    """``customer_id``, ``customer_key`` and the attributes as `read_batches` gives them."""
    fields = [pa.field("customer_id", pa.int64()), pa.field("customer_key", pa.string())]
    return pa.schema(fields + [pa.field(each.name, _ARROW_TYPES[each.kind]) for each in attributes])


def read_batches(connection: sa.Connection, slug: str, attributes: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    """All customers in batches of about 50,000, ordered by ``customer_id``; schema of `arrow_schema`.

    Notes
    -----
    Not through ADBC: its driver brings a second SQLite library, and two of them in one process drop
    each other's file locks (sqlite.org/howtocorrupt.html, section 2.2.1).
    """
    schema = arrow_schema(attributes)
    preparer = connection.dialect.identifier_preparer
    kinds = {each.name: each.kind for each in attributes}
    postgresql = connection.dialect.name == "postgresql"
    columns = ", ".join(
        f"{preparer.quote(name)}::int" if postgresql and kinds.get(name) == "flag" else preparer.quote(name)
        for name in schema.names
    )
    select = f"SELECT {columns} FROM {preparer.quote(table_name(slug))} ORDER BY customer_id"
    yield from select_batches(connection, select, schema)


def select_batches(connection: sa.Connection, select: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """What a select of many rows gives, in batches; `schema` names its columns in their order."""
    yield from (_copy_out if connection.dialect.name == "postgresql" else _fetch)(connection, select, schema)


def _fetch(connection: sa.Connection, select: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    driver = connection.connection.dbapi_connection
    assert driver is not None
    cursor = driver.execute(select)
    while rows := cursor.fetchmany(READ_ROWS):
        columns = [
            _array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
        ]  # columns from rows
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """SQLite keeps flags as integers and dates as ISO text."""
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


def _copy_out(connection: sa.Connection, select: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    driver: Any = connection.connection.dbapi_connection  # psycopg's
    types = pa_csv.ConvertOptions(
        column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
    )
    read = pa_csv.ReadOptions(column_names=schema.names, block_size=1 << 24)
    parse = pa_csv.ParseOptions(newlines_in_values=True)
    with driver.cursor() as cursor, cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT csv)") as copy:
        for block in _line_blocks(copy):
            table = pa_csv.read_csv(pa.BufferReader(block), read, parse, types)
            yield from table.combine_chunks().to_batches()


def _line_blocks(copy: Iterable[Any], size: int = 1 << 23) -> Iterator[bytes]:
    """Whole rows (psycopg gives one or more whole rows at a time) in blocks of about `size` bytes."""
    parts: list[bytes] = []
    held = 0
    for part in copy:
        parts.append(bytes(part))
        held += len(part)
        if held >= size:
            yield b"".join(parts)
            parts, held = [], 0
    if parts:
        yield b"".join(parts)
