"""The purchases of a dataset: ``transactions_<slug>``, beside its customers table and made like it.

Nothing here commits; the caller's transaction decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

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
    """Lines stored, lines that were there already, and the batches those came with.

    ``further`` are new lines of invoices that are stored, ``equal`` lines without an invoice that were there already:
    how many, and the first of them as (position, invoice or customer).
    """

    created: int
    unchanged: int
    met: frozenset[int] = frozenset()
    further: int = 0
    first_further: Sequence[tuple[int, str]] = ()
    equal: int = 0
    first_equal: Sequence[tuple[int, str | None]] = ()


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


def add(
    connection: sa.Connection,
    slug: str,
    incoming: sa.Table,
    batch_id: int,
    told: Sequence[str] = LINE,
    *,
    after: int = 0,
    most: int = 100,
) -> Added:
    """Store the lines that are not stored yet: of equal ones as many as the file has more than the store.

    Parameters
    ----------
    told : sequence of str
        The columns of LINE that the file has; lines are equal that are so in these.
    after : int
        Lines of batches up to this one are no equals: the file holds what was rejected from it.
    most : int
        How many further and equal lines are given one by one.
    """
    table = transactions_table(slug)
    table.create(connection, checkfirst=True)
    lines = connection.scalar(sa.select(sa.func.count()).select_from(incoming)) or 0
    earlier = table.c.import_batch_id > after
    new = sa.select(sa.literal(batch_id), *(incoming.c[name] for name in LINE)).order_by(incoming.c.position)
    insert = sa.insert(table)
    if connection.scalar(sa.select(table.c.import_batch_id).where(earlier).limit(1)) is None:
        connection.execute(insert.from_select(["import_batch_id", *LINE], new))
        return Added(lines, 0)
    compared = _compare(connection, table, incoming, told, earlier)
    pairs = incoming.join(compared, compared.c.position == incoming.c.position)
    met = frozenset(
        connection.scalars(sa.select(compared.c.import_batch_id).distinct().where(compared.c.position.is_(None)))
    )
    known = sa.select(table.c.invoice).where(earlier, table.c.invoice.is_not(None))
    further = sa.and_(compared.c.is_new, incoming.c.invoice.in_(known))
    equal = sa.and_(~compared.c.is_new, incoming.c.invoice.is_(None))

    def counted(condition: sa.ColumnElement[bool], shown: str) -> tuple[int, list[tuple[int, Any]]]:
        chosen = sa.select(incoming.c.position, incoming.c[shown]).select_from(pairs).where(condition)
        total = connection.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
        first = connection.execute(chosen.order_by(incoming.c.position).limit(most)) if total else ()
        return total, [(row[0], row[1]) for row in first]

    told_further, told_equal = counted(further, "invoice"), counted(equal, "customer_key")
    fresh = new.select_from(pairs).where(compared.c.is_new)
    insert = insert.from_select(["import_batch_id", *LINE], fresh)
    created = int(connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount)
    return Added(created, lines - created, met, *told_further, *told_equal)


def _compare(
    connection: sa.Connection,
    table: sa.Table,
    incoming: sa.Table,
    told: Sequence[str],
    earlier: sa.ColumnElement[bool],
) -> sa.Table:
    """A temporary table: by ``position`` whether a line is new, and the batches of the stored ones that equal any."""
    compared = sa.Table(
        "compared_lines",
        sa.MetaData(),
        sa.Column("position", sa.BigInteger),
        sa.Column("import_batch_id", sa.Integer),
        sa.Column("is_new", sa.Boolean),
        prefixes=["TEMPORARY"],
    )
    compared.create(connection, checkfirst=False)
    days = incoming.c.occurred_at
    first, last = (sa.select(of(days)).scalar_subquery() for of in (sa.func.min, sa.func.max))
    nothing = sa.null()
    both = sa.union_all(
        sa.select(
            incoming.c.position,
            sa.cast(nothing, sa.Integer).label("import_batch_id"),
            *(incoming.c[name] for name in told),
        ),
        sa.select(sa.cast(nothing, sa.BigInteger), table.c.import_batch_id, *(table.c[name] for name in told)).where(
            earlier, table.c.occurred_at.between(first, last)
        ),
    ).subquery()
    like = [both.c[name] for name in told]
    place = sa.case((both.c.position.is_not(None), 0), else_=1)
    counted = sa.select(
        both.c.position,
        both.c.import_batch_id,
        sa.func.count(both.c.position).over(partition_by=like).label("came"),
        sa.func.count(both.c.import_batch_id).over(partition_by=like).label("stored"),
        sa.func.row_number().over(partition_by=like, order_by=[place, both.c.position]).label("place"),
    ).subquery()
    rows = sa.select(counted.c.position, counted.c.import_batch_id, counted.c.place > counted.c.stored).where(
        counted.c.came > 0
    )
    connection.execute(sa.insert(compared).from_select(["position", "import_batch_id", "is_new"], rows))
    return compared


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
