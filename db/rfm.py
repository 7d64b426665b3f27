"""Recency, frequency and monetary value into the columns of a dataset's customers.

Nothing here commits; the caller's transaction decides.
"""

from collections.abc import Mapping

import pyarrow as pa
import sqlalchemy as sa

from db import customers
from db.bulk import bulk_insert

MEASURES = ("recency_days", "frequency", "monetary_value", "mean_basket", "tenure_days")


def load(connection: sa.Connection, measures: pa.Table) -> sa.Table:
    """A temporary table of ``customer_key`` and the five measures."""
    made = sa.Table(
        "measured",
        sa.MetaData(),
        sa.Column("customer_key", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Double) for name in MEASURES),
        prefixes=["TEMPORARY"],
    )
    made.create(connection, checkfirst=False)
    bulk_insert(connection, made, measures.to_batches())
    return made


def add_customers(connection: sa.Connection, slug: str, measured: sa.Table, first_id: int, batch_id: int) -> int:
    """A row for everybody who bought something and is not stored yet, numbered from `first_id`; how many."""
    table = customers.customers_table(slug, ())
    stored = sa.select(1).where(table.c.customer_key == measured.c.customer_key)
    place = sa.func.row_number().over(order_by=measured.c.customer_key)
    rows = sa.select(place + (first_id - 1), sa.literal(batch_id), measured.c.customer_key).where(
        measured.c.frequency > 0, ~sa.exists(stored)
    )
    insert = sa.insert(table).from_select(["customer_id", "import_batch_id", "customer_key"], rows)
    return int(connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount)


def write(connection: sa.Connection, slug: str, measured: sa.Table, names: Mapping[str, str]) -> None:
    """The measures into the customers' columns `names` (column by measure); who has no lines bought 0 times for 0."""
    table = sa.Table(
        customers.table_name(slug),
        sa.MetaData(),
        sa.Column("customer_key", sa.Text),
        *(sa.Column(column, sa.Double) for column in names.values()),
    )
    none = {"frequency": 0.0, "monetary_value": 0.0}
    nothing = {column: sa.literal(none.get(measure), sa.Double) for measure, column in names.items()}
    values = {column: measured.c[measure] for measure, column in names.items()}
    known = sa.select(1).where(measured.c.customer_key == table.c.customer_key)
    # only what differs is written: most customers are as they were
    connection.execute(sa.update(table).values(nothing).where(~sa.exists(known), _differs(table, nothing)))
    connection.execute(
        sa.update(table).values(values).where(table.c.customer_key == measured.c.customer_key, _differs(table, values))
    )


def _differs(table: sa.Table, values: Mapping[str, sa.ColumnElement]) -> sa.ColumnElement[bool]:
    return sa.or_(*(table.c[column].is_distinct_from(value) for column, value in values.items()))
