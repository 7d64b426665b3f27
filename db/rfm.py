"""Recency, frequency and monetary value from stored purchases, computed where they are stored.

Nothing here commits; the caller's transaction decides.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from db import customers, transactions

MEASURES = ("recency_days", "frequency", "monetary_value", "mean_basket", "tenure_days")


def newest_day(connection: sa.Connection, slug: str) -> date | None:
    """The day of the latest purchase or return; None when there is none."""
    latest = connection.scalar(sa.select(sa.func.max(transactions.transactions_table(slug).c.occurred_at)))
    return latest.date() if latest else None


def compute(connection: sa.Connection, slug: str, as_of: date) -> sa.Table:
    """A temporary table: ``customer_key`` and the five measures at `as_of`, for every customer with lines until then.

    A purchase is an invoice that is worth something once its returns are in: an amount above 0 or, when it was free,
    a quantity above 0. A cancellation numbered like its invoice with a letter in front belongs to it. ``recency_days``
    and ``tenure_days`` (days since the last and the first purchase) and ``mean_basket`` (``monetary_value`` per
    purchase) are missing, and ``frequency`` 0, where nothing was bought in the end. ``monetary_value`` is the sum of
    all lines, returns included. A line without an invoice is an invoice of its own.
    """
    table = transactions.transactions_table(slug)
    line = table.c
    own = sa.func.substr(line.invoice, 2)
    first = sa.func.upper(sa.func.substr(line.invoice, 1, 1))
    number = sa.case(
        (line.invoice.is_(None), sa.literal("at ") + sa.cast(line.occurred_at, sa.Text)),
        (sa.and_(line.amount < 0, first.in_(("C", "R"))), own),
        else_=line.invoice,
    )
    until = datetime.combine(as_of + timedelta(days=1), datetime.min.time())
    invoices = (
        sa.select(
            line.customer_key,
            sa.func.sum(line.amount).label("amount"),
            sa.func.sum(line.quantity).label("quantity"),
            sa.func.min(sa.case((line.amount >= 0, line.occurred_at))).label("bought_at"),
        )
        .where(line.customer_key.is_not(None), line.occurred_at < until)
        .group_by(line.customer_key, number)
        .subquery()
    )
    cent = 0.005  # sums of amounts are not exact
    bought = sa.and_(
        invoices.c.bought_at.is_not(None),
        sa.or_(invoices.c.amount > cent, sa.and_(invoices.c.amount > -cent, invoices.c.quantity > 0)),
    )
    count = sa.func.count(sa.case((bought, 1)))
    total = sa.func.sum(invoices.c.amount)
    last = sa.func.max(sa.case((bought, invoices.c.bought_at)))
    earliest = sa.func.min(sa.case((bought, invoices.c.bought_at)))
    measures = {
        "recency_days": _days(connection, last, as_of),
        "frequency": count,
        "monetary_value": total,
        "mean_basket": total / sa.func.nullif(count, 0),
        "tenure_days": _days(connection, earliest, as_of),
    }
    rows = sa.select(invoices.c.customer_key, *(measures[name] for name in MEASURES)).group_by(invoices.c.customer_key)
    made = sa.Table(
        "measured",
        sa.MetaData(),
        sa.Column("customer_key", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Double) for name in MEASURES),
        prefixes=["TEMPORARY"],
    )
    if _is_there(connection):
        made.drop(connection, checkfirst=False)
    made.create(connection, checkfirst=False)
    connection.execute(sa.insert(made).from_select(["customer_key", *MEASURES], rows))
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
    connection.execute(sa.update(table).values(nothing))
    values = {column: measured.c[measure] for measure, column in names.items()}
    connection.execute(sa.update(table).values(values).where(table.c.customer_key == measured.c.customer_key))


def _is_there(connection: sa.Connection) -> bool:
    return "measured" in sa.inspect(connection).get_temp_table_names()


def _days(connection: sa.Connection, instant: sa.ColumnElement, as_of: date) -> sa.ColumnElement:
    """Whole days from the day of `instant` to `as_of`."""
    if connection.dialect.name == "postgresql":
        return sa.literal(as_of, sa.Date) - sa.cast(instant, sa.Date)
    return sa.func.julianday(as_of.isoformat()) - sa.func.julianday(sa.func.date(instant))
