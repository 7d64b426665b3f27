"""Merging rows into a dataset's typed table by customer key, with counts of what they did.

The rows are loaded into a temporary table first, which takes no lock on the store; the merge itself
is a few statements in the caller's write transaction: which rows meet which customers is found once,
and the before-images, the changes and the insertions follow from that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from db.before import CHANGED_BY
from db.bulk import bulk_insert
from db.customers import Column, customers_table

INCOMING = "incoming"
_POSITION = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite: the row's own number, no index beside it
MANY = 10_000  # rows met: worth statistics for the planner


@dataclass(frozen=True)
class Merged:
    """What a merge did: rows = created + updated + unchanged. ``met``: the batches that had written rows it met."""

    created: int
    updated: int
    unchanged: int
    met: frozenset[int] = frozenset()


def load_incoming(connection: sa.Connection, columns: Sequence[Column], batches: Iterable[pa.RecordBatch]) -> sa.Table:
    """A temporary table with the rows to merge.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        ``_position`` (unique, from 1), ``_occurrence`` (1 for a key's first row, 2 for its second ...),
        ``customer_key`` and the `columns`.
    """
    typed = [sa.Column(column.name, column.type) for column in customers_table("", columns).columns]
    table = sa.Table(
        INCOMING,
        sa.MetaData(),
        sa.Column("_position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("_occurrence", sa.Integer),
        *(column for column in typed if column.name not in ("customer_id", "import_batch_id")),
        prefixes=["TEMPORARY"],
    )
    table.create(connection, checkfirst=False)
    bulk_insert(connection, table, batches)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {INCOMING}")  # a temporary table has no statistics of its own accord
    return table


def merge(
    connection: sa.Connection,
    customers: sa.Table,
    before: sa.Table,
    incoming: sa.Table,
    *,
    first_id: int,
    batch_id: int,
    rounds: int = 1,
    update: bool = True,
    keep_blank: bool = True,
    empty: bool = False,
) -> Merged:
    """Insert the customers that are new and change those that differ.

    Parameters
    ----------
    customers, before, incoming : sqlalchemy.Table
        The typed table and its before-images, with at least the columns of `incoming`; and what `load_incoming` made.
    first_id : int
        A new customer gets the id `first_id` + position.
    batch_id : int
        Stored with every row that is created or changed.
    rounds : int
        Highest occurrence: a key's second row is merged after its first, as if it came in a later file.
    update : bool
        Customers that are stored already are changed (True) or left as they are, counted as unchanged.
    keep_blank : bool
        A missing value leaves the stored one (True) or clears it.
    empty : bool
        The dataset has no customers yet: nothing needs to be compared.
    """
    if rounds > 1:
        connection.execute(sa.schema.CreateIndex(sa.Index("incoming_occurrence", incoming.c._occurrence)))
    matched = _matched_table(customers)
    matched.create(connection, checkfirst=False)
    created = updated = unchanged = 0
    met: set[int] = set()
    for occurrence in range(1, rounds + 1):
        of_round = incoming.c._occurrence == occurrence
        rows = connection.scalar(sa.select(sa.func.count()).select_from(incoming).where(of_round)) or 0
        fresh = empty and occurrence == 1
        changed = 0
        if not fresh:
            met |= _match(connection, customers, incoming, matched, of_round, batch_id, update, keep_blank)
            if update:
                connection.execute(_keep(customers, before, matched, batch_id))
                changed = _count(connection, _update(customers, incoming, matched, batch_id, keep_blank))
        added = _count(connection, _insert(customers, incoming, matched, of_round, first_id, batch_id, fresh))
        created, updated = created + added, updated + changed
        unchanged += rows - added - changed
    matched.drop(connection)
    return Merged(created, updated, unchanged, frozenset(met))


def _matched_table(customers: sa.Table) -> sa.Table:
    return sa.Table(
        "matched",
        sa.MetaData(),
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("customer_id", customers.c.customer_id.type),
        sa.Column("previous", sa.Integer),
        sa.Column("changed", sa.Boolean),
        prefixes=["TEMPORARY"],
    )


def _match(
    connection: sa.Connection,
    customers: sa.Table,
    incoming: sa.Table,
    matched: sa.Table,
    of_round: sa.ColumnElement[bool],
    batch_id: int,
    update: bool,
    keep_blank: bool,
) -> set[int]:
    """Fill `matched` with the rows whose customer is stored; answers which other batches had written those."""
    connection.execute(sa.delete(matched))
    differs = _differs(customers, incoming, keep_blank) if update else sa.false()
    rows = (
        sa.select(incoming.c._position, customers.c.customer_id, customers.c.import_batch_id, differs)
        .select_from(incoming.join(customers, customers.c.customer_key == incoming.c.customer_key))
        .where(of_round)
    )
    found = _count(connection, sa.insert(matched).from_select(list(matched.columns), rows))
    if found > MANY and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE matched")
    others = sa.select(matched.c.previous).distinct().where(matched.c.previous != batch_id)
    return set(connection.scalars(others))


def _keep(customers: sa.Table, before: sa.Table, matched: sa.Table, batch_id: int) -> sa.Insert:
    """The before-images of what is about to change; a row this batch has written itself has one, or was created."""
    names = [column.name for column in before.columns if column.name != CHANGED_BY]
    rows = (
        sa.select(sa.literal(batch_id), *(customers.c[name] for name in names))
        .select_from(matched.join(customers, customers.c.customer_id == matched.c.customer_id))
        .where(matched.c.changed, matched.c.previous.is_distinct_from(batch_id))
    )
    return sa.insert(before).from_select([CHANGED_BY, *names], rows)


def _count(connection: sa.Connection, statement: sa.Update | sa.Insert) -> int:
    """Execute, and say how many rows it touched."""
    return int(connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount)


def _attributes(incoming: sa.Table) -> list[str]:
    return [
        column.name for column in incoming.columns if column.name not in ("_position", "_occurrence", "customer_key")
    ]


def _differs(customers: sa.Table, incoming: sa.Table, keep_blank: bool) -> sa.ColumnElement[bool]:
    differs: list[sa.ColumnElement[bool]] = []
    for name in _attributes(incoming):
        new, old = incoming.c[name], customers.c[name]
        different = old.is_distinct_from(new)
        differs.append(sa.and_(new.is_not(None), different) if keep_blank else different)
    return sa.or_(sa.false(), *differs)


def _update(customers: sa.Table, incoming: sa.Table, matched: sa.Table, batch_id: int, keep_blank: bool) -> sa.Update:
    values: dict[str, Any] = {"import_batch_id": batch_id}
    for name in _attributes(incoming):
        new = incoming.c[name]
        values[name] = sa.func.coalesce(new, customers.c[name]) if keep_blank else new
    return (
        sa.update(customers)
        .values(values)
        .where(
            matched.c.changed,
            customers.c.customer_id == matched.c.customer_id,
            incoming.c._position == matched.c.position,
        )
    )


def _insert(
    customers: sa.Table,
    incoming: sa.Table,
    matched: sa.Table,
    of_round: sa.ColumnElement[bool],
    first_id: int,
    batch_id: int,
    fresh: bool,
) -> sa.Insert:
    names = ["customer_key", *_attributes(incoming)]
    rows = sa.select(
        sa.literal(first_id) + incoming.c._position, sa.literal(batch_id), *(incoming.c[name] for name in names)
    ).where(of_round)
    if not fresh:
        stored = sa.select(1).where(matched.c.position == incoming.c._position)
        rows = rows.where(~sa.exists(stored))
    return sa.insert(customers).from_select(["customer_id", "import_batch_id", *names], rows)
