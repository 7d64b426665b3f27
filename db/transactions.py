"""The purchases of a dataset: ``transactions_<slug>``, beside its customers table and made like it.

Nothing here commits; the caller's transaction decides.
"""

from collections.abc import Iterable

import pyarrow as pa
import sqlalchemy as sa

from db.bulk import bulk_insert


def table_name(slug: str) -> str:
    """Name of a dataset's transactions table."""
    return f"transactions_{slug}"


def transactions_table(slug: str) -> sa.Table:
    """The table of dataset `slug`; described, not created.

    One row per line of an invoice. ``amount`` is for the whole line, in the dataset's currency; a
    return has it, and ``quantity``, negative. ``customer_key`` refers to the customers table by
    the user's own key, without a constraint: purchases may arrive before their customer.

    >>> [column.name for column in transactions_table("mall").columns]
    ['customer_key', 'occurred_at', 'amount', 'quantity', 'category', 'invoice', 'import_batch_id']
    """
    return sa.Table(
        table_name(slug),
        sa.MetaData(),
        sa.Column("customer_key", sa.Text, index=True),
        sa.Column("occurred_at", sa.DateTime, nullable=False),
        sa.Column("amount", sa.Double, nullable=False),
        sa.Column("quantity", sa.Double),
        sa.Column("category", sa.Text),
        sa.Column("invoice", sa.Text),
        sa.Column("import_batch_id", sa.Integer, nullable=False),
    )


def load(connection: sa.Connection, slug: str, batches: Iterable[pa.RecordBatch]) -> int:
    """Insert lines, creating the table when it is not there; rows inserted."""
    table = transactions_table(slug)
    table.create(connection, checkfirst=True)
    return bulk_insert(connection, table, batches)


def drop(connection: sa.Connection, slug: str) -> None:
    """Drop the dataset's table, if it is there."""
    transactions_table(slug).drop(connection, checkfirst=True)


def forget(connection: sa.Connection, slug: str, customer_key: str) -> int:
    """Delete every line of one customer; how many there were (0 when the dataset has no transactions)."""
    table = transactions_table(slug)
    if not sa.inspect(connection).has_table(table.name):
        return 0
    return connection.execute(sa.delete(table).where(table.c.customer_key == customer_key)).rowcount
