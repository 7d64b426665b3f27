"""The purchases of a dataset: ``transactions_<slug>``, beside its customers table and made like it.

Nothing here commits; the caller's transaction decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa

from db import customers
from db.bulk import bulk_insert

LINE = ("customer_key", "occurred_at", "amount", "quantity", "category", "invoice")
MEASURED = pa.schema(  # what the measures of the customers are computed from
    {
        "customer_key": pa.string(),
        "occurred_at": pa.timestamp("us"),
        "amount": pa.float64(),
        "quantity": pa.float64(),
        "invoice": pa.string(),
    }
)


@dataclass(frozen=True)
class Added:
    """Lines stored, lines of invoices that were there already, and the batches those came with."""

    created: int
    unchanged: int
    met: frozenset[int]


def table_name(slug: str) -> str:
    """Name of a dataset's transactions table."""
    return f"transactions_{slug}"


def transactions_table(slug: str) -> sa.Table:
    """The table of dataset `slug`; described, not created.

    One row per line of an invoice. ``amount`` is for the whole line, in the dataset's currency; a
    return has it, and ``quantity``, negative. ``customer_key`` refers to the customers table by
    the user's own key, without a constraint: purchases may arrive before their customer, and a line
    may have none.

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


def load_lines(connection: sa.Connection, batches: Iterable[pa.RecordBatch]) -> sa.Table:
    """A temporary table with the lines to add: ``position`` and the columns of LINE."""
    like = transactions_table("")
    table = sa.Table(
        "incoming_lines",
        sa.MetaData(),
        sa.Column("position", sa.BigInteger),
        *(sa.Column(name, like.c[name].type) for name in LINE),
        prefixes=["TEMPORARY"],
    )
    table.create(connection, checkfirst=False)
    bulk_insert(connection, table, batches)
    return table


def add(connection: sa.Connection, slug: str, incoming: sa.Table, batch_id: int) -> Added:
    """Store the lines whose invoice is not stored yet; an invoice comes whole, so the others are there already."""
    table = transactions_table(slug)
    table.create(connection, checkfirst=True)
    lines = connection.scalar(sa.select(sa.func.count()).select_from(incoming)) or 0
    known = sa.select(table.c.invoice).where(table.c.invoice.is_not(None))
    named = sa.select(incoming.c.invoice)
    met = sa.select(table.c.import_batch_id).distinct().where(table.c.invoice.in_(named))
    earlier = frozenset(connection.scalars(met))
    new = sa.select(sa.literal(batch_id), *(incoming.c[name] for name in LINE)).order_by(incoming.c.position)
    if earlier:
        new = new.where(sa.or_(incoming.c.invoice.is_(None), incoming.c.invoice.not_in(known)))
    insert = sa.insert(table).from_select(["import_batch_id", *LINE], new)
    created = int(connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount)
    return Added(created, lines - created, earlier)


def read_lines(connection: sa.Connection, slug: str, batch_id: int) -> Iterator[pa.RecordBatch]:
    """The lines of a batch, with the columns of MEASURED."""
    select = f"SELECT {', '.join(MEASURED.names)} FROM {table_name(slug)} WHERE import_batch_id = {batch_id:d}"
    yield from customers.select_batches(connection, select, MEASURED)


def without_customer(connection: sa.Connection, slug: str, batch_id: int) -> int:
    """How many lines of a batch name no customer."""
    table = transactions_table(slug)
    lines = sa.select(sa.func.count()).where(table.c.import_batch_id == batch_id, table.c.customer_key.is_(None))
    return connection.scalar(lines) or 0


def returns(connection: sa.Connection, slug: str, batch_id: int) -> int:
    """How many lines of a batch take something back."""
    table = transactions_table(slug)
    lines = sa.select(sa.func.count()).where(table.c.import_batch_id == batch_id, table.c.amount < 0)
    return connection.scalar(lines) or 0


def heirs(connection: sa.Connection, slug: str, batch_id: int) -> list[int]:
    """The other batches, oldest first, with lines that may be purchases of customers whom this one created."""
    table, people = transactions_table(slug), customers.customers_table(slug, ())
    theirs = sa.select(people.c.customer_key).where(people.c.import_batch_id == batch_id)
    found = sa.select(table.c.import_batch_id).distinct().order_by(table.c.import_batch_id)
    others = found.where(table.c.import_batch_id != batch_id, table.c.amount >= 0, table.c.customer_key.in_(theirs))
    return list(connection.scalars(others))


def hand_over(connection: sa.Connection, slug: str, batch_id: int, heir: int, measured: sa.Table) -> None:
    """Customers whom a batch of purchases created, and who bought something as `measured`, become those of `heir`."""
    people = customers.customers_table(slug, ())
    bought = sa.select(measured.c.customer_key).where(measured.c.frequency > 0)
    mine = sa.and_(people.c.import_batch_id == batch_id, people.c.customer_key.in_(bought))
    connection.execute(sa.update(people).values(import_batch_id=heir).where(mine))


def exists(connection: sa.Connection, slug: str) -> bool:
    """Does the dataset have a table of purchases?"""
    return sa.inspect(connection).has_table(table_name(slug))


def invoice_balance(connection: sa.Connection, slug: str) -> dict[int, int]:
    """By batch, how many more of its lines have an invoice that begins with a digit than one like ``C1``; none at 0."""
    if not exists(connection, slug):
        return {}
    table, figures = transactions_table(slug), list("0123456789")
    first, second = sa.func.substr(table.c.invoice, 1, 1), sa.func.substr(table.c.invoice, 2, 1)
    digits = sa.func.count(sa.case((first.in_(figures), 1)))
    letters = sa.func.count(sa.case((first.in_(["C", "c"]) & second.in_(figures), 1)))
    counted = sa.select(table.c.import_batch_id, digits - letters).group_by(table.c.import_batch_id)
    return {batch: balance for batch, balance in connection.execute(counted) if balance}


def remove(connection: sa.Connection, slug: str, batch_id: int) -> int:
    """Delete the lines of one batch; how many there were."""
    table = transactions_table(slug)
    gone = sa.delete(table).where(table.c.import_batch_id == batch_id)
    return int(connection.execute(gone, execution_options={"preserve_rowcount": True}).rowcount)


def drop(connection: sa.Connection, slug: str) -> None:
    """Drop the dataset's table, if it is there."""
    transactions_table(slug).drop(connection, checkfirst=True)


def forget(connection: sa.Connection, slug: str, customer_key: str) -> int:
    """Delete every line of one customer; how many there were (0 when the dataset has no transactions)."""
    table = transactions_table(slug)
    if not exists(connection, slug):
        return 0
    return connection.execute(sa.delete(table).where(table.c.customer_key == customer_key)).rowcount
