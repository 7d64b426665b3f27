"""Merging rows into a dataset's typed table by customer key, with counts of what they did.

The rows are loaded into a temporary table first, and which of them meet which customers is found, neither of which
takes a lock on the store. The merge itself is a few statements in the caller's write transaction: the before-images,
the changes and the insertions follow from what was found, as long as the customers are those it was found in.
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


@dataclass(frozen=True)
class Matched:
    """Which rows of one occurrence meet stored customers, in a temporary table; see `match`.

    ``rows``: how many there are; ``found``: how many meet somebody; ``met``: the batches that had written those.
    """

    table: sa.Table
    rows: int
    found: int
    met: frozenset[int]


def load_incoming(
    connection: sa.Connection, columns: Sequence[Column], batches: Iterable[pa.RecordBatch], *, repeated: bool = False
) -> sa.Table:
    """A temporary table with the rows to merge.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        ``_position`` (unique, from 1), ``_occurrence`` (1 for a key's first row, 2 for its second ...),
        ``customer_key`` and the `columns`.
    repeated : bool
        Has a key several rows?
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
    if repeated:
        sa.Index("incoming_occurrence", table.c._occurrence).create(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {INCOMING}")  # a temporary table has no statistics of its own accord
    return table


def match(
    connection: sa.Connection,
    customers: sa.Table,
    incoming: sa.Table,
    *,
    occurrence: int = 1,
    update: bool = True,
    keep_blank: bool = True,
) -> Matched:
    """Find the customers that rows of one occurrence meet, and whether they would change them; as for `merge`.

    Takes no lock. `customers` may lack columns of `incoming`: nobody has a value in them yet.
    """
    table = sa.Table(
        "matched",
        sa.MetaData(),
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("customer_id", customers.c.customer_id.type),
        sa.Column("previous", sa.Integer),
        sa.Column("changed", sa.Boolean),
        prefixes=["TEMPORARY"],
    )
    table.drop(connection, checkfirst=True)
    table.create(connection, checkfirst=False)
    of_round = incoming.c._occurrence == occurrence
    differs = _differs(customers, incoming, keep_blank) if update else sa.false()
    pairs = (
        sa.select(incoming.c._position, customers.c.customer_id, customers.c.import_batch_id, differs)
        .select_from(incoming.join(customers, customers.c.customer_key == incoming.c.customer_key))
        .where(of_round)
    )
    found = _count(connection, sa.insert(table).from_select(list(table.columns), pairs))
    if found > MANY and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE matched")
    met = connection.scalars(sa.select(table.c.previous).distinct().where(table.c.previous.is_not(None)))
    return Matched(table, _rows(connection, incoming, of_round), found, frozenset(met))


def merge(
    connection: sa.Connection,
    customers: sa.Table,
    before: sa.Table,
    incoming: sa.Table,
    *,
    first_id: int,
    batch_id: int,
    matched: Matched | None = None,
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
    matched : Matched, optional
        Of the first occurrence, when that was found already and nobody changed the customers since.
    rounds : int
        Highest occurrence: a key's second row is merged after its first, as if it came in a later file.
    update : bool
        Customers that are stored already are changed (True) or left as they are, counted as unchanged.
    keep_blank : bool
        A missing value leaves the stored one (True) or clears it.
    empty : bool
        The dataset has no customers yet: nothing needs to be compared.
    """
    created = updated = unchanged = 0
    met: set[int] = set()
    for occurrence in range(1, rounds + 1):
        of_round = incoming.c._occurrence == occurrence
        changed = 0
        if empty and occurrence == 1:
            rows = added = _count(connection, _insert(customers, incoming, None, of_round, first_id, batch_id))
        else:
            if occurrence > 1 or matched is None:
                matched = match(
                    connection, customers, incoming, occurrence=occurrence, update=update, keep_blank=keep_blank
                )
            met |= matched.met - {batch_id}
            rows, added = matched.rows, matched.rows - matched.found
            if update:
                connection.execute(_keep(customers, before, matched.table, batch_id))
                changed = _count(connection, _update(customers, incoming, matched.table, batch_id, keep_blank))
            if added:
                connection.execute(_insert(customers, incoming, matched.table, of_round, first_id, batch_id))
        created, updated = created + added, updated + changed
        unchanged += rows - added - changed
    return Merged(created, updated, unchanged, frozenset(met))


def _rows(connection: sa.Connection, incoming: sa.Table, of_round: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(incoming).where(of_round)) or 0


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
    differs = []
    for name in _attributes(incoming):
        new, old = incoming.c[name], customers.c.get(name, sa.null())
        differs.append(old.is_distinct_from(sa.func.coalesce(new, old) if keep_blank else new))
    # as a condition it is asked no further than the first difference; as a value SQLite works out every term
    return sa.case((sa.or_(sa.false(), *differs), sa.true()), else_=sa.false())


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
    matched: sa.Table | None,
    of_round: sa.ColumnElement[bool],
    first_id: int,
    batch_id: int,
) -> sa.Insert:
    names = ["customer_key", *_attributes(incoming)]
    rows = sa.select(
        sa.literal(first_id) + incoming.c._position, sa.literal(batch_id), *(incoming.c[name] for name in names)
    ).where(of_round)
    if matched is not None:
        stored = sa.select(1).where(matched.c.position == incoming.c._position)
        rows = rows.where(~sa.exists(stored))
    return sa.insert(customers).from_select(["customer_id", "import_batch_id", *names], rows)
